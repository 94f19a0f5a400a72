// SPDX-License-Identifier: Apache-2.0
#include "model/scale_memory.h"

#include "base/arena.h"
#include "base/str.h"
#include "model/document.h"

enum { MOST = 1000, REFUSAL_MS = 3600000 };

static const struct field learnt_fields[] = {
	{"alpha", FIELD_REAL, MEMBER(scale_learnt, alpha), .help = "requests a second per replica"},
	{"beta", FIELD_REAL, MEMBER(scale_learnt, beta), .help = "and beside that"},
	{"alphaLow", FIELD_REAL, MEMBER(scale_learnt, alpha_low), .help = "lower end of alpha"},
	{"alphaHigh", FIELD_REAL, MEMBER(scale_learnt, alpha_high), .help = "upper end of alpha"},
	{"at", FIELD_INT, MEMBER(scale_learnt, at), .help = "when it was learnt"},
	{"points", FIELD_INT, MEMBER(scale_learnt, points), .help = "from so many"},
	{0},
};
static const struct shape learnt_shape = {"learnt model", sizeof(struct scale_learnt),
					  learnt_fields};

static const struct field wish_fields[] = {
	{"at", FIELD_INT, MEMBER(scale_wish, at), .help = "when"},
	{"replicas", FIELD_INT, MEMBER(scale_wish, replicas), .help = "how many were needed"},
	{0},
};
static const struct shape wish_shape = {"wish", sizeof(struct scale_wish), wish_fields};

static const struct field move_fields[] = {
	{"at", FIELD_INT, MEMBER(scale_move, at), .help = "when"},
	{"from", FIELD_INT, MEMBER(scale_move, from), .help = "replicas before"},
	{"to", FIELD_INT, MEMBER(scale_move, to), .help = "and after"},
	{0},
};
static const struct shape move_shape = {"move", sizeof(struct scale_move), move_fields};

static const struct field refusal_fields[] = {
	{"cluster", FIELD_TEXT, MEMBER(scale_refusal, cluster), .help = "which had no node"},
	{"at", FIELD_INT, MEMBER(scale_refusal, at), .help = "when"},
	{0},
};
static const struct shape refusal_shape = {"refusal", sizeof(struct scale_refusal), refusal_fields};

static const struct field memory_fields[] = {
	{"by", FIELD_TEXT, MEMBER(scale_memory, by), .help = "hand, thresholds or model"},
	{"said", FIELD_INT, MEMBER(scale_memory, said), .help = "what the descriptor said then"},
	{"asleep", FIELD_BOOL, MEMBER(scale_memory, asleep), .help = "no replicas"},
	{"givenBack", FIELD_BOOL, MEMBER(scale_memory, given_back),
	 .help = "to be as if nobody had set them"},
	{"started", FIELD_INT, MEMBER(scale_memory, started), .help = "when it was deployed"},
	{"learnt", FIELD_PTR, MEMBER(scale_memory, learnt), .element = &learnt_shape,
	 .help = "by smo profile"},
	{"wishes", FIELD_LIST, MEMBERS(scale_memory, wishes), .element = &wish_shape,
	 .help = "what was needed lately"},
	{"moves", FIELD_LIST, MEMBERS(scale_memory, moves), .element = &move_shape,
	 .help = "what was done lately"},
	{"refusals", FIELD_LIST, MEMBERS(scale_memory, refusals), .element = &refusal_shape,
	 .help = "clusters that had no node for its pods lately"},
	{0},
};
const struct shape scale_memory_shape = {"scale memory", sizeof(struct scale_memory), memory_fields,
					 .open = true};

struct scale_memory scale_memory_read(struct arena *a, const struct node *doc)
{
	struct scale_memory m = {0};
	struct problems ps = {.a = a};

	if (doc && doc->kind == NODE_MAP)
		bind_read(a, &scale_memory_shape, doc, &m, &ps);
	return ps.n_errors ? (struct scale_memory){0} : m;
}

struct node *scale_memory_write(struct arena *a, const struct scale_memory *m)
{
	struct node *doc = bind_write(a, &scale_memory_shape, m);

	return doc->first ? doc : NULL;
}

void scale_memory_prune(struct scale_memory *m, int64_t since)
{
	size_t w = m->n_wishes > MOST ? m->n_wishes - MOST : 0;
	size_t v = m->n_moves > MOST ? m->n_moves - MOST : 0;

	while (w < m->n_wishes && m->wishes[w].at < since)
		w++;
	while (v < m->n_moves && m->moves[v].at < since)
		v++;
	m->wishes = w ? m->wishes + w : m->wishes; /* which are NULL when there are none */
	m->n_wishes -= w;
	m->moves = v ? m->moves + v : m->moves;
	m->n_moves -= v;
}

void refusals_forget(struct scale_memory *m, int64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n_refusals; i++)
		if (now - m->refusals[i].at < REFUSAL_MS)
			m->refusals[kept++] = m->refusals[i];
	m->n_refusals = kept;
}

void refusals_note(struct arena *a, struct scale_memory *m, const char *cluster, bool had,
		   int64_t now)
{
	struct scale_refusal *list = arena_new_n(a, struct scale_refusal, m->n_refusals + 1);
	size_t n = 0;

	for (size_t i = 0; i < m->n_refusals; i++)
		if (!str_eq(m->refusals[i].cluster, cluster))
			list[n++] = m->refusals[i];
	if (!had)
		list[n++] = (struct scale_refusal){arena_strdup(a, cluster), now};
	m->refusals = list;
	m->n_refusals = n;
}
