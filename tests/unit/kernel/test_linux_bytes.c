/* SPDX-License-Identifier: MIT */
/* The live door reads memory, and changes nothing by it: here that of the test itself. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/kernel_linux.h"

#define PAGES 6

static struct kernel *door;
static size_t page;

static uint8_t *map(size_t pages, int prot, int flags)
{
	void *at = mmap(NULL, pages * page, prot, MAP_ANONYMOUS | flags, -1, 0);

	assert_ptr_not_equal(at, MAP_FAILED);
	return at;
}

static bool is_there(const void *at)
{
	uint64_t word = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &word, sizeof(word), (off_t)((uintptr_t)at / page * 8)), sizeof(word));
	close(fd);
	return word >> 62 != 0;
}

static ssize_t look(const void *at, void *buf, size_t n)
{
	return door->read_mem(door->ctx, getpid(), (uintptr_t)at, buf, n);
}

static void untouched_pages_are_zeros_and_stay_untouched(void **state)
{
	uint8_t *at = map(PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE), *buf = malloc(PAGES * page);
	(void)state;

	at[0] = 'a';
	at[3 * page] = 'd';
	memset(buf, 'x', PAGES * page);
	assert_int_equal(look(at + 8, buf, PAGES * page - 8), PAGES * page - 8);
	for (size_t i = 0; i < PAGES * page - 8; i++)
		assert_int_equal(buf[i], i == 3 * page - 8 ? 'd' : 0);
	assert_int_equal(look(at, buf, 1), 1);
	assert_int_equal(buf[0], 'a');
	for (size_t i = 0; i < PAGES; i++)
		assert_int_equal(is_there(at + i * page), i == 0 || i == 3);
	munmap(at, PAGES * page);
	free(buf);
}

static void hints_touch_nothing(void **state)
{
	uint8_t *at = map(PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE), buf[64];
	const pid_t tids[2] = { getpid(), getpid() };
	(void)state;

	at[page - 1] = 'a';
	door->expect_mem(door->ctx, tids,
		(const struct mem_range[]){ { (uintptr_t)at + page - 8, 8 }, { (uintptr_t)at + page - 8, 64 } }, 2);
	assert_false(is_there(at + page));
	assert_int_equal(look(at + page - 8, buf, sizeof(buf)), sizeof(buf));
	assert_int_equal(buf[7], 'a');
	assert_int_equal(buf[8], 0);
	assert_false(is_there(at + page));
	munmap(at, PAGES * page);
}

/* The kernel has them itself: nothing is asked first, which is seen by what a read of such a page does to it. */
static void pages_that_the_kernel_uses_are_not_asked_for(void **state)
{
	uint8_t *at = map(PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE), buf[8];
	(void)state;

	door->used_mem(door->ctx, getpid(), (struct mem_range){ (uintptr_t)at + page + 8, 8 });
	assert_int_equal(look(at + page, buf, sizeof(buf)), sizeof(buf));
	assert_int_equal(look(at + 2 * page, buf, sizeof(buf)), sizeof(buf));
	assert_true(is_there(at + page));
	assert_false(is_there(at + 2 * page));
	munmap(at, PAGES * page);
}

static void reads_end_at_a_hole(void **state)
{
	uint8_t *at = map(PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE), *buf = malloc(PAGES * page);
	(void)state;

	at[0] = 'a';
	assert_int_equal(mprotect(at + 2 * page, page, PROT_NONE), 0);
	assert_int_equal(munmap(at + 4 * page, page), 0);
	assert_int_equal(look(at, buf, PAGES * page), 2 * page);
	assert_int_equal(look(at + 2 * page, buf, page), -EFAULT);
	assert_int_equal(look(at + 3 * page, buf, 3 * page), page);
	assert_int_equal(look(at + 4 * page, buf, 1), -EFAULT);
	munmap(at, PAGES * page);
	free(buf);
}

/* What others have put there is read, though this process has no page of it. */
static void memory_of_others_is_read(void **state)
{
	uint8_t *at = map(1, PROT_READ | PROT_WRITE, MAP_SHARED), got = 0;
	pid_t child = fork();
	(void)state;

	if (child == 0) {
		at[5] = 'c';
		_exit(0);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(look(at + 5, &got, 1), 1);
	assert_int_equal(got, 'c');
	munmap(at, page);
}

static void memory_of_files_is_read(void **state)
{
	char name[] = "/tmp/test_linux_bytes-XXXXXX", got[4] = "";
	int fd = mkstemp(name);
	(void)state;

	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(pwrite(fd, "file", 4, 16), 4);
	void *at = mmap(NULL, page, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_ptr_not_equal(at, MAP_FAILED);
	assert_int_equal(look((char *)at + 16, got, 4), 4);
	assert_memory_equal(got, "file", 4);
	munmap(at, page);
	close(fd);
}

static unsigned open_files(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* As the text of /proc/self/maps has them, and nothing that lies between. */
static void code_of_files_is_found_from_below(void **state)
{
	uint8_t *anonymous = map(PAGES, PROT_READ | PROT_EXEC, MAP_PRIVATE);
	struct vma v;
	taddr at = 0;
	char line[4096];
	FILE *f = fopen("/proc/self/maps", "re");
	(void)state;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		struct vma want;
		if (vma_parse(line, strlen(line), &want) < 0 || !want.inode || !(want.prot & VMA_EXEC))
			continue;
		assert_int_equal(door->vma(door->ctx, getpid(), at, true, &v), 0);
		assert_int_equal(v.low, want.low);
		assert_int_equal(v.high, want.high);
		assert_string_equal(v.name, want.name);
		at = v.high;
	}
	fclose(f);
	assert_int_not_equal(at, 0);
	assert_int_equal(door->vma(door->ctx, getpid(), at, true, &v), -ENOENT);
	assert_int_equal(door->vma(door->ctx, getpid(), (uintptr_t)anonymous, false, &v), 0);
	assert_true(v.low <= (uintptr_t)anonymous && v.prot & VMA_EXEC);
	munmap(anonymous, PAGES * page);
}

static void *look_from_thread(void *at)
{
	uint8_t got = 1;

	assert_int_equal(door->read_mem(door->ctx, gettid(), (uintptr_t)at, &got, 1), 1);
	assert_int_equal(got, 0);
	return NULL;
}

/* Each has /proc files of its own, and all of them say the same. */
static void threads_share_open_files(void **state)
{
	uint8_t *at = map(1, PROT_READ | PROT_WRITE, MAP_PRIVATE), got;
	(void)state;

	assert_int_equal(look(at, &got, 1), 1);
	unsigned before = open_files();
	for (int i = 0; i < 20; i++) {
		pthread_t t;
		assert_int_equal(pthread_create(&t, NULL, look_from_thread, at), 0);
		pthread_join(t, NULL);
	}
	assert_int_equal(open_files(), before);
	assert_false(is_there(at));
	munmap(at, page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(untouched_pages_are_zeros_and_stay_untouched),
		cmocka_unit_test(hints_touch_nothing),
		cmocka_unit_test(pages_that_the_kernel_uses_are_not_asked_for),
		cmocka_unit_test(reads_end_at_a_hole),
		cmocka_unit_test(memory_of_others_is_read),
		cmocka_unit_test(memory_of_files_is_read),
		cmocka_unit_test(code_of_files_is_found_from_below),
		cmocka_unit_test(threads_share_open_files),
	};

	page = (size_t)sysconf(_SC_PAGESIZE);
	if (kernel_linux_new(&door) != 0)
		return 77;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	kernel_linux_free(door);
	return failed;
}
