/* SPDX-License-Identifier: MIT */
/* Records of perf events from their bytes, and in the order of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>

#include "records/order.h"

/* One record as the kernel lays it out: what a test puts between its header and its end. */
struct bytes {
	uint8_t at[256];
	size_t n;
};

static void put(struct bytes *b, const void *from, size_t n)
{
	memcpy(b->at + b->n, from, n);
	b->n += n;
}

static void put32(struct bytes *b, uint32_t v)
{
	put(b, &v, sizeof(v));
}

static void put64(struct bytes *b, uint64_t v)
{
	put(b, &v, sizeof(v));
}

static struct bytes begin(void)
{
	return (struct bytes){ .n = sizeof(struct perf_event_header) };
}

/* Written by thread 12 of process 11 at 1000 ns on CPU 1. */
static int read_it(struct bytes *b, uint32_t type, uint16_t misc, struct perf_record *ret)
{
	put32(b, 11);
	put32(b, 12);
	put64(b, 1000);
	put32(b, 1);
	put32(b, 0);
	put64(b, 77);
	struct perf_event_header h = { .type = type, .misc = misc, .size = (uint16_t)b->n };
	memcpy(b->at, &h, sizeof(h));
	return perf_record_read(b->at, b->n, ret);
}

/* What a tracepoint of clone3's beginning writes: two arguments, two registers, and 8 of 16 bytes of a stack. */
static struct bytes a_sample(void)
{
	struct bytes b = begin();

	put64(&b, 77);
	put32(&b, 11);
	put32(&b, 12);
	put64(&b, 1000);
	put32(&b, 1);
	put32(&b, 0);
	put32(&b, 36);
	put32(&b, 0x0007); /* type 7 */
	put32(&b, 11);
	put64(&b, 435);
	put64(&b, 0x7ffe0000);
	put64(&b, 88);
	put32(&b, 0); /* what aligns it */
	put64(&b, 2);
	put64(&b, 0x1111);
	put64(&b, 0x2222);
	put64(&b, 16);
	put64(&b, 0xabcd);
	put64(&b, 0);
	put64(&b, 8);
	struct perf_event_header h = { .type = PERF_RECORD_SAMPLE, .size = (uint16_t)b.n };
	memcpy(b.at, &h, sizeof(h));
	return b;
}

static void a_call_that_begins(void **state)
{
	struct bytes b = a_sample();
	struct perf_record r;
	struct perf_sample s;
	(void)state;

	int got = perf_record_read(b.at, b.n, &r);
	assert_int_equal(got, b.n);
	assert_int_equal(r.kind, PERF_SAMPLE);
	assert_int_equal(r.by_tid, 12);
	assert_int_equal(r.t_ns, 1000);
	assert_int_equal(perf_sample_read(b.at, b.n, 2, &s), 0);
	assert_int_equal(s.type, 7);
	assert_int_equal(s.nr, 435);
	assert_int_equal(s.n_words, 2);
	assert_int_equal(s.word[0], 0x7ffe0000);
	assert_int_equal(s.word[1], 88);
	assert_true(s.regs_64);
	assert_int_equal(s.reg[1], 0x2222);
	assert_int_equal(s.n_stack, 8);
	assert_int_equal(s.stack[0], 0xcd);
	for (size_t n = 0; n < b.n; n++) /* cut short, it is no sample, and nothing beyond is read */
		assert_int_equal(perf_sample_read(b.at, n, 2, &s), -EBADMSG);
	assert_int_equal(perf_sample_read(b.at, b.n, 30, &s), -EBADMSG);
}

