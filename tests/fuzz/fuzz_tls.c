/* SPDX-License-Identifier: MIT */
/*
 * A block of thread-local variables for any numbers: it lies on the right side of the thread pointer, near it, and as
 * its alignment wants it. Input: a byte of machine; address, size and alignment of 8 bytes each.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/tls.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t machines[] = { EM_X86_64, EM_386, EM_AARCH64, EM_RISCV, EM_PPC64 };
	uint64_t n[3]; /* vaddr, memsz, align */
	int64_t offset = 0;

	if (size < 1 + sizeof(n))
		return 0;
	uint16_t machine = machines[data[0] % ARRAY_SIZE(machines)];
	memcpy(n, data + 1, sizeof(n));
	int err = tls_program_offset(machine, n[0], n[1], n[2], &offset);
	if (err) {
		if (err != -EINVAL && !(err == -EOPNOTSUPP && machine == EM_PPC64))
			abort();
		return 0;
	}
	uint64_t align = n[2] ? n[2] : 1;
	if (((uint64_t)offset - n[0]) % align != 0) /* align is a power of two */
		abort();
	bool below = machine == EM_X86_64 || machine == EM_386;
	uint64_t first = machine == EM_AARCH64 ? 16 : 0; /* bytes that are taken */
	if (below ? offset > 0 || (uint64_t)-offset < n[1] || (uint64_t)-offset - n[1] >= align :
		    offset < 0 || (uint64_t)offset < first || (uint64_t)offset - first >= align)
		abort();
	return 0;
}
