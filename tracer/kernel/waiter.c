/* SPDX-License-Identifier: MIT */
#include "kernel/waiter.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <uthash.h>

/* With so few tracees a walk over all costs no more than asking one by one. */
#define FEW 24
/* How many that went on last are asked at each turn. */
#define RECENT 2
/* How many of the others are asked at a turn: few while there is news, more and more when it is quiet. */
#define CHUNK_MIN 1
#define CHUNK_MAX 4096
/*
 * So many more of many before each sleep, where signals fail to name one in six or more of those who report: else some
 * are held for whole rounds while thrtrace sleeps.
 */
#define CHUNK_LOST 128
/* Who was named takes one part in so many away from that, who was not doubles it. */
#define LOST_PART 8
/* Within so long each of the others is asked once, however many reports there are of those that are asked first. */
#define ROUND_NS 10000000U
/* A blocking wait mostly ends with the only report there is: when one was, so many next ones are taken to be. */
#define ALONE 7
/* After so many reports that came while it looked again and again it blocks once: only then signals are seen to. */
#define SPINS_MAX 32
/* In vain, one wait goes by before it does so again, then three, and so on up to this. */
#define SPIN_REST_MAX 255
/* How long a sleep between two turns is while reports may lie about unseen. */
#define NAP_NS 100000U
/* A walk over so many (16 us) costs less than what a nap makes a report wait. */
#define WALK_MAX 1000
/* One over more is long, or finds somebody soon: one part in so many of the time goes into it. */
#define WALK_SHARE 10

struct known {
	pid_t tid;
	size_t at; /* its place in all[] */
	UT_hash_handle hh;
};

struct waiter {
	struct wait_ops ops;
	struct known *by_tid;
	struct known **all; /* asked in turn */
	size_t n, room;
	size_t rotor;       /* the next to be asked */
	size_t asked;       /* questions since the last walk: it is due when they cost as much as it does */
	bool clean;         /* nothing can be pending but what a SIGCHLD will tell */
	bool walks;         /* a walk has found what nobody told of: there may be more, and no other is served first */
	bool just_polled;   /* the last call found nothing, without waiting */
	bool just_blocked;  /* the last call got its report by waiting for anybody's */
	unsigned alone;     /* how often that is not asked: see ALONE */
	unsigned spins;     /* that had a report */
	unsigned spin_rest; /* so many waits go by without one after one in vain; 0: the last had a report */
	unsigned spin_left; /* how many are still to go by */
	uint64_t walk_due_ns; /* when the next walk of many may be made */
	bool untold;          /* it blocked since the last sleep: a SIGCHLD need not tell of a stop */
	size_t chunk;
	size_t lost;          /* how many more are asked for it, before a sleep, that signals get lost */
	uint64_t fair_ns;     /* the others were asked as often as they were to be, until then */
	pid_t recent[RECENT]; /* the last one first; 0 none */
	pid_t named;          /* by a SIGCHLD: to be asked first; 0 none */
	pid_t born; /* its creator has just told of it, and its first stop is seen to best right behind; 0 none */
	struct kstatus *back; /* given back: back[next_back, n_back) are to be had first */
	size_t n_back, next_back;
};

struct waiter *waiter_new(const struct wait_ops *ops)
{
	struct waiter *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->ops = *ops;
	w->chunk = CHUNK_MIN;
	return w;
}

void waiter_free(struct waiter *w)
{
	struct known *k, *next;

	if (!w)
		return;
	HASH_ITER (hh, w->by_tid, k, next) {
		HASH_DEL(w->by_tid, k);
		free(k);
	}
	free(w->all);
	free(w->back);
	free(w);
}

static struct known *find(const struct waiter *w, pid_t tid)
{
	struct known *k;

	HASH_FIND(hh, w->by_tid, &tid, sizeof(tid), k);
	return k;
}

/* Out of memory is no harm: the walk finds whom the list does not have. */
static void learn(struct waiter *w, pid_t tid)
{
	if (find(w, tid))
		return;
	if (w->n == w->room) {
		size_t room = w->room ? w->room * 2 : 64;
		struct known **all = realloc(w->all, room * sizeof(struct known *));
		if (!all)
			return;
		w->all = all;
		w->room = room;
	}
	struct known *k = calloc(1, sizeof(*k));
	if (!k)
		return;
	k->tid = tid;
	HASH_ADD(hh, w->by_tid, tid, sizeof(k->tid), k);
	if (!k->hh.tbl) {
		free(k);
		return;
	}
	k->at = w->n;
	w->all[w->n++] = k;
}

