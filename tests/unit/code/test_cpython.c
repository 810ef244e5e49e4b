/* SPDX-License-Identifier: MIT */
/* An interpreter of 3.11 in one array: what it runs, and what is made of it when words of it are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include <thrtrace/backtrace.h>
#include <thrtrace/cpython.h>

#include "image.h"

#define THREAD  0x7f00dead0000ULL
#define PY_3_11 0x030b02f0U

/* Where things are in the array. */
enum {
	RUNTIME = 0,
	INTERPRETER = 0x400,
	STATE = 0x500,
	CFRAME = 0x600,
	INNER = 0x640,
	OUTER = 0x6c0,
	CODE = 0x740,
	NAME = 0x840,
	FILE_NAME = 0x900,
	TABLE = 0xa00,
};

static void text(struct image *m, unsigned at, const char *s)
{
	image_word(m, at + 16, strlen(s));
	image_word(m, at + 32, 1 << 2 | 1 << 5 | 1 << 6); /* one byte each, compact, ASCII */
	memcpy(m->bytes + at + 48, s, strlen(s) + 1);
}

static void frame(struct image *m, unsigned at, unsigned previous, unsigned instruction, bool entry)
{
	image_word(m, at + 32, IMAGE_BASE + CODE);
	image_word(m, at + 48, previous ? IMAGE_BASE + previous : 0);
	image_word(m, at + 56, IMAGE_BASE + CODE + 184 + 2 * instruction);
	m->bytes[at + 68] = entry;
}

/* def work, from line 10 of /src/a.py, whose instructions 0 and 1 are of line 11, 2 of none, 3 and 4 of line 9. */
static struct mem make(struct image *m)
{
	static const uint8_t table[] = { 0x80 | 13 << 3 | 1, 2, 0x80 | 15 << 3 | 0, 0x80 | 14 << 3 | 1, 5, 0, 0, 0 };

	memset(m, 0, sizeof(*m));
	image_word(m, RUNTIME + 40, IMAGE_BASE + INTERPRETER);
	image_word(m, INTERPRETER + 16, IMAGE_BASE + STATE);
	image_word(m, STATE + 16, IMAGE_BASE + INTERPRETER);
	image_word(m, STATE + 56, IMAGE_BASE + CFRAME);
	image_word(m, STATE + 152, THREAD);
	image_word(m, CFRAME + 8, IMAGE_BASE + INNER);
	frame(m, INNER, OUTER, 3, false);
	frame(m, OUTER, 0, 1, true);
	image_word(m, CODE + 16, 5);
	image_word(m, CODE + 72, 10);
	image_word(m, CODE + 112, IMAGE_BASE + FILE_NAME);
	image_word(m, CODE + 128, IMAGE_BASE + NAME);
	image_word(m, CODE + 136, IMAGE_BASE + TABLE);
	text(m, NAME, "work");
	text(m, FILE_NAME, "/src/a.py");
	image_word(m, TABLE + 16, sizeof(table));
	memcpy(m->bytes + TABLE + 32, table, sizeof(table));
	return image_mem(m);
}

/* The innermost frame of the thread; an error where there is none. */
static int first(const struct mem *mem, uint64_t version, taddr thread, struct cpython_frame *ret, taddr *at)
{
	struct cpython py;
	struct cpython_stack is;
	taddr state = 0;
	int err = cpython_open(&py, mem, IMAGE_BASE + RUNTIME, version);

	memset(ret, 0, sizeof(*ret));
	if (!err)
		err = cpython_thread(&py, mem, thread, &state, &is);
	*at = err ? 0 : is.frame[0];
	return err ? err : cpython_frame(&py, mem, at, ret);
}

static void frames_are_told_with_their_lines(void **unused)
{
	(void)unused;
	struct image m;
	struct mem mem = make(&m);
	struct cpython py;
	struct cpython_frame f = { 0 };
	struct cpython_stack is;
	taddr state = 0;

	assert_int_equal(cpython_open(&py, &mem, IMAGE_BASE + RUNTIME, PY_3_11), 0);
	assert_int_equal(cpython_thread(&py, &mem, THREAD, &state, &is), 0);
	assert_int_equal(is.n, 1);
	taddr at = is.frame[0];
	assert_int_equal(state, IMAGE_BASE + STATE);
	assert_int_equal(cpython_frame(&py, &mem, &at, &f), 0);
	assert_string_equal(f.name, "work");
	assert_string_equal(f.file, "/src/a.py");
	assert_int_equal(f.line, 9);
	assert_false(f.entry);
	assert_int_equal(cpython_frame(&py, &mem, &at, &f), 0);
	assert_int_equal(f.line, 11);
	assert_true(f.entry);
	assert_int_equal(at, 0);
	assert_int_equal(cpython_frame(&py, &mem, &at, &f), -ENOENT);
	/* A state that has been given back is not believed, though it still has the thread's number. */
	image_word(&m, INTERPRETER + 16, 0);
	assert_int_equal(cpython_thread(&py, &mem, THREAD, &state, &is), -ESRCH);
}

