// SPDX-License-Identifier: Apache-2.0
#include "drive/sim_metrics.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "drive/sim_bind.h"
#include "drive/sim_parts.h"
#include "drive/sim_pods.h"

#define REQUESTS_PER_CORE 50.0
#define IDLE_SHARE        0.02
#define BYTES_PER_REQUEST (256.0 * 1024)
#define CFS_PERIODS       10.0 /* a second: the kernel's 100 ms */
#define GIB               (1024.0 * 1024 * 1024)
#define CORES_SHOWN       4 /* of a node, all alike: what is asked is their mean */

enum family {
	FLASK_REQUESTS,
	HTTP_REQUESTS,
	SPEC_REPLICAS,
	READY_REPLICAS,
	AVAILABLE_REPLICAS,
	LIMITS,
	CONTAINER_CPU,
	CONTAINER_MEMORY,
	CFS_PERIODS_TOTAL,
	CFS_THROTTLED,
	NODE_CPU,
	MACHINE_CORES,
	MEM_TOTAL,
	MEM_FREE,
	MEM_BUFFERS,
	MEM_CACHED,
	DISK_READ,
	DISK_WRITTEN,
	DISK_BUSY,
	FS_SIZE,
	FS_FREE,
	NET_IN,
	NET_OUT,
	N_FAMILIES
};

static const struct {
	const char *name, *type, *help;
} families[] = {
	[FLASK_REQUESTS] = {"flask_http_request_total", "counter", "Requests of a service"},
	[HTTP_REQUESTS] = {"http_requests_total", "counter", "Requests of a workload"},
	[SPEC_REPLICAS] = {"kube_deployment_spec_replicas", "gauge", "Wanted replicas"},
	[READY_REPLICAS] = {"kube_deployment_status_replicas_ready", "gauge", "Ready replicas"},
	[AVAILABLE_REPLICAS] = {"kube_deployment_status_replicas_available", "gauge",
				"Available replicas"},
	[LIMITS] = {"kube_pod_container_resource_limits", "gauge", "What a container may take"},
	[CONTAINER_CPU] = {"container_cpu_usage_seconds_total", "counter", "Processor time"},
	[CONTAINER_MEMORY] = {"container_memory_working_set_bytes", "gauge", "Memory in use"},
	[CFS_PERIODS_TOTAL] = {"container_cpu_cfs_periods_total", "counter", "Periods"},
	[CFS_THROTTLED] = {"container_cpu_cfs_throttled_periods_total", "counter",
			   "Periods in which the container was held back"},
	[NODE_CPU] = {"node_cpu_seconds_total", "counter", "Processor time by mode"},
	[MACHINE_CORES] = {"machine_cpu_cores", "gauge", "Cores of a node"},
	[MEM_TOTAL] = {"node_memory_MemTotal_bytes", "gauge", "Memory"},
	[MEM_FREE] = {"node_memory_MemFree_bytes", "gauge", "Memory that nobody uses"},
	[MEM_BUFFERS] = {"node_memory_Buffers_bytes", "gauge", "Memory in buffers"},
	[MEM_CACHED] = {"node_memory_Cached_bytes", "gauge", "Memory that caches files"},
	[DISK_READ] = {"node_disk_read_bytes_total", "counter", "Bytes read"},
	[DISK_WRITTEN] = {"node_disk_written_bytes_total", "counter", "Bytes written"},
	[DISK_BUSY] = {"node_disk_io_time_seconds_total", "counter", "Time with work to do"},
	[FS_SIZE] = {"node_filesystem_size_bytes", "gauge", "Size of a file system"},
	[FS_FREE] = {"node_filesystem_free_bytes", "gauge", "Free bytes of a file system"},
	[NET_IN] = {"node_network_receive_bytes_total", "counter", "Bytes received"},
	[NET_OUT] = {"node_network_transmit_bytes_total", "counter", "Bytes sent"},
};

struct sim_meter {
	struct arena *a;
	struct map counters; /* "name{labels}" -> double */
};

struct page {
	struct arena *a;
	struct sim_meter *m;
	const struct sim_state *s;
	const char *label;
	double seconds;
	struct str text[N_FAMILIES];
};

/* What the pods of one node do together. */
struct node_use {
	double cores, bytes, requests;
};

struct sim_meter *sim_meter_new(struct arena *a)
{
	struct sim_meter *m = arena_new(a, struct sim_meter);

	*m = (struct sim_meter){.a = a, .counters = {.a = a}};
	return m;
}

/* ---- lines ---- */

static const char *escaped(struct arena *a, const char *value)
{
	struct str out = {.a = a};

	for (const char *p = value ? value : ""; *p; p++) {
		if (*p == '\n')
			str_add(&out, "\\n");
		else
			str_addf(&out, "%s%c", *p == '"' || *p == '\\' ? "\\" : "", *p);
	}
	return str_text(&out);
}

static void gauge(struct page *p, enum family f, const char *labels, double value)
{
	str_addf(&p->text[f], "%s{%s} %.15g\n", families[f].name, labels, value);
}

