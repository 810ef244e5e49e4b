/* SPDX-License-Identifier: MIT */
/*
 * Where a stopped task is, as values: no unwinder's type gets out of tracer/.
 *
 * Strings are borrowed from the symbol cache and live as long as it does.
 */
#ifndef THRTRACE_BACKTRACE_H
#define THRTRACE_BACKTRACE_H

#include <thrtrace/base.h>

#define BACKTRACE_MAX 64

struct frame {
	taddr pc;           /* as found: for every frame but the first and signal frames, a return address */
	const char *module; /* file name without its directory, "[vdso]", or NULL where nothing is mapped */
	uint64_t
		/* pc as the module's own (link-time) address: what addr2line takes; 0 without a module */
		module_offset;
	const char *symbol; /* demangled; NULL when no symbol covers pc (never the nearest wrong one) */
	uint64_t offset;    /* from the symbol's start */
	const char *file;   /* source file, NULL without debug information */
	unsigned line;
	bool in_program; /* the module is the program itself, not a library */
	/* backtrace_is_runtime(symbol): who makes the frame asks once, and it is asked for at each birth */
	bool runtime;
	bool signal; /* a signal frame: its caller was interrupted, not calling */
};

struct backtrace {
	struct frame frame[BACKTRACE_MAX];
	size_t n;
	const char
		*stopped; /* why it ends before the outermost frame ("no unwind information"), or NULL when complete */
};

/*
 * The first frame that is the program's own: in its file, and not of the runtime that is linked into it (Go's, the
 * standard libraries of C++ and Rust). NULL when the backtrace does not get that far.
 */
const struct frame *backtrace_own(const struct backtrace *bt);
/*
 * Who made the thread: backtrace_own; in a library's constructor, and where nothing of the program is on the stack (the
 * thread of a virtual machine), the first frame that is not of the C or C++ library. NULL: none is known.
 */
const struct frame *backtrace_maker(const struct backtrace *bt);
/* Is symbol a name of such a runtime? NULL is not. */
bool backtrace_is_runtime(const char *symbol);
/*
 * The task ends its program because LeakSanitizer's check could not be made: the frames of that in gcc's and LLVM's
 * runtimes (compiler-rt/lib/lsan/lsan_common.cpp, CheckForLeaks). It stops all threads by ptrace(2), and ends by no
 * other cause from there; with leaks that it has found it ends from HandleLeaks.
 */
bool backtrace_leak_check_failed(const struct backtrace *bt);
/* Is it the program's own? */
static inline bool frame_is_own(const struct frame *f)
{
	return f->in_program && !f->runtime;
}

/* The module of a frame that an interpreter runs: function, file and line of the language; pc is its bytecode's. */
#define PYTHON_MODULE "[Python]"
/* How the module of a frame begins that stands for frames of Python, and says why they are not told. */
#define PYTHON_NOTE "[Python "
bool frame_is_python(const struct frame *f);
bool frame_is_python_note(const struct frame *f);

/* One of those: entry is whether native code has called it. */
struct python_frame {
	struct frame frame;
	bool entry;
};
/*
 * Puts frames of Python, the innermost first, to where the interpreter's native frames are that run them: each of these
 * runs all up to an entry. Where there is not room for all, the interpreter's own are left out. Nothing is changed
 * where bt has no frame that runs Python.
 */
void backtrace_mix(struct backtrace *bt, const struct python_frame *python, size_t n);
/* The innermost native frame that runs Python; NULL: none does. */
const struct frame *backtrace_python(const struct backtrace *bt);
/* Says of each frame of a backtrace that has Python's whether it is the runtime's: the interpreter or its library. */
void backtrace_settle(struct backtrace *bt);
/*
 * bt as it is told to people: without the interpreter's own frames where Python's are known, and without V8's where a
 * map names functions of JavaScript. room: for a copy.
 */
const struct backtrace *backtrace_told(const struct backtrace *bt, struct backtrace *room);

/* The recursion that a backtrace shows: `period` frames, from `first` on, that repeat `times` times. */
struct recursion {
	size_t first, period, times;
	bool to_the_end; /* it goes on where the backtrace stops */
};
/* false when nothing repeats at least three times. */
bool backtrace_recursion(const struct backtrace *bt, struct recursion *ret);

#endif
