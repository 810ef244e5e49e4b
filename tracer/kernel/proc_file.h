/* SPDX-License-Identifier: MIT */
/* Small readers of /proc and sysfs files, for the facts behind a verdict. */
#ifndef TRACER_PROC_FILE_H
#define TRACER_PROC_FILE_H

#include <thrtrace/proc_text.h>

/* What the kernel makes in one piece is had by one read: an open file's text, with a NUL. Its length, or -errno. */
ssize_t proc_read_once(int fd, char *buf, size_t size) THR_MUST_CHECK;
/* The first size-1 bytes of a file, NUL-terminated. Bytes read, or -errno. */
ssize_t proc_file_read(char *buf, size_t size, const char *path) THR_MUST_CHECK;
/* The number at the start of a file ("max" gives UINT64_MAX). 0 or -errno. */
int proc_file_u64(uint64_t *ret, const char *path) THR_MUST_CHECK;
/* The inode of /proc/TID/ns/NAME; 0 or -errno. */
int proc_ns_inode(uint64_t *ret, pid_t tid, const char *name) THR_MUST_CHECK;

/*
 * The number by which /proc knows this process: getpid() where /proc is that of its own pid namespace. Behind `unshare
 * --pid` without a mount of its own it is another, and each number means another process there than here.
 */
pid_t proc_self(void);

#endif
