/* SPDX-License-Identifier: MIT */
/* What kind of program a file is: files made here, and the test itself. */
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
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/program.h"

/* A file of its own in the folder that the test runs in. */
static void make(char path[64], const void *bytes, size_t n)
{
	strcpy(path, "program_XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
}

/* An ELF file that asks for this interpreter. */
static void make_for(char path[64], const char *interpreter)
{
	struct {
		Elf64_Ehdr eh;
		Elf64_Phdr ph;
		char interp[64];
	} f = {
		.eh = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_DYN, .e_machine = EM_X86_64, .e_version = EV_CURRENT, .e_ehsize = sizeof(f.eh),
			.e_phoff = offsetof(__typeof__(f), ph), .e_phentsize = sizeof(f.ph), .e_phnum = 1,
		},
		.ph = {
			.p_type = PT_INTERP, .p_offset = offsetof(__typeof__(f), interp),
			.p_filesz = strlen(interpreter) + 1, .p_memsz = strlen(interpreter) + 1,
		},
	};

	strcpy(f.interp, interpreter);
	make(path, &f, sizeof(f));
}

static void the_interpreter_tells_the_library(void **state)
{
	static const struct {
		const char *interpreter, *libc;
		enum libc_kind kind;
	} rows[] = {
		{ "/lib/ld-musl-x86_64.so.1", "musl", LIBC_MUSL },
		{ "/system/bin/linker64", "bionic", LIBC_BIONIC },
		{ "/nowhere/ld.so", "", LIBC_UNKNOWN },
	};
	struct program_facts f;
	char path[64];
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		make_for(path, rows[i].interpreter);
		program_identify_file(path, &f);
		unlink(path);
		assert_string_equal(f.libc, rows[i].libc);
		assert_int_equal(f.kind, rows[i].kind);
		assert_false(f.is_static);
		assert_false(f.x32);
		assert_string_equal(f.path, path);
	}
}

static void a_file_that_is_no_program_tells_nothing(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} rows[] = { { "", 0 }, { "#!/bin/sh\n", 10 }, { ELFMAG, 4 },
		{ "\x7f"
		  "ELF\x02\x01\x01",
			16 } };
	struct program_facts f;
	char path[64];
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char bytes[16] = "";
		memcpy(bytes, rows[i].bytes, strlen(rows[i].bytes));
		make(path, bytes, rows[i].n);
		program_identify_file(path, &f);
		unlink(path);
		assert_string_equal(f.libc, "");
		assert_int_equal(f.kind, LIBC_UNKNOWN);
		assert_false(f.x32);
	}
	program_identify_file("nowhere/at/all", &f);
	assert_string_equal(f.libc, "");
	assert_false(f.setid);
}

static void whose_rights_it_takes(void **state)
{
	struct program_facts f;
	char path[64];
	(void)state;

	make_for(path, "/lib/ld-musl-x86_64.so.1");
	assert_int_equal(chmod(path, 04755), 0);
	program_identify_file(path, &f);
	assert_true(f.setid);
	assert_int_equal(f.setuid, getuid());
	assert_int_equal(f.setgid, -1);
	unlink(path);
	/* Without the group's right to execute the bit has no meaning. */
	make_for(path, "/lib/ld-musl-x86_64.so.1");
	assert_int_equal(chmod(path, 02745), 0);
	program_identify_file(path, &f);
	assert_false(f.setid);
	assert_int_equal(f.setgid, -1);
	unlink(path);
}

static void a_file_in_anothers_place_is_read_anew(void **state)
{
	struct program_facts f;
	char path[64], other[64];
	(void)state;

	make_for(path, "/lib/ld-musl-x86_64.so.1");
	program_identify_file(path, &f);
	assert_int_equal(f.kind, LIBC_MUSL);
	program_identify_file(path, &f); /* known */
	assert_int_equal(f.kind, LIBC_MUSL);
	make_for(other, "/system/bin/linker64");
	assert_int_equal(rename(other, path), 0);
	program_identify_file(path, &f);
	assert_int_equal(f.kind, LIBC_BIONIC);
	unlink(path);
}

static void this_test_is_told_of_as_a_task(void **state)
{
	struct program_facts f;
	char exe[CALL_PATH_MAX];
	(void)state;

	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	assert_true(n > 0);
	exe[n] = '\0';
	program_identify(getpid(), &f);
	assert_string_equal(f.path, exe);
	assert_false(f.setid);
	program_identify(INT32_MAX, &f); /* no such task */
	assert_string_equal(f.path, "");
	assert_string_equal(f.libc, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_interpreter_tells_the_library),
		cmocka_unit_test(a_file_that_is_no_program_tells_nothing),
		cmocka_unit_test(whose_rights_it_takes),
		cmocka_unit_test(a_file_in_anothers_place_is_read_anew),
		cmocka_unit_test(this_test_is_told_of_as_a_task),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
