/* SPDX-License-Identifier: MIT */
/*
 * Between the files that make a module. From below to above: module_sections.c and module_cfi.c, module_debug.c,
 * module_symbols.c, module_frame.c, module.c.
 */
#ifndef TRACER_MODULE_LOAD_H
#define TRACER_MODULE_LOAD_H

#include "symbols/module.h"

#include <gelf.h>
#include <libelf.h>

/* Larger sections are not read: a sparse file may claim any size. */
#define SECTION_MAX ((uint64_t)256 << 20)

/* The section's bytes, owned by elf; NULL when it has none or too many. */
const void *module_section_bytes(Elf_Scn *scn, const GElf_Shdr *sh, size_t *ret_len);
/* The first section of that name, or NULL. */
Elf_Scn *module_section_find(Elf *elf, const char *name, GElf_Shdr *ret);
/* The first section of this type (SHT_*), or NULL. */
Elf_Scn *module_section_of_type(Elf *elf, uint32_t type, GElf_Shdr *ret);
bool module_has_section(Elf *elf, uint32_t type);
size_t module_build_id(Elf *elf, uint8_t ret[MODULE_BUILD_ID]);

void module_symbols_free(struct module *m);
/* Reads the tables of symbols of elf, m's own file, and finds where its source lines are. */
void module_load_symbols(struct module *m, Elf *elf);
/* The same for m->file, unless that was done: most files that are mapped are never asked. */
void module_read_symbols(struct module *m);

/* The separate debug file that belongs to m, or -ENOENT. elf is m's own file. */
int module_debug_open(const struct module *m, Elf *elf, const char *root, const char *dir);

/* Fills m->table from .eh_frame. */
void module_cfi_index(struct module *m, const uint8_t *bytes, size_t len);

#endif
