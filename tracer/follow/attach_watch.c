/* SPDX-License-Identifier: MIT */
#include "follow/attach_watch.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <thrtrace/procstat.h>

#define HANGS_NS 1000000000U
#define LOOK_NS  200000000L

struct attach_watch {
	const struct attach *a;
	const struct kernel *k;
	pthread_t thread;
	sem_t over;
};

/* The first thread sleeps in the kernel, and only the end of the process gets it out of there. */
static void give_up(void)
{
	static const char why[] =
		"thrtrace: the process is just replacing its program (execve), and can't be attached to "
		"meanwhile; try again\n";

	(void)!write(STDERR_FILENO, why, sizeof(why) - 1);
	_exit(1);
}

/* The first thread sleeps, and does not wait for a CPU: on a machine that has none to spare it does so for long. */
static bool sleeps(const struct kernel *k)
{
	char text[1024];
	struct procstat stat;

	ssize_t n = k->read_proc(k->ctx, getpid(), "stat", text, sizeof(text) - 1);
	if (n <= 0)
		return true; /* not known: who hangs for good must be got out */
	text[n] = '\0';
	return procstat_parse(&stat, text) || stat.state != 'R';
}

static void *look(void *arg)
{
	struct attach_watch *w = arg;
	struct timespec until;

	for (;;) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += until.tv_nsec + LOOK_NS >= 1000000000;
		until.tv_nsec = (until.tv_nsec + LOOK_NS) % 1000000000;
		if (sem_timedwait(&w->over, &until) == 0)
			return NULL;
		uint64_t since = w->a->seizing_ns;
		if (errno == ETIMEDOUT && since && w->k->now_ns(w->k->ctx) - since > HANGS_NS && sleeps(w->k))
			give_up();
	}
}

struct attach_watch *attach_watch_new(const struct attach *a, const struct kernel *k)
{
	struct attach_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->a = a;
	w->k = k;
	sem_init(&w->over, 0, 0);
	if (pthread_create(&w->thread, NULL, look, w) == 0)
		return w;
	sem_destroy(&w->over);
	free(w);
	return NULL;
}

void attach_watch_free(struct attach_watch *w)
{
	if (!w)
		return;
	sem_post(&w->over);
	pthread_join(w->thread, NULL);
	sem_destroy(&w->over);
	free(w);
}
