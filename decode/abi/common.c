/* SPDX-License-Identifier: MIT */
/* The numbers of <asm-generic/unistd.h>, of a machine that has no others. */
#include "abi/abi_impl.h"

const int16_t abi_common_nr[CALL_IDS] = { 0 }; /* NR_COMMON */

const uint8_t abi_common_by_nr[BY_NR_LEN] = {
#define SYSCALL(name, number, ...) [BY_NR_SLOT((number) >= 0, number, CALL_##name)] = CALL_##name + 1,
#include <thrtrace/syscalls.def>
#undef SYSCALL
};
