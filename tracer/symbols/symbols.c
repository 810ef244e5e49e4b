/* SPDX-License-Identifier: MIT */
/* Which file is mapped where, and the cache of files. */
#include "symbols/symbols.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "symbols/module_find.h"

#define RANGES_MAX 4096
#define TEXTS_MAX  65536
/* A mapping that was checked so long ago or less is taken to be there still. */
#define LOOK_NS 2000000U

struct text {
	UT_hash_handle hh;
	char text[];
};

struct symbols {
	struct module_store store;
	struct text *texts;
	uint64_t last_generation;
};

/* Code that was there once. */
#define GONE_MAX 16
struct gone {
	taddr low, high;
	struct module *module;
	uint64_t bias;
};

#define AUXV_MAX 64
struct symbols_space {
	struct symbols *symbols;
	const struct kernel *door;
	pid_t leader;                /* asked first for mappings; 0 none */
	struct symbols_range *range; /* by low */
	size_t n, room;
	size_t last; /* the index of the last answer, as long as it is below n */
	uint32_t look;
	uint64_t looked_ns;
	uint64_t generation;
	bool auxv_read;
	uint64_t auxv[AUXV_MAX][2];
	size_t n_auxv;
	bool program_known;
	uint64_t program_inode;
	uint32_t program_major, program_minor;
	struct gone gone[GONE_MAX]; /* a ring: the latest n_gone % GONE_MAX */
	unsigned n_gone;
};

struct symbols *symbols_new(void)
{
	return calloc(1, sizeof(struct symbols));
}

void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	module_store_release(&s->store);
	struct text *t, *next;
	HASH_ITER (hh, s->texts, t, next) {
		HASH_DEL(s->texts, t);
		free(t);
	}
	free(s);
}

const char *symbols_text(struct symbols *s, const char *text)
{
	size_t len = strlen(text);
	struct text *t;

	HASH_FIND(hh, s->texts, text, len, t);
	if (t)
		return t->text;
	t = HASH_COUNT(s->texts) < TEXTS_MAX ? malloc(sizeof(*t) + len + 1) : NULL;
	if (!t)
		return "";
	memcpy(t->text, text, len + 1);
	HASH_ADD_KEYPTR(hh, s->texts, t->text, len, t);
	if (t->hh.tbl)
		return t->text;
	free(t);
	return "";
}

struct symbols_space *symbols_space_new(struct symbols *s, const struct kernel *door)
{
	struct symbols_space *space = calloc(1, sizeof(*space));

	if (space) {
		space->symbols = s;
		space->door = door;
		space->generation = ++s->last_generation;
	}
	return space;
}

void symbols_space_free(struct symbols_space *space)
{
	if (space)
		free(space->range);
	free(space);
}

void symbols_space_exec(struct symbols_space *space)
{
	space->n = 0;
	space->auxv_read = false;
	space->n_auxv = 0;
	space->program_known = false;
	space->n_gone = 0;
	space->generation = ++space->symbols->last_generation;
}

void symbols_space_leader(struct symbols_space *space, pid_t tgid)
{
	space->leader = tgid;
}

static int vma_of(const struct symbols_space *space, pid_t tid, taddr addr, struct vma *ret)
{
	int err = space->leader ? space->door->vma(space->door->ctx, space->leader, addr, false, ret) : -ESRCH;

	/* A leader that has gone has no mappings to open any more; its threads do. */
	return err && err != -ENOENT && tid != space->leader ?
		space->door->vma(space->door->ctx, tid, addr, false, ret) :
		err;
}

void symbols_space_look(struct symbols_space *space)
{
	uint64_t now = space->door->now_ns(space->door->ctx);

	if (space->looked_ns && now - space->looked_ns < LOOK_NS)
		return;
	space->looked_ns = now;
	space->look += space->look == UINT32_MAX ? 2 : 1;
}

uint32_t symbols_space_looks(const struct symbols_space *space)
{
	return space->look;
}

uint64_t symbols_space_generation(const struct symbols_space *space)
{
	return space->generation;
}

struct symbols *symbols_of(const struct symbols_space *space)
{
	return space->symbols;
}

const struct kernel *symbols_door(const struct symbols_space *space)
{
	return space->door;
}

