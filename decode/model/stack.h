/* SPDX-License-Identifier: MIT */
/* Where a new task's stack lies, from what its creation and the address space say. Internal to the model. */
#ifndef DECODE_STACK_H
#define DECODE_STACK_H

#include <thrtrace/model.h>

/* a: the known area around the initial stack pointer, or NULL. libc: of the program. page: bytes of one. */
void stack_find(
	struct stack_area *ret, const struct ev_birth *b, const struct area *a, enum libc_kind libc, uint64_t page);

#endif
