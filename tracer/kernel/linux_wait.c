/* SPDX-License-Identifier: MIT */
/* Waiting for reports of tracees, and for signals to thrtrace. */
#include "kernel/linux_door.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

static bool is_creation(int wstatus)
{
	int event = WIFSTOPPED(wstatus) ? wstatus >> 16 : 0;

	return event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK;
}

static bool leaves_space(int wstatus)
{
	return !WIFSTOPPED(wstatus) || wstatus >> 16 == PTRACE_EVENT_EXEC;
}

static int reap(struct linux_door *d, pid_t tid, int options, struct kstatus *ret)
{
	int wstatus;
	pid_t got = waitpid(tid, &wstatus, options | __WALL);

	if (got < 0)
		return -errno;
	if (got == 0)
		return 0;
	ret->tid = got;
	ret->wstatus = wstatus;
	ret->t_ns = linux_now_ns(NULL);
	d->shares.tid = 0;
	memset(d->there, 0, sizeof(d->there)); /* the others have gone on since */
	if (leaves_space(wstatus))
		linux_forget_space(d, got);
	if (WIFSTOPPED(wstatus) && got == d->mem.tid[1])
		linux_forget_answers(d, got);
	else
		linux_forget_stop(d, got);
	if (is_creation(wstatus) && linux_request(PTRACE_GETEVENTMSG, got, NULL, &d->created) == 0) {
		d->creator = got;
		if (d->created)
			waiter_expect(d->waiter, (pid_t)d->created);
	}
	return 1;
}

static int wait_reap(void *ctx, pid_t tid, struct kstatus *ret)
{
	return reap(ctx, tid, WNOHANG, ret);
}

/* How long a wait may last that looks at the time and at signals afterwards. */
#define TICK_US 5000

static volatile sig_atomic_t ticked;

static void on_tick(int sig)
{
	(void)sig;
	ticked = 1;
}

/*
 * SIGCHLD costs more than a tenth of a stop: the kernel makes one and thrtrace takes it. With SA_NOCLDSTOP only ends
 * send one. A signal for thrtrace stays blocked, and is looked for at each tick.
 */
static void set_blocks(struct linux_door *d, bool blocks)
{
	struct itimerval tick = { { 0, blocks ? TICK_US : 0 }, { 0, blocks ? TICK_US : 0 } };
	sigset_t alarm;

	if (!d->ready_to_block) { /* now, and not before the program was started: it would inherit the mask */
		sigemptyset(&alarm);
		sigaddset(&alarm, SIGALRM);
		sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_tick }, NULL);
		sigprocmask(SIG_UNBLOCK, &alarm, NULL);
		d->ready_to_block = true;
	}
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL, .sa_flags = blocks ? SA_NOCLDSTOP : 0 }, NULL);
	setitimer(ITIMER_REAL, &tick, NULL);
	d->blocks = blocks;
}

/* About what it takes to be woken on a CPU that has gone idle. */
#define SPIN_NS 20000U

static bool has_other_cpu(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 1;
}

static int wait_block(void *ctx, struct kstatus *ret, int *ret_signal)
{
	struct linux_door *d = ctx;
	struct timespec none = { 0, 0 };

	if (!d->blocks)
		set_blocks(d, true);
	int got = ticked ? -EINTR : reap(d, -1, 0, ret); /* a busy program's reports must not keep a signal waiting */
	if (got != -EINTR)
		return got;
	ticked = 0;
	int sig = sigtimedwait(&d->wait_mask, NULL, &none);
	if (sig <= 0 || sig == SIGCHLD)
		return 0;
	*ret_signal = sig;
	return -EINTR;
}

/* The signals of wait_mask are blocked: one that came before this call is pending, and ends the call at once. */
static int wait_sleep(void *ctx, uint64_t timeout_ns, pid_t *ret_sender)
{
	struct linux_door *d = ctx;

	if (d->blocks) { /* what stopped up to now has sent no signal: look first */
		set_blocks(d, false);
		return SIGCHLD;
	}
	struct timespec ts = { .tv_sec = (time_t)(timeout_ns / 1000000000U),
		.tv_nsec = (long)(timeout_ns % 1000000000U) };
	siginfo_t info;
	int sig = sigtimedwait(&d->wait_mask, &info, timeout_ns == UINT64_MAX ? NULL : &ts);

	if (sig < 0)
		return errno == EINTR ? SIGCHLD : 0;
	*ret_sender = sig == SIGCHLD ? info.si_pid : 0;
	return sig;
}

int linux_wait(void *ctx, struct kstatus *ret, uint64_t timeout_ns)
{
	struct linux_door *d = ctx;

	return d->signal ? -EINTR : waiter_next(d->waiter, ret, timeout_ns, &d->signal);
}

int linux_put_back(void *ctx, const struct kstatus *ks)
{
	struct linux_door *d = ctx;

	return waiter_put_back(d->waiter, ks);
}

/* Who never waits is told by this alone: the signals stay blocked. SIGCHLD is the waiter's. */
int linux_asked(void *ctx)
{
	struct linux_door *d = ctx;
	static const struct timespec none;
	int sig = d->signal;

	d->signal = 0;
	if (sig)
		return sig;
	sigset_t others = d->wait_mask;
	sigdelset(&others, SIGCHLD);
	sig = sigtimedwait(&others, NULL, &none);
	return sig > 0 ? sig : 0;
}

/* An ignored SIGCHLD would not be sent at all (kernel/signal.c, do_notify_parent_cldstop). */
int linux_wait_begin(struct linux_door *d)
{
	static const int asking[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	d->waiter = waiter_new(&(struct wait_ops){ .ctx = d,
		.reap = wait_reap,
		.sleep = wait_sleep,
		.block = wait_block,
		.now_ns = linux_now_ns,
		.spin_ns = has_other_cpu() ? SPIN_NS : 0 });
	if (!d->waiter)
		return -ENOMEM;
	sigemptyset(&d->wait_mask);
	for (unsigned i = 0; i < ARRAY_SIZE(asking); i++)
		sigaddset(&d->wait_mask, asking[i]);
	sigprocmask(SIG_BLOCK, &d->wait_mask, &d->old_mask);
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL }, &d->old_chld);
	return 0;
}

/*
 * A Ctrl-C that the program has taken as its own may still be pending here: its end is the program's, not thrtrace's.
 */
static void drop_pending(const struct linux_door *d)
{
	struct timespec none = { 0, 0 };

	while (sigtimedwait(&d->wait_mask, NULL, &none) > 0 || errno == EINTR)
		;
}

void linux_wait_end(struct linux_door *d)
{
	if (d->blocks)
		set_blocks(d, false);
	sigaction(SIGCHLD, &d->old_chld, NULL);
	drop_pending(d);
	sigprocmask(SIG_SETMASK, &d->old_mask, NULL);
	waiter_free(d->waiter);
}
