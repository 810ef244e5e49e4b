/* SPDX-License-Identifier: MIT */
/* A task is born: facts are read while creator and child are both stopped, and the event is told. */
#ifndef TRACER_BIRTH_H
#define TRACER_BIRTH_H

#include "follow/run.h"

/*
 * child->birth says who made it. st_ns: the child's first stop. alive: the child is in that stop (false: it died
 * before). Sets child->serial, or child->silent when it is not to be shown. Facts only: birth_tell must follow before
 * anything else is told.
 */
void birth_by_call(struct run *r, struct tracee *child, uint64_t st_ns, bool alive);
/* Tells the birth that is due, if one is. */
void birth_tell(struct run *r);
/* The child's creator was not seen. */
void birth_adopted(struct run *r, struct tracee *child, bool alive);
/* CLONE_UNTRACED: known only from the result of its creator's call. */
void birth_untraced(struct run *r, struct tracee *creator, pid_t tid, uint64_t t_ns);
/* The program that thrtrace started, at its execve. */
void birth_program(struct run *r, struct tracee *t, uint64_t t_ns);
#endif
