/* SPDX-License-Identifier: MIT */
/* What is said, and whether what was seen agrees. */
#include <thrtrace/trial.h>

enum { SIGCHLD_ = 17 }; /* on each machine that thrtrace knows */

enum promise {
#define PROMISE(id, ...) PROMISE_##id,
#include "trial/promises.def"
#undef PROMISE
};

static const struct {
	const char *key, *title;
	uint64_t flag;
	const char *set, *clear;
} promises[] = {
#define PROMISE(id, key, title, flag, set, clear) { key, title, flag, set, clear },
#include "trial/promises.def"
#undef PROMISE
};

/* What unshare can part. */
#define PARTED_BY_UNSHARE (CLONE_FS_ | CLONE_FILES_ | CLONE_SYSVSEM_)
/* Of these the caller gets no new one itself, only children made later. */
#define FOR_CHILDREN (CLONE_NEWPID_ | CLONE_NEWTIME_)

static size_t resources(void)
{
	size_t n;

	resource_rows(&n);
	return n;
}

size_t trial_rows(void)
{
	return resources() + ARRAY_SIZE(promises);
}

const char *trial_key(size_t row)
{
	size_t n;
	const struct resource_row *rows = resource_rows(&n);

	return row < n ? rows[row].key : promises[row - n].key;
}

const char *trial_title(size_t row)
{
	size_t n;
	const struct resource_row *rows = resource_rows(&n);

	return row < n ? rows[row].title : promises[row - n].title;
}

const char *trial_state_name(unsigned state)
{
	if (state < SHARE_STATES)
		return share_state_name((enum share_state)state);
	return state == TRIAL_YES ? "yes" : state == TRIAL_NO ? "no" : "-";
}

uint64_t trial_flags_made(const struct flag_word *w)
{
	return w->call == ON_UNSHARE ? PARTED_BY_UNSHARE : w->flags;
}

/* The flags of a task that is as one made with trial_flags_made() after its call. */
static uint64_t flags_in_effect(const struct flag_word *w)
{
	uint64_t all = w->flags | unshare_implies(w->flags);

	if (w->call != ON_UNSHARE)
		return w->flags;
	return (PARTED_BY_UNSHARE & ~all) | (all & CLONE_NS_ALL_ & ~FOR_CHILDREN);
}

/*
 * kernel/pid_namespace.c, zap_pid_ns_processes: the init of a pid namespace ignores SIGCHLD when it ends, by its
 * handlers, which may be its creator's as well; do_notify_parent then sends none and leaves nobody to wait for.
 */
static bool ignores_sigchld(const struct flag_word *w)
{
	return w->flags & CLONE_NEWPID_ && w->flags & CLONE_SIGHAND_ && w->exit_signal == SIGCHLD_;
}

/* kernel/fork.c, copy_process; kernel/signal.c, do_notify_parent. */
static struct trial_said exit_signal_said(const struct flag_word *w)
{
	if (w->flags & CLONE_THREAD_)
		return (struct trial_said){ TRIAL_NO, "the end of a thread sends none" };
	if (w->flags & CLONE_PARENT_)
		return (struct trial_said){ TRIAL_NO, "it goes to the creator's parent" };
	if (w->exit_signal == 0 || w->exit_signal > 64)
		return (struct trial_said){ TRIAL_NO, "the word has no exit signal" };
	if (ignores_sigchld(w))
		return (struct trial_said){ TRIAL_NO, "its end makes its creator ignore SIGCHLD" };
	return (struct trial_said){ TRIAL_YES, "the exit signal, to the creator" };
}

