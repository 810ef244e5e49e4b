/* SPDX-License-Identifier: MIT */
/* Makes a module from an ELF file, with libelf. */
#include "symbols/module_load.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbols/cfi32.h"
#include "symbols/lines.h"
#include "symbols/minidebug.h"

#define SECTIONS_MAX 65536
#define PHDRS_MAX    256

const void *module_section_bytes(Elf_Scn *scn, const GElf_Shdr *sh, size_t *ret_len)
{
	if (sh->sh_type == SHT_NOBITS || sh->sh_size == 0 || sh->sh_size > SECTION_MAX)
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

	if (elf_getshdrstrndx(elf, &strings) != 0)
		return NULL;
	while ((scn = elf_nextscn(elf, scn)) != NULL && n++ < SECTIONS_MAX) {
		const char *found = gelf_getshdr(scn, ret) ? elf_strptr(elf, strings, ret->sh_name) : NULL;
		if (found && strcmp(found, name) == 0)
			return scn;
	}
	return NULL;
}

size_t module_build_id(Elf *elf, uint8_t ret[MODULE_BUILD_ID])
{
	GElf_Shdr sh;
	GElf_Nhdr note;
	size_t len, at = 0, name, desc;
	Elf_Scn *scn = module_section_find(elf, ".note.gnu.build-id", &sh);
	const uint8_t *bytes = scn ? module_section_bytes(scn, &sh, &len) : NULL;
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

static void load_segments(struct module *m, Elf *elf)
{
	size_t n;
	GElf_Phdr ph;

	if (elf_getphdrnum(elf, &n) != 0)
		return;
	for (size_t i = 0; i < n && i < PHDRS_MAX && gelf_getphdr(elf, (int)i, &ph); i++) {
		if (ph.p_type == PT_LOAD && m->n_seg < MODULE_SEGMENTS) {
			m->seg[m->n_seg++] = (struct module_segment){ ph.p_vaddr, ph.p_offset, ph.p_filesz, ph.p_memsz,
				ph.p_flags };
		} else if (ph.p_type == PT_DYNAMIC) {
			m->dynamic = (struct module_bytes){ ph.p_vaddr, ph.p_memsz };
		} else if (ph.p_type == PT_GNU_EH_FRAME) {
			m->eh_hdr = (struct module_bytes){ ph.p_vaddr, ph.p_memsz };
		} else if (ph.p_type == PT_TLS) {
			m->tls.present = true;
			m->tls.vaddr = ph.p_vaddr;
			m->tls.filesz = ph.p_filesz;
			m->tls.memsz = ph.p_memsz;
			m->tls.align = ph.p_align;
		}
	}
}

static void load_sections(struct module *m, Elf *elf)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	size_t n = 0, len;
	const void *bytes;

	while ((scn = elf_nextscn(elf, scn)) != NULL && n++ < SECTIONS_MAX) {
		if (!gelf_getshdr(scn, &sh) || !(sh.sh_flags & SHF_EXECINSTR) || m->n_section == MODULE_SECTIONS)
			continue;
		m->section[m->n_section++] = (struct module_section){ sh.sh_addr, sh.sh_size,
			(uint16_t)elf_ndxscn(scn) };
	}
	if ((scn = module_section_find(elf, ".eh_frame", &sh)) != NULL) {
		m->eh_frame = (struct module_bytes){ sh.sh_addr, sh.sh_size };
		if (!m->eh_hdr.size && (bytes = module_section_bytes(scn, &sh, &len)) != NULL)
			module_cfi_index(m, bytes, len);
	}
	if ((scn = module_section_find(elf, ".gopclntab", &sh)) == NULL)
		scn = module_section_find(elf, ".data.rel.ro.gopclntab", &sh);
	if (scn && (bytes = module_section_bytes(scn, &sh, &len)) != NULL && (m->pclntab = malloc(len)) != NULL) {
		memcpy(m->pclntab, bytes, len);
		m->pclntab_len = len;
	}
	if (module_section_find(elf, ".text", &sh))
		m->text = sh.sh_addr;
}

/* .gnu_debugdata: the .symtab of a stripped file, compressed, without what .dynsym has. */
static void load_minidebug(struct module *m, Elf *elf)
{
	GElf_Shdr sh;
	size_t packed_len, len;
	void *image;
	Elf_Scn *scn = module_section_find(elf, ".gnu_debugdata", &sh);
	const void *packed = scn ? module_section_bytes(scn, &sh, &packed_len) : NULL;

	if (!packed || minidebug_unpack(packed, packed_len, &image, &len) != 0)
		return;
	Elf *mini = elf_memory(image, len);
	if (mini)
		(void)module_symbols_add(m, mini, -1, SHT_SYMTAB, 1);
	elf_end(mini);
	free(image);
}

