// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"
#include "doc/yaml.h"
#include "drive/file.h"
#include "model/desired.h"
#include "model/kinds.h"
#include "sim_bench.h"

#define INSTANCE "11111111-2222-4333-8444-555555555555"

static void fine(const struct err *e)
{
	if (e)
		fail_msg("%s", e->msg);
}

static void open_it(struct bench *b)
{
	const struct sim_settings settings = {
		.dir = b->dir,
		.world_file = arena_printf(&b->a, "%s/world.yaml", b->dir),
		.instance = INSTANCE,
	};

	fine(sim_open(&b->a, &settings, &b->sim));
	sim_ports(b->sim, &b->ports);
}

void bench_open(struct bench *b, const char *world)
{
	char dir[] = "/tmp/smo-sim-XXXXXX";

	*b = (struct bench){0};
	assert_non_null(mkdtemp(dir));
	b->dir = arena_strdup(&b->a, dir);
	if (world)
		fine(file_write(&b->a, arena_printf(&b->a, "%s/world.yaml", dir), 0600, world,
				strlen(world)));
	open_it(b);
}

void bench_reopen(struct bench *b)
{
	sim_close(b->sim);
	open_it(b);
}

void bench_close(struct bench *b)
{
	static const char *const names[] = {"sim.json", "sim.log", "sim.lock", "world.yaml"};

	sim_close(b->sim);
	for (size_t i = 0; i < countof(names); i++)
		unlink(arena_printf(&b->a, "%s/%s", b->dir, names[i]));
	rmdir(b->dir);
	arena_done(&b->a);
}

struct node *bench_yaml(struct bench *b, const char *text)
{
	struct node *n = NULL;

	fine(yaml_read(&b->a, "test", text, strlen(text), &n));
	return n;
}

void bench_apply(struct bench *b, const char *yaml)
{
	struct node *object = bench_yaml(b, yaml);
	struct node *labels = node_map_in(&b->a, node_map_in(&b->a, object, "metadata"), "labels");

	node_set_str(&b->a, labels, LABEL_MANAGED_BY, MANAGED_BY);
	node_set_str(&b->a, labels, LABEL_INSTANCE, INSTANCE);
	fine(b->ports.object.apply(b->ports.object.self, &b->a, object, false));
}

void bench_namespace(struct bench *b, const char *name)
{
	bench_apply(b,
		    arena_printf(&b->a, "{apiVersion: v1, kind: Namespace, metadata: {name: %s}}",
				 name));
}

void bench_policy(struct bench *b, const char *name, const char *clusters)
{
	bench_apply(b, arena_printf(&b->a,
				    "apiVersion: policy.karmada.io/v1alpha1\n"
				    "kind: PropagationPolicy\n"
				    "metadata: {name: smo-%s, namespace: test}\n"
				    "spec:\n"
				    "  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, "
				    "name: %s}]\n"
				    "  placement: {clusterAffinity: {clusterNames: %s}}\n",
				    name, name, clusters));
}

void bench_forget_policy(struct bench *b, const char *name)
{
	const struct object_ref ref = {.api_version = "policy.karmada.io/v1alpha1",
				       .kind = "PropagationPolicy",
				       .name = arena_printf(&b->a, "smo-%s", name),
				       .namespace_ = "test"};

	fine(b->ports.object.remove(b->ports.object.self, &b->a, &ref));
}

struct err *bench_try_put(struct bench *b, const char *name, const char *ref, const char *values)
{
	const struct release_want want = {
		.name = name,
		.namespace_ = "test",
		.chart_ref = ref,
		.values = bench_yaml(b, values),
		.values_hash = "abc",
	};
	const struct text_pair labels[] = {
		{LABEL_MANAGED_BY, MANAGED_BY}, {LABEL_INSTANCE, INSTANCE},
		{LABEL_GRAPH, "demo"},          {LABEL_SERVICE, name},
		{LABEL_PROJECT, "test"},        {LABEL_VALUES_HASH, "abc"},
	};

	return b->ports.release.put(b->ports.release.self, &b->a, &want, labels, countof(labels),
				    60000, false);
}

void bench_put(struct bench *b, const char *name, const char *values)
{
	fine(bench_try_put(b, name,
			   arena_printf(&b->a, "oci://registry.example/charts/%s:1.0.0", name),
			   values));
}

void bench_remove(struct bench *b, const char *name)
{
	fine(b->ports.release.remove(b->ports.release.self, &b->a, "test", name, 60000));
}

void bench_advance(struct bench *b, int64_t ms)
{
	b->ports.clock.sleep(b->ports.clock.self, ms);
}

const char *bench_fares(struct bench *b, const char *name)
{
	struct str out = {.a = &b->a};
	struct workload *list = NULL;
	size_t n = 0;

	fine(b->ports.object.workloads(b->ports.object.self, &b->a, "test", &list, &n));
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(list[i].name, name))
			continue;
		if (!list[i].n_shares)
			return arena_printf(&b->a, "[%s]", list[i].reason);
		for (size_t k = 0; k < list[i].n_shares; k++) {
			const struct workload_share *s = &list[i].shares[k];
			str_addf(&out, "%s%s %d/%d%s", out.len ? ", " : "", s->cluster,
				 (int)s->ready, (int)s->replicas,
				 !s->applied   ? " unheard"
				 : !s->current ? " old"
					       : "");
		}
		return str_text(&out);
	}
	return "gone";
}
