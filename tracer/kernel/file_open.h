/* SPDX-License-Identifier: MIT */
/*
 * Files that a traced program names or maps, opened with thrtrace's rights. What the name leads to is looked at before
 * it is opened: a regular file of a size, no longer than FILE_BYTES_MOST, of no pseudo file system. Opening anything
 * else could block, do something, or read what the program may not.
 */
#ifndef TRACER_FILE_OPEN_H
#define TRACER_FILE_OPEN_H

#include <sys/stat.h>

#include <thrtrace/base.h>

#define FILE_BYTES_MOST ((int64_t)4 << 30)

/* To read; ret may be NULL. A descriptor, or -errno (-ENOENT: it is no such file). */
int file_open(const char *path, struct stat *ret) THR_MUST_CHECK;
/*
 * The same of a path as it is seen from the directory `root` ("/proc/TID/root"; "": ours): absolute links and ".." stay
 * within, and links of /proc that lead elsewhere are not followed.
 */
int file_open_beneath(const char *root, const char *path, struct stat *ret) THR_MUST_CHECK;
/* The same, unless the name itself is a link. */
int file_open_plain(const char *root, const char *path, struct stat *ret) THR_MUST_CHECK;
/* What it is, without opening it. 0 or -errno. */
int file_stat_beneath(const char *root, const char *path, struct stat *ret) THR_MUST_CHECK;
int file_stat_plain(const char *root, const char *path, struct stat *ret) THR_MUST_CHECK;

#endif
