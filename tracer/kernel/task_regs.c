/* SPDX-License-Identifier: MIT */
#include "kernel/task_regs.h"

#include <elf.h>
#include <errno.h>

int task_regs(const struct kernel *k, pid_t tid, struct regs *ret, const struct abi **ret_abi)
{
	uint64_t raw[64];
	ssize_t n = k->regset(k->ctx, tid, NT_PRSTATUS, raw, sizeof(raw));

	if (n < 0)
		return (int)n;
	const struct abi *abi = abi_by_regset_len(abi_native(), (size_t)n);
	if (!abi)
		return -EOPNOTSUPP;
	int err = abi->regs_parse(raw, (size_t)n, ret);
	if (err)
		return err;
	if (!ret->tp_known && abi->tp_regset) {
		n = k->regset(k->ctx, tid, (int)abi->tp_regset, raw, sizeof(raw));
		ret->tp_known = n > 0 && abi->tp_parse(raw, (size_t)n, ret) == 0;
	}
	*ret_abi = abi;
	return 0;
}
