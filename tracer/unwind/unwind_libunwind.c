/* SPDX-License-Identifier: MIT */
/*
 * Steps by call frame information, with libunwind in its remote mode. Memory and registers come from the walk, and
 * the entry for an address is found through what symbols.h knows of the module, so libunwind opens nothing itself.
 */
#include "unwind/unwind_walk.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include <libunwind.h>

/*
 * Exported by libunwind, but in no header; Linux' perf uses it in the same way. Reads the search table and the entry
 * through our accessors.
 */
#define search_unwind_table UNW_OBJ(dwarf_search_unwind_table)
extern int search_unwind_table(
	unw_addr_space_t as, unw_word_t ip, unw_dyn_info_t *di, unw_proc_info_t *pi, int need_unwind_info, void *arg);

/* libunwind keeps what it has parsed by address only: so one of its address spaces for each of ours. */
#define SPACES 16
struct cfi_space {
	uint64_t generation; /* of the symbols_space */
	uint64_t used;
	unw_addr_space_t as;
};

/* Places known to have no entry: libc's clone wrappers, over and over. */
#define NONE_KNOWN 256
struct no_entry {
	uint64_t generation;
	taddr pc;
};

/* Words that one step may read: unwind information can hold a loop (DW_OP_skip), and its author may mean harm. */
#define READS_MAX 65536

struct cfi {
	struct cfi_space space[SPACES];
	uint64_t clock;
	unw_cursor_t cursor;
	struct walk *walk; /* the one that cursor belongs to */
	struct no_entry none[NONE_KNOWN];
	size_t reads; /* words read in the step under way */
	bool missing; /* no entry was found in the step under way */
	bool stepping;
	int32_t table[2]; /* a search table of one entry, made for the step */
};

/* Where libunwind finds that table: no user address. */
#define TABLE_AT ((unw_word_t)0xfffffffff0000000)

static int read_u32(struct walk *w, taddr at, uint32_t *ret)
{
	return walk_read(w, at, ret, sizeof(*ret)) ? 0 : -UNW_EINVAL;
}

/* Describes the .eh_frame_hdr of r's module, when it is of the one form that linkers write. */
static int header_table(struct walk *w, const struct symbols_range *r, unw_dyn_info_t *di)
{
	taddr at = r->module->eh_hdr.vaddr + r->bias;
	uint32_t kind, n;

	/* version 1; eh_frame_ptr pcrel sdata4 (any 4-byte form will do), count udata4, table datarel sdata4 */
	if (read_u32(w, at, &kind) || (kind & 0xffff00ff) != 0x3b030001 || (kind >> 8 & 0x0f) % 8 != 3 ||
		read_u32(w, at + 8, &n) || n > r->module->eh_hdr.size / 8)
		return -UNW_ENOINFO;
	di->u.rti.segbase = at;
	di->u.rti.table_data = at + 12;
	di->u.rti.table_len = n * 8 / sizeof(unw_word_t);
	return 0;
}

/* Searches the module's own table, made when it was loaded, and shows libunwind the one entry. */
static int made_table(struct cfi *c, const struct symbols_range *r, unw_word_t ip, unw_dyn_info_t *di)
{
	const uint64_t(*entry)[2] = (const uint64_t(*)[2])r->module->table.entry;
	size_t low = 0, high = r->module->table.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (entry[mid][0] <= ip - r->bias)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low)
		return -UNW_ENOINFO;
	uint64_t base = entry[low - 1][0];
	int64_t to_entry = (int64_t)(entry[low - 1][1] - base);
	if (to_entry != (int32_t)to_entry)
		return -UNW_ENOINFO;
	c->table[0] = 0;
	c->table[1] = (int32_t)to_entry;
	di->u.rti.segbase = base + r->bias;
	di->u.rti.table_data = TABLE_AT;
	di->u.rti.table_len = 1; /* in words: an entry is two halves of one */
	return 0;
}

