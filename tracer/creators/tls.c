/* SPDX-License-Identifier: MIT */
#include "creators/tls.h"

#include <elf.h>
#include <string.h>

#include <thrtrace/tls.h>

#define LINK_MAPS_MAX 512
#define DYNAMIC_MAX   256
#define PHDRS_MAX     64

/* The public part of struct link_map (link.h). */
enum { MAP_ADDR, MAP_NAME, MAP_DYNAMIC, MAP_NEXT, MAP_WORDS };

struct reader {
	struct symbols_space *space;
	pid_t tid;
	struct tls_layout *ret;
	uint16_t machine;
	unsigned word; /* bytes of a pointer in the process */
	bool linker;   /* the program is the dynamic linker */
};

static bool get(const struct reader *r, taddr at, void *buf, size_t n)
{
	const struct kernel *door = symbols_door(r->space);

	return door->read_mem(door->ctx, r->tid, at, buf, n) == (ssize_t)n;
}

/* n pointers or numbers of the process's word size. */
static bool get_words(const struct reader *r, taddr at, uint64_t *ret, size_t n)
{
	uint32_t half[MAP_WORDS];

	if (r->word == 8)
		return get(r, at, ret, n * 8);
	if (n > MAP_WORDS || !get(r, at, half, n * 4))
		return false;
	for (size_t i = 0; i < n; i++)
		ret[i] = half[i];
	return true;
}

static struct tls_part *add(struct reader *r, const char *module, uint64_t size, uint64_t init, uint64_t align)
{
	if (r->ret->n == TLS_PARTS) {
		r->ret->more = true;
		return NULL;
	}
	struct tls_part *p = &r->ret->part[r->ret->n++];
	*p = (struct tls_part){ .module = module, .size = size, .init = init, .align = align };
	return p;
}

static void place(struct reader *r, struct tls_part *p, int64_t offset)
{
	uint64_t reach = offset < 0 ? (uint64_t)-offset : (uint64_t)offset + p->size;

	p->placed = true;
	p->offset = offset;
	if (reach > r->ret->static_bytes)
		r->ret->static_bytes = reach;
}

static void add_program(struct reader *r, const struct module *m)
{
	int64_t offset;

	if (!m->tls.present)
		return;
	struct tls_part *p = add(r, m->name, m->tls.memsz, m->tls.filesz, m->tls.align);
	if (!p)
		return;
	p->program = true;
	if (tls_program_offset(m->machine, m->tls.vaddr, m->tls.memsz, m->tls.align, &offset) == 0)
		place(r, p, offset);
	else
		p->unplaced = "not known for this machine type";
}

static bool find_tls32(const struct reader *r, taddr base, Elf64_Phdr *ret)
{
	Elf32_Ehdr eh;
	Elf32_Phdr ph[PHDRS_MAX];

	if (!get(r, base, &eh, sizeof(eh)) || memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0 || eh.e_phnum > PHDRS_MAX ||
		eh.e_ident[EI_CLASS] != ELFCLASS32 || eh.e_phentsize != sizeof(*ph) ||
		!get(r, base + eh.e_phoff, ph, eh.e_phnum * sizeof(*ph)))
		return false;
	for (size_t i = 0; i < eh.e_phnum; i++) {
		if (ph[i].p_type != PT_TLS)
			continue;
		*ret = (Elf64_Phdr){ .p_memsz = ph[i].p_memsz, .p_filesz = ph[i].p_filesz, .p_align = ph[i].p_align };
		return true;
	}
	return false;
}

/* The PT_TLS header of the library loaded at base, from its headers in memory: no file is opened for it. */
static bool find_tls(const struct reader *r, taddr base, Elf64_Phdr *ret)
{
	Elf64_Ehdr eh;
	Elf64_Phdr ph[PHDRS_MAX];

	if (r->word == 4)
		return find_tls32(r, base, ret);
	if (!get(r, base, &eh, sizeof(eh)) || memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0 || eh.e_phnum > PHDRS_MAX ||
		eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_phentsize != sizeof(*ph) ||
		!get(r, base + eh.e_phoff, ph, eh.e_phnum * sizeof(*ph)))
		return false;
	for (size_t i = 0; i < eh.e_phnum; i++) {
		if (ph[i].p_type == PT_TLS) {
			*ret = ph[i];
			return true;
		}
	}
	return false;
}

static const char *base_name(const struct reader *r, taddr at)
{
	char path[256];
	const struct kernel *door = symbols_door(r->space);
	ssize_t got = door->read_mem(door->ctx, r->tid, at, path, sizeof(path) - 1);

	path[got > 0 ? got : 0] = '\0';
	const char *slash = strrchr(path, '/');
	return symbols_text(symbols_of(r->space), slash ? slash + 1 : path);
}

/* The program's link_map has no name: its file has. */
static const char *map_name(const struct reader *r, const uint64_t w[MAP_WORDS])
{
	const char *name = base_name(r, w[MAP_NAME]);
	const struct symbols_range *range = name[0] ? NULL : symbols_range(r->space, r->tid, w[MAP_DYNAMIC]);

	return range && range->module ? range->module->name : name;
}