static void counter(struct page *p, enum family f, const char *labels, double rate)
{
	const char *key = arena_printf(p->a, "%s{%s}", families[f].name, labels);
	double *value = map_get(&p->m->counters, key);

	if (!value) {
		value = arena_new(p->m->a, double);
		map_put(&p->m->counters, arena_strdup(p->m->a, key), value);
	}
	*value += rate * p->seconds;
	gauge(p, f, labels, *value);
}

static const char *cluster_label(struct page *p, const char *cluster)
{
	return arena_printf(p->a, "%s=\"%s\"", p->label, escaped(p->a, cluster));
}

/* ---- workloads and their pods ---- */

static double rate_of(const struct sim_state *s, const char *service)
{
	for (size_t i = 0; i < s->loads.n; i++)
		if (str_eq(s->loads.at[i].service, service))
			return s->loads.at[i].rate;
	return 0;
}

/* Requests per second of each ready pod of the release. */
static double rate_of_pod(const struct sim_state *s, const char *release)
{
	int64_t n = 0;

	for (size_t i = 0; i < s->parts.n; i++)
		if (str_eq(s->parts.at[i].release, release))
			n += sim_pods_ready(s, &s->parts.at[i]);
	return n ? rate_of(s, release) / (double)n : 0;
}

static double least(double x, double y)
{
	return x < y ? x : y;
}

static void use_node(struct map *uses, struct arena *a, const char *cluster, const char *node,
		     const struct node_use *more)
{
	const char *key = arena_printf(a, "%s/%s", cluster, node);
	struct node_use *u = map_get(uses, key);

	if (!u) {
		u = arena_new(a, struct node_use);
		*u = (struct node_use){0};
		map_put(uses, key, u);
	}
	u->cores += more->cores;
	u->bytes += more->bytes;
	u->requests += more->requests;
}

static void add_pod(struct page *p, const struct sim_part *part, size_t i, double rate,
		    struct map *uses)
{
	const char *where = cluster_label(p, part->cluster);
	const char *pod = arena_printf(p->a, "%s,namespace=\"%s\",pod=\"%s-%lld-%zu\"", where,
				       escaped(p->a, part->namespace_), escaped(p->a, part->name),
				       (long long)part->pods.at[i].revision, i);
	const char *box = arena_printf(p->a, "%s,container=\"main\"", pod);
	double cores = (double)amounts_get(&part->requests, "cpu") / 1000;
	double bytes = (double)amounts_get(&part->requests, "memory");
	double need = cores * IDLE_SHARE + rate / REQUESTS_PER_CORE;
	const struct node_use use = {
		.cores = cores > 0 ? least(need, cores) : need,
		.bytes = bytes > 0 ? least(bytes / 2 + rate * BYTES_PER_REQUEST, bytes)
				   : rate * BYTES_PER_REQUEST,
		.requests = rate,
	};

	counter(p, CONTAINER_CPU, box, use.cores);
	gauge(p, CONTAINER_MEMORY, box, use.bytes);
	counter(p, CFS_PERIODS_TOTAL, box, CFS_PERIODS);
	counter(p, CFS_THROTTLED, box, need > use.cores ? CFS_PERIODS * (1 - use.cores / need) : 0);
	gauge(p, LIMITS, arena_printf(p->a, "%s,resource=\"cpu\",unit=\"core\"", box), cores);
	gauge(p, LIMITS, arena_printf(p->a, "%s,resource=\"memory\",unit=\"byte\"", box), bytes);
	counter(p, FLASK_REQUESTS,
		arena_printf(p->a, "%s,service=\"%s\",status=\"200\"", pod,
			     escaped(p->a, part->release)),
		rate);
	counter(p, HTTP_REQUESTS,
		arena_printf(p->a, "%s,job=\"%s\",code=\"200\"", pod, escaped(p->a, part->name)),
		rate);
	use_node(uses, p->a, part->cluster, part->pods.at[i].node, &use);
}

static void add_part(struct page *p, const struct sim_part *part, struct map *uses)
{
	double rate = rate_of_pod(p->s, part->release);
	int64_t ready = sim_pods_ready(p->s, part), left = ready;

	if (str_eq(part->kind, "Deployment")) {
		const char *labels =
			arena_printf(p->a, "%s,namespace=\"%s\",deployment=\"%s\"",
				     cluster_label(p, part->cluster),
				     escaped(p->a, part->namespace_), escaped(p->a, part->name));

		gauge(p, SPEC_REPLICAS, labels, (double)part->wanted);
		gauge(p, READY_REPLICAS, labels, (double)ready);
		gauge(p, AVAILABLE_REPLICAS, labels, (double)ready);
	}
	for (size_t i = 0; i < part->pods.n; i++)
		if (part->pods.at[i].node)
			add_pod(p, part, i, left-- > 0 ? rate : 0, uses);
}

/* ---- nodes ---- */

