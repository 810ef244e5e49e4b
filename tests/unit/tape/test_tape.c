/* SPDX-License-Identifier: MIT */
/* The tape: numbers and bytes there and back, a whole run recorded and replayed, and every way to harm a tape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include "fakekernel.h"
#include "recorder.h"
#include "tapefile.h"
#include "cmd/replay.h"
#include "tape/tape_impl.h"
#include "tape/tape_io.h"
#include "cmd/view.h"

/* ---- answers ---- */

struct sample {
	uint64_t u, t;
	int64_t i;
	int small;
	bool yes;
	const char *text, *nothing, *empty;
	char name[16];
	uint8_t bytes[64];
	size_t n;
};

static void put_part(struct tape_io *io, void *value)
{
	const char **text = value;

	tape_text(io, text);
}

static void put_sample(struct tape_io *io, struct sample *s)
{
	tape_u64(io, &s->u);
	tape_i64(io, &s->i);
	TAPE_INT(io, s->small);
	TAPE_BOOL(io, s->yes);
	tape_time(io, &s->t);
	tape_part(io, put_part, &s->text);
	tape_text(io, &s->nothing);
	tape_sentence(io, &s->empty);
	tape_chars(io, s->name, sizeof(s->name));
	tape_bytes(io, s->bytes, &s->n, sizeof(s->bytes));
}

static const struct sample samples[] = {
	{ .u = UINT64_MAX,
		.i = INT64_MIN,
		.t = 1,
		.small = -1,
		.yes = true,
		.text = "a text that is no short one",
		.empty = "",
		.name = "fifteen letters",
		.bytes = { 1, 2, 3 },
		.n = 64 },
	{ .u = 127, .i = INT64_MAX, .t = UINT64_MAX, .small = 5, .text = "\xff\n", .empty = "x", .n = 0 },
	{ .u = 128,
		.i = 0,
		.t = 1000000,
		.text = "a text that is no short one",
		.empty = "",
		.name = "abc",
		.bytes = { 9 },
		.n = 8 },
};

static void write_samples(struct tape_out *out)
{
	struct tape_io io;

	tape_out_base(out, 1000);
	for (unsigned i = 0; i < ARRAY_SIZE(samples); i++) {
		struct sample s = samples[i];
		assert_true(tape_out_begin(out, &io));
		put_sample(&io, &s);
		tape_out_end(out, &io, &TAPE_ASK(TAPE_KCMP, i, -1));
		if (i == 0)
			tape_out_flush(out);
	}
}

static void answers_come_back_as_they_were(void **state)
{
	int fd = new_file();
	struct tape_out *out = tape_out_new(fd, TAPE_MAX);
	struct tape_in *in;
	struct tape_io io;
	enum tape_end how;
	size_t n;
	(void)state;

	write_samples(out);
	tape_out_finish(out, TAPE_COMPLETE);
	assert_int_equal(tape_out_status(out), 0);
	uint64_t size = tape_out_size(out);
	tape_out_free(out);
	uint8_t *bytes = content(fd, &n);
	assert_int_equal(n, size);
	assert_int_equal(tape_in_new(&in, bytes, n), 0);
	tape_in_base(in, 1000);
	for (unsigned i = ARRAY_SIZE(samples); i-- > 0;) { /* in whichever order they are asked for */
		const struct sample *s = &samples[i];
		struct sample got;
		memset(&got, 0xa5, sizeof(got));
		assert_true(tape_in_find(in, &TAPE_ASK(TAPE_KCMP, i, -1), &io));
		put_sample(&io, &got);
		assert_true(tape_in_done(in, &io));
		assert_true(
			got.u == s->u && got.i == s->i && got.t == s->t && got.small == s->small && got.yes == s->yes);
		assert_string_equal(got.text, s->text);
		assert_null(got.nothing);
		assert_string_equal(got.empty, s->empty);
		assert_string_equal(got.name, s->name);
		assert_int_equal(got.n, s->n);
		assert_memory_equal(got.bytes, s->bytes, s->n);
	}
	assert_true(tape_in_ended(in, &how));
	assert_int_equal(how, TAPE_COMPLETE);
	assert_int_equal(tape_in_misses(in).n, 0);
	tape_in_free(in);
	free(bytes);
}

