/* SPDX-License-Identifier: MIT */
/* The door with a tape in it. Each question is one function for both ways: so they can't come apart. */
#include "tape/tape_door.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "kernel/limit_facts.h"
#include "kernel/program.h"

/* A block is written when so much has gathered, and at least so often where the program is never quiet. */
#define BLOCK_BYTES (64U << 10)
#define FLUSH_NS    200000000U
/* Whoever waits longer than this may sleep: loop.c has waited for so long already. */
#define QUIET_NS 20000000U

bool tape_answer(const struct tape *t, const struct question *q, struct tape_io *io)
{
	*io = (struct tape_io){ .bad = false };
	return t->out ? tape_out_begin(t->out, io) : tape_in_find(t->in, q, io);
}

bool tape_answered(const struct tape *t, const struct question *q, struct tape_io *io)
{
	if (io->out)
		tape_out_end(t->out, io, q);
	return !io->in || tape_in_done(t->in, io);
}

#define ERRNO_MAX 4095 /* include/linux/err.h, MAX_ERRNO */
/* Larger than any page of a kernel: arm64 has 64 KiB, powerpc 256 KiB. */
#define PAGE_BYTES_MOST (UINT64_C(1) << 20)

/*
 * An answer is a result (0, a count, or -errno) and, where that is no failure, what was asked for. true: that is next.
 * Without a record of it, a replay answers -ENODATA: not known.
 */
static bool result(struct tape_door *d, const struct question *q, struct tape_io *io, int64_t *res)
{
	d->mid_batch = false;
	if (!tape_answer(&d->tape, q, io))
		return false;
	tape_i64(io, res);
	io->bad |= io->in && (*res < -ERRNO_MAX || *res > INT_MAX);
	return *res >= 0 && !io->bad;
}

static int64_t answered(struct tape_door *d, const struct question *q, struct tape_io *io, int64_t res)
{
	return tape_answered(&d->tape, q, io) ? res : -ENODATA;
}

/* A question without anything but a result. */
static int only_result(struct tape_door *d, const struct question *q, int64_t res)
{
	struct tape_io io;

	(void)result(d, q, &io, &res);
	return (int)answered(d, q, &io, res);
}

/* A result and one number. */
static int number(struct tape_door *d, const struct question *q, uint64_t *ret, int64_t res)
{
	struct tape_io io;

	if (result(d, q, &io, &res))
		tape_u64(&io, ret);
	return (int)answered(d, q, &io, res);
}

/* The live door's answer; in a replay the value that holds where the tape has no answer. */
#define LIVE(d, call, ...) ((d)->live ? (d)->live->call((d)->live->ctx, __VA_ARGS__) : -ENODATA)

/* ---- waiting ---- */

static void report(struct tape_io *io, struct kstatus *ks, int64_t *res)
{
	tape_i64(io, res);
	if (*res != 1)
		return;
	TAPE_INT(io, ks->tid);
	TAPE_NUM(io, ks->wstatus);
	tape_time(io, &ks->t_ns);
}

/* Blocks end between batches: what can be read of a cut tape then has all the answers that its reports need. */
static void flush_between_batches(struct tape_door *d, bool before_sleep)
{
	if (d->mid_batch)
		return;
	if (!before_sleep && tape_out_pending(d->tape.out) < BLOCK_BYTES && d->last_ns - d->flushed_ns < FLUSH_NS)
		return;
	tape_out_flush(d->tape.out);
	d->flushed_ns = d->last_ns;
}

static int record_wait(struct tape_door *d, struct kstatus *ret, uint64_t timeout_ns)
{
	static const struct question q = { .op = TAPE_WAIT };
	struct tape_io io;

	flush_between_batches(d, timeout_ns > QUIET_NS);
	int64_t res = d->live->wait(d->live->ctx, ret, timeout_ns);
	d->mid_batch = res == 1;
	if (res == 1)
		d->last_ns = ret->t_ns;
	if (tape_out_begin(d->tape.out, &io)) {
		report(&io, ret, &res);
		tape_out_end(d->tape.out, &io, &q);
	}
	return (int)res;
}

/* The end of -o's command: a later report of that number is another's. */
static bool is_of_command(struct tape_door *d, const struct kstatus *ks)
{
	if (!d->command || ks->tid != d->command)
		return false;
	d->command = 0;
	return true;
}

