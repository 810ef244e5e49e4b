/* SPDX-License-Identifier: MIT */
/* Encodings: Intel SDM volume 2. */
#include <thrtrace/firstcall.h>

#include <errno.h>
#include <string.h>

#define STEPS_MAX 32
enum { RAX = 0, RSP = 4, RDI = 7 };

struct state {
	const struct firstcall *f;
	uint64_t reg[16];
	size_t at;     /* in code */
	size_t popped; /* words */
	bool zero;     /* flag Z of the last test */
	taddr fn;
};

enum outcome { GOES_ON, CALLS, STUCK };

static bool has(const struct state *s, size_t n)
{
	return s->at <= s->f->len && s->f->len - s->at >= n;
}

static enum outcome branch(struct state *s, bool taken, size_t size, size_t width)
{
	int32_t by = 0;

	if (!has(s, size))
		return STUCK;
	if (width == 1)
		by = (int8_t)s->f->code[s->at + size - 1];
	else
		memcpy(&by, s->f->code + s->at + size - 4, 4);
	s->at += size;
	if (!taken)
		return GOES_ON;
	if (by < 0 || (size_t)by > s->f->len - s->at)
		return STUCK; /* backwards, or out of sight */
	s->at += (size_t)by;
	return GOES_ON;
}

static enum outcome pop(struct state *s, unsigned reg, size_t size)
{
	if (s->popped == s->f->n_stack)
		return STUCK;
	s->reg[reg] = s->f->stack[s->popped++];
	s->reg[RSP] += 8;
	s->at += size;
	return GOES_ON;
}

static enum outcome call_relative(struct state *s)
{
	int32_t by;

	if (!has(s, 5))
		return STUCK;
	memcpy(&by, s->f->code + s->at + 1, 4);
	s->fn = s->f->pc + s->at + 5 + (uint64_t)(int64_t)by;
	return CALLS;
}

/* Instructions on two registers: op rm,reg with mod 3. */
static enum outcome two_registers(struct state *s, uint8_t op, size_t prefix, unsigned rex)
{
	uint8_t modrm = s->f->code[s->at + prefix + 1];
	unsigned rm = (modrm & 7) | (rex & 1) << 3, reg = (modrm >> 3 & 7) | (rex & 4) << 1;

	if (modrm >> 6 != 3)
		return STUCK;
	if (op == 0x85) /* test */
		s->zero = (s->reg[rm] & s->reg[reg] & (rex & 8 ? UINT64_MAX : UINT32_MAX)) == 0;
	else if (op == 0x31 && rm == reg) /* xor with itself */
		s->reg[rm] = 0;
	else if (op == 0x89)
		s->reg[rm] = s->reg[reg];
	else if (op == 0x8b)
		s->reg[reg] = s->reg[rm];
	else
		return STUCK;
	s->at += prefix + 2;
	return GOES_ON;
}

static enum outcome indirect(struct state *s, size_t prefix, unsigned rex)
{
	uint8_t modrm = s->f->code[s->at + prefix + 1], what = modrm >> 3 & 7;

	if (modrm >> 6 != 3 || (what != 2 && what != 4)) /* call, jmp */
		return STUCK;
	s->fn = s->reg[(modrm & 7) | (rex & 1) << 3];
	return CALLS;
}

static enum outcome step(struct state *s)
{
	const uint8_t *code = s->f->code + s->at;
	size_t prefix = has(s, 1) && (code[0] & 0xf0) == 0x40 ? 1 : 0;
	unsigned rex = prefix ? code[0] & 0x0f : 0;

	if (!has(s, prefix + 2))
		return has(s, 1) && code[0] == 0xc3 && pop(s, RAX, 1) == GOES_ON ? (s->fn = s->reg[RAX], CALLS) : STUCK;
	uint8_t op = code[prefix];
	if (op >= 0x58 && op <= 0x5f)
		return pop(s, (op & 7) | (rex & 1) << 3, prefix + 1);
	switch (op) {
	case 0x31:
	case 0x85:
	case 0x89:
	case 0x8b:
		return two_registers(s, op, prefix, rex);
	case 0x74:
		return branch(s, s->zero, 2, 1);
	case 0x75:
		return branch(s, !s->zero, 2, 1);
	case 0x7c: /* jl: the result is never negative in the child */
		return branch(s, false, 2, 1);
	case 0xeb:
		return branch(s, true, 2, 1);
	case 0xe9:
		return branch(s, true, 5, 4);
	case 0xe8:
		return call_relative(s);
	case 0xff:
		return indirect(s, prefix, rex);
	case 0xc3:
		return pop(s, RAX, 1) == GOES_ON ? (s->fn = s->reg[RAX], CALLS) : STUCK;
	case 0x0f:
		if (code[1] == 0x84 || code[1] == 0x85)
			return branch(s, s->zero == (code[1] == 0x84), 6, 4);
		return code[1] == 0x8c ? branch(s, false, 6, 4) : STUCK;
	default:
		return STUCK;
	}
}

int firstcall_x86_64(const struct firstcall *f, taddr *ret_fn, uint64_t *ret_arg)
{
	struct state s = { .f = f };
	enum outcome got = GOES_ON;

	memcpy(s.reg, f->reg, sizeof(s.reg));
	s.reg[RAX] = 0; /* what the kernel returns in the child */
	for (int i = 0; got == GOES_ON && i < STEPS_MAX; i++)
		got = step(&s);
	if (got != CALLS || s.fn == 0)
		return -ENOENT;
	*ret_fn = s.fn;
	*ret_arg = s.reg[RDI];
	return 0;
}