/* A thread in which an interpreter has called another: what that runs is the inner part, whichever is older. */
static void an_interpreter_within_another_comes_first(void **unused)
{
	(void)unused;
	enum { SECOND = 0xb00, ITS_STATE = 0xc00, ITS_CFRAME = 0xd00, ITS_FRAME = 0xd40 };
	struct image m;
	struct mem mem = make(&m);
	struct cpython py;
	struct cpython_stack is;
	taddr state = 0;

	assert_int_equal(cpython_open(&py, &mem, IMAGE_BASE + RUNTIME, PY_3_11), 0);
	assert_int_equal(cpython_thread(&py, &mem, THREAD, &state, &is), 0);
	assert_int_equal(is.n, 1);
	image_word(&m, SECOND + 16, IMAGE_BASE + ITS_STATE);
	image_word(&m, ITS_STATE + 16, IMAGE_BASE + SECOND);
	image_word(&m, ITS_STATE + 56, IMAGE_BASE + ITS_CFRAME);
	image_word(&m, ITS_STATE + 152, THREAD);
	image_word(&m, ITS_CFRAME + 8, IMAGE_BASE + ITS_FRAME);
	frame(&m, ITS_FRAME, 0, 1, true);
	for (unsigned younger = 0; younger < 2; younger++) { /* the list of interpreters begins with either */
		image_word(&m, RUNTIME + 40, IMAGE_BASE + (younger ? SECOND : INTERPRETER));
		image_word(&m, INTERPRETER, younger ? 0 : IMAGE_BASE + SECOND);
		image_word(&m, SECOND, younger ? IMAGE_BASE + INTERPRETER : 0);
		assert_int_equal(cpython_thread(&py, &mem, THREAD, &state, &is), 0);
		assert_int_equal(is.n, 2);
		assert_int_equal(
			is.frame[0], IMAGE_BASE + INNER); /* the stack grows down: CFRAME lies below ITS_CFRAME */
		assert_int_equal(is.frame[1], IMAGE_BASE + ITS_FRAME);
		assert_int_equal(state, IMAGE_BASE + STATE);
	}
}

static void an_instruction_without_a_line_has_none(void **unused)
{
	(void)unused;
	struct image m;
	struct mem mem = make(&m);
	struct cpython_frame f;
	taddr at;

	frame(&m, INNER, OUTER, 2, false);
	assert_int_equal(first(&mem, PY_3_11, THREAD, &f, &at), 0);
	assert_int_equal(f.line, 0);
}

static void names_of_other_letters_are_utf8(void **unused)
{
	(void)unused;
	static const uint16_t letters[] = { 'a', 0xe4, 0x3b1, 0x4e2d };
	struct image m;
	struct mem mem = make(&m);
	struct cpython_frame f;
	taddr at;

	image_word(&m, NAME + 16, 4);
	image_word(&m, NAME + 32, 2 << 2 | 1 << 5);
	memcpy(m.bytes + NAME + 72, letters, sizeof(letters));
	assert_int_equal(first(&mem, PY_3_11, THREAD, &f, &at), 0);
	assert_string_equal(f.name, "a\xc3\xa4\xce\xb1\xe4\xb8\xad");
}

