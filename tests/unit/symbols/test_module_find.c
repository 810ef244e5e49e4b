/* SPDX-License-Identifier: MIT */
/* The file behind a mapping, by the mappings of the test itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include "symbols/module_find.h"

/* The test's own memory, also where nothing is: all that module_find asks of a door. */
static ssize_t own_mem(void *ctx, pid_t tid, taddr at, void *buf, size_t n)
{
	struct iovec here = { buf, n }, there = { (void *)(uintptr_t)at, n }; /* NOLINT: the test's own */
	(void)ctx;

	return process_vm_readv(tid, &here, 1, &there, 1, 0);
}

static const struct kernel door = { .read_mem = own_mem };

/* The mapping of the test that holds this address. */
static struct vma vma_at(const void *at)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[VMA_NAME + 128];
	struct vma v = { 0 };

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (vma_parse(line, strlen(line), &v) >= 0 && v.low <= (uintptr_t)at && v.high > (uintptr_t)at)
			break;
	fclose(f);
	assert_true(v.low <= (uintptr_t)at && v.high > (uintptr_t)at);
	return v;
}

static struct vma vma_named(const char *name)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[VMA_NAME + 128];
	struct vma v = { 0 };

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (vma_parse(line, strlen(line), &v) >= 0 && strcmp(v.name, name) == 0)
			break;
	fclose(f);
	return v;
}

static const int marker = 17; /* in a segment that is not code */

static void one_file_is_one_module(void **state)
{
	struct module_store store = { 0 };
	struct vma code = vma_at((const void *)(uintptr_t)&vma_at), data = vma_at(&marker);
	uint64_t bias, other;
	(void)state;

	struct module *m = module_find(&store, &door, getpid(), &code, true, &bias);
	assert_non_null(m);
	assert_string_equal(m->name, "test_module_find");
	assert_true(m->elf && m->program);
	assert_ptr_equal(module_find(&store, &door, getpid(), &data, true, &other), m);
	assert_int_equal(store.n, 1);
	/* However the two segments lie in the file, they were moved by the same distance. */
	assert_int_equal(bias, other);
	struct module_symbol *s = module_symbol(m, (uintptr_t)&vma_at - bias);
	assert_non_null(s);
	assert_string_equal(s->name, "vma_at");
	module_store_release(&store);
}

/* One function by three names, as glibc has its own; in each pair the other order in the alphabet. */
static void __GI___made(void) /* NOLINT: glibc's way */
{
}
static void __made(void) __attribute__((alias("__GI___made"), used)); /* NOLINT */
static void __of_both(void)                                           /* NOLINT */
{
}
static void of_both(void) __attribute__((alias("__of_both"), used));

static void the_name_that_people_know_is_shown(void **state)
{
	struct module_store store = { 0 };
	struct vma code = vma_at((const void *)(uintptr_t)&vma_at);
	uint64_t bias;
	(void)state;

	struct module *m = module_find(&store, &door, getpid(), &code, true, &bias);
	assert_non_null(m);
	struct module_symbol *s = module_symbol(m, (uintptr_t)&__GI___made - bias);
	assert_non_null(s);
	assert_string_equal(s->name, "__made");
	s = module_symbol(m, (uintptr_t)&__of_both - bias);
	assert_non_null(s);
	assert_string_equal(s->name, "of_both");
	module_store_release(&store);
}

static void the_vdso_is_read_from_memory(void **state)
{
	struct module_store store = { 0 };
	struct vma v = vma_named("[vdso]");
	uint64_t bias;
	(void)state;

	if (!v.high)
		skip();
	struct module *m = module_find(&store, &door, getpid(), &v, false, &bias);
	assert_non_null(m);
	assert_string_equal(m->name, "[vdso]");
	assert_true(m->elf);
	assert_int_equal(m->file, -1);
	assert_ptr_equal(module_find(&store, &door, getpid(), &v, false, &bias), m);
	module_store_release(&store);
}

enum { PAGE = 0x10000 }; /* the largest that machines have: pages of any size are parts of it */

/* An ELF file of four pages at most, with these segments. */
static int file_with(const Elf64_Phdr *ph, uint16_t n)
{
	Elf64_Ehdr eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_DYN,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(eh),
		.e_ehsize = sizeof(eh),
		.e_phentsize = sizeof(*ph),
		.e_phnum = n,
	};
	int fd = open("module_find.so", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 4 * PAGE), 0);
	assert_int_equal(pwrite(fd, &eh, sizeof(eh), 0), sizeof(eh));
	assert_int_equal(pwrite(fd, ph, n * sizeof(*ph), sizeof(eh)), n * sizeof(*ph));
	return fd;
}

struct mapped { /* one page of it */
	size_t at, offset;
	int prot;
};