/* kernel/exit.c, eligible_child: a child whose exit signal is not SIGCHLD is a clone child. */
static struct trial_said plain_wait_said(const struct flag_word *w)
{
	if (w->flags & (CLONE_THREAD_ | CLONE_PARENT_))
		return (struct trial_said){ TRIAL_NO, "it is no child of its creator" };
	if (w->flags & CLONE_AUTOREAP_ || ignores_sigchld(w))
		return (struct trial_said){ TRIAL_NO, "it is reaped when it ends" };
	if (w->exit_signal != SIGCHLD_)
		return (struct trial_said){ TRIAL_NO, "__WCLONE or __WALL is needed: its exit signal is not SIGCHLD" };
	return (struct trial_said){ TRIAL_YES, "its creator waits as after fork" };
}

/* kernel/exit.c, exit_notify: who is not waited for, is gone at once. */
static struct trial_said zombie_said(const struct flag_word *w)
{
	if (w->flags & CLONE_THREAD_)
		return (struct trial_said){ TRIAL_NO, "a thread that is not the first is gone when it ends" };
	if (w->flags & CLONE_AUTOREAP_ || ignores_sigchld(w))
		return (struct trial_said){ TRIAL_NO, "it is reaped when it ends" };
	return (struct trial_said){ TRIAL_YES, "until its parent waits for it" };
}

/* kernel/nsproxy.c, kernel/pid_namespace.c: where those begin that the caller of unshare makes later. */
static struct trial_said for_children_said(const struct flag_word *w, uint64_t flag, const char *fresh)
{
	if (w->flags & flag)
		return (struct trial_said){ SHARE_FRESH, fresh };
	return (struct trial_said){ SHARE_SHARED, "the caller's" };
}

static struct trial_said promise_said(enum promise promise, const struct flag_word *w)
{
	uint64_t bit = promises[promise].flag;
	const char *text = w->flags & bit ? promises[promise].set : promises[promise].clear;

	if (promise == PROMISE_EXIT_SIGNAL)
		return exit_signal_said(w);
	if (promise == PROMISE_PLAIN_WAIT)
		return plain_wait_said(w);
	if (promise == PROMISE_ZOMBIE)
		return zombie_said(w);
	if (promise == PROMISE_PID_FOR_CHILDREN)
		return for_children_said(w, CLONE_NEWPID_, "new: the first of them is pid 1 there");
	if (promise == PROMISE_TIME_FOR_CHILDREN)
		return for_children_said(w, CLONE_NEWTIME_, "new: offsets can be set until the first of them is there");
	if (!text[0]) {
		const struct clone_flag *flag = clone_flag_of(bit, ON_CLONE3);
		text = w->flags & bit ? flag->set : flag->clear;
	}
	return (struct trial_said){ w->flags & bit ? TRIAL_YES : TRIAL_NO, text };
}

struct trial_said trial_said(size_t row, const struct flag_word *w)
{
	size_t n = resources();

	if (row < n) {
		struct resource_share s = resource_share(row, flags_in_effect(w));
		return (struct trial_said){ s.state, s.text };
	}
	return promise_said((enum promise)(row - n), w);
}

bool trial_concerns(size_t row, const struct flag_word *w)
{
	bool of_unshare = row >= resources() + PROMISE_PID_FOR_CHILDREN;

	if (w->call != ON_UNSHARE)
		return !of_unshare;
	if (row >= resources())
		return of_unshare;
	for (unsigned i = 0; i < 64; i++) {
		uint64_t bit = UINT64_C(1) << i;
		if (bit & (PARTED_BY_UNSHARE | CLONE_NS_ALL_) &&
			resource_share(row, bit).text != resource_share(row, 0).text)
			return true;
	}
	return false;
}

enum trial_verdict trial_judge(const struct trial_said *said, const struct tried *tried)
{
	if (!tried->seen)
		return TRIAL_NOT_TRIED;
	return tried->seen & SEEN(said->state) ? TRIAL_AGREES : TRIAL_DIFFERS;
}

unsigned trial_state_seen(const struct trial_said *said, const struct tried *tried)
{
	unsigned state = 0;

	if (tried->seen & SEEN(said->state))
		return said->state;
	while (state < TRIAL_STATES && !(tried->seen & SEEN(state)))
		state++;
	return state;
}
