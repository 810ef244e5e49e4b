/* SPDX-License-Identifier: MIT */
/*
 * The few words that every other contract uses.
 *
 * Conventions of the whole tree:
 *   - a fallible function returns 0 or -errno and is must-check; outputs named ret_ are written on success only;
 *   - x_new/x_free make and destroy an object, x_init/x_release an embedded one; x_free and x_release take NULL;
 *   - tid is one task, tgid a thread group (what ps calls PID); times are CLOCK_MONOTONIC nanoseconds (_ns).
 */
#ifndef THRTRACE_BASE_H
#define THRTRACE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define THR_MUST_CHECK         __attribute__((warn_unused_result))
#define THR_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

/* An address in the traced program. It is an integer on purpose: C will not dereference it without a cast. */
typedef uint64_t taddr;

/*
 * Who a task is. Tids are reused by the kernel and change at execve; the serial is given once, in order of
 * appearance from 1, and never again. 0 means no task.
 */
struct task_id {
	pid_t tid;
	uint32_t serial;
};

#endif
