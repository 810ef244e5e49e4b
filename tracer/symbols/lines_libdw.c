/* SPDX-License-Identifier: MIT */
/*
 * elfutils' libdw. .debug_aranges is not relied on (clang and Rust leave it out): the units' own ranges are
 * collected once, at the first question.
 */
#include "symbols/lines.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbols/module_load.h"

#define RANGES_MAX ((size_t)1 << 20)

struct unit_range {
	uint64_t low, high;
	Dwarf_Off die;
};

struct lines {
	int fd;
	bool tried;
	Dwarf *dwarf;
	struct unit_range *range; /* by low */
	size_t n, room;
};

struct lines *lines_new(int fd)
{
	struct lines *l = calloc(1, sizeof(*l));

	if (!l) {
		close(fd);
		return NULL;
	}
	l->fd = fd;
	return l;
}

void lines_free(struct lines *l)
{
	if (!l)
		return;
	if (l->dwarf)
		dwarf_end(l->dwarf);
	free(l->range);
	close(l->fd);
	free(l);
}

static void range_add(struct lines *l, uint64_t low, uint64_t high, Dwarf_Off die)
{
	/* low 0: a function that the linker threw away */
	if (low == 0 || low >= high || l->n == RANGES_MAX)
		return;
	if (l->n == l->room) {
		size_t room = l->room ? l->room * 2 : 64;
		struct unit_range *r = realloc(l->range, room * sizeof(*r));
		if (!r)
			return;
		l->range = r;
		l->room = room;
	}
	l->range[l->n++] = (struct unit_range){ low, high, die };
}

static int by_low(const void *a, const void *b)
{
	const struct unit_range *x = a, *y = b;

	return x->low < y->low ? -1 : x->low > y->low;
}

/* What a debug section has when it is unpacked; UINT64_MAX: that can't be told. */
static uint64_t unpacked(Elf_Scn *scn, const GElf_Shdr *sh, const char *name)
{
	GElf_Chdr ch;
	uint64_t size = 0;

	if (sh->sh_flags & SHF_COMPRESSED)
		return gelf_getchdr(scn, &ch) ? ch.ch_size : UINT64_MAX;
	if (name[1] != 'z')
		return sh->sh_size;
	/* The older way: "ZLIB", and the size as eight bytes, the highest first. */
	const Elf_Data *data = elf_rawdata(scn, NULL);
	if (!data || data->d_size < 12)
		return UINT64_MAX;
	for (unsigned i = 4; i < 12; i++)
		size = size << 8 | ((const uint8_t *)data->d_buf)[i];
	return size;
}

static bool is_affordable(int fd)
{
	Elf *elf = elf_open(fd);
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	size_t names;
	uint64_t packed = 0, sum = 0;
	bool good = elf && elf_section_names(elf, &names);

	while (good && (scn = elf_nextscn(elf, scn))) {
		const char *name = gelf_getshdr(scn, &sh) ? elf_strptr(elf, names, sh.sh_name) : NULL;
		if (!name || sh.sh_type == SHT_NOBITS || (strncmp(name, ".debug_", 7) && strncmp(name, ".zdebug_", 8)))
			continue;
		packed += sh.sh_size;
		uint64_t size = sh.sh_size > LINES_MAX || packed > LINES_MAX ? UINT64_MAX : unpacked(scn, &sh, name);
		good = size <= LINES_MAX && (sum += size) <= LINES_MAX;
	}
	elf_end(elf);
	return good;
}

static void collect(struct lines *l)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;
	uint8_t type;

	l->tried = true;
	l->dwarf = is_affordable(l->fd) ? dwarf_begin(l->fd, DWARF_C_READ) : NULL;
	if (!l->dwarf)
		return;
	while (dwarf_get_units(l->dwarf, cu, &cu, NULL, &type, &die, NULL) == 0 && l->n < RANGES_MAX) {
		ptrdiff_t at = 0;
		Dwarf_Addr base, low, high;
		if (type != DW_UT_compile && type != DW_UT_skeleton)
			continue;
		while ((at = dwarf_ranges(&die, at, &base, &low, &high)) > 0)
			range_add(l, low, high, dwarf_dieoffset(&die));
	}
	if (l->n)
		qsort(l->range, l->n, sizeof(*l->range), by_low);
}

static const struct unit_range *unit_of(const struct lines *l, uint64_t addr)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (l->range[mid].low <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low && addr < l->range[low - 1].high ? &l->range[low - 1] : NULL;
}

