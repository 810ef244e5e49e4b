/* SPDX-License-Identifier: MIT */
/* The registry of architectures. */
#include "abi/abi_impl.h"

#include <string.h>

static const struct abi *const abis[] = {
#define ABI(name) &abi_##name,
#include "abis.def"
#undef ABI
};

const struct abi *abi_by_audit(uint32_t audit_arch)
{
	for (size_t i = 0; i < ARRAY_SIZE(abis); i++) {
		if (abis[i]->audit_arch == audit_arch)
			return abis[i];
	}
	return NULL;
}

const struct abi *abi_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(abis); i++) {
		if (strcmp(abis[i]->name, name) == 0)
			return abis[i];
	}
	return NULL;
}

static const struct abi *assumed;

void abi_assume(const struct abi *abi)
{
	assumed = abi;
}

const struct abi *abi_native(void)
{
	if (assumed)
		return assumed;
#if defined(__x86_64__)
	return &abi_x86_64;
#elif defined(__i386__)
	return &abi_i386;
#elif defined(__aarch64__)
	return &abi_aarch64;
#elif defined(__riscv) && __riscv_xlen == 64
	return &abi_riscv64;
#else
	return NULL;
#endif
}

/* A 64-bit x86 kernel also runs i386 tasks; no other pair of described architectures shares a kernel. */
static bool runs_on(const struct abi *abi, const struct abi *native)
{
	return abi == native || (native == &abi_x86_64 && abi == &abi_i386);
}

const struct abi *abi_by_regset_len(const struct abi *native, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(abis); i++) {
		if (abis[i]->regset_len == len && runs_on(abis[i], native))
			return abis[i];
	}
	return NULL;
}