static int replay_wait(struct tape_door *d, struct kstatus *ret)
{
	struct tape_io io;
	int64_t res;

	do {
		if (tape_in_report(d->tape.in, &io) < 0)
			return -ENODATA;
		*ret = (struct kstatus){ 0 };
		report(&io, ret, &res);
		io.bad |= res < -ERRNO_MAX || res > 1;
		if (!tape_in_done(d->tape.in, &io))
			return -ENODATA;
	} while (res == 1 && is_of_command(d, ret));
	if (res == 1)
		d->last_ns = ret->t_ns;
	return (int)res;
}

static int door_wait(void *ctx, struct kstatus *ret, uint64_t timeout_ns)
{
	struct tape_door *d = ctx;

	return d->live ? record_wait(d, ret, timeout_ns) : replay_wait(d, ret);
}

static int door_asked(void *ctx)
{
	struct tape_door *d = ctx;

	return only_result(d, &TAPE_ASK(TAPE_ASKED, 0), d->live ? d->live->asked(d->live->ctx) : 0);
}

static uint64_t door_now(void *ctx)
{
	struct tape_door *d = ctx;
	struct question q = TAPE_ASK(TAPE_NOW, 0);
	uint64_t now = d->live ? d->live->now_ns(d->live->ctx) : d->last_ns;
	struct tape_io io;

	d->mid_batch = false;
	if (tape_answer(&d->tape, &q, &io))
		tape_time(&io, &now);
	if (tape_answered(&d->tape, &q, &io))
		d->last_ns = now;
	return d->last_ns;
}

static uint64_t door_boot(void *ctx)
{
	struct tape_door *d = ctx;
	struct question q = TAPE_ASK(TAPE_BOOT, 0);
	uint64_t since = d->live ? d->live->boot_ns(d->live->ctx) : 0;
	struct tape_io io;

	d->mid_batch = false;
	if (tape_answer(&d->tape, &q, &io))
		tape_u64(&io, &since);
	return tape_answered(&d->tape, &q, &io) ? since : 0;
}

/* ---- what is done to a task ---- */

static int door_kill(void *ctx, pid_t tgid, int sig)
{
	struct tape_door *d = ctx;

	return only_result(d, &TAPE_ASK(TAPE_KILL, tgid, sig), LIVE(d, kill, tgid, sig));
}

static int door_resume(void *ctx, pid_t tid, enum resume_op op, int sig)
{
	struct tape_door *d = ctx;

	return only_result(d, &TAPE_ASK(TAPE_RESUME, tid, op, sig), LIVE(d, resume, tid, op, sig));
}

static int door_seize(void *ctx, pid_t tid, uint64_t options)
{
	struct tape_door *d = ctx;

	return only_result(d, &TAPE_ASK(TAPE_SEIZE, tid, (int64_t)options), LIVE(d, seize, tid, options));
}

static int door_interrupt(void *ctx, pid_t tid)
{
	struct tape_door *d = ctx;

	return only_result(d, &TAPE_ASK(TAPE_INTERRUPT, tid), LIVE(d, interrupt, tid));
}

static int door_write_mem(void *ctx, pid_t tid, taddr at, const void *buf, size_t n)
{
	struct tape_door *d = ctx;
	struct question q = TAPE_ASK(TAPE_WRITE_MEM, tid, (int64_t)at);

	q.bytes = buf;
	q.n_bytes = n;
	return only_result(d, &q, LIVE(d, write_mem, tid, at, buf, n));
}

static int door_set_arg0(void *ctx, pid_t tid, uint32_t arch, uint64_t value)
{
	struct tape_door *d = ctx;

	return only_result(d, &TAPE_ASK(TAPE_SET_ARG0, tid, arch, (int64_t)value), LIVE(d, set_arg0, tid, arch, value));
}

/* Of a run that is recorded, every error is ENOSYS: --record and -e inject exclude each other. */
static int door_refuse_call(void *ctx, pid_t tid, int error)
{
	struct tape_door *d = ctx;

	return only_result(d, &TAPE_ASK(TAPE_REFUSE_CALL, tid), LIVE(d, refuse_call, tid, error));
}

/* ---- what a stopped task tells ---- */

