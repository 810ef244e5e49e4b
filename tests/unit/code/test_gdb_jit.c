/* SPDX-License-Identifier: MIT */
/* Files that a program has registered, in one array: the functions that they name, and what is made of wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <elf.h>
#include <errno.h>
#include <string.h>

#include <thrtrace/gdb_jit.h>

#include "image.h"

#define CODE 0x7f0000001000ULL

enum {
	DESCRIPTOR = 0,
	FIRST = 0x100,
	SECOND = 0x140,
	FILE_1 = 0x200,
	FILE_2 = 0x600,
	FILE_BYTES = 0x400,
};

/* Sections: none, code that is loaded to `loaded`, symbols, names. The symbol is 0x20 bytes, 0x10 behind `value`. */
static void file(struct image *m, unsigned at, unsigned type, taddr loaded, taddr value, const char *name)
{
	Elf64_Ehdr head = { .e_ident = ELFMAG,
		.e_type = (Elf64_Half)type,
		.e_shoff = 0x100,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 4 };
	head.e_ident[EI_CLASS] = ELFCLASS64;
	head.e_ident[EI_DATA] = ELFDATA2LSB;
	const Elf64_Shdr section[4] = {
		[1] = { .sh_type = SHT_PROGBITS, .sh_addr = loaded, .sh_size = 0x100 },
		[2] = { .sh_type = SHT_SYMTAB,
			.sh_offset = 0x80,
			.sh_size = 2 * sizeof(Elf64_Sym),
			.sh_link = 3,
			.sh_entsize = sizeof(Elf64_Sym) },
		[3] = { .sh_type = SHT_STRTAB, .sh_offset = 0x300, .sh_size = 0x40 },
	};
	const Elf64_Sym symbol[2] = {
		[1] = { .st_name = 1,
			.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
			.st_shndx = 1,
			.st_value = value + 0x10,
			.st_size = 0x20 },
	};
	memset(m->bytes + at, 0, FILE_BYTES);
	memcpy(m->bytes + at, &head, sizeof(head));
	memcpy(m->bytes + at + 0x80, symbol, sizeof(symbol));
	memcpy(m->bytes + at + 0x100, section, sizeof(section));
	strcpy((char *)m->bytes + at + 0x301, name);
}

static void entry(struct image *m, unsigned at, unsigned next, unsigned of)
{
	image_word(m, at, next ? IMAGE_BASE + next : 0);
	image_word(m, at + 16, IMAGE_BASE + of);
	image_word(m, at + 24, FILE_BYTES);
}

static void registers(struct image *m, unsigned first)
{
	image_word(m, DESCRIPTOR, 1 | 1ULL << 32);
	image_word(m, DESCRIPTOR + 8, first ? IMAGE_BASE + first : 0);
	image_word(m, DESCRIPTOR + 16, first ? IMAGE_BASE + first : 0);
}

/* One file that could be moved, as LLVM registers them. */
static struct mem make(struct image *m)
{
	memset(m, 0, sizeof(*m));
	file(m, FILE_1, ET_REL, CODE, 0, "one");
	entry(m, FIRST, 0, FILE_1);
	registers(m, FIRST);
	return image_mem(m);
}

static const char *name_at(struct gdb_jit *j, taddr at)
{
	const struct jit_piece *p = jit_map_find(&j->map, at);

	return p ? jit_map_name(&j->map, p) : "";
}

static void functions_have_the_names_of_their_symbols(void **unused)
{
	(void)unused;
	struct image m;
	struct mem mem = make(&m);
	struct gdb_jit j = { 0 };

	assert_int_equal(gdb_jit_read(&j, &mem, IMAGE_BASE + DESCRIPTOR), 0);
	assert_string_equal(name_at(&j, CODE + 0x0f), "");
	assert_string_equal(name_at(&j, CODE + 0x10), "one");
	assert_string_equal(name_at(&j, CODE + 0x2f), "one");
	assert_string_equal(name_at(&j, CODE + 0x30), "");
	gdb_jit_release(&j);
	file(&m, FILE_1, ET_DYN, CODE, CODE, "fixed"); /* its symbols are where they say */
	assert_int_equal(gdb_jit_read(&j, &mem, IMAGE_BASE + DESCRIPTOR), 0);
	assert_string_equal(name_at(&j, CODE + 0x10), "fixed");
	gdb_jit_release(&j);
}

