/* SPDX-License-Identifier: MIT */
/* What is mapped where, as records told it, when there is nobody left to ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <elf.h>
#include <errno.h>
#include <string.h>

#include "observe/spaces.h"

#define PID 4711

static ssize_t no_proc(void *ctx, pid_t tid, const char *file, char *buf, size_t n)
{
	(void)ctx;
	(void)tid;
	(void)file;
	(void)buf;
	(void)n;
	return -ESRCH;
}

static struct vma file(taddr low, taddr high, uint64_t offset, uint32_t prot)
{
	return (struct vma){ .low = low, .high = high, .offset = offset, .prot = prot, .inode = 1, .name = "/bin/p" };
}

/* The kernel maps a static-pie whole, and then its segments on top. */
static void the_last_mapping_is_on_top(void **state)
{
	struct spaces s = { 0 };
	struct vma whole = file(0x10000, 0x90000, 0, VMA_READ),
		   text = file(0x20000, 0x50000, 0x10000, VMA_READ | VMA_EXEC),
		   data = file(0x70000, 0x80000, 0x60000, VMA_READ | VMA_WRITE), v;
	(void)state;

	spaces_map(&s, PID, &whole, 1);
	spaces_map(&s, PID, &text, 1);
	spaces_map(&s, PID, &data, 1);
	assert_int_equal(spaces_vma(&s, PID, 0x30000, &v), 0);
	assert_true(v.low == 0x20000 && v.high == 0x50000 && (v.prot & VMA_EXEC));
	assert_int_equal(spaces_vma(&s, PID, 0x10000, &v), 0);
	assert_true(v.low == 0x10000 && v.high == 0x20000 && v.offset == 0);
	assert_int_equal(spaces_vma(&s, PID, 0x60000, &v), 0);
	assert_true(v.low == 0x50000 && v.high == 0x70000 && v.offset == 0x40000);
	assert_int_equal(spaces_vma(&s, PID, 0x85000, &v), 0);
	assert_true(v.low == 0x80000 && v.high == 0x90000 && v.offset == 0x70000);
	assert_int_equal(spaces_vma(&s, PID, 0x90000, &v), -ENOENT);
	assert_int_equal(spaces_vma(&s, PID + 1, 0x30000, &v), -ENOENT);
	spaces_release(&s);
}

static void a_child_has_them_too_until_its_execve(void **state)
{
	struct kernel k = { .read_proc = no_proc };
	struct spaces s = { 0 };
	struct vma text = file(0x20000, 0x50000, 0, VMA_READ | VMA_EXEC), anonymous = text, v;
	(void)state;

	anonymous.inode = 0;
	anonymous.low += 0x100000;
	anonymous.high += 0x100000;
	spaces_map(&s, PID, &text, 1);
	spaces_map(&s, PID, &anonymous, 1); /* which says nothing of a file's */
	spaces_fork(&s, PID, PID + 1);
	assert_int_equal(spaces_vma(&s, PID + 1, 0x20000, &v), 0);
	assert_int_equal(spaces_vma(&s, PID + 1, 0x120000, &v), -ENOENT);
	assert_int_equal(spaces_exec_ns(&s, PID + 1), 0);
	spaces_exec(&s, &k, PID + 1, 99);
	assert_int_equal(spaces_vma(&s, PID + 1, 0x20000, &v), -ENOENT);
	assert_int_equal(spaces_exec_ns(&s, PID + 1), 99);
	assert_int_equal(spaces_vma(&s, PID, 0x20000, &v), 0);
	spaces_gone(&s, PID);
	assert_int_equal(spaces_vma(&s, PID, 0x20000, &v), -ENOENT);
	spaces_release(&s);
}

