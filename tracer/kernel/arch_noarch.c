/* SPDX-License-Identifier: MIT */
/* A machine that nobody has described. */
#include "kernel/kernel_arch.h"

const struct kernel_arch kernel_arch = { .compat = 0 };
