/* SPDX-License-Identifier: MIT */
/*
 * Words and names that more than one view uses: each is here once. A "word" is what programs read (a JSON value, one
 * token), the rest is for people. Internal to decode/sinks/.
 */
#ifndef SINKS_WORDS_H
#define SINKS_WORDS_H

#include <thrtrace/event.h>
#include <thrtrace/model.h>
#include <thrtrace/outbuf.h>

/* "/bin/prog": what was started, or what the process that is attached to is called; NULL where neither is known. */
const char *start_name(const struct ev_start *st);

/* "thread", "vfork", "attached": what kind of birth it is. */
const char *birth_word(const struct ev_birth *b);
/* "before thrtrace attached": where a task comes from that no seen call has made. */
const char *birth_origin(enum birth_kind kind);

/* When its end was is known: false of one that lives on, or that nobody has followed, or that had ended before. */
bool end_is_known(const struct task *t, const struct ev_end *e);

/* "clone3"; NULL for VIA_NONE. */
const char *via_word(enum clone_via via);

/* "MADV_GUARD"; "none" where there is none or none is known. */
const char *guard_word(enum guard_kind kind);
/* "MADV_GUARD (inside the mapping)" */
const char *guard_name(enum guard_kind kind);

/* "joins": what a wait for a thread's end is part of. */
const char *end_wait_word(enum end_wait waits);

/*
 * "waited", "late", "joined", "freed", "detached", "never", "not_yet": what became of a thread's join; NULL where that
 * is not known, or it is no thread.
 */
const char *join_word(const struct task *t);
/* "T0 (late)", "detached": that and who has joined it, for the table. Nothing where it is not known. */
void join_format(struct outbuf *out, const struct task *t);

/* "exit_group" */
const char *end_word(enum end_how how);
/* "exit(0)", "SIGKILL", "exit_group(3) by T2": how a task ended. */
void end_format(struct outbuf *out, const struct ev_end *e, uint32_t by_label_plus_1);
/* The same of a task, whatever became of it: also "alive", "detached", "not followed". */
void task_end_format(struct outbuf *out, const struct task *t);
/* "worker": what it runs, without a place; nothing where that is not known. */
void task_runs_format(struct outbuf *out, const struct task *t);
/* "worker", without quotes and harmless: its name. */
void task_name_format(struct outbuf *out, const struct task *t);

#endif
