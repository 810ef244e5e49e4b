/* SPDX-License-Identifier: MIT */
/* Makes a module from an ELF file, with libelf. */
#include "symbols/module_load.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbols/cfi32.h"
#include "symbols/lines.h"

#define SECTIONS_MAX 65536
#define PHDRS_MAX    256

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
		if (!m->eh_hdr.size && (bytes = module_section_bytes(scn, &sh, SECTION_MAX, &len)) != NULL)
			module_cfi_index(m, bytes, len);
	}
	if ((scn = module_section_find(elf, ".gopclntab", &sh)) == NULL)
		scn = module_section_find(elf, ".data.rel.ro.gopclntab", &sh);
	if (scn && (bytes = module_section_bytes(scn, &sh, SECTION_MAX, &len)) != NULL &&
		(m->pclntab = malloc(len)) != NULL) {
		memcpy(m->pclntab, bytes, len);
		m->pclntab_len = len;
	}
	if (module_section_find(elf, ".text", &sh))
		m->text = sh.sh_addr;
}

/*
 * Opens the separate file with the symbols and lines that the file itself lacks: now, since its path may lead through
 * /proc/TID/root of a task that ends before a symbol is asked for.
 */
static void find_debug(struct module *m, Elf *elf, const char *root, const char *dir)
{
	GElf_Shdr sh;

	m->own_lines = module_section_find(elf, ".debug_info", &sh) != NULL;
	if (!m->own_lines || !module_has_section(elf, SHT_SYMTAB))
		m->debug = module_debug_open(m, elf, root, dir);
}

static void load(struct module *m, Elf *elf, const char *root, const char *dir)
{
	GElf_Ehdr eh;

	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &eh))
		return;
	m->elf = true;
	m->wide = gelf_getclass(elf) == ELFCLASS64;
	m->machine = eh.e_machine;
	Elf_Data *header = elf_getdata_rawchunk(elf, 0, sizeof(m->header), ELF_T_BYTE);
	if (header)
		memcpy(m->header, header->d_buf, sizeof(m->header));
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

	if (m) {
		Elf *elf = elf_open(fd);
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
			module_load_symbols(m, elf);
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
	/* RELRO pages are written to while the file is loaded, and mapped without write access afterwards. */
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
	module_marks_free(m);
	close_files(m);
	cfi32_free(m->cfi32);
	lines_free(m->lines);
	free(m->table.entry);
	free(m->pclntab);
	free(m->cache);
	free(m->name);
	free(m);
}
