/* SPDX-License-Identifier: MIT */
/* What stands in each column of a census. */
#include "census/census_impl.h"

#include <stdlib.h>
#include <string.h>

#include <thrtrace/tables.h>

#include "tables/tables_impl.h"

/* ---- words ---- */

void census_size(struct outbuf *out, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB" };
	double v = (double)bytes / 1024;
	unsigned i = 0;

	if (!bytes) {
		outbuf_putc(out, '0');
		return;
	}
	for (; v >= 1023.95 && i + 1 < ARRAY_SIZE(units); i++)
		v /= 1024;
	if (v == (double)(uint64_t)v)
		outbuf_printf(out, "%llu %s", (unsigned long long)v, units[i]);
	else
		outbuf_printf(out, "%.1f %s", v, units[i]);
}

unsigned census_cpus(const char *list)
{
	unsigned n = 0;

	for (const char *at = list; *at;) {
		char *end;
		unsigned long low = strtoul(at, &end, 10), high = low;
		if (end == at)
			return 0;
		if (*end == '-')
			high = strtoul(end + 1, &end, 10);
		if (high < low || high - low > 65536 || (*end && *end != ','))
			return 0;
		n += (unsigned)(high - low) + 1;
		at = *end == ',' ? end + 1 : end;
	}
	return n;
}

static const char *guard_word(enum guard_kind guard)
{
	switch (guard) {
	case GUARD_NONE:
		return "none";
	case GUARD_PROT_NONE:
		return "PROT_NONE";
	case GUARD_MADVISE:
		return "madvise";
	case GUARD_RUNTIME:
		return "mprotect";
	case GUARD_READ_ONLY:
		return "PROT_READ";
	case GUARD_KERNEL:
		return "gap";
	case GUARD_UNKNOWN:
		break;
	}
	return "";
}

/* ---- values ---- */

static struct census_value number(bool known, double v)
{
	return (struct census_value){ .known = known, .number = v };
}

static struct census_value range(const int of[2])
{
	return (struct census_value){ .known = true, .number = of[1], .range = { of[0], of[1] } };
}

static struct census_value span(bool known, const uint64_t of[2])
{
	return (struct census_value){ .known = known, .number = (double)of[1], .span = { of[0], of[1] } };
}

static struct census_value text(bool differ, const char *word)
{
	return (struct census_value){ .known = differ || word[0], .text = differ ? "(several)" : word };
}

struct census_value census_value_of(const struct census *c, const struct census_group *g, enum census_column col)
{
	const struct census_task *t = g->first;

	switch (col) {
	case COL_PID:
		return number(true, c->pid);
	case COL_TID:
		return number(true, t->tid);
	case COL_COUNT:
		return number(true, (double)g->n);
	case COL_NAME:
		return text(g->names_differ, g->n == 1 ? t->comm : t->pattern);
	case COL_ROLE:
		return text(g->roles_differ, t->role);
	case COL_START:
		return text(g->starts_differ, t->start);
	case COL_CPU:
		return number(g->any_account, g->cpu);
	case COL_QUEUE:
		return number(g->any_account, g->queue);
	case COL_VOLUNTARY:
		return number(g->any_split, g->voluntary);
	case COL_INVOLUNTARY:
		return number(g->any_split, g->involuntary);
	case COL_STATE:
		return number(true, (double)g->states[0]);
	case COL_WAIT:
		return text(g->places_differ, t->place);
	case COL_ASLEEP:
		return span(g->any_asleep, g->asleep_ns);
	case COL_STACK:
		return number(g->any_stack, (double)g->reserved);
	case COL_TOUCHED:
		return number(g->any_touched, (double)g->touched);
	case COL_GUARD:
		return text(g->guards_differ, guard_word(t->guard));
	case COL_NICE:
		return range(g->nice);
	case COL_POLICY:
		return text(g->policies_differ, policy_word(t->policy));
	case COL_PRIORITY:
		return range(g->rt_priority);
	case COL_AFFINITY:
		return text(g->affinities_differ, t->affinity);
	case COL_LAST_CPU:
		return range(g->last_cpu);
	case COL_TIME:
		return number(t->is.t_ns != 0, (double)g->cpu_ns);
	case COL_OTHER:
	case CENSUS_COLUMNS:
		break;
	}
	return (struct census_value){ .known = false };
}

/* ---- cells ---- */

static void put_range(struct outbuf *out, const int of[2])
{
	outbuf_printf(out, "%d", of[0]);
	if (of[1] != of[0])
		outbuf_printf(out, "..%d", of[1]);
}

static void put_span(struct outbuf *out, const uint64_t of[2])
{
	duration_format(out, of[0]);
	if (of[1] == of[0])
		return;
	outbuf_puts(out, "..");
	duration_format(out, of[1]);
}

/* "R4 S12"; "S" of a single thread. */
static void put_states(struct outbuf *out, const struct census_group *g)
{
	const char *sep = "";

	for (unsigned i = 0; i < ARRAY_SIZE(g->states); i++) {
		if (!g->states[i])
			continue;
		outbuf_printf(out, "%s%c", sep, i < sizeof(CENSUS_LETTERS) - 1 ? CENSUS_LETTERS[i] : '?');
		if (g->n > 1)
			outbuf_printf(out, "%u", g->states[i]);
		sep = " ";
	}
}

static void put_policy(struct outbuf *out, const struct census_group *g)
{
	outbuf_puts(out, g->policies_differ ? "policies differ" : policy_word(g->first->policy));
	if (!g->rt_priority[1])
		return;
	outbuf_putc(out, ' ');
	put_range(out, g->rt_priority);
}

/* What is not as it is for most: nice 0, SCHED_OTHER, every CPU of the machine. */
static void put_other(struct outbuf *out, const struct census *c, const struct census_group *g)
{
	const char *sep = "", *cpus = g->first->affinity;

	if (g->nice[0] || g->nice[1]) {
		outbuf_puts(out, "nice ");
		put_range(out, g->nice);
		sep = ", ";
	}
	if (g->policies_differ || g->first->policy) {
		outbuf_puts(out, sep);
		put_policy(out, g);
		sep = ", ";
	}
	if (g->affinities_differ)
		outbuf_printf(out, "%saffinities differ", sep);
	else if (cpus[0] && census_cpus(cpus) < c->machine.cpus)
		outbuf_printf(out, "%s%s %s", sep, census_cpus(cpus) == 1 ? "CPU" : "CPUs", cpus);
}

void census_cell(const struct census *c, const struct census_group *g, enum census_column col, struct outbuf *out)
{
	struct census_value v = census_value_of(c, g, col);
	enum census_kind kind = census_column_rows[col].kind;

	if (kind == CENSUS_NOTE) {
		put_other(out, c, g);
		return;
	}
	if (!v.known)
		return;
	switch (kind) {
	case CENSUS_COUNT:
		outbuf_printf(out, "%.0f", v.number);
		break;
	case CENSUS_RATE:
		outbuf_printf(out, v.number < 9999.95 ? "%.1f" : "%.0f", v.number);
		break;
	case CENSUS_BYTES:
		census_size(out, (uint64_t)v.number);
		break;
	case CENSUS_SECONDS:
		outbuf_printf(out, "%.2f s", v.number / 1e9);
		break;
	case CENSUS_SPAN:
		put_span(out, v.span);
		break;
	case CENSUS_RANGE:
		put_range(out, v.range);
		break;
	case CENSUS_TEXT:
		plain_format(out, v.text);
		break;
	case CENSUS_STATES:
		put_states(out, g);
		break;
	case CENSUS_NOTE:
		break;
	}
}
