/* SPDX-License-Identifier: MIT */
#include <thrtrace/shows.h>

#include <sys/mman.h>

#include <thrtrace/model.h>
#include <thrtrace/tables.h>
#include <thrtrace/uapi.h>

/* SIGCANCEL and SIGSETXID of glibc, SIGTIMER/SIGCANCEL/SIGSYNCCALL of musl: 32 to 34. */
static bool libc_signal(uint64_t sig)
{
	return sig >= 32 && sig <= 34;
}

static bool is_told_prctl(uint64_t op)
{
	return op == PR_SET_NAME_ || op == PR_SET_VMA_ || op == PR_SET_SECCOMP_ || op == PR_SET_PDEATHSIG_;
}

static bool sets_base(uint64_t op)
{
	return op == ARCH_SET_GS_ || op == ARCH_SET_FS_;
}

/* libseccomp asks for each flag whether the kernel knows it, with no filter: EFAULT is yes. It has no effect. */
static bool is_told_seccomp(const struct call *call, bool failed)
{
	if (call->arg[0] == SECCOMP_SET_MODE_FILTER_)
		return !failed || call->arg[2];
	return call->arg[0] == SECCOMP_SET_MODE_STRICT_ && (!failed || !call->arg[1]);
}

static enum showing by_rule(const struct event *ev)
{
	const struct ev_call *c = &ev->u.call;
	const struct call *call = c->call;
	bool failed = c->how == RESULT_SEEN && call_failed(c->result);

	switch ((int)call->id) {
	case CALL_exit:
	case CALL_exit_group:
		return SHOW_NO; /* the end block tells it */
	case CALL_mmap:
		if ((call->arg[3] & MAP_STACK) || (failed && call->arg[2] == PROT_NONE))
			return SHOW_YES;
		return c->area_known == AREA_MAYBE ? SHOW_IF_STACK : SHOW_NO;
	case CALL_mprotect:
	case CALL_munmap:
	case CALL_madvise:
		/* A stack that can't be opened is told at once: it may be that no clone follows. */
		if (c->area_known == AREA_STACK || (c->area_known && failed && call->id == CALL_mprotect))
			return SHOW_YES;
		return c->area_known == AREA_MAYBE ? SHOW_IF_STACK : SHOW_NO;
	case CALL_futex:
		return c->joins ? SHOW_YES : SHOW_NO;
	case CALL_tgkill:
		return libc_signal(call->arg[2]) ? SHOW_YES : SHOW_NO;
	case CALL_tkill:
		return libc_signal(call->arg[1]) ? SHOW_YES : SHOW_NO;
	case CALL_ptrace:
		return ptrace_gives_tracer(call->arg[0]) ? SHOW_YES : SHOW_NO;
	case CALL_seccomp:
		return is_told_seccomp(call, failed) ? SHOW_YES : SHOW_NO;
	case CALL_prctl:
		return is_told_prctl(call->arg[0]) ? SHOW_YES : SHOW_NO;
	case CALL_arch_prctl:
		return sets_base(call->arg[0]) && !c->startup ? SHOW_YES : SHOW_NO;
	case CALL_execve:
	case CALL_execveat:
		return failed ? SHOW_NO : SHOW_YES;
	default:
		return c->startup && !failed ? SHOW_NO : SHOW_YES;
	}
}

bool shows_begin(const struct call_choice *choice, enum call_id id)
{
	return choice->shown[id] && !choice->fails_only && !choice->succeeds_only;
}

enum showing shows_call(const struct call_choice *choice, const struct event *ev)
{
	const struct ev_call *c = &ev->u.call;

	if (c->call->id == CALL_OTHER || !choice->shown[c->call->id])
		return SHOW_NO;
	bool failed = c->how == RESULT_SEEN && call_failed(c->result);
	if ((choice->fails_only && !failed) || (choice->succeeds_only && (failed || c->how != RESULT_SEEN)))
		return SHOW_NO;
	if (c->injected)
		return SHOW_YES;
	return choice->by_rule ? by_rule(ev) : SHOW_YES;
}
