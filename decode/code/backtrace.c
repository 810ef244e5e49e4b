/* SPDX-License-Identifier: MIT */
#include <thrtrace/backtrace.h>

#include <string.h>

#include <thrtrace/event.h>

bool backtrace_is_runtime(const char *symbol)
{
	/* Names by which a runtime that is linked into the program is known. */
	static const char *const prefix[] = {
		"runtime.", "runtime/", "runtime_", "_cgo_", "x_cgo_", "_rt0_", "syscall.",      /* Go */
		"std::", "core::", "alloc::", "<std::", "<core::", "<alloc::", "__rust_",        /* Rust, C++ */
		"core.thread.", "core.internal.", "rt.", "std.concurrency.", "std.parallelism.", /* D */
		"caml_", "camlThread__", "camlStdlib", "camlCamlinternal", "camlUnix__",         /* OCaml */
		"__gnu_cxx::", "__gthread_", "void std::", "__libc_", "__pthread_", "pthread_",  /* C++, static libc */
	};
	/* libc's own, in a static program; -fsplit-stack; Haskell's. */
	static const char *const whole[] = { "clone", "clone3", "__clone", "__clone3", "__clone_internal",
		"create_thread", "_start", "_start_c", "start_thread", "__clone3_internal", "libc_start_main_stage2",
		"thrd_create", "__wrap_pthread_create", "createOSThread", "createAttachedOSThread", "startWorkerTask",
		"startWorkerTasks", "initTicker", "initTimer", "initScheduler", "hs_init_ghc", "hs_main",
		"releaseCapability", "releaseCapability_", "runtime", "fork", "vfork", "_Fork", "__fork", "__vfork",
		"arch_fork", "posix_spawn", "__spawni", "__spawnix", "system", "do_system", "popen",
		"_IO_new_proc_open" };

	if (!symbol)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(prefix); i++)
		if (symbol[0] == prefix[i][0] && strncmp(symbol, prefix[i], strlen(prefix[i])) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++)
		if (symbol[0] == whole[i][0] && strcmp(symbol, whole[i]) == 0)
			return true;
	return false;
}

const struct frame *backtrace_own(const struct backtrace *bt)
{
	for (size_t i = 0; i < bt->n; i++)
		if (frame_is_own(&bt->frame[i]))
			return &bt->frame[i];
	return NULL;
}

static bool of_module(const struct frame *f, const char *const prefix[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (f->module && strncmp(f->module, prefix[i], strlen(prefix[i])) == 0)
			return true;
	return false;
}

static bool of_linker(const struct frame *f)
{
	static const char *const linker[] = { "ld-linux", "ld-musl" };

	return of_module(f, linker, ARRAY_SIZE(linker));
}

/* Is the frame's code of a file, but of none of the libraries by which everybody makes threads? */
static bool is_somebodys(const struct frame *f)
{
	static const char *const everybodys[] = { "libc.so", "libc-", "libc.musl", "libpthread", "libstdc++.so",
		"libc++.so", "[" };

	return f->module && !f->runtime && !of_module(f, everybodys, ARRAY_SIZE(everybodys)) && !of_linker(f);
}

const struct frame *backtrace_maker(const struct backtrace *bt)
{
	const struct frame *library = NULL;

	for (size_t i = 0; i < bt->n; i++) {
		const struct frame *f = &bt->frame[i];
		if (frame_is_own(f))
			return f;
		if (library &&
			of_linker(f)) /* it runs a constructor: whoever has loaded the library asks for no thread */
			return library;
		if (!library && is_somebodys(f))
			library = f;
	}
	return library;
}

const struct frame *start_runs(const struct start_routine *st, const struct backtrace *bt)
{
	const struct frame *maker = bt ? backtrace_own(bt) : NULL;
	bool makers = maker && maker->pc == st->label.pc;

	return st->label.pc && !makers ? &st->label : &st->at;
}

/* Periods of a recursion: through more functions than this in turn is rare. */
#define PERIOD_MAX 8

/* How often the block of period frames at first comes again, itself included. */
static size_t times(const struct backtrace *bt, size_t first, size_t period)
{
	size_t i = first;

	while (i + period < bt->n && bt->frame[i].pc == bt->frame[i + period].pc)
		i++;
	return (i - first) / period + 1;
}

bool backtrace_recursion(const struct backtrace *bt, struct recursion *ret)
{
	struct recursion best = { 0 };

	for (size_t first = 0; first < bt->n; first++) {
		for (size_t period = 1; period <= PERIOD_MAX; period++) {
			size_t n = times(bt, first, period);
			if (n >= 3 && n * period > best.times * best.period)
				best = (struct recursion){ .first = first, .period = period, .times = n };
		}
	}
	if (!best.times)
		return false;
	best.to_the_end = best.first + best.times * best.period + best.period > bt->n && bt->stopped;
	*ret = best;
	return true;
}

static bool is_function(const struct frame *f, const char *name)
{
	size_t n = strlen(name);

	return f->symbol && strncmp(f->symbol, name, n) == 0 && (!f->symbol[n] || f->symbol[n] == '(');
}

bool backtrace_leak_check_failed(const struct backtrace *bt)
{
	for (size_t i = 0; i + 1 < bt->n; i++)
		if (is_function(&bt->frame[i], "__sanitizer::Die"))
			return is_function(&bt->frame[i + 1], "__lsan::CheckForLeaks");
	return false;
}
