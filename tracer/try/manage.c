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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "try/stage.h"

enum { STAGE_MS = 1500, FILES_MAX = 1024 };

void stage_manage(int parent)
{
	const struct rlimit no_core = { 0, 0 };
	sigset_t all;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	setrlimit(RLIMIT_CORE, &no_core);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
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
	bool stage_gone, child_gone, late;
	int status; /* of the stage */
};

static void reaped(struct grave *g, struct board *b, pid_t pid, int status)
{
	if (pid == b->child)
		g->child_gone = true;
	if (pid != g->stage)
		return;
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
	while ((pid = waitpid(-1, &status, __WALL | WNOHANG)) >= 0) {
		if (pid > 0) {
			reaped(g, b, pid, status);
			continue;
		}
		if (now_ms() > end) {
			g->late = true;
			if (b->child > 0 && !g->child_gone)
				kill(b->child, SIGKILL);
			if (!g->stage_gone)
				kill(g->stage, SIGKILL);
		}
		sigtimedwait(&ends, NULL, &patience);
	}
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

bool stage_run(struct board *b, const struct flag_word *w)
{
	struct grave g = { 0 };
	bool whole = true;

	g.stage = fork();
	if (g.stage == 0)
		stage_play(b, w);
	int err = errno;
	if (g.stage > 0)
		bury(&g, b);
	for (size_t i = 0; i < b->parts && !b->refused; i++) {
		struct part *p = &b->part[i];
		if (p->tried.seen || p->tried.why_not[0])
			continue;
		explain_silence(p, &g, err);
		whole = false;
	}
	return whole;
}
