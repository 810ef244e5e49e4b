/* SPDX-License-Identifier: MIT */
/* Records that are kept, recorded and replayed: each comes out as it went in, and a tape from anywhere harms nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tapefile.h"
#include "observe/source.h"
#include "tape/tape_impl.h"

/* The record of a birth or an end, with the end that all have. */
struct task_record {
	struct perf_event_header h;
	uint32_t pid, ppid, tid, ptid;
	uint64_t time;
	uint32_t by_pid, by_tid;
	uint64_t t_ns;
	uint32_t cpu, none;
	uint64_t id;
};

static struct task_record of_task(uint32_t type, uint32_t tid)
{
	return (struct task_record){ .h = { .type = type, .size = sizeof(struct task_record) },
		.pid = 10,
		.ppid = 10,
		.tid = tid,
		.ptid = 10,
		.by_pid = 10,
		.by_tid = 10,
		.t_ns = 1000 + tid };
}

struct taken {
	struct perf_record r[8];
	size_t n;
	int err; /* what is answered */
};

static int take(void *ctx, const struct perf_record *r, const void *bytes, size_t n)
{
	struct taken *t = ctx;
	struct perf_record again;

	assert_int_equal(perf_record_read(bytes, n, &again), n);
	assert_true(t->n < 8);
	t->r[t->n++] = *r;
	return t->err;
}

static void keeps(struct source *s, struct task_record r)
{
	const uint16_t n = sizeof(r);

	outbuf_put(&s->kept, &n, sizeof(n));
	outbuf_put(&s->kept, &r, sizeof(r));
}

/* What was kept comes once, before all else, and onto the tape that there is by then. */
static void what_is_kept_is_recorded(void **state)
{
	struct events none = { .ring = NULL };
	int fd = new_file();
	pid_t made = 4711;
	struct taken live = { .n = 0 }, again = { .n = 0 };
	struct source s;
	size_t n;
	(void)state;

	source_init(&s, &none);
	s.made = &made;
	keeps(&s, of_task(PERF_RECORD_FORK, 11));
	keeps(&s, of_task(PERF_RECORD_EXIT, 11));
	s.tape.out = tape_out_new(fd, TAPE_MAX);
	assert_int_equal(source_drain(&s, take, &live), 0);
	assert_int_equal(source_drain(&s, take, &live), 0);
	assert_int_equal(source_made(&s), 4711);
	assert_int_equal(source_lost(&s), UINT64_MAX); /* of events that do not count them */
	tape_out_finish(s.tape.out, TAPE_COMPLETE);
	tape_out_free(s.tape.out);
	source_release(&s);
	assert_int_equal(live.n, 2);

	uint8_t *bytes = content(fd, &n);
	source_init(&s, NULL);
	assert_int_equal(tape_in_new(&s.tape.in, bytes, n), 0);
	assert_int_equal(source_drain(&s, take, &again), 0);
	assert_int_equal(source_drain(&s, take, &again), 0);
	assert_int_equal(again.n, 2);
	assert_memory_equal(again.r, live.r, sizeof(live.r));
	assert_int_equal(source_made(&s), 4711);
	assert_int_equal(source_lost(&s), UINT64_MAX);
	assert_int_equal(tape_in_misses(s.tape.in).n, 0);
	assert_int_equal(source_drain(&s, take, &again), 0); /* there are no more, and that is a miss */
	assert_int_equal(tape_in_misses(s.tape.in).n, 1);
	tape_in_free(s.tape.in);
	source_release(&s);
	free(bytes);
}

/* A tape of one answer to the question for records. */
static uint8_t *tape_of(const void *answer, size_t n_answer, size_t *ret_n)
{
	int fd = new_file();
	struct tape_out *out = tape_out_new(fd, TAPE_MAX);
	struct tape_io io;

	assert_true(tape_out_begin(out, &io));
	outbuf_put(io.buf, answer, n_answer);
	tape_out_end(out, &io, &(struct question){ .op = TAPE_RECORDS });
	tape_out_finish(out, TAPE_COMPLETE);
	tape_out_free(out);
	return content(fd, ret_n);
}

static int drained(const void *answer, size_t n_answer, struct taken *t)
{
	struct source s;
	size_t n;
	uint8_t *bytes = tape_of(answer, n_answer, &n);

	source_init(&s, NULL);
	assert_int_equal(tape_in_new(&s.tape.in, bytes, n), 0);
	int err = source_drain(&s, take, t);
	tape_in_free(s.tape.in);
	source_release(&s);
	free(bytes);
	return err;
}

static void what_is_no_record_ends_the_replay(void **state)
{
	struct task_record r = of_task(PERF_RECORD_FORK, 11);
	uint8_t answer[2 + sizeof(r)] = { TAPE_REF_INLINE, sizeof(r) };
	struct taken t = { .n = 0 };
	(void)state;

	memcpy(answer + 2, &r, sizeof(r));
	assert_int_equal(drained(answer, sizeof(answer), &t), 0);
	assert_int_equal(t.n, 1);
	t.err = -ENOMEM;
	assert_int_equal(drained(answer, sizeof(answer), &t), -ENOMEM);
	assert_int_equal(t.n, 2);
	for (size_t n = 1; n < sizeof(answer); n++) /* cut anywhere */
		assert_int_equal(drained(answer, n, &t), -ENODATA);
	static const uint16_t sizes[] = { 0, 8, sizeof(r) - 1, sizeof(r) + 1, UINT16_MAX };
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) { /* of another length than it says */
		r.h.size = sizes[i];
		memcpy(answer + 2, &r, sizeof(r));
		assert_int_equal(drained(answer, sizeof(answer), &t), -ENODATA);
	}
	r = of_task(PERF_RECORD_THROTTLE, 11); /* of a kind that is never there */
	memcpy(answer + 2, &r, sizeof(r));
	assert_int_equal(drained(answer, sizeof(answer), &t), -ENODATA);
	assert_int_equal(drained((uint8_t[]){ TAPE_REF_NULL }, 1, &t), -ENODATA);
	assert_int_equal(drained((uint8_t[]){ TAPE_REF_INLINE, 0 }, 2, &t), -ENODATA);
	assert_int_equal(t.n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_is_recorded),
		cmocka_unit_test(what_is_no_record_ends_the_replay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
