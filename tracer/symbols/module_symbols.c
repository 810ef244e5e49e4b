/* SPDX-License-Identifier: MIT */
/*
 * Symbol tables, and the question which symbol covers an address. What is read of a large library is its table of
 * symbols; names are read, compared and demangled for those symbols only that are asked for.
 */
#include "symbols/module_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbols/demangle.h"
#include "symbols/lines.h"
#include "symbols/minidebug.h"

/* How far back a symbol that encloses others is looked for. */
#define ENCLOSING_MAX 256
/* A symbol without a size reaches to the next one, but not over more than hand-written assembly ever is. */
#define SIZELESS_MAX 4096
#define SHOWN_MAX    2048
/* A larger table of names stays in its file. */
#define STRINGS_COPIED ((size_t)64 << 10)

static bool is_code(const struct module *m, uint64_t addr)
{
	for (size_t i = 0; i < m->n_section; i++)
		if (addr >= m->section[i].addr && addr - m->section[i].addr < m->section[i].size)
			return true;
	return false;
}

/* Mapping symbols ($x, $d: ELF for the Arm Architecture) and assembler-local labels name no function. */
static bool names_code(const struct module *m, const struct symbol_raw *r)
{
	char *name = is_code(m, r->addr) ? strings_name(&m->strings[r->strings], r->name) : NULL;
	bool does = name && name[0] != '$' && strncmp(name, ".L", 2) != 0;

	free(name);
	return does;
}

static bool is_wanted(const struct module *m, const struct symbol_raw *r)
{
	int type = GELF_ST_TYPE(r->info);

	if (r->section == SHN_UNDEF || r->section == SHN_ABS || r->addr == 0 || r->name >= m->strings[r->strings].len)
		return false;
	if (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_OBJECT)
		return r->name != 0;
	return type == STT_NOTYPE && names_code(m, r);
}

static bool keep_strings(struct module *m, Elf *elf, int fd, uint32_t link, size_t slot)
{
	GElf_Shdr sh;
	Elf_Scn *scn = elf_getscn(elf, link);
	size_t len;

	if (!scn || !gelf_getshdr(scn, &sh) || sh.sh_type == SHT_NOBITS || sh.sh_size == 0)
		return false;
	if (fd >= 0 && sh.sh_size > STRINGS_COPIED &&
		strings_open(&m->strings[slot], sh.sh_size, fd, sh.sh_offset) == 0)
		return true;
	const void *bytes = module_section_bytes(scn, &sh, SECTION_MAX, &len);
	return bytes && strings_copy(&m->strings[slot], bytes, len) == 0;
}

static struct symbol_raw raw_of(const GElf_Sym *sym, size_t slot)
{
	return (struct symbol_raw){ .addr = sym->st_value,
		.size = sym->st_size,
		.name = sym->st_name,
		.section = sym->st_shndx,
		.info = sym->st_info,
		.strings = (uint8_t)slot };
}

static void add(struct module *m, const GElf_Sym *sym, size_t slot)
{
	struct symbol_raw r = raw_of(sym, slot);

	if (is_wanted(m, &r))
		m->raw[m->n_raw++] = r;
}

/* libelf's own accessor costs ten times what it does; libelf has put the bytes in our order already. */
static bool add_from_elf(struct module *m, Elf *elf, Elf_Scn *scn, size_t n, size_t slot)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	GElf_Sym sym;

	if (!data)
		return false;
	bool wide = gelf_getclass(elf) == ELFCLASS64 && data->d_type == ELF_T_SYM;
	const GElf_Sym *all = wide ? data->d_buf : NULL;
	if (wide && n > data->d_size / sizeof(Elf64_Sym))
		n = data->d_size / sizeof(Elf64_Sym);
	for (size_t i = 1; i < n && (wide || gelf_getsym(data, (int)i, &sym)); i++)
		add(m, wide ? &all[i] : &sym, slot);
	return true;
}

/* Written as this machine has it in memory: then its bytes need no library. */
static bool is_native(Elf *elf)
{
	static const uint16_t one = 1;
	const char *ident = elf_getident(elf, NULL);
	int order = *(const uint8_t *)&one ? ELFDATA2LSB : ELFDATA2MSB;

	return ident && ident[EI_CLASS] == ELFCLASS64 && ident[EI_DATA] == order;
}

#define PIECE 2048
/*
 * In pieces: all of a large table at once is memory that the kernel has to clear and take back, which takes as long as
 * all else that is done with it.
 */
static bool add_from_file(struct module *m, int fd, const GElf_Shdr *sh, size_t n, size_t slot)
{
	Elf64_Sym *piece = malloc(PIECE * sizeof(*piece));
	ssize_t got = piece ? 0 : -1;

	for (size_t at = 0; piece && at < n; at += PIECE) {
		size_t want = n - at < PIECE ? n - at : PIECE;
		got = pread(fd, piece, want * sizeof(*piece), (off_t)(sh->sh_offset + at * sizeof(*piece)));
		size_t have = got > 0 ? (size_t)got / sizeof(*piece) : 0;
		for (size_t i = at ? 0 : 1; i < have; i++)
			add(m, &piece[i], slot);
		if (have < want)
			break;
	}
	free(piece);
	return got >= 0;
}