static void add_cores(struct page *p, const char *labels, int64_t n, double busy)
{
	static const struct {
		const char *mode;
		double share; /* of what is busy */
	} modes[] = {{"user", 0.79},   {"system", 0.15}, {"nice", 0.01},
		     {"iowait", 0.03}, {"irq", 0.01},    {"softirq", 0.01}};
	double each = n ? least(busy / (double)n, 1) : 0;

	for (int64_t k = 0; k < n && k < CORES_SHOWN; k++) {
		const char *core = arena_printf(p->a, "%s,cpu=\"%lld\"", labels, (long long)k);

		for (size_t i = 0; i < countof(modes); i++)
			counter(p, NODE_CPU,
				arena_printf(p->a, "%s,mode=\"%s\"", core, modes[i].mode),
				each * modes[i].share);
		counter(p, NODE_CPU, arena_printf(p->a, "%s,mode=\"idle\"", core), 1 - each);
	}
}

static void add_node(struct page *p, const char *cluster, const char *name,
		     const struct amounts *capacity, const struct node_use *use)
{
	const char *labels = arena_printf(p->a, "%s,instance=\"%s\"", cluster_label(p, cluster),
					  escaped(p->a, name));
	const char *disk = arena_printf(p->a, "%s,device=\"sda\"", labels);
	const char *fs = arena_printf(
		p->a, "%s,device=\"/dev/sda1\",fstype=\"ext4\",mountpoint=\"/\"", labels);
	const char *net = arena_printf(p->a, "%s,device=\"eth0\"", labels);
	int64_t cores = amounts_get(capacity, "cpu") / 1000;
	double memory = (double)amounts_get(capacity, "memory");
	double storage = (double)amounts_get(capacity, "ephemeral-storage");
	double used = least(memory * 0.05 + use->bytes, memory * 0.9);

	storage = storage > 0 ? storage : 100 * GIB;
	add_cores(p, labels, cores, (double)cores * IDLE_SHARE + use->cores);
	gauge(p, MACHINE_CORES, labels, (double)cores);
	gauge(p, MEM_TOTAL, labels, memory);
	gauge(p, MEM_BUFFERS, labels, memory * 0.02);
	gauge(p, MEM_CACHED, labels, memory * 0.05);
	gauge(p, MEM_FREE, labels, memory * 0.93 - used);
	counter(p, DISK_READ, disk, 4096 * (1 + use->requests));
	counter(p, DISK_WRITTEN, disk, 8192 * (1 + use->requests));
	counter(p, DISK_BUSY, disk, least(0.01 + use->requests * 0.0005, 1));
	gauge(p, FS_SIZE, fs, storage);
	gauge(p, FS_FREE, fs, storage * 0.7);
	counter(p, NET_IN, net, 1024 * (1 + use->requests));
	counter(p, NET_OUT, net, 4096 * (1 + use->requests));
}

static void add_cluster(struct page *p, const struct sim_cluster *c, const struct map *uses)
{
	const struct sim_site *site = sim_world_site(&p->s->world, c->name);

	for (size_t i = 0; site && i < site->n_nodes; i++) {
		const struct sim_nodes *n = &site->nodes[i];

		for (int64_t k = 1; k <= (n->count ? n->count : 1); k++) {
			const char *name = arena_printf(p->a, "%s-%lld",
							n->name ? n->name : c->name, (long long)k);
			const struct node_use *use =
				map_get(uses, arena_printf(p->a, "%s/%s", c->name, name));

			add_node(p, c->name, name, &n->capacity,
				 use ? use : &(const struct node_use){0});
		}
	}
}

/* ---- the page ---- */

static bool is_down(const struct sim_state *s, const char *cluster)
{
	const struct sim_cluster *c = sim_state_cluster(s, cluster);

	return !c || c->down;
}

/* Nothing comes from a cluster that is down. */
static const char *write_page(struct page *p)
{
	struct map uses = {.a = p->a};
	struct str out = {.a = p->a};

	for (size_t i = 0; i < p->s->parts.n; i++)
		if (!is_down(p->s, p->s->parts.at[i].cluster))
			add_part(p, &p->s->parts.at[i], &uses);
	for (size_t i = 0; i < p->s->n_clusters; i++)
		if (!p->s->clusters[i].down)
			add_cluster(p, &p->s->clusters[i], &uses);
	for (size_t f = 0; f < N_FAMILIES; f++)
		if (p->text[f].len)
			str_addf(&out, "# HELP %s %s (simulated).\n# TYPE %s %s\n%s",
				 families[f].name, families[f].help, families[f].name,
				 families[f].type, str_text(&p->text[f]));
	return str_text(&out);
}

struct err *sim_metrics(struct sim *s, struct arena *a, struct sim_meter *m, int64_t elapsed_ms,
			const char *label, const char **ret_text)
{
	struct page p = {.a = a, .m = m, .label = label, .seconds = (double)elapsed_ms / 1000};
	struct sim_call c;

	for (size_t f = 0; f < N_FAMILIES; f++)
		p.text[f].a = a;
	TRY(sim_enter(s, a, "sim", "metrics", &c));
	p.s = sim_state_of(&c);
	const char *text = write_page(&p);
	TRY(sim_leave(&c, NULL));
	*ret_text = text;
	return NULL;
}
