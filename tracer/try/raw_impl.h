/* SPDX-License-Identifier: MIT */
/* What a machine's file has for raw_task(), besides its part of raw.h. */
#ifndef TRACER_TRY_RAW_IMPL_H
#define TRACER_TRY_RAW_IMPL_H

#include "try/raw.h"

/*
 * Makes a task by that call. The new task finds body, arg and kept in registers, as its creator had them, for its stack
 * has nothing on it.
 */
long raw_begin(const long call[7], task_body *body, void *arg, uint64_t kept);
/* Of clone(2)'s last two arguments: CONFIG_CLONE_BACKWARDS. */
extern const bool raw_clone_has_tls_first;

#endif
