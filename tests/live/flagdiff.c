/* SPDX-License-Identifier: MIT */
/*
 * Foretells what clone, clone3 and unshare will answer to random and structured words, then asks the kernel.
 *
 * Every word is tried in a process of its own that exits at once, by a task that uses no memory (rawclone.h). As
 * root all of it happens in a throw-away pid and mount namespace, three times: as an ordinary process, as the init
 * of a further namespace, and as an unprivileged user. Without root, only the last.
 *
 *     flagdiff [--count N] [--seed S] [--verbose]
 *
 * Exit status 0 when all agree, 1 when one does not, 77 when nothing could be tried.
 */
#include "rawclone.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thrtrace/verdict.h>
#include "kernel/limit_facts.h"

#ifndef RAWCLONE
int main(void)
{
	puts("skipped: no raw clone for this architecture");
	return 77;
}
#else

enum { NOBODY = 65534, ARGS_KNOWN = 88 };
#define BAD_ADDRESS UINT64_C(8)

/* struct clone_args (clone(2)); may be followed by a tail. */
struct args3 {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
		cgroup;
};

/* What is done to the calling process before the call. */
enum before { AS_IS, WITH_THREAD, WITH_VM_SHARER, WITH_SIGHAND_SHARER, AFTER_NEWPID, AFTER_NEWTIME, CHROOTED, BEFORES };

struct test_case {
	enum verdict_call call;
	enum before before;
	uint64_t word; /* clone: flags | signal; unshare: flags */
	uint64_t stack, tls, parent_tid, child_tid;
	struct args3 args;
	uint64_t size;
	unsigned char tail; /* a byte set beyond the known struct */
	bool bad_args_address;
	int32_t tids[CLONE_SET_TID_MAX + 2];
	struct argument_facts facts;
	uint32_t defects;
};

/* What the case process tells: shared memory. */
struct report {
	volatile int begun, done;
	volatile long ret;
	unsigned char scratch[256];
};

struct persona {
	const char *name;
	struct caller_facts who;
	bool privileged;
	bool nested_init; /* each case is run by the init of a pid namespace of its own */
	int good_cgroup;  /* descriptor of a version 2 cgroup, or -1 */
};

struct stats {
	unsigned long tried, accepted, wrong, by_rule;
};

static struct report *report;
static unsigned char *area; /* for stacks and stores; MAP_SHARED, so that it may be written by anyone */
enum { AREA_SIZE = 1 << 16 };
static int level_here = -1; /* how deep the throw-away pid namespace lies: from inside that can't be seen */

