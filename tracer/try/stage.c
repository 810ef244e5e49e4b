/* SPDX-License-Identifier: MIT */
/* A stage from its beginning to its end. */
#include "try/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <thrtrace/proc_text.h>

enum { WITHIN_MS = 3000 }; /* for what takes no time, on a machine that is busy */

/* ---- what was seen ---- */

void told(struct part *p, unsigned seen, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->tried.evidence, sizeof(p->tried.evidence), fmt, ap);
	va_end(ap);
	p->tried.seen = seen;
}

void cannot(struct part *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->tried.why_not, sizeof(p->tried.why_not), fmt, ap);
	va_end(ap);
	p->tried.seen = 0;
}

void cannot_do(struct part *p, const char *what, long err)
{
	cannot(p, "%s: %s", what, strerror((int)(err < 0 ? -err : err)));
}

unsigned seen_by(bool had, bool felt, enum share_state none)
{
	if (felt)
		return SEEN(SHARE_SHARED);
	return had ? SEEN(SHARE_COPIED) : SEEN(none);
}

/* ---- for both sides ---- */

static void wake(_Atomic uint32_t *word)
{
	*word = 1;
	raw(SYS_futex, (long)word, FUTEX_WAKE, 2);
}

static long now_ms(void)
{
	struct timespec t = { 0, 0 };

	raw(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits for it to be set. */
static bool wait_for(_Atomic uint32_t *word, long ms)
{
	struct timespec step = { .tv_nsec = 10000000 };
	long end = now_ms() + ms;

	while (!*word && now_ms() < end)
		raw(SYS_futex, (long)word, FUTEX_WAIT, 0, (long)&step);
	return *word;
}

void part_done(struct stage *s)
{
	wake(&s->b->done);
}

long own_file(const struct stage *s, const char *path, char *buf, size_t size)
{
	long fd = raw(SYS_openat, s->proc, (long)path, O_RDONLY | O_CLOEXEC);
	long n = fd < 0 ? fd : raw(SYS_read, fd, (long)buf, (long)size - 1);

	if (fd >= 0)
		raw(SYS_close, fd);
	buf[n > 0 ? n : 0] = '\0';
	return n;
}

long own_link(const struct stage *s, const char *path, char *buf, size_t size)
{
	long n = raw(SYS_readlinkat, s->proc, (long)path, (long)buf, (long)size - 1);

	buf[n > 0 ? n : 0] = '\0';
	return n;
}

long status_field(const char *text, const char *name, int base)
{
	char field[32];
	uint64_t v;

	snprintf(field, sizeof(field), "%s:", name);
	return proc_field_u64(&v, text, field, base) ? (long)v : -1;
}

/* Each that can be tried takes a step. */
static void all_parts(struct stage *s, enum step step)
{
	for (size_t i = 0; i < s->b->parts; i++)
		if (!s->b->part[i].tried.why_not[0])
			s->b->part[i].run(s, &s->b->part[i], step);
}

/* ---- the child ---- */

static void child_begin(void *arg, uint64_t kept)
{
	struct stage *s = arg;
	long err = 0;

	s->b->kept = kept;
	if (s->word->call == ON_UNSHARE)
		err = raw(SYS_unshare, (long)s->word->flags);
	if (err)
		s->b->refused = (int)-err;
	else
		all_parts(s, IN_CHILD);
	raw(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
	part_done(s);
	if (!(s->flags & CLONE_VFORK_))
		wait_for(&s->b->release, 2L * WITHIN_MS);
	for (;;)
		raw(SYS_exit, CHILD_STATUS);
}

/* ---- the stage ---- */

static char *pages(void)
{
	char *p = mmap(NULL, PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Where the tree of version 2 control groups is mounted. False: nowhere. */
static bool cgroup_mount(char ret[PATH_MAX])
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *m = NULL;

	while (mounts && (m = getmntent(mounts)) && strcmp(m->mnt_type, "cgroup2") != 0)
		;
	if (m)
		snprintf(ret, PATH_MAX, "%s", m->mnt_dir);
	if (mounts)
		endmntent(mounts);
	return m;
}

/* The directory of the stage's own group of version 2, or -1. */
static int own_cgroup(const struct stage *s)
{
	char text[PART_TEXT], mount[PATH_MAX], path[PATH_MAX + PART_TEXT];

	if (own_file(s, "self/cgroup", text, sizeof(text)) < 0 || !cgroup_mount(mount))
		return -1;
	char *at = strstr(text, "0::");
	if (!at)
		return -1;
	at[strcspn(at, "\n")] = '\0';
	snprintf(path, sizeof(path), "%s%s", mount, at + 3);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Signals that can't be blocked. */
static bool end_harms(const struct stage *s)
{
	uint64_t sent = s->word->call == ON_UNSHARE ? SIGCHLD : s->word->exit_signal;

	return !(s->flags & (CLONE_THREAD_ | CLONE_PARENT_)) && (sent == SIGKILL || sent == SIGSTOP);
}

bool may_end_child(struct stage *s, struct part *p)
{
	if (end_harms(s))
		cannot(p, "its exit signal ends or stops the creator before that can look");
	return !end_harms(s);
}

/* No part can be tried, because this failed. */
static bool no_part(struct stage *s, const char *what, int err)
{
	for (size_t i = 0; i < s->b->parts; i++)
		cannot_do(&s->b->part[i], what, err);
	return false;
}

static bool no_part_since(struct stage *s, const char *why)
{
	for (size_t i = 0; i < s->b->parts; i++)
		cannot(&s->b->part[i], "%s", why);
	return false;
}

/* False: no child can be made, and all parts say why. */
static bool prepare(struct stage *s)
{
	sigset_t all;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	s->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int opened = errno;
	s->memory = pages();
	s->stack = pages();
	s->tls = pages();
	s->pid = getpid();
	s->here = raw_tls();
	if (s->proc < 0)
		return no_part(s, "/proc", opened);
	if (!s->memory || !s->stack || !s->tls)
		return no_part(s, "memory for it", ENOMEM);
	s->tls += PAGES / 2;
	*(void **)s->tls = s->tls; /* where x86-64 has it */
	s->cgroup = s->flags & CLONE_INTO_CGROUP_ ? own_cgroup(s) : -1;
	if (s->flags & CLONE_VFORK_ && end_harms(s))
		return no_part_since(s, "its exit signal ends or stops the creator before that can look");
	return true;
}

static long make_child(struct stage *s)
{
	bool unshares = s->word->call == ON_UNSHARE;
	bool own_stack = s->flags & CLONE_VM_ && !(s->no_stack && s->flags & CLONE_VFORK_);
	struct task_args a = {
		.flags = s->flags,
		.exit_signal = unshares ? SIGCHLD : s->word->exit_signal,
		.parent_tid = (uintptr_t)&s->b->parent_tid,
		.child_tid = (uintptr_t)&s->b->child_tid,
		.pidfd = s->flags & CLONE_PIDFD_ ? (uintptr_t)&s->b->pidfd : 0,
		.stack = own_stack ? (uintptr_t)s->stack : 0,
		.stack_size = own_stack ? PAGES : 0,
		.tls = s->flags & CLONE_SETTLS_ ? (uintptr_t)s->tls : 0,
		.cgroup = s->cgroup >= 0 ? (uint64_t)s->cgroup : 0,
	};

	return raw_task(&a, s->word->call == ON_CLONE3, child_begin, s);
}

void stage_play(struct board *b, const struct flag_word *w)
{
	struct stage s = { .b = b, .word = w, .flags = trial_flags_made(w) };

	if (!prepare(&s))
		_exit(0);
	all_parts(&s, BEFORE);
	s.answer = make_child(&s);
	b->back = 1;
	if (s.answer < 0) {
		b->refused = (int)-s.answer;
		_exit(0);
	}
	b->child = (int32_t)s.answer;
	b->late = !wait_for(&b->done, WITHIN_MS);
	if (b->late)
		no_part_since(&s, "the new task did not do its part within three seconds");
	else if (!b->refused)
		all_parts(&s, AFTER);
	_exit(0);
}

char child_state(const struct stage *s)
{
	char path[32], text[512];

	snprintf(path, sizeof(path), "%ld/stat", s->answer);
	long n = own_file(s, path, text, sizeof(text));
	if (n == -EMFILE) { /* nobody needs the three that are /dev/null */
		for (int fd = 0; fd < 3; fd++)
			close(fd);
		n = own_file(s, path, text, sizeof(text));
	}
	const char *name_end = n > 0 ? strrchr(text, ')') : NULL;
	return name_end && name_end[1] ? name_end[2] : 'X';
}

bool child_ended(const struct stage *s)
{
	char state = child_state(s);

	return state == 'Z' || state == 'X';
}

bool await_child_end(struct stage *s)
{
	const struct timespec step = { .tv_nsec = 200000 };

	long end = now_ms() + WITHIN_MS;
	bool ended = child_ended(s);

	while (!ended && now_ms() < end) {
		nanosleep(&step, NULL);
		ended = child_ended(s);
	}
	return ended;
}

bool end_child(struct stage *s)
{
	wake(&s->b->release);
	return await_child_end(s);
}

bool another_child(struct stage *s)
{
	if (!end_child(s))
		return false;
	s->b->back = s->b->done = s->b->release = 0;
	s->answer = make_child(s);
	s->b->back = 1;
	if (s->answer < 0)
		return false;
	s->b->child = (int32_t)s->answer;
	return wait_for(&s->b->done, WITHIN_MS);
}