static void forget_recent(struct waiter *w, pid_t tid)
{
	for (unsigned i = 0; i < RECENT; i++)
		if (w->recent[i] == tid)
			w->recent[i] = 0;
}

static void forget(struct waiter *w, pid_t tid)
{
	struct known *k = find(w, tid);

	forget_recent(w, tid);
	if (!k)
		return;
	struct known *last = w->all[--w->n];
	w->all[k->at] = last;
	last->at = k->at;
	HASH_DEL(w->by_tid, k);
	free(k);
}

static void make_recent(struct waiter *w, pid_t tid)
{
	unsigned i = 0;

	while (i < RECENT - 1 && w->recent[i] != tid)
		i++;
	for (; i > 0; i--)
		w->recent[i] = w->recent[i - 1];
	w->recent[0] = tid;
}

void waiter_expect(struct waiter *w, pid_t tid)
{
	learn(w, tid);
	make_recent(w, tid);
	w->born = tid;
}

void waiter_resumed(struct waiter *w, pid_t tid)
{
	make_recent(w, tid);
}

void waiter_left(struct waiter *w, pid_t tid)
{
	forget(w, tid);
}

int waiter_put_back(struct waiter *w, const struct kstatus *ks)
{
	struct kstatus *back = realloc(w->back, (w->n_back + 1) * sizeof(*back));

	if (!back)
		return -ENOMEM;
	w->back = back;
	back[w->n_back++] = *ks;
	return 0;
}

static bool had_back(struct waiter *w, struct kstatus *ret)
{
	if (w->next_back == w->n_back)
		return false;
	*ret = w->back[w->next_back++];
	return true;
}

/* A task that has reported has no more to report until it is resumed; but for SIGKILL, which sends a SIGCHLD, too. */
static int took(struct waiter *w, const struct kstatus *ks)
{
	forget_recent(w, ks->tid);
	if (WIFSTOPPED(ks->wstatus))
		learn(w, ks->tid);
	else
		forget(w, ks->tid);
	return 1;
}

/* 1, 0, or -ECHILD for -1 only: a single tid that is no tracee (any more) has nothing to report. */
static int ask(struct waiter *w, pid_t tid, struct kstatus *ret)
{
	w->asked++;
	int got = w->ops.reap(w->ops.ctx, tid, ret);

	if (got < 0 &&
		tid != -1) { /* it went without a report: execve by another thread than the first takes tids away */
		forget(w, tid);
		return 0;
	}
	return got <= 0 ? got : took(w, ret);
}

/* Who went on last, but for one that has just been asked. */
static int ask_recent(struct waiter *w, pid_t asked, struct kstatus *ret)
{
	for (unsigned i = 0; i < RECENT; i++)
		if (w->recent[i] && w->recent[i] != asked && ask(w, w->recent[i], ret))
			return 1;
	return 0;
}

static int ask_born(struct waiter *w, struct kstatus *ret)
{
	pid_t born = w->born;

	w->born = 0;
	return born ? ask(w, born, ret) : 0;
}

static int ask_named(struct waiter *w, struct kstatus *ret)
{
	pid_t named = w->named;

	w->named = 0;
	return named ? ask(w, named, ret) : 0;
}

static int ask_likely(struct waiter *w, struct kstatus *ret)
{
	pid_t named = w->named;

	return ask_named(w, ret) ? 1 : ask_recent(w, named, ret);
}

/* The kernel's own walk: the last word on whether there is anything. */
static int walk(struct waiter *w, struct kstatus *ret)
{
	uint64_t begin = w->ops.now_ns(w->ops.ctx);
	int got = ask(w, -1, ret);
	uint64_t end = w->ops.now_ns(w->ops.ctx);

	w->walk_due_ns = end + WALK_SHARE * (end - begin);
	w->asked = 0;
	w->clean = got == 0 && !w->untold;
	return got;
}

/* Within so long each of the others is asked once. */
static uint64_t round_ns(const struct waiter *w)
{
	return w->n > WALK_MAX ? 3 * ROUND_NS : ROUND_NS;
}