static uint64_t address(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static bool one_in(uint64_t *seed, unsigned n)
{
	return next_random(seed) % n == 0;
}

/* ---- making cases ---- */

static const uint64_t words[] = {
	0,
	0x3d0f00,  /* glibc pthread_create */
	0x7d0f00,  /* musl */
	0xd0f00,   /* Go */
	0x1200000, /* glibc fork */
	0x4100,    /* vfork, posix_spawn */
	UINT64_C(0x100004100),
	0xf00, /* LinuxThreads */
	0x20000,
	0x10000000,
	0x30000000,
	0x6c020000,
	0x7e020000,
	0x10100,
	0x10900,
	0x800,
	0x900,
	0x1000,
	0x101000,
	0x401000,
	0x8000,
	0x18900,
	0x8040000,
	0x10000200,
	0x20200,
	0x80000,
	0x100000000,
	0x200000000,
	0x400000000,
	0x2000000000,
};

/* Namespaces cost the kernel milliseconds to take down: they are tried less often. */
static unsigned rarity(unsigned bit)
{
	uint64_t b = UINT64_C(1) << bit;

	if (b & (CLONE_NEWNET_ | CLONE_NEWPID_))
		return 40;
	if (b & (CLONE_NS_ALL_ | CLONE_PIDFD_))
		return 14;
	if (b & (CLONE_VM_ | CLONE_SIGHAND_ | CLONE_THREAD_ | CLONE_FS_ | CLONE_FILES_))
		return 2;
	if (bit >= 32)
		return 60;
	return 5;
}

static uint64_t random_bits(uint64_t *seed)
{
	uint64_t word = 0;

	for (unsigned bit = 8; bit < 64; bit++)
		if (one_in(seed, rarity(bit)))
			word |= UINT64_C(1) << bit;
	if (one_in(seed, 20))
		word |= CLONE_NEWTIME_;
	return word;
}

static uint64_t random_word(uint64_t *seed)
{
	if (one_in(seed, 2))
		return random_bits(seed);
	uint64_t word = words[next_random(seed) % ARRAY_SIZE(words)];
	for (uint64_t n = next_random(seed) % 4; n > 0; n--)
		word ^= UINT64_C(1) << (8 + next_random(seed) % 31);
	/* The consistent half of what is possible: else the first rules would hide the later ones. */
	if (one_in(seed, 2) && word & CLONE_THREAD_)
		word |= CLONE_SIGHAND_;
	if (one_in(seed, 2) && word & CLONE_SIGHAND_)
		word |= CLONE_VM_;
	return word;
}

static uint64_t random_signal(uint64_t *seed)
{
	switch (next_random(seed) % 8) {
	case 0:
	case 1:
	case 2:
		return 0;
	case 3:
		return next_random(seed) % 256;
	default:
		return SIGCHLD;
	}
}

/* A place for a store: good, or now and then bad. */
static uint64_t random_address(uint64_t *seed, unsigned slot)
{
	if (one_in(seed, 12))
		return BAD_ADDRESS;
	if (one_in(seed, 20))
		return 0;
	return address(report->scratch + slot * 8);
}

static uint64_t random_tls(uint64_t *seed)
{
	static const uint64_t odd[] = { 0, 0x1000, UINT64_C(0x7fffffffefff), UINT64_C(0x7ffffffff000),
		UINT64_C(0x800000000000), UINT64_C(0xffff800000000000), UINT64_MAX };

	return one_in(seed, 3) ? odd[next_random(seed) % ARRAY_SIZE(odd)] : address(area);
}

static void random_stack3(struct args3 *a, uint64_t *seed)
{
	static const uint64_t odd[][2] = { { 0, 4096 }, { 4096, 0 }, { UINT64_C(0x7fffffffe000), 4096 },
		{ UINT64_C(0x7fffffffe000), 8192 }, { UINT64_C(0x7fffffffe000), 4097 }, { UINT64_MAX - 4095, 8192 },
		{ 8, UINT64_MAX }, { UINT64_C(0xffff800000000000), 4096 }, { 1, 1 } };

	if (one_in(seed, 3)) {
		a->stack = a->stack_size = 0;
	} else if (one_in(seed, 6)) {
		size_t i = next_random(seed) % ARRAY_SIZE(odd);
		a->stack = odd[i][0];
		a->stack_size = odd[i][1];
	} else {
		a->stack = address(area);
		a->stack_size = AREA_SIZE;
	}
}

/* A tid of the innermost pid namespace that is certainly free: new namespaces count up from 1. */
static int32_t free_tid(const struct persona *p, uint64_t *seed)
{
	int max = p->who.pid_max > 100000 ? p->who.pid_max : 32768;

	return max - 2 - (int32_t)(next_random(seed) % 2000);
}

static void random_tids(struct test_case *t, const struct persona *p, uint64_t *seed)
{
	struct args3 *a = &t->args;
	int32_t choices[] = { 0, -1, 1, p->who.pid_max ? p->who.pid_max : INT32_MAX, INT32_MAX, free_tid(p, seed),
		free_tid(p, seed), free_tid(p, seed) };

	a->set_tid = address(t->tids);
	a->set_tid_size = 1;
	t->tids[0] = choices[next_random(seed) % ARRAY_SIZE(choices)];
	/* 1 is taken in every pid namespace but a new one. */
	t->facts.set_tid_in_use = fact_of(t->tids[0] == 1);
	if (one_in(seed, 4)) { /* one level up tid 1 is taken for certain */
		a->set_tid_size = 2;
		t->tids[1] = 1;
		t->facts.set_tid_in_use = FACT_YES;
	}
	if (one_in(seed, 10))
		a->set_tid_size = next_random(seed) % 40;
	if (p->who.pid_ns_level < 0 && a->set_tid_size > 2)
		a->set_tid_size = 33;
	if (a->set_tid_size > 2 || a->set_tid_size == 0) {
		for (unsigned i = 1; i < ARRAY_SIZE(t->tids); i++)
			t->tids[i] = 1;
		t->facts.set_tid_in_use = FACT_YES;
	}
	if (one_in(seed, 12))
		a->set_tid = 0;
	else if (one_in(seed, 12))
		a->set_tid = BAD_ADDRESS;
}

static uint64_t random_size(uint64_t *seed)
{
	static const uint64_t sizes[] = { 0, 1, 63, 64, 65, 72, 79, 80, 84, 87, 88, 89, 96, 128, 4095, 4096, 4097,
		1 << 20, UINT64_MAX };

	if (one_in(seed, 4))
		return sizes[next_random(seed) % ARRAY_SIZE(sizes)];
	return ARGS_KNOWN;
}

static void make_clone3(struct test_case *t, const struct persona *p, uint64_t *seed)
{
	struct args3 *a = &t->args;

	a->flags = random_word(seed);
	if (one_in(seed, 30))
		a->flags |= next_random(seed) & 0xff;
	a->exit_signal = random_signal(seed);
	if (one_in(seed, 30))
		a->exit_signal |= UINT64_C(1) << (8 + next_random(seed) % 56);
	if (a->flags & (CLONE_THREAD_ | CLONE_PARENT_) && !one_in(seed, 5))
		a->exit_signal = 0;
	a->pidfd = random_address(seed, 0);
	a->parent_tid = one_in(seed, 10) ? a->pidfd : random_address(seed, 1);
	a->child_tid = random_address(seed, 2);
	a->tls = random_tls(seed);
	random_stack3(a, seed);
	if (one_in(seed, 6))
		random_tids(t, p, seed);
	if (one_in(seed, 12) || a->flags & CLONE_INTO_CGROUP_) {
		a->cgroup = one_in(seed, 2) && p->good_cgroup >= 0 ? (uint64_t)p->good_cgroup : 987654;
		if (one_in(seed, 10))
			a->cgroup = UINT64_C(1) << 40;
	}
	t->size = random_size(seed);
	t->tail = t->size > ARGS_KNOWN && one_in(seed, 2);
	t->bad_args_address = one_in(seed, 60);
}

static void make_clone(struct test_case *t, uint64_t *seed)
{
	t->word = (random_word(seed) & ~CLONE_SIGNAL_MASK_) | random_signal(seed);
	if (one_in(seed, 10))
		t->word |= next_random(seed) << 32; /* not looked at */
	/* Any address that a user's can be: the new task has no use for it. With one that can't be, some machines let
	   it die on its way out of the kernel, and with CLONE_THREAD its creator too. */
	t->stack = one_in(seed, 3) ? 0 : one_in(seed, 8) ? next_random(seed) >> 17 : address(area) + AREA_SIZE;
	t->tls = random_tls(seed);
	t->parent_tid = random_address(seed, 1);
	t->child_tid = random_address(seed, 2);
}

static void make_unshare(struct test_case *t, uint64_t *seed)
{
	uint64_t usable = CLONE_NS_ALL_ | CLONE_FS_ | CLONE_FILES_ | CLONE_SYSVSEM_ | CLONE_THREAD_ | CLONE_VM_ |
		CLONE_SIGHAND_;

	t->word = random_word(seed);
	if (!one_in(seed, 4))
		t->word &= usable;
	if (one_in(seed, 20))
		t->word |= next_random(seed) & 0xff;
}

static enum before random_before(const struct test_case *t, const struct persona *p, uint64_t *seed)
{
	if (!one_in(seed, 4) || p->nested_init)
		return AS_IS;
	enum before b = (enum before)(next_random(seed) % BEFORES);
	bool needs_root = b == AFTER_NEWPID || b == AFTER_NEWTIME || b == CHROOTED;
	if (needs_root && !p->privileged)
		return AS_IS;
	if (b == AFTER_NEWPID && t->args.set_tid_size)
		return AS_IS;
	return b;
}

static void make_case(struct test_case *t, const struct persona *p, uint64_t *seed)
{
	memset(t, 0, sizeof(*t));
	switch (next_random(seed) % 3) {
	case 0:
		t->call = VC_CLONE;
		make_clone(t, seed);
		break;
	case 1:
		t->call = VC_CLONE3;
		make_clone3(t, p, seed);
		break;
	default:
		t->call = p->nested_init ? VC_CLONE : VC_UNSHARE;
		if (p->nested_init)
			make_clone(t, seed);
		else
			make_unshare(t, seed);
	}
	t->before = random_before(t, p, seed);
}

/* ---- foretelling ---- */

/* What the kernel will see: as many bytes as the size says, zero beyond. */
static void seen_clone3(struct call_clone *c, struct test_case *t)
{
	struct args3 a = { 0 };

	memcpy(&a, &t->args, t->size < ARGS_KNOWN ? t->size : ARGS_KNOWN);
	*c = (struct call_clone){ .via = VIA_CLONE3,
		.flags = a.flags,
		.exit_signal = a.exit_signal,
		.stack = a.stack,
		.stack_size = a.stack_size,
		.tls = a.tls,
		.parent_tid = a.parent_tid,
		.child_tid = a.child_tid,
		.pidfd = a.pidfd,
		.set_tid = a.set_tid,
		.set_tid_size = a.set_tid_size,
		.cgroup = a.cgroup,
		.args_size = t->size };
	if (a.set_tid_size <= CLONE_SET_TID_MAX && a.set_tid == address(t->tids)) {
		c->n_set_tid = (uint32_t)a.set_tid_size;
		memcpy(c->set_tids, t->tids, c->n_set_tid * sizeof(int32_t));
	} else if (a.set_tid) {
		t->defects |= CALL_SET_TID_UNREAD;
	}
	if (t->bad_args_address)
		t->defects |= CALL_ARGS_UNREAD;
	else if (t->tail && t->size <= (uint64_t)sysconf(_SC_PAGESIZE))
		t->defects |= CALL_TAIL_SET;
	t->facts.cgroup_bad = fact_of(a.cgroup == 987654 || a.cgroup == 0);
}

static void seen_clone(struct call_clone *c, const struct test_case *t)
{
	*c = (struct call_clone){ .via = VIA_CLONE,
		.flags = t->word & ~CLONE_SIGNAL_MASK_,
		.exit_signal = t->word & 0xff,
		.stack = t->stack,
		.tls = t->tls,
		.parent_tid = t->parent_tid,
		.child_tid = t->child_tid,
		.pidfd = t->parent_tid };
}

static void adapt_facts(struct caller_facts *who, enum before before)
{
	switch (before) {
	case WITH_THREAD:
		who->threads = FACT_YES;
		break;
	case WITH_VM_SHARER:
		who->mm_shared = FACT_YES;
		break;
	case WITH_SIGHAND_SHARER:
		who->mm_shared = who->sighand_shared = FACT_YES;
		break;
	case AFTER_NEWPID:
		who->pid_children_elsewhere = FACT_YES;
		break;
	case AFTER_NEWTIME:
		who->time_children_elsewhere = FACT_YES;
		break;
	case CHROOTED:
		who->chrooted = FACT_YES;
		break;
	case AS_IS:
	case BEFORES:
		break;
	}
}

static void foretell(struct verdict *v, struct test_case *t, const struct persona *p)
{
	struct caller_facts who = p->who;
	struct call_clone c = { 0 };

	adapt_facts(&who, t->before);
	if (t->call == VC_CLONE3)
		seen_clone3(&c, t);
	else if (t->call == VC_CLONE)
		seen_clone(&c, t);
	t->facts.pidfd_unwritable = fact_of(c.pidfd < 4096);
	struct verdict_query q = {
		.call = t->call, .clone = &c, .flags = t->word, .defects = t->defects, .who = &who, .args = &t->facts
	};
	verdict_of(v, &q);
}

/* ---- asking the kernel ---- */

static bool prepare(enum before before)
{
	switch (before) {
	case WITH_THREAD: /* it pauses until the process exits */
		return raw_clone(SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, 0, 0, 0,
			       0, RAW_PAUSE) > 0;
	case WITH_VM_SHARER:
		return raw_clone(SYS_clone, CLONE_VM | SIGCHLD, 0, 0, 0, 0, RAW_PAUSE) > 0;
	case WITH_SIGHAND_SHARER:
		return raw_clone(SYS_clone, CLONE_VM | CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0, RAW_PAUSE) > 0;
	case AFTER_NEWPID:
		return unshare(CLONE_NEWPID) == 0;
	case AFTER_NEWTIME:
		return unshare((int)CLONE_NEWTIME_) == 0;
	case CHROOTED:
		return chroot("/proc") == 0 && chdir("/") == 0 && chroot("sys") == 0;
	case AS_IS:
	case BEFORES:
		break;
	}
	return true;
}

static long ask_clone3(struct test_case *t)
{
	static unsigned char buf[8192];
	const void *at = buf;

	memcpy(buf, &t->args, sizeof(t->args));
	if (t->tail)
		buf[t->size < sizeof(buf) ? t->size - 1 : sizeof(buf) - 1] = 1;
	if (t->bad_args_address)
		at = (const void *)(uintptr_t)BAD_ADDRESS;
	return raw_clone(SYS_clone3, (long)at, (long)t->size, 0, 0, 0, SYS_exit);
}

static long ask(struct test_case *t)
{
	if (t->call == VC_CLONE3)
		return ask_clone3(t);
	if (t->call == VC_CLONE)
		return raw_clone(SYS_clone, (long)t->word, (long)t->stack,
			CLONE_ARGS_ORDER((long)t->parent_tid, (long)t->child_tid, (long)t->tls), SYS_exit);
	return syscall(SYS_unshare, (unsigned long)t->word) < 0 ? -errno : 0;
}

/* The process that makes the call. Killed or stopped by the exit signal of its child at worst. */
static void case_process(struct test_case *t)
{
	sigset_t most;

	sigfillset(&most);
	sigprocmask(SIG_SETMASK, &most, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!prepare(t->before)) {
		report->ret = -1000 - errno;
		report->done = 1;
		_exit(0);
	}
	report->begun = 1;
	report->ret = ask(t);
	report->done = 1;
	_exit(0);
}

static uint64_t signal_of(const struct test_case *t)
{
	return t->call == VC_CLONE3 ? t->args.exit_signal : t->call == VC_CLONE ? t->word & 0xff : 0;
}

/* Ends what is left of a case: sharers that pause, stopped processes. All are children of this subreaper by now. */
static void reap_all(pid_t first)
{
	int status;

	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL | WUNTRACED | WNOHANG);
		if (pid < 0)
			return;
		if (pid == 0) {
			usleep(50);
			char path[64], list[512];
			snprintf(path, sizeof(path), "/proc/%d/task/%d/children", getpid(), getpid());
			int fd = open(path, O_RDONLY | O_CLOEXEC);
			ssize_t n = fd < 0 ? 0 : read(fd, list, sizeof(list) - 1);
			if (fd >= 0)
				close(fd);
			list[n > 0 ? n : 0] = '\0';
			if (report->done)
				for (char *p = list; *p; p += strcspn(p, " "), p += *p == ' ')
					if (atoi(p) != first)
						kill(atoi(p), SIGKILL);
			continue;
		}
		if (WIFSTOPPED(status))
			kill(pid, SIGKILL);
	}
}

