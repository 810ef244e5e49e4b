/* SPDX-License-Identifier: MIT */
/* Which function a return address belongs to the call of: by the instruction before it. Pure; x86-64. */
#ifndef THRTRACE_CALLSITE_H
#define THRTRACE_CALLSITE_H

#include <thrtrace/base.h>

/* Bytes before a return address, and of a function's beginning, that are looked at. */
enum { CALLSITE_BYTES = 6, CALLSITE_STUB_BYTES = 12 };

struct callsite {
	taddr target; /* what is called; or, with slot, */
	bool slot;    /* the address of the word that holds that */
};

/* before: the CALLSITE_BYTES bytes that end at the return address pc. 0, or -ENOENT when no such call is there. */
int callsite_x86_64(struct callsite *ret, const uint8_t before[CALLSITE_BYTES], taddr pc) THR_MUST_CHECK;
/*
 * A linker's stub at pc that jumps to what a word holds (PLT). ret->slot is true. 0, or -ENOENT when it is none.
 */
int callsite_stub_x86_64(struct callsite *ret, const uint8_t code[CALLSITE_STUB_BYTES], taddr pc) THR_MUST_CHECK;

#endif
