/* SPDX-License-Identifier: MIT */
/*
 * elfutils' libdw reads the call frame information; what it hands back are DWARF expressions over the registers, which
 * are evaluated here: the few operations that compilers and linkers use in .eh_frame.
 */
#include "cfi32.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cfi32 {
	int fd;
	void *image; /* of a file in memory */
	Elf *elf;
	Dwarf_CFI *cfi;
};

/* Takes elf over. */
static struct cfi32 *make(int fd, void *image, Elf *elf)
{
	struct cfi32 *c = calloc(1, sizeof(*c));
	Dwarf_CFI *cfi = c && elf ? dwarf_getcfi_elf(elf) : NULL;

	if (!cfi) {
		elf_end(elf);
		free(image);
		free(c);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	*c = (struct cfi32){ .fd = fd, .image = image, .elf = elf, .cfi = cfi };
	return c;
}

struct cfi32 *cfi32_from_fd(int fd)
{
	return fd < 0 ? NULL : make(fd, NULL, elf_begin(fd, ELF_C_READ, NULL));
}

struct cfi32 *cfi32_from_image(const void *image, size_t len)
{
	void *copy = malloc(len);

	if (!copy)
		return NULL;
	memcpy(copy, image, len);
	return make(-1, copy, elf_memory(copy, len));
}

void cfi32_free(struct cfi32 *c)
{
	if (!c)
		return;
	dwarf_cfi_end(c->cfi);
	elf_end(c->elf);
	free(c->image);
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}

#define STACK_MAX 32
struct machine {
	const struct regs32 *regs;
	cfi32_read *read;
	void *ctx;
	uint32_t cfa;
	uint32_t stack[STACK_MAX];
	size_t n;
};

static int push(struct machine *m, uint32_t v)
{
	if (m->n == STACK_MAX)
		return -EINVAL;
	m->stack[m->n++] = v;
	return 0;
}

static int deref(struct machine *m)
{
	uint32_t v;

	if (!m->n)
		return -EINVAL;
	if (!m->read(m->ctx, m->stack[m->n - 1], &v, sizeof(v)))
		return -EFAULT;
	m->stack[m->n - 1] = v;
	return 0;
}

/* Takes two, gives one. */
static int binary(struct machine *m, uint8_t atom)
{
	if (m->n < 2)
		return -EINVAL;
	uint32_t b = m->stack[--m->n], *a = &m->stack[m->n - 1];
	switch (atom) {
	case DW_OP_plus:
		*a += b;
		return 0;
	case DW_OP_minus:
		*a -= b;
		return 0;
	case DW_OP_and:
		*a &= b;
		return 0;
	case DW_OP_shl: /* linkage tables: is the pc behind the push? */
		*a = b < 32 ? *a << b : 0;
		return 0;
	case DW_OP_ge:
		*a = (int32_t)*a >= (int32_t)b;
		return 0;
	default:
		return -EINVAL;
	}
}

static int of_register(struct machine *m, unsigned reg, Dwarf_Word offset)
{
	return reg < REGS32 ? push(m, m->regs->r[reg] + (uint32_t)offset) : -EINVAL;
}

static int operation(struct machine *m, const Dwarf_Op *op)
{
	if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31)
		return of_register(m, op->atom - DW_OP_breg0, op->number);
	if (op->atom >= DW_OP_lit0 && op->atom <= DW_OP_lit31)
		return push(m, op->atom - DW_OP_lit0);
	switch (op->atom) {
	case DW_OP_bregx:
		return of_register(m, op->number < REGS32 ? (unsigned)op->number : REGS32, op->number2);
	case DW_OP_call_frame_cfa:
		return push(m, m->cfa);
	case DW_OP_const1u:
	case DW_OP_const1s:
	case DW_OP_const2u:
	case DW_OP_const2s:
	case DW_OP_const4u:
	case DW_OP_const4s:
	case DW_OP_constu:
	case DW_OP_consts:
		return push(m, (uint32_t)op->number);
	case DW_OP_plus_uconst:
		if (!m->n)
			return -EINVAL;
		m->stack[m->n - 1] += (uint32_t)op->number;
		return 0;
	case DW_OP_deref:
		return deref(m);
	default:
		return binary(m, op->atom);
	}
}

/* *ret_value: the result is the value itself, not where it lies. */
static int evaluate(struct machine *m, const Dwarf_Op *ops, size_t n, uint32_t *ret, bool *ret_value)
{
	m->n = 0;
	*ret_value = false;
	for (size_t i = 0; i < n; i++) {
		if (ops[i].atom == DW_OP_stack_value) {
			*ret_value = true;
			break;
		}
		int err = operation(m, &ops[i]);
		if (err)
			return err;
	}
	if (!m->n)
		return -EINVAL;
	*ret = m->stack[m->n - 1];
	return 0;
}

/* A register as the caller has it: an undefined one keeps what it holds, but for the return address, where it says "outermost". */
static int caller_register(struct machine *m, Dwarf_Frame *frame, int reg, uint32_t *ret)
{
	Dwarf_Op memory[3], *ops;
	size_t n;
	uint32_t at;
	bool value;

	if (dwarf_frame_register(frame, reg, memory, &ops, &n) != 0)
		return -ENOENT;
	*ret = reg == R32_EIP && ops == memory ? 0 : m->regs->r[reg];
	if (n == 0)
		return 0;
	int err = evaluate(m, ops, n, &at, &value);
	if (!err && value)
		*ret = at;
	else if (!err && !m->read(m->ctx, at, ret, sizeof(*ret)))
		err = -EFAULT;
	return err;
}

static int caller(struct machine *m, Dwarf_Frame *frame, struct regs32 *ret)
{
	Dwarf_Op *ops;
	size_t n;
	bool value;

	if (dwarf_frame_cfa(frame, &ops, &n) != 0 || n == 0)
		return -ENOENT;
	int err = evaluate(m, ops, n, &m->cfa, &value);
	for (int reg = 0; reg < REGS32 && !err; reg++)
		if (reg != R32_ESP)
			err = caller_register(m, frame, reg, &ret->r[reg]);
	ret->r[R32_ESP] = m->cfa; /* by the ABI's definition of the CFA; a signal frame says it as a register */
	return err;
}

int cfi32_step(struct cfi32 *c, uint32_t at, cfi32_read *read, void *ctx, struct regs32 *regs, bool *ret_signal)
{
	struct machine m = { .regs = regs, .read = read, .ctx = ctx };
	struct regs32 up = { { 0 } };
	Dwarf_Frame *frame;

	if (!c || dwarf_cfi_addrframe(c->cfi, at, &frame) != 0)
		return -ENOENT;
	if (dwarf_frame_info(frame, NULL, NULL, ret_signal) < 0)
		*ret_signal = false;
	int err = caller(&m, frame, &up);
	if (!err && *ret_signal)
		err = caller_register(&m, frame, R32_ESP, &up.r[R32_ESP]);
	free(frame);
	if (!err)
		*regs = up;
	return err;
}
