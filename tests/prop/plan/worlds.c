// SPDX-License-Identifier: Apache-2.0
#include "worlds.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "plan/intent.h"

#define GI (INT64_C(1) << 30)

enum { MAX_CLUSTERS = 5, MAX_SERVICES = 6 };

int64_t roll(struct dice *d, int64_t sides)
{
	uint64_t z = (d->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (int64_t)((z ^ (z >> 31)) % (uint64_t)sides);
}

bool chance(struct dice *d, int64_t percent)
{
	return roll(d, 100) < percent;
}

/* ---- clusters ---- */

static void add_taint(struct arena *a, struct dice *d, struct cluster *c)
{
	static const char *const effects[] = {"NoSchedule", "NoExecute", "PreferNoSchedule"};
	struct taint *t = arena_new(a, struct taint);

	*t = (struct taint){"reserved", NULL, effects[roll(d, 3)]};
	c->taints = t;
	c->n_taints = 1;
}

static void add_costs(struct arena *a, struct dice *d, struct cluster *c, size_t n)
{
	if (chance(d, 60))
		c->price_cpu = (double)(1 + roll(d, 9)) / 100;
	if (chance(d, 60)) {
		c->carbon = (double)roll(d, 500);
		c->has_carbon = true;
	}
	if (!chance(d, 30))
		return;
	c->distances = arena_new_n(a, struct distance, n);
	for (size_t i = 0; i < n; i++)
		if (chance(d, 50))
			c->distances[c->n_distances++] = (struct distance){
				.to = arena_printf(a, "c%zu", i),
				.latency_ms = (double)(1 + roll(d, 60)),
			};
}

static struct cluster cluster_new(struct arena *a, struct dice *d, size_t i, size_t n)
{
	struct cluster c = {.name = arena_printf(a, "c%zu", i)};
	int64_t nodes = 1 + roll(d, 4), cpu = (1 + roll(d, 4)) * 2000, memory = 8 * GI;

	c.ready = chance(d, 90);
	c.cordoned = chance(d, 8);
	c.gone = !c.ready && chance(d, 30);
	c.has_summary = chance(d, 96);
	c.region = chance(d, 80) ? (chance(d, 50) ? "eu" : "us") : NULL;
	c.has_mcs = chance(d, 40);
	c.nodes_total = c.nodes_ready = nodes;
	amounts_set(a, &c.allocatable, "cpu", cpu * nodes);
	amounts_set(a, &c.allocatable, "memory", memory * nodes);
	amounts_set(a, &c.allocated, "cpu", roll(d, cpu * nodes / 2 + 1));
	amounts_set(a, &c.allocated, "memory", roll(d, memory));
	if (chance(d, 50))
		amounts_set(a, &c.allocatable, "ephemeral-storage", 40 * GI);
	if (chance(d, 30))
		amounts_set(a, &c.allocatable, "nvidia.com/gpu", 1 + roll(d, 2));
	if (chance(d, 50)) {
		amounts_set(a, &c.largest_node, "cpu", cpu);
		amounts_set(a, &c.largest_node, "memory", memory);
	}
	if (chance(d, 15))
		add_taint(a, d, &c);
	add_costs(a, d, &c, n);
	return c;
}

/* ---- charts ---- */

static struct object_facts workload(struct arena *a, const char *kind, const char *name)
{
	struct object_facts o = {.api_version = "apps/v1",
				 .kind = kind,
				 .name = name,
				 .replicas = 1,
				 .pod_path = "/spec/template",
				 .n_containers = 1};

	o.containers = arena_new_n(a, struct container_facts, 2);
	o.containers[0].name = "main";
	o.containers[1].name = "side";
	return o;
}

static void add_requests(struct arena *a, struct dice *d, struct container_facts *c)
{
	if (chance(d, 40))
		amounts_set(a, &c->requests, "cpu", (1 + roll(d, 8)) * 100);
	if (chance(d, 20))
		amounts_set(a, &c->limits, "memory", (1 + roll(d, 4)) * GI / 4);
}

struct objects {
	vec_of(struct object_facts) list;
};

static struct object_facts *other(struct arena *a, struct objects *o, const char *api,
				  const char *kind, const char *name)
{
	struct object_facts *f = vec_push(a, &o->list);

	*f = (struct object_facts){.api_version = api, .kind = kind, .name = name, .replicas = -1};
	return f;
}

static void add_main(struct arena *a, struct dice *d, struct objects *o, const char *id)
{
	bool set = chance(d, 15);
	struct object_facts main = workload(a, set ? "StatefulSet" : "Deployment", id);

	main.replicas = chance(d, 85) ? 1 + (chance(d, 20) ? roll(d, 3) : 0) : -1;
	main.n_containers = chance(d, 20) ? 2 : 1;
	for (size_t i = 0; i < main.n_containers; i++)
		add_requests(a, d, &main.containers[i]);
	main.data = set && chance(d, 50);
	*vec_push(a, &o->list) = main;
}

/* Every style of chart: objects in the order of their kinds, as Helm has it. */
static struct chart_facts chart_new(struct arena *a, struct dice *d, const char *id)
{
	struct chart_facts f = {.service = id, .name = id, .version = "1.0.0"};
	struct objects o = {0};
	bool legacy = chance(d, 30), fixed = !legacy && chance(d, 6);

	f.ref = arena_printf(a, "oci://registry.example/%s:1.0.0", id);
	f.digest = arena_printf(a, "sha256:%040d%024d", (int)roll(d, 1000), 0);
	f.reads_affinity = legacy;
	if (chance(d, 30))
		other(a, &o, "v1", "ConfigMap", id);
	if (chance(d, 80)) {
		struct object_facts *svc = other(a, &o, "v1", "Service", id);
		static const char *ports[] = {"80/TCP"};
		svc->ports = ports;
		svc->n_ports = 1;
	}
	add_main(a, d, &o, id);
	if (o.list.at[o.list.n - 1].replicas >= 0 && chance(d, 60))
		f.replicas_path = chance(d, 80) ? "replicaCount" : "scale.count";
	if (chance(d, 15)) {
		struct object_facts side =
			workload(a, "Deployment", arena_printf(a, "%s-redis", id));
		add_requests(a, d, &side.containers[0]);
		*vec_push(a, &o.list) = side;
	}
	if (chance(d, 8))
		other(a, &o, "autoscaling/v2", "HorizontalPodAutoscaler", id);
	if (chance(d, 8)) {
		struct object_facts job = workload(a, "Job", arena_printf(a, "%s-setup", id));
		job.hook = chance(d, 50);
		*vec_push(a, &o.list) = job;
	}
	for (size_t i = 0; i < o.list.n; i++) {
		o.list.at[i].own_policy = legacy || fixed;
		o.list.at[i].policy_follows = legacy;
	}
	if (legacy && chance(d, 80))
		other(a, &o, "multicluster.x-k8s.io/v1alpha1", "ServiceExport", id);
	if (chance(d, 10)) {
		struct object_facts *m =
			other(a, &o, "monitoring.coreos.com/v1", "ServiceMonitor", id);
		m->namespace_ = "monitoring";
	}
	f.objects = o.list.at;
	f.n_objects = o.list.n;
	return f;
}

/* ---- services ---- */

static const char **one_name(struct arena *a, const char *name)
{
	const char **list = arena_new_n(a, const char *, 1);

	list[0] = name;
	return list;
}

static void add_intents(struct arena *a, struct dice *d, struct service *v)
{
	static const char *const levels[] = {"none", "light", "small", "small", "medium"};

	v->cpu = chance(d, 80) ? levels[roll(d, 5)] : NULL;
	v->ram = chance(d, 80) ? levels[roll(d, 5)] : NULL;
	v->storage = chance(d, 20) ? "small" : NULL;
	if (chance(d, 10))
		v->gpu = (struct gpu_intent){true, 1, "nvidia.com/gpu"};
	if (chance(d, 10))
		v->mapping.cpu = "resources.requests.cpu";
	v->replicas = chance(d, 15) ? 1 + roll(d, 3) : 0;
	if (chance(d, 12))
		v->ha = (struct service_ha){true, 1 + roll(d, 3), RECOVERY_AUTOMATIC};
	if (chance(d, 10)) {
		v->location.regions = one_name(a, "eu");
		v->location.n_regions = 1;
	}
	if (chance(d, 20)) {
		v->location.tolerations = one_name(a, "reserved");
		v->location.n_tolerations = 1;
	}
}

/* What it calls, waits for and stays with; only earlier ones are waited for. */
static void add_links(struct arena *a, struct dice *d, struct graph *g, size_t i)
{
	struct service *v = &g->services[i];

	v->n_connection_points = v->trigger.n_dependencies = 0;
	v->connection_points = arena_new_n(a, const char *, g->n_services);
	v->trigger.dependencies = arena_new_n(a, const char *, g->n_services);
	for (size_t k = 0; k < g->n_services; k++) {
		if (k != i && chance(d, 25))
			v->connection_points[v->n_connection_points++] = g->services[k].id;
		if (k < i && chance(d, 15))
			v->trigger.dependencies[v->trigger.n_dependencies++] = g->services[k].id;
	}
	if (i > 0 && chance(d, 8)) {
		v->co_locations = arena_new(a, struct co_location);
		v->co_locations[0].id = g->services[roll(d, (int64_t)i)].id;
		v->n_co_locations = 1;
	}
	if (chance(d, 8)) {
		v->latencies = arena_new(a, struct latency_intent);
		v->latencies[0].qos = chance(d, 50) ? QOS_LOW : QOS_ULTRALOW;
		v->n_latencies = 1;
	}
}

static struct service service_new(struct arena *a, struct dice *d, size_t i)
{
	static const char *const ids[MAX_SERVICES] = {"api",         "api-export", "back",
						      "back-import", "db",         "web"};
	struct service v = {.id = ids[i]};

	v.oci_image = arena_printf(a, "oci://registry.example/%s:1.0.0", v.id);
	v.type = "App";
	v.implementer = chance(d, 10) ? "WOT" : "HELM";
	v.trigger.is_event = chance(d, 12);
	v.values = chance(d, 20) ? node_new(a, NODE_MAP) : NULL;
	if (v.values)
		node_set_str(a, v.values, "image", "one");
	add_intents(a, d, &v);
	return v;
}

/* Give the chart a value for the replicas. */
static void set_replicas(struct chart_facts *f)
{
	f->replicas_path = "replicaCount";
	for (size_t i = 0; i < f->n_objects; i++)
		if (str_eq(f->objects[i].name, f->service) && f->objects[i].pod_path &&
		    f->objects[i].replicas < 0)
			f->objects[i].replicas = 1;
}

static void apply_intents(struct law_case *c)
{
	struct err *e = intent_apply(c->a, &c->g, NULL);

	(void)e; /* levels only */
	/* A chart that resets the replicas of divided copies loses some for a moment. */
	for (size_t i = 0; i < c->g.n_services; i++)
		if (c->g.services[i].ha.enabled)
			set_replicas(&c->s.charts[i]);
}

/* What a mapping hands to the chart stands in its requests. */
static void render(struct law_case *c, size_t v)
{
	struct chart_facts *f = &c->s.charts[v];

	for (size_t i = 0; i < f->n_objects; i++)
		if (c->g.services[v].mapping.cpu && str_eq(f->objects[i].name, f->service) &&
		    f->objects[i].pod_path)
			amounts_set(c->a, &f->objects[i].containers[0].requests, "cpu",
				    amounts_get(&c->g.services[v].demand, "cpu"));
}

struct law_case world_new(struct arena *a, struct dice *d)
{
	struct law_case c = {.a = a, .g = {.id = "demo"}, .make = {.verb = "deploy"}};
	size_t n_clusters = 1 + (size_t)roll(d, MAX_CLUSTERS);

	c.s = (struct snapshot){.instance = "me", .project = "shop", .graph = "demo"};
	c.s.namespace_exists = chance(d, 50);
	c.s.namespace_ours = c.s.namespace_exists && chance(d, 50);
	c.s.clusters = arena_new_n(a, struct cluster, n_clusters);
	while (c.s.n_clusters < n_clusters) {
		c.s.clusters[c.s.n_clusters] = cluster_new(a, d, c.s.n_clusters, n_clusters);
		c.s.n_clusters++;
	}
	c.g.n_services = 1 + (size_t)roll(d, MAX_SERVICES);
	c.g.services = arena_new_n(a, struct service, c.g.n_services);
	c.g.intent.use_static_placement = chance(d, 8);
	c.g.intent.high_performance = chance(d, 5);
	c.s.n_charts = c.g.n_services;
	c.s.charts = arena_new_n(a, struct chart_facts, c.s.n_charts);
	for (size_t i = 0; i < c.g.n_services; i++) {
		c.g.services[i] = service_new(a, d, i);
		c.s.charts[i] = chart_new(a, d, c.g.services[i].id);
	}
	apply_intents(&c);
	for (size_t i = 0; i < c.g.n_services; i++) {
		add_links(a, d, &c.g, i);
		render(&c, i);
	}
	if (chance(d, 25)) {
		c.s.reservations = arena_new(a, struct reservation);
		c.s.n_reservations = 1;
		*c.s.reservations = (struct reservation){"other", "x", "c0", 1 + roll(d, 2), {0}};
		amounts_set(a, &c.s.reservations->per_replica, "cpu", 500);
	}
	c.place.policy = place_policies[roll(d, 9)];
	c.make.wait = chance(d, 20);
	return c;
}

/* ---- changes ---- */

static void change_cluster(struct law_case *c, struct dice *d)
{
	struct cluster *cl = &c->s.clusters[roll(d, (int64_t)c->s.n_clusters)];

	switch (roll(d, 5)) {
	case 0:
		cl->ready = !cl->ready;
		cl->gone = false;
		break;
	case 1:
		cl->cordoned = !cl->cordoned;
		break;
	case 2:
		add_taint(c->a, d, cl);
		break;
	case 3: {
		struct amounts other_size = {0};
		amounts_add(c->a, &other_size, &cl->allocatable, 1);
		amounts_set(c->a, &other_size, "cpu", (1 + roll(d, 8)) * 2000);
		cl->allocatable = other_size;
		break;
	}
	default:
		cl->largest_node = (struct amounts){0};
	}
}

static struct service_state *state_of(struct law_case *c, const char *service)
{
	for (size_t i = 0; i < c->s.n_services; i++)
		if (str_eq(c->s.services[i].service, service))
			return &c->s.services[i];
	return NULL;
}

/* Somebody sets the replicas, to none perhaps, gives them back, or writes another number down. */
static void set_by_somebody(struct dice *d, struct service *svc, struct service_state *st)
{
	static const char *const who[] = {NULL, "hand", "model"};

	st->replicas = roll(d, 4);
	st->set_by = st->replicas ? who[roll(d, 3)] : NULL;
	st->said = svc->replicas;
	st->asleep = !st->replicas && chance(d, 30);
	st->given_back = !st->replicas && !st->asleep && chance(d, 40);
	if (st->asleep)
		st->set_by = "model";
	if (chance(d, 25))
		svc->replicas = 1 + roll(d, 3);
}

static void change_service(struct law_case *c, struct dice *d)
{
	size_t v = (size_t)roll(d, (int64_t)c->g.n_services);
	struct service *svc = &c->g.services[v];
	struct service_state *st = state_of(c, svc->id);

	switch (roll(d, 6)) {
	case 0:
		add_intents(c->a, d, svc);
		apply_intents(c);
		render(c, v);
		break;
	case 1:
		c->s.charts[v].digest = arena_printf(c->a, "sha256:%040d", (int)roll(d, 9999));
		break;
	case 2:
		svc->values = node_new(c->a, NODE_MAP);
		node_set_str(c->a, svc->values, "image", chance(d, 50) ? "one" : "two");
		break;
	case 3:
		if (st && svc->trigger.is_event)
			st->status = "Deploying";
		break;
	case 4:
		if (st)
			set_by_somebody(d, svc, st);
		break;
	default:
		add_links(c->a, d, &c->g, v);
	}
}

/* Somebody scales, a release fails, a policy is changed or lost. */
static void change_world(struct law_case *c, struct dice *d)
{
	int64_t what = roll(d, 4);

	if (what == 0 && c->s.n_releases) {
		c->s.releases[roll(d, (int64_t)c->s.n_releases)].status =
			chance(d, 50) ? "failed" : "pending-upgrade";
	} else if (what == 1 && c->s.n_objects) {
		struct owned_object *o = &c->s.objects[roll(d, (int64_t)c->s.n_objects)];
		o->body = node_new(c->a, NODE_MAP);
		node_map_in(c->a, o->body, "spec");
	} else if (what == 2 && c->s.n_objects) {
		c->s.n_objects--;
	} else if (c->s.n_workloads) {
		struct workload *w = &c->s.workloads[roll(d, (int64_t)c->s.n_workloads)];
		for (size_t k = 0; k < w->n_shares; k++)
			w->shares[k].ready = w->shares[k].available = 0;
	}
}

static void drop_service(struct law_case *c, struct dice *d)
{
	size_t v = (size_t)roll(d, (int64_t)c->g.n_services);
	const char *id = c->g.services[v].id;
	struct service *list = arena_new_n(c->a, struct service, c->g.n_services);
	size_t n = 0;

	for (size_t i = 0; i < c->g.n_services; i++)
		if (i != v)
			list[n++] = c->g.services[i];
	c->g.services = list;
	c->g.n_services = n;
	for (size_t i = 0; i < n; i++) {
		struct service *s = &list[i];
		size_t kept = 0;

		s->n_connection_points = 0;
		s->n_co_locations = 0;
		for (size_t k = 0; k < s->trigger.n_dependencies; k++)
			if (!str_eq(s->trigger.dependencies[k], id))
				s->trigger.dependencies[kept++] = s->trigger.dependencies[k];
		s->trigger.n_dependencies = kept;
	}
	/* Charts stay in the order of the services that they are of. */
	for (size_t i = v; i + 1 < c->s.n_charts; i++)
		c->s.charts[i] = c->s.charts[i + 1];
	c->s.n_charts--;
}

const char *world_change(struct law_case *c, struct dice *d)
{
	c->make = (struct make_options){.verb = "deploy", .wait = chance(d, 20)};
	c->place.allow_data_loss = chance(d, 50);
	if (chance(d, 20))
		c->place.policy = place_policies[roll(d, 9)];
	switch (roll(d, 10)) {
	case 0:
	case 1:
	case 2:
	case 3:
		change_cluster(c, d);
		return "a cluster changed";
	case 4:
	case 5:
		change_service(c, d);
		return "a service changed";
	case 6:
		change_world(c, d);
		return "the world changed";
	case 7:
		if (c->g.n_services < 2)
			return "nothing happened";
		drop_service(c, d);
		return "a service was dropped";
	case 8:
		c->make.stopped = true;
		return "it was stopped";
	default:
		change_cluster(c, d);
		change_service(c, d);
		c->make.removing = chance(d, 20);
		return c->make.removing ? "it was removed" : "a cluster and a service changed";
	}
}

/* ---- needs, counted again ---- */

static int64_t container_need(const struct container_facts *c, const char *resource)
{
	return amounts_has(&c->requests, resource) ? amounts_get(&c->requests, resource)
						   : amounts_get(&c->limits, resource);
}

static int64_t pod_need(const struct service *v, const struct object_facts *o, bool is_main,
			const char *resource)
{
	int64_t others = 0, own = container_need(&o->containers[0], resource);
	int64_t want = amounts_get(&v->demand, resource);
	bool mapped = v->mapping.cpu && str_eq(resource, "cpu");

	for (size_t i = 1; i < o->n_containers; i++)
		others += container_need(&o->containers[i], resource);
	return others + (is_main && !mapped && want > others ? want - others : own);
}

int64_t world_need(const struct law_case *c, size_t v, int64_t share, const char *resource)
{
	const struct service *svc = &c->g.services[v];
	const struct chart_facts *f = &c->s.charts[v];
	int64_t spread = svc->ha.enabled ? svc->ha.replicas_across_clusters : 1, sum = 0;

	for (size_t i = 0; i < f->n_objects; i++) {
		const struct object_facts *o = &f->objects[i];
		bool is_main = str_eq(o->name, svc->id);
		int64_t n = o->replicas < 0 ? 1 : o->replicas;

		if (!o->pod_path || o->hook)
			continue;
		if (is_main) {
			n = svc->replicas ? svc->replicas : n;
			n = n < spread && !o->own_policy ? spread : n;
			n = share ? share : o->own_policy ? n : (n + spread - 1) / spread;
		}
		sum += n * pod_need(svc, o, is_main, resource);
	}
	return sum;
}
