/* SPDX-License-Identifier: MIT */
/* RISC-V of 64 bits. Its 32-bit tasks are not followed: decode/abi/ has no descriptor of them. */
#include "kernel/kernel_arch.h"

/*
 * A call can't be changed at the stop before it: its first argument is orig_a0, which no register set has
 * (arch/riscv/kernel/ptrace.c); and a number that is -1 would stay in a7, which a program finds again after a call.
 */
const struct kernel_arch kernel_arch = { 0 };
