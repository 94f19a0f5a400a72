// SPDX-License-Identifier: Apache-2.0
#include "plan/explain.h"

#include "base/arena.h"
#include "base/str.h"

const char *explain_where(struct arena *a, const struct placement *p, const char *service)
{
	const struct service_placement *sp = placement_of(p, service);
	struct str s = {.a = a};

	for (size_t i = 0; sp && i < sp->n_shares; i++) {
		str_addf(&s, "%s%s", i ? ", " : "", sp->shares[i].cluster);
		if (sp->shares[i].replicas)
			str_addf(&s, " x%lld", (long long)sp->shares[i].replicas);
	}
	return s.len ? str_text(&s) : "-";
}

static void add_verdict(struct str *out, const struct place_reason *r,
			const struct place_verdict *v)
{
	if (v->chosen || (r->divided && !v->why_not))
		return;
	if (v->why_not)
		str_addf(out, "  not %s: it %s\n", v->cluster, v->why_not);
	else if (v->extra > 0 && r->next_best_why && str_eq(r->next_best, v->cluster))
		str_addf(out, "  next best %s: %s\n", v->cluster, r->next_best_why);
	else if (v->extra > 0)
		str_addf(out, "  not %s: %s\n", v->cluster,
			 v->dearer ? v->dearer : "it costs more");
	else if (v->extra < 0)
		str_addf(out, "  %s would do better\n", v->cluster);
	else
		str_addf(out, "  %s would do as well\n", v->cluster);
}

static void add_reason(struct arena *a, struct str *out, const struct placement *p,
		       const struct place_why *why, const struct place_reason *r)
{
	const struct service_placement *sp = placement_of(p, r->service);
	bool placed = sp && sp->n_shares && r->decided;

	str_addf(out, "\n%s: %s\n  %s\n", r->service, explain_where(a, p, r->service),
		 r->reason ? r->reason : "");
	if (r->cost && placed)
		str_addf(out, "  costs %s\n", r->cost);
	for (size_t c = 0; placed && c < why->n_clusters; c++)
		add_verdict(out, r, &r->verdicts[c]);
}

const char *explain_text(struct arena *a, const char *graph, const struct placement *p,
			 const struct place_why *why)
{
	struct str out = {.a = a};
	bool said = why->policy_from && !str_eq(why->policy_from, "default");

	str_addf(&out, "graph %s, policy %s%s%s%s: %s", graph, why->policy, said ? " (" : "",
		 said ? why->policy_from : "", said ? ")" : "",
		 why->status ? why->status : "not placed");
	if (why->status && why->gap > 0)
		str_addf(&out, ", at most %.2f %% above the optimum", why->gap * 100);
	str_add(&out, "\n");
	for (size_t i = 0; i < why->n_reasons; i++)
		add_reason(a, &out, p, why, &why->reasons[i]);
	for (size_t i = 0; i < why->n_binding; i++)
		str_addf(&out, "%sbinds: %s\n", i ? "" : "\n", why->binding[i]);
	for (size_t i = 0; i < why->n_notes; i++)
		str_addf(&out, "%snote: %s\n", i || why->n_binding ? "" : "\n", why->notes[i]);
	return str_text(&out);
}
