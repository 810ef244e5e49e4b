/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a file's .eh_frame: the index that is made of one without .eh_frame_hdr, and for 32-bit x86 the steps up
 * a stack that it leads to. Input: a byte (bit 0: 32 bits), 8 bytes of stack; the rest is the section.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symbols/cfi32.h"
#include "symbols/module.h"

#define TEXT_AT  0x1000
#define FRAME_AT 0x8000
#define STACK_AT 0x70000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char names[] = "\0.text\0.eh_frame\0.shstrtab";
enum { NAME_TEXT = 1, NAME_FRAME = 7, NAME_NAMES = 17 };

/* An ELF file of one class around the section: header, sections' headers, their names, the bytes. */
#define DEFINE_WRAP(bits, class, mach)                                                                                 \
	static void *wrap##bits(const uint8_t *bytes, size_t n, size_t *ret_len)                                       \
	{                                                                                                              \
		struct {                                                                                               \
			Elf##bits##_Ehdr eh;                                                                           \
			Elf##bits##_Shdr sh[4];                                                                        \
			char names[sizeof(names)];                                                                     \
		} head = { .eh = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, class, ELFDATA2LSB, EV_CURRENT },  \
				   .e_type = ET_DYN,                                                                   \
				   .e_machine = mach,                                                                  \
				   .e_version = EV_CURRENT,                                                            \
				   .e_ehsize = sizeof(Elf##bits##_Ehdr),                                               \
				   .e_shentsize = sizeof(Elf##bits##_Shdr),                                            \
				   .e_shoff = sizeof(Elf##bits##_Ehdr),                                                \
				   .e_shnum = 4,                                                                       \
				   .e_shstrndx = 3 } };                                                                \
		size_t at = (sizeof(head) + 7) & ~(size_t)7;                                                           \
		head.sh[1].sh_name = NAME_TEXT;                                                                        \
		head.sh[1].sh_type = SHT_NOBITS;                                                                       \
		head.sh[1].sh_flags = SHF_ALLOC | SHF_EXECINSTR;                                                       \
		head.sh[1].sh_addr = TEXT_AT;                                                                          \
		head.sh[1].sh_size = 0x1000;                                                                           \
		head.sh[2].sh_name = NAME_FRAME;                                                                       \
		head.sh[2].sh_type = SHT_PROGBITS;                                                                     \
		head.sh[2].sh_flags = SHF_ALLOC;                                                                       \
		head.sh[2].sh_addr = FRAME_AT;                                                                         \
		head.sh[2].sh_offset = (Elf##bits##_Off)at;                                                            \
		head.sh[2].sh_size = (Elf##bits##_Word)n;                                                              \
		head.sh[3].sh_name = NAME_NAMES;                                                                       \
		head.sh[3].sh_type = SHT_STRTAB;                                                                       \
		head.sh[3].sh_offset = (Elf##bits##_Off)((char *)head.names - (char *)&head);                          \
		head.sh[3].sh_size = sizeof(names);                                                                    \
		memcpy(head.names, names, sizeof(names));                                                              \
		char *image = calloc(1, at + n + 1);                                                                   \
		if (!image)                                                                                            \
			return NULL;                                                                                   \
		memcpy(image, &head, sizeof(head));                                                                    \
		memcpy(image + at, bytes, n);                                                                          \
		*ret_len = at + n;                                                                                     \
		return image;                                                                                          \
	}
DEFINE_WRAP(32, ELFCLASS32, EM_386)
DEFINE_WRAP(64, ELFCLASS64, EM_X86_64)

static bool read_stack(void *ctx, uint32_t addr, void *buf, size_t n)
{
	if (addr < STACK_AT || n > 8 || addr - STACK_AT > 8 - n)
		return false;
	memcpy(buf, (const uint8_t *)ctx + (addr - STACK_AT), n);
	return true;
}

static void climb(const struct module *m, uint8_t stack[8])
{
	bool sig = false;

	for (uint32_t at = TEXT_AT; at < TEXT_AT + 0x100; at += 0x13) {
		struct regs32 regs = { { 1, 2, 3, 4, STACK_AT, STACK_AT + 4, 5, 6, at } }, before = regs;
		int err = cfi32_step(m->cfi32, at, read_stack, stack, &regs, &sig);
		if (err && err != -ENOENT && err != -EFAULT && err != -EINVAL)
			abort();
		if (err && memcmp(&before, &regs, sizeof(regs)) != 0)
			abort(); /* a step that fails changes nothing */
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t stack[8];
	size_t len;

	if (size < 1 + sizeof(stack))
		return 0;
	memcpy(stack, data + 1, sizeof(stack));
	const uint8_t *bytes = data + 1 + sizeof(stack);
	size_t n = size - 1 - sizeof(stack);
	void *image = data[0] & 1 ? wrap32(bytes, n, &len) : wrap64(bytes, n, &len);
	struct module *m = image ? module_from_image(image, len, "file") : NULL;
	if (!m)
		return 0;
	if (!m->elf || m->eh_frame.size != n)
		abort();
	for (size_t i = 0; i < m->table.n; i++)
		if ((i && m->table.entry[i][0] < m->table.entry[i - 1][0]) || m->table.entry[i][1] < FRAME_AT ||
			m->table.entry[i][1] >= FRAME_AT + n)
			abort();
	climb(m, stack);
	module_free(m);
	return 0;
}