static int door_event_msg(void *ctx, pid_t tid, uint64_t *ret)
{
	struct tape_door *d = ctx;

	return number(d, &TAPE_ASK(TAPE_EVENT_MSG, tid), ret, LIVE(d, event_msg, tid, ret));
}

/*
 * Signal, errno, code and the first three words of the rest (uapi/asm-generic/siginfo.h): address, or pid and uid, and
 * what follows.
 */
static void put_siginfo(struct tape_io *io, siginfo_t *info)
{
	enum { REST = 16, WORDS = 3 };
	uint64_t rest[WORDS];

	if (io->in)
		memset(info, 0, sizeof(*info));
	memcpy(rest, (char *)info + REST, sizeof(rest));
	TAPE_INT(io, info->si_signo);
	TAPE_INT(io, info->si_errno);
	TAPE_INT(io, info->si_code);
	for (unsigned i = 0; i < WORDS; i++)
		tape_u64(io, &rest[i]);
	memcpy((char *)info + REST, rest, sizeof(rest));
}

static int door_siginfo(void *ctx, pid_t tid, siginfo_t *ret)
{
	struct tape_door *d = ctx;
	struct question q = TAPE_ASK(TAPE_SIGINFO, tid);
	int64_t res = LIVE(d, siginfo, tid, ret);
	struct tape_io io;

	if (result(d, &q, &io, &res))
		put_siginfo(&io, ret);
	return (int)answered(d, &q, &io, res);
}

static int door_syscall_stop(void *ctx, pid_t tid, struct syscall_stop *ret)
{
	struct tape_door *d = ctx;
	struct question q = TAPE_ASK(TAPE_SYSCALL_STOP, tid);
	int64_t res = LIVE(d, syscall_stop, tid, ret);
	struct tape_io io;

	if (result(d, &q, &io, &res)) {
		if (io.in)
			*ret = (struct syscall_stop){ .phase = PHASE_NONE };
		TAPE_BELOW(&io, ret->phase, PHASE_SECCOMP + 1);
		TAPE_NUM(&io, ret->arch);
		tape_u64(&io, &ret->pc);
		tape_u64(&io, &ret->sp);
		if (ret->phase == PHASE_EXIT)
			tape_i64(&io, &ret->result);
		if (ret->phase == PHASE_ENTRY || ret->phase == PHASE_SECCOMP) {
			tape_u64(&io, &ret->nr);
			for (unsigned i = 0; i < ARRAY_SIZE(ret->arg); i++)
				tape_u64(&io, &ret->arg[i]);
			if (io.out ? ret->foreign : io.at < io.end)
				TAPE_BOOL(&io, ret->foreign);
		}
	}
	return (int)answered(d, &q, &io, res);
}

/* An answer of up to n bytes, whose count is the result. */
static ssize_t bytes(struct tape_door *d, const struct question *q, void *buf, size_t n, int64_t res)
{
	struct tape_io io;

	if (result(d, q, &io, &res)) {
		size_t got = (size_t)res;
		tape_bytes(&io, buf, &got, n);
		res = (int64_t)got;
	}
	return (ssize_t)answered(d, q, &io, res);
}

static ssize_t door_regset(void *ctx, pid_t tid, int type, void *buf, size_t n)
{
	struct tape_door *d = ctx;

	return bytes(d, &TAPE_ASK(TAPE_REGSET, tid, type), buf, n, LIVE(d, regset, tid, type, buf, n));
}

static ssize_t door_read_mem(void *ctx, pid_t tid, taddr at, void *buf, size_t n)
{
	struct tape_door *d = ctx;

	return bytes(
		d, &TAPE_ASK(TAPE_READ_MEM, tid, (int64_t)at, (int64_t)n), buf, n, LIVE(d, read_mem, tid, at, buf, n));
}

static struct question named(enum tape_op op, pid_t tid, const char *name)
{
	struct question q = TAPE_ASK(op, tid);

	q.bytes = name;
	q.n_bytes = strlen(name);
	return q;
}

static ssize_t door_read_proc(void *ctx, pid_t tid, const char *name, char *buf, size_t n)
{
	struct tape_door *d = ctx;
	struct question q = named(TAPE_READ_PROC, tid, name);

	q.later = strcmp(name, "comm") == 0; /* at an end */
	return bytes(d, &q, buf, n, LIVE(d, read_proc, tid, name, buf, n));
}

