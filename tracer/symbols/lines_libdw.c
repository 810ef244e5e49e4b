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

int lines_find(struct lines *l, uint64_t addr, const char **ret_file, unsigned *ret_line)
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
	Dwarf_Line *line = dwarf_getsrc_die(&die, addr);
	const char *file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
	if (!file || dwarf_lineno(line, &number) != 0 || number <= 0)
		return -ENOENT;
	*ret_file = file;
	*ret_line = (unsigned)number;
	return 0;
}
