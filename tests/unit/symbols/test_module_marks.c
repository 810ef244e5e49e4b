/* SPDX-License-Identifier: MIT */
/* What a file exports for debuggers is found wherever its name stands, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "symbols/module_load.h"

#include "made_elf.h"

/* Names are read in pieces of 64 KiB from a table of more than that. */
enum { PIECE = 65536, NAMES = 4 * PIECE, PLACES = 8 };

struct placed {
	const char *text;
	uint32_t at;   /* of the table of names */
	uint32_t skip; /* the symbol's name begins so far behind that */
	int type;
};

/* A module with a symbol for each, whose addresses count up from 1. */
static struct module *with(const struct placed *p, size_t n, size_t names)
{
	static char text[NAMES];
	Elf64_Sym all[PLACES + 1] = { 0 };
	struct made_elf f;

	made_begin(&f);
	made_text(&f);
	memset(text, 'a', sizeof(text));
	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		memcpy(text + p[i].at, p[i].text, strlen(p[i].text) + (p[i].at + strlen(p[i].text) < names));
		all[i + 1] = (Elf64_Sym){ .st_name = p[i].at + p[i].skip,
			.st_info = (unsigned char)ELF64_ST_INFO(STB_GLOBAL, p[i].type),
			.st_shndx = 1,
			.st_value = i + 1,
			.st_size = 8 };
	}
	Elf64_Shdr *table = made_section(&f, ".symtab", SHT_SYMTAB, all, (n + 1) * sizeof(all[0]));
	table->sh_entsize = sizeof(all[0]);
	table->sh_link = f.n;
	made_section(&f, ".strtab", SHT_STRTAB, text, names);
	made_finish(&f, 0);
	return module_from_fd(f.fd, "made", NULL, NULL);
}

static void assert_at(struct module *m, const char *name, uint64_t addr)
{
	const struct module_mark *mark = module_mark(m, name);

	assert_non_null(mark);
	assert_string_equal(mark->name, name);
	assert_int_equal(mark->addr, addr);
}

static void they_are_found_wherever_a_piece_ends(void **state)
{
	static const struct placed p[] = {
		{ "Py_Version", 3 * PIECE - 1, 0, STT_OBJECT },         /* its first byte ends a piece */
		{ "__jit_debug_descriptor", PIECE - 5, 0, STT_OBJECT }, /* it goes over the end of one */
		{ "its_r_debug", 2 * PIECE - 3, 3, STT_OBJECT }, /* it is the end of another name, and begins a piece */
		{ "_thread_db_pthread_list", 40, 0, STT_NOTYPE }, { "_PyRuntime", 1000, 0, STT_FUNC },
		{ "gHotSpotVMStructsOfOthers", 2000, 0, STT_OBJECT }, { "_ZTV9gHotSpot", 3000, 0, STT_OBJECT },
		{ "gHotSpotVMStructs", NAMES - 17, 0, STT_OBJECT }, /* the table ends with it, without a NUL */
	};
	struct module *m = with(p, ARRAY_SIZE(p), NAMES);
	(void)state;

	assert_non_null(m);
	assert_at(m, "Py_Version", 1);
	assert_at(m, "__jit_debug_descriptor", 2);
	assert_at(m, "_r_debug", 3);
	assert_at(m, "gHotSpotVMStructs", 8);
	assert_null(module_mark(m, "_PyRuntime"));
	assert_null(module_mark(m, "_dl_debug_addr"));
	module_free(m);
}

static void a_small_table_is_one_piece(void **state)
{
	static const struct placed p[] = {
		{ "_r_debug", 500, 0, STT_OBJECT },
		{ "_PyRuntime", 100, 0, STT_OBJECT },
		{ "_thread_db_sizeof_pthread", 200, 0, STT_OBJECT },
	};
	struct module *m = with(p, ARRAY_SIZE(p), 1024);
	(void)state;

	assert_non_null(m);
	assert_at(m, "_r_debug", 1);
	assert_at(m, "_PyRuntime", 2);
	assert_at(m, "_thread_db_sizeof_pthread", 3);
	assert_null(module_mark(m, "Py_Version"));
	module_free(m);
}

/* Of two with one name the first one of the table counts. */
static void the_first_of_two_counts(void **state)
{
	static const struct placed p[] = {
		{ "_r_debug", PIECE, 0, STT_OBJECT },
		{ "_r_debug", PIECE, 0, STT_OBJECT },
	};
	struct module *m = with(p, ARRAY_SIZE(p), NAMES);
	(void)state;

	assert_non_null(m);
	assert_at(m, "_r_debug", 1);
	module_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_found_wherever_a_piece_ends),
		cmocka_unit_test(a_small_table_is_one_piece),
		cmocka_unit_test(the_first_of_two_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
