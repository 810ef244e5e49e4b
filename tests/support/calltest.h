/* SPDX-License-Identifier: MIT */
/* Decodes one call and compares how it is shown: what the tests of decode/calls/ have in common. */
#ifndef TEST_CALLTEST_H
#define TEST_CALLTEST_H

#include "fakemem.h"

#include <thrtrace/call.h>

/* Decodes by name; fewer than six arguments may be given. */
#define CALLTEST_DECODE(call, abi_name, name, memory, ...)                                                             \
	calltest_decode(call, abi_name, name, memory, (const uint64_t[CALL_ARGS]){ __VA_ARGS__ })

void calltest_decode(struct call *ret, const char *abi_name, const char *name, struct fakemem *memory,
	const uint64_t arg[CALL_ARGS]);
/* Fails the test unless call_format gives this text, and the arguments one by one, joined, give the same. */
void calltest_shows(const struct call *call, const char *expected);
/* Fails the test unless call_result_format gives this text. */
void calltest_result(const struct call *call, int64_t result, const char *expected);

#endif
