/* SPDX-License-Identifier: MIT */
/* Frames of Python among those of the interpreter that runs them. */
#include <string.h>

#include <thrtrace/backtrace.h>

bool frame_is_python(const struct frame *f)
{
	return f->module && f->module[0] == '[' && strcmp(f->module, PYTHON_MODULE) == 0;
}

bool frame_is_python_note(const struct frame *f)
{
	return f->module && strncmp(f->module, PYTHON_NOTE, sizeof(PYTHON_NOTE) - 1) == 0;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool runs_python(const struct frame *f)
{
	return f->symbol && f->symbol[0] == '_' && begins(f->symbol, "_PyEval_EvalFrameDefault");
}

static bool is_of_python(const struct frame *f)
{
	return f->module && (begins(f->module, "python") || begins(f->module, "libpython"));
}

/*
 * 3.14 may be built of functions that jump to each other, one for each instruction, which a stripped file does not
 * name: then the outermost of the first frames that are the interpreter's, up to where that was called, stands for
 * all. bt->n: there is none.
 */
static size_t unnamed_runner(const struct backtrace *bt)
{
	size_t i = 0;

	while (i < bt->n && !is_of_python(&bt->frame[i]))
		i++;
	while (i + 1 < bt->n && is_of_python(&bt->frame[i + 1]) &&
		!(bt->frame[i + 1].symbol && strcmp(bt->frame[i + 1].symbol, "PyEval_EvalCode") == 0))
		i++;
	return i;
}

/*
 * Its file is called so; or it is linked into a program, where only its names tell. A program's own functions have no
 * such names.
 */
static bool is_interpreter(const struct frame *f)
{
	if (!f->module || frame_is_python(f))
		return false;
	return is_of_python(f) || (f->symbol && (begins(f->symbol, "Py") || begins(f->symbol, "_Py")));
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

	for (size_t i = 0; i < bt->n; i++) {
		jit |= is_named_jit(&bt->frame[i]);
		python |= frame_is_python_note(&bt->frame[i]);
	}
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
		n += runs_python(&bt->frame[i]);
	return n;
}

const struct frame *backtrace_python(const struct backtrace *bt)
{
	size_t i = 0, unnamed = unnamed_runner(bt);

	while (i < bt->n && !runs_python(&bt->frame[i]))
		i++;
	i = i < bt->n ? i : unnamed;
	return i < bt->n ? &bt->frame[i] : NULL;
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
	size_t runs = running(bt), next = 0, unnamed = runs ? bt->n : unnamed_runner(bt);
	bool tight = bt->n + n > BACKTRACE_MAX;
	struct backtrace mixed;

	if ((!runs && unnamed == bt->n) || !n)
		return;
	mixed.n = 0;
	mixed.stopped = bt->stopped;
	for (size_t i = 0; i < bt->n; i++) {
		const struct frame *f = &bt->frame[i];
		bool last = i == unnamed || (runs_python(f) && --runs == 0), more = last || runs_python(f);
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