/*
 * The struct r_debug (link.h) of a program that is the dynamic linker itself, run with another program as its argument:
 * glibc's exports the struct, musl's a pointer to it.
 */
static taddr debug_of_linker(const struct reader *r, struct module *m, uint64_t bias)
{
	const struct module_mark *mark = module_mark(m, "_r_debug");
	uint64_t at;

	if (mark)
		return mark->addr + bias;
	mark = module_mark(m, "_dl_debug_addr");
	return mark && get_words(r, mark->addr + bias, &at, 1) ? at : 0;
}

/*
 * The list that the dynamic linker keeps for debuggers (link.h: struct r_debug): through the program's DT_DEBUG, which
 * the linker sets. 0: none; r->linker: the program is the linker, and so not the first of the list.
 */
static taddr first_link_map(struct reader *r, struct module *m, uint64_t bias)
{
	uint64_t dyn[2], debug = 0, map; /* dyn: tag, value */

	r->linker = m->dynamic.size > 0;
	for (size_t i = 0; i < DYNAMIC_MAX && r->linker; i++) {
		if (!get_words(r, m->dynamic.vaddr + bias + i * 2 * r->word, dyn, 2) || dyn[0] == DT_NULL)
			break;
		if (dyn[0] == DT_DEBUG) {
			r->linker = false;
			debug = dyn[1];
		}
	}
	if (r->linker)
		debug = debug_of_linker(r, m, bias);
	return debug && get_words(r, debug + r->word, &map, 1) ? map : 0;
}

/* glibc says where its struct link_map has l_tls_offset, for libthread_db; 0 when it does not. */
static uint32_t tls_offset_field(const struct reader *r, taddr dynamic)
{
	const struct symbols_range *range = symbols_range(r->space, r->tid, dynamic);
	struct module_mark *mark = range && range->module ?
		module_mark(range->module, "_thread_db_link_map_l_tls_offset") :
		NULL;

	if (!mark || !get(r, mark->addr + range->bias, mark->value, sizeof(mark->value)))
		return 0;
	return mark->value[0] == 8 * r->word && mark->value[2] < 65536 ? mark->value[2] : 0;
}

static void place_library(struct reader *r, struct tls_part *p, taddr map, uint32_t field)
{
	uint64_t offset;

	/* 0: not decided yet; -1: given out per thread on first use (elf/dl-tls.c). */
	if (!field)
		p->unplaced = "this libc does not say";
	else if (!get_words(r, map + field, &offset, 1) || offset == 0 || offset > (uint64_t)1 << 30)
		p->unplaced = "allocated for each thread on first use";
	else
		place(r, p, r->machine == EM_X86_64 || r->machine == EM_386 ? -(int64_t)offset : (int64_t)offset);
}

static void add_libraries(struct reader *r, taddr map)
{
	uint64_t w[MAP_WORDS];
	Elf64_Phdr ph;
	uint32_t field = 0;
	taddr at = map;

	for (size_t i = 0; at && i < LINK_MAPS_MAX && get_words(r, at, w, MAP_WORDS); i++, at = w[MAP_NEXT]) {
		const char *name = base_name(r, w[MAP_NAME]);
		if (!field && strncmp(name, "libc.so", 7) == 0)
			field = tls_offset_field(r, w[MAP_DYNAMIC]);
	}
	at = map;
	for (size_t i = 0; at && i < LINK_MAPS_MAX && get_words(r, at, w, MAP_WORDS); i++, at = w[MAP_NEXT]) {
		bool program = i == 0;
		if ((program && !r->linker) || !find_tls(r, w[MAP_ADDR], &ph)) /* which add_program has told */
			continue;
		struct tls_part *p = add(r, map_name(r, w), ph.p_memsz, ph.p_filesz, ph.p_align);
		if (!p)
			continue;
		p->program = program;
		place_library(r, p, at, field);
	}
}

bool tls_read(struct symbols_space *space, pid_t tid, struct tls_layout *ret)
{
	struct reader r = { .space = space, .tid = tid, .ret = ret };
	uint64_t bias = 0;

	*ret = (struct tls_layout){ 0 };
	struct module *m = symbols_program(space, tid, &bias);
	if (!m || !m->elf)
		return false;
	r.machine = m->machine;
	r.word = m->wide ? 8 : 4;
	add_program(&r, m);
	taddr map = first_link_map(&r, m, bias);
	if (map)
		add_libraries(&r, map);
	return map || !r.linker;
}

enum tls_self tls_self(const struct kernel *door, pid_t tid, taddr tp, unsigned word_bytes, uint64_t *ret_found)
{
	uint64_t word = 0;

	if (door->read_mem(door->ctx, tid, tp, &word, word_bytes) != (ssize_t)word_bytes)
		return TLS_SELF_UNREADABLE;
	*ret_found = word;
	return word == tp ? TLS_SELF_OK : TLS_SELF_WRONG;
}
