/* SPDX-License-Identifier: MIT */
/* The manager: it begins a stage, and buries it and what it made. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "try/stage.h"

enum { STAGE_MS = 5000, FILES_MAX = 1024 };

void stage_manage(int parent)
{
	const struct rlimit no_core = { 0, 0 };
	sigset_t all;

	/* Not SIGKILL: what a stage has made is to be removed. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	setrlimit(RLIMIT_CORE, &no_core);
	signal(SIGCHLD, SIG_DFL);
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	if (raw(SYS_close_range, 3, ~0U, 0))
		for (int fd = 3; fd < FILES_MAX; fd++)
			close(fd);
	for (int fd = 0; fd < 3; fd++)
		if (open("/dev/null", O_RDWR) < 0)
			break;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* What is left of a stage. */
struct grave {
	pid_t stage;
	bool stage_gone, late;
	bool orphan; /* this process is to end */
	int status;  /* of the stage */
};

static void reaped(struct grave *g, struct board *b, pid_t pid, int status)
{
	if (pid != g->stage) {
		b->buried = pid; /* b->child may come later, after a vfork */
		return;
	}
	g->stage_gone = true;
	g->status = status;
	b->release = 1;
	raw(SYS_futex, (long)&b->release, FUTEX_WAKE, 2);
}

/* Until this process has no child: the stage, what it made, and what that made. */
static void bury(struct grave *g, struct board *b)
{
	const struct timespec patience = { .tv_nsec = 20000000 };
	int64_t end = now_ms() + STAGE_MS;
	sigset_t ends;
	pid_t pid;
	int status;

	sigemptyset(&ends);
	sigaddset(&ends, SIGCHLD);
	sigaddset(&ends, SIGTERM);
	while ((pid = waitpid(-1, &status, __WALL | WNOHANG)) >= 0) {
		if (pid > 0) {
			reaped(g, b, pid, status);
			continue;
		}
		if (now_ms() > end || g->orphan) {
			g->late = true;
			if (b->child > 0 && b->buried != b->child)
				kill(b->child, SIGKILL);
			if (!g->stage_gone)
				kill(g->stage, SIGKILL);
		}
		if (sigtimedwait(&ends, NULL, &patience) == SIGTERM)
			g->orphan = g->late = true;
	}
}

/* What no process holds, and so stays when all have ended. */
static void clear_away(struct board *b)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	if (b->semaphore)
		semctl(b->semaphore - 1, 0, IPC_RMID);
	for (int i = 0; b->group[0] && rmdir(b->group) && errno == EBUSY && i < 1000; i++)
		nanosleep(&moment, NULL);
}

static void explain_silence(struct part *p, const struct grave *g, int err)
{
	char *why = p->tried.why_not;

	if (g->stage < 0)
		snprintf(why, TRIED_TEXT, "no process could be made for it: %s", strerror(err));
	else if (g->late)
		snprintf(why, TRIED_TEXT, "the experiment did not end within its time");
	else if (WIFSIGNALED(g->status))
		snprintf(why, TRIED_TEXT, "the experiment was killed by signal %d", WTERMSIG(g->status));
	else
		snprintf(why, TRIED_TEXT, "the experiment ended without a result");
}

void stage_prepare(struct board *b, experiment *const *run, size_t n)
{
	memset(b, 0, offsetof(struct board, part));
	b->parts = n;
	memset(b->part, 0, n * sizeof(b->part[0]));
	for (size_t i = 0; i < n; i++)
		b->part[i].run = run[i];
}

static bool has_result(const struct part *p)
{
	return p->tried.seen || p->tried.why_not[0];
}

bool stage_run(struct board *b, const struct flag_word *w)
{
	struct stage s = { .b = b, .word = w, .flags = trial_flags_made(w) };
	struct grave g = { 0 };

	g.stage = fork();
	if (g.stage == 0)
		stage_play(b, w);
	int err = errno;
	if (g.stage > 0)
		bury(&g, b);
	clear_away(b);
	if (g.orphan)
		_exit(1);
	bool whole = !b->late;
	for (size_t i = 0; i < b->parts && !b->refused; i++) {
		struct part *p = &b->part[i];
		if (p->may_end_stage && !has_result(p) && !g.late) {
			s.end = g.status;
			p->run(&s, p, STAGE_ENDED);
		}
		if (has_result(p))
			continue;
		explain_silence(p, &g, err);
		whole = false;
	}
	return whole;
}
