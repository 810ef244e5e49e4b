/* SPDX-License-Identifier: MIT */
#include "creators/waits.h"

#include <elf.h>
#include <string.h>

#include <thrtrace/abi.h>
#include <thrtrace/callsite.h>

#include "creators/start_label.h"
#include "creators/start_search.h"

/* So far a C library's own frames go between its futex call and the one that the program has made. */
#define SCAN_WORDS 96

static const struct {
	const char *function;
	enum end_wait waits;
} functions[] = {
	{ "pthread_detach", WAITS_TO_DETACH },
	{ "thrd_detach", WAITS_TO_DETACH },
	{ "pthread_create", WAITS_TO_CREATE },
	{ "thrd_create", WAITS_TO_CREATE },
	{ "pthread_join", WAITS_TO_JOIN },
	{ "pthread_tryjoin_np", WAITS_TO_JOIN },
	{ "pthread_timedjoin_np", WAITS_TO_JOIN },
	{ "pthread_clockjoin_np", WAITS_TO_JOIN },
	{ "thrd_join", WAITS_TO_JOIN },
};

/* Inside a C library a function has the same name with underscores before it. */
static enum end_wait by_name(const char *symbol)
{
	const char *name = symbol ? symbol + strspn(symbol, "_") : "";

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (strcmp(functions[i].function, name) == 0)
			return functions[i].waits;
	return WAITS_EITHER;
}

static bool read_all(const struct kernel *door, pid_t tid, taddr at, void *buf, size_t n)
{
	return door->read_mem(door->ctx, tid, at, buf, n) == (ssize_t)n;
}

/* The function that is called there; 0 where that can't be read. */
static taddr target_of(const struct kernel *door, pid_t tid, const struct callsite *site)
{
	uint64_t word = 0;

	if (!site->slot)
		return site->target;
	return read_all(door, tid, site->target, &word, sizeof(word)) ? word : 0;
}

/* The name of the function that begins at fn, or NULL. */
static const char *name_of(struct symbols_space *space, pid_t tid, taddr fn)
{
	uint64_t offset = 1;
	const char *name = symbols_name(space, tid, fn, &offset);

	return offset == 0 ? name : NULL;
}

/* The name of the function whose call returns to pc, by what the unwinder knows of the machine. */
static const char *called_by_unwinder(struct symbols_space *space, pid_t tid, taddr pc)
{
	const struct kernel *door = symbols_door(space);
	uint8_t code[16];
	taddr fn = 0;
	uint64_t word = 0;

	if (!read_all(door, tid, pc - unwind_arch.code_before, code, unwind_arch.code_before) ||
		unwind_arch_call(code, pc, &fn) != CALL_DIRECT)
		return NULL;
	const char *name = name_of(space, tid, fn);
	if (name || !read_all(door, tid, fn, code, sizeof(code)))
		return name;
	taddr slot = unwind_arch_plt(code, fn);
	return slot && read_all(door, tid, slot, &word, sizeof(word)) ? name_of(space, tid, word) : NULL;
}

/*
 * The name of the function whose call returns to pc. glibc's pthread_join and pthread_detach go on by a jump to a
 * function that has no name, and leave no frame of their own: what was called stands in the caller's code alone.
 */
static const char *called(struct symbols_space *space, pid_t tid, taddr pc)
{
	const struct kernel *door = symbols_door(space);
	uint8_t code[CALLSITE_STUB_BYTES];
	struct callsite site;

	if (start_arch.machine != EM_X86_64)
		return called_by_unwinder(space, tid, pc);
	if (!read_all(door, tid, pc - CALLSITE_BYTES, code, CALLSITE_BYTES) || callsite_x86_64(&site, code, pc))
		return NULL;
	taddr fn = target_of(door, tid, &site);
	const char *name = name_of(space, tid, fn);
	if (name)
		return name;
	if (!read_all(door, tid, fn, code, sizeof(code)) || callsite_stub_x86_64(&site, code, fn))
		return NULL;
	return name_of(space, tid, target_of(door, tid, &site));
}

/* The functions call each other: who detaches joins, and so may who creates. The one that was called first counts. */
static enum end_wait by_frames(struct symbols_space *space, pid_t tid, const struct backtrace *bt)
{
	enum end_wait waits = WAITS_EITHER;

	for (size_t i = 0; i < bt->n && !bt->frame[i].signal; i++) {
		enum end_wait is = by_name(bt->frame[i].symbol);
		if (is == WAITS_EITHER && i > 0)
			is = by_name(called(space, tid, bt->frame[i].pc));
		if (is != WAITS_EITHER)
			waits = is;
	}
	return waits;
}

/*
 * What a return address tells: that it lies in one of the functions, or is behind the call of one. In pthread_join is
 * who detaches as well, by a jump: that tells nothing.
 */
static enum end_wait by_return(struct symbols_space *space, pid_t tid, taddr pc)
{
	uint64_t offset;

	if (!start_is_code(space, tid, pc))
		return WAITS_EITHER;
	enum end_wait is = by_name(symbols_name(space, tid, pc - 1, &offset));
	if (is == WAITS_TO_JOIN)
		return WAITS_EITHER;
	return is == WAITS_EITHER ? by_name(called(space, tid, pc)) : is;
}

/* The words from the stack pointer on, as many as there are: how many. */
static size_t stack_top(const struct kernel *door, pid_t tid, uint64_t *words, size_t n)
{
	uint64_t raw[64];
	struct regs regs;
	ssize_t len = door->regset(door->ctx, tid, NT_PRSTATUS, raw, sizeof(raw));
	const struct abi *abi = len > 0 ? abi_by_regset_len(abi_native(), (size_t)len) : NULL;

	if (!abi || abi->word != sizeof(*words) || abi->regs_parse(raw, (size_t)len, &regs))
		return 0;
	ssize_t got = door->read_mem(door->ctx, tid, regs.sp, words, n * sizeof(*words));
	return got > 0 ? (size_t)got / sizeof(*words) : 0;
}

/*
 * musl has no tables for its frames. Of the words at the top of the stack one is the address to which the wanted call
 * returns; another may be left of an earlier call. Where they disagree, nothing is known.
 */
static enum end_wait by_words(struct symbols_space *space, pid_t tid)
{
	enum end_wait waits = WAITS_EITHER;
	uint64_t words[SCAN_WORDS];
	size_t n = stack_top(symbols_door(space), tid, words, ARRAY_SIZE(words));

	for (size_t i = 0; i < n; i++) {
		enum end_wait is = by_return(space, tid, words[i]);
		if (is != WAITS_EITHER && waits != WAITS_EITHER && is != waits)
			return WAITS_EITHER;
		if (is != WAITS_EITHER)
			waits = is;
	}
	return waits;
}

enum end_wait waits_of(struct symbols_space *space, pid_t tid, const struct backtrace *bt)
{
	enum end_wait waits = by_frames(space, tid, bt);

	return waits == WAITS_EITHER ? by_words(space, tid) : waits;
}
