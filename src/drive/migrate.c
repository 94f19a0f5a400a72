// SPDX-License-Identifier: Apache-2.0
/*
 * Names and columns of cluster, graph, service and events are the original's (specification
 * section 8.1), so that what reads those tables goes on reading them; what is new is added.
 *
 * {id} is an automatic 64-bit key, {json} a document; the rest is SQL that both databases know.
 * Released scripts are never changed: a change is a new script at the end.
 */
#include "drive/migrate.h"

#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/sql.h"

/* One statement each; NULL ends a script. */
static const char *const first[] = {
	"CREATE TABLE smo_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
	"CREATE TABLE cluster (id {id}, name VARCHAR(255) NOT NULL UNIQUE, location VARCHAR(255), "
	"available_cpu DOUBLE PRECISION NOT NULL, available_ram VARCHAR(255) NOT NULL, "
	"availability BOOLEAN NOT NULL, acceleration BOOLEAN NOT NULL, grafana TEXT, "
	"cordoned BOOLEAN NOT NULL, gone BOOLEAN NOT NULL, properties {json}, facts {json}, "
	"last_seen BIGINT NOT NULL)",
	"CREATE TABLE graph (id {id}, name VARCHAR(255) NOT NULL UNIQUE, "
	"status VARCHAR(255) NOT NULL, project VARCHAR(255) NOT NULL, grafana TEXT, "
	"graph_descriptor {json} NOT NULL, placement {json}, revision BIGINT NOT NULL, "
	"created BIGINT NOT NULL, updated BIGINT NOT NULL)",
	"CREATE INDEX graph_project ON graph (project)",
	"CREATE TABLE service (id {id}, name VARCHAR(255) NOT NULL, status VARCHAR(255), "
	"grafana TEXT, cluster_affinity TEXT, artifact_ref TEXT, artifact_type VARCHAR(255), "
	"artifact_implementer VARCHAR(255), cpu VARCHAR(255), memory VARCHAR(255), "
	"storage VARCHAR(255), gpu VARCHAR(255), values_overwrite {json}, alert {json}, "
	"replicas BIGINT NOT NULL, digest TEXT, "
	"graph_id BIGINT NOT NULL REFERENCES graph (id) ON DELETE CASCADE, "
	"UNIQUE (graph_id, name))",
	"CREATE INDEX service_name ON service (name)",
	"CREATE TABLE revision (graph_id BIGINT NOT NULL REFERENCES graph (id) ON DELETE CASCADE, "
	"number BIGINT NOT NULL, descriptor {json} NOT NULL, placement {json}, pins {json}, "
	"message TEXT, created BIGINT NOT NULL, PRIMARY KEY (graph_id, number))",
	"CREATE TABLE operation (seq {id}, id VARCHAR(64) NOT NULL UNIQUE, verb VARCHAR(64) NOT "
	"NULL, "
	"graph VARCHAR(255) NOT NULL, project VARCHAR(255), state VARCHAR(64) NOT NULL, "
	"desired {json}, plan {json}, inputs_hash TEXT, error TEXT, cancel BOOLEAN NOT NULL, "
	"started BIGINT NOT NULL, ended BIGINT NOT NULL)",
	"CREATE INDEX operation_graph ON operation (graph, seq)",
	"CREATE TABLE step (operation VARCHAR(64) NOT NULL REFERENCES operation (id) "
	"ON DELETE CASCADE, n BIGINT NOT NULL, state VARCHAR(64) NOT NULL, error TEXT, "
	"started BIGINT NOT NULL, ended BIGINT NOT NULL, PRIMARY KEY (operation, n))",
	"CREATE TABLE events (id {id}, icon VARCHAR(10) NOT NULL, message TEXT NOT NULL, "
	"timestamp TEXT NOT NULL, source VARCHAR(50), meta {json}, time BIGINT NOT NULL, "
	"graph VARCHAR(255), service VARCHAR(255), operation VARCHAR(64), "
	"type VARCHAR(64) NOT NULL, reason VARCHAR(255) NOT NULL)",
	"CREATE INDEX events_graph ON events (graph, id)",
	"CREATE TABLE reservation (graph_id BIGINT NOT NULL REFERENCES graph (id) "
	"ON DELETE CASCADE, service VARCHAR(255) NOT NULL, cluster VARCHAR(255) NOT NULL, "
	"replicas BIGINT NOT NULL, per_replica {json} NOT NULL, "
	"PRIMARY KEY (graph_id, service, cluster))",
	"CREATE TABLE lease (graph VARCHAR(255) PRIMARY KEY, holder VARCHAR(255), "
	"fence BIGINT NOT NULL, expires BIGINT NOT NULL)",
	"CREATE TABLE due (id {id}, due_at BIGINT NOT NULL, kind VARCHAR(64) NOT NULL, "
	"graph VARCHAR(255), service VARCHAR(255), payload {json})",
	"CREATE INDEX due_when ON due (due_at)",
	NULL,
};

/* What is remembered of services for scaling them. */
static const char *const second[] = {
	"ALTER TABLE service ADD COLUMN scaling {json}",
	NULL,
};

