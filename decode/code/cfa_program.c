/* SPDX-License-Identifier: MIT */
/*
 * A guard in front of libdw, and no interpreter: cfi32_libdw.c lets libdw execute only what has passed here. It is
 * against libdw's own failures, found by fuzzing .eh_frame (fuzz_eh_frame.c; elfutils 0.188): a table as long as the
 * highest register that is named, so that 77 bytes of a program took 2 GiB, and a copy of it for each remembered state.
 */
#include <thrtrace/cfa_program.h>

/* The operands of an instruction: r register, n number, b block of bytes, 1 2 4 so many bytes. NULL: not known. */
static const char *const operands[0x40] = {
	[0x00] = "",   /* nop */
	[0x02] = "1",  /* advance_loc1 */
	[0x03] = "2",  /* advance_loc2 */
	[0x04] = "4",  /* advance_loc4 */
	[0x05] = "rn", /* offset_extended */
	[0x06] = "r",  /* restore_extended */
	[0x07] = "r",  /* undefined */
	[0x08] = "r",  /* same_value */
	[0x09] = "rr", /* register */
	[0x0a] = "",   /* remember_state */
	[0x0b] = "",   /* restore_state */
	[0x0c] = "rn", /* def_cfa */
	[0x0d] = "r",  /* def_cfa_register */
	[0x0e] = "n",  /* def_cfa_offset */
	[0x0f] = "b",  /* def_cfa_expression */
	[0x10] = "rb", /* expression */
	[0x11] = "rn", /* offset_extended_sf */
	[0x12] = "rn", /* def_cfa_sf */
	[0x13] = "n",  /* def_cfa_offset_sf */
	[0x14] = "rn", /* val_offset */
	[0x15] = "rn", /* val_offset_sf */
	[0x16] = "rb", /* val_expression */
	[0x2e] = "n",  /* GNU_args_size */
	[0x2f] = "rn", /* GNU_negative_offset_extended */
};

enum { REMEMBER_STATE = 0x0a, RESTORE_STATE = 0x0b };

struct program {
	const uint8_t *at, *end;
};

/* LEB128: its low 64 bits, which is all that a sane number has. */
static bool number(struct program *p, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned shift = 0; p->at < p->end; shift += 7) {
		uint8_t byte = *p->at++;
		v |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
		if (!(byte & 0x80)) {
			*ret = v;
			return shift < 64;
		}
	}
	return false;
}

static bool skip(struct program *p, uint64_t n)
{
	if (n > (uint64_t)(p->end - p->at))
		return false;
	p->at += n;
	return true;
}

static bool operand(struct program *p, char kind)
{
	uint64_t v;

	switch (kind) {
	case 'r':
		return number(p, &v) && v <= CFA_REGISTER_MAX;
	case 'n':
		return number(p, &v);
	case 'b':
		return number(p, &v) && skip(p, v);
	default:
		return skip(p, (uint64_t)(kind - '0'));
	}
}

bool cfa_program_modest(const uint8_t *bytes, size_t len)
{
	struct program p = { bytes, bytes + len };
	unsigned states = 0;

	while (p.at < p.end) {
		uint8_t op = *p.at++;
		/* The upper two bits: 1 advance_loc, 2 offset, 3 restore, of a register below 64; 0: the table. */
		const char *kinds = op >> 6 == 0 ? operands[op] : op >> 6 == 2 ? "n" : "";
		if (!kinds || (op == REMEMBER_STATE && ++states > CFA_STATES_MAX))
			return false;
		states -= op == RESTORE_STATE && states > 0;
		for (; *kinds; kinds++)
			if (!operand(&p, *kinds))
				return false;
	}
	return true;
}