static void what_is_not_on_it_is_a_miss(void **state)
{
	int fd = new_file();
	struct tape_out *out = tape_out_new(fd, TAPE_MAX);
	struct tape_in *in;
	struct tape_io io;
	size_t n;
	(void)state;

	write_samples(out);
	tape_out_finish(out, TAPE_COMPLETE);
	tape_out_free(out);
	uint8_t *bytes = content(fd, &n);
	assert_int_equal(tape_in_new(&in, bytes, n), 0);
	assert_false(tape_in_find(in, &TAPE_ASK(TAPE_KCMP, 0, 1), &io));
	assert_false(tape_in_find(in, &TAPE_ASK(TAPE_KCMP, 0), &io));
	assert_false(tape_in_find(in, &TAPE_ASK(TAPE_VMA, 0, -1), &io));
	assert_true(tape_in_find(in, &TAPE_ASK(TAPE_KCMP, 0, -1), &io));
	assert_false(tape_in_find(in, &TAPE_ASK(TAPE_KCMP, 0, -1), &io)); /* each is used once */
	assert_int_equal(tape_in_misses(in).n, 4);
	assert_int_equal(tape_in_misses(in).first, TAPE_KCMP);
	assert_int_equal(tape_in_report(in, &io), -ENODATA);
	tape_in_free(in);
	free(bytes);
}

static void a_control_byte_is_no_sentence(void **state)
{
	int fd = new_file();
	struct tape_out *out = tape_out_new(fd, TAPE_MAX);
	const char *evil = "\033[2J";
	struct tape_in *in;
	struct tape_io io;
	uint64_t at;
	const char *why;
	size_t n;
	(void)state;

	assert_true(tape_out_begin(out, &io));
	tape_sentence(&io, &evil);
	tape_out_end(out, &io, &TAPE_ASK(TAPE_NOW, 0));
	tape_out_finish(out, TAPE_COMPLETE);
	tape_out_free(out);
	uint8_t *bytes = content(fd, &n);
	assert_int_equal(tape_in_new(&in, bytes, n), 0);
	assert_true(tape_in_find(in, &TAPE_ASK(TAPE_NOW, 0), &io));
	tape_sentence(&io, &evil);
	assert_null(evil);
	assert_false(tape_in_done(in, &io));
	assert_int_equal(tape_in_trouble(in, &at, &why), TAPE_DAMAGED);
	tape_in_free(in);
	free(bytes);
}

static void a_full_tape_says_so(void **state)
{
	enum { MAX = 300 };
	int fd = new_file();
	struct tape_out *out = tape_out_new(fd, MAX);
	struct tape_in *in;
	struct tape_io io;
	enum tape_end how;
	size_t n, written = 0;
	(void)state;

	while (tape_out_begin(out, &io)) {
		uint64_t v = written++;
		tape_u64(&io, &v);
		tape_out_end(out, &io, &TAPE_ASK(TAPE_NOW, 0));
		tape_out_flush(out);
	}
	assert_int_equal(tape_out_status(out), -EFBIG);
	tape_out_finish(out, TAPE_COMPLETE);
	tape_out_free(out);
	uint8_t *bytes = content(fd, &n);
	assert_true(n <= MAX && n > MAX / 2);
	assert_int_equal(tape_in_new(&in, bytes, n), 0);
	for (uint64_t i = 0; i + 1 < written; i++)
		assert_true(tape_in_find(in, &TAPE_ASK(TAPE_NOW, 0), &io));
	assert_false(tape_in_find(in, &TAPE_ASK(TAPE_NOW, 0), &io)); /* the one that did not fit */
	assert_true(tape_in_ended(in, &how));
	assert_int_equal(how, TAPE_FULL);
	tape_in_free(in);
	free(bytes);
}

