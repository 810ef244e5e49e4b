/* SPDX-License-Identifier: MIT */
/* An ELF file in the making: sections as a test wants them, one after the other, and what must be around them. */
#ifndef TESTS_UNIT_MADE_ELF_H
#define TESTS_UNIT_MADE_ELF_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MADE_CODE = 0x400000, MADE_SECTIONS = 8 };

struct made_elf {
	int fd;
	off_t end;
	Elf64_Shdr sh[MADE_SECTIONS];
	unsigned n;
	char names[256];
	size_t n_names;
};

static inline void made_begin(struct made_elf *f)
{
	*f = (struct made_elf){ .fd = memfd_create("made", MFD_CLOEXEC), .end = 4096, .n = 1, .n_names = 1 };
	assert_true(f->fd >= 0);
}

/* bytes NULL: a hole. */
static inline Elf64_Shdr *made_section(
	struct made_elf *f, const char *name, uint32_t type, const void *bytes, uint64_t size)
{
	Elf64_Shdr *sh = &f->sh[f->n++];

	*sh = (Elf64_Shdr){ .sh_name = (Elf64_Word)f->n_names,
		.sh_type = type,
		.sh_offset = (Elf64_Off)f->end,
		.sh_size = size,
		.sh_addralign = 1 };
	strcpy(f->names + f->n_names, name);
	f->n_names += strlen(name) + 1;
	if (bytes)
		assert_int_equal(pwrite(f->fd, bytes, size, f->end), size);
	f->end += (off_t)((size + 7) / 8 * 8);
	return sh;
}

/* The names' section claims names_size bytes; 0: as many as it has. */
static inline void made_finish(struct made_elf *f, uint64_t names_size)
{
	static const uint16_t one = 1;
	Elf64_Ehdr eh = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
				  *(const uint8_t *)&one ? ELFDATA2LSB : ELFDATA2MSB, EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof(eh),
		.e_shentsize = sizeof(Elf64_Shdr) };

	made_section(f, ".shstrtab", SHT_STRTAB, f->names, sizeof(f->names));
	if (names_size) {
		f->sh[f->n - 1].sh_size = names_size;
		f->end += (off_t)names_size;
	}
	eh.e_shoff = (Elf64_Off)f->end;
	eh.e_shnum = (Elf64_Half)f->n;
	eh.e_shstrndx = (Elf64_Half)(f->n - 1);
	assert_int_equal(pwrite(f->fd, f->sh, f->n * sizeof(f->sh[0]), f->end), f->n * sizeof(f->sh[0]));
	assert_int_equal(pwrite(f->fd, &eh, sizeof(eh), 0), sizeof(eh));
}

static inline void made_text(struct made_elf *f)
{
	Elf64_Shdr *text = made_section(f, ".text", SHT_PROGBITS, NULL, 4096);

	text->sh_flags = SHF_ALLOC | SHF_EXECINSTR;
	text->sh_addr = MADE_CODE;
}

#endif
