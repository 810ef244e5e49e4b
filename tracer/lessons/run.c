/* SPDX-License-Identifier: MIT */
/*
 * A program of a lesson is a child in a process group of its own, with its output in a pipe. Its orphans become
 * children of thrtrace, so that all that are left in the group can be ended and waited for.
 */
#include "lessons/lessons.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lessons/programs.h"

#define DEADLINE_NS UINT64_C(5000000000)
#define LOOK_MS     20 /* so often it is asked whether the program has ended while tasks of it live on */

/* clang-format off */
static const struct {
	int (*run[LESSON_WAYS])(void);
	const char *text;
} programs[LESSONS] = {
#define LESSON(id, ...) [LESSON_##id] = { { lesson_##id##_with, lesson_##id##_without }, id##_c },
#include <thrtrace/lessons.def>
#undef LESSON
};
/* clang-format on */

const char *lesson_program(enum lesson_id id)
{
	const char *text = programs[id].text;
	const char *end = strncmp(text, "/* SPDX", 7) == 0 ? strchr(text, '\n') : NULL;

	return end ? end + 1 : text;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/* As a shell would start it: nothing of thrtrace's that a program could see. */
static void begin_as_a_program(int output)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Streams that were closed are there for a program, and the pipe may have one of their numbers. */
	output = fcntl(output, F_DUPFD, STDERR_FILENO + 1);
	if (null > STDERR_FILENO)
		dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	close(output);
	if (chdir("/"))
		_exit(LESSON_SKIPPED);
}

/* What thrtrace does at its own end is not the program's. */
static void end_as_told(int status, void *unused)
{
	(void)unused;
	fflush(stdout);
	_exit(status);
}

static _Noreturn void be_the_program(int output, int (*program)(void))
{
	begin_as_a_program(output);
	on_exit(end_as_told, NULL);
	exit(program());
}

/* Has the program itself ended? It stays to be waited for. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid == pid;
}

/* Reads until there is nobody who could write, the program has ended and left the pipe to others, or it is time. */
static void read_output(struct outbuf *out, int from, pid_t pid, uint64_t deadline)
{
	char piece[4096];
	bool ended = false;

	while (now() < deadline) {
		struct pollfd p = { .fd = from, .events = POLLIN };
		if (poll(&p, 1, ended ? 0 : LOOK_MS) > 0) {
			ssize_t n = read(from, piece, sizeof(piece));
			if (n <= 0)
				return;
			outbuf_put(out, piece, (size_t)n);
		} else if (ended) {
			return;
		} else {
			ended = has_ended(pid);
		}
	}
}

/* Waits for the program until the deadline, then ends whoever is left of its group. Its wait status; -1: it hung. */
static int end_all(pid_t pid, uint64_t deadline)
{
	int status = -1, other;

	while (!has_ended(pid) && now() < deadline)
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_MS * 50000 }, NULL);
	bool late = !has_ended(pid);
	kill(-pid, SIGKILL);
	while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR)
		;
	for (;;) {
		pid_t gone = waitpid(-pid, &other, __WALL);
		if (gone > 0)
			kill(-pid, SIGKILL);
		else if (errno != EINTR)
			return late ? -1 : status;
	}
}

static void put_end(struct outbuf *out, int status, uint64_t deadline_ns)
{
	if (out->len && out->data[out->len - 1] != '\n')
		outbuf_putc(out, '\n');
	if (status == -1)
		outbuf_printf(out, "(ended after %llu ms: it hung)\n", (unsigned long long)(deadline_ns / 1000000));
	else if (WIFSIGNALED(status))
		outbuf_printf(out, "(killed by SIG%s)\n", sigabbrev_np(WTERMSIG(status)));
	else if (WEXITSTATUS(status) == LESSON_SKIPPED && !out->len)
		outbuf_puts(out, "no thread or process can be made\n(not possible here)\n");
	else if (WEXITSTATUS(status) == LESSON_SKIPPED)
		outbuf_puts(out, "(not possible here)\n");
	else if (WEXITSTATUS(status))
		outbuf_printf(out, "(exit status %d)\n", WEXITSTATUS(status));
}

int lesson_run_program(struct outbuf *out, int (*program)(void), uint64_t deadline_ns, bool *ret_skipped)
{
	int ends[2];

	*ret_skipped = false;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGCHLD, SIG_DFL); /* where it is ignored nobody can be waited for */
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		be_the_program(ends[1], program);
	int err = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (!err) {
		uint64_t deadline = now() + deadline_ns;
		setpgid(pid, pid); /* whoever of the two comes first */
		read_output(out, ends[0], pid, deadline);
		int status = end_all(pid, deadline);
		*ret_skipped = status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == LESSON_SKIPPED;
		put_end(out, status, deadline_ns);
	}
	close(ends[0]);
	return err;
}

/* Who asks thrtrace to end is heeded when the program has tidied up: a control group, a semaphore. */
int lesson_run(struct outbuf *out, enum lesson_id id, enum lesson_way way, bool *ret_skipped)
{
	static const int asking[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t wait, before;

	sigemptyset(&wait);
	for (size_t i = 0; i < ARRAY_SIZE(asking); i++)
		sigaddset(&wait, asking[i]);
	sigprocmask(SIG_BLOCK, &wait, &before);
	int err = lesson_run_program(out, programs[id].run[way], DEADLINE_NS, ret_skipped);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}