/* Maps the file's pages as a dynamic linker does: each of them tells the same bias. */
static void one_bias(const Elf64_Phdr *ph, uint16_t n, const struct mapped *map, size_t n_map)
{
	struct module_store store = { 0 };
	int fd = file_with(ph, n);
	char *base = mmap(NULL, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(base != MAP_FAILED);
	for (size_t i = 0; i < n_map; i++)
		assert_true(mmap(base + map[i].at, PAGE, map[i].prot, MAP_PRIVATE | MAP_FIXED, fd,
				    (off_t)map[i].offset) != MAP_FAILED);
	for (size_t i = 0; i < n_map; i++) {
		struct vma v = vma_at(base + map[i].at);
		uint64_t bias;
		assert_non_null(module_find(&store, &door, getpid(), &v, false, &bias));
		assert_int_equal(bias, (uintptr_t)base);
	}
	assert_int_equal(store.n, 1);
	munmap(base, 8 * PAGE);
	close(fd);
	unlink("module_find.so");
	module_store_release(&store);
}

#define LOAD(flags, offset, vaddr, size)                                                                               \
	{                                                                                                              \
		PT_LOAD, flags, offset, vaddr, vaddr, size, size, PAGE                                                 \
	}

/* The last page of the read-only segment is the first of the writable one, which is RELRO (libc.so.6 of Debian 13). */
static void a_relro_page_is_of_the_writable_segment(void **state)
{
	const Elf64_Phdr ph[] = { LOAD(PF_R, 0, 0, PAGE + 0x200),
		LOAD(PF_R | PF_W, PAGE + 0x300, 2 * PAGE + 0x300, PAGE + 0x400) };
	const struct mapped map[] = { { 0, 0, PROT_READ }, { PAGE, PAGE, PROT_READ }, { 2 * PAGE, PAGE, PROT_READ },
		{ 3 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE } };
	(void)state;

	one_bias(ph, ARRAY_SIZE(ph), map, ARRAY_SIZE(map));
}

/* A small library as lld makes it: the first page of the file is mapped for each segment. */
static void one_page_of_the_file_is_mapped_for_each_segment(void **state)
{
	const Elf64_Phdr ph[] = { LOAD(PF_R, 0, 0, 0x600), LOAD(PF_R | PF_X, 0x600, PAGE + 0x600, 0x200),
		LOAD(PF_R | PF_W, 0x800, 2 * PAGE + 0x800, 0x100), LOAD(PF_R | PF_W, 0x900, 3 * PAGE + 0x900, 0x100) };
	const struct mapped map[] = { { 0, 0, PROT_READ }, { PAGE, 0, PROT_READ | PROT_EXEC },
		{ 2 * PAGE, 0, PROT_READ }, { 3 * PAGE, 0, PROT_READ | PROT_WRITE } };
	(void)state;

	one_bias(ph, ARRAY_SIZE(ph), map, ARRAY_SIZE(map));
}

/* A mapping at no place, so that no map_files entry is there and the path has to do. */
static struct vma by_path(const char *path)
{
	struct vma v = { .low = 0x10000, .high = 0x20000, .prot = VMA_READ | VMA_EXEC };
	struct stat st;

	assert_non_null(realpath(path, v.name));
	assert_int_equal(stat(path, &st), 0);
	v.inode = st.st_ino;
	v.dev_major = major(st.st_dev);
	v.dev_minor = minor(st.st_dev);
	return v;
}

static void another_file_at_the_path_is_not_taken(void **state)
{
	struct module_store store = { 0 };
	struct vma v = by_path("/proc/self/exe");
	uint64_t bias;
	(void)state;

	struct module *m = module_find(&store, &door, getpid(), &v, false, &bias);
	assert_non_null(m);
	assert_true(m->elf);
	v.inode++;
	struct module *named = module_find(&store, &door, getpid(), &v, false, &bias);
	assert_non_null(named);
	assert_ptr_not_equal(named, m);
	assert_false(named->elf);
	assert_string_equal(named->name, m->name);
	module_store_release(&store);
}

static void what_is_no_regular_file_is_not_opened(void **state)
{
	struct module_store store = { 0 };
	uint64_t bias;
	(void)state;

	unlink("module_find.fifo");
	assert_int_equal(mkfifo("module_find.fifo", 0600), 0);
	struct vma v = by_path("module_find.fifo");
	struct module *m = module_find(&store, &door, getpid(), &v, false, &bias); /* would wait for a writer */
	assert_non_null(m);
	assert_false(m->elf);
	assert_string_equal(m->name, "module_find.fifo");
	unlink("module_find.fifo");
	module_store_release(&store);
}

static void a_deleted_file_keeps_its_name(void **state)
{
	struct module_store store = { 0 };
	struct vma v = { .low = 0x10000, .high = 0x20000, .inode = 1, .name = "/tmp/gone/thr (deleted)" };
	uint64_t bias;
	(void)state;

	struct module *m = module_find(&store, &door, getpid(), &v, false, &bias);
	assert_non_null(m);
	assert_string_equal(m->name, "thr");
	/* As the program itself it is still there: /proc/TID/exe. */
	v.inode = 2;
	m = module_find(&store, &door, getpid(), &v, true, &bias);
	assert_non_null(m);
	assert_true(m->elf && m->program);
	module_store_release(&store);
}

static void memory_without_a_file_has_no_module(void **state)
{
	static const char *const names[] = { "", "[heap]", "[stack]", "[vsyscall]", "[anon:name]" };
	struct module_store store = { 0 };
	uint64_t bias;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct vma v = { .low = 0x10000, .high = 0x20000 };
		strcpy(v.name, names[i]);
		assert_null(module_find(&store, &door, getpid(), &v, false, &bias));
		assert_int_equal(bias, 0);
	}
	assert_int_equal(store.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_file_is_one_module),
		cmocka_unit_test(the_name_that_people_know_is_shown),
		cmocka_unit_test(a_relro_page_is_of_the_writable_segment),
		cmocka_unit_test(one_page_of_the_file_is_mapped_for_each_segment),
		cmocka_unit_test(the_vdso_is_read_from_memory),
		cmocka_unit_test(another_file_at_the_path_is_not_taken),
		cmocka_unit_test(what_is_no_regular_file_is_not_opened),
		cmocka_unit_test(a_deleted_file_keeps_its_name),
		cmocka_unit_test(memory_without_a_file_has_no_module),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
