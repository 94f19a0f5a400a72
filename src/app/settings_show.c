// SPDX-License-Identifier: Apache-2.0
/* Settings as people see them: secrets masked, with where each one comes from. */
#include <string.h>

#include "app/settings.h"
#include "base/arena.h"
#include "base/str.h"
#include "doc/node.h"
#include "doc/yaml.h"

static const char masked[] = "********";

const char *setting_origin_name(enum setting_origin origin)
{
	switch (origin) {
	case ORIGIN_DEFAULT:
		return "default";
	case ORIGIN_FILE:
		return "file";
	case ORIGIN_ENVIRONMENT:
		return "environment";
	case ORIGIN_FLAG:
		return "flag";
	}
	return "";
}

/* The user and password inside a URL are secrets too. */
static const char *shown_url(struct arena *a, const char *text)
{
	const char *scheme = strstr(text, "://");
	const char *at = scheme ? strchr(scheme + 3, '@') : NULL;

	if (!at || memchr(scheme + 3, '/', (size_t)(at - scheme - 3)))
		return text;
	return arena_printf(a, "%.*s%s%s", (int)(scheme + 3 - text), text, masked, at);
}

static struct node *shown(struct arena *a, const struct settings *s, size_t i)
{
	const struct setting *def = setting_at(i);
	const char *text = s->values[i].text;
	const char *const *items = NULL;
	struct node *list;

	if (!text || (!*text && def->type != SETTING_TEXTS))
		return node_new(a, NODE_NULL);
	switch (def->type) {
	case SETTING_BOOL:
		return node_new_bool(a, settings_bool(s, def->key));
	case SETTING_REAL:
		return node_new_real(a, settings_real(s, def->key));
	case SETTING_INT:
		return node_new_int(a, settings_int(s, def->key));
	case SETTING_TEXTS:
		list = node_new(a, NODE_LIST);
		for (size_t k = 0, n = settings_list(s, def->key, &items); k < n; k++)
			node_add(list, node_new_str(a, items[k]));
		return list;
	case SETTING_TEXT:
	case SETTING_URL:
	case SETTING_PATH:
	case SETTING_KUBECONFIG:
	case SETTING_DURATION:
	case SETTING_WORD:
		break;
	}
	return node_new_str(a, def->secret ? masked : shown_url(a, text));
}

struct node *settings_document(struct arena *a, const struct settings *s)
{
	struct node *doc = node_new(a, NODE_MAP);

	for (size_t i = 0; setting_at(i); i++) {
		const char *key = setting_at(i)->key;
		struct node *map = doc;

		for (const char *dot; (dot = strchr(key, '.')); key = dot + 1)
			map = node_map_in(a, map, arena_strndup(a, key, (size_t)(dot - key)));
		node_set(map, key, shown(a, s, i));
	}
	return doc;
}

struct node *settings_origins(struct arena *a, const struct settings *s)
{
	struct node *list = node_new(a, NODE_LIST);

	for (size_t i = 0; setting_at(i); i++) {
		const struct setting *def = setting_at(i);
		struct node *row = node_add(list, node_new(a, NODE_MAP));

		node_set_str(a, row, "key", def->key);
		node_set(row, "value", shown(a, s, i));
		node_set_str(a, row, "origin", setting_origin_name(s->values[i].origin));
		node_set_str(a, row, "where", s->values[i].where);
		node_set_bool(a, row, "hasEffect", !def->later);
		node_set_str(a, row, "help", def->help);
	}
	return list;
}

const char *settings_template(struct arena *a, const char *dir, bool simulated)
{
	struct node *doc = node_new(a, NODE_MAP);

	if (simulated)
		node_set_str(a, doc, "world", "simulated");
	node_set_str(a, node_map_in(a, doc, "db"), "url",
		     arena_printf(a, "sqlite:///%s/smo.db", dir));
	node_set_str(a, doc, "karmada_kubeconfig", "~/.kube/karmada-apiserver.config");
	struct node *grafana = node_map_in(a, doc, "grafana");
	node_set_str(a, grafana, "host", "http://localhost:3000");
	node_set_str(a, grafana, "username", "admin");
	node_set_str(a, grafana, "password", "prom-operator");
	node_set_str(a, doc, "prometheus_host", "http://localhost:9090");
	node_set_bool(a, node_map_in(a, doc, "helm"), "insecure_registry", true);
	node_set_int(a, node_map_in(a, doc, "scaling"), "interval_seconds", 30);
	return arena_printf(
		a,
		"# Settings of smo.  `smo config show --origin` tells every one there is, what it\n"
		"# is now and where that comes from.\n%s",
		yaml_write(a, doc));
}