/* Where symbols and lines are that the file itself lacks is looked up while the task is there by which it was found. */
static void find_debug(struct module *m, Elf *elf, const char *root, const char *dir)
{
	GElf_Shdr sh;

	m->own_lines = module_section_find(elf, ".debug_info", &sh) != NULL;
	if (!m->own_lines || !module_has_section(elf, SHT_SYMTAB))
		m->debug = module_debug_open(m, elf, root, dir);
}

/* Symbols, from the best place there is; and where source lines come from. */
static void load_symbols(struct module *m, Elf *elf)
{
	bool own_names = module_symbols_add(m, elf, m->file, SHT_SYMTAB, 0);

	m->symbols_read = true;
	m->full = own_names;
	if (m->debug >= 0 && !own_names) {
		Elf *side = elf_begin(m->debug, ELF_C_READ, NULL);
		m->full = side && module_symbols_add(m, side, m->debug, SHT_SYMTAB, 1);
		elf_end(side);
	}
	if (!m->full) /* else it is all in there, too */
		(void)module_symbols_add(m, elf, m->file, SHT_DYNSYM, 0);
	if (!m->full)
		load_minidebug(m, elf);
	if (m->own_lines && m->file >= 0) {
		m->lines = lines_new(dup(m->file));
	} else if (m->debug >= 0) {
		m->lines = lines_new(dup(m->debug));
		m->lines_apart = true;
	}
	if (m->debug >= 0)
		close(m->debug);
	m->debug = -1;
}

void module_read_symbols(struct module *m)
{
	Elf *elf = m->symbols_read || m->file < 0 ? NULL : elf_begin(m->file, ELF_C_READ, NULL);

	if (elf && m->elf)
		load_symbols(m, elf);
	elf_end(elf);
	m->symbols_read = true;
}

static void load(struct module *m, Elf *elf, const char *root, const char *dir)
{
	GElf_Ehdr eh;

	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &eh))
		return;
	m->elf = true;
	m->wide = gelf_getclass(elf) == ELFCLASS64;
	m->machine = eh.e_machine;
	m->n_build_id = module_build_id(elf, m->build_id);
	load_segments(m, elf);
	load_sections(m, elf);
	find_debug(m, elf, root, dir);
	if (m->machine == EM_386)
		m->cfi32 = cfi32_from_elf(elf);
}

struct module *module_named(const char *name)
{
	struct module *m = calloc(1, sizeof(*m));

	if (m && (m->name = strdup(name)) == NULL) {
		free(m);
		return NULL;
	}
	if (m)
		m->file = m->debug = -1;
	return m;
}

struct module *module_from_fd(int fd, const char *name, const char *root, const char *dir)
{
	struct module *m = module_named(name);

	/* ELF_C_READ and not _MMAP: the file may be truncated while we look, and that must not kill us by SIGBUS. */
	if (m && elf_version(EV_CURRENT) != EV_NONE) {
		Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
		load(m, elf, root, dir);
		elf_end(elf);
	}
	if (m)
		m->file = fd;
	else
		close(fd);
	return m;
}

struct module *module_from_image(void *image, size_t len, const char *name)
{
	struct module *m = module_named(name);

	if (m && elf_version(EV_CURRENT) != EV_NONE) {
		Elf *elf = elf_memory(image, len);
		load(m, elf, NULL, NULL);
		if (m->elf)
			load_symbols(m, elf);
		elf_end(elf);
	}
	free(image);
	return m;
}

static void close_files(struct module *m)
{
	if (m->file >= 0)
		close(m->file);
	if (m->debug >= 0)
		close(m->debug);
	m->file = m->debug = -1;
}

void module_close_file(struct module *m)
{
	module_read_symbols(m);
	close_files(m);
}

ssize_t module_read(const struct module *m, uint64_t addr, uint64_t offset, void *buf, size_t n)
{
	/* What is written to once, when the file is loaded, is mapped without write access afterwards. */
	for (size_t i = 0; i < m->n_seg; i++)
		if ((m->seg[i].flags & PF_W) && addr + n > m->seg[i].vaddr && addr < m->seg[i].vaddr + m->seg[i].memsz)
			return -1;
	return m->file >= 0 && m->n_seg < MODULE_SEGMENTS ? pread(m->file, buf, n, (off_t)offset) : -1;
}

void module_free(struct module *m)
{
	if (!m)
		return;
	module_symbols_free(m);
	close_files(m);
	cfi32_free(m->cfi32);
	lines_free(m->lines);
	free(m->table.entry);
	free(m->pclntab);
	free(m->cache);
	free(m->name);
	free(m);
}
