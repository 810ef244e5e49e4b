/* SPDX-License-Identifier: MIT */
/* AArch64. Its 32-bit tasks are not followed: decode/abi/ has no descriptor of them. */
#include "kernel/kernel_arch.h"

const struct kernel_arch kernel_arch = { .compat = 0 };
