/* SPDX-License-Identifier: MIT */
/*
 * sleepers SECONDS: a thread for each way to sleep in the kernel, most of them with a timeout, again and again. Says
 * "ready", and at its end each call that failed in a way it must not; "no signal came", and so none may say EINTR.
 */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>

#include "oddity.h"

#define NAP_MS 30

static atomic_bool over;
static atomic_uint calls;

static struct timespec nap(void)
{
	return (struct timespec){ .tv_nsec = NAP_MS * 1000000L };
}

static int by_nanosleep(void)
{
	struct timespec ts = nap();
	return nanosleep(&ts, NULL) == 0 ? 0 : errno;
}

static int by_clock_nanosleep(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_nsec += NAP_MS * 1000000L;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static int by_poll(void)
{
	return poll(NULL, 0, NAP_MS) == 0 ? 0 : errno;
}

static int by_select(void)
{
	struct timeval tv = { .tv_usec = NAP_MS * 1000 };
	return select(0, NULL, NULL, NULL, &tv) == 0 ? 0 : errno;
}

static int by_futex(void)
{
	static uint32_t word;
	struct timespec ts = nap();

	return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &ts, NULL, 0) == -1 && errno == ETIMEDOUT ? 0 : errno;
}

static int by_condition(void)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t c = PTHREAD_COND_INITIALIZER;
	struct timespec ts;
	int err;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += NAP_MS * 1000000L;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	pthread_mutex_lock(&m);
	err = pthread_cond_timedwait(&c, &m, &ts);
	pthread_mutex_unlock(&m);
	return err == ETIMEDOUT ? 0 : err;
}

static int by_epoll(void)
{
	struct epoll_event ev;
	static int fd = -1;

	if (fd < 0)
		fd = epoll_create1(0);
	return epoll_wait(fd, &ev, 1, NAP_MS) == 0 ? 0 : errno;
}

static int by_sigtimedwait(void)
{
	struct timespec ts = nap();
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return sigtimedwait(&set, NULL, &ts) == -1 && errno == EAGAIN ? 0 : errno;
}

static int by_semaphore(void)
{
	static int id = -1;
	struct sembuf down = { .sem_op = -1 };
	struct timespec ts = nap();

	if (id < 0) {
		id = semget(IPC_PRIVATE, 1, 0600);
		if (id < 0)
			return 0; /* none to be had here */
	}
	int err = semtimedop(id, &down, 1, &ts) == -1 && errno == EAGAIN ? 0 : errno;
	if (over)
		semctl(id, 0, IPC_RMID);
	return err;
}

static int by_socket(void)
{
	static int fd[2] = { -1, -1 };
	struct timeval tv = { .tv_usec = NAP_MS * 1000 };
	char c;

	if (fd[0] < 0) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
			return errno;
		setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	}
	return recv(fd[0], &c, 1, 0) == -1 && errno == EAGAIN ? 0 : errno;
}

static const struct way {
	const char *name;
	int (*sleep)(void);
} ways[] = {
	{ "nanosleep", by_nanosleep },
	{ "clock_nanosleep", by_clock_nanosleep },
	{ "poll", by_poll },
	{ "select", by_select },
	{ "futex", by_futex },
	{ "pthread_cond_timedwait", by_condition },
	{ "epoll_wait", by_epoll },
	{ "sigtimedwait", by_sigtimedwait },
	{ "semtimedop", by_semaphore },
	{ "recv", by_socket },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))
static atomic_uint failed[WAYS], last_errno[WAYS];

static void *sleeper(void *arg)
{
	size_t i = (size_t)((const struct way *)arg - ways);

	while (!over) {
		int err = ways[i].sleep();
		calls++;
		if (!err)
			continue;
		failed[i]++;
		last_errno[i] = (unsigned)err;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t t[WAYS];
	sigset_t set;
	double seconds = argc > 1 ? atof(argv[1]) : 1;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (size_t i = 0; i < WAYS; i++)
		t[i] = start(sleeper, (void *)(uintptr_t)&ways[i]);
	say("ready");
	usleep((useconds_t)(seconds * 1e6));
	over = true;
	for (size_t i = 0; i < WAYS; i++)
		pthread_join(t[i], NULL);
	for (size_t i = 0; i < WAYS; i++)
		if (failed[i])
			say("%s failed %u times: %s", ways[i].name, failed[i], strerror((int)last_errno[i]));
	say("%s", calls > WAYS ? "done" : "nobody slept");
	return 0;
}