static int door_vma(void *ctx, pid_t tid, taddr addr, bool next_code, struct vma *ret)
{
	struct tape_door *d = ctx;
	struct question q = TAPE_ASK(TAPE_VMA, tid, (int64_t)addr, next_code);
	int64_t res = LIVE(d, vma, tid, addr, next_code, ret);
	struct tape_io io;

	if (result(d, &q, &io, &res)) {
		tape_u64(&io, &ret->low);
		tape_u64(&io, &ret->high);
		TAPE_NUM(&io, ret->prot);
		tape_u64(&io, &ret->offset);
		tape_u64(&io, &ret->inode);
		TAPE_NUM(&io, ret->dev_major);
		TAPE_NUM(&io, ret->dev_minor);
		tape_chars(&io, ret->name, sizeof(ret->name));
	}
	return (int)answered(d, &q, &io, res);
}

static int door_lowest_touched(void *ctx, pid_t tid, taddr low, taddr high, taddr *ret)
{
	struct tape_door *d = ctx;

	return number(d, &TAPE_ASK(TAPE_LOWEST_TOUCHED, tid, (int64_t)low, (int64_t)high), ret,
		LIVE(d, lowest_touched, tid, low, high, ret));
}

static int door_guard_pages(void *ctx, pid_t tid, taddr low, taddr high, uint64_t *ret)
{
	struct tape_door *d = ctx;

	return number(d, &TAPE_ASK(TAPE_GUARD_PAGES, tid, (int64_t)low, (int64_t)high), ret,
		LIVE(d, guard_pages, tid, low, high, ret));
}

static int door_robust_list(void *ctx, pid_t tid, taddr *ret_head)
{
	struct tape_door *d = ctx;

	return number(d, &TAPE_ASK(TAPE_ROBUST_LIST, tid), ret_head, LIVE(d, robust_list, tid, ret_head));
}

static int door_asleep(void *ctx, pid_t tid, uint64_t *ret_ns)
{
	struct tape_door *d = ctx;
	struct question q = TAPE_ASK(TAPE_ASLEEP, tid);

	q.later = true;
	return number(d, &q, ret_ns, LIVE(d, asleep, tid, ret_ns));
}

static int door_rseq(void *ctx, pid_t tid, taddr *ret)
{
	struct tape_door *d = ctx;

	return number(d, &TAPE_ASK(TAPE_RSEQ, tid), ret, LIVE(d, rseq, tid, ret));
}

static int door_ns(void *ctx, pid_t tid, const char *name, uint64_t *ret)
{
	struct tape_door *d = ctx;
	struct question q = named(TAPE_NS, tid, name);

	return number(d, &q, ret, LIVE(d, ns, tid, name, ret));
}

/* ---- facts about a task, stopped or not ---- */

static int door_kcmp(void *ctx, pid_t a, pid_t b, int what)
{
	struct tape_door *d = ctx;

	return only_result(d, &TAPE_ASK(TAPE_KCMP, a, b, what), LIVE(d, kcmp, a, b, what));
}

static int door_in_group(void *ctx, pid_t tgid, pid_t tid)
{
	struct tape_door *d = ctx;

	return only_result(d, &TAPE_ASK(TAPE_IN_GROUP, tgid, tid), LIVE(d, in_group, tgid, tid));
}

static int door_list_tasks(void *ctx, pid_t tgid, pid_t *ret, size_t n)
{
	struct tape_door *d = ctx;
	struct question q = TAPE_ASK(TAPE_LIST_TASKS, tgid);

	q.later = true; /* more often than once */
	int64_t res = LIVE(d, list_tasks, tgid, ret, n);
	struct tape_io io;

	if (result(d, &q, &io, &res)) {
		res = res < (int64_t)n ? res : (int64_t)n;
		for (int64_t i = 0; i < res; i++)
			TAPE_INT(&io, ret[i]);
	}
	return (int)answered(d, &q, &io, res);
}

