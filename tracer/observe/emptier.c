/* SPDX-License-Identifier: MIT */
#include "observe/emptier.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "kernel/before_all.h"

/* Beyond so much the rings have to keep what comes. */
#define KEPT_MAX (64U << 20)

struct emptier {
	struct events *events;
	pthread_t thread;
	int over_fd;          /* an eventfd */
	pthread_mutex_t lock; /* of draining, and of these: */
	struct outbuf kept;
	int error;
};

int emptier_store(void *ctx, const struct perf_record *record, const void *bytes, size_t n)
{
	struct outbuf *kept = ctx;
	uint16_t len = (uint16_t)n;
	(void)record;

	outbuf_put(kept, &len, sizeof(len));
	outbuf_put(kept, bytes, n);
	return outbuf_status(kept);
}

/* It runs a fifth of a millisecond at a time, and would have to wait for a tick where another has the CPU. */
static void go_first(void)
{
	const struct sched_param lowest = { .sched_priority = 1 };
	struct before_all never_ends;

	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &lowest)) /* who may */
		before_all_begin(&never_ends);
}

static void *empty(void *arg)
{
	struct emptier *m = arg;

	go_first();
	while (events_wait_filled(m->events, m->over_fd)) {
		pthread_mutex_lock(&m->lock);
		if (!m->error && m->kept.len < KEPT_MAX)
			m->error = events_drain(m->events, emptier_store, &m->kept);
		pthread_mutex_unlock(&m->lock);
	}
	return NULL;
}

/* Signals are for the thread that tells. */
static int begin(struct emptier *m)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int err = pthread_create(&m->thread, NULL, empty, m);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

/* Who holds it may be put off its CPU, and must not keep waiting who goes first: it inherits that one's priority. */
static void make_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	(void)pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(lock, &attr);
	pthread_mutexattr_destroy(&attr);
}

struct emptier *emptier_new(struct events *e)
{
	struct emptier *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->events = e;
	outbuf_init(&m->kept, 2 * KEPT_MAX);
	make_lock(&m->lock);
	m->over_fd = eventfd(0, EFD_CLOEXEC);
	if (m->over_fd >= 0 && begin(m) == 0)
		return m;
	if (m->over_fd >= 0)
		close(m->over_fd);
	pthread_mutex_destroy(&m->lock);
	free(m);
	return NULL;
}

void emptier_free(struct emptier *m)
{
	const uint64_t over = 1;

	if (!m)
		return;
	(void)!write(m->over_fd, &over, sizeof(over));
	pthread_join(m->thread, NULL);
	close(m->over_fd);
	pthread_mutex_destroy(&m->lock);
	outbuf_release(&m->kept);
	free(m);
}

int emptier_take(struct emptier *m, struct outbuf *ret)
{
	pthread_mutex_lock(&m->lock);
	if (!m->error)
		m->error = events_drain(m->events, emptier_store, &m->kept);
	struct outbuf kept = m->kept;
	m->kept = *ret;
	*ret = kept;
	int err = m->error;
	pthread_mutex_unlock(&m->lock);
	return err;
}