/* 0 or -errno as the kernel answered; -1000 or less when the case could not be prepared. */
static long run_case(struct test_case *t, const struct persona *p)
{
	int status;
	pid_t pid;

	report->begun = report->done = 0;
	report->ret = 0;
	if (p->nested_init)
		pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	else
		pid = fork();
	if (pid == 0)
		case_process(t);
	if (pid < 0)
		return -1000 - errno;
	while (waitpid(pid, &status, __WALL | WUNTRACED) < 0 && errno == EINTR)
		;
	bool by_signal = (WIFSIGNALED(status) && (uint64_t)WTERMSIG(status) == signal_of(t)) || WIFSTOPPED(status);
	if (WIFSTOPPED(status))
		kill(pid, SIGKILL);
	bool done = report->done;
	report->done = 1;
	reap_all(0);
	if (done)
		return report->ret > 0 ? 0 : report->ret;
	/* The child's exit signal came before the answer could be written down: so there was a child. */
	return by_signal && report->begun ? 0 : -2000 - status;
}

static void show_case(const struct test_case *t, const struct verdict *v, long got, const struct persona *p)
{
	struct outbuf out;

	outbuf_init(&out, 4096);
	if (t->call == VC_CLONE3)
		clone_word_format(&out, ON_CLONE3, t->args.flags, t->args.exit_signal);
	else if (t->call == VC_CLONE)
		clone_word_format(&out, ON_CLONE, t->word & ~UINT64_C(0xff), t->word & 0xff);
	else
		clone_word_format(&out, ON_UNSHARE, t->word, 0);
	printf("WRONG as %s, %s(%s), before %d: foretold %s (%s), got %ld %s\n", p->name, verdict_call_name(t->call),
		outbuf_str(&out), t->before, v->err ? strerrorname_np(v->err) : "success", v->rule ? v->rule : "-", got,
		got < 0 && got > -1000 ? strerrorname_np((int)-got) : "");
	printf("    size %llu tail %d bad %d stack 0x%llx+0x%llx tls 0x%llx pidfd 0x%llx ptid 0x%llx set_tid "
	       "0x%llx[%llu]={%d,%d} cgroup %llu\n",
		(unsigned long long)t->size, t->tail, t->bad_args_address,
		(unsigned long long)(t->call == VC_CLONE ? t->stack : t->args.stack),
		(unsigned long long)t->args.stack_size,
		(unsigned long long)(t->call == VC_CLONE ? t->tls : t->args.tls), (unsigned long long)t->args.pidfd,
		(unsigned long long)(t->call == VC_CLONE ? t->parent_tid : t->args.parent_tid),
		(unsigned long long)t->args.set_tid, (unsigned long long)t->args.set_tid_size, t->tids[0], t->tids[1],
		(unsigned long long)t->args.cgroup);
	outbuf_release(&out);
}