/*
 * Adds the symbols of elf's .symtab or .dynsym (type SHT_*): false when there is none. fd: elf's file, -1 when it is
 * none. slot: which of m->strings.
 */
static bool add_table(struct module *m, Elf *elf, int fd, uint32_t type, size_t slot)
{
	GElf_Shdr sh;
	size_t len;
	Elf_Scn *scn = module_section_of_type(elf, type, &sh);

	if (!scn || sh.sh_entsize == 0 || m->strings[slot].len)
		return false;
	bool in_pieces = fd >= 0 && is_native(elf) && sh.sh_entsize == sizeof(Elf64_Sym) && sh.sh_size <= TABLE_MAX;
	if (in_pieces)
		len = sh.sh_size;
	else if (!module_section_bytes(scn, &sh, SECTION_MAX, &len))
		return false;
	size_t n = len / sh.sh_entsize;
	if (n < 2 || n > SYMBOLS_MAX - m->n_raw || len / n < sizeof(Elf32_Sym) ||
		!keep_strings(m, elf, fd, sh.sh_link, slot))
		return false;
	struct symbol_raw *all = realloc(m->raw, (m->n_raw + n) * sizeof(*all));
	if (!all) {
		strings_release(&m->strings[slot]);
		return false;
	}
	m->raw = all;
	return in_pieces ? add_from_file(m, fd, &sh, n, slot) : add_from_elf(m, elf, scn, n, slot);
}

/* .gnu_debugdata: the .symtab of a stripped file, compressed, without what .dynsym has. */
static void load_minidebug(struct module *m, Elf *elf)
{
	GElf_Shdr sh;
	size_t packed_len, len;
	void *image;
	Elf_Scn *scn = module_section_find(elf, ".gnu_debugdata", &sh);
	const void *packed = scn ? module_section_bytes(scn, &sh, SECTION_MAX, &packed_len) : NULL;

	if (!packed || minidebug_unpack(packed, packed_len, &image, &len) != 0)
		return;
	Elf *mini = elf_memory(image, len);
	if (mini)
		(void)add_table(m, mini, -1, SHT_SYMTAB, 1);
	elf_end(mini);
	free(image);
}

/* Symbols, from the best place there is; and where source lines come from. */
void module_load_symbols(struct module *m, Elf *elf)
{
	bool own_names = add_table(m, elf, m->file, SHT_SYMTAB, 0);

	m->symbols_read = true;
	m->full = own_names;
	if (m->debug >= 0 && !own_names) {
		Elf *side = elf_open(m->debug);
		m->full = side && add_table(m, side, m->debug, SHT_SYMTAB, 1);
		elf_end(side);
	}
	if (!m->full) /* else it is all in there, too */
		(void)add_table(m, elf, m->file, SHT_DYNSYM, 0);
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
	Elf *elf = m->symbols_read || m->file < 0 ? NULL : elf_open(m->file);

	if (elf && m->elf)
		module_load_symbols(m, elf);
	elf_end(elf);
	m->symbols_read = true;
}

static void put_in_order(struct module *m)
{
	module_read_symbols(m);
	if (m->ordered)
		return;
	m->ordered = true;
	(void)!symbol_index_make(&m->index, m->raw, m->n_raw); /* out of memory: it knows no symbol */
}

void module_symbols_free(struct module *m)
{
	struct module_symbol *s, *next;

	HASH_ITER (hh, m->named, s, next) {
		HASH_DEL(m->named, s);
		free(s->name);
		free(s->shown);
		free(s);
	}
	for (size_t i = 0; i < ARRAY_SIZE(m->strings); i++)
		strings_release(&m->strings[i]);
	symbol_index_release(&m->index);
	free(m->raw);
}

/* The symbol with its name; NULL when that can't be read. */
static struct module_symbol *named(struct module *m, uint32_t raw)
{
	const struct symbol_raw *r = &m->raw[raw];
	struct module_symbol *s;

	HASH_FIND(hh, m->named, &raw, sizeof(raw), s);
	if (s)
		return s->name ? s : NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->raw = raw;
	s->addr = r->addr;
	s->size = r->size;
	if (m->named_bytes < NAMED_BYTES_MAX)
		s->name = strings_name(&m->strings[r->strings], r->name);
	m->named_bytes += s->name ? strlen(s->name) + 1 : 0;
	HASH_ADD(hh, m->named, raw, sizeof(s->raw), s);
	if (s->hh.tbl)
		return s->name ? s : NULL;
	free(s->name);
	free(s);
	return NULL;
}