static int door_usage(void *ctx, pid_t tid, uint64_t split_from, struct task_usage *ret)
{
	struct tape_door *d = ctx;
	struct question q = TAPE_ASK(TAPE_USAGE, tid, (int64_t)split_from);

	q.later = split_from == USAGE_AT_START;
	int64_t res = LIVE(d, usage, tid, split_from, ret);
	struct tape_io io;

	if (result(d, &q, &io, &res)) {
		tape_u64(&io, &ret->cpu_ns);
		tape_u64(&io, &ret->wait_ns);
		tape_u64(&io, &ret->turns);
		TAPE_BOOL(&io, ret->split);
		tape_u64(&io, &ret->voluntary);
		tape_u64(&io, &ret->involuntary);
	}
	return (int)answered(d, &q, &io, res);
}

void tape_program(struct tape_io *io, struct program_facts *f)
{
	tape_chars(io, f->path, sizeof(f->path));
	tape_words(io, f->libc, sizeof(f->libc));
	TAPE_BELOW(io, f->kind, LIBC_GO + 1);
	TAPE_BOOL(io, f->is_static);
	TAPE_BOOL(io, f->x32);
	TAPE_BOOL(io, f->setid);
}

static void door_identify(void *ctx, pid_t tid, struct program_facts *ret)
{
	struct tape_door *d = ctx;
	struct question q = TAPE_ASK(TAPE_IDENTIFY, tid);
	struct tape_io io;

	*ret = (struct program_facts){ 0 };
	if (d->live)
		d->live->identify(d->live->ctx, tid, ret);
	d->mid_batch = false;
	if (tape_answer(&d->tape, &q, &io))
		tape_program(&io, ret);
	if (!tape_answered(&d->tape, &q, &io))
		*ret = (struct program_facts){ 0 };
}

/* ---- why a call failed, and where all this was ---- */

static void put_caller(struct tape_io *io, struct caller_facts *f)
{
	enum fact *const facts[] = {
		&f->sys_admin,
		&f->restore,
		&f->nproc_exempt,
		&f->pid_ns_init,
		&f->pid_children_elsewhere,
		&f->time_children_elsewhere,
		&f->threads,
		&f->sighand_shared,
		&f->mm_shared,
		&f->fs_shared,
		&f->chrooted,
		&f->ids_unmapped,
		&f->userns_forbidden,
		&f->deadline,
		&f->seccomp_filter,
		&f->pid_ns_dying,
	};

	TAPE_NUM(io, f->kernel);
	TAPE_NUM(io, f->audit_arch);
	tape_u64(io, &f->user_end);
	for (unsigned i = 0; i < ARRAY_SIZE(facts); i++)
		TAPE_BELOW(io, *facts[i], FACT_YES + 1);
	tape_u64(io, &f->ns_missing);
	tape_u64(io, &f->ns_forbidden);
	TAPE_INT(io, f->pid_ns_level);
	TAPE_INT(io, f->pid_max);
}

static void put_limit(struct tape_io *io, struct limit *l)
{
	TAPE_BELOW(io, l->id, LIMIT_IDS);
	tape_chars(io, l->scope, sizeof(l->scope));
	tape_u64(io, &l->current);
	tape_u64(io, &l->max);
	TAPE_BOOL(io, l->current_known);
	TAPE_BOOL(io, l->max_known);
	tape_words(io, l->unknown, sizeof(l->unknown));
	tape_u64(io, &l->events);
	TAPE_BOOL(io, l->events_known);
	TAPE_BELOW(io, l->refused_now, FACT_YES + 1);
	TAPE_BOOL(io, l->needs_memory);
}

static void put_fd(struct tape_io *io, struct fd_facts *f)
{
	TAPE_BELOW(io, f->open, FACT_YES + 1);
	TAPE_NUM(io, f->flags);
	TAPE_BELOW(io, f->is_namespace, FACT_YES + 1);
	tape_u64(io, &f->kind);
	TAPE_BELOW(io, f->own, FACT_YES + 1);
	TAPE_BELOW(io, f->pidfd, FACT_YES + 1);
}

static void put_failure(struct tape_io *io, struct failure_facts *f)
{
	put_caller(io, &f->who);
	TAPE_NUM(io, f->uid);
	TAPE_INT(io, f->seccomp_mode);
	TAPE_INT(io, f->no_new_privs);
	TAPE_INT(io, f->overcommit);
	TAPE_BELOW(io, f->n_limits, LIMITS_MAX + 1);
	for (size_t i = 0; i < f->n_limits; i++)
		put_limit(io, &f->limits[i]);
	f->seccomp_filters = io->out ? f->seccomp_filters : -1;
	if (io->in && io->at == io->end) /* tapes from before it was told do not have the rest */
		return;
	TAPE_INT(io, f->seccomp_filters);
	put_fd(io, &f->fd);
	TAPE_BELOW(io, f->who.sys_nice, FACT_YES + 1);
}

