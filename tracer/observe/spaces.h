/* SPDX-License-Identifier: MIT */
/*
 * The files that are mapped in each process, as records of mappings told it, and its auxiliary vector as it was read
 * at its execve: for a process that is gone when somebody asks.
 */
#ifndef TRACER_SPACES_H
#define TRACER_SPACES_H

#include <thrtrace/vma.h>

#include "kernel/kernel.h"

struct space;

struct spaces {
	struct space *by_tgid;
};

void spaces_release(struct spaces *s);
/* execve of this process, at t_ns: what was mapped is gone. live: NULL in a replay. */
void spaces_exec(struct spaces *s, struct kernel *live, pid_t tgid, uint64_t t_ns);
/* When that was, the last time; 0: not since it was made. */
uint64_t spaces_exec_ns(const struct spaces *s, pid_t tgid);
/* A mapping was made at t_ns, of a file if it has an inode. */
void spaces_map(struct spaces *s, pid_t tgid, const struct vma *v, uint64_t t_ns);
/* A process was made by another, whose address space it shares or has a copy of. */
void spaces_fork(struct spaces *s, pid_t parent, pid_t child);
void spaces_gone(struct spaces *s, pid_t tgid);

/* As the functions of the door. -ENOENT: there is none, or it is not known. */
int spaces_vma(const struct spaces *s, pid_t tgid, taddr addr, struct vma *ret) THR_MUST_CHECK;
/*
 * The bytes at addr are now what they were at t_ns: a file was mapped there before, without write access, and still is.
 * No record tells when a mapping ends, so `live` is asked what is there; false when it can't say.
 */
bool spaces_same_since(const struct spaces *s, struct kernel *live, pid_t tgid, taddr addr, uint64_t t_ns);
ssize_t spaces_auxv(const struct spaces *s, pid_t tgid, char *buf, size_t n);

#endif