static void a_failed_write_is_told(void **state)
{
	int fds[2];
	struct tape_io io;
	(void)state;

	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	struct tape_out *out = tape_out_new(fds[1], TAPE_MAX);
	assert_true(tape_out_begin(out, &io));
	tape_out_end(out, &io, &TAPE_ASK(TAPE_NOW, 0));
	tape_out_flush(out);
	assert_int_equal(tape_out_status(out), -EPIPE);
	assert_false(tape_out_begin(out, &io));
	tape_out_free(out);
	close(fds[1]);
}

static uint64_t told_page;

static int live_origin(void *ctx, struct origin *ret)
{
	(void)ctx;
	*ret = (struct origin){ .kernel = "6.18", .machine = "aarch64", .wall_ns = 5, .page_bytes = told_page };
	return 0;
}

/* As said in a record: *ret_size bytes of it. */
static uint64_t page_replayed(uint64_t page, size_t *ret_size)
{
	int fd = new_file();
	struct tape_out *out = tape_out_new(fd, TAPE_MAX);
	struct kernel live = { .origin = live_origin, .page_bytes = page };
	struct tape_door door;
	struct origin o;
	struct tape_in *in;

	told_page = page;
	tape_door_init(&door, (struct tape){ .out = out }, &live);
	assert_int_equal(door.k.origin(door.k.ctx, &o), 0);
	assert_int_equal(kernel_page(&door.k), page ? page : 4096);
	tape_out_finish(out, TAPE_COMPLETE);
	tape_out_free(out);
	uint8_t *bytes = content(fd, ret_size);
	assert_int_equal(tape_in_new(&in, bytes, *ret_size), 0);
	tape_door_init(&door, (struct tape){ .in = in }, NULL);
	assert_int_equal(door.k.origin(door.k.ctx, &o), 0);
	assert_string_equal(o.machine, "aarch64");
	assert_int_equal(o.wall_ns, 5);
	assert_int_equal(kernel_page(&door.k), o.page_bytes);
	tape_in_free(in);
	free(bytes);
	return o.page_bytes;
}

static void a_page_is_told_where_it_is_not_the_least(void **state)
{
	size_t without, least, large;
	(void)state;

	assert_int_equal(page_replayed(0, &without), 4096);
	assert_int_equal(page_replayed(4096, &least), 4096);
	assert_int_equal(page_replayed(65536, &large), 65536);
	assert_int_equal(without, least); /* as records from before it was told */
	assert_true(large > least);
}

static void the_checksum_is_that_of_everybody(void **state)
{
	(void)state;
	assert_int_equal(tape_crc32("123456789", 9), 0xcbf43926);
	assert_int_equal(tape_crc32("", 0), 0);
}

/* ---- a whole run ---- */

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_CHILD_CLEARTID)

/* A thread on a stack of its own, a signal, a failed call, an end by exit_group. */
static void scenario(struct fake *f)
{
	fk_vma(f, 0x100000, 0x200000, VMA_READ | VMA_WRITE);
	fk_start(f);
	fk_call(f, PROGRAM, CALL_setns, 1);
	fk_foreign(f);
	fk_return(f, PROGRAM, -ENOSYS);
	fk_call(f, PROGRAM, CALL_unshare, CLONE_NEWNS);
	fk_return(f, PROGRAM, -EPERM);
	fk_clone(f, PROGRAM, THREAD_FLAGS, 0x1ff000);
	fk_created(f, PROGRAM, PTRACE_EVENT_CLONE, PROGRAM + 1, PROGRAM);
	fk_trap(f, PROGRAM + 1);
	fk_return(f, PROGRAM, PROGRAM + 1);
	fk_signal(f, PROGRAM + 1, SIGUSR1);
	fk_pause(f, 30000000);
	fk_clone(f, PROGRAM + 1, SIGCHLD, 0);
	fk_created(f, PROGRAM + 1, PTRACE_EVENT_FORK, PROGRAM + 2, PROGRAM + 2);
	fk_trap(f, PROGRAM + 2);
	fk_return(f, PROGRAM + 1, PROGRAM + 2);
	fk_exits(f, PROGRAM + 1, 0);
	fk_exited(f, PROGRAM + 1, 0);
}

