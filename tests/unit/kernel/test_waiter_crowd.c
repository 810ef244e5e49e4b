/* SPDX-License-Identifier: MIT */
/* Whom the waiter asks where thousands report by a timetable, and most of their signals are lost in others. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fakewaits.h"

/* Who reports when: lists by the time, in slots that come round again. */
enum { AHEAD = 16384, SLOT_NS = 50000 };
struct timetable {
	pid_t first[AHEAD], next[TIDS];
	uint64_t since[TIDS]; /* it has reported */
	uint64_t slot;        /* that is to come next */
};

static void plan(struct timetable *t, pid_t tid, uint64_t at_ns)
{
	uint64_t slot = at_ns / SLOT_NS < t->slot ? t->slot : at_ns / SLOT_NS;

	assert_true(slot < t->slot + AHEAD);
	t->next[tid] = t->first[slot % AHEAD];
	t->first[slot % AHEAD] = tid;
}

static struct timetable timetable;

static void report_slot(struct fake *f, struct timetable *t)
{
	for (pid_t tid = t->first[t->slot % AHEAD]; tid; tid = t->next[tid]) {
		t->since[tid] = t->slot * SLOT_NS;
		report(f, tid, 1);
	}
	t->first[t->slot++ % AHEAD] = 0;
}

static void by_timetable(struct fake *f, uint64_t until_ns)
{
	struct timetable *t = &timetable;

	while (t->slot * SLOT_NS <= f->now)
		report_slot(f, t);
	while (!f->sigchld && t->slot * SLOT_NS <= until_ns) {
		f->now = t->slot * SLOT_NS;
		report_slot(f, t);
	}
	f->now = f->sigchld ? f->now : until_ns;
}

/*
 * Thousands that rest for 0.2 to 0.6 s and then report three times: a fifth of what can be seen to. Many signals are
 * lost in others, and there is time to look for those who were not named: none is held for as long as a round.
 */
static void who_is_lost_in_signals_is_looked_for_instead_of_a_sleep(void **state)
{
	enum { TRACEES = 5000, BUSY = 2500, WORK_NS = 10000, HELD_NS = 18000000 };
	static struct fake f;
	static unsigned char times[TRACEES + 1];
	struct waiter *w = with(&f, TRACEES);
	uint64_t begin = f.now, longest = 0;
	unsigned seed = 1;
	struct kstatus ks;
	int sig;
	(void)state;

	timetable = (struct timetable){ .slot = begin / SLOT_NS };
	f.passes = by_timetable;
	for (pid_t tid = 1; tid <= BUSY; tid++)
		plan(&timetable, 2 * tid, begin + (uint64_t)tid * 160000);
	while (f.now - begin < 2000000000) {
		by_timetable(&f, f.now);
		if (waiter_next(w, &ks, 1000000, &sig) == 0)
			continue;
		if (f.now - begin > 1000000000 && f.now - timetable.since[ks.tid] > longest)
			longest = f.now - timetable.since[ks.tid];
		f.now += WORK_NS;
		waiter_resumed(w, ks.tid);
		bool rests = ++times[ks.tid] % 3 == 0;
		seed = seed * 1103515245U + 12345U;
		plan(&timetable, ks.tid, f.now + (rests ? 200000000 + (uint64_t)(seed >> 8) % 400000000 : 20000));
	}
	assert_true(longest < HELD_NS);
	waiter_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_lost_in_signals_is_looked_for_instead_of_a_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
