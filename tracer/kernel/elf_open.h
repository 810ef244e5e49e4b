/* SPDX-License-Identifier: MIT */
/* An ELF file by libelf, which believes what the file claims. */
#ifndef TRACER_ELF_OPEN_H
#define TRACER_ELF_OPEN_H

#include <libelf.h>

#include <thrtrace/base.h>

#define ELF_SECTIONS_MAX 65536
/* Names of sections take no more than this. */
#define ELF_NAMES_MAX ((size_t)16 << 20)

/*
 * ELF_C_READ and not _MMAP: the file may be truncated while we look, and that must not kill us by SIGBUS. NULL also for
 * one whose tables claim to be larger than any program's. elf_end frees it; fd stays the caller's.
 */
Elf *elf_open(int fd);
/* Whether elf_strptr may be asked for names of sections, and the index that it wants. */
bool elf_section_names(Elf *elf, size_t *ret_index);

#endif
