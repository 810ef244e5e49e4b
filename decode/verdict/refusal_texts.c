/* SPDX-License-Identifier: MIT */
/* The sentences of those rules whose `why` depends on the call or on the limits. */
#include "verdict/refusals.h"

static void describe_flags(struct outbuf *out, uint64_t bits, enum flag_call call, const struct verdict_query *q)
{
	clone_flags_format_for(out, call, bits);
	const struct clone_flag *row = bits & (bits - 1) ? NULL : clone_flag_of(bits, call);
	if (row && q->who->kernel && row->since > q->who->kernel) {
		outbuf_puts(out, " came with Linux ");
		kernel_version_format(out, row->since);
		outbuf_puts(out, "; this kernel is ");
		kernel_version_format(out, q->who->kernel);
		outbuf_putc(out, '.');
	} else {
		outbuf_printf(out, " %s no %s of %s on this kernel.", bits & (bits - 1) ? "are" : "is",
			bits & (bits - 1) ? "flags" : "flag", call == ON_UNSHARE ? "unshare" : "clone3");
	}
}

void describe_unknown_flag(struct outbuf *out, const struct verdict_query *q)
{
	uint64_t valid = clone_flags_valid(ON_CLONE3, q->who->kernel) | CLONE_DETACHED_ | CLONE_SIGNAL_MASK_;

	describe_flags(out, q->clone->flags & ~valid, ON_CLONE3, q);
}

void describe_unshare_flag(struct outbuf *out, const struct verdict_query *q)
{
	uint64_t bad = q->flags & ~clone_flags_valid(ON_UNSHARE, q->who->kernel);
	const struct clone_flag *row = bad & (bad - 1) ? NULL : clone_flag_of(bad, ON_CLONE | ON_CLONE3);

	if (row && !clone_flag_of(bad, ON_UNSHARE))
		outbuf_printf(out,
			"%s is for making tasks; unshare takes CLONE_NEW*, CLONE_FS, CLONE_FILES and CLONE_SYSVSEM.",
			row->name);
	else
		describe_flags(out, bad, ON_UNSHARE, q);
}

void describe_ns_capability(struct outbuf *out, const struct verdict_query *q)
{
	enum flag_call call = q->call == VC_UNSHARE ? ON_UNSHARE : ON_CLONE3;
	uint64_t asked = refusal_flags(q) & (CLONE_NS_PRIVILEGED_ | (q->call == VC_UNSHARE ? UNSHARE_EMPTY_MNTNS_ : 0));

	clone_flags_format_for(out, call, asked);
	outbuf_puts(out,
		asked & (asked - 1) ? " need CAP_SYS_ADMIN in the caller's user namespace." :
				      " needs CAP_SYS_ADMIN in the caller's user namespace.");
	if (q->who->seccomp_filter == FACT_YES && q->err)
		outbuf_puts(out, " (A seccomp filter is in force too, and may have answered first.)");
}

static void describe_limit(struct outbuf *out, const struct verdict_query *q, enum limit_id id)
{
	const struct limit *shown = NULL;

	for (size_t i = 0; q->limits && i < q->limits->n_limits; i++) {
		const struct limit *l = &q->limits->limits[i];
		if (l->id == id && (l->hit || !shown || (l->refused_now == FACT_YES && !shown->hit)))
			shown = l;
		if (shown == l && l->hit)
			break;
	}
	if (!shown) {
		outbuf_printf(out, "%s was probably reached.", limit_name(id));
		return;
	}
	limit_format(out, shown);
	if (shown->hit && id != LIMIT_AS && id != LIMIT_DATA && id != LIMIT_COMMIT)
		outbuf_puts(out, ": the limit is reached.");
	else if (shown->hit)
		outbuf_printf(out, ": the call asks for %llu KiB more, which passes the limit.",
			(unsigned long long)(refusal_bytes(q) / 1024));
	else if (shown->refused_now == FACT_YES)
		outbuf_puts(out, ": it, or a cgroup above it, refused the task (pids.events grew).");
	else
		outbuf_puts(out, ": the limit is near, and was probably reached at the time of the call.");
}

void describe_rtprio(struct outbuf *out, const struct verdict_query *q)
{
	const struct limit *l = NULL;

	for (size_t i = 0; q->limits && i < q->limits->n_limits; i++)
		if (q->limits->limits[i].id == LIMIT_RTPRIO && q->limits->limits[i].max_known)
			l = &q->limits->limits[i];
	if (!l) {
		outbuf_puts(out,
			"RLIMIT_RTPRIO is lower than the priority that is asked for, and there is no CAP_SYS_NICE.");
		return;
	}
	outbuf_printf(out, "RLIMIT_RTPRIO is %llu, the priority %d is asked for, and there is no CAP_SYS_NICE.",
		(unsigned long long)l->max, q->args->sched.priority);
}

#define DESCRIBES_LIMIT(name, id)                                                                                      \
	void describe_##name(struct outbuf *out, const struct verdict_query *q)                                        \
	{                                                                                                              \
		describe_limit(out, q, id);                                                                            \
	}
DESCRIBES_LIMIT(nproc, LIMIT_NPROC)
DESCRIBES_LIMIT(threads_max, LIMIT_THREADS_MAX)
DESCRIBES_LIMIT(pid_max, LIMIT_PID_MAX)
DESCRIBES_LIMIT(pids_max, LIMIT_PIDS_CGROUP)
DESCRIBES_LIMIT(nofile, LIMIT_NOFILE)
DESCRIBES_LIMIT(as, LIMIT_AS)
DESCRIBES_LIMIT(data, LIMIT_DATA)
DESCRIBES_LIMIT(commit, LIMIT_COMMIT)
DESCRIBES_LIMIT(map_count, LIMIT_MAP_COUNT)
