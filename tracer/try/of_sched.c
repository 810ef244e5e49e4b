/* SPDX-License-Identifier: MIT */
/* Names, and how a task is scheduled. */
#include <errno.h>
#include <linux/ioprio.h>
#include <linux/rseq.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "try/experiments.h"

#ifndef SYS_rseq
#define SYS_rseq __NR_rseq
#endif

static bool begins(const char *text, const char *with)
{
	while (*with && *text == *with) {
		text++;
		with++;
	}
	return !*with;
}

void experiment_name(struct stage *s, struct part *p, enum step step)
{
	char now[16] = "";

	(void)s;
	if (step == BEFORE) {
		if (prctl(PR_SET_NAME, "creator"))
			cannot_do(p, "PR_SET_NAME", errno);
	} else if (step == IN_CHILD) {
		raw(SYS_prctl, PR_GET_NAME, (long)p->text);
		raw(SYS_prctl, PR_SET_NAME, (long)"child");
	} else {
		prctl(PR_GET_NAME, now);
		bool felt = begins(now, "child");
		told(p, seen_by(begins(p->text, "creator"), felt, SHARE_FRESH),
			"the child was \"%.15s\" and took the name \"child\": here it is \"%.15s\"", p->text, now);
	}
}

/* The kernel's getpriority gives 20 less the nice value. n[2]: that of the creator, a little above what it was. */
void experiment_scheduling(struct stage *s, struct part *p, enum step step)
{
	const struct sched_param none = { 0 };
	volatile long *n = p->n;

	(void)s;
	if (step == BEFORE) {
		n[2] = getpriority(PRIO_PROCESS, 0) + 2;
		if (n[2] > 17)
			cannot(p, "the nice value can't be raised here");
		else if (setpriority(PRIO_PROCESS, 0, (int)n[2]) || sched_setscheduler(0, SCHED_BATCH, &none))
			cannot(p, "a nice value of %ld and SCHED_BATCH: %s", n[2], strerror(errno));
	} else if (step == IN_CHILD) {
		n[0] = 20 - raw(SYS_getpriority, PRIO_PROCESS, 0);
		n[1] = raw(SYS_sched_getscheduler, 0);
		raw(SYS_setpriority, PRIO_PROCESS, 0, n[2] + 2);
	} else {
		long here = getpriority(PRIO_PROCESS, 0);
		told(p, seen_by(n[0] == n[2] && n[1] == SCHED_BATCH, here == n[2] + 2, SHARE_FRESH),
			"the child began with nice %ld, %s, and took %ld: here it is %ld", n[0],
			n[1] == SCHED_BATCH ? "SCHED_BATCH" : "another policy", n[2] + 2, here);
	}
}

/* Masks of up to 1024 CPUs: what one is short of shows as an error. */
enum { CPU_WORDS = 16 };

static long affinity_now(unsigned long mask[CPU_WORDS])
{
	for (int i = 0; i < CPU_WORDS; i++)
		mask[i] = 0;
	return raw(SYS_sched_getaffinity, 0, CPU_WORDS * (long)sizeof(mask[0]), (long)mask);
}

static unsigned bits_of(const unsigned long mask[CPU_WORDS])
{
	unsigned n = 0;

	for (int i = 0; i < CPU_WORDS; i++)
		for (unsigned long w = mask[i]; w; w &= w - 1)
			n++;
	return n;
}

static void only_last(unsigned long mask[CPU_WORDS])
{
	for (int i = 0; i < CPU_WORDS; i++)
		while (mask[i] && bits_of(mask) > 1)
			mask[i] &= mask[i] - 1;
}

