/* SPDX-License-Identifier: MIT */
/*
 * From one thread to another and back, by two pipes: half of a round trip. That is what perf bench sched pipe does; a
 * write and a read are in it, as they are wherever one wakes another.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/measure.h"

struct court {
	int to[2], back[2]; /* pipes */
	int cpu[2];         /* of who begins, and of the other */
};

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Answers until the pipe is closed. */
static void *answer(void *arg)
{
	struct court *c = arg;
	char ball;

	pin(c->cpu[1]);
	while (read(c->to[0], &ball, 1) == 1)
		if (write(c->back[1], &ball, 1) != 1)
			break;
	return NULL;
}

static void play(struct court *c, struct samples *s)
{
	char ball = 0;

	while (samples_want(s)) {
		uint64_t begin = measure_now();
		if (write(c->to[1], &ball, 1) != 1 || read(c->back[0], &ball, 1) != 1) {
			s->unknown = "the other one is gone";
			return;
		}
		samples_add(s, (double)(measure_now() - begin) / 2);
	}
}

static void shut(int fd[2])
{
	for (int i = 0; i < 2; i++)
		if (fd[i] >= 0)
			close(fd[i]);
}

/* The first two CPUs of the affinity; the same twice, where both are to share one. False: there are not so many. */
static bool choose_cpus(struct court *c, bool two, const cpu_set_t *allowed)
{
	int found = 0;

	for (unsigned i = 0; i < CPU_SETSIZE && found < 2; i++)
		if (CPU_ISSET(i, allowed))
			c->cpu[found++] = (int)i;
	if (!two)
		c->cpu[1] = c->cpu[0];
	return found == 2 || (found == 1 && !two);
}

static void between_threads(struct court *c, struct samples *s)
{
	pthread_t other;

	if (pthread_create(&other, NULL, answer, c)) {
		s->unknown = "pthread_create failed";
		return;
	}
	play(c, s);
	close(c->to[1]);
	c->to[1] = -1;
	pthread_join(other, NULL);
}

static void between_processes(struct court *c, struct samples *s)
{
	pid_t other = fork();

	if (other == 0) {
		close(c->to[1]);
		answer(c);
		_exit(0);
	}
	if (other < 0) {
		s->unknown = "fork failed";
		return;
	}
	play(c, s);
	close(c->to[1]);
	c->to[1] = -1;
	waitpid(other, NULL, 0);
}

static void measure_switch(struct samples *s, bool two, void (*between)(struct court *c, struct samples *s))
{
	struct court c = { { -1, -1 }, { -1, -1 }, { 0, 0 } };
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) || !choose_cpus(&c, two, &allowed))
		s->unknown = "there is one CPU only";
	else if (pipe2(c.to, O_CLOEXEC) || pipe2(c.back, O_CLOEXEC))
		s->unknown = "there are no more file descriptors";
	if (!s->unknown) {
		pin(c.cpu[0]);
		between(&c, s);
		sched_setaffinity(0, sizeof(allowed), &allowed);
	}
	shut(c.to);
	shut(c.back);
}

void measure_threads_one(struct samples *s)
{
	measure_switch(s, false, between_threads);
}

void measure_threads_two(struct samples *s)
{
	measure_switch(s, true, between_threads);
}

void measure_processes_one(struct samples *s)
{
	measure_switch(s, false, between_processes);
}

void measure_processes_two(struct samples *s)
{
	measure_switch(s, true, between_processes);
}
