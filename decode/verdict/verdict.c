/* SPDX-License-Identifier: MIT */
/* Asks the rules of refusal in order, and puts the answer into words. */
#include "verdict/refusals.h"

#include <thrtrace/tables.h>

#include <errno.h>
#include <string.h>

const char *verdict_call_name(enum verdict_call call)
{
	static const char *const names[VC_CALLS] = { "clone", "clone3", "fork", "vfork", "unshare", "setns", "mmap",
		"mprotect", "sched_setscheduler", "sched_setaffinity", "setpriority" };

	return call < VC_CALLS ? names[call] : "";
}

static bool applies(const struct refusal *rule, const struct verdict_query *q)
{
	uint32_t kernel = q->who->kernel;

	if (!(rule->calls & 1u << q->call))
		return false;
	if (rule->until && (!kernel || kernel >= rule->until))
		return false;
	if (kernel && rule->since > kernel)
		return false;
	if (!rule->err)
		return q->err != 0;
	return !q->err || q->err == rule->err;
}

/* Copies text that fits, or cuts it. */
static void keep_text(char *dst, size_t size, struct outbuf *out)
{
	const char *text = outbuf_str(out);
	size_t len = strlen(text);

	if (len >= size)
		len = size - 1;
	memcpy(dst, text, len);
	dst[len] = '\0';
}

static void settle(struct verdict *v, const struct refusal *rule, const struct verdict_query *q, bool certain)
{
	struct outbuf why;

	outbuf_init(&why, VERDICT_WHY_LEN - 1);
	v->err = q->err ? q->err : rule->err;
	v->rule = rule->id;
	v->source = rule->source;
	v->certain = certain;
	if (!certain)
		outbuf_puts(&why, "Not certain, but likely: ");
	if (rule->describe)
		rule->describe(&why, q);
	else
		outbuf_puts(&why, rule->why);
	keep_text(v->why, sizeof(v->why), &why);
	outbuf_clear(&why);
	outbuf_puts(&why, rule->repair);
	keep_text(v->repair, sizeof(v->repair), &why);
	outbuf_release(&why);
}

static void settle_unknown(struct verdict *v, const struct verdict_query *q)
{
	const char *name = errno_name(q->err);
	struct outbuf why;

	v->err = q->err;
	v->rule = "unknown";
	v->source = NULL;
	v->certain = false;
	outbuf_init(&why, VERDICT_WHY_LEN - 1);
	outbuf_printf(&why, "No rule that is known explains %s from %s with these arguments on this kernel.",
		name ? name : "this error", verdict_call_name(q->call));
	keep_text(v->why, sizeof(v->why), &why);
	outbuf_release(&why);
}

/* The rules that an unknown fact leaves possible. */
struct candidates {
	const struct refusal *first;
	size_t n;
};

/* The first rule that certainly holds, or NULL; the possible ones before it are gathered. */
static const struct refusal *find_rule(const struct verdict_query *q, struct candidates *possible)
{
	size_t n;
	const struct refusal *rules = refusals(&n);

	for (size_t i = 0; i < n; i++) {
		if (!applies(&rules[i], q))
			continue;
		/* "any errno" rules are for what nothing else explains; only EPERM is a filter's own favourite. */
		if (!rules[i].err && possible->n && q->err != EPERM)
			continue;
		enum fact holds = rules[i].test(q);
		if (holds == FACT_YES)
			return &rules[i];
		if (holds == FACT_UNKNOWN && !possible->n++)
			possible->first = &rules[i];
	}
	return NULL;
}

/* Whether one possible rule is as good as proved: no other gives this errno, nor may a filter or a race have. */
static bool only_explanation(const struct verdict_query *q, const struct candidates *possible)
{
	/* Of other calls not every check has a row. */
	bool ambiguous = q->err == EAGAIN || q->err == ENOMEM || q->err == EPERM || q->call >= VC_SETNS;

	return possible->n == 1 && !ambiguous && q->who->seccomp_filter == FACT_NO;
}

void verdict_of(struct verdict *ret, const struct verdict_query *query)
{
	struct candidates possible = { NULL, 0 };
	bool generic;

	*ret = (struct verdict){ .certain = true };
	for (size_t i = 0; query->limits && i < query->limits->n_limits; i++)
		query->limits->limits[i].hit = false;
	const struct refusal *rule = find_rule(query, &possible);
	generic = rule && !rule->err;
	if (!query->err) {
		if (rule)
			settle(ret, rule, query, true);
		ret->unless = possible.first ? possible.first->id : NULL;
		return;
	}
	if (rule)
		settle(ret, rule, query, !generic || !possible.n);
	else if (possible.first)
		settle(ret, possible.first, query, only_explanation(query, &possible));
	else
		settle_unknown(ret, query);
}

const char *verdict_rule_at(size_t i, int *ret_err, const char **ret_source)
{
	size_t n;
	const struct refusal *rules = refusals(&n);

	if (i >= n)
		return NULL;
	*ret_err = rules[i].err;
	if (ret_source)
		*ret_source = rules[i].source;
	return rules[i].id;
}
