/* SPDX-License-Identifier: MIT */
/*
 * What can be asked of the tasks of a process without being their tracer: files of /proc/PID/task/TID, memory, pages.
 * The names of one process are looked up from one open folder, which is half of what such a read costs.
 */
#ifndef TRACER_TASK_FILES_H
#define TRACER_TASK_FILES_H

#include <thrtrace/base.h>

struct task_files {
	pid_t pid;
	struct task_fds *done; /* files that have been read, to be closed many at once */
	int tasks;             /* /proc/PID/task */
	int pagemap;           /* -1: can't be opened */
	int pagemap_error;
	uint64_t page; /* bytes */
};

/* 0 or -errno: -ENOENT or -ESRCH when there is no such process. */
int task_files_open(struct task_files *ret, pid_t pid) THR_MUST_CHECK;
void task_files_close(struct task_files *f);
/* Nothing is to be read for a while: closes the files that have been. */
void task_files_rest(const struct task_files *f);

/* It runs a program of thrtrace's own architecture and word size. */
bool task_files_native(const struct task_files *f);

/* *ret: the tids, in the folder's order, to be freed. How many, or -errno. */
ssize_t task_files_list(const struct task_files *f, pid_t **ret) THR_MUST_CHECK;
/* Up to size - 1 bytes of a small file of the task, and a NUL: how many, or -errno. */
ssize_t task_file_read(const struct task_files *f, pid_t tid, const char *name, char *buf, size_t size) THR_MUST_CHECK;
/* A file of the process, as a whole: "maps". *ret ends in a NUL and is to be freed. Its length, or -errno. */
ssize_t task_files_whole(const struct task_files *f, const char *name, char **ret) THR_MUST_CHECK;
/* The target of /proc/PID/fd/N: 0 or -errno. */
int task_files_fd(const struct task_files *f, uint64_t fd, char *buf, size_t size) THR_MUST_CHECK;

/* Up to n bytes of memory, short at a hole; or -errno. At most 8 KiB. */
ssize_t task_memory(const struct task_files *f, taddr at, void *buf, size_t n) THR_MUST_CHECK;
/* The head of a task's robust list, 0 for none: 0 or -errno. */
int task_robust_list(pid_t tid, taddr *ret) THR_MUST_CHECK;

/* Pages of one kind side by side. */
struct task_region {
	taddr low, high;
	bool guard; /* of MADV_GUARD; else they are present in memory, huge ones by their part */
};
/*
 * Such regions of [*at, high), at most room of them: how many, and *at is where the next call goes on, high at the
 * end. -EOPNOTSUPP before Linux 6.7; another -errno. Before 6.16 no guards are told of.
 */
ssize_t task_regions(
	const struct task_files *f, taddr *at, taddr high, struct task_region *ret, size_t room) THR_MUST_CHECK;
/* Of [low, high): bytes that are present, for kernels that can't tell regions. 0 or -errno. */
int task_present(const struct task_files *f, taddr low, taddr high, uint64_t *ret) THR_MUST_CHECK;

#endif