static void what_does_not_fit_is_not_believed(void **unused)
{
	(void)unused;
	static const struct {
		unsigned at;
		uint64_t value;
		int err;
	} wrong[] = {
		{ RUNTIME + 40, 0, -ESRCH },                           /* no interpreter */
		{ RUNTIME + 40, 8, -EFAULT },                          /* not mapped */
		{ INTERPRETER + 16, IMAGE_BASE + CFRAME, -ESRCH },     /* of another interpreter */
		{ STATE + 8, IMAGE_BASE + STATE, 0 },                  /* a circle behind it */
		{ STATE + 152, THREAD + 1, -ESRCH },                   /* another thread */
		{ STATE + 56, 0, -ESRCH },                             /* runs nothing */
		{ CFRAME + 8, IMAGE_BASE + IMAGE_END, -EFAULT },       /* not mapped */
		{ INNER + 32, 0, -EFAULT },                            /* no code */
		{ INNER + 56, IMAGE_BASE + CODE + 184 + 10, -EINVAL }, /* behind its code */
		{ INNER + 56, IMAGE_BASE + CODE + 185, -EINVAL },      /* between two instructions */
		{ CODE + 16, ~0ULL, -EINVAL },                         /* of no size */
		{ NAME + 16, ~0ULL, -EINVAL },                         /* a text of no length */
		{ NAME + 32, 1 << 2 | 1 << 6, -EINVAL },               /* characters elsewhere */
		{ NAME + 32, 3 << 2 | 1 << 5 | 1 << 6, -EINVAL },      /* of three bytes */
	};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct image m;
		struct mem mem = make(&m);
		struct cpython_frame f;
		taddr at;
		image_word(&m, wrong[i].at, wrong[i].value);
		int err = first(&mem, PY_3_11, THREAD, &f, &at);
		if (err != wrong[i].err)
			fail_msg("row %zu: %d and not %d", i, err, wrong[i].err);
	}
}

static void threads_in_a_circle_have_an_end(void **unused)
{
	(void)unused;
	struct image m;
	struct mem mem = make(&m);
	struct cpython_frame f;
	taddr at;

	image_word(&m, STATE + 8, IMAGE_BASE + STATE);
	image_word(&m, INTERPRETER + 0, IMAGE_BASE + INTERPRETER);
	assert_int_equal(first(&mem, PY_3_11, THREAD + 1, &f, &at), -ESRCH);
}

static void other_versions_are_refused(void **unused)
{
	(void)unused;
	struct image m;
	struct mem mem = make(&m);
	struct cpython_frame f;
	taddr at;

	assert_int_equal(first(&mem, 0, THREAD, &f, &at), -EPROTONOSUPPORT);
	assert_int_equal(first(&mem, 0x030a0000, THREAD, &f, &at), -EPROTONOSUPPORT);
	assert_int_equal(first(&mem, 0x030e0000, THREAD, &f, &at), -EPROTONOSUPPORT);
	memcpy(m.bytes, "xdebugpy\x00\x00\x10\x03", 12); /* 3.16 may describe itself otherwise */
	assert_int_equal(first(&mem, PY_3_11, THREAD, &f, &at), -EPROTONOSUPPORT);
	memcpy(m.bytes, "xdebugpy\x00\x00\x0d\x03\x00\x00\x00\x00\x01", 17); /* without its lock */
	assert_int_equal(first(&mem, PY_3_11, THREAD, &f, &at), -EPROTONOSUPPORT);
}

