/* SPDX-License-Identifier: MIT */
/* Where a new task's stack lies, from what its creation and the address space say. Internal to the model. */
#ifndef DECODE_STACK_H
#define DECODE_STACK_H

#include <thrtrace/model.h>

/*
 * Is the area around a new task's stack pointer, which calls have told of, its stack, and still as the mappings show
 * it? Not when the block was unmapped unseen and something else lies there, when it is a reserve that nobody opened
 * there (a heap's), or when the task has got but a piece of it.
 */
bool stack_area_holds(const struct area *a, const struct ev_birth *b);
/* a: the area around the initial stack pointer, which holds, or NULL. libc: of the program. page: bytes of one. */
void stack_find(
	struct stack_area *ret, const struct ev_birth *b, const struct area *a, enum libc_kind libc, uint64_t page);
/* What was taken for its stack is a mapping of several. */
void stack_is_piece(struct stack_area *s);

#endif
