// SPDX-License-Identifier: Apache-2.0
/* Every setting there is.  Names of the environment are the original's where it had one. */
#include "app/settings.h"

#include "model/graph.h"

#include "app/monitoring.h"

static const char *const rule_modes[] = {"auto", "operator", "legacy", "files", "off", NULL};
static const char *const board_modes[] = {"auto", "grafana", "files", "simulated", "off", NULL};
static const char *const scaling_policies[] = {"smo", "original", NULL};
static const char *const missing_words[] = {"hold", "zero", NULL};
static const char *const worlds[] = {"karmada", "simulated", NULL};

static const struct setting table[] = {
	{"db.url", SETTING_TEXT, "sqlite:///{dir}/smo.db", "database that keeps the state",
	 .env = {"SMO_DB_URL", "SQLALCHEMY_URI"}, .also = "database.url"},
	{"world", SETTING_WORD, "karmada",
	 "what is orchestrated: karmada or a simulated federation", .words = worlds},
	{"sim.file", SETTING_PATH, "{dir}/world.yaml", "world file of the simulated federation"},

	/* the control plane */
	{"karmada_kubeconfig", SETTING_KUBECONFIG, "{home}/.kube/karmada-apiserver.config",
	 "kubeconfig of the Karmada API server", .env = {"KARMADA_KUBECONFIG"},
	 .also = "karmada.kubeconfig", .flag = {"kubeconfig", ARG_FILE, "FILE"}},
	{"karmada_context", SETTING_TEXT, NULL, "context in it; none: its current context",
	 .env = {"KARMADA_CONTEXT"}, .also = "karmada.context",
	 .flag = {"context", ARG_TEXT, "NAME"}},
	{"kube.timeout", SETTING_DURATION, "30s", "deadline of one request to the control plane",
	 .env = {"SMO_KUBE_TIMEOUT"}},

	/* charts and releases */
	{"helm.path", SETTING_PATH, "helm", "the helm program, by name or path",
	 .env = {"SMO_HELM"}, .flag = {"helm", ARG_FILE, "FILE"}},
	{"helm.timeout", SETTING_DURATION, "5m", "deadline of one helm command",
	 .env = {"SMO_HELM_TIMEOUT"}},
	{"helm.insecure_registry", SETTING_BOOL, "true",
	 "registries may be spoken to without TLS (oci:// references)",
	 .env = {"INSECURE_REGISTRY"}},
	{"helm.insecure_registries", SETTING_TEXTS, "",
	 "only these registries may be (HOST or HOST:PORT); empty: see helm.insecure_registry",
	 .env = {"SMO_INSECURE_REGISTRIES"}},
	{"registry.credentials", SETTING_PATH, "{home}/.docker/config.json",
	 "registry credentials, as docker login writes them", .env = {"REGISTRY_AUTH_FILE"}},
	{"registry.ca", SETTING_PATH, NULL,
	 "certificate authorities of registries, beside the system's", .env = {"SMO_REGISTRY_CA"}},
	{"registry.timeout", SETTING_DURATION, "30s", "how long a registry may send nothing",
	 .env = {"SMO_REGISTRY_TIMEOUT"}},
	{"cache.dir", SETTING_PATH, "{cache}/smo", "charts and artifacts, kept by digest",
	 .env = {"SMO_CACHE_DIR"}},

	/* applying */
	{"apply.parallel", SETTING_INT, "4", "steps that may run side by side", .min = 1, .max = 64,
	 .env = {"SMO_PARALLEL"}, .flag = {"parallel", ARG_INT, "N"}},
	{"apply.ready_timeout", SETTING_DURATION, "10m", "how long a service may take to be ready",
	 .env = {"SMO_READY_TIMEOUT"}},
	{"apply.lease", SETTING_DURATION, "60s", "how long a claim on a graph outlives its holder"},

	/* placing */
	{"placement.policy", SETTING_WORD, NULL,
	 "what placements are judged by, where the descriptor does not say; none: stable",
	 .words = place_policies, .env = {"SMO_POLICY"}},
	{"placement.weights", SETTING_TEXTS, "",
	 "a policy of your own: price=, carbon=, latency=, moves=, balance= (docs/intents.md)"},
	{"placement.move_budget", SETTING_INT, NULL,
	 "how many services may move at once that need not; none: any number", .min = 0,
	 .max = 1000000},
	{"placement.minimum_gain", SETTING_REAL, "1",
	 "percent that a re-placement must gain, else nothing moves", .min = 0, .max = 100},
	{"clusters.properties", SETTING_TEXTS, "",
	 "what clusters do not tell themselves: CLUSTER:KEY=VALUE; * is every cluster"},

	/* monitoring */
	{"grafana.host", SETTING_URL, MONITORING_GRAFANA, "Grafana", .env = {"GRAFANA_HOST"},
	 .also = "grafana.grafana_host"},
	{"grafana.username", SETTING_TEXT, "admin", "user of Grafana", .env = {"GRAFANA_USERNAME"}},
	{"grafana.password", SETTING_TEXT, "prom-operator", "password of that user",
	 .env = {"GRAFANA_PASSWORD"}, .secret = true},
	{"grafana.token", SETTING_TEXT, NULL,
	 "token of a service account, instead of user and password", .env = {"GRAFANA_TOKEN"},
	 .secret = true},
	{"grafana.ca", SETTING_PATH, NULL,
	 "certificate authorities of Grafana (PEM), instead of the system's",
	 .env = {"GRAFANA_CA"}},
	{"grafana.timeout", SETTING_DURATION, "5s", "deadline of one request to Grafana",
	 .env = {"SMO_GRAFANA_TIMEOUT"}},
	{"dashboards.mode", SETTING_WORD, "auto",
	 "where dashboards go: into Grafana, into files that it reads, into the simulated "
	 "federation, or nowhere; auto: into Grafana when grafana.token is set or grafana.host is "
	 "not the default",
	 .words = board_modes, .env = {"SMO_DASHBOARDS"}},
	{"dashboards.dir", SETTING_PATH, "{dir}/dashboards",
	 "folder of dashboards.mode files: Grafana's provisioning reads it"},
	{"dashboards.refresh", SETTING_TEXT, "30s", "how often dashboards ask for news"},
	{"prometheus_host", SETTING_URL, "http://localhost:9090", "Prometheus",
	 .env = {"PROMETHEUS_HOST"}, .also = "prometheus.host"},
	{"prometheus.username", SETTING_TEXT, NULL, "user of Prometheus, when it asks for one",
	 .env = {"PROMETHEUS_USERNAME"}},
	{"prometheus.password", SETTING_TEXT, NULL, "password of that user",
	 .env = {"PROMETHEUS_PASSWORD"}, .secret = true},
	{"prometheus.token", SETTING_TEXT, NULL, "bearer token for Prometheus",
	 .env = {"PROMETHEUS_TOKEN"}, .secret = true},
	{"prometheus.ca", SETTING_PATH, NULL,
	 "certificate authorities of Prometheus (PEM), instead of the system's",
	 .env = {"PROMETHEUS_CA"}},
	{"prometheus.cert", SETTING_PATH, NULL, "client certificate for Prometheus (PEM)"},
	{"prometheus.key", SETTING_PATH, NULL, "and its key"},
	{"prometheus.timeout", SETTING_DURATION, "5s", "deadline of one request to Prometheus"},
	{"rules.mode", SETTING_WORD, "auto",
	 "where alerting rules go: objects for the Prometheus operator, one shared object as in "
	 "the original (legacy), files that Prometheus reads, or nowhere; auto: as operator where "
	 "the control plane knows such objects, else nowhere",
	 .words = rule_modes, .env = {"SMO_RULES"}},
	{"rules.dir", SETTING_PATH, "{dir}/rules",
	 "folder of rules.mode files: rule_files of Prometheus names it"},
	{"rules.shared_object", SETTING_TEXT, "kube-prometheus-stack-0",
	 "the PrometheusRule of rules.mode legacy"},
	{"rules.namespace", SETTING_TEXT, "monitoring", "namespace of the rule objects"},
	{"rules.prefix", SETTING_TEXT, "smo-",
	 "what the names of rule objects start with; the graph's name follows"},
	{"rules.labels", SETTING_TEXTS, "release=kube-prometheus-stack",
	 "labels (NAME=VALUE) of the rule objects, so that the operator's ruleSelector finds them"},
	{"rules.severity", SETTING_TEXT, "critical", "label severity of the alerts"},
	{"rules.plain_names", SETTING_BOOL, "false",
	 "alerts are named after their events alone, as in the original"},
	{"metrics.rate_query", SETTING_TEXT,
	 "sum(rate(flask_http_request_total{service=\"$service\"}[$window])) by (service)",
	 "requests per second of a service; $service, $project and $window are replaced"},
	{"metrics.job_query", SETTING_TEXT,
	 "sum(rate(http_requests_total{job=\"$service\"}[$window]))",
	 "requests per second of the Deployment that `scaler run` scales"},
	{"metrics.traffic_query", SETTING_TEXT, NULL,
	 "megabits per second from a service to one that it calls, for placements; $service, "
	 "$target, $project and $window are replaced; none: not measured"},
	{"metrics.traffic_window", SETTING_DURATION, "1h", "what $window is in that query"},
	{"metrics.cluster_label", SETTING_TEXT, "source",
	 "label of series that says which cluster they are from"},
	{"metrics.load_query", SETTING_TEXT,
	 "sum(rate(container_cpu_usage_seconds_total{namespace=\"$project\",pod=~\"$service-.*\","
	 "container!=\"\"}[$window])) / sum(kube_pod_container_resource_limits{namespace="
	 "\"$project\",pod=~\"$service-.*\",resource=\"cpu\"})",
	 "how busy the replicas of a service are, from 0 to 1: what `profile` learns from"},
	{"metrics.replicas_query", SETTING_TEXT,
	 "sum(kube_deployment_status_replicas_available{namespace=\"$project\","
	 "deployment=\"$service\"})",
	 "how many replicas of a service run: what `profile` learns from"},
	{"scaling.enabled", SETTING_BOOL, "false",
	 "`smo tick` scales the services of all running graphs by their load",
	 .env = {"SCALING_ENABLED"}},
	{"scaling.interval_seconds", SETTING_INT, "30",
	 "seconds between two decisions, and the window of rates: twice the scrape interval or "
	 "more",
	 .min = 1, .max = 86400, .env = {"SCALING_INTERVAL"}},
	{"scaling.policy", SETTING_WORD, "smo",
	 "how `graph scale` decides: as SMO does, or exactly as the original did",
	 .words = scaling_policies},
	{"scaling.alpha", SETTING_REAL, NULL,
	 "requests per second that each replica adds, of services without a model; none: not "
	 "scaled",
	 .min = 0, .max = 1000000000},
	{"scaling.beta", SETTING_REAL, "0", "requests per second beside that", .min = -1000000000,
	 .max = 1000000000},
	{"scaling.target", SETTING_REAL, "1", "share of what the replicas sustain that is used",
	 .min = 0, .max = 1},
	{"scaling.min", SETTING_INT, "1", "fewest replicas of a service", .min = 1, .max = 10000},
	{"scaling.max", SETTING_INT, "0", "most replicas of a service; 0: as many as fit", .min = 0,
	 .max = 10000},
	{"scaling.if_missing", SETTING_WORD, "hold",
	 "what a query without a result means: hold what runs, or no load", .words = missing_words},
	{"scaling.tolerance_up", SETTING_REAL, "0", "share of overload that is borne", .min = 0,
	 .max = 10},
	{"scaling.tolerance_down", SETTING_REAL, "0.1",
	 "share of the capacity that stays idle when there are fewer replicas", .min = 0, .max = 1},
	{"scaling.initial", SETTING_DURATION, "30s", "no change so soon after a service's start"},
	{"scaling.cooldown", SETTING_DURATION, "0s", "no change so soon after the last one"},
	{"scaling.up.stabilization", SETTING_DURATION, "0s",
	 "scale up to the least that was needed in this time"},
	{"scaling.up.replicas", SETTING_INT, "4", "at most so many more in a period", .min = 0,
	 .max = 10000},
	{"scaling.up.percent", SETTING_REAL, "100", "or so much more; the larger one counts",
	 .min = 0, .max = 100000},
	{"scaling.up.period", SETTING_DURATION, "15s", "that period; 0s: no limit"},
	{"scaling.down.stabilization", SETTING_DURATION, "5m",
	 "scale down to the most that was needed in this time"},
	{"scaling.down.replicas", SETTING_INT, "0", "at most so many fewer in a period", .min = 0,
	 .max = 10000},
	{"scaling.down.percent", SETTING_REAL, "100", "or so much less; the larger one counts",
	 .min = 0, .max = 100000},
	{"scaling.down.period", SETTING_DURATION, "15s", "that period; 0s: no limit"},

	/* clusters on demand */
	{"nfvcl.base_url", SETTING_URL, NULL, "NFVCL", .env = {"NFVCL_BASE_URL", "NFVCL_URL"},
	 .later = true},
	{"submariner_kubeconfig", SETTING_KUBECONFIG, NULL, "kubeconfig of the Submariner broker",
	 .env = {"SUBMARINER_KUBECONFIG"}, .later = true},
};

const struct setting *setting_at(size_t i)
{
	return i < sizeof(table) / sizeof(table[0]) ? &table[i] : NULL;
}