static void what_is_registered_later_is_read_and_what_is_no_more_forgotten(void **unused)
{
	(void)unused;
	struct image m;
	struct mem mem = make(&m);
	struct gdb_jit j = { 0 };

	assert_int_equal(gdb_jit_read(&j, &mem, IMAGE_BASE + DESCRIPTOR), 0);
	file(&m, FILE_2, ET_REL, CODE + 0x1000, 0, "two");
	entry(&m, SECOND, FIRST, FILE_2);
	m.bytes[FILE_1] = 0; /* it is not read twice */
	registers(&m, SECOND);
	assert_int_equal(gdb_jit_read(&j, &mem, IMAGE_BASE + DESCRIPTOR), 0);
	assert_string_equal(name_at(&j, CODE + 0x10), "one");
	assert_string_equal(name_at(&j, CODE + 0x1010), "two");
	assert_int_equal(j.n, 2);
	entry(&m, SECOND, 0, FILE_2);
	image_word(&m, DESCRIPTOR, 1 | 2ULL << 32); /* JIT_UNREGISTER_FN */
	image_word(&m, DESCRIPTOR + 8, IMAGE_BASE + FIRST);
	assert_int_equal(gdb_jit_read(&j, &mem, IMAGE_BASE + DESCRIPTOR), 0);
	assert_string_equal(name_at(&j, CODE + 0x10), "");
	assert_string_equal(name_at(&j, CODE + 0x1010), "two");
	/* Code that lies where other code lay. */
	file(&m, FILE_1, ET_REL, CODE + 0x1008, 0, "over");
	entry(&m, FIRST, SECOND, FILE_1);
	registers(&m, FIRST);
	assert_int_equal(gdb_jit_read(&j, &mem, IMAGE_BASE + DESCRIPTOR), 0);
	assert_string_equal(name_at(&j, CODE + 0x1010), "");
	assert_string_equal(name_at(&j, CODE + 0x1018), "over");
	gdb_jit_release(&j);
	assert_int_equal(j.n, 0);
}

static void a_list_that_does_not_fit_is_not_believed(void **unused)
{
	(void)unused;
	static const struct {
		unsigned at;
		uint64_t value;
		int err;
	} wrong[] = {
		{ DESCRIPTOR, 2, -EPROTONOSUPPORT },
		{ DESCRIPTOR + 16, 8, -EFAULT },
		{ FIRST, IMAGE_BASE + FIRST, -EINVAL }, /* a circle */
		{ FIRST, IMAGE_BASE + IMAGE_END - 8, -EFAULT },
	};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct image m;
		struct mem mem = make(&m);
		struct gdb_jit j = { 0 };
		assert_int_equal(gdb_jit_read(&j, &mem, IMAGE_BASE + DESCRIPTOR), 0);
		image_word(&m, wrong[i].at, wrong[i].value);
		image_word(&m, DESCRIPTOR + 8, i + 1); /* there is something new */
		assert_int_equal(gdb_jit_read(&j, &mem, IMAGE_BASE + DESCRIPTOR), wrong[i].err);
		assert_string_equal(name_at(&j, CODE + 0x10), "");
		gdb_jit_release(&j);
	}
}

static void a_file_that_does_not_fit_names_nothing(void **unused)
{
	(void)unused;
	static const struct {
		unsigned at;
		uint64_t value;
	} wrong[] = {
		{ FIRST + 24, 0 },                                               /* no size */
		{ FIRST + 24, ~0ULL },                                           /* too large a one */
		{ FIRST + 16, IMAGE_BASE + IMAGE_END - 0x80 },                   /* it ends in a hole */
		{ FILE_1, 0 },                                                   /* no ELF */
		{ FILE_1 + 40, ~0ULL },                                          /* sections behind its end */
		{ FILE_1 + 0x100 + 64 + 16, 0 },                                 /* its code is loaded nowhere */
		{ FILE_1 + 0x100 + 2 * 64 + 24, ~0ULL - 8 },                     /* symbols behind its end */
		{ FILE_1 + 0x100 + 2 * 64 + 40, 9 },                             /* names in no section */
		{ FILE_1 + 0x100 + 3 * 64 + 24, ~0ULL },                         /* names behind its end */
		{ FILE_1 + 0x100 + 3 * 64 + 32, 3 },                             /* a name without an end */
		{ FILE_1 + 0x80 + 24, 0xffffffffULL | 2ULL << 32 | 1ULL << 48 }, /* a name behind them */
		{ FILE_1 + 0x80 + 24 + 16, 0 },                                  /* a symbol without a size */
	};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct image m;
		struct mem mem = make(&m);
		struct gdb_jit j = { 0 };
		image_word(&m, wrong[i].at, wrong[i].value);
		if (gdb_jit_read(&j, &mem, IMAGE_BASE + DESCRIPTOR) != 0 || j.map.n != 0)
			fail_msg("row %zu: %zu pieces", i, j.map.n);
		gdb_jit_release(&j);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_have_the_names_of_their_symbols),
		cmocka_unit_test(what_is_registered_later_is_read_and_what_is_no_more_forgotten),
		cmocka_unit_test(a_list_that_does_not_fit_is_not_believed),
		cmocka_unit_test(a_file_that_does_not_fit_names_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
