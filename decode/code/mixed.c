/* SPDX-License-Identifier: MIT */
/* Frames of Python among those of the interpreter that runs them. */
#include <string.h>

#include <thrtrace/backtrace.h>

bool frame_is_python(const struct frame *f)
{
	return f->module && f->module[0] == '[' && strcmp(f->module, PYTHON_MODULE) == 0;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

bool frame_runs_python(const struct frame *f)
{
	return f->symbol && f->symbol[0] == '_' && begins(f->symbol, "_PyEval_EvalFrameDefault");
}

/*
 * Its file is called so; or it is linked into a program, where only its names tell. A program's own functions have no
 * such names.
 */
static bool is_interpreter(const struct frame *f)
{
	if (!f->module || frame_is_python(f))
		return false;
	return begins(f->module, "python") || begins(f->module, "libpython") ||
		(f->symbol && (begins(f->symbol, "Py") || begins(f->symbol, "_Py")));
}

/* Of V8 and node, between a function of JavaScript and what that has called. */
static bool is_engine(const struct frame *f)
{
	return f->symbol &&
		(begins(f->symbol, "v8::") || begins(f->symbol, "Builtins_") || begins(f->symbol, "node::"));
}

/* Made at run time, and named by the compiler's map. */
static bool is_named_jit(const struct frame *f)
{
	return f->symbol && f->module && strcmp(f->module, "[JIT]") == 0;
}

/* What comes with Python: /usr/lib/python3.11/threading.py, but not what was put into site-packages there. */
static bool is_library(const char *file)
{
	const char *at = file ? strstr(file, "/python3.") : NULL;

	if (file && begins(file, "<frozen "))
		return true;
	at = at ? strchr(at + 1, '/') : NULL;
	return at && !begins(at, "/site-packages/") && !begins(at, "/dist-packages/");
}

static bool has_python(const struct backtrace *bt)
{
	for (size_t i = 0; i < bt->n; i++)
		if (frame_is_python(&bt->frame[i]))
			return true;
	return false;
}

void backtrace_settle(struct backtrace *bt)
{
	if (!has_python(bt))
		return;
	for (size_t i = 0; i < bt->n; i++) {
		struct frame *f = &bt->frame[i];
		if (frame_is_python(f))
			f->runtime = is_library(f->file);
		else
			f->runtime |= is_interpreter(f);
	}
}

const struct backtrace *backtrace_told(const struct backtrace *bt, struct backtrace *room)
{
	bool python = has_python(bt), jit = false;

	for (size_t i = 0; i < bt->n; i++)
		jit |= is_named_jit(&bt->frame[i]);
	if (!python && !jit)
		return bt;
	room->n = 0;
	room->stopped = bt->stopped;
	for (size_t i = 0; i < bt->n; i++)
		if (!(python && is_interpreter(&bt->frame[i])) && !(jit && is_engine(&bt->frame[i])))
			room->frame[room->n++] = bt->frame[i];
	return room;
}

/* How many of bt's frames run Python. */
static size_t running(const struct backtrace *bt)
{
	size_t n = 0;

	for (size_t i = 0; i < bt->n; i++)
		n += frame_runs_python(&bt->frame[i]);
	return n;
}

static void put(struct backtrace *to, const struct frame *f)
{
	if (to->n < BACKTRACE_MAX)
		to->frame[to->n++] = *f;
	else
		to->stopped = "deeper than thrtrace looks";
}

void backtrace_mix(struct backtrace *bt, const struct python_frame *python, size_t n)
{
	size_t runs = running(bt), next = 0;
	bool tight = bt->n + n > BACKTRACE_MAX;
	struct backtrace mixed;

	if (!runs || !n)
		return;
	mixed.n = 0;
	mixed.stopped = bt->stopped;
	for (size_t i = 0; i < bt->n; i++) {
		const struct frame *f = &bt->frame[i];
		bool more = frame_runs_python(f), last = more && --runs == 0;
		for (; more && next < n; next++) {
			put(&mixed, &python[next].frame);
			more = last || !python[next].entry;
		}
		if (!tight || !is_interpreter(f))
			put(&mixed, f);
	}
	*bt = mixed;
	backtrace_settle(bt);
}
