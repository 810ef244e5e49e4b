/* SPDX-License-Identifier: MIT */
/* HotSpot's table of itself in one array: where its interpreter is, and what is made of wrong words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include <thrtrace/hotspot.h>

#include "image.h"

#define CODE 0x7f0000001000ULL

enum {
	VARIABLE = 0,
	TABLE = 0x100,
	TEXTS = 0x400,
	POINTER = 0x600,
	QUEUE = 0x640,
	ROW = 48,
	SIZE = 0x8000,
};

struct java {
	struct image i;
	unsigned rows, texts;
};

static uint64_t text(struct java *m, const char *s)
{
	uint64_t at = IMAGE_BASE + TEXTS + m->texts;

	strcpy((char *)m->i.bytes + TEXTS + m->texts, s);
	m->texts += (unsigned)strlen(s) + 1;
	return at;
}

static void row(struct java *m, uint64_t type, const char *field, bool is_static, uint64_t offset, uint64_t address)
{
	unsigned at = TABLE + ROW * m->rows++;

	image_word(&m->i, at, type);
	image_word(&m->i, at + 8, text(m, field));
	image_word(&m->i, at + 24, is_static);
	image_word(&m->i, at + 32, offset);
	image_word(&m->i, at + 40, address);
}

static struct mem make(struct java *m)
{
	memset(m, 0, sizeof(*m));
	image_word(&m->i, VARIABLE, IMAGE_BASE + TABLE);
	row(m, text(m, "Klass"), "_code", true, 0, 8);
	uint64_t queue = text(m, "StubQueue");
	row(m, queue, "_stub_buffer", false, 8, 0);
	row(m, queue, "_buffer_limit", false, 20, 0);
	row(m, text(m, "AbstractInterpreter"), "_code", true, 0, IMAGE_BASE + POINTER);
	image_word(&m->i, POINTER, IMAGE_BASE + QUEUE);
	image_word(&m->i, QUEUE + 8, CODE);
	image_word(&m->i, QUEUE + 16, (uint64_t)SIZE << 32);
	return image_mem(&m->i);
}

static void the_interpreter_is_where_the_table_says(void **unused)
{
	(void)unused;
	struct java m;
	struct mem mem = make(&m);
	struct hotspot h = { 0 };

	assert_int_equal(hotspot_look(&h, &mem, IMAGE_BASE + VARIABLE), 0);
	assert_int_equal(h.low, CODE);
	assert_int_equal(h.high, CODE + SIZE);
	image_word(&m.i, VARIABLE, 0); /* it is not looked for twice */
	assert_int_equal(hotspot_look(&h, &mem, IMAGE_BASE + VARIABLE), 0);
}

static void before_it_is_made_it_is_nowhere(void **unused)
{
	(void)unused;
	struct java m;
	struct mem mem = make(&m);
	struct hotspot h = { 0 };

	image_word(&m.i, POINTER, 0);
	assert_int_equal(hotspot_look(&h, &mem, IMAGE_BASE + VARIABLE), -ENOENT);
	assert_int_equal(h.high, 0);
	image_word(&m.i, POINTER, IMAGE_BASE + QUEUE);
	assert_int_equal(hotspot_look(&h, &mem, IMAGE_BASE + VARIABLE), 0);
	assert_int_equal(h.low, CODE);
}

static void what_does_not_fit_is_not_believed(void **unused)
{
	(void)unused;
	static const struct {
		unsigned at;
		uint64_t value;
		int err;
	} wrong[] = {
		{ VARIABLE, 8, -EFAULT },                         /* no table */
		{ VARIABLE, IMAGE_BASE + POINTER, -EINVAL },      /* another one */
		{ TABLE + 3 * ROW, 0, -EINVAL },                  /* it ends before the interpreter's row */
		{ TABLE + 3 * ROW + 24, 0, -EINVAL },             /* no static field */
		{ TABLE + 3 * ROW + 8, 0, -EINVAL },              /* a field without a name */
		{ TABLE + ROW + 32, 1 << 20, -EINVAL },           /* a queue of no such size */
		{ TABLE + 2 * ROW, IMAGE_BASE + TEXTS, -EINVAL }, /* of another type */
		{ POINTER, 8, -EFAULT },
		{ QUEUE + 8, 0, -EINVAL },
		{ QUEUE + 16, 0, -EINVAL },
		{ QUEUE + 16, 0xffffffffULL << 32, -EINVAL },
		{ QUEUE + 8, ~0ULL, -EINVAL },
	};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct java m;
		struct mem mem = make(&m);
		struct hotspot h = { 0 };
		image_word(&m.i, wrong[i].at, wrong[i].value);
		int err = hotspot_look(&h, &mem, IMAGE_BASE + VARIABLE);
		if (err != wrong[i].err || h.high)
			fail_msg("row %zu: %d and not %d", i, err, wrong[i].err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_interpreter_is_where_the_table_says),
		cmocka_unit_test(before_it_is_made_it_is_nowhere),
		cmocka_unit_test(what_does_not_fit_is_not_believed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