/* A process with a second thread, which is there already; it makes one more, and ends. */
static void attached_scenario(struct fake *f)
{
	fk_attach(f);
	fk_there(f, PROGRAM);
	fk_there(f, PROGRAM + 1);
	fk_clone(f, PROGRAM + 1, THREAD_FLAGS, 0x1ff000);
	fk_created(f, PROGRAM + 1, PTRACE_EVENT_CLONE, PROGRAM + 2, PROGRAM);
	fk_trap(f, PROGRAM + 2);
	assert_int_equal(attach_begin(fk_run_of(f), (const pid_t[]){ PROGRAM }, 1), 1);
}

struct recorded {
	uint8_t *bytes;
	size_t n;
	char *story;
};

static void record(struct recorded *ret, enum trace_mode mode, bool attached)
{
	int fd = new_file();
	struct fake *f = fk_new(mode);
	struct run *r = fk_run_of(f);
	struct tape_out *out = tape_out_new(fd, TAPE_MAX);
	struct kernel *live = r->k;
	struct tape_head head;
	struct tape_door door;
	struct tape_io io;

	r->asked.follow_forks = true;
	(attached ? attached_scenario : scenario)(f);
	assert_int_equal(tape_head_of(&head, r, NULL), 0);
	tape_out_base(out, r->tell.t0_ns);
	assert_true(tape_out_begin(out, &io));
	tape_head_io(&io, &head);
	tape_out_end(out, &io, &(struct question){ .op = TAPE_HEAD });
	tape_head_release(&head);
	tape_door_init(&door, (struct tape){ .out = out }, live);
	run_use_door(r, &door.k);
	assert_int_equal(fk_run(f), 0);
	assert_int_equal(view_summary(r), 0);
	run_use_door(r, live);
	tape_out_finish(out, TAPE_COMPLETE);
	assert_int_equal(tape_out_status(out), 0);
	tape_out_free(out);
	ret->story = strdup(fk_story(f));
	assert_non_null(ret->story);
	ret->bytes = content(fd, &ret->n);
	fk_free(f);
}

static void release(struct recorded *r)
{
	free(r->bytes);
	free(r->story);
}

struct replayed {
	int err;
	bool ended;
	enum tape_trouble trouble;
	uint64_t misses, at;
	char *story;
};

/* story: NULL when it can't be opened. To be freed. */
static struct replayed replayed(const uint8_t *bytes, size_t n)
{
	struct recorder view;
	struct replay p;
	struct run r = { .tell = { .view = { { .sink = &view.s, .output.fd = -1 } }, .n_views = 1 } };
	struct replayed ret = { .err = replay_open(&p, bytes, n) };
	enum tape_end how;
	const char *why;

	recorder_init(&view);
	if (!ret.err) {
		ret.err = replay_run(&p, &r);
		ret.ended = tape_in_ended(p.in, &how);
		ret.misses = tape_in_misses(p.in).n;
		ret.story = strdup(outbuf_str(&view.story));
	}
	if (p.in)
		ret.trouble = tape_in_trouble(p.in, &ret.at, &why);
	if (ret.err == 0 && view.broken[0])
		fail_msg("%s", view.broken);
	run_release(&r);
	replay_close(&p);
	recorder_release(&view);
	return ret;
}

static void a_run_is_replayed_as_it_was(void **state)
{
	(void)state;
	static const struct {
		enum trace_mode mode;
		bool attached;
	} runs[] = { { MODE_FILTER, false }, { MODE_ALL, false }, { MODE_LIGHT, false }, { MODE_ALL, true },
		{ MODE_LIGHT, true } };

	for (unsigned i = 0; i < ARRAY_SIZE(runs); i++) {
		struct recorded rec;
		record(&rec, runs[i].mode, runs[i].attached);
		struct replayed got = replayed(rec.bytes, rec.n);
		assert_int_equal(got.err, 0);
		assert_true(got.ended);
		assert_int_equal(got.misses, 0);
		assert_string_equal(got.story, rec.story);
		free(got.story);
		release(&rec);
	}
}

