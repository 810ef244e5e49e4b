/* SPDX-License-Identifier: MIT */
#include "tell/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FLUSH_AT   (64 * 1024)
#define BUFFER_MAX (256U << 20)

extern char **environ;

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

int output_open(struct output *o, const char *target)
{
	*o = (struct output){ .fd = STDERR_FILENO };
	outbuf_init(&o->buf, BUFFER_MAX);
	if (target && target[0] == '|')
		return open_command(o, target + 1);
	if (target && target[0] == '-' && target[1] == '\0') {
		o->fd = STDOUT_FILENO;
	} else if (target) {
		o->fd = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (o->fd < 0)
			return -errno;
		o->owned = true;
	}
	struct stat st;
	o->eager = isatty(o->fd);
	o->piped = fstat(o->fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
	return 0;
}

bool output_is_deserted(const struct output *o)
{
	struct pollfd p = { .fd = o->fd };

	return o->piped && poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP));
}

int output_flush(struct output *o)
{
	size_t done = 0;

	if (o->fd == OUTPUT_KEPT)
		return outbuf_status(&o->buf);
	while (done < o->buf.len) {
		ssize_t n = write(o->fd, o->buf.data + done, o->buf.len - done);
		if (n >= 0) {
			done += (size_t)n;
		} else if (errno == EAGAIN) { /* the descriptor is shared with a program that made it non-blocking */
			struct pollfd p = { .fd = o->fd, .events = POLLOUT };
			poll(&p, 1, -1);
		} else if (errno != EINTR) {
			int err = errno;
			outbuf_clear(&o->buf);
			return -err;
		}
	}
	int err = outbuf_status(&o->buf);
	outbuf_clear(&o->buf);
	return err;
}

int output_maybe_flush(struct output *o)
{
	return o->eager || o->buf.len >= FLUSH_AT ? output_flush(o) : 0;
}

void output_close(struct output *o)
{
	outbuf_release(&o->buf);
	if (o->owned)
		close(o->fd);
	if (o->command)
		while (waitpid(o->command, NULL, 0) < 0 && errno == EINTR)
			;
	*o = (struct output){ .fd = -1 };
}
