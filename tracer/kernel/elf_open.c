/* SPDX-License-Identifier: MIT */
#include "kernel/elf_open.h"

#include <elf.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

/*
 * Counts that do not fit into the header stand in the first section's (elf(5), e_shnum and e_phnum): for core files and
 * objects of a compiler, not for programs. libelf makes room for as many as are claimed.
 */
static bool is_sane(int fd)
{
	union {
		Elf64_Ehdr wide;
		Elf32_Ehdr narrow;
	} h;

	if (pread(fd, &h, sizeof(h), 0) < (ssize_t)sizeof(h.narrow) || memcmp(h.wide.e_ident, ELFMAG, SELFMAG) != 0)
		return false;
	bool wide = h.wide.e_ident[EI_CLASS] == ELFCLASS64;
	if ((wide ? h.wide.e_phnum : h.narrow.e_phnum) == PN_XNUM)
		return false;
	return (wide ? h.wide.e_shnum : h.narrow.e_shnum) != 0 ||
		(wide ? h.wide.e_shoff : (Elf64_Off)h.narrow.e_shoff) == 0;
}

Elf *elf_open(int fd)
{
	return elf_version(EV_CURRENT) != EV_NONE && is_sane(fd) ? elf_begin(fd, ELF_C_READ, NULL) : NULL;
}

bool elf_section_names(Elf *elf, size_t *ret_index)
{
	GElf_Shdr sh;

	if (elf_getshdrstrndx(elf, ret_index) != 0)
		return false;
	Elf_Scn *names = elf_getscn(elf, *ret_index);
	return names && gelf_getshdr(names, &sh) && sh.sh_size <= ELF_NAMES_MAX && !(sh.sh_flags & SHF_COMPRESSED);
}
