/* SPDX-License-Identifier: MIT */
#include "text/json_arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <jansson.h>

/* What a birth with its frames takes is a third of that. What there is no room for is had one by one. */
#define ARENA_BYTES ((size_t)64 << 10)

/* AddressSanitizer would not see what is done with a piece of an arena. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

static struct {
	char *bytes;
	size_t used;
	bool open, lasting;
} arena;

static bool is_within(const void *p)
{
	return arena.bytes && (uintptr_t)p - (uintptr_t)arena.bytes < ARENA_BYTES;
}

static void *take(size_t n)
{
	size_t room = (n + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);

	if (!arena.open || arena.lasting || room < n || room > ARENA_BYTES - arena.used)
		return malloc(n);
	void *at = arena.bytes + arena.used;
	arena.used += room;
	return at;
}

static void give(void *p)
{
	if (!is_within(p))
		free(p);
}

void js_arena_begin(void)
{
	if (!arena.bytes) {
		json_set_alloc_funcs(take, give);
#ifndef SANITIZED
		arena.bytes = malloc(ARENA_BYTES);
#endif
	}
	arena.open = arena.bytes != NULL;
	arena.used = 0;
}

void js_arena_end(void)
{
	arena.open = false;
}

void js_lasting_begin(void)
{
	arena.lasting = true;
}

void js_lasting_end(void)
{
	arena.lasting = false;
}

void js_arena_release(void)
{
	free(arena.bytes);
	arena.bytes = NULL;
	arena.open = false;
}
