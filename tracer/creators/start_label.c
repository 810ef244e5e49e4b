/* SPDX-License-Identifier: MIT */
/*
 * Trampolines: each runtime starts its threads in a function of its own that gets a structure, and the wanted
 * function is in there. What the structures look like was read off the runtimes' sources; the tests hold it.
 */
#include "creators/start_label.h"

#include <string.h>

#define SCAN_WORDS 8
#define NAME_ROOM  512

struct label {
	struct symbols_space *space;
	pid_t tid;
	struct start_routine *s;
};

bool start_is_code(struct symbols_space *space, pid_t tid, taddr addr)
{
	const struct symbols_range *r = addr ? symbols_range(space, tid, addr) : NULL;

	return r && (r->prot & VMA_EXEC);
}

bool start_words(struct symbols_space *space, pid_t tid, taddr addr, uint64_t *ret, size_t n)
{
	const struct kernel *door = symbols_door(space);
	ssize_t got = door->read_mem(door->ctx, tid, addr, ret, n * sizeof(*ret));

	return got == (ssize_t)(n * sizeof(*ret));
}

static bool in_program(const struct label *l, taddr addr)
{
	const struct symbols_range *r = addr ? symbols_range(l->space, l->tid, addr) : NULL;

	return r && (r->prot & VMA_EXEC) && r->in_program;
}

static void show(struct label *l, taddr pc)
{
	symbols_frame(l->space, l->tid, pc, true, &l->s->label);
}

/* The one function of the program that the n words at addr point to. */
static bool sole_pointer(const struct label *l, taddr addr, size_t n, taddr *ret)
{
	uint64_t w[SCAN_WORDS];
	size_t hits = 0;

	while (n && !start_words(l->space, l->tid, addr, w, n))
		n--;
	for (size_t i = 0; i < n; i++) {
		if (!in_program(l, w[i]) || (hits && w[i] == *ret))
			continue;
		*ret = w[i];
		hits++;
	}
	return hits == 1;
}

/* Text between `from` and the end of the template argument that begins there, as a name of its own. */
static const char *inner_name(const struct label *l, const char *symbol, const char *from)
{
	char name[NAME_ROOM];
	const char *p = symbol ? strstr(symbol, from) : NULL;
	size_t n = 0;
	int depth = 0;

	if (!p)
		return NULL;
	for (p += strlen(from); *p && n + 1 < sizeof(name); p++) {
		if (depth == 0 && (*p == ',' || *p == '>'))
			break;
		if (strchr("<([{", *p))
			depth++;
		else if (strchr(">)]}", *p) && !(p > symbol && *p == '>' && p[-1] == '-'))
			depth--;
		name[n++] = *p;
	}
	name[n] = '\0';
	return n && *p ? symbols_text(symbols_of(l->space), name) : NULL;
}

/* A C++ object: vtable pointer first, and before the vtable's functions 0 and the type's description. */
static bool has_vtable(const struct label *l, taddr object, uint64_t ret_fn[3])
{
	uint64_t vtable, before[2];

	return start_words(l->space, l->tid, object, &vtable, 1) && vtable % 8 == 0 && vtable > 16 &&
		start_words(l->space, l->tid, vtable - 16, before, 2) && before[0] == 0 &&
		start_words(l->space, l->tid, vtable, ret_fn, 3) && start_is_code(l->space, l->tid, ret_fn[0]) &&
		start_is_code(l->space, l->tid, ret_fn[1]) && start_is_code(l->space, l->tid, ret_fn[2]);
}

/*
 * libstdc++'s execute_native_thread_routine gets a std::thread::_State: its third virtual function, _M_run, calls
 * what the object holds behind the vtable pointer: a std::tuple, last element first, so a function pointer ends it.
 */
static bool label_cxx(struct label *l)
{
	uint64_t fn[3];
	taddr target;

	if (!has_vtable(l, l->s->arg, fn))
		return false;
	show(l, fn[2]);
	const char *run = l->s->label.symbol, *what = inner_name(l, run, "std::_Invoker<std::tuple<");
	if (!what)
		what = inner_name(l, run, "std::thread::_Invoker<std::tuple<");
	bool pointer = !what || strstr(what, "(*)") || strstr(what, "::*)");
	if (pointer && sole_pointer(l, l->s->arg + 8, SCAN_WORDS, &target))
		show(l, target);
	else if (what)
		l->s->label.symbol = what;
	return true;
}

