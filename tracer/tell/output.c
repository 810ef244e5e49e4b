/* SPDX-License-Identifier: MIT */
#include "tell/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FLUSH_AT   (64 * 1024)
#define BUFFER_MAX (256U << 20)
/* After a reader took nothing, so many more bytes gather before it is tried again in between. */
#define RETRY_AFTER (16 * 1024)
/* A pipe that has room has it for so many, whoever else writes to it; a terminal nearly always. */
#define PIECE _POSIX_PIPE_BUF
/* Written bytes are dropped from the buffer's front when there are more than these. */
#define DROP_AT (1024 * 1024)
/* How often output_finish looks at signals. */
#define LOOK_MS 50

extern char **environ;

/* ---- writing without a wait ---- */

static bool may_wait(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || isatty(fd));
}

/*
 * O_NONBLOCK belongs to the open file, which the program and the shell share with us: so the pipe or terminal is opened
 * once more, for us alone. That takes a right (another user's terminal, after su), and /proc.
 */
static enum output_way find_way(struct output *o)
{
	char path[32];
	struct stat st;

	o->ready = o->fd;
	if (!may_wait(o->fd))
		return OUTPUT_AT_ONCE;
	if (o->owned)
		return fcntl(o->fd, F_SETFL, fcntl(o->fd, F_GETFL) | O_NONBLOCK) < 0 ? OUTPUT_ASK : OUTPUT_NONBLOCK;
	if (fstat(o->fd, &st) == 0 && S_ISSOCK(st.st_mode))
		return OUTPUT_SEND;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", o->fd);
	int again = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (again < 0)
		return OUTPUT_ASK;
	o->ready = again;
	return OUTPUT_NONBLOCK;
}

static short ready_for(const struct output *o, int timeout_ms)
{
	struct pollfd p = { .fd = o->ready, .events = POLLOUT };

	return poll(&p, 1, timeout_ms) == 1 ? p.revents : 0;
}

/* As write(2); EAGAIN: not without waiting. */
static ssize_t write_now(const struct output *o, const char *bytes, size_t n)
{
	if (o->way == OUTPUT_SEND)
		return send(o->ready, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (o->way != OUTPUT_ASK)
		return write(o->ready, bytes, n);
	if (ready_for(o, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return write(o->ready, bytes, n < PIECE ? n : PIECE);
}

/* ---- opening ---- */

/* The command reads the trace from a pipe; it gets thrtrace's own signal mask undone, like any program. */
static int open_command(struct output *o, const char *command)
{
	char *argv[] = { "sh", "-c", (char *)(uintptr_t)command, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[0], 0);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	int err = posix_spawn(&o->command, "/bin/sh", &actions, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	close(fds[0]);
	if (err) {
		close(fds[1]);
		o->command = 0;
		return -err;
	}
	o->fd = fds[1];
	o->owned = o->piped = true;
	return 0;
}

static int open_target(struct output *o, const char *target, int way)
{
	*o = (struct output){ .fd = STDERR_FILENO };
	outbuf_init(&o->buf, BUFFER_MAX);
	if (target && target[0] == '|') {
		int err = open_command(o, target + 1);
		o->way = err ? OUTPUT_AT_ONCE : find_way(o);
		return err;
	}
	if (target && target[0] == '-' && target[1] == '\0') {
		o->fd = STDOUT_FILENO;
	} else if (target) {
		o->fd = open(target, O_WRONLY | O_CREAT | O_CLOEXEC | way, 0666);
		if (o->fd < 0)
			return -errno;
		o->owned = true;
	}
	struct stat st;
	o->eager = isatty(o->fd);
	o->piped = fstat(o->fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
	o->way = find_way(o);
	return 0;
}

int output_open(struct output *o, const char *target)
{
	return open_target(o, target, O_TRUNC);
}

int output_open_to_append(struct output *o, const char *target)
{
	return open_target(o, target, O_APPEND);
}

void output_borrow(struct output *o, int fd)
{
	*o = (struct output){ .fd = fd };
	outbuf_init(&o->buf, BUFFER_MAX);
	o->way = find_way(o);
}

bool output_is_deserted(const struct output *o)
{
	struct pollfd p = { .fd = o->fd };

	return o->piped && poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP));
}

/* ---- writing ---- */

size_t output_waiting(const struct output *o)
{
	return o->buf.len - o->done;
}

bool output_is_full(struct output *o)
{
	size_t waiting = output_waiting(o);

	if (o->fd != OUTPUT_KEPT)
		o->full = o->full ? waiting > OUTPUT_MOST / 2 : waiting > OUTPUT_MOST;
	return o->full;
}

/* All is written, or was in vain. */
static void forget(struct output *o)
{
	outbuf_clear(&o->buf);
	o->done = o->retry = 0;
}

/* What was written is dropped, but not at each write: what is behind it has to be moved. */
static void keep_rest(struct output *o)
{
	o->retry = o->buf.len + RETRY_AFTER;
	if (o->done < DROP_AT || o->done < o->buf.len / 2)
		return;
	o->retry -= o->done;
	outbuf_consume(&o->buf, o->done);
	o->done = 0;
}

/* 0 when all was written, -EAGAIN, or what it fails with. */
static int write_ready(struct output *o)
{
	while (o->done < o->buf.len) {
		ssize_t n = write_now(o, o->buf.data + o->done, o->buf.len - o->done);
		if (n >= 0)
			o->done += (size_t)n;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int output_flush(struct output *o)
{
	int err;

	if (o->fd == OUTPUT_KEPT)
		return outbuf_status(&o->buf);
	while ((err = write_ready(o)) == -EAGAIN && o->waits)
		(void)ready_for(o, -1);
	if (err == -EAGAIN) {
		keep_rest(o);
		return 0;
	}
	if (!err)
		err = outbuf_status(&o->buf);
	forget(o);
	return err;
}

int output_maybe_flush(struct output *o)
{
	bool due = output_waiting(o) >= FLUSH_AT && o->buf.len >= o->retry;

	return o->eager || due ? output_flush(o) : 0;
}

/* A blocked signal that asks thrtrace to end, taken. */
static bool is_asked_to_end(void)
{
	static const int asking[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	const struct timespec none = { 0, 0 };
	sigset_t blocked, set;

	sigemptyset(&set);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (size_t i = 0; i < ARRAY_SIZE(asking); i++)
		if (sigismember(&blocked, asking[i]))
			sigaddset(&set, asking[i]);
	return sigtimedwait(&set, NULL, &none) > 0;
}

int output_finish(struct output *o, uint64_t patience_ns)
{
	uint64_t idle_ns = 0;
	size_t before;

	/* What came up to now has been heeded, or was meant for the program. */
	while (is_asked_to_end())
		;
	int err = output_flush(o);
	while (!err && o->fd != OUTPUT_KEPT && (before = output_waiting(o)) > 0) {
		idle_ns = ready_for(o, LOOK_MS) ? idle_ns : idle_ns + LOOK_MS * 1000000U;
		err = output_flush(o);
		if (output_waiting(o) < before)
			idle_ns = 0;
		if (!err && output_waiting(o) && (idle_ns >= patience_ns || is_asked_to_end())) {
			forget(o);
			o->given_up = true;
			err = -ETIMEDOUT;
		}
	}
	return err;
}

void output_close(struct output *o)
{
	outbuf_release(&o->buf);
	if (o->ready != o->fd && o->ready > 0)
		close(o->ready);
	if (o->owned)
		close(o->fd);
	if (o->command && !o->given_up)
		while (waitpid(o->command, NULL, 0) < 0 && errno == EINTR)
			;
	*o = (struct output){ .fd = -1 };
}
