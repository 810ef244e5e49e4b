/* SPDX-License-Identifier: MIT */
/*
 * What the programs of the live tests have in common. Each is one oddity in the life of threads, behaves the same with
 * and without a tracer, and prints what is expected of its trace; tests/live/run.py says how to read that.
 */
#ifndef THRTRACE_TESTS_ODDITY_H
#define THRTRACE_TESTS_ODDITY_H

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * Written at once, for some of these programs do not live to flush anything; and in one piece, since other threads say
 * something, too.
 */
#define say(format, ...) dprintf(1, format "\n" __VA_OPT__(, ) __VA_ARGS__)
#define EXPECT(...)      say("EXPECT " __VA_ARGS__)
/* Only where it applies: "calls" (calls are traced), "filter", "all", "light", "f", "nof". */
#define EXPECT_IF(cond, ...) say("EXPECT[" cond "] " __VA_ARGS__)

/* A thread made by clone(2) and not by clone3: the lower end of its stack is known only where its mmap was seen. */
#if defined(__aarch64__) && defined(__GLIBC__) && __GLIBC__ == 2 && __GLIBC_MINOR__ < 38
#define ENDS_KNOWN false
#else
#define ENDS_KNOWN true
#endif

/* The least guard that glibc gives a thread: on aarch64 as large as the largest page (ARCH_MIN_GUARD_SIZE). */
#ifdef __aarch64__
#define GUARD_LEAST 65536
#else
#define GUARD_LEAST 4096
#endif

/* A condition of the program itself; a tracer must not change it. */
#define MUST(cond) ((cond) ? (void)0 : broken(#cond, __LINE__))

static inline _Noreturn void broken(const char *cond, int line)
{
	dprintf(2, "line %d: not so: %s (errno %d, %s)\n", line, cond, errno, strerror(errno));
	_exit(1);
}

__attribute__((noreturn)) static inline void skip(const char *why)
{
	dprintf(2, "%s\n", why);
	_exit(77);
}

static inline void sleep_ms(long ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

static inline pthread_t start(void *(*body)(void *), void *arg)
{
	pthread_t t;

	MUST(pthread_create(&t, NULL, body, arg) == 0);
	return t;
}

/* Waits until no task of this process has the tid: a detached thread has no other sign. */
static inline void wait_gone(pid_t tid)
{
	while (syscall(SYS_tgkill, getpid(), tid, 0) == 0)
		sleep_ms(1);
}

/* Waits until a thread of this process is in a system call. */
static inline void wait_in_call(pid_t tid, long nr)
{
	char path[64], text[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", tid);
	do {
		sleep_ms(1);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		MUST(fd >= 0);
		n = read(fd, text, sizeof(text) - 1);
		MUST(n >= 0);
		text[n] = '\0';
		close(fd);
	} while (text[0] < '0' || text[0] > '9' || atol(text) != nr);
}

/* The state of a task as /proc/TASK/stat has it ("self/task/7", "7"); 'X' when there is none any more. */
static inline char state_of(const char *task)
{
	char path[320], stat[512];

	snprintf(path, sizeof(path), "/proc/%s/stat", task);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, stat, sizeof(stat) - 1) : 0;
	if (fd >= 0)
		close(fd);
	stat[n > 0 ? n : 0] = '\0';
	const char *name_end = strrchr(stat, ')');
	return name_end ? name_end[2] : 'X';
}

/* Waits until a thread of this process is in one of these states: "S" sleeps, "Z" is a leader that has ended. */
static inline void wait_state(pid_t tid, const char *states)
{
	char task[32];

	snprintf(task, sizeof(task), "self/task/%d", tid);
	while (!strchr(states, state_of(task)))
		sleep_ms(1);
}

/* Waits until a thread has said its tid. */
static inline pid_t wait_tid(volatile pid_t *tid)
{
	while (!*tid)
		sleep_ms(1);
	return *tid;
}

/* Waits on a word that the kernel clears at the end of a task (CLONE_CHILD_CLEARTID). */
static inline void wait_cleared(volatile int *word)
{
	int v;

	while ((v = *word) != 0)
		syscall(SYS_futex, word, FUTEX_WAIT, v, NULL, NULL, 0);
}

/* The exit status of a child, -signal when it was killed. */
static inline int status_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, __WALL) < 0)
		MUST(errno == EINTR);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* The end of a task that has no C library state of its own. */
__attribute__((noreturn)) static inline void raw_exit(int status)
{
	for (;;)
		syscall(SYS_exit, status);
}

#endif