static struct stats run_persona(const struct persona *p, unsigned long count, uint64_t seed)
{
	struct stats s = { 0 };
	struct test_case t;
	struct verdict v;

	for (unsigned long i = 0; i < count; i++) {
		make_case(&t, p, &seed);
		foretell(&v, &t, p);
		long got = run_case(&t, p);
		s.tried++;
		s.accepted += got == 0;
		if (got != -v.err && s.wrong++ < 20)
			show_case(&t, &v, got, p);
	}
	printf("%-28s %lu words, %lu accepted, %lu refused, %lu foretold wrongly\n", p->name, s.tried, s.accepted,
		s.tried - s.accepted, s.wrong);
	fflush(stdout);
	return s;
}

/* The facts of this process; what /proc can't tell is known here, since the test made the process. */
static bool facts_here(struct caller_facts *who)
{
	if (caller_facts_read(who, getpid()) < 0)
		return false;
	who->mm_shared = who->sighand_shared = who->fs_shared = FACT_NO;
	if (who->pid_ns_level < 0)
		who->pid_ns_level = level_here;
	if (who->chrooted == FACT_UNKNOWN)
		who->chrooted = FACT_NO;
	if (who->ids_unmapped == FACT_UNKNOWN)
		who->ids_unmapped = FACT_NO;
	return true;
}