/* Why a graph is not all that it should be. */
static const char *const third[] = {
	"ALTER TABLE graph ADD COLUMN conditions {json}",
	NULL,
};

/* What was allowed once need not be allowed again. */
static const char *const fourth[] = {
	"ALTER TABLE graph ADD COLUMN cluster_scoped BOOLEAN NOT NULL DEFAULT FALSE",
	NULL,
};

/* Where rules and dashboards lie: settings may change. */
static const char *const fifth[] = {
	"ALTER TABLE graph ADD COLUMN places {json}",
	NULL,
};

static const char *const *const scripts[] = {first, second, third, fourth, fifth};

int64_t migrate_version(void)
{
	return (int64_t)countof(scripts);
}

/* @text with what stands in braces replaced. */
static const char *localised(const struct sql *s, struct arena *a, const char *text)
{
	struct str out = {.a = a};

	while (*text) {
		size_t plain = strcspn(text, "{");

		str_add_n(&out, text, plain);
		text += plain;
		if (str_starts(text, "{id}")) {
			str_add(&out, s->driver->id_type);
			text += 4;
		} else if (str_starts(text, "{json}")) {
			str_add(&out, s->driver->json_type);
			text += 6;
		}
	}
	return str_text(&out);
}

/* A random UUID (RFC 9562, version 4). */
static struct err *uuid(struct arena *a, const char **ret_text)
{
	unsigned char b[16];
	struct str out = {.a = a};

	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		return err_new(a, ERR_GENERIC, "the system has no random numbers");
	b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
	for (size_t i = 0; i < sizeof(b); i++)
		str_addf(&out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
	*ret_text = str_text(&out);
	return NULL;
}

static struct err *meta_put(const struct sql *s, struct arena *a, const char *key,
			    const char *value)
{
	return sql_run(s, a,
		       "INSERT INTO smo_meta (key, value) VALUES ($1, $2) "
		       "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		       SQL(sql_text(key), sql_text(value)), NULL);
}

static struct err *check_version(struct arena *a, const char *name, int64_t version)
{
	if (version <= 0)
		return err_new(a, ERR_GENERIC, "the state '%s' has no version", name);
	if (version <= migrate_version())
		return NULL;
	return err_hint(a,
			err_new(a, ERR_CONFLICT,
				"the state '%s' was written by a newer SMO (version %" PRId64
				", this one knows %" PRId64 ")",
				name, version, migrate_version()),
			"Use that SMO, or another SMO_DIR.");
}

/* The version in the database; 0 when it holds nothing at all. */
static struct err *read_version(const struct sql *s, struct arena *a, const char *name,
				int64_t *ret_version)
{
	struct sql_rows rows = {0};
	bool ours = false, graph = false, service = false;
	int64_t n_tables = 0;

	TRY(s->driver->has_table(s->self, a, "smo_meta", &ours));
	if (ours) {
		TRY(sql_run(s, a, "SELECT value FROM smo_meta WHERE key = $1",
			    SQL(sql_text("version")), &rows));
		*ret_version = sql_cell_int(&rows, 0, 0);
		return check_version(a, name, *ret_version);
	}
	TRY(s->driver->has_table(s->self, a, "graph", &graph));
	TRY(s->driver->has_table(s->self, a, "service", &service));
	if (graph && service)
		return err_hint(
			a,
			err_new(a, ERR_CONFLICT,
				"'%s' is a database of the original SMO and is left as it is",
				name),
			"Set SMO_DIR (or --dir) to another directory, or db.url to another "
			"file, and run init there.");
	TRY(s->driver->count_tables(s->self, a, &n_tables));
	if (n_tables > 0)
		return err_hint(a,
				err_new(a, ERR_CONFLICT, "'%s' is somebody else's database", name),
				"Set db.url to another file.");
	*ret_version = 0;
	return NULL;
}

static struct err *apply(const struct sql *s, struct arena *a, const char *name)
{
	int64_t version = 0;

	/* Somebody may have been faster since we looked. */
	TRY(read_version(s, a, name, &version));
	for (size_t i = (size_t)version; i < countof(scripts); i++) {
		for (const char *const *text = scripts[i]; *text; text++)
			TRY(sql_run(s, a, localised(s, a, *text), NULL, 0, NULL));
	}
	if (version == 0) {
		const char *id = NULL;

		TRY(uuid(a, &id));
		TRY(meta_put(s, a, "instance", id));
	}
	return meta_put(s, a, "version", arena_printf(a, "%" PRId64, migrate_version()));
}

struct err *migrate_run(const struct sql *s, struct arena *a, const char *name, bool create)
{
	int64_t version = 0;

	TRY(read_version(s, a, name, &version));
	if (version == migrate_version())
		return NULL;
	if (version == 0 && !create)
		return err_new(a, ERR_NOT_FOUND, "the state '%s' is empty", name);
	TRY(s->driver->settle(s->self, a));
	TRY(sql_run(s, a, s->driver->begin, NULL, 0, NULL));
	struct err *e = apply(s, a, name);
	if (!e)
		e = sql_run(s, a, "COMMIT", NULL, 0, NULL);
	if (e)
		sql_rollback(s);
	return e;
}
