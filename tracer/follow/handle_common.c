/* SPDX-License-Identifier: MIT */
/* What every handler asks: how a task goes on, and what its event says. */
#include <errno.h>
#include <sys/ptrace.h>

#include "follow/handlers_impl.h"

/* How a task goes on when nothing special is wanted: to its next event, or to its next call. */
struct resume handle_go(const struct run *r, const struct tracee *t)
{
	if (t->detach)
		return (struct resume){ .op = RESUME_DETACH };
	if (t->state == TR_EXITING)
		return (struct resume){ .op = RESUME_CONT };
	bool calls = r->asked.mode == MODE_ALL && !t->silent && t->state != TR_LAUNCHING;
	bool watched = r->asked.mode == MODE_FILTER && (t->watch_calls || (t->in_call && !t->return_skipped));
	watched |= t->untraced.taken || t->rival.op;
	return (struct resume){ .op = calls || watched ? RESUME_SYSCALL : RESUME_CONT };
}

/* Whether msg can be that of an exit stop: an exit code shifted by eight, or a signal with or without a core dump. */
static bool may_be_exit(uint64_t msg)
{
	return msg <= 0xffff && ((msg & 0xff) == 0 || msg <= 0xff);
}

/*
 * The message of the event stop at hand. A task that SIGKILL has woken rests in its exit stop by now and answers with
 * that one's message: where it can be one, siginfo, read after it, tells whose it was. Nothing wakes a task in its exit
 * stop.
 */
int handle_event_message(struct run *r, const struct tracee *t, const struct stop *st, uint64_t *ret)
{
	static const int events[STOP_KINDS] = {
		[STOP_CLONE] = PTRACE_EVENT_CLONE,
		[STOP_FORK] = PTRACE_EVENT_FORK,
		[STOP_VFORK] = PTRACE_EVENT_VFORK,
		[STOP_EXEC] = PTRACE_EVENT_EXEC,
	};
	siginfo_t info;
	uint64_t msg;

	int err = r->k->event_msg(r->k->ctx, t->tid, &msg);
	if (!err && st->kind != STOP_EXIT && may_be_exit(msg)) {
		err = r->k->siginfo(r->k->ctx, t->tid, &info);
		if (!err && info.si_code != (events[st->kind] << 8 | SIGTRAP))
			err = -ESRCH;
	}
	*ret = msg;
	return err;
}

bool handle_is_gone(const struct stop *st)
{
	return st->kind == STOP_EXITED || st->kind == STOP_KILLED;
}

int handle_wstatus(const struct stop *st)
{
	return st->kind == STOP_EXITED ? st->code << 8 : st->sig | (st->core ? 0x80 : 0);
}
