/* SPDX-License-Identifier: MIT */
/* mmap, mprotect, munmap, madvise. */
#include "calls/calls.h"

#include "tables/tables_impl.h"

/* Bits 26 to 31 hold the base-2 logarithm of the huge page size (include/uapi/asm-generic/hugetlb_encode.h). */
#define HUGE_SHIFT 26
#define HUGE_MASK  0x3fU
#define TYPE_MASK  0xfU

enum { ROW_OFFSET = 5 };

void mmap_view(const struct call *c, struct call_view *v)
{
	for (unsigned i = 0; i < CALL_ARGS; i++)
		view_add(v, c, i);
	if (call_word(c) == 4) /* mmap2 counts in units of 4096 bytes, whatever the page size */
		v->arg[ROW_OFFSET].value <<= 12;
}

void prot_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	(void)c;
	if (value)
		table_flags_format(out, &table_prot, value);
	else
		outbuf_puts(out, "PROT_NONE");
}

void mmap_flags_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	uint64_t huge = value >> HUGE_SHIFT & HUGE_MASK;
	uint64_t rest = value & ~(uint64_t)TYPE_MASK & ~((uint64_t)HUGE_MASK << HUGE_SHIFT);

	value_format(out, &table_map_types, value & TYPE_MASK);
	if (rest) {
		outbuf_putc(out, '|');
		table_flags_format(out, c->abi->x86_mmap_flags ? &table_mmap_flags_x86 : &table_mmap_flags, rest);
	}
	if (huge)
		outbuf_printf(out, "|%u<<MAP_HUGE_SHIFT", (unsigned)huge);
}

void madvice_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	(void)c;
	value_format(out, &table_madvice, (uint32_t)value);
}
