/* SPDX-License-Identifier: MIT */
/*
 * The least that a switch between two stacks takes: task_switch_x86_64.c and the like, or _noarch.c, which
 * has none.
 */
#ifndef TRACER_TASK_SWITCH_H
#define TRACER_TASK_SWITCH_H

/* What to switch to so that run, which never returns, begins on the stack below top; NULL: not for this machine. */
void *task_begin(char *top, void (*run)(void));
/* Keeps the registers that a call keeps on the stack, stores the stack pointer in *from, and goes on at to. */
void task_switch(void **from, void *to);

#endif