static void it_is_said_why_not(void **unused)
{
	(void)unused;
	static const struct {
		struct cpython is;
		int err;
		const char *words;
	} row[] = {
		{ { .version = 0 }, -EPROTONOSUPPORT, "[Python before 3.11: its functions can't be told]" },
		{ { .version = 0x03100000 }, -EPROTONOSUPPORT, "[Python 3.16: its functions can't be told]" },
		{ { .version = 0x030e00f0, .free_threaded = true }, -EPROTONOSUPPORT,
			"[Python 3.14 without its lock: its functions can't be told]" },
		{ { .version = 0x030d00f0 }, -EINVAL, "[Python 3.13: its memory is not as its version says]" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct outbuf out;
		outbuf_init(&out, 256);
		cpython_why_format(&out, &row[i].is, row[i].err);
		assert_int_equal(outbuf_status(&out), 0);
		assert_string_equal(outbuf_str(&out), row[i].words);
		const struct frame note = { .pc = 1, .module = outbuf_str(&out) };
		assert_true(frame_is_python_note(&note));
		assert_false(frame_is_python(&note));
		outbuf_release(&out);
	}
}

/* ---- among the native ones ---- */

static const struct frame eval = { .pc = 9, .module = "libpython3.11.so.1.0", .symbol = "_PyEval_EvalFrameDefault" };
static const struct frame call = { .pc = 8, .module = "libpython3.11.so.1.0", .symbol = "cfunction_call" };
static const struct frame clone3 = { .pc = 7, .module = "libc.so.6", .symbol = "clone3" };
static const struct frame extension = { .pc = 6, .module = "_x.so", .symbol = "callback" };

static struct python_frame python(taddr pc, const char *file, bool entry)
{
	return (struct python_frame){
		{ .pc = pc, .module = PYTHON_MODULE, .symbol = "f", .file = file, .line = 1, .in_program = true }, entry
	};
}

static void each_call_from_c_has_its_frames(void **unused)
{
	(void)unused;
	struct backtrace bt = { .frame = { clone3, call, eval, extension, eval }, .n = 5 };
	const struct python_frame py[] = {
		python(101, "/usr/lib/python3.11/threading.py", false),
		python(102, "/src/a.py", true),
		python(103, "/usr/lib/python3.11/site-packages/b.py", false),
	};
	static const taddr expected[] = { 7, 8, 101, 102, 9, 6, 103, 9 };

	backtrace_mix(&bt, py, ARRAY_SIZE(py));
	assert_int_equal(bt.n, ARRAY_SIZE(expected));
	for (size_t i = 0; i < bt.n; i++)
		assert_int_equal(bt.frame[i].pc, expected[i]);
	assert_int_equal(backtrace_own(&bt)->pc, 102); /* the library is not the program's own */
	assert_true(bt.frame[2].runtime);
	assert_false(bt.frame[6].runtime);

	struct backtrace room;
	const struct backtrace *told = backtrace_told(&bt, &room);
	static const taddr shown[] = { 7, 101, 102, 6, 103 };
	assert_int_equal(told->n, ARRAY_SIZE(shown));
	for (size_t i = 0; i < told->n; i++)
		assert_int_equal(told->frame[i].pc, shown[i]);
}

/* A stripped 3.14 names none of the functions that run Python. */
static void where_they_run_is_not_always_named(void **unused)
{
	(void)unused;
	static const struct frame nameless = { .pc = 5, .module = "python3.14" };
	static const struct frame code = { .pc = 4, .module = "python3.14", .symbol = "PyEval_EvalCode" };
	struct backtrace bt = { .frame = { clone3, nameless, nameless, code, nameless }, .n = 5 };
	const struct python_frame py[] = { python(101, "/src/a.py", true), python(102, "/src/a.py", true) };
	static const taddr expected[] = { 7, 5, 101, 102, 5, 4, 5 };

	assert_ptr_equal(backtrace_python(&bt), &bt.frame[2]);
	backtrace_mix(&bt, py, ARRAY_SIZE(py));
	assert_int_equal(bt.n, ARRAY_SIZE(expected));
	for (size_t i = 0; i < bt.n; i++)
		assert_int_equal(bt.frame[i].pc, expected[i]);
}

static void without_an_interpreter_nothing_changes(void **unused)
{
	(void)unused;
	struct backtrace bt = { .frame = { clone3, extension }, .n = 2 }, room;
	const struct python_frame py[] = { python(101, "/src/a.py", true) };

	backtrace_mix(&bt, py, 1);
	assert_int_equal(bt.n, 2);
	assert_ptr_equal(backtrace_told(&bt, &room), &bt);
}

static void where_there_is_no_room_the_interpreters_own_go_first(void **unused)
{
	(void)unused;
	struct python_frame py[BACKTRACE_MAX];
	struct backtrace bt = { .frame = { clone3, call, call, eval }, .n = 4 };

	for (size_t i = 0; i < ARRAY_SIZE(py); i++)
		py[i] = python(100 + i, "/src/a.py", i == ARRAY_SIZE(py) - 1);
	backtrace_mix(&bt, py, ARRAY_SIZE(py));
	assert_int_equal(bt.n, BACKTRACE_MAX);
	assert_int_equal(bt.frame[1].pc, 100);
	assert_non_null(bt.stopped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_told_with_their_lines),
		cmocka_unit_test(an_interpreter_within_another_comes_first),
		cmocka_unit_test(an_instruction_without_a_line_has_none),
		cmocka_unit_test(names_of_other_letters_are_utf8),
		cmocka_unit_test(what_does_not_fit_is_not_believed),
		cmocka_unit_test(threads_in_a_circle_have_an_end),
		cmocka_unit_test(other_versions_are_refused),
		cmocka_unit_test(it_is_said_why_not),
		cmocka_unit_test(each_call_from_c_has_its_frames),
		cmocka_unit_test(where_they_run_is_not_always_named),
		cmocka_unit_test(without_an_interpreter_nothing_changes),
		cmocka_unit_test(where_there_is_no_room_the_interpreters_own_go_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
