/* SPDX-License-Identifier: MIT */
/* Symbol tables: one array by address, and the question which symbol covers an address. */
#include "module_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/gopcln.h>

#include "demangle.h"
#include "lines.h"

#define SYMBOLS_MAX ((size_t)4 << 20)
/* How far back a symbol that encloses others is looked for. */
#define ENCLOSING_MAX 256
/* A symbol without a size reaches to the next one, but not over more than hand-written assembly ever is. */
#define SIZELESS_MAX 4096
#define SHOWN_MAX    2048

static bool is_code(const struct module *m, const GElf_Sym *sym)
{
	for (size_t i = 0; i < m->n_section; i++)
		if (sym->st_value >= m->section[i].addr && sym->st_value - m->section[i].addr < m->section[i].size)
			return true;
	return false;
}

/* Mapping symbols ($x, $d: ELF for the Arm Architecture) and assembler-local labels name no function. */
static bool is_wanted(const GElf_Sym *sym, const char *name, bool code)
{
	int type = GELF_ST_TYPE(sym->st_info);

	if (sym->st_shndx == SHN_UNDEF || sym->st_shndx == SHN_ABS || sym->st_value == 0 || name[0] == '\0')
		return false;
	if (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_OBJECT)
		return true;
	return type == STT_NOTYPE && code && name[0] != '$' && strncmp(name, ".L", 2) != 0;
}

/* Of several names at one address people know the public one with the fewest underscores. */
static uint8_t rank_of(const GElf_Sym *sym, const char *name)
{
	int binding = GELF_ST_BIND(sym->st_info);
	unsigned underscores = (unsigned)strspn(name, "_");
	bool mangled = strncmp(name, "_Z", 2) == 0 || strncmp(name, "_R", 2) == 0;

	return (uint8_t)((sym->st_size ? 64 : 0) +
			 (mangled || !underscores  ? 16
				 : underscores < 2 ? 8
						   : 0) +
			 (binding == STB_GLOBAL        ? 2
				 : binding == STB_WEAK ? 1
						       : 0));
}

static void add_mark(struct module *m, const GElf_Sym *sym, const char *name)
{
	if (m->n_marks < MODULE_MARKS && sym->st_shndx != SHN_UNDEF)
		m->mark[m->n_marks++] = (struct module_mark){ .name = name, .addr = sym->st_value };
}

static void add(struct module *m, const GElf_Sym *sym, const char *name)
{
	if (strncmp(name, "_thread_db_", 11) == 0 || strcmp(name, "__nptl_version") == 0)
		add_mark(m, sym, name);
	bool code = is_code(m, sym);

	if (!is_wanted(sym, name, code))
		return;
	m->sym[m->n_sym++] = (struct module_symbol){
		.addr = sym->st_value,
		.size = sym->st_size,
		.name = name,
		.section = sym->st_shndx,
		.rank = rank_of(sym, name),
		.code = code,
	};
}

static Elf_Scn *section_of_type(Elf *elf, uint32_t type, GElf_Shdr *ret)
{
	Elf_Scn *scn = NULL;

	for (size_t n = 0; (scn = elf_nextscn(elf, scn)) != NULL && n < 65536; n++)
		if (gelf_getshdr(scn, ret) && ret->sh_type == type)
			return scn;
	return NULL;
}

/* A copy of the table's strings, NUL-terminated: the file is closed again before they are used. */
static char *copy_strings(Elf *elf, uint32_t link, size_t *ret_len)
{
	GElf_Shdr sh;
	Elf_Scn *scn = elf_getscn(elf, link);
	const void *bytes = scn && gelf_getshdr(scn, &sh) ? module_section_bytes(scn, &sh, ret_len) : NULL;
	char *copy = bytes ? malloc(*ret_len + 1) : NULL;

	if (!copy)
		return NULL;
	memcpy(copy, bytes, *ret_len);
	copy[*ret_len] = '\0';
	/* "pthread_create@@GLIBC_2.34" as .symtab has it: the version is no part of the name. */
	for (char *p = copy; (p = memchr(p, '@', *ret_len - (size_t)(p - copy))) != NULL; p++)
		if (p > copy && p[-1] != '\0')
			*p = '\0';
	return copy;
}

