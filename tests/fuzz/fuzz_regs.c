/* SPDX-License-Identifier: MIT */
/* regs_parse of every architecture over bytes of any length. Input: one byte of architecture, the rest is the regset.
 */
#include <thrtrace/abi.h>

#include <errno.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "x86_64", "i386", "aarch64" };
	struct regs regs = { 0 };

	if (size == 0)
		return 0;
	const struct abi *abi = abi_by_name(names[data[0] % 3]);
	int err = abi->regs_parse(data + 1, size - 1, &regs);
	if (err != (size - 1 == abi->regset_len ? 0 : -EINVAL))
		abort();
	const struct abi *guess = abi_by_regset_len(abi, size - 1);
	if (guess && guess->regset_len != size - 1)
		abort();
	/* A 32-bit task has 32-bit addresses. */
	if (!err && abi->word == 4 && (regs.pc > UINT32_MAX || regs.sp > UINT32_MAX || regs.arg[0] > UINT32_MAX))
		abort();
	return 0;
}