/* The alignment of a type: nobody asks for more than that of a page. */
#define ALIGN_MAX 4096

static bool is_rust_vtable(const struct label *l, taddr at, uint64_t v[4])
{
	return at % 8 == 0 && start_words(l->space, l->tid, at, v, 4) &&
		(v[0] == 0 || start_is_code(l->space, l->tid, v[0])) && v[1] < 1U << 24 && v[2] >= 1 &&
		v[2] <= ALIGN_MAX && (v[2] & (v[2] - 1)) == 0 && start_is_code(l->space, l->tid, v[3]);
}

/*
 * Rust's thread_start gets a box that holds a Box<dyn FnOnce()>: (data, vtable), the vtable being (drop, size,
 * align, call_once). The closure's type is spelled out in the names of drop and, in the v0 scheme, call_once.
 */
static bool label_rust(struct label *l)
{
	uint64_t w[4], v[4], offset;

	if (!start_words(l->space, l->tid, l->s->arg, w, 4) && !start_words(l->space, l->tid, l->s->arg, w, 2))
		return false;
	for (size_t i = 1; i < 4; i++) {
		if (!is_rust_vtable(l, w[i], v))
			continue;
		static const char *const from[] = { "spawn_unchecked_<", "lifecycle::spawn_unchecked<" };
		const char *what = NULL;
		for (size_t k = 0; k < ARRAY_SIZE(from) && !what; k++) {
			what = inner_name(l, symbols_name(l->space, l->tid, v[0], &offset), from[k]);
			if (!what)
				what = inner_name(l, symbols_name(l->space, l->tid, v[3], &offset), from[k]);
		}
		show(l, v[3]);
		if (what)
			l->s->label.symbol = what;
		return true;
	}
	return false;
}

static bool starts(const char *s, const char *prefix)
{
	return s && strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool label_first_word(struct label *l)
{
	uint64_t fn;

	if (!start_words(l->space, l->tid, l->s->arg, &fn, 1) || !start_is_code(l->space, l->tid, fn))
		return false;
	show(l, fn);
	return true;
}

static bool is_cxx(const struct frame *at)
{
	return starts(at->module, "libstdc++.so") || starts(at->symbol, "execute_native_thread_routine");
}

static bool label_by_name(struct label *l)
{
	const struct frame *at = &l->s->at;
	const char *symbol = at->symbol;

	if (is_cxx(at))
		return label_cxx(l);
	if (starts(symbol, "std::sys") || starts(symbol, "std::thread") || starts(symbol, "<std::sys"))
		return label_rust(l);
	/* CPython's gets {function, argument}, the function being thread_run (Python/thread_pthread.h). */
	if (starts(symbol, "pythread_wrapper"))
		return label_first_word(l);
	/* -fsplit-stack, gccgo: {start routine, argument} (libgcc/generic-morestack-thread.c) */
	if (starts(symbol, "stack_split_initialize_thread"))
		return label_first_word(l);
	/* A stripped program: by the shape alone, which is strict. */
	if (!symbol && at->in_program)
		return label_cxx(l) || label_rust(l);
	return false;
}

static bool label_of_running(struct label *l)
{
	return is_cxx(&l->s->at) && label_cxx(l);
}

void start_label(
	struct symbols_space *space, pid_t tid, const struct backtrace *creator, bool ran, struct start_routine *s)
{
	struct label l = { .space = space, .tid = tid, .s = s };
	bool own = frame_is_own(&s->at);
	taddr target;

	s->label = (struct frame){ 0 };
	if (s->arg_known && s->arg && (ran ? label_of_running(&l) : label_by_name(&l)))
		return;
	s->label = (struct frame){ 0 };
	if (own)
		return;
	/* A library's trampoline gets a structure, and one of its first words is the program's function. */
	if (!ran && s->arg_known && s->arg && sole_pointer(&l, s->arg, SCAN_WORDS, &target)) {
		show(&l, target);
		return;
	}
	const struct frame *f = creator ? backtrace_own(creator) : NULL;
	if (f)
		s->label = *f;
}

void start_label_of_running(struct symbols_space *space, pid_t tid, struct start_routine *s)
{
	struct label l = { .space = space, .tid = tid, .s = s };

	s->label = (struct frame){ 0 };
	if (!s->arg || !label_of_running(&l))
		s->label = (struct frame){ 0 };
}
