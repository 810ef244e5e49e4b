/* SPDX-License-Identifier: MIT */
#include "tls.h"

#include <elf.h>
#include <string.h>

#include <thrtrace/tls.h>

#define LINK_MAPS_MAX 512
#define DYNAMIC_MAX   256
#define PHDRS_MAX     64

/* The public part of struct link_map (link.h), as a 64-bit process has it. */
struct link_map_words {
	uint64_t addr, name, dynamic, next, prev;
};

struct reader {
	struct symbols_space *space;
	pid_t tid;
	struct tls_layout *ret;
	uint16_t machine;
};

static bool get(const struct reader *r, taddr at, void *buf, size_t n)
{
	const struct kernel *door = symbols_door(r->space);

	return door->read_mem(door->ctx, r->tid, at, buf, n) == (ssize_t)n;
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

/* The PT_TLS header of the library loaded at base, from its headers in memory: no file is opened for it. */
static bool find_tls(const struct reader *r, taddr base, Elf64_Phdr *ret)
{
	Elf64_Ehdr eh;
	Elf64_Phdr ph[PHDRS_MAX];

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

/* The list that the dynamic linker keeps for debuggers (link.h: struct r_debug), through the program's DT_DEBUG. */
static taddr first_link_map(const struct reader *r, const struct module *m, uint64_t bias)
{
	Elf64_Dyn dyn;
	uint64_t map;

	for (size_t i = 0; i < DYNAMIC_MAX && m->dynamic.size; i++) {
		if (!get(r, m->dynamic.vaddr + bias + i * sizeof(dyn), &dyn, sizeof(dyn)) || dyn.d_tag == DT_NULL)
			break;
		if (dyn.d_tag == DT_DEBUG)
			return dyn.d_un.d_ptr && get(r, dyn.d_un.d_ptr + 8, &map, 8) ? map : 0;
	}
	return 0;
}

/* glibc says where its struct link_map has l_tls_offset, for libthread_db; 0 when it does not. */
static uint32_t tls_offset_field(const struct reader *r, taddr dynamic)
{
	const struct symbols_range *range = symbols_range(r->space, r->tid, dynamic);
	struct module_mark *mark =
		range && range->module ? module_mark(range->module, "_thread_db_link_map_l_tls_offset") : NULL;

	if (!mark || !get(r, mark->addr + range->bias, mark->value, sizeof(mark->value)))
		return 0;
	return mark->value[0] == 64 && mark->value[2] < 65536 ? mark->value[2] : 0;
}

static void place_library(struct reader *r, struct tls_part *p, taddr map, uint32_t field)
{
	uint64_t offset;

	/* 0: not decided yet; -1: given out per thread on first use (elf/dl-tls.c). */
	if (!field)
		p->unplaced = "this libc does not say";
	else if (!get(r, map + field, &offset, 8) || offset == 0 || offset + 1 <= 1 || offset > (uint64_t)1 << 30)
		p->unplaced = "allocated for each thread on first use";
	else
		place(r, p, r->machine == EM_X86_64 ? -(int64_t)offset : (int64_t)offset);
}

static void add_libraries(struct reader *r, taddr map)
{
	struct link_map_words w;
	Elf64_Phdr ph;
	uint32_t field = 0;
	taddr at = map;

	for (size_t i = 0; at && i < LINK_MAPS_MAX && get(r, at, &w, sizeof(w)); i++, at = w.next) {
		const char *name = base_name(r, w.name);
		if (!field && strncmp(name, "libc.so", 7) == 0)
			field = tls_offset_field(r, w.dynamic);
	}
	at = map;
	for (size_t i = 0; at && i < LINK_MAPS_MAX && get(r, at, &w, sizeof(w)); i++, at = w.next) {
		if (i == 0 || !find_tls(r, w.addr, &ph)) /* the first is the program itself */
			continue;
		struct tls_part *p = add(r, base_name(r, w.name), ph.p_memsz, ph.p_filesz, ph.p_align);
		if (p)
			place_library(r, p, at, field);
	}
}

void tls_read(struct symbols_space *space, pid_t tid, struct tls_layout *ret)
{
	struct reader r = { .space = space, .tid = tid, .ret = ret };
	uint64_t bias = 0;

	*ret = (struct tls_layout){ 0 };
	const struct module *m = symbols_program(space, tid, &bias);
	if (!m || !m->elf || !m->wide)
		return;
	r.machine = m->machine;
	add_program(&r, m);
	taddr map = first_link_map(&r, m, bias);
	if (map)
		add_libraries(&r, map);
}

enum tls_self tls_self(const struct kernel *door, pid_t tid, taddr tp, uint64_t *ret_found)
{
	uint64_t word;

	if (door->read_mem(door->ctx, tid, tp, &word, sizeof(word)) != (ssize_t)sizeof(word))
		return TLS_SELF_UNREADABLE;
	*ret_found = word;
	return word == tp ? TLS_SELF_OK : TLS_SELF_WRONG;
}
