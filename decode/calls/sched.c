/* SPDX-License-Identifier: MIT */
/* sched_setaffinity, sched_setscheduler, sched_setattr, setpriority. */
#include "calls/calls.h"

#include "tables/tables_impl.h"

#include <inttypes.h>
#include <string.h>

#define RESET_ON_FORK 0x40000000U /* SCHED_RESET_ON_FORK, or'ed into sched_setscheduler's policy */

void sched_setaffinity_read(struct call *c, const struct mem *mem)
{
	struct call_sched *s = &c->u.sched;
	uint64_t size = (uint32_t)c->arg[1]; /* unsigned int in the kernel */
	size_t want = size < CALL_CPUSET_BYTES ? (size_t)size : CALL_CPUSET_BYTES;

	if (want == 0)
		return;
	ssize_t got = mem->read(mem->ctx, c->arg[2], s->cpuset, want);
	if (got <= 0) {
		c->defects |= CALL_ARGS_UNREAD;
		return;
	}
	s->cpuset_len = (uint32_t)got;
	if ((size_t)got < want)
		c->defects |= CALL_ARGS_SHORT;
}

void sched_setscheduler_read(struct call *c, const struct mem *mem)
{
	uint32_t priority;

	if (!c->arg[2])
		return;
	if (mem_u32(mem, c->arg[2], &priority))
		c->defects |= CALL_ARGS_UNREAD;
	else
		c->u.sched.priority = (int32_t)priority;
}

/* struct sched_attr as of SCHED_ATTR_SIZE_VER0 (include/uapi/linux/sched/types.h). */
struct attr_v0 {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};
_Static_assert(sizeof(struct attr_v0) == 48, "SCHED_ATTR_SIZE_VER0");

void sched_setattr_read(struct call *c, const struct mem *mem)
{
	struct attr_v0 a = { 0 };
	struct call_sched *s = &c->u.sched;

	if (mem_read(mem, c->arg[1], &a, sizeof(a))) {
		c->defects |= CALL_ARGS_UNREAD;
		return;
	}
	s->policy = a.policy;
	s->flags = a.flags;
	s->nice = a.nice;
	s->priority = (int32_t)a.priority;
	s->runtime_ns = a.runtime;
	s->deadline_ns = a.deadline;
	s->period_ns = a.period;
}

static bool cpu_set(const struct call_sched *s, unsigned cpu)
{
	return cpu / 8 < s->cpuset_len && (s->cpuset[cpu / 8] >> cpu % 8 & 1);
}

/* "[0 2-5]" */
void cpuset_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	const struct call_sched *s = &c->u.sched;
	const char *sep = "";

	if (c->defects & CALL_ARGS_UNREAD) {
		addr_format(out, value);
		return;
	}
	outbuf_putc(out, '[');
	for (unsigned first = 0; first < 8 * s->cpuset_len; first++) {
		unsigned last = first;
		if (!cpu_set(s, first))
			continue;
		while (cpu_set(s, last + 1))
			last++;
		outbuf_printf(out, "%s%u", sep, first);
		if (last > first)
			outbuf_printf(out, "%c%u", last == first + 1 ? ' ' : '-', last);
		sep = " ";
		first = last;
	}
	if ((uint32_t)c->arg[1] > s->cpuset_len)
		outbuf_printf(out, "%s...", sep); /* the mask goes on, or could not be read to its end */
	outbuf_putc(out, ']');
}

void sched_policy_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	uint32_t policy = (uint32_t)value;

	(void)c;
	value_format(out, &table_sched_policies, policy & ~RESET_ON_FORK);
	if (policy & RESET_ON_FORK)
		outbuf_puts(out, "|SCHED_RESET_ON_FORK");
}

void sched_param_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	if (!value || (c->defects & CALL_ARGS_UNREAD))
		addr_format(out, value);
	else
		outbuf_printf(out, "{sched_priority=%" PRId32 "}", c->u.sched.priority);
}

void sched_attr_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	const struct call_sched *s = &c->u.sched;

	if (c->defects & CALL_ARGS_UNREAD) {
		addr_format(out, value);
		return;
	}
	outbuf_puts(out, "{sched_policy=");
	value_format(out, &table_sched_policies, s->policy);
	outbuf_puts(out, ", sched_flags=");
	table_flags_format(out, &table_sched_flags, s->flags);
	outbuf_printf(out, ", sched_nice=%" PRId32 ", sched_priority=%" PRIu32, s->nice, (uint32_t)s->priority);
	outbuf_printf(out, ", sched_runtime=%" PRIu64 ", sched_deadline=%" PRIu64 ", sched_period=%" PRIu64 "}",
		s->runtime_ns, s->deadline_ns, s->period_ns);
}

void prio_which_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	(void)c;
	value_format(out, &table_prio_which, (uint32_t)value);
}
