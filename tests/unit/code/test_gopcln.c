/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include <thrtrace/gopcln.h>

/* A table of two functions at 0x1000 (16 bytes) and 0x1010 (32 bytes), as Go 1.20 lays it out. */
struct table {
	uint32_t magic;
	uint8_t pad[2], quantum, word;
	uint64_t nfunc, nfiles, text, names, units, files, pcs, funcs;
	char name[32];
	uint32_t unit[2];
	char file[16];
	uint8_t pc[16];
	uint32_t func[5];
	struct {
		uint32_t entry, name, args, deferreturn, pcsp, pcfile, pcln, npcdata, unit;
	} record[2];
};

static struct table make(void)
{
	struct table t = { .magic = 0xfffffff1, .quantum = 1, .word = 8, .nfunc = 2, .text = 0x1000 };

	t.names = offsetof(struct table, name);
	t.units = offsetof(struct table, unit);
	t.files = offsetof(struct table, file);
	t.pcs = offsetof(struct table, pc);
	t.funcs = offsetof(struct table, func);
	memcpy(t.name, "\0main.one\0main.two", 19);
	memcpy(t.file, "\0thr.go", 8);
	t.unit[0] = 1;
	/* at 1: file 0 for 48 bytes; at 4: line 9 for 4 bytes, then 11 for 44 */
	memcpy(t.pc, "\0\2\x30\0\x14\4\4\x2c\0", 9);
	uint32_t at = (uint32_t)(offsetof(struct table, record) - t.funcs);
	memcpy(t.func, (uint32_t[]){ 0, at, 16, at + sizeof(t.record[0]), 48 }, sizeof(t.func));
	for (uint32_t i = 0; i < 2; i++) {
		t.record[i].entry = i * 16;
		t.record[i].name = i ? 10 : 1;
		t.record[i].pcfile = 1;
		t.record[i].pcln = 4;
	}
	return t;
}

static void functions_and_lines_are_found(void **state)
{
	struct table t = make();
	struct gopcln_func f;
	(void)state;

	assert_int_equal(gopcln_find(&t, sizeof(t), 0, 0x1003, &f), 0);
	assert_string_equal(f.name, "main.one");
	assert_string_equal(f.file, "thr.go");
	assert_int_equal(f.line, 9);
	assert_int_equal(gopcln_find(&t, sizeof(t), 0, 0x1018, &f), 0);
	assert_string_equal(f.name, "main.two");
	assert_int_equal(f.start, 0x1010);
	assert_int_equal(f.line, 11);
	assert_int_equal(gopcln_find(&t, sizeof(t), 0, 0x1030, &f), -ENOENT);
	assert_int_equal(gopcln_find(&t, sizeof(t), 0, 0xfff, &f), -ENOENT);
}

static void damaged_tables_are_survived(void **state)
{
	struct table t = make();
	struct gopcln_func f;
	uint8_t *bytes = (uint8_t *)&t;
	(void)state;

	for (size_t cut = 0; cut < sizeof(t); cut++)
		(void)!gopcln_find(&t, cut, 0, 0x1003, &f);
	for (size_t i = 0; i < sizeof(t); i++) {
		for (int bit = 0; bit < 8; bit++) {
			bytes[i] ^= (uint8_t)(1 << bit);
			(void)!gopcln_find(&t, sizeof(t), 0, 0x1018, &f);
			bytes[i] ^= (uint8_t)(1 << bit);
		}
	}
	t.magic = 0xfffffffb;
	assert_int_equal(gopcln_find(&t, sizeof(t), 0, 0x1003, &f), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_and_lines_are_found),
		cmocka_unit_test(damaged_tables_are_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
