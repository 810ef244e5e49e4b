/* SPDX-License-Identifier: MIT */
/*
 * elfutils' libdw reads the call frame information; what it hands back are DWARF expressions over the registers, which
 * are evaluated here: the few operations that compilers and linkers use in .eh_frame.
 */
#include "symbols/cfi32.h"
#include "symbols/module_load.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <gelf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/cfa_program.h>

struct cfi32 {
	void *image;
	Elf *elf;
	Dwarf_CFI *cfi;
};

/* What libdw gets: an ELF file of nothing but the section, so that it reads what has been looked over, and no more. */
static const char names[] = "\0.eh_frame\0.shstrtab";
struct head {
	Elf32_Ehdr eh;
	Elf32_Shdr sh[3];
	char names[sizeof(names)];
};

static void *file_of(const GElf_Shdr *sh, const void *bytes, size_t n, size_t *ret_len)
{
	struct head head = {
		.eh = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_DYN,
			.e_machine = EM_386,
			.e_version = EV_CURRENT,
			.e_shoff = offsetof(struct head, sh),
			.e_shnum = 3,
			.e_ehsize = sizeof(Elf32_Ehdr),
			.e_shentsize = sizeof(Elf32_Shdr),
			.e_shstrndx = 2 },
		.sh[1] = { .sh_name = 1,
			.sh_type = SHT_PROGBITS,
			.sh_flags = SHF_ALLOC,
			.sh_addr = (Elf32_Addr)sh->sh_addr,
			.sh_offset = sizeof(head),
			.sh_size = (Elf32_Word)n,
			.sh_addralign = 4 },
		.sh[2] = { .sh_name = 11,
			.sh_type = SHT_STRTAB,
			.sh_offset = offsetof(struct head, names),
			.sh_size = sizeof(names) },
	};
	char *image = malloc(sizeof(head) + n);

	if (!image)
		return NULL;
	memcpy(head.names, names, sizeof(names));
	memcpy(image, &head, sizeof(head));
	memcpy(image + sizeof(head), bytes, n);
	*ret_len = sizeof(head) + n;
	return image;
}

static bool modest(const uint8_t *from, const uint8_t *to)
{
	return to >= from && cfa_program_modest(from, (size_t)(to - from));
}

/* Bytes of an address that is written so (DW_EH_PE_*); 0: not as compilers do it for this machine. */
static size_t encoded_bytes(uint8_t encoding)
{
	switch (encoding & 0x0f) {
	case DW_EH_PE_absptr:
	case DW_EH_PE_udata4:
	case DW_EH_PE_sdata4:
		return (encoding & 0x70) == DW_EH_PE_aligned ? 0 : 4;
	default:
		return 0;
	}
}

/* The same for the addresses in the CIE's FDEs, by its augmentation ("zPLR"). */
static size_t address_bytes(const Dwarf_CIE *cie)
{
	const uint8_t *p = cie->augmentation_data, *end = p + cie->augmentation_data_size;

	if (cie->augmentation[0] == '\0')
		return 4;
	for (const char *a = cie->augmentation + 1; cie->augmentation[0] == 'z' && *a; a++) {
		if (*a != 'S' && p >= end)
			return 0;
		if (*a == 'R')
			return encoded_bytes(*p);
		if (*a == 'P' && (encoded_bytes(*p) == 0 || end - p < 5))
			return 0;
		if (*a != 'S' && *a != 'P' && *a != 'L')
			return 0;
		p += *a == 'P' ? 5 : *a == 'L' ? 1 : 0;
	}
	return cie->augmentation[0] == 'z' ? 4 : 0;
}

/* Behind the two addresses, and the block of augmentation whose length is written before it. */
static bool modest_fde(const Dwarf_CIE *cie, const Dwarf_FDE *fde)
{
	size_t address = address_bytes(cie), left = (size_t)(fde->end - fde->start), at = 2 * address;

	if (!address || fde->end < fde->start || left < at)
		return false;
	if (cie->augmentation[0] == 'z') {
		if (left == at || fde->start[at] >= 0x80 || left - at - 1 < fde->start[at])
			return false;
		at += 1U + fde->start[at];
	}
	return modest(fde->start + at, fde->end);
}

static bool read_cie(const unsigned char *ident, Elf_Data *data, Dwarf_Off at, Dwarf_CFI_Entry *ret)
{
	Dwarf_Off next;

	return dwarf_next_cfi(ident, data, true, at, &next, ret) == 0 && dwarf_cfi_cie_p(ret) &&
		modest(ret->cie.initial_instructions, ret->cie.initial_instructions_end);
}

/*
 * Every entry of the section up to its end, with the CIEs that they name. One that is none refuses the whole: libdw
 * steps over it, and executes what follows.
 */
static bool all_modest(Elf *elf)
{
	GElf_Shdr sh;
	Elf_Data *data = elf_getdata(module_section_find(elf, ".eh_frame", &sh), NULL);
	const unsigned char *ident = (const unsigned char *)elf_getident(elf, NULL);
	Dwarf_CFI_Entry entry, cie;
	Dwarf_Off next, cie_at = (Dwarf_Off)-1;
	int got = -1;

	for (Dwarf_Off at = 0; data && (got = dwarf_next_cfi(ident, data, true, at, &next, &entry)) == 0; at = next) {
		if (next <= at)
			return false;
		if (dwarf_cfi_cie_p(&entry))
			continue;
		if (entry.fde.CIE_pointer != cie_at && !read_cie(ident, data, entry.fde.CIE_pointer, &cie))
			return false;
		cie_at = entry.fde.CIE_pointer;
		if (!modest_fde(&cie.cie, &entry.fde))
			return false;
	}
	return got > 0;
}

struct cfi32 *cfi32_from_elf(Elf *from)
{
	GElf_Shdr sh;
	size_t n, len;
	Elf_Scn *scn = module_section_find(from, ".eh_frame", &sh);
	const void *bytes = scn ? module_section_bytes(scn, &sh, SECTION_MAX, &n) : NULL;
	struct cfi32 *c = bytes ? calloc(1, sizeof(*c)) : NULL;

	if (!c)
		return NULL;
	c->image = file_of(&sh, bytes, n, &len);
	c->elf = c->image ? elf_memory(c->image, len) : NULL;
	c->cfi = c->elf && all_modest(c->elf) ? dwarf_getcfi_elf(c->elf) : NULL;
	if (!c->cfi) {
		cfi32_free(c);
		return NULL;
	}
	return c;
}

void cfi32_free(struct cfi32 *c)
{
	if (!c)
		return;
	dwarf_cfi_end(c->cfi);
	elf_end(c->elf);
	free(c->image);
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

/*
 * A register as the caller has it: an undefined one keeps what it holds, but for the return address, where it says
 * "outermost".
 */
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