static int door_failure(void *ctx, pid_t tid, const struct failure_ask *ask, struct failure_facts *ret)
{
	struct tape_door *d = ctx;
	struct question q = TAPE_ASK(TAPE_FAILURE, tid, ask->call, ask->err, ask->fd);
	int64_t res = LIVE(d, failure, tid, ask, ret);
	struct tape_io io;

	q.n -= ask->fd < 0; /* as it was before descriptors were asked about */
	if (!d->live)
		memset(ret, 0, sizeof(*ret));
	if (result(d, &q, &io, &res))
		put_failure(&io, ret);
	if (!d->live)
		ret->who.page_bytes = d->k.page_bytes;
	return (int)answered(d, &q, &io, res);
}

/* At the end of an answer, where it is not the least: tapes from before it was told do not have it. */
static void put_page(struct tape_io *io, uint64_t *bytes)
{
	if (io->out ? page_bytes_or_least(*bytes) == PAGE_BYTES_LEAST : io->at == io->end) {
		*bytes = PAGE_BYTES_LEAST;
		return;
	}
	tape_u64(io, bytes);
	if (io->in && (*bytes < PAGE_BYTES_LEAST || *bytes > PAGE_BYTES_MOST || (*bytes & (*bytes - 1)))) {
		io->bad = true;
		*bytes = PAGE_BYTES_LEAST;
	}
}

static int door_origin(void *ctx, struct origin *ret)
{
	struct tape_door *d = ctx;
	struct question q = TAPE_ASK(TAPE_ORIGIN, 0);
	int64_t res = LIVE(d, origin, ret);
	struct tape_io io;

	if (!d->live)
		*ret = (struct origin){ .wall_ns = 0 };
	if (result(d, &q, &io, &res)) {
		tape_words(&io, ret->kernel, sizeof(ret->kernel));
		tape_words(&io, ret->machine, sizeof(ret->machine));
		tape_words(&io, ret->version, sizeof(ret->version));
		tape_words(&io, ret->features, sizeof(ret->features));
		tape_u64(&io, &ret->wall_ns);
		put_page(&io, &ret->page_bytes);
	}
	res = answered(d, &q, &io, res);
	d->k.page_bytes = res < 0 ? 0 : ret->page_bytes;
	return (int)res;
}

/*
 * A question that is new needs its place on the tape. expect_mem and used_mem are none: they are hints, which any door
 * may leave out, as it may read_ranges. put_back is used up before a tape begins.
 */
static_assert(
	sizeof(struct kernel) == 36 * sizeof(void *) + sizeof(uint64_t), "another question: it must be recorded, too");

void tape_door_init(struct tape_door *d, struct tape tape, const struct kernel *live)
{
	*d = (struct tape_door){ .tape = tape, .live = live };
	d->k = (struct kernel){
		.ctx = d,
		.page_bytes = live ? live->page_bytes : 0,
		.wait = door_wait,
		.asked = door_asked,
		.kill = door_kill,
		.resume = door_resume,
		.seize = door_seize,
		.interrupt = door_interrupt,
		.event_msg = door_event_msg,
		.siginfo = door_siginfo,
		.syscall_stop = door_syscall_stop,
		.regset = door_regset,
		.write_mem = door_write_mem,
		.set_arg0 = door_set_arg0,
		.refuse_call = door_refuse_call,
		.read_mem = door_read_mem,
		.read_proc = door_read_proc,
		.vma = door_vma,
		.lowest_touched = door_lowest_touched,
		.guard_pages = door_guard_pages,
		.kcmp = door_kcmp,
		.in_group = door_in_group,
		.ns = door_ns,
		.robust_list = door_robust_list,
		.asleep = door_asleep,
		.rseq = door_rseq,
		.list_tasks = door_list_tasks,
		.usage = door_usage,
		.identify = door_identify,
		.failure = door_failure,
		.origin = door_origin,
		.now_ns = door_now,
		.boot_ns = door_boot,
	};
}
