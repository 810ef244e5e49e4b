/* SPDX-License-Identifier: MIT */
/* The rows of system calls, and the ways to them: by number, by name. */
#include "calls/calls.h"

#include <string.h>

static const struct call_row rows[CALL_IDS] = {
#define SYSCALL(name, common_nr, classes, traits, ret, ...)                                                            \
	[CALL_##name] = { #name, common_nr, classes, traits, ret, { __VA_ARGS__ } },
#include <thrtrace/syscalls.def>
#undef SYSCALL
};

const struct call_row *call_row(enum call_id id)
{
	return id < CALL_IDS ? &rows[id] : NULL;
}

enum call_id call_by_nr(const struct abi *abi, uint64_t nr)
{
	if (!abi || nr >= ABI_NR_MAX || !abi->by_nr[nr])
		return CALL_OTHER;
	return (enum call_id)(abi->by_nr[nr] - 1);
}

enum call_id call_by_name(const char *name, size_t len)
{
	for (int id = 0; id < CALL_IDS; id++) {
		if (strlen(rows[id].name) == len && memcmp(rows[id].name, name, len) == 0)
			return (enum call_id)id;
	}
	return CALL_OTHER;
}

int call_nr(const struct abi *abi, enum call_id id)
{
	if (!abi || id >= CALL_IDS)
		return -1;
	int16_t nr = abi->nr[id];
	if (nr == NR_ZERO)
		return 0;
	if (nr == NR_COMMON)
		nr = rows[id].common_nr;
	return nr == NR_NONE ? -1 : nr;
}

const struct abi_alias *call_alias(const struct call *c)
{
	for (size_t i = 0; c->abi && i < c->abi->n_aliases; i++)
		if (c->abi->alias[i].nr == c->nr)
			return &c->abi->alias[i];
	return NULL;
}

const char *call_name(const struct call *call)
{
	const struct abi_alias *alias = call_alias(call);

	if (alias)
		return alias->name;
	return call->id < CALL_IDS ? rows[call->id].name : NULL;
}

unsigned call_word(const struct call *c)
{
	return c->abi ? c->abi->word : 8;
}
