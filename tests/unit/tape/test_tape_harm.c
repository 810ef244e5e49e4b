/* SPDX-License-Identifier: MIT */
/* What must not harm whoever writes a tape or reads one: a pipe that nobody reads, a result that is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tapefile.h"
#include "tape/tape_door.h"
#include "tape/tape_impl.h"
#include "tape/tape_io.h"

static int64_t told_wait;

static int live_wait(void *ctx, struct kstatus *ret, uint64_t timeout_ns)
{
	(void)ctx;
	(void)timeout_ns;
	*ret = (struct kstatus){ .tid = 0 };
	return (int)told_wait;
}

/* A result is 1, 0 or -errno: what is no errno must reach nobody who negates it. */
static void a_wait_that_fails_by_no_errno_is_damage(void **state)
{
	static const struct {
		int64_t wait;
		int replayed;
	} rows[] = { { 0, 0 }, { -ECHILD, -ECHILD }, { -4095, -4095 }, { -4096, -ENODATA }, { INT_MIN, -ENODATA },
		{ 2, -ENODATA } };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int fd = new_file();
		struct tape_out *out = tape_out_new(fd, TAPE_MAX);
		struct kernel live = { .wait = live_wait };
		struct tape_door door;
		struct kstatus ks;
		struct tape_in *in;
		size_t n;

		told_wait = rows[i].wait;
		tape_door_init(&door, (struct tape){ .out = out }, &live);
		assert_int_equal(door.k.wait(door.k.ctx, &ks, 0), rows[i].wait);
		tape_out_finish(out, TAPE_COMPLETE);
		tape_out_free(out);
		uint8_t *bytes = content(fd, &n);
		assert_int_equal(tape_in_new(&in, bytes, n), 0);
		tape_door_init(&door, (struct tape){ .in = in }, NULL);
		assert_int_equal(door.k.wait(door.k.ctx, &ks, 0), rows[i].replayed);
		tape_in_free(in);
		free(bytes);
	}
}

/* A pipe that nobody reads holds up no trace; what does not fit into 64 MiB is missing, and that is told. */
static void a_tape_nobody_reads_is_given_up(void **state)
{
	static uint8_t much[1 << 20];
	int fds[2];
	struct tape_io io;
	(void)state;

	assert_int_equal(pipe(fds), 0);
	struct tape_out *out = tape_out_new(fds[1], TAPE_MAX);
	for (unsigned i = 0; i < 70 && tape_out_begin(out, &io); i++) {
		size_t n = sizeof(much);
		much[0] = (uint8_t)i; /* or it would be written once */
		tape_bytes(&io, much, &n, sizeof(much));
		tape_out_end(out, &io, &TAPE_ASK(TAPE_NOW, i));
		tape_out_flush(out);
		assert_true(i > 60 || tape_out_status(out) == 0);
	}
	assert_int_equal(tape_out_status(out), -ETIMEDOUT);
	tape_out_free(out);

	out = tape_out_new(fds[1], TAPE_MAX);
	assert_true(tape_out_begin(out, &io));
	size_t n = sizeof(much);
	tape_bytes(&io, much, &n, sizeof(much));
	tape_out_end(out, &io, &TAPE_ASK(TAPE_NOW, 0));
	tape_out_finish(out, TAPE_COMPLETE);
	assert_int_equal(tape_out_status(out), 0);
	tape_out_drain(out, 1000000);
	assert_int_equal(tape_out_status(out), -ETIMEDOUT);
	tape_out_free(out);
	close(fds[0]);
	close(fds[1]);
}

/* What is taken back was never there; what is written already stays. */
static void what_nobody_needs_is_taken_back(void **state)
{
	static const uint64_t said[] = { 1, 2, 3 };
	int fd = new_file();
	struct tape_out *out = tape_out_new(fd, TAPE_MAX);
	struct tape_in *in;
	struct tape_io io;
	size_t n;
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(said); i++) {
		uint64_t at = tape_out_at(out), v = said[i];
		assert_true(tape_out_begin(out, &io));
		tape_u64(&io, &v);
		tape_out_end(out, &io, &TAPE_ASK(TAPE_KCMP, i));
		if (i == 2)
			tape_out_flush(out);
		if (i > 0)
			tape_out_back(out, at);
	}
	tape_out_finish(out, TAPE_COMPLETE);
	tape_out_free(out);
	uint8_t *bytes = content(fd, &n);
	assert_int_equal(tape_in_new(&in, bytes, n), 0);
	assert_true(tape_in_find(in, &TAPE_ASK(TAPE_KCMP, 0), &io));
	assert_false(tape_in_find(in, &TAPE_ASK(TAPE_KCMP, 1), &io));
	assert_true(tape_in_find(in, &TAPE_ASK(TAPE_KCMP, 2), &io));
	assert_true(tape_in_ended(in, &(enum tape_end){ TAPE_FULL }));
	tape_in_free(in);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_needs_is_taken_back),
		cmocka_unit_test(a_wait_that_fails_by_no_errno_is_damage),
		cmocka_unit_test(a_tape_nobody_reads_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
