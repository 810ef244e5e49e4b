/* SPDX-License-Identifier: MIT */
/*
 * What the kernel itself says of a new task's sharing (kcmp, tgkill, /proc/PID/ns), and whether that is what the flags
 * promise. Pure.
 */
#ifndef THRTRACE_PROOF_H
#define THRTRACE_PROOF_H

#include <thrtrace/event.h>
#include <thrtrace/outbuf.h>

/* What kcmp is asked about. */
struct proof_words {
	const char *name;
	uint64_t flag;
	bool maybe_absent; /* a task may have none, and kcmp calls two such tasks the same */
};
extern const struct proof_words proof_words[PROOF_KINDS];

struct ns_words {
	const char *name, *key; /* "pid", and "pid_ns" where kinds of things are mixed */
	uint64_t flags;         /* each asks for a new one */
};
extern const struct ns_words ns_words[NS_KINDS];

/* The kernel was asked, and its answer is not what the flags promise. False where it was not asked, or can't tell. */
bool proof_is_broken(const struct ev_birth *b, enum proof_what what);
bool group_is_broken(const struct ev_birth *b);
bool namespace_is_broken(const struct ev_birth *b, enum ns_kind kind);

/* Lists whatever is broken: "FILES, FS, thread group, net namespace"; nothing when all is as promised, or not asked. */
void proof_broken_format(struct outbuf *out, const struct ev_birth *b);

#endif