/* The next of the others; none of them is overdue for a while longer, up to now. */
static int ask_next(struct waiter *w, uint64_t now, struct kstatus *ret)
{
	uint64_t fair = w->fair_ns + round_ns(w) / w->n + 1;

	w->fair_ns = fair < now ? fair : now;
	w->rotor = w->rotor + 1 < w->n ? w->rotor + 1 : 0;
	return ask(w, w->all[w->rotor]->tid, ret);
}

/* There is nothing else to do. */
static int ask_others(struct waiter *w, struct kstatus *ret)
{
	uint64_t now = w->ops.now_ns(w->ops.ctx);
	size_t chunk = w->chunk + (w->n > WALK_MAX ? w->lost : 0);

	for (size_t i = 0; i < chunk && w->n; i++)
		if (ask_next(w, now, ret))
			return 1;
	return w->asked < w->n ? 0 : walk(w, ret);
}

/* Those of the others whose turn it is: of a thousand one each ten microseconds; and then what a walk finds. */
static int ask_overdue(struct waiter *w, struct kstatus *ret)
{
	uint64_t now = w->ops.now_ns(w->ops.ctx), round = round_ns(w);

	if (now - w->fair_ns > round)
		w->fair_ns = now - round;
	while (w->n && now - w->fair_ns > round / w->n)
		if (ask_next(w, now, ret))
			return 1;
	return w->asked < w->n ? 0 : walk(w, ret);
}

/* One signal, if it comes within limit_ns: 0 for a SIGCHLD, 1 when the time is over, -EINTR for one of another kind. */
static int hear(struct waiter *w, uint64_t limit_ns, int *ret_signal)
{
	pid_t sender = 0;
	int sig = w->ops.sleep(w->ops.ctx, limit_ns, &sender);

	if (sig == SIGCHLD) {
		w->named = sender;
		w->clean = false;
		return 0;
	}
	if (sig > 0) {
		*ret_signal = sig;
		return -EINTR;
	}
	return 1;
}

static bool walk_is_due(struct waiter *w)
{
	return w->n <= WALK_MAX || w->ops.now_ns(w->ops.ctx) >= w->walk_due_ns;
}

/* A walk finds those first who came last: the others are due all the same. */
static bool is_late(struct waiter *w)
{
	return !w->clean && w->ops.now_ns(w->ops.ctx) - w->fair_ns > round_ns(w) / 2;
}

/* Nobody had named this one. */
static int found(struct waiter *w, int got)
{
	if (got == 1)
		w->lost = w->lost < CHUNK_LOST / 2 ? 2 * w->lost + 1 : CHUNK_LOST;
	return got;
}

static int found_by_name(struct waiter *w, int got)
{
	if (got == 1)
		w->lost -= (w->lost + LOST_PART - 1) / LOST_PART;
	return got;
}

static int poll_many(struct waiter *w, struct kstatus *ret, int *ret_signal)
{
	/* Neither those who are named nor those whom a walk finds first, who came last, keep the others waiting. */
	bool late = is_late(w);
	int got = ask_born(w, ret);

	if (!got && late)
		got = found(w, ask_overdue(w, ret));
	/* While a SIGCHLD is pending others are lost in it, and whom it does not name has to be found. */
	if (!got && !w->named && hear(w, 0, ret_signal) < 0)
		got = -EINTR;
	if (!got)
		got = found_by_name(w, ask_named(w, ret));
	if (!got && !w->clean && walk_is_due(w))
		got = found(w, walk(w, ret));
	if (!got && !w->clean && !late)
		got = found(w, ask_overdue(w, ret));
	if (!got)
		got = found_by_name(w, ask_recent(w, 0, ret));
	return got || w->clean ? got : found(w, ask_others(w, ret));
}

/* What can be had without waiting: 1, 0, -ECHILD or -EINTR. 0 tells nothing certain unless w->clean. */
static int poll_all(struct waiter *w, struct kstatus *ret, int *ret_signal)
{
	if (w->n <= FEW) {
		w->named = 0;
		return walk(w, ret);
	}
	if (w->n > WALK_MAX)
		return poll_many(w, ret, ret_signal);
	if (w->walks && !is_late(w)) {
		int found = walk(w, ret);
		w->walks = found == 1;
		return found;
	}
	/* The likely ones must not keep the others waiting. */
	int got = w->clean ? 0 : ask_overdue(w, ret);
	if (!got)
		got = ask_likely(w, ret);
	return got || w->clean ? got : ask_others(w, ret);
}

