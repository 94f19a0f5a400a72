// SPDX-License-Identifier: Apache-2.0
#include "model/cluster_properties.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"
#include "base/vec.h"
#include "model/kinds.h"

const char *const cluster_property_keys[] = {"priceCpu", "priceMemory", "carbon", "devices",
					     "location", "region",      "zones",  "provider",
					     "latency",  "egress",      NULL};

static const char *const label_keys[] = {"price-cpu", "price-memory", "carbon", "devices",
					 "location",  "region",       "zones",  "provider",
					 "latency",   "egress"};

static bool number(const char *text, double *ret)
{
	char *end;
	double x = strtod(text, &end);

	if (end == text || *end || !isfinite(x) || x < 0 || x > 1e9)
		return false;
	*ret = x;
	return true;
}

static const char *set_number(struct arena *a, const char *text, double *ret)
{
	return number(text, ret) ? NULL
				 : arena_printf(a, "'%s' is not a number from 0 to 1e9", text);
}

static void split_zones(struct arena *a, const char *text, struct cluster *c)
{
	vec_of(const char *) list = {0};

	while (*text) {
		size_t n = strcspn(text, ",");
		if (n)
			*vec_push(a, &list) = arena_strndup(a, text, n);
		text += n + (text[n] == ',');
	}
	c->zones = list.at;
	c->n_zones = list.n;
}

static struct distance *distance_to(struct arena *a, struct cluster *c, const char *other)
{
	struct distance *grown = arena_new_n(a, struct distance, c->n_distances + 1);

	for (size_t i = 0; i < c->n_distances; i++)
		grown[i] = c->distances[i];
	c->distances = grown;
	for (size_t i = 0; i < c->n_distances; i++)
		if (str_eq(grown[i].to, other))
			return &grown[i];
	grown[c->n_distances].to = other;
	return &grown[c->n_distances++];
}

static void remember(struct arena *a, struct cluster *c, const char *key, const char *origin)
{
	struct text_pair *grown = arena_new_n(a, struct text_pair, c->n_origins + 1);
	size_t n = 0;

	for (size_t i = 0; i < c->n_origins; i++)
		if (!str_eq(c->origins[i].key, key))
			grown[n++] = c->origins[i];
	size_t at = n++;
	for (; at > 0 && str_cmp(grown[at - 1].key, key) > 0; at--)
		grown[at] = grown[at - 1];
	grown[at] = (struct text_pair){key, origin};
	c->origins = grown;
	c->n_origins = n;
}

/* "latency.cloud" and "egress.cloud": a part of the matrix. */
static const char *set_distance(struct arena *a, struct cluster *c, const char *key,
				const char *value)
{
	bool latency = str_starts(key, "latency.");
	double x = 0;
	const char *wrong = set_number(a, value, &x);

	if (wrong)
		return wrong;
	if (latency && x <= 0)
		return "a latency is above 0";
	struct distance *d =
		distance_to(a, c, arena_strdup(a, key + strlen(latency ? "latency." : "egress.")));
	*(latency ? &d->latency_ms : &d->egress_price) = x;
	return NULL;
}

static const char *set_devices(struct arena *a, const char *value, bool *ret)
{
	if (!str_eq(value, "true") && !str_eq(value, "false"))
		return arena_printf(a, "'%s' is neither true nor false", value);
	*ret = str_eq(value, "true");
	return NULL;
}

static const char *set_known(struct arena *a, struct cluster *c, const char *key, const char *value)
{
	const char *wrong = NULL;

	if ((str_starts(key, "latency.") && key[8]) || (str_starts(key, "egress.") && key[7]))
		return set_distance(a, c, key, value);
	if (str_eq(key, "priceCpu"))
		return set_number(a, value, &c->price_cpu);
	if (str_eq(key, "priceMemory"))
		return set_number(a, value, &c->price_memory);
	if (str_eq(key, "devices"))
		return set_devices(a, value, &c->devices);
	if (str_eq(key, "carbon")) {
		wrong = set_number(a, value, &c->carbon);
		c->has_carbon |= !wrong;
		return wrong;
	}
	if (str_eq(key, "location"))
		c->location = arena_strdup(a, value);
	else if (str_eq(key, "region"))
		c->region = arena_strdup(a, value);
	else if (str_eq(key, "provider"))
		c->provider = arena_strdup(a, value);
	else if (str_eq(key, "zones"))
		split_zones(a, value, c);
	else
		wrong = arena_printf(a, "'%s' is no property of a cluster", key);
	return wrong;
}

const char *cluster_property_set(struct arena *a, struct cluster *c, const char *key,
				 const char *value, const char *origin)
{
	const char *wrong = set_known(a, c, key, value);

	if (!wrong)
		remember(a, c, arena_strdup(a, key), origin);
	return wrong;
}

/* "price-cpu" is priceCpu, "latency.cloud" stays. */
static const char *key_of(const char *label)
{
	if (str_starts(label, "latency.") || str_starts(label, "egress."))
		return label;
	for (size_t i = 0; i < countof(label_keys); i++)
		if (str_eq(label, label_keys[i]))
			return cluster_property_keys[i];
	return NULL;
}

static void take(struct arena *a, struct cluster *c, const struct text_pair *pairs, size_t n,
		 const char *origin)
{
	for (size_t i = 0; i < n; i++) {
		const char *key = str_starts(pairs[i].key, SMO_DOMAIN "/")
					  ? key_of(pairs[i].key + strlen(SMO_DOMAIN "/"))
					  : NULL;
		const char *ignored =
			key ? cluster_property_set(a, c, key, pairs[i].value, origin) : NULL;
		(void)ignored;
	}
}

static void take_topology(struct arena *a, struct cluster *c)
{
	for (size_t i = 0; i < c->n_labels; i++) {
		const struct text_pair *l = &c->labels[i];

		if (!c->region && str_eq(l->key, "topology.kubernetes.io/region")) {
			c->region = l->value;
			remember(a, c, "region", "label");
		}
		if (!c->n_zones && str_eq(l->key, "topology.kubernetes.io/zone")) {
			split_zones(a, l->value, c);
			remember(a, c, "zones", "label");
		}
	}
}

void cluster_properties_from_labels(struct arena *a, struct cluster *c)
{
	take_topology(a, c);
	take(a, c, c->labels, c->n_labels, "label");
	take(a, c, c->annotations, c->n_annotations, "annotation");
}