/* A head that names a task twice, or one of no process, is refused, not followed. */
static void what_was_attached_to_makes_sense(void **state)
{
	const struct attached_process process[] = { { .tgid = 7 }, { .tgid = 7 } };
	const struct attached_task good[] = { { 7, 7, true }, { 8, 7, false } },
				   twice[] = { { 7, 7, false }, { 7, 7, false } }, strange[] = { { 9, 8, false } },
				   none[] = { { 0, 7, false } };
	const struct {
		size_t processes;
		const struct attached_task *task;
		size_t n;
		int err;
	} rows[] = { { 1, good, 2, 0 }, { 1, twice, 2, -EINVAL }, { 1, strange, 1, -EINVAL }, { 1, none, 1, -EINVAL },
		{ 2, good, 2, -EINVAL }, { 0, NULL, 0, 0 } };
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct attach attach = { .n = 0 };
		struct run r = { .attach = &attach };
		assert_int_equal(
			attached_restore(&r, process, rows[i].processes, rows[i].task, rows[i].n), rows[i].err);
		if (rows[i].task == good && rows[i].err == 0) {
			struct attached_task *back;
			assert_int_equal(attached_tasks(&r, &back), 2);
			assert_true(back[0].tid == 7 && back[0].zombie && back[1].tid == 8 && back[1].tgid == 7 &&
				!back[1].zombie);
			free(back);
		}
		attached_release(&attach);
		run_release(&r);
	}
}

/* Cut at each byte, it tells the beginning of the story, says that it is cut, and has every answer up to there. */
static void a_cut_tape_tells_what_it_has(void **state)
{
	struct recorded rec;
	size_t longest = 0, steps = 0;
	(void)state;

	record(&rec, MODE_ALL, false);
	for (size_t n = 0; n < rec.n; n++) {
		uint8_t *part = malloc(n ? n : 1);
		assert_non_null(part);
		memcpy(part, rec.bytes, n);
		struct replayed got = replayed(part, n);
		free(part);
		if (!got.story) {
			assert_true(got.err < 0);
			continue;
		}
		assert_true(got.err == 0 || got.err == -ENODATA); /* 0: only the last record is missing */
		assert_int_equal(got.trouble, TAPE_CUT);
		assert_int_equal(got.misses, 0);
		assert_true(got.at <= n);
		size_t len = strlen(got.story);
		if (strncmp(got.story, rec.story, len) != 0)
			fail_msg("cut at %zu the story is\n%s", n, got.story);
		assert_true(len >= longest);
		steps += len > longest;
		longest = len;
		free(got.story);
	}
	assert_int_equal(longest, strlen(rec.story));
	assert_true(steps >= 2); /* it is written now and then, not at the end */
	release(&rec);
}

/* One bit of it wrong is found, wherever it is. */
static void a_damaged_tape_is_found_out(void **state)
{
	struct recorded rec;
	(void)state;

	record(&rec, MODE_FILTER, false);
	for (size_t i = 0; i < rec.n * 8; i += 3) {
		rec.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		struct replayed got = replayed(rec.bytes, rec.n);
		if (!got.story)
			assert_true(got.err < 0);
		else
			assert_true(got.trouble != TAPE_NO_TROUBLE && got.at <= i / 8);
		free(got.story);
		rec.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	release(&rec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come_back_as_they_were),
		cmocka_unit_test(what_is_not_on_it_is_a_miss),
		cmocka_unit_test(a_control_byte_is_no_sentence),
		cmocka_unit_test(a_full_tape_says_so),
		cmocka_unit_test(a_failed_write_is_told),
		cmocka_unit_test(a_page_is_told_where_it_is_not_the_least),
		cmocka_unit_test(the_checksum_is_that_of_everybody),
		cmocka_unit_test(a_run_is_replayed_as_it_was),
		cmocka_unit_test(what_was_attached_to_makes_sense),
		cmocka_unit_test(a_cut_tape_tells_what_it_has),
		cmocka_unit_test(a_damaged_tape_is_found_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