/* Nobody was in time to read the auxiliary vector: the program is what was mapped first. */
static void the_program_is_mapped_first(void **state)
{
	struct kernel k = { .read_proc = no_proc };
	struct spaces s = { 0 };
	struct vma text = file(0x20000, 0x50000, 0, VMA_READ | VMA_EXEC);
	uint64_t auxv[8];
	(void)state;

	assert_int_equal(spaces_auxv(&s, PID, (char *)auxv, sizeof(auxv)), -ENOENT);
	spaces_exec(&s, &k, PID, 1);
	assert_int_equal(spaces_auxv(&s, PID, (char *)auxv, sizeof(auxv)), -ENOENT);
	spaces_map(&s, PID, &text, 1);
	assert_int_equal(spaces_auxv(&s, PID, (char *)auxv, sizeof(auxv)), 32);
	assert_true(auxv[0] == AT_PHDR && auxv[1] == 0x20000 && auxv[2] == AT_NULL);
	assert_int_equal(spaces_auxv(&s, PID, (char *)auxv, 8), -ENOENT);
	spaces_release(&s);
}

/* What a kernel says that lies at the one place of which it is asked. */
static int mapped_now(void *ctx, pid_t tid, taddr addr, bool next_code, struct vma *ret)
{
	const struct vma *now = ctx;
	(void)tid;
	(void)addr;
	(void)next_code;

	*ret = *now;
	return now->high ? 0 : -ENOENT;
}

static void a_file_is_the_same_since_its_mapping_while_it_is_there(void **state)
{
	struct vma constants = file(0x20000, 0x50000, 0x10000, VMA_READ), now = constants;
	struct kernel k = { .vma = mapped_now, .ctx = &now };
	struct spaces s = { 0 };
	(void)state;

	assert_false(spaces_same_since(&s, &k, PID, 0x30000, 9));
	spaces_map(&s, PID, &constants, 5);
	assert_true(spaces_same_since(&s, &k, PID, 0x30000, 5));
	assert_false(spaces_same_since(&s, &k, PID, 0x30000, 4)); /* before it was mapped */
	now.inode = 2;                                            /* as a file of a lower layer has it */
	assert_true(spaces_same_since(&s, &k, PID, 0x30000, 5));
	now.offset += 0x1000;
	assert_false(spaces_same_since(&s, &k, PID, 0x30000, 5));
	now = file(0x20000, 0x50000, 0x10000, VMA_READ);
	strcpy(now.name, "/bin/q");
	assert_false(spaces_same_since(&s, &k, PID, 0x30000, 5));
	now = (struct vma){ .low = 0x30000, .high = 0x31000, .prot = VMA_READ | VMA_WRITE };
	assert_false(spaces_same_since(&s, &k, PID, 0x30000, 5));
	now.high = 0;
	assert_false(spaces_same_since(&s, &k, PID, 0x30000, 5));
	spaces_release(&s);
}

static void what_may_be_written_to_is_never_the_same(void **state)
{
	const uint32_t prots[] = { VMA_READ | VMA_WRITE, VMA_READ | VMA_SHARED };
	(void)state;

	for (size_t i = 0; i < 2; i++) {
		struct vma constants = file(0x20000, 0x50000, 0, VMA_READ), other = file(0x20000, 0x50000, 0, prots[i]),
			   now = constants;
		struct kernel k = { .vma = mapped_now, .ctx = &now };
		struct spaces s = { 0 };

		spaces_map(&s, PID, &other, 1);
		assert_false(spaces_same_since(&s, &k, PID, 0x30000, 5)); /* then */
		spaces_map(&s, PID, &constants, 2);
		assert_true(spaces_same_since(&s, &k, PID, 0x30000, 5));
		now = other;
		assert_false(spaces_same_since(&s, &k, PID, 0x30000, 5)); /* now */
		spaces_release(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_mapping_is_on_top),
		cmocka_unit_test(a_child_has_them_too_until_its_execve),
		cmocka_unit_test(the_program_is_mapped_first),
		cmocka_unit_test(a_file_is_the_same_since_its_mapping_while_it_is_there),
		cmocka_unit_test(what_may_be_written_to_is_never_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
