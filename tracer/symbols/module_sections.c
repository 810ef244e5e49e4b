/* SPDX-License-Identifier: MIT */
/* The sections of an ELF file, by name and by type. */
#include "symbols/module_load.h"

#include <string.h>

#define SECTIONS_MAX ELF_SECTIONS_MAX

const void *module_section_bytes(Elf_Scn *scn, const GElf_Shdr *sh, uint64_t most, size_t *ret_len)
{
	if (sh->sh_type == SHT_NOBITS || sh->sh_size == 0 || sh->sh_size > most)
		return NULL;
	Elf_Data *data = elf_getdata(scn, NULL);
	if (!data || !data->d_buf)
		return NULL;
	*ret_len = data->d_size;
	return data->d_buf;
}

Elf_Scn *module_section_find(Elf *elf, const char *name, GElf_Shdr *ret)
{
	Elf_Scn *scn = NULL;
	size_t strings, n = 0;

	if (!elf_section_names(elf, &strings))
		return NULL;
	while ((scn = elf_nextscn(elf, scn)) != NULL && n++ < SECTIONS_MAX) {
		const char *found = gelf_getshdr(scn, ret) ? elf_strptr(elf, strings, ret->sh_name) : NULL;
		if (found && strcmp(found, name) == 0)
			return scn;
	}
	return NULL;
}

Elf_Scn *module_section_of_type(Elf *elf, uint32_t type, GElf_Shdr *ret)
{
	Elf_Scn *scn = NULL;

	for (size_t n = 0; (scn = elf_nextscn(elf, scn)) != NULL && n < SECTIONS_MAX; n++)
		if (gelf_getshdr(scn, ret) && ret->sh_type == type)
			return scn;
	return NULL;
}

bool module_has_section(Elf *elf, uint32_t type)
{
	GElf_Shdr sh;

	return module_section_of_type(elf, type, &sh) != NULL;
}

size_t module_build_id(Elf *elf, uint8_t ret[MODULE_BUILD_ID])
{
	GElf_Shdr sh;
	GElf_Nhdr note;
	size_t len, at = 0, name, desc;
	Elf_Scn *scn = module_section_find(elf, ".note.gnu.build-id", &sh);
	const uint8_t *bytes = scn ? module_section_bytes(scn, &sh, NOTE_MAX, &len) : NULL;
	Elf_Data *data = bytes ? elf_getdata(scn, NULL) : NULL;

	while (data && (at = gelf_getnote(data, at, &note, &name, &desc)) > 0) {
		if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 || memcmp(bytes + name, "GNU", 4) != 0)
			continue;
		size_t n = note.n_descsz < MODULE_BUILD_ID ? note.n_descsz : MODULE_BUILD_ID;
		memcpy(ret, bytes + desc, n);
		return n;
	}
	return 0;
}
