/* SPDX-License-Identifier: MIT */
#include "kernel/asleep.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include <thrtrace/census.h>

#include "kernel/linux_door.h"
#include "kernel/proc_file.h"

struct cpu_clock {
	int state;         /* 0: not read yet; 1: known; -1: can't be had */
	uint64_t ahead_ns; /* of CLOCK_MONOTONIC, modulo 2^64 */
};

static bool read_sched(const char *path, uint64_t *ret_ns)
{
	char text[512];

	return proc_file_read(text, sizeof(text), path) > 0 && census_take_sched(ret_ns, text);
}

/* A thread that has just yielded has just had its time counted. */
static bool read_here(struct cpu_clock *c)
{
	uint64_t at;

	sched_yield();
	uint64_t now = linux_now_ns(NULL);
	if (!read_sched("/proc/thread-self/sched", &at))
		return false;
	c->ahead_ns = at - now;
	return true;
}

static bool read_there(struct cpu_clock *c, unsigned cpu)
{
	cpu_set_t usual, one;

	if (sched_getaffinity(0, sizeof(usual), &usual))
		return false;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (!CPU_ISSET(cpu, &usual)) /* whoever keeps it free has a reason */
		return false;
	bool known = sched_setaffinity(0, sizeof(one), &one) == 0 && read_here(c);
	sched_setaffinity(0, sizeof(usual), &usual);
	return known;
}

static struct cpu_clock *clock_of(struct cpu_clocks *c, int cpu)
{
	if ((size_t)cpu >= c->n) {
		struct cpu_clock *more = realloc(c->of, ((size_t)cpu + 1) * sizeof(*more));
		if (!more)
			return NULL;
		while (c->n <= (size_t)cpu)
			more[c->n++] = (struct cpu_clock){ .state = 0 };
		c->of = more;
	}
	struct cpu_clock *one = &c->of[cpu];
	if (!one->state)
		one->state = read_there(one, (unsigned)cpu) ? 1 : -1;
	return one;
}

int asleep_since(struct cpu_clocks *c, int cpu, uint64_t at_ns, uint64_t *ret_ns)
{
	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return -ENODATA;
	const struct cpu_clock *clock = clock_of(c, cpu);
	if (!clock)
		return -ENOMEM;
	if (clock->state < 0)
		return -ENODATA;
	uint64_t now = linux_now_ns(NULL) + clock->ahead_ns;
	*ret_ns = now > at_ns ? now - at_ns : 0;
	return 0;
}

void cpu_clocks_release(struct cpu_clocks *c)
{
	free(c->of);
	*c = (struct cpu_clocks){ .n = 0 };
}

static bool read_stat(pid_t tid, struct census_task *ret)
{
	char path[64], text[PROC_TEXT];

	*ret = (struct census_task){ .tid = tid };
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", tid, tid); /* of a thread alone, not of its process */
	return proc_file_read(text, sizeof(text), path) > 0 && census_take_stat(ret, text);
}

static bool sleeps(const struct census_task *t)
{
	return t->state == 'S' || t->state == 'D';
}

/* What stands in sched before and after is the same: it has not run meanwhile. */
int linux_asleep(void *ctx, pid_t tid, uint64_t *ret_ns)
{
	struct cpu_clocks clocks = { .n = 0 };
	struct census_task t;
	char path[64];
	uint64_t at, again;
	(void)ctx;

	snprintf(path, sizeof(path), "/proc/%d/sched", tid);
	if (!read_sched(path, &at) || !read_stat(tid, &t) || !sleeps(&t) || !read_sched(path, &again) || at != again)
		return -ENODATA;
	int err = asleep_since(&clocks, t.last_cpu, at, ret_ns);
	cpu_clocks_release(&clocks);
	return err;
}
