/* SPDX-License-Identifier: MIT */
#include "observe/observe.h"

#include <errno.h>

#include "kernel/before_all.h"
#include "observe/present.h"
#include "observe/story.h"

/* Records are looked for this often. What fills a ring meanwhile is copied (emptier.h). */
#define LOOK_NS 20000000U
/* A ring that was read may lack a record of this age: it is written a little later than it is dated. */
#define WRITTEN_NS 5000000U
#define FLUSH_NS   200000000U
/* After so long without a record it is looked whether everybody is still there. */
#define QUIET_NS 1000000000U
/*
 * With samples: at first as often as that, and then each time that a sixteenth of its age has gone by, up to this. A
 * program that has run for so long will be there for a while, and each look may take a CPU from it.
 */
#define SOON_NS      100000U
#define SOON_PART    16
#define LOOK_SEEN_NS 2000000U
/* Most of those that are over soon are so by then. */
#define NEW_NS 20000000U
/* Records that are told before the rings are looked at again: they must not fill up meanwhile. */
#define AT_ONCE 64
/*
 * Threads are born faster than thrtrace gets a CPU for them: the rings fill up, and the kernel drops what does not fit;
 * or they are emptied in time, and what waits to be told piles up. From so many on, thrtrace is late, and so it is
 * where a wait was longer than asked for. Then, and for a while after, it goes before the others, where it may; and so
 * it does in the first moments of a program whose frames are found. It does not always: on the CPU of the program's
 * only thread that would take what the program is to be spared. Beyond MAX (some 100 MiB) the rings have to keep what
 * comes.
 */
#define WAITING_LATE 16384
#define WAITING_MAX  (1U << 20)

struct observer {
	struct run *r;
	struct source *source;
	struct story story;
	const struct observed *program; /* NULL: of processes that were there */
	uint64_t looked_ns;             /* when the rings were looked at last */
	uint64_t came_ns;               /* when there was a record last, or it was looked who is there */
	bool waited_long;               /* the last wait was longer than asked for */
	struct hurry hurry;
};

const char *observe_denial(int err, bool no_ring, int paranoid)
{
	/* perf_mmap: beyond the limits EPERM, and not ENOMEM. */
	if (no_ring && err == -EPERM)
		return "rings of a user's observers take 516 KiB a CPU of locked memory in all "
		       "(kernel.perf_event_mlock_kb), and another one has them: wait for its end, or raise "
		       "RLIMIT_MEMLOCK (ulimit -l); --light needs none";
	/* Out of tree: paranoid_any && !capable(CAP_SYS_ADMIN). */
	if (err == -EACCES && paranoid > 2)
		return "kernel.perf_event_paranoid is above 2, as on Debian and Ubuntu: without root no event can be "
		       "opened, and CAP_PERFMON does not help there. sysctl kernel.perf_event_paranoid=2 lets every "
		       "user watch his own programs; --light needs no such right";
	if (err == -EACCES)
		return "kernel.perf_event_paranoid or a security module refuses it: setcap cap_perfmon+ep on "
		       "thrtrace's "
		       "file, or root, gets past the first; --light needs no such right";
	if (err == -EPERM)
		return "a container's seccomp profile or a security module refuses it: a container needs --cap-add "
		       "PERFMON, and older engines --cap-add SYS_ADMIN; --light needs no such right";
	if (err == -EMFILE || err == -ENFILE)
		return "a program takes one descriptor a CPU, and -p one a CPU for each thread: raise RLIMIT_NOFILE "
		       "(ulimit -n); --light takes one for all";
	if (err == -ENOSYS)
		return "this kernel has no perf events (CONFIG_PERF_EVENTS), or a sandbox hides them; --light does "
		       "without";
	return "--light watches without perf events";
}

/* What is in the rings now. What is younger than that may still be preceded by a record of another ring. */
static int look(struct observer *o)
{
	uint64_t now = o->r->k->now_ns(o->r->k->ctx);

	o->looked_ns = now;
	int err = source_drain(o->source, story_take, &o->story);
	size_t came = o->story.n_raw;

	/* What belongs before these samples is in the rings by now. */
	if (!err && came)
		err = source_drain(o->source, story_take, &o->story);
	if (!err)
		err = story_read_samples(&o->story, came);
	o->story.whole_ns = now - WRITTEN_NS;
	return err;
}

/* A caller's frames are found in its program, which may be gone soon: a short one is looked at as it goes. */
static bool is_new(const struct observer *o)
{
	return o->story.seen && telling_time(&o->r->tell, o->looked_ns) < NEW_NS;
}

static void hurry(struct observer *o)
{
	const struct events *e = o->source->events;
	bool late = o->waited_long || (e && e->filled) || o->story.order.n >= WAITING_LATE;

	hurry_look(&o->hurry, late, is_new(o), o->looked_ns);
}

/* When everybody is gone nothing comes any more. */
static int look_last(struct observer *o)
{
	int err;

	do
		err = look(o);
	while (!err && o->story.n_raw);
	return err;
}

/* A record of an end may be lost, and that end would be awaited for ever. */
static void look_for_gone(struct observer *o)
{
	uint64_t now = o->r->k->now_ns(o->r->k->ctx);

	if (!o->story.order.n && now - o->came_ns >= QUIET_NS)
		story_drop_gone(&o->story);
	else if (!o->story.order.n)
		return;
	o->came_ns = now;
}

/* Asked before a record tells of it: a signal may be its own. */
static pid_t program_pid(struct observer *o)
{
	if (!o->r->main.tid) {
		o->r->main.tid = source_made(o->source);
		source_await_end(o->source, o->r->main.tid);
	}
	return o->r->main.tid;
}

