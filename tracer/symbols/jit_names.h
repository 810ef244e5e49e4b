/* SPDX-License-Identifier: MIT */
/*
 * Names of code that was made at run time, from /tmp/perf-PID.map of the program's own file system and pid namespace,
 * and from what the program registers for debuggers (<thrtrace/gdb_jit.h>), where a module on the stack has that list.
 * Code of HotSpot's interpreter is called "interpreted" (<thrtrace/hotspot.h>).
 * A map is believed where it is a regular file that has one name, belongs to the user that the process runs as,
 * can be written by nobody else, and is not older than the process. Only what lies in code without a file is asked for.
 */
#ifndef TRACER_JIT_NAMES_H
#define TRACER_JIT_NAMES_H

#include "kernel/kernel.h"
#include "symbols/symbols.h"

struct jit_names;

void jit_names_free(struct jit_names *j);
/*
 * Names the frames of bt that lie in such code and have no name; what is new in the map is read for it. Where there is
 * a map that is not believed, the first of those frames says why in place of its module. *j: made when first needed,
 * and to be freed when the program is replaced.
 */
void jit_names_fill(struct jit_names **j, struct symbols_space *space, pid_t tid, struct backtrace *bt);
/*
 * Names a routine in such code, for which the frames of the thread's maker have been asked just now; false: it stays as
 * it is. j: or NULL.
 */
bool jit_names_routine(struct jit_names *j, struct symbols_space *space, struct frame *f);

#endif