/* A 32-bit program has pairs of 4-byte words. They show: no type of an entry is a large number. */
static void auxv_widen(struct symbols_space *space)
{
	uint32_t pair[AUXV_MAX][2];
	size_t n = space->n_auxv < AUXV_MAX / 2 ? space->n_auxv * 2 : AUXV_MAX;

	if (!n || space->auxv[0][0] <= UINT16_MAX)
		return;
	memcpy(pair, space->auxv, n * sizeof(*pair));
	for (size_t i = 0; i < n; i++) {
		space->auxv[i][0] = pair[i][0];
		space->auxv[i][1] = pair[i][1];
	}
	space->n_auxv = n;
}

int symbols_auxv(struct symbols_space *space, pid_t tid, uint64_t type, uint64_t *ret)
{
	if (!space->auxv_read) {
		ssize_t got = space->door->read_proc(
			space->door->ctx, tid, "auxv", (char *)space->auxv, sizeof(space->auxv));
		space->n_auxv = got > 0 ? (size_t)got / sizeof(space->auxv[0]) : 0;
		space->auxv_read = got > 0;
		auxv_widen(space);
	}
	for (size_t i = 0; i < space->n_auxv && space->auxv[i][0] != AT_NULL; i++) {
		if (space->auxv[i][0] == type) {
			*ret = space->auxv[i][1];
			return 0;
		}
	}
	return -ENOENT;
}

/* The program is the file that holds its own program headers, wherever the kernel put it (AT_PHDR, getauxval(3)). */
static void learn_program(struct symbols_space *space, pid_t tid)
{
	uint64_t phdr;
	struct vma vma;

	if (space->program_known || symbols_auxv(space, tid, AT_PHDR, &phdr) != 0 ||
		vma_of(space, tid, phdr, &vma) != 0)
		return;
	space->program_known = true;
	space->program_inode = vma.inode;
	space->program_major = vma.dev_major;
	space->program_minor = vma.dev_minor;
}