static int open_cgroup2(void)
{
	static const char *const places[] = { "/sys/fs/cgroup/unified", "/sys/fs/cgroup" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		char path[128];
		snprintf(path, sizeof(path), "%s/cgroup.procs", places[i]);
		char type[128];
		snprintf(type, sizeof(type), "%s/cgroup.controllers", places[i]);
		if (access(type, R_OK) == 0 && access(path, W_OK) == 0)
			return open(places[i], O_RDONLY | O_DIRECTORY);
	}
	return -1;
}

static unsigned long run_unprivileged(unsigned long count, uint64_t seed)
{
	struct persona p = { .name = "unprivileged user", .good_cgroup = -1 };

	if (getuid() == 0 &&
		(setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY)))
		return 1;
	prctl(PR_SET_DUMPABLE, 1);
	if (!facts_here(&p.who))
		return 1;
	return run_persona(&p, count, seed).wrong;
}

static unsigned long run_root(unsigned long count, uint64_t seed)
{
	struct persona p = { .name = "root", .privileged = true, .good_cgroup = open_cgroup2() };

	if (!facts_here(&p.who))
		return 1;
	unsigned long wrong = run_persona(&p, count, seed).wrong;
	p.name = "root, init of a pid namespace";
	p.nested_init = true;
	p.who.pid_ns_init = FACT_YES;
	if (p.who.pid_ns_level >= 0)
		p.who.pid_ns_level++;
	return wrong + run_persona(&p, count / 20, seed + 1).wrong;
}