static int find_proc_info(unw_addr_space_t as, unw_word_t ip, unw_proc_info_t *pi, int need, void *arg)
{
	struct cfi *c = arg;
	const struct symbols_range *r = symbols_range(c->walk->space, c->walk->tid, ip);
	unw_dyn_info_t di = { .format = UNW_INFO_FORMAT_REMOTE_TABLE };
	int err = -UNW_ENOINFO;

	if (r && r->module && r->module->eh_hdr.size) {
		err = header_table(c->walk, r, &di);
	} else if (r && r->module) {
		err = made_table(c, r, ip, &di);
	}
	if (!err) {
		di.start_ip = r->low;
		di.end_ip = r->high;
		err = search_unwind_table(as, ip, &di, pi, need, arg);
	}
	c->missing = err != 0;
	return err;
}

static void put_unwind_info(unw_addr_space_t as, unw_proc_info_t *pi, void *arg)
{
	(void)as, (void)pi, (void)arg; /* libunwind frees its own */
}

static int no_dyn_info(unw_addr_space_t as, unw_word_t *addr, void *arg)
{
	(void)as, (void)addr, (void)arg;
	return -UNW_ENOINFO;
}

static int access_mem(unw_addr_space_t as, unw_word_t addr, unw_word_t *val, int write, void *arg)
{
	struct cfi *c = arg;
	(void)as;

	if (write || ++c->reads > READS_MAX)
		return -UNW_EINVAL;
	if (addr >= TABLE_AT && addr - TABLE_AT <= sizeof(c->table) - sizeof(*val)) {
		memcpy(val, (const char *)c->table + (addr - TABLE_AT), sizeof(*val));
		return 0;
	}
	c->walk->fp_read |= c->stepping && addr == c->walk->fp_slot;
	return walk_read(c->walk, addr, val, sizeof(*val)) ? 0 : -UNW_EINVAL;
}

static int access_reg(unw_addr_space_t as, unw_regnum_t reg, unw_word_t *val, int write, void *arg)
{
	struct cfi *c = arg;
	(void)as;

	if (unwind_arch.dwarf_pc && reg == (int)unwind_arch.dwarf_pc)
		reg = (int)unwind_arch.pc;
	if (write || reg < 0 || reg >= UNWIND_REGS)
		return -UNW_EBADREG;
	c->walk->fp_read |= c->stepping && (unsigned)reg == unwind_arch.fp;
	*val = c->walk->regs.r[reg];
	/* A return address stands behind its call, possibly behind the function's end. */
	if ((unsigned)reg == unwind_arch.pc && !c->walk->exact)
		*val -= 1;
	return 0;
}

static int no_fpreg(unw_addr_space_t as, unw_regnum_t reg, unw_fpreg_t *val, int write, void *arg)
{
	(void)as, (void)reg, (void)val, (void)write, (void)arg;
	return -UNW_EBADREG;
}

static int no_resume(unw_addr_space_t as, unw_cursor_t *cursor, void *arg)
{
	(void)as, (void)cursor, (void)arg;
	return -UNW_EINVAL;
}

static int no_name(unw_addr_space_t as, unw_word_t addr, char *buf, size_t len, unw_word_t *off, void *arg)
{
	(void)as, (void)addr, (void)buf, (void)len, (void)off, (void)arg;
	return -UNW_ENOINFO;
}

static unw_accessors_t accessors = {
	.find_proc_info = find_proc_info,
	.put_unwind_info = put_unwind_info,
	.get_dyn_info_list_addr = no_dyn_info,
	.access_mem = access_mem,
	.access_reg = access_reg,
	.access_fpreg = no_fpreg,
	.resume = no_resume,
	.get_proc_name = no_name,
};

struct cfi *cfi_new(void)
{
	return calloc(1, sizeof(struct cfi));
}

void cfi_free(struct cfi *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < SPACES; i++)
		if (c->space[i].as)
			unw_destroy_addr_space(c->space[i].as);
	free(c);
}