/* How many ranges begin at or below addr. */
static size_t begin_below(const struct symbols_space *space, taddr addr)
{
	size_t low = 0, high = space->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (space->range[mid].low <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool same_mapping(const struct symbols_range *r, const struct vma *v)
{
	return r->low == v->low && r->high == v->high && r->offset == v->offset && r->inode == v->inode &&
		r->dev_major == v->dev_major && r->dev_minor == v->dev_minor && r->prot == v->prot;
}

static void lose(struct symbols_space *space, const struct symbols_range *r)
{
	space->generation = ++space->symbols->last_generation;
	if (r->module)
		space->gone[space->n_gone++ % GONE_MAX] = (struct gone){ r->low, r->high, r->module, r->bias };
}

/* What lay at addr before it was unmapped, the latest first; NULL: not known. */
static const struct gone *gone_at(const struct symbols_space *space, taddr addr)
{
	for (unsigned i = space->n_gone; i > 0 && space->n_gone - i < GONE_MAX; i--) {
		const struct gone *g = &space->gone[(i - 1) % GONE_MAX];
		if (addr >= g->low && addr < g->high)
			return g;
	}
	return NULL;
}

/* Forgets ranges in [low, high). Code that is no longer what it was makes a new generation. */
static void drop(struct symbols_space *space, taddr low, taddr high)
{
	size_t kept = 0;

	for (size_t i = 0; i < space->n; i++) {
		const struct symbols_range *r = &space->range[i];
		if (r->high <= low || r->low >= high)
			space->range[kept++] = *r;
		else if (r->prot & VMA_EXEC)
			lose(space, r);
	}
	space->n = kept;
}

static bool make_room(struct symbols_space *space)
{
	if (space->n == RANGES_MAX)
		drop(space, 0, UINT64_MAX);
	if (space->n < space->room)
		return true;
	size_t room = space->room ? space->room * 2 : 32;
	struct symbols_range *r = realloc(space->range, room * sizeof(*r));
	if (!r)
		return false;
	space->range = r;
	space->room = room;
	return true;
}

static const struct symbols_range *learn(struct symbols_space *space, pid_t tid, const struct vma *vma)
{
	drop(space, vma->low, vma->high);
	if (!make_room(space))
		return NULL;
	learn_program(space, tid);
	struct symbols_range r = {
		.low = vma->low,
		.high = vma->high,
		.prot = vma->prot,
		.offset = vma->offset,
		.inode = vma->inode,
		.dev_major = vma->dev_major,
		.dev_minor = vma->dev_minor,
		.look = space->look,
		.in_program = space->program_known && vma->inode && vma->inode == space->program_inode &&
			vma->dev_major == space->program_major && vma->dev_minor == space->program_minor,
	};
	r.module = module_find(&space->symbols->store, space->door, tid, vma, r.in_program, &r.bias);
	size_t at = begin_below(space, vma->low);
	memmove(&space->range[at + 1], &space->range[at], (space->n - at) * sizeof(r));
	space->range[at] = r;
	space->n++;
	return &space->range[at];
}

const struct symbols_range *symbols_range(struct symbols_space *space, pid_t tid, taddr addr)
{
	const struct symbols_range *last = space->last < space->n ? &space->range[space->last] : NULL;

	if (last && last->look == space->look && addr >= last->low && addr < last->high)
		return last;
	size_t below = begin_below(space, addr);
	struct symbols_range *r = below && addr < space->range[below - 1].high ? &space->range[below - 1] : NULL;
	struct vma vma;

	space->last = below ? below - 1 : 0;
	if (r && r->look == space->look)
		return r;
	int err = vma_of(space, tid, addr, &vma);
	if (err) {
		if (r && err == -ENOENT)
			drop(space, r->low, r->high);
		return NULL;
	}
	if (r && same_mapping(r, &vma)) {
		r->look = space->look;
		return r;
	}
	return learn(space, tid, &vma);
}

ssize_t symbols_file(const struct symbols_range *r, taddr addr, void *buf, size_t n)
{
	if (!r->module || (r->prot & VMA_WRITE) || addr < r->low || addr + n > r->high)
		return -1;
	return module_read(r->module, addr - r->bias, r->offset + (addr - r->low), buf, n);
}

void symbols_frame(struct symbols_space *space, pid_t tid, taddr pc, bool exact, struct frame *ret)
{
	const struct symbols_range *r = symbols_range(space, tid, exact || pc == 0 ? pc : pc - 1);

	if (!r) {
		const struct gone *g = gone_at(space, exact || pc == 0 ? pc : pc - 1);
		*ret = (struct frame){ .pc = pc };
		if (g)
			module_frame(g->module, pc - g->bias, exact, ret);
		ret->pc = pc;
		return;
	}
	if (r->module)
		module_frame(r->module, pc - r->bias, exact, ret);
	else
		*ret = (struct frame){ .module = r->prot & VMA_EXEC ? "[JIT]" : NULL, .module_offset = pc - r->low };
	if (!ret->module)
		ret->module_offset = 0;
	ret->pc = pc;
	ret->in_program = r->in_program;
}

const char *symbols_name(struct symbols_space *space, pid_t tid, taddr addr, uint64_t *ret_offset)
{
	const struct symbols_range *r = symbols_range(space, tid, addr);
	struct module_symbol *s = r && r->module ? module_symbol(r->module, addr - r->bias) : NULL;

	if (!s)
		return NULL;
	*ret_offset = addr - r->bias - s->addr;
	return module_symbol_shown(s);
}

/* What is zero at first has no file behind it: it lies above the mapping that has. */
const char *symbols_datum(struct symbols_space *space, pid_t tid, taddr addr, uint64_t *ret_offset)
{
	const struct symbols_range *r = symbols_range(space, tid, addr);

	if (r && !r->module && r->low)
		r = symbols_range(space, tid, r->low - 1);
	struct module_symbol *s = r && r->module ? module_symbol(r->module, addr - r->bias) : NULL;
	if (!s)
		return NULL;
	*ret_offset = addr - r->bias - s->addr;
	return module_symbol_shown(s);
}

struct module *symbols_program(struct symbols_space *space, pid_t tid, uint64_t *ret_bias)
{
	uint64_t phdr;
	const struct symbols_range *r = NULL;

	if (symbols_auxv(space, tid, AT_PHDR, &phdr) == 0)
		r = symbols_range(space, tid, phdr);
	if (r && ret_bias)
		*ret_bias = r->bias;
	return r ? r->module : NULL;
}