/* Runs one persona in a process of its own, under the init of the throw-away namespace. */
static int in_child(unsigned long (*run)(unsigned long, uint64_t), unsigned long count, uint64_t seed)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		_exit(run(count, seed) ? 1 : 0);
	}
	for (;;) {
		int s;
		pid_t got = waitpid(-1, &s, __WALL);
		if (got < 0 && errno != EINTR)
			break;
		if (got == pid)
			status = s;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* Init of the throw-away pid namespace: everything in it dies when it returns. */
static int throw_away(unsigned long count, uint64_t seed)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("proc", "/proc", "proc", 0, NULL)) {
		printf("skipped: no /proc in a new pid namespace: %s\n", strerror(errno));
		return 77;
	}
	int err = in_child(run_root, count, seed);
	return in_child(run_unprivileged, count, seed + 2) | err;
}

int main(int argc, char **argv)
{
	unsigned long count = 600;
	uint64_t seed = 1;
	int status;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--count") == 0)
			count = strtoul(argv[i + 1], NULL, 10);
		if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[i + 1], NULL, 10);
	}
	seed = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	area = mmap(NULL, AREA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED || area == MAP_FAILED)
		return 77;
	if (geteuid() != 0) {
		puts("not root: tried as an unprivileged user only");
		return in_child(run_unprivileged, count, seed);
	}
	struct caller_facts outside;
	if (caller_facts_read(&outside, getpid()) == 0 && outside.pid_ns_level >= 0)
		level_here = outside.pid_ns_level + 1;
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0);
	if (pid < 0) {
		printf("no throw-away pid namespace (%s): tried as an unprivileged user only\n", strerror(errno));
		return in_child(run_unprivileged, count, seed);
	}
	if (pid == 0)
		_exit(throw_away(count, seed));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
#endif
