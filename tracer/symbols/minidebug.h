/* SPDX-License-Identifier: MIT */
/* The compressed symbol table of .gnu_debugdata ("MiniDebugInfo"): minidebug_lzma.c or minidebug_none.c. */
#ifndef TRACER_MINIDEBUG_H
#define TRACER_MINIDEBUG_H

#include <thrtrace/base.h>

/* An xz stream -> the ELF file in it, malloc'ed. -EOPNOTSUPP when built without liblzma, -EINVAL, -ENOMEM. */
int minidebug_unpack(const void *data, size_t len, void **ret, size_t *ret_len) THR_MUST_CHECK;

#endif