/* Sleeps: 0 to look again, 1 when the time is over, -EINTR for a signal of another kind than SIGCHLD. */
static int take_signal(struct waiter *w, uint64_t limit_ns, int *ret_signal)
{
	bool clean = w->clean;
	int got = hear(w, limit_ns, ret_signal);

	w->untold = false;
	if (clean) /* before it slept nobody had waited */
		w->fair_ns = w->ops.now_ns(w->ops.ctx);
	if (got == 0)
		w->chunk = CHUNK_MIN;
	return got;
}

/*
 * Looks again and again for a moment. A task that was resumed often stops again within microseconds, and then that is
 * cheaper than to sleep: to be woken on a CPU that has gone idle takes about as long as all else that a stop takes.
 * Where it is in vain, it is done less and less.
 */
static int spin(struct waiter *w, struct kstatus *ret)
{
	int got = 0;

	if (!w->ops.spin_ns || w->spin_left) {
		w->spin_left -= w->spin_left > 0;
		return 0;
	}
	for (uint64_t until = w->ops.now_ns(w->ops.ctx) + w->ops.spin_ns; !got && w->ops.now_ns(w->ops.ctx) < until;)
		got = w->n <= FEW ? walk(w, ret) : ask_recent(w, 0, ret);
	if (!got) {
		w->spin_left = w->spin_rest = w->spin_rest < SPIN_REST_MAX ? 2 * w->spin_rest + 1 : SPIN_REST_MAX;
	} else {
		w->spin_rest = 0;
		w->spin_left = ++w->spins % SPINS_MAX == 0;
	}
	return got;
}

static int block(struct waiter *w, struct kstatus *ret, int *ret_signal)
{
	w->untold = true;
	w->clean = false;
	int got = w->ops.block(w->ops.ctx, ret, ret_signal);

	return got == 1 ? took(w, ret) : got;
}

/*
 * Whether there is a second report behind one that came by blocking. Where there was none the last time, there is
 * none now as a rule, and the next blocking wait has it if there is; where there was one, several tasks are busy, and
 * all are to have their turn.
 */
static int poll_rest(struct waiter *w, struct kstatus *ret, int *ret_signal)
{
	if (w->alone) {
		w->alone--;
		return 0;
	}
	int got = poll_all(w, ret, ret_signal);
	w->alone = got ? 0 : ALONE;
	return got;
}

/* How long to sleep until it is time to look again; 0: not at all. */
static uint64_t time_left(struct waiter *w, uint64_t timeout_ns, uint64_t *until)
{
	if (timeout_ns == UINT64_MAX)
		return UINT64_MAX;
	uint64_t now = w->ops.now_ns(w->ops.ctx);
	if (*until == 0)
		*until = now + timeout_ns;
	return now < *until ? *until - now : 0;
}

int waiter_next(struct waiter *w, struct kstatus *ret, uint64_t timeout_ns, int *ret_signal)
{
	uint64_t until = 0;
	bool rest = timeout_ns == 0 && w->just_blocked;
	/* All were asked a moment ago; only who went on since can have something new, and tells so by a SIGCHLD. */
	bool again = timeout_ns && w->just_polled;

	w->just_polled = w->just_blocked = false;
	if (had_back(w, ret))
		return 1;
	for (;;) {
		int got = again ? 0 : rest ? poll_rest(w, ret, ret_signal) : poll_all(w, ret, ret_signal);
		again = false;
		if (got)
			return got;
		w->just_polled = timeout_ns == 0;
		uint64_t left = timeout_ns ? time_left(w, timeout_ns, &until) : 0;
		if (left == 0)
			return 0;
		/* Without a limit it sleeps, and need not wake up to look at the time. */
		bool blocks = w->ops.block && w->n <= FEW && left != UINT64_MAX;
		got = spin(w, ret);
		if (!got && blocks)
			got = block(w, ret, ret_signal);
		w->just_blocked = got == 1;
		if (got)
			return got;
		if (blocks)
			continue;
		if (!w->clean && walk_is_due(w) && (got = walk(w, ret)) != 0) {
			w->walks = got == 1;
			return got;
		}
		bool nap = !w->clean && left > NAP_NS;
		int over = take_signal(w, nap ? NAP_NS : left, ret_signal);
		if (over < 0)
			return over;
		if (over && nap) /* nobody runs: look further around */
			w->chunk = w->chunk * 2 < CHUNK_MAX ? w->chunk * 2 : CHUNK_MAX;
	}
}
