/* SPDX-License-Identifier: MIT */
/* Small readers of /proc and sysfs files, for the facts behind a verdict. */
#ifndef THRTRACE_TRACER_PROC_FILE_H
#define THRTRACE_TRACER_PROC_FILE_H

#include <thrtrace/base.h>

/* The first size-1 bytes of a file, NUL-terminated. Bytes read, or -errno. */
ssize_t proc_file_read(char *buf, size_t size, const char *path) THR_MUST_CHECK;
/* The number at the start of a file ("max" gives UINT64_MAX). 0 or -errno. */
int proc_file_u64(uint64_t *ret, const char *path) THR_MUST_CHECK;
/* In text of "Name:\tvalue" lines: a pointer behind "Name:" and blanks, or NULL. `name` is given with its colon. */
const char *proc_field(const char *text, const char *name);
/* The number after such a name, in the given base; false when the line or the number is missing. */
bool proc_field_u64(uint64_t *ret, const char *text, const char *name, int base);
/* The inode of /proc/TID/ns/NAME; 0 or -errno. */
int proc_ns_inode(uint64_t *ret, pid_t tid, const char *name) THR_MUST_CHECK;

#endif
