/* SPDX-License-Identifier: MIT */
/*
 * Between the files that make a module. From below to above: module_sections.c and module_cfi.c, module_debug.c,
 * module_symbols.c, module_marks.c, module_frame.c, module.c.
 */
#ifndef TRACER_MODULE_LOAD_H
#define TRACER_MODULE_LOAD_H

#include "symbols/module.h"

#include <gelf.h>

#include "kernel/elf_open.h"

/*
 * What one file may cost, whatever it claims: 512 MiB at a time, and a question about it some milliseconds, but for the
 * first one. That is the sum of these:
 */
/* A section that is read as a whole. */
#define SECTION_MAX ((uint64_t)64 << 20)
/* The same of notes and links. */
#define NOTE_MAX ((uint64_t)64 << 10)
/* Of all its tables of symbols; 32 bytes each. */
#define SYMBOLS_MAX ((size_t)2 << 20)
/* A table of symbols that is read in pieces. */
#define TABLE_MAX ((uint64_t)256 << 20)
/* Debug sections, unpacked: lines are not looked up in more. libdw reads them all at once. */
#define LINES_MAX ((uint64_t)384 << 20)
/* So many symbols at one address are compared by their names, and so many in all looked at for one question. */
#define NAMED_MAX 64
/* Names that are kept: when they are more, a symbol has none any more. */
#define NAMED_BYTES_MAX ((size_t)32 << 20)
#define LOOKED_MAX      16384

/* The section's bytes, owned by elf; NULL when it has none or more than `most`. */
const void *module_section_bytes(Elf_Scn *scn, const GElf_Shdr *sh, uint64_t most, size_t *ret_len);
/* The first section of that name, or NULL. */
Elf_Scn *module_section_find(Elf *elf, const char *name, GElf_Shdr *ret);
/* The first section of this type (SHT_*), or NULL. */
Elf_Scn *module_section_of_type(Elf *elf, uint32_t type, GElf_Shdr *ret);
bool module_has_section(Elf *elf, uint32_t type);
size_t module_build_id(Elf *elf, uint8_t ret[MODULE_BUILD_ID]);

void module_symbols_free(struct module *m);
void module_marks_free(struct module *m);
/* Reads the tables of symbols of elf, m's own file, and finds where its source lines are. */
void module_load_symbols(struct module *m, Elf *elf);
/* The same for m->file, unless that was done: most files that are mapped are never asked. */
void module_read_symbols(struct module *m);

/* The separate debug file that belongs to m, or -ENOENT. elf is m's own file. */
int module_debug_open(const struct module *m, Elf *elf, const char *root, const char *dir);

/* Fills m->table from .eh_frame. */
void module_cfi_index(struct module *m, const uint8_t *bytes, size_t len);

#endif