bool module_symbols_add(struct module *m, Elf *elf, uint32_t type, size_t slot)
{
	GElf_Shdr sh;
	GElf_Sym sym;
	size_t len, strings_len;
	Elf_Scn *scn = section_of_type(elf, type, &sh);

	if (!scn || sh.sh_entsize == 0 || !module_section_bytes(scn, &sh, &len) || m->strings[slot])
		return false;
	size_t n = len / sh.sh_entsize;
	if (n < 2 || n > SYMBOLS_MAX)
		return false;
	char *strings = copy_strings(elf, sh.sh_link, &strings_len);
	struct module_symbol *all = strings ? realloc(m->sym, (m->n_sym + n) * sizeof(*all)) : NULL;
	if (!all) {
		free(strings);
		return false;
	}
	m->sym = all;
	m->strings[slot] = strings;
	Elf_Data *data = elf_getdata(scn, NULL);
	for (size_t i = 1; i < n && gelf_getsym(data, (int)i, &sym); i++)
		if (sym.st_name < strings_len)
			add(m, &sym, strings + sym.st_name);
	return true;
}

static int by_addr(const void *a, const void *b)
{
	const struct module_symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank > y->rank ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Addresses of one file are small numbers: three passes over digits of 11 bits, each stable, order them. */
#define DIGIT 11
#define PASSES 3

static void one_pass(const struct module_symbol *from, struct module_symbol *to, size_t n, unsigned shift)
{
	size_t start[1U << DIGIT] = { 0 }, sum = 0;

	for (size_t i = 0; i < n; i++)
		start[from[i].addr >> shift & ((1U << DIGIT) - 1)]++;
	for (size_t d = 0; d < ARRAY_SIZE(start); d++) {
		size_t count = start[d];
		start[d] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		to[start[from[i].addr >> shift & ((1U << DIGIT) - 1)]++] = from[i];
}

/* A large library has 100,000 symbols, and the program waits meanwhile: qsort(3) takes ten times as long. */
static bool sort_by_digits(struct module *m)
{
	struct module_symbol *spare, *from = m->sym, *to, *done;
	size_t n = m->n_sym;

	for (size_t i = 0; i < n; i++)
		if (m->sym[i].addr >> (DIGIT * PASSES))
			return false;
	spare = n < 1000 ? NULL : malloc(n * sizeof(*spare));
	if (!spare)
		return false;
	to = spare;
	for (unsigned pass = 0; pass < PASSES; pass++) {
		one_pass(from, to, n, pass * DIGIT);
		done = to;
		to = from;
		from = done;
	}
	free(m->sym);
	m->sym = spare; /* an odd number of passes ends there */
	for (size_t i = 0, same; i < n; i += same) {
		for (same = 1; i + same < n && m->sym[i + same].addr == m->sym[i].addr; same++)
			;
		if (same > 1)
			qsort(&m->sym[i], same, sizeof(*m->sym), by_addr);
	}
	return true;
}

void module_symbols_sort(struct module *m)
{
	size_t n = 0;
	uint64_t end = 0;

	if (!m->n_sym)
		return;
	if (!sort_by_digits(m))
		qsort(m->sym, m->n_sym, sizeof(*m->sym), by_addr);
	for (size_t i = 0; i < m->n_sym; i++)
		if (n == 0 || m->sym[n - 1].addr != m->sym[i].addr)
			m->sym[n++] = m->sym[i];
	m->n_sym = n;
	m->reach = calloc(n, sizeof(*m->reach));
	if (!m->reach) {
		m->n_sym = 0;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		uint64_t e = m->sym[i].addr + m->sym[i].size;
		if (e < m->sym[i].addr)
			e = UINT64_MAX;
		end = e > end ? e : end;
		m->reach[i] = end;
	}
}

/* How many symbols begin at or below addr. */
static size_t begin_below(const struct module *m, uint64_t addr)
{
	size_t low = 0, high = m->n_sym;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (m->sym[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* A name in hand-written assembly without a size: it stands for what follows it in its section. */
static bool sizeless_covers(const struct module *m, const struct module_symbol *s, uint64_t addr)
{
	if (s->size || !m->full || !s->code || addr - s->addr >= SIZELESS_MAX)
		return false;
	for (size_t i = 0; i < m->n_section; i++)
		if (m->section[i].index == s->section)
			return addr >= m->section[i].addr && addr - m->section[i].addr < m->section[i].size;
	return false;
}

struct module_symbol *module_symbol(const struct module *m, uint64_t addr)
{
	size_t below = begin_below(m, addr);

	for (size_t i = below, steps = 0; i-- > 0 && steps < ENCLOSING_MAX; steps++) {
		struct module_symbol *s = &m->sym[i];
		if (s->size ? addr - s->addr < s->size : addr == s->addr)
			return s;
		if (m->reach[i] <= addr)
			break;
	}
	if (below && sizeless_covers(m, &m->sym[below - 1], addr))
		return &m->sym[below - 1];
	return NULL;
}

struct module_mark *module_mark(struct module *m, const char *name)
{
	if (m->asked_mark == name) /* the same constant as at the birth before */
		return m->found_mark;
	m->asked_mark = name;
	m->found_mark = NULL;
	for (size_t i = 0; i < m->n_marks && !m->found_mark; i++)
		if (strcmp(m->mark[i].name, name) == 0)
			m->found_mark = &m->mark[i];
	return m->found_mark;
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

/* Answers are kept: a backtrace asks for the same few places again and again. */
#define CACHE_SLOTS 512
struct module_slot {
	bool used, exact;
	struct frame frame; /* without pc, in_program */
};

static void look_up(struct module *m, uint64_t addr, struct frame *ret)
{
	struct gopcln_func go;
	struct module_symbol *s = module_symbol(m, addr);

	if (s) {
		ret->symbol = module_symbol_shown(s);
		ret->offset = ret->module_offset - s->addr;
	}
	/*
	 * A system library's debug package is compressed and large (libc's takes 50 ms to open), and where pthread_create
	 * lies in libc's sources helps nobody: the program's lines do.
	 */
	bool wanted = m->program || !m->lines_apart;
	if (!wanted || lines_find(m->lines, addr, &ret->file, &ret->line) != 0)
		ret->file = NULL;
	/* A stripped Go program still has its own table. */
	if (m->pclntab && gopcln_find(m->pclntab, m->pclntab_len, m->text, addr, &go) == 0) {
		if (!ret->symbol) {
			ret->symbol = go.name;
			ret->offset = ret->module_offset - go.start;
		}
		if (!ret->file) {
			ret->file = go.file;
			ret->line = go.line;
		}
	}
}

void module_frame(struct module *m, uint64_t offset, bool exact, struct frame *ret)
{
	if (!m->cache)
		m->cache = calloc(CACHE_SLOTS, sizeof(*m->cache));
	size_t hash = (size_t)((offset ^ offset >> 9 ^ offset >> 18) % CACHE_SLOTS);
	struct module_slot *slot = m->cache ? &m->cache[hash] : NULL;
	if (slot && slot->used && slot->exact == exact && slot->frame.module_offset == offset) {
		*ret = slot->frame;
		return;
	}
	*ret = (struct frame){ .module = m->name, .module_offset = offset };
	look_up(m, exact || offset == 0 ? offset : offset - 1, ret);
	if (slot)
		*slot = (struct module_slot){ .used = true, .exact = exact, .frame = *ret };
}