const char *cfi_name(void)
{
	return "libunwind";
}

/* libunwind's space for this generation of ours; the one unused for longest is given up when there are too many. */
static unw_addr_space_t space_of(struct cfi *c, uint64_t generation)
{
	struct cfi_space *oldest = &c->space[0];

	for (size_t i = 0; i < SPACES; i++) {
		struct cfi_space *s = &c->space[i];
		if (s->as && s->generation == generation) {
			s->used = ++c->clock;
			return s->as;
		}
		if (s->used < oldest->used)
			oldest = s;
	}
	if (!oldest->as) {
		oldest->as = unw_create_addr_space(&accessors, 0);
		if (oldest->as)
			unw_set_caching_policy(oldest->as, UNW_CACHE_GLOBAL);
	} else {
		unw_flush_cache(oldest->as, 0, 0);
	}
	oldest->generation = generation;
	oldest->used = ++c->clock;
	return oldest->as;
}

static taddr saved_at(struct cfi *c, unsigned reg)
{
	unw_save_loc_t loc;

	if (unw_get_save_loc(&c->cursor, (int)reg, &loc) != 0 || loc.type != UNW_SLT_MEMORY)
		return 0;
	return loc.u.addr;
}

/* Copies what the cursor knows of the caller's registers. */
static void take_regs(struct cfi *c, struct walk *w)
{
	unw_word_t v;

	for (unsigned i = 0; i <= unwind_arch.pc; i++)
		if (unw_get_reg(&c->cursor, (int)i, &v) == 0)
			w->regs.r[i] = v;
	if (unw_get_reg(&c->cursor, UNW_REG_SP, &v) == 0)
		w->regs.r[unwind_arch.sp] = v;
	w->ret_word = unw_get_reg(&c->cursor, UNW_REG_IP, &v) == 0 ? v : w->regs.r[unwind_arch.pc];
	w->regs.r[unwind_arch.pc] = walk_unsigned(w, w->ret_word);
	w->ret_slot = saved_at(c, UNW_REG_IP);
	w->fp_slot = saved_at(c, unwind_arch.fp);
}

enum walk_step cfi_step(struct cfi *c, struct walk *w, bool moved)
{
	taddr pc = w->regs.r[unwind_arch.pc] - (w->exact ? 0 : 1);
	const struct symbols_range *r = symbols_range(w->space, w->tid, pc);

	/* libunwind would guess where it finds nothing; hand_step() does that with more care. */
	if (!r || !r->module || !(r->prot & VMA_EXEC))
		return WALK_NO_INFO;
	struct no_entry *none = &c->none[(pc ^ pc >> 8) % NONE_KNOWN];
	if (none->pc == pc && none->generation == symbols_space_generation(w->space))
		return WALK_NO_INFO;
	c->walk = w;
	if (moved) {
		unw_addr_space_t as = space_of(c, symbols_space_generation(w->space));
		if (!as || unw_init_remote(&c->cursor, as, c) < 0)
			return WALK_NO_INFO;
	}
	struct unwind_regs frame = w->regs;
	c->missing = false;
	c->reads = 0;
	c->stepping = true;
	int got = unw_step(&c->cursor);
	c->stepping = false;
	if (c->missing) {
		*none = (struct no_entry){ symbols_space_generation(w->space), pc };
		return WALK_NO_INFO;
	}
	if (got < 0)
		return WALK_BROKEN;
	if (got == 0)
		return WALK_END;
	take_regs(c, w);
	/* An entry that it can't follow (1.6: signed return addresses): it takes the link register, which is here. */
	if (unwind_arch.link && w->regs.r[unwind_arch.pc] == frame.r[unwind_arch.pc] &&
		w->regs.r[unwind_arch.sp] == frame.r[unwind_arch.sp]) {
		w->regs = frame;
		return WALK_NO_INFO;
	}
	return WALK_STEPPED;
}