/* What a tape has of a sample: the same again, but for its registers and what was on its stack. */
static void a_sample_without_its_memory(void **state)
{
	struct bytes b = a_sample(), cut = { .n = 0 };
	struct perf_record was, is;
	struct perf_sample s;
	size_t n_stack = 0;
	(void)state;

	assert_true(perf_is_sample(b.at, b.n));
	assert_false(perf_is_sample(b.at, 4));
	assert_int_equal(perf_sample_cut(b.at, b.n, 2, cut.at, &cut.n, &n_stack), 0);
	assert_int_equal(n_stack, 8);
	assert_int_equal(cut.n, b.n - 2 * 8 - 4 * 8);
	assert_int_equal(memcmp(cut.at, b.at, cut.n), 0);
	for (size_t n = 0; n < b.n; n++)
		assert_int_equal(perf_sample_cut(b.at, n, 2, (uint8_t[256]){ 0 }, &(size_t){ 0 }, &n_stack), -EBADMSG);
	memset(cut.at + cut.n, 0xee, sizeof(cut.at) - cut.n);
	assert_int_equal(perf_sample_mend(cut.at, &cut.n, sizeof(cut.at), 8), 0);
	int got = perf_record_read(cut.at, cut.n, &is);
	assert_int_equal(got, cut.n);
	assert_int_equal(perf_record_read(b.at, b.n, &was), b.n);
	assert_memory_equal(&is, &was, sizeof(is));
	assert_int_equal(perf_sample_read(cut.at, cut.n, 0, &s), 0);
	assert_int_equal(s.nr, 435);
	assert_int_equal(s.word[1], 88);
	assert_true(s.regs_64);
	assert_int_equal(s.n_regs, 0);
	assert_int_equal(s.n_stack, 8);
	assert_memory_equal(s.stack, (uint8_t[8]){ 0 }, 8);
}

/* A tape from anywhere: what can be no sample is none, and nothing is written past the room. */
static void a_sample_that_can_not_be_mended(void **state)
{
	struct bytes b = a_sample();
	size_t n_stack, n = b.n;
	(void)state;

	assert_int_equal(perf_sample_mend(b.at, &n, b.n + 7, 0), -EBADMSG);
	assert_int_equal(perf_sample_mend(b.at, &n, b.n + 8 + 16 + 7, 16), -EBADMSG);
	assert_int_equal(perf_sample_mend(b.at, &n, 1 << 20, 1 << 16), -EBADMSG);
	assert_int_equal(perf_sample_mend(b.at, &n, 1 << 20, SIZE_MAX - 8), -EBADMSG);
	n = 39;
	assert_int_equal(perf_sample_mend(b.at, &n, sizeof(b.at), 0), -EBADMSG);
	n = 40;
	assert_int_equal(perf_sample_mend(b.at, &n, 48, 0), 0);
	assert_int_equal(n, 48);
	assert_int_equal(perf_sample_cut(b.at, n, 0, (uint8_t[256]){ 0 }, &n, &n_stack), -EBADMSG);
}

static void a_birth_and_an_end(void **state)
{
	struct perf_record r;
	struct bytes b = begin();
	(void)state;

	put32(&b, 11);
	put32(&b, 10);
	put32(&b, 13);
	put32(&b, 12);
	put64(&b, 1234); /* its own time is not used */
	int got = read_it(&b, PERF_RECORD_FORK, 0, &r);
	assert_int_equal(got, b.n);
	assert_int_equal(r.kind, PERF_FORK);
	assert_int_equal(r.t_ns, 1000);
	assert_int_equal(r.cpu, 1);
	assert_int_equal(r.id, 77);
	assert_int_equal(r.by_tgid, 11);
	assert_int_equal(r.by_tid, 12);
	assert_int_equal(r.u.task.tgid, 11);
	assert_int_equal(r.u.task.parent_tgid, 10);
	assert_int_equal(r.u.task.tid, 13);
	assert_int_equal(r.u.task.parent_tid, 12);

	struct bytes cut = begin();
	put64(&cut, 0);
	assert_int_equal(read_it(&cut, PERF_RECORD_EXIT, 0, &r), -EBADMSG);
}