/* A number of one of the die's own attributes. */
static bool number_of(Dwarf_Die *die, unsigned name, Dwarf_Word *ret)
{
	Dwarf_Attribute attr;

	return dwarf_attr(die, name, &attr) && dwarf_formudata(&attr, ret) == 0;
}

/* The place in its caller's source at which an inlined function was put in. */
static bool call_place(Dwarf_Die *unit, Dwarf_Die *inlined, const char **ret_file, unsigned *ret_line)
{
	Dwarf_Files *files;
	Dwarf_Word file, line;
	size_t n;

	if (!number_of(inlined, DW_AT_call_file, &file) || !number_of(inlined, DW_AT_call_line, &line) || !line ||
		dwarf_getsrcfiles(unit, &files, &n) != 0 || file >= n)
		return false;
	const char *name = dwarf_filesrc(files, file, NULL, NULL);
	if (!name)
		return false;
	*ret_file = name;
	*ret_line = (unsigned)line;
	return true;
}

/* A damaged file may be nested deeper than any source, and its entries may follow each other in a circle. */
#define NESTED_MAX 64
#define DIES_MAX   (1U << 20)

struct search {
	uint64_t addr;
	unsigned left; /* entries that may still be looked at */
};

/* What may have functions in it, and has no addresses itself. dwarf_getscopes does not look into namespaces. */
static bool may_hold_functions(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_structure_type ||
		tag == DW_TAG_class_type || tag == DW_TAG_union_type || tag == DW_TAG_enumeration_type;
}

/* The function that has code at this address. */
static bool function_at(struct search *s, Dwarf_Die *in, unsigned depth, Dwarf_Die *ret)
{
	Dwarf_Die die;
	bool found = false;

	for (int more = depth < NESTED_MAX ? dwarf_child(in, &die) : 1; more == 0 && !found && s->left;) {
		s->left--;
		int tag = dwarf_tag(&die);
		if (tag == DW_TAG_subprogram && dwarf_haspc(&die, s->addr) > 0) {
			*ret = die;
			return true;
		}
		found = may_hold_functions(tag) && function_at(s, &die, depth + 1, ret);
		more = found ? 1 : dwarf_siblingof(&die, &die);
	}
	return found;
}

/* The outermost of the functions that are inlined there into this one, or into a block of it. */
static bool inlined_at(struct search *s, Dwarf_Die *in, unsigned depth, Dwarf_Die *ret)
{
	Dwarf_Die die;
	bool found = false;

	for (int more = depth < NESTED_MAX ? dwarf_child(in, &die) : 1; more == 0 && !found && s->left;) {
		s->left--;
		int tag = dwarf_tag(&die);
		bool here = (tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block ||
				    tag == DW_TAG_try_block || tag == DW_TAG_catch_block) &&
			dwarf_haspc(&die, s->addr) > 0;
		if (here && tag == DW_TAG_inlined_subroutine) {
			*ret = die;
			return true;
		}
		found = here && inlined_at(s, &die, depth + 1, ret);
		more = found ? 1 : dwarf_siblingof(&die, &die);
	}
	return found;
}

static bool inlined_from(Dwarf_Die *unit, uint64_t addr, const char **ret_file, unsigned *ret_line)
{
	struct search s = { .addr = addr, .left = DIES_MAX };
	Dwarf_Die function, inlined;

	return function_at(&s, unit, 0, &function) && inlined_at(&s, &function, 0, &inlined) &&
		call_place(unit, &inlined, ret_file, ret_line);
}

int lines_find(struct lines *l, uint64_t addr, bool outermost, const char **ret_file, unsigned *ret_line)
{
	Dwarf_Die die;
	int number;

	if (!l)
		return -ENOENT;
	if (!l->tried)
		collect(l);
	const struct unit_range *unit = unit_of(l, addr);
	if (!unit || !dwarf_offdie(l->dwarf, unit->die, &die))
		return -ENOENT;
	if (outermost && inlined_from(&die, addr, ret_file, ret_line))
		return 0;
	Dwarf_Line *line = dwarf_getsrc_die(&die, addr);
	const char *file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
	if (!file || dwarf_lineno(line, &number) != 0 || number <= 0)
		return -ENOENT;
	*ret_file = file;
	*ret_line = (unsigned)number;
	return 0;
}