/* Of several names at one address people know the public one with the fewest underscores, and none of glibc's __GI_. */
static unsigned rank_of(const struct symbol_raw *r, const char *name)
{
	int binding = GELF_ST_BIND(r->info);
	unsigned underscores = (unsigned)strspn(name, "_");
	bool mangled = strncmp(name, "_Z", 2) == 0 || strncmp(name, "_R", 2) == 0 || strncmp(name, "_D", 2) == 0;

	return (r->size ? 64U : 0U) +
		(mangled || !underscores                       ? 16U :
				underscores < 2                ? 8U :
				strncmp(name, "__GI_", 5) != 0 ? 4U :
								 0U) +
		(binding == STB_GLOBAL              ? 2U :
				binding == STB_WEAK ? 1U :
						      0U);
}

static const struct symbol_raw *raw_at(struct module *m, size_t place)
{
	return &m->raw[symbol_index_at(&m->index, place)];
}

/* Nobody will ask for the name of another symbol than the best one at its address. */
static void forget_name(struct module *m, uint32_t raw, const struct module_symbol *best)
{
	struct module_symbol *s;

	HASH_FIND(hh, m->named, &raw, sizeof(raw), s);
	if (!s || s == best || !s->name)
		return;
	m->named_bytes -= strlen(s->name) + 1;
	free(s->name);
	s->name = NULL;
}

/* Of the symbols at one address, at the places from first to end - 1, the one to show. */
static struct module_symbol *best_of(struct module *m, size_t first, size_t end)
{
	struct module_symbol *best = NULL;
	unsigned best_rank = 0;

	for (size_t i = first; i < end && i - first < NAMED_MAX; i++) {
		struct module_symbol *s = named(m, symbol_index_at(&m->index, i));
		unsigned rank = s ? rank_of(&m->raw[s->raw], s->name) : 0;
		if (!s || (best && (rank < best_rank || (rank == best_rank && strcmp(s->name, best->name) >= 0))))
			continue;
		best = s;
		best_rank = rank;
	}
	for (size_t i = first; best && i < end && i - first < NAMED_MAX; i++)
		forget_name(m, symbol_index_at(&m->index, i), best);
	return best;
}

/* Where the symbols at the address of the one at end - 1 begin; of very many the last ones are taken for all. */
static size_t group_begin(struct module *m, size_t end)
{
	uint64_t addr = raw_at(m, end - 1)->addr;
	size_t first = end - 1;

	while (first > 0 && end - first < LOOKED_MAX && raw_at(m, first - 1)->addr == addr)
		first--;
	return first;
}

static bool covers(uint64_t begin, uint64_t size, uint64_t addr)
{
	return size ? addr - begin < size : addr == begin;
}

static bool some_cover(struct module *m, size_t first, size_t end, uint64_t addr)
{
	for (size_t i = first; i < end; i++)
		if (covers(raw_at(m, i)->addr, raw_at(m, i)->size, addr))
			return true;
	return false;
}

/* A name in hand-written assembly without a size: it stands for what follows it in its section. */
static bool sizeless_covers(const struct module *m, const struct module_symbol *s, uint64_t addr)
{
	if (s->size || !m->full || !is_code(m, s->addr) || addr - s->addr >= SIZELESS_MAX)
		return false;
	for (size_t i = 0; i < m->n_section; i++)
		if (m->section[i].index == m->raw[s->raw].section)
			return addr >= m->section[i].addr && addr - m->section[i].addr < m->section[i].size;
	return false;
}

struct module_symbol *module_symbol(struct module *m, uint64_t addr)
{
	put_in_order(m);
	size_t below = symbol_index_below(&m->index, addr);

	for (size_t end = below, steps = 0; end > 0 && steps < ENCLOSING_MAX && below - end < LOOKED_MAX; steps++) {
		size_t first = group_begin(m, end);
		struct module_symbol *s = some_cover(m, first, end, addr) ? best_of(m, first, end) : NULL;
		if (s && covers(s->addr, s->size, addr))
			return s;
		if (!symbol_index_reaches(&m->index, end - 1, addr))
			break;
		end = first;
	}
	struct module_symbol *s = below ? best_of(m, group_begin(m, below), below) : NULL;
	return s && sizeless_covers(m, s, addr) ? s : NULL;
}

const char *module_symbol_shown(struct module_symbol *s)
{
	if (!s->tried) {
		s->tried = true;
		size_t len = strlen(s->name);
		if (len > 5 &&
			strcmp(s->name + len - 5, ".abi0") == 0) /* Go's calling convention: no part of the name */
			s->shown = strndup(s->name, len - 5);
		else
			s->shown = len <= SHOWN_MAX ? demangle(s->name) : NULL;
		if (s->shown && strlen(s->shown) > SHOWN_MAX)
			strcpy(s->shown + SHOWN_MAX - 3, "...");
	}
	return s->shown ? s->shown : s->name;
}
