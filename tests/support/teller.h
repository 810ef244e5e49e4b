/* SPDX-License-Identifier: MIT */
/*
 * Tells events to the model, the explanations and the views, as tracer/ does: for tests of decode/ that are stories.
 * Time goes on by 1000 ns an event. Each fk-like helper returns the event, whose notes stay until the next one.
 */
#ifndef TEST_TELLER_H
#define TEST_TELLER_H

#include "tell/telling.h"

struct teller {
	struct telling tell; /* of one view, or none; what that wrote: teller_out */
	struct event ev;     /* the last */
	struct call call;
	uint64_t t_ns;
};

/* view: "text", "json", or NULL. */
void teller_init(struct teller *t, size_t keep_dead, const char *view, const struct sink_config *config);
void teller_release(struct teller *t);
/* What the view has written so far. */
struct outbuf *teller_out(struct teller *t);
/* Applies, explains and shows t->ev, which the caller has filled. */
struct event *tell(struct teller *t);

/* T0, pid 100, with a program of this C library; its stack is [0x7ffc00000000, +8 MiB). */
const struct task *tell_program(struct teller *t, enum libc_kind libc);
/* A call of the task with its result; missing arguments are 0. */
#define tell_call(t, task, id, result, ...)                                                                            \
	tell_call_args(t, task, id, result, (const uint64_t[CALL_ARGS]){ __VA_ARGS__ })
struct event *tell_call_args(
	struct teller *t, const struct task *task, enum call_id id, int64_t result, const uint64_t arg[CALL_ARGS]);
/* A task by these arguments; facts may be NULL. */
const struct task *tell_birth(struct teller *t, const struct task *creator, pid_t tid, const struct call_clone *args,
	const struct birth_facts *facts);
/* A join begins: who is waited for, NULL for nobody. */
const struct task *tell_wait(struct teller *t, const struct task *task, taddr addr, uint32_t op, uint32_t val);
struct event *tell_end(struct teller *t, const struct task *task, enum end_how how, int status);

/* What glibc, musl and posix_spawn pass to clone3. */
#define PTHREAD_FLAGS 0x3d0f00
struct call_clone pthread_args(taddr stack, uint64_t size, taddr tls);

#endif
