/* SPDX-License-Identifier: MIT */
/*
 * What the interpreter of Python runs, from the memory of its process: CPython 3.11 to 3.15, with its lock, of a
 * 64-bit machine whose lowest byte comes first. What is read may be torn or anything at all: every count is bounded,
 * and what does not fit together is -EINVAL.
 *
 * Sources: Include/internal/pycore_runtime.h, pycore_interp.h and pycore_frame.h, Include/cpython/pystate.h, code.h and
 * unicodeobject.h of 3.11 and 3.12, as gcc lays them out; 3.13 to 3.15 describe themselves (struct
 * _Py_DebugOffsets of pycore_runtime.h and pycore_debug_offsets.h). Lines: Objects/locations.md.
 */
#ifndef THRTRACE_CPYTHON_H
#define THRTRACE_CPYTHON_H

#include <thrtrace/mem.h>
#include <thrtrace/outbuf.h>

/* Offsets in bytes. */
struct cpython_layout {
	uint32_t runtime_interpreters, interpreter_next, interpreter_threads;
	uint32_t thread_prev, thread_next, thread_interpreter, thread_id;
	uint32_t thread_frame; /* the frame; where it has one, the struct _PyCFrame that has it */
	bool has_cframe;
	uint32_t cframe_frame;
	uint32_t frame_code, frame_previous, frame_instruction, frame_owner;
	uint32_t frame_is_entry; /* 0: where C calls Python there is a frame of its own */
	uint32_t code_firstline, code_file, code_name, code_lines, code_instructions;
	uint32_t text_length, text_state, text_ascii, text_other; /* the last two: where the characters begin */
	uint32_t bytes_size, bytes_data;
};

struct cpython {
	taddr runtime;      /* _PyRuntime */
	uint32_t version;   /* PY_VERSION_HEX; 0: not told, as before 3.11 */
	bool free_threaded; /* built without the lock that lets one thread at a time run */
	struct cpython_layout at;
};

#define CPYTHON_NAME 256
#define CPYTHON_FILE 1024

struct cpython_frame {
	taddr pc;                /* of the instruction of its bytecode */
	uint64_t units;          /* how many instructions its code has */
	taddr file_at;           /* the object of the file's name */
	char name[CPYTHON_NAME]; /* "K.go", "<module>", in UTF-8 and cut where it is longer, as the file's */
	char file[CPYTHON_FILE];
	unsigned line; /* 0: none is noted for the instruction */
	bool entry;    /* C has called it: frames of another language are between this one and its caller */
};

/*
 * The interpreter whose _PyRuntime is at runtime, and whose Py_Version is version (0: not known). 0; -EPROTONOSUPPORT
 * of a version, or kind of build, whose layout is not known; else what the memory said.
 */
int cpython_open(struct cpython *ret, const struct mem *mem, taddr runtime, uint64_t version) THR_MUST_CHECK;
/* "[Python 3.14 without its lock: its functions can't be told]", of what cpython_open has refused with err. */
void cpython_why_format(struct outbuf *out, const struct cpython *py, int err);

/*
 * A thread may run several interpreters, each called by the one before (InterpreterPoolExecutor, an embedding program):
 * the innermost frame of each, the innermost interpreter first.
 */
#define CPYTHON_NESTED 8
struct cpython_stack {
	taddr frame[CPYTHON_NESTED];
	size_t n;
};

/*
 * What the thread with this pthread_t runs. *state: where its state was the last time, or 0. 0 and at least one frame;
 * -ESRCH where the interpreter runs nothing in the thread.
 */
int cpython_thread(const struct cpython *py, const struct mem *mem, taddr thread_id, taddr *state,
	struct cpython_stack *ret) THR_MUST_CHECK;

/*
 * Reads the frame at *at, and moves *at to its caller's, 0 at the outermost. ret is the frame that was read before, or
 * zeroed. -ENOENT: there was no frame of Python from *at on.
 */
int cpython_frame(const struct cpython *py, const struct mem *mem, taddr *at, struct cpython_frame *ret) THR_MUST_CHECK;

/*
 * The function that a new thread will call, from the argument of thread_run: what Thread.run of threading calls for it,
 * a run of its own class, or what _thread.start_new_thread was given. Fills name, file and line, the first of the
 * function, and pc, its first instruction. -ENOENT: it is no function of Python, or none was found.
 */
int cpython_target(
	const struct cpython *py, const struct mem *mem, taddr boot, struct cpython_frame *ret) THR_MUST_CHECK;

#endif
