/* SPDX-License-Identifier: MIT */
/* AArch64. Its 32-bit tasks are not followed: decode/abi/ has no descriptor of them. */
#include "kernel/kernel_arch.h"

#include <elf.h>

/*
 * A call whose number is -1 leaves x0 alone (arch/arm64/kernel/syscall.c, el0_svc_common). x0 is the first argument,
 * too, and a call takes its arguments from there after its stop (invoke_syscall).
 */
const struct kernel_arch kernel_arch = { .nr_regset = NT_ARM_SYSTEM_CALL, .result_word = 0 };
