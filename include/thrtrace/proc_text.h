/* SPDX-License-Identifier: MIT */
/* What files of /proc say, from their text (NUL-terminated). Pure. */
#ifndef THRTRACE_PROC_TEXT_H
#define THRTRACE_PROC_TEXT_H

#include <thrtrace/base.h>

/* Room for what is read of a file of /proc/TID at once: status and limits have less than half of it. */
#define PROC_TEXT 4096

/* In text of "Name:\tvalue" lines: a pointer behind "Name:" and blanks, or NULL. `name` is given with its colon. */
const char *proc_field(const char *text, const char *name);
/* The number after such a name, in the given base; false when the line or the number is missing. */
bool proc_field_u64(uint64_t *ret, const char *text, const char *name, int base);

/* /proc/TID/status: does the task ignore or catch sig (1 to 64)? */
bool proc_signal_handled(const char *status, int sig);
/* The last of "NStgid:\t17\t1": the process id in its own pid namespace; false when there is none. */
bool proc_innermost_id(uint64_t *ret, const char *status);

#define PROC_UNLIMITED UINT64_MAX
/* /proc/TID/limits: the soft limit of a line ("Max stack size"); false when there is no such line, or no number. */
bool proc_soft_limit(uint64_t *ret, const char *limits, const char *title);

/* cgroups: v1: the hierarchy of version 1 that has this controller ("pids"); NULL: version 2. */
#define PROC_PATH 2048
/* /proc/TID/cgroup: the task's path in it; false when it is in none, or the path is too long. */
bool proc_cgroup_path(char ret[PROC_PATH], const char *text, const char *v1);
/* /proc/TID/mountinfo: where it is mounted, and which of its directories that is. */
struct cgroup_mount {
	char at[PROC_PATH], root[PROC_PATH];
};
bool proc_cgroup_mount(struct cgroup_mount *ret, const char *text, const char *v1);

#endif
