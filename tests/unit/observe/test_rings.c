/* SPDX-License-Identifier: MIT */
/* Rings as the kernel fills them: what is handed over of them, and of whose samples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "observe/events.h"

#define DATA 4096

/* The page that the kernel writes before the data, and the data. */
struct memory {
	struct perf_event_mmap_page page;
	uint8_t data[DATA];
};

static struct ring ring_in(struct memory *m, uint64_t from)
{
	memset(m, 0, sizeof(*m));
	m->page.data_offset = offsetof(struct memory, data);
	m->page.data_size = DATA;
	m->page.data_head = m->page.data_tail = from;
	return (struct ring){ .at = m, .bytes = sizeof(*m), .learned = from };
}

static void put(struct memory *m, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		m->data[(m->page.data_head + i) % DATA] = ((const uint8_t *)bytes)[i];
	m->page.data_head += n;
}

struct fork {
	struct perf_event_header h;
	uint32_t pid, ppid, tid, ptid;
	uint64_t time;
	uint32_t by_pid, by_tid;
	uint64_t t_ns;
	uint32_t cpu, none;
	uint64_t id;
};

static void forks(struct memory *m, uint32_t by, uint32_t child)
{
	const struct fork f = { .h = { .type = PERF_RECORD_FORK, .size = sizeof(f) },
		.pid = child,
		.tid = child,
		.ppid = by,
		.ptid = by,
		.by_pid = by,
		.by_tid = by,
		.t_ns = 1 };

	put(m, &f, sizeof(f));
}

struct sample {
	struct perf_event_header h;
	uint64_t id;
	uint32_t pid, tid;
	uint64_t t_ns;
	uint32_t cpu, none;
	uint64_t rest[4];
};

static void samples(struct memory *m, uint32_t of)
{
	const struct sample s = {
		.h = { .type = PERF_RECORD_SAMPLE, .size = sizeof(s) }, .pid = of, .tid = of, .t_ns = 2
	};

	put(m, &s, sizeof(s));
}

/* A task left its CPU, or (of events that are wide) came to one. */
struct change {
	struct perf_event_header h;
	uint32_t other_pid, other_tid;
	uint32_t by_pid, by_tid;
	uint64_t t_ns;
	uint32_t cpu, none;
	uint64_t id;
};

static void changes(struct memory *m, uint32_t of)
{
	const struct change c = {
		.h = { .type = PERF_RECORD_SWITCH_CPU_WIDE, .size = sizeof(c) }, .by_pid = of, .by_tid = of, .t_ns = 2
	};

	put(m, &c, sizeof(c));
}

struct loss {
	struct perf_event_header h;
	uint64_t id, count;
	uint32_t by_pid, by_tid;
	uint64_t t_ns;
	uint32_t cpu, none;
	uint64_t same_id;
};

static void loses(struct memory *m, uint32_t of)
{
	const struct loss l = { .h = { .type = PERF_RECORD_LOST, .size = sizeof(l) }, .count = 3, .by_pid = of };

	put(m, &l, sizeof(l));
}

struct taken {
	pid_t of[8]; /* whose samples */
	size_t n, others;
};

static int take(void *ctx, const struct perf_record *r, const void *bytes, size_t n)
{
	struct taken *t = ctx;
	struct perf_record again;

	assert_int_equal(perf_record_read(bytes, n, &again), n);
	if (r->kind == PERF_SAMPLE)
		t->of[t->n++] = r->by_tgid;
	else
		t->others++;
	return 0;
}

/* A process of which only the ring that is read last tells, and one of which none does. */
static void samples_of_strangers_are_dropped(void **state)
{
	struct memory m[2];
	struct ring ring[2] = { ring_in(&m[0], 0), ring_in(&m[1], 0) };
	struct events e = { .ring = ring, .n_rings = 2, .of_all = true };
	struct taken t = { .n = 0 };
	(void)state;

	samples(&m[0], 30);
	samples(&m[0], 20);
	samples(&m[0], 10);
	forks(&m[1], 10, 20);
	samples(&m[1], 30);
	assert_int_equal(events_drain(&e, take, &t), 0);
	assert_int_equal(t.others, 1);
	assert_int_equal(t.n, 2);
	assert_true(t.of[0] == 20 && t.of[1] == 10);
	samples(&m[1], 20); /* who is known stays so; nothing comes twice */
	samples(&m[1], 30);
	assert_int_equal(events_drain(&e, take, &t), 0);
	assert_int_equal(t.n, 3);
	assert_int_equal(m[0].page.data_tail, m[0].page.data_head);
	assert_int_equal(m[1].page.data_tail, m[1].page.data_head);
	events_forget(&e);
	e.of_all = false; /* each task has its own samplers: all of it is the program's */
	samples(&m[0], 30);
	assert_int_equal(events_drain(&e, take, &t), 0);
	assert_int_equal(t.n, 4);
	assert_null(e.known);
}

