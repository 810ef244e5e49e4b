/* SPDX-License-Identifier: MIT */
/* What the files of decode/abi/ share: the registry's declarations and readers of register bytes. */
#ifndef DECODE_ABI_IMPL_H
#define DECODE_ABI_IMPL_H

#include <thrtrace/abi.h>
#include <thrtrace/call.h>
#include <thrtrace/page.h>

#define ABI(name) extern const struct abi abi_##name;
#include "abis.def"
#undef ABI

/* From this number on every architecture has the same numbers (pidfd_send_signal, Linux 5.1). */
#define NR_SHARED_FIRST 424

/*
 * Where a common number goes in an architecture's by_nr table: to its own place when the architecture uses it, and
 * else behind the numbers, where nobody looks. So one initializer serves every row, whatever its number.
 */
#define BY_NR_SLOT(used, number, id) ((used) ? (number) : ABI_NR_MAX + (id))
#define BY_NR_LEN                    (ABI_NR_MAX + CALL_IDS)

/* Of a machine that uses the common numbers alone: common.c. */
extern const int16_t abi_common_nr[CALL_IDS];
extern const uint8_t abi_common_by_nr[BY_NR_LEN];

_Static_assert(CALL_IDS < UINT8_MAX, "by_nr tables hold a call_id + 1 in a byte");

/* Byte by byte: the host may have another byte order. Every described architecture is little-endian. */
static inline uint64_t le_read(const uint8_t *bytes, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)bytes[i] << (8 * i);
	return v;
}

/* The 64-bit register at this place of the regset. */
static inline uint64_t reg64(const uint8_t *regset, unsigned slot)
{
	return le_read(regset + 8 * (size_t)slot, 8);
}

static inline uint32_t reg32(const uint8_t *regset, unsigned slot)
{
	return (uint32_t)le_read(regset + 4 * (size_t)slot, 4);
}

#endif