/* The helper goes first when it could not make the program. */
static bool is_its_end(struct observer *o, pid_t tid)
{
	pid_t made = program_pid(o);

	return tid == (made ? made : o->program->helper);
}

/*
 * The ends of thrtrace's own children: the program's is the trace's. There may be others, whom the program has made by
 * CLONE_PARENT.
 */
static int reap(struct observer *o)
{
	struct kstatus ks;
	int got;

	while ((got = o->r->k->wait(o->r->k->ctx, &ks, 0)) != 0) {
		if (got < 0)
			return got == -ECHILD ? 0 : got;
		if (!o->program || !is_its_end(o, ks.tid))
			continue;
		o->r->main.ended = true;
		source_await_end(o->source, 0);
		o->r->main.wstatus = ks.wstatus;
	}
	return 0;
}

static void tell_losses(struct observer *o)
{
	uint64_t lost = source_lost(o->source);
	const struct task *t = model_next(o->r->tell.model, 0);

	if (lost == UINT64_MAX)
		lost = o->story.lost;
	if (!lost || !t)
		return;
	struct event ev = {
		.kind = EV_ODDITY,
		.task = t,
		.t_ns = run_now(o->r),
		.u.oddity = { .kind = ODD_LOST, .lost = { .records = lost } },
	};
	run_tell(o->r, &ev, true);
}

/* The program is gone, and so is what it has made, as far as that is followed. */
static bool is_over(const struct observer *o)
{
	const struct run *r = o->r;

	if (r->error || r->leaving)
		return true;
	if (r->attach)
		return !story_lives(&o->story);
	return r->main.ended && (!story_lives(&o->story) || !r->asked.follow_forks);
}

/* Of a program that lives longer most is known by then. The end of one that is not made yet can't be waited for. */
static void wait_for_records(struct observer *o)
{
	uint64_t age = telling_time(&o->r->tell, o->looked_ns), ns = o->story.seen ? age / SOON_PART : LOOK_NS;

	if (o->story.seen && ns > LOOK_SEEN_NS)
		ns = LOOK_SEEN_NS;
	if (ns < SOON_NS || (o->program && !o->r->main.tid))
		ns = SOON_NS;
	o->waited_long = source_wait(o->source, (uint32_t)ns);
}

/* What may have changed since; a look that has changed none of it is not on the record. */
struct before {
	uint64_t came, came_ns, at;
	pid_t tid;
	bool ended;
};

static struct before now_is(const struct observer *o)
{
	const struct tape *tape = &o->source->tape;

	return (struct before){ o->story.came, o->came_ns, tape->out ? tape_out_at(tape->out) : 0, o->r->main.tid,
		o->r->main.ended };
}

static void forget_idle_look(struct observer *o, const struct before *was)
{
	const struct run *r = o->r;
	struct before is = now_is(o);

	if (o->source->tape.out && !o->story.order.n && !o->story.n_raw && is.came == was->came &&
		is.came_ns == was->came_ns && is.tid == was->tid && is.ended == was->ended && !r->leaving && !r->error)
		tape_out_back(o->source->tape.out, was->at);
}

/* One look, and what it tells. *more: there was, and then there is, more to tell without waiting. */
static int look_and_tell(struct observer *o, bool *more)
{
	struct run *r = o->r;
	struct before was = now_is(o);

	if (o->program)
		(void)program_pid(o);
	int err = run_signalled(r);
	if (!err)
		err = reap(o);
	if (!err && (!*more || o->story.order.n < WAITING_MAX))
		err = look(o);
	if (err)
		return err;
	hurry(o);
	look_for_gone(o);
	*more = story_tell(&o->story, AT_ONCE, false);
	run_fail(r, telling_flush_aged(&r->tell, run_now(r), FLUSH_NS));
	if (r->asked.deadline_ns && run_now(r) >= r->asked.deadline_ns)
		r->leaving = true;
	forget_idle_look(o, &was);
	return 0;
}

static int watch_all(struct observer *o)
{
	struct run *r = o->r;
	bool more = false;
	int err = 0;

	while (!err && (more || !is_over(o))) {
		if (!more)
			wait_for_records(o);
		err = look_and_tell(o, &more);
		if (err)
			return err;
	}
	if (!err && !r->error)
		err = look_last(o);
	if (err)
		return err;
	while (story_tell(&o->story, AT_ONCE, true))
		;
	story_leave(&o->story);
	tell_losses(o);
	return r->error;
}

static int watch(struct observer *o)
{
	hurry(o);
	source_begin_emptying(o->source);
	int err = watch_all(o);

	source_end_emptying(o->source);
	hurry_end(&o->hurry);
	story_release(&o->story);
	return err;
}

int observe_run(struct run *r, struct source *s, const struct observed *program)
{
	struct observer o = {
		.r = r,
		.source = s,
		.hurry.may = s->events != NULL,
		.program = program,
		.looked_ns = r->tell.t0_ns,
		.story = { .r = r,
			.path = program->path,
			.about = &program->file,
			.helper = program->helper,
			.seen = program->seen },
	};
	return watch(&o);
}

int observe_find(struct run *r, struct source *s, const pid_t *pids, size_t n)
{
	return present_watch(r, s, pids, n);
}

int observe_found(struct run *r, struct source *s, struct seen *seen)
{
	struct observer o = { .r = r,
		.source = s,
		.hurry.may = s->events != NULL,
		.looked_ns = r->tell.t0_ns,
		.story = { .r = r, .path = "", .seen = seen } };

	present_tell(&o.story);
	if (!r->error)
		return watch(&o);
	story_release(&o.story);
	return r->error;
}