/* Wide events tell of the whole machine. Who is known only by the last record of the last ring is known in all. */
static void of_the_machine_what_the_known_do_is_kept(void **state)
{
	struct memory m[2];
	struct ring ring[2] = { ring_in(&m[0], 0), ring_in(&m[1], 0) };
	struct events e = { .ring = ring, .n_rings = 2, .wide = true };
	struct taken t = { .n = 0 };
	(void)state;

	assert_int_equal(events_know(&e, 10), 0);
	changes(&m[0], 30); /* a stranger's */
	changes(&m[0], 10);
	forks(&m[0], 20, 21); /* whose maker is told of in the other ring */
	changes(&m[0], 21);
	forks(&m[1], 30, 31);
	forks(&m[1], 10, 20);
	changes(&m[1], 31);
	loses(&m[1], 31); /* of anybody: what was lost may have been a known one's */
	assert_int_equal(events_drain(&e, take, &t), 0);
	assert_int_equal(t.others, 5);
	assert_int_equal(t.n, 0);
	changes(&m[1], 21); /* who is known stays so */
	changes(&m[1], 31);
	assert_int_equal(events_drain(&e, take, &t), 0);
	assert_int_equal(t.others, 6);
	assert_int_equal(m[1].page.data_tail, m[1].page.data_head);
	events_forget(&e);
}

struct lost_first {
	size_t n;
	uint64_t lost;
};

static int take_loss(void *ctx, const struct perf_record *r, const void *bytes, size_t n)
{
	struct lost_first *t = ctx;
	struct perf_record again;

	assert_int_equal(perf_record_read(bytes, n, &again), n);
	if (r->kind == PERF_LOST) {
		assert_int_equal(t->n, 0);
		assert_int_equal(again.u.lost.count, r->u.lost.count);
		t->lost = r->u.lost.count;
	}
	t->n++;
	return 0;
}

static void a_ring_that_is_half_full_is_noticed(void **state)
{
	struct memory m;
	struct ring ring = ring_in(&m, 0);
	struct events e = { .ring = &ring, .n_rings = 1 };
	struct taken t = { .n = 0 };
	(void)state;

	while (m.page.data_head < DATA / 2 - sizeof(struct fork))
		forks(&m, 10, 20);
	assert_int_equal(events_drain(&e, take, &t), 0);
	assert_false(e.filled);
	while (m.page.data_head - m.page.data_tail < DATA / 2)
		forks(&m, 10, 20);
	assert_int_equal(events_drain(&e, take, &t), 0);
	assert_true(e.filled);
	assert_int_equal(events_drain(&e, take, &t), 0);
	assert_false(e.filled);
}

/* The kernel's record of a loss comes with the next that fits; ours comes before what other rings have meanwhile. */
static void losses_are_told_before_what_follows_them(void **state)
{
	struct memory m;
	struct ring ring = ring_in(&m, 0);
	struct events e = { .ring = &ring, .n_rings = 1, .counts_lost = true };
	struct lost_first t = { .n = 0 };
	const uint64_t told[][2] = { { 0, 7 }, { 0, 7 }, { 0, 9 } };
	const uint64_t expected[] = { 7, 0, 2 };
	int way[2];
	(void)state;

	assert_int_equal(pipe(way), 0);
	assert_int_equal(write(way[1], told, sizeof(told)), sizeof(told));
	ring.fd = way[0];
	assert_int_equal(events_drain(&e, take_loss, &t), 0); /* it is not full: nothing is asked */
	for (size_t i = 0; i < 3; i++) {
		t = (struct lost_first){ .n = 0 };
		while (m.page.data_head - m.page.data_tail < DATA / 2)
			forks(&m, 10, 20);
		assert_int_equal(events_drain(&e, take_loss, &t), 0);
		assert_int_equal(t.lost, expected[i]);
		assert_true(t.n > 1);
	}
	close(way[0]);
	close(way[1]);
}

/* Data begins anew where it ends, within a record as well. */
static void a_record_goes_on_at_the_beginning(void **state)
{
	struct memory m;
	(void)state;

	for (uint64_t from = DATA - 80; from <= DATA; from += 8) {
		struct ring ring = ring_in(&m, from);
		struct events e = { .ring = &ring, .n_rings = 1, .of_all = true };
		struct taken t = { .n = 0 };
		forks(&m, 10, 20);
		samples(&m, 20);
		samples(&m, 30);
		assert_int_equal(events_drain(&e, take, &t), 0);
		assert_int_equal(t.others, 1);
		assert_int_equal(t.n, 1);
		assert_int_equal(t.of[0], 20);
		events_forget(&e);
	}
}

static void what_makes_no_sense_ends_it(void **state)
{
	struct memory m;
	struct ring ring = ring_in(&m, 0);
	struct events e = { .ring = &ring, .n_rings = 1 };
	struct taken t = { .n = 0 };
	(void)state;

	const struct perf_event_header none = { .type = PERF_RECORD_EXIT, .size = 4 },
				       beyond = { .type = PERF_RECORD_EXIT, .size = 64 };
	put(&m, &none, sizeof(none));
	assert_int_equal(events_drain(&e, take, &t), -EBADMSG);
	e.of_all = true;
	assert_int_equal(events_drain(&e, take, &t), -EBADMSG);
	ring = ring_in(&m, 0);
	put(&m, &beyond, sizeof(beyond));
	assert_int_equal(events_drain(&e, take, &t), -EBADMSG);
	assert_int_equal(t.n + t.others, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_of_strangers_are_dropped),
		cmocka_unit_test(of_the_machine_what_the_known_do_is_kept),
		cmocka_unit_test(a_ring_that_is_half_full_is_noticed),
		cmocka_unit_test(losses_are_told_before_what_follows_them),
		cmocka_unit_test(a_record_goes_on_at_the_beginning),
		cmocka_unit_test(what_makes_no_sense_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