void experiment_affinity(struct stage *s, struct part *p, enum step step)
{
	unsigned long mask[CPU_WORDS];
	volatile long *n = p->n;
	long size = affinity_now(mask);

	(void)s;
	if (size < 0) {
		if (step == BEFORE)
			cannot(p, "this machine has too many CPUs for it");
	} else if (step == BEFORE) {
		n[0] = bits_of(mask);
		if (n[0] < 2)
			cannot(p, "it needs two CPUs that may be used");
	} else if (step == IN_CHILD) {
		n[1] = bits_of(mask);
		only_last(mask);
		n[2] = raw(SYS_sched_setaffinity, 0, size, (long)mask);
	} else {
		long here = bits_of(mask);
		told(p, seen_by(n[0] == n[1], here == 1, SHARE_FRESH),
			"the child began with %ld CPUs and bound itself to one: here there are %ld", n[1], here);
	}
}

void experiment_timer_slack(struct stage *s, struct part *p, enum step step)
{
	volatile long *n = p->n;

	(void)s;
	if (step == BEFORE) {
		if (prctl(PR_SET_TIMERSLACK, 70000UL))
			cannot_do(p, "PR_SET_TIMERSLACK", errno);
	} else if (step == IN_CHILD) {
		raw(SYS_prctl, PR_SET_TIMERSLACK, 80000);
		raw(SYS_prctl, PR_SET_TIMERSLACK, 0); /* back to what is its default */
		n[0] = raw(SYS_prctl, PR_GET_TIMERSLACK);
		raw(SYS_prctl, PR_SET_TIMERSLACK, 80000);
	} else {
		int here = prctl(PR_GET_TIMERSLACK);
		if (n[0] == 0)
			cannot(p, "under a real-time policy there is none");
		else
			told(p, seen_by(n[0] == 70000, here == 80000, SHARE_FRESH),
				"70000 ns here: that is %ld for the child, which took 80000: here it is %d", n[0],
				here);
	}
}

enum { WHO_PROCESS = 1 }; /* IOPRIO_WHO_PROCESS */

void experiment_io_context(struct stage *s, struct part *p, enum step step)
{
	const long four = IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4), six = IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 6);
	volatile long *n = p->n;

	(void)s;
	if (step == BEFORE) {
		long err = raw(SYS_ioprio_set, WHO_PROCESS, 0, four);
		if (err)
			cannot_do(p, "ioprio_set", err);
	} else if (step == IN_CHILD) {
		n[0] = raw(SYS_ioprio_get, WHO_PROCESS, 0);
		n[1] = raw(SYS_ioprio_set, WHO_PROCESS, 0, six);
	} else {
		long here = raw(SYS_ioprio_get, WHO_PROCESS, 0);
		told(p,
			n[0] != four || n[1] ? SEEN(SHARE_NONE) :
				here == six  ? SEEN(SHARE_SHARED) :
					       SEEN(SHARE_FRESH),
			"the child began with I/O priority %ld and took 6: here it is %ld", n[0] & 7, here & 7);
	}
}

/* ---- what a thread registers ---- */

enum { RSEQ_BYTES = 32, RSEQ_SIGN = 0x53053053, WRONG_FLAGS = 0xff00 };

/* A task that has one can't register another. */
static long register_rseq(char *page)
{
	return raw(SYS_rseq, (long)page, RSEQ_BYTES, 0, RSEQ_SIGN);
}

void experiment_rseq(struct stage *s, struct part *p, enum step step)
{
	volatile long *n = p->n;

	if (step == BEFORE) {
		/* A wrong one is EINVAL, where the call is there and nothing forbids it. */
		long err = raw(SYS_rseq, 0, RSEQ_BYTES, WRONG_FLAGS, RSEQ_SIGN);
		if (err != -EINVAL)
			cannot_do(p, "rseq", err);
		register_rseq(page_of(s, PAGE_RSEQ)); /* unless the C library has one */
	} else if (step == IN_CHILD) {
		n[0] = register_rseq(page_of(s, PAGE_RSEQ_CHILD));
	} else {
		told(p, n[0] == 0 ? SEEN(SHARE_NONE) : SEEN(SHARE_COPIED),
			"one is registered here; the child registers one: %s",
			n[0] == 0 ? "accepted, it had none" : "refused, it has one");
	}
}
