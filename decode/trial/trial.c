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
} promises[] = {
#define PROMISE(id, key, title, flag) { key, title, flag },
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

struct trial_said trial_said(size_t row, const struct flag_word *w)
{
	size_t n = resources();

	if (row < n) {
		struct resource_share s = resource_share(row, flags_in_effect(w));
		return (struct trial_said){ s.state, s.text };
	}
	if (row - n == PROMISE_EXIT_SIGNAL)
		return exit_signal_said(w);
	if (row - n == PROMISE_PLAIN_WAIT)
		return plain_wait_said(w);
	uint64_t bit = promises[row - n].flag;
	const struct clone_flag *flag = clone_flag_of(bit, ON_CLONE3);
	bool set = w->flags & bit;
	return (struct trial_said){ set ? TRIAL_YES : TRIAL_NO, set ? flag->set : flag->clear };
}

bool trial_concerns(size_t row, const struct flag_word *w)
{
	if (w->call != ON_UNSHARE)
		return true;
	if (row >= resources())
		return false;
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