static void a_name(void **state)
{
	struct perf_record r;
	struct bytes b = begin();
	(void)state;

	put32(&b, 11);
	put32(&b, 13);
	put(&b, "fifteen letters\0", 16);
	assert_true(read_it(&b, PERF_RECORD_COMM, PERF_RECORD_MISC_COMM_EXEC, &r) > 0);
	assert_int_equal(r.kind, PERF_COMM);
	assert_true(r.u.comm.exec);
	assert_int_equal(r.u.comm.tid, 13);
	assert_string_equal(r.u.comm.name, "fifteen letters");

	/* Whatever the bytes hold, the name has an end. */
	b = begin();
	put64(&b, 0);
	put(&b, "a name that goes on and on", 24);
	assert_true(read_it(&b, PERF_RECORD_COMM, 0, &r) > 0);
	assert_false(r.u.comm.exec);
	assert_int_equal(strlen(r.u.comm.name), COMM_LEN - 1);
}

static struct bytes mapping(uint64_t low, uint64_t bytes, const char *name)
{
	struct bytes b = begin();

	put32(&b, 11);
	put32(&b, 12);
	put64(&b, low);
	put64(&b, bytes);
	put64(&b, 0); /* offset */
	put64(&b, 0); /* device */
	put64(&b, 0); /* inode */
	put64(&b, 0);
	put32(&b, 3); /* PROT_READ | PROT_WRITE */
	put32(&b, 2);
	put(&b, name, 8);
	return b;
}

static void a_mapping(void **state)
{
	struct perf_record r;
	struct bytes b = mapping(0x7f0000001000, 0x800000, "//anon\0");
	(void)state;

	assert_true(read_it(&b, PERF_RECORD_MMAP2, 0, &r) > 0);
	assert_int_equal(r.kind, PERF_MAP);
	assert_int_equal(r.u.map.low, 0x7f0000001000);
	assert_int_equal(r.u.map.high, 0x7f0000801000);
	assert_int_equal(r.u.map.prot, 3);
	assert_true(r.u.map.anonymous);

	b = mapping(0x1000, 0x1000, "/lib/a\0");
	assert_true(read_it(&b, PERF_RECORD_MMAP2, 0, &r) > 0);
	assert_false(r.u.map.anonymous);

	b = mapping(UINT64_MAX - 4095, 0x2000, "//anon\0"); /* beyond the last address */
	assert_int_equal(read_it(&b, PERF_RECORD_MMAP2, 0, &r), -EBADMSG);
}

static void a_switch_and_a_loss(void **state)
{
	struct perf_record r;
	struct bytes b = begin();
	(void)state;

	assert_true(read_it(&b, PERF_RECORD_SWITCH, PERF_RECORD_MISC_SWITCH_OUT | 1U << 14, &r) > 0);
	assert_true(r.u.change.out && r.u.change.preempted);
	b = begin();
	assert_true(read_it(&b, PERF_RECORD_SWITCH, 0, &r) > 0);
	assert_false(r.u.change.out || r.u.change.preempted || r.u.change.wide);
	b = begin();
	put64(&b, 9); /* whose turn it is next: of events of a whole CPU */
	assert_true(read_it(&b, PERF_RECORD_SWITCH_CPU_WIDE, PERF_RECORD_MISC_SWITCH_OUT, &r) > 0);
	assert_int_equal(r.kind, PERF_SWITCH);
	assert_true(r.u.change.out && !r.u.change.preempted && r.u.change.wide);
	b = begin();
	put64(&b, 77);
	put64(&b, 5);
	assert_true(read_it(&b, PERF_RECORD_LOST, 0, &r) > 0);
	assert_int_equal(r.u.lost.count, 5);
}

