/* SPDX-License-Identifier: MIT */
/* Signals. In the child handlers and masks are as the kernel has them: 64 bits, and no restorer is needed to ask. */
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "try/experiments.h"

struct kernel_action {
	uintptr_t handler;
	unsigned long flags;
#ifdef __x86_64__
	uintptr_t restorer;
#endif
	uint64_t mask;
};

static void nothing(int sig)
{
	(void)sig;
}

static long action(int sig, const struct kernel_action *set, struct kernel_action *ret)
{
	return raw(SYS_rt_sigaction, sig, (long)set, (long)ret, 8);
}

/* One signal is caught, one ignored: n[0], n[1] are what the child finds. */
void experiment_handlers(struct stage *s, struct part *p, enum step step)
{
	volatile long *n = p->n;
	struct kernel_action a;

	(void)s;
	if (step == BEFORE) {
		signal(SIGXCPU, nothing);
		signal(SIGXFSZ, SIG_IGN);
		action(SIGXCPU, NULL, &a);
		n[2] = (long)a.handler;
	} else if (step == IN_CHILD) {
		action(SIGXCPU, NULL, &a);
		n[0] = (long)a.handler;
		action(SIGXFSZ, NULL, &a);
		n[1] = (long)a.handler;
		a.handler = 0; /* SIG_DFL */
		a.flags = 0;
		a.mask = 0;
		action(SIGXFSZ, &a, NULL);
	} else {
		action(SIGXFSZ, NULL, &a);
		bool felt = a.handler == 0, had = n[0] == n[2] && n[1] == 1, reset = n[0] == 0 && n[1] == 1;
		told(p, reset && !felt ? SEEN(SHARE_FRESH) : seen_by(had, felt, SHARE_NONE),
			"the child found SIGXCPU %s, SIGXFSZ %s, and reset the second: here it is %s",
			n[0] == n[2] ? "caught" : "reset", n[1] == 1 ? "ignored" : "not",
			felt ? "reset, too" : "ignored still");
	}
}

static uint64_t set_of(int sig)
{
	return UINT64_C(1) << (sig - 1);
}

static uint64_t mask_now(void)
{
	uint64_t mask = 0;

	raw(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)&mask, 8);
	return mask;
}

void experiment_mask(struct stage *s, struct part *p, enum step step)
{
	uint64_t winch = set_of(SIGWINCH), before = mask_now();

	(void)s;
	if (step == BEFORE) {
		p->n[0] = (long)before;
	} else if (step == IN_CHILD) {
		p->n[1] = (long)before;
		raw(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&winch, 0, 8);
	} else {
		bool felt = !(before & winch);
		told(p, seen_by(p->n[0] == p->n[1], felt, SHARE_FRESH),
			"the child began with %s mask; it unblocked SIGWINCH: here it is %s",
			p->n[0] == p->n[1] ? "this" : "another", felt ? "unblocked, too" : "blocked still");
	}
}

/* What the child's status says waits for it: for the thread, and for its process. */
static void pending(struct stage *s, struct part *p, enum step step, const char *field, int sig)
{
	if (step == IN_CHILD) {
		p->n[0] = own_file(s, "thread-self/status", p->text, sizeof(p->text));
	} else if (step == AFTER && p->n[0] < 0) {
		cannot_do(p, "/proc/thread-self/status", p->n[0]);
	} else if (step == AFTER) {
		long waiting = status_field(p->text, field, 16);
		bool has = (uint64_t)waiting & set_of(sig);
		told(p, has ? SEEN(SHARE_SHARED) : SEEN(SHARE_FRESH), "SIGUSR%d waits here: %s the child's %s",
			sig == SIGUSR1 ? 1 : 2, has ? "it is in" : "it is not in", field);
	}
}

void experiment_pending_thread(struct stage *s, struct part *p, enum step step)
{
	if (step == BEFORE)
		raw(SYS_tgkill, s->pid, s->pid, SIGUSR1);
	pending(s, p, step, "SigPnd", SIGUSR1);
}

void experiment_pending_process(struct stage *s, struct part *p, enum step step)
{
	if (step == BEFORE)
		raw(SYS_kill, s->pid, SIGUSR2);
	pending(s, p, step, "ShdPnd", SIGUSR2);
}

void experiment_altstack(struct stage *s, struct part *p, enum step step)
{
	stack_t set = { .ss_sp = page_of(s, PAGE_ALTSTACK), .ss_size = 8 * PAGE }, child = { 0 };

	if (step == BEFORE) {
		sigaltstack(&set, NULL);
	} else if (step == IN_CHILD) {
		raw(SYS_sigaltstack, 0, (long)&child);
		p->n[0] = (long)child.ss_sp;
		p->n[1] = child.ss_flags;
	} else {
		bool same = (char *)p->n[0] == set.ss_sp && !(p->n[1] & SS_DISABLE);
		bool one_memory = s->flags & CLONE_VM_;
		told(p,
			!same              ? SEEN(SHARE_NONE) :
				one_memory ? SEEN(SHARE_PARENT) :
					     SEEN(SHARE_COPIED),
			"%p here: the child has %s", set.ss_sp,
			!same              ? "none" :
				one_memory ? "it, too" :
					     "that address, in memory of its own");
	}
}
