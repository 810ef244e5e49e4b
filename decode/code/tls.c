/* SPDX-License-Identifier: MIT */
#include <thrtrace/tls.h>

#include <elf.h>
#include <errno.h>

#define TLS_MAX   ((uint64_t)1 << 30)
#define ALIGN_MAX ((uint64_t)1 << 24)
/* Variant I: two words of the thread control block come first. */
#define TCB_AARCH64 16

int tls_program_offset(uint16_t machine, uint64_t vaddr, uint64_t memsz, uint64_t align, int64_t *ret)
{
	if (align == 0)
		align = 1;
	if (memsz > TLS_MAX || align > ALIGN_MAX || (align & (align - 1)) != 0)
		return -EINVAL;
	switch (machine) {
	case EM_X86_64:
	case EM_386:
		/* The block ends at or below the thread pointer and begins at an address that is vaddr modulo align. */
		*ret = -(int64_t)(memsz + ((0 - memsz - vaddr) & (align - 1)));
		return 0;
	case EM_AARCH64:
		*ret = (int64_t)(TCB_AARCH64 + ((vaddr - TCB_AARCH64) & (align - 1)));
		return 0;
	case EM_RISCV:
		*ret = (int64_t)(vaddr & (align - 1));
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}
