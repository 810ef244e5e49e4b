/* SPDX-License-Identifier: MIT */
/*
 * Where the interpreter of a Java virtual machine has its code, which it makes when it starts: frames there run methods
 * that are interpreted. By the table with which HotSpot describes itself to debuggers: gHotSpotVMStructs of
 * src/hotspot/share/runtime/vmStructs.cpp, as 64-bit machines lay its rows out. What is read may be anything at all:
 * rows are bounded in number, and what does not fit is -EINVAL.
 */
#ifndef THRTRACE_HOTSPOT_H
#define THRTRACE_HOTSPOT_H

#include <thrtrace/mem.h>

/* What the table says; {0} begins. */
struct hotspot {
	taddr code;                         /* of AbstractInterpreter::_code; 0: not read yet */
	uint64_t stub_buffer, buffer_limit; /* offsets of these in a StubQueue */
	taddr low, high;                    /* of the interpreter's code; both 0: it is not made yet */
	int refused;                        /* the table is none: what hotspot_look() has said */
};

/*
 * Looks where the interpreter is; once that is known it stays. structs: where the variable gHotSpotVMStructs is. 0;
 * -ENOENT: the interpreter is not made yet; -EINVAL or what the memory said, for good where it is of the table.
 */
int hotspot_look(struct hotspot *h, const struct mem *mem, taddr structs) THR_MUST_CHECK;

#endif