static void what_is_no_record(void **state)
{
	struct perf_record r;
	struct bytes b = begin();
	struct perf_event_header h = { .type = PERF_RECORD_FORK, .size = 4 };
	(void)state;

	put64(&b, 0);
	int got = read_it(&b, 4711, 0, &r); /* of a later kernel */
	assert_int_equal(got, b.n);
	assert_int_equal(r.kind, PERF_OTHER);
	assert_int_equal(perf_record_read(b.at, b.n - 1, &r), 0); /* the rest is to come */
	assert_int_equal(perf_record_read(b.at, 3, &r), 0);
	assert_int_equal(perf_record_read(&h, sizeof(h), &r), -EBADMSG); /* shorter than its header */
	h.size = sizeof(h);
	assert_int_equal(perf_record_read(&h, sizeof(h), &r), -EBADMSG); /* without the end that says when */
}

static void order_is_that_of_time(void **state)
{
	static const unsigned times[] = { 5, 3, 9, 3, 1, 8, 3, 7, 2 };
	struct order o = { 0 };
	struct perf_record r = { .kind = PERF_SWITCH };
	uint64_t last_t = 0, last_id = 0;
	(void)state;

	for (unsigned i = 0; i < 3000; i++) {
		r.t_ns = times[i % ARRAY_SIZE(times)];
		r.id = i;
		assert_int_equal(order_add(&o, &r), 0);
	}
	assert_null(order_peek(&o, 0));
	assert_false(order_take(&o, 0, &r));
	for (unsigned i = 0; i < 3000; i++) {
		assert_non_null(order_peek(&o, 9));
		assert_true(order_take(&o, 9, &r));
		assert_true(r.t_ns > last_t || (r.t_ns == last_t && r.id > last_id) || i == 0);
		last_t = r.t_ns;
		last_id = r.id;
	}
	assert_false(order_take(&o, UINT64_MAX, &r));
	order_release(&o);
}

/* As rings are read: each CPU's records in their order, one CPU after the other; now and then one that is late. */
static void order_is_that_of_time_over_all_cpus(void **state)
{
	enum { CPUS = 5, ROUNDS = 200, EACH = 40 };
	static const uint32_t number[CPUS] = { 0, 3, 1, 70,
		UINT32_MAX }; /* the last is none's: nonsense is kept all the same */
	struct order o = { 0 };
	struct perf_record r = { .kind = PERF_SWITCH };
	uint64_t told = 0, last_t = 0, last_id = 0, id = 0, random = 1;
	(void)state;

	for (uint64_t round = 1; round <= ROUNDS; round++) {
		for (unsigned cpu = 0; cpu < CPUS; cpu++) {
			for (unsigned i = 0; i < EACH; i++) {
				random = random * 6364136223846793005U + 1442695040888963407U;
				r.cpu = number[cpu];
				r.t_ns = round * 1000 + i * 20 + (random >> 60) - (random >> 32) % 16 / 15 * 30;
				r.id = ++id;
				assert_int_equal(order_add(&o, &r), 0);
			}
		}
		assert_int_equal(o.n, id - told);
		/* What the next round has is younger than that. */
		while (order_peek(&o, round * 1000 + 900)) {
			assert_true(order_take(&o, round * 1000 + 900, &r));
			assert_true(r.t_ns > last_t || (r.t_ns == last_t && r.id > last_id));
			last_t = r.t_ns;
			last_id = r.id;
			told++;
		}
		assert_int_equal(o.n, 0);
	}
	assert_int_equal(told, ROUNDS * CPUS * EACH);
	order_release(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_birth_and_an_end),
		cmocka_unit_test(a_call_that_begins),
		cmocka_unit_test(a_sample_without_its_memory),
		cmocka_unit_test(a_sample_that_can_not_be_mended),
		cmocka_unit_test(a_name),
		cmocka_unit_test(a_mapping),
		cmocka_unit_test(a_switch_and_a_loss),
		cmocka_unit_test(what_is_no_record),
		cmocka_unit_test(order_is_that_of_time),
		cmocka_unit_test(order_is_that_of_time_over_all_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
