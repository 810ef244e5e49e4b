/* SPDX-License-Identifier: MIT */
/* Tasks in user space: a stack and a context, which the kernel knows nothing of. */
#include <stdlib.h>
#include <ucontext.h>

#include "measure/measure.h"
#include "measure/task_switch.h"

#define BATCH 1000 /* one alone is shorter than it takes to read the clock */
#define STACK (16 << 10)

/* ---- by a few instructions ---- */

static struct {
	void *task, *main; /* stack pointers of who does not run */
} by_hand;

static void come_back(void)
{
	for (;;)
		task_switch(&by_hand.task, by_hand.main);
}

/* A stack from the heap, given back at once: what a pool of them would spare is not counted. */
void measure_task_create(struct samples *s)
{
	while (samples_want(s)) {
		uint64_t begin = measure_now();
		for (unsigned i = 0; i < BATCH; i++) {
			char *stack = malloc(STACK);
			by_hand.task = stack ? task_begin(stack + STACK, come_back) : NULL;
			if (!by_hand.task) {
				s->unknown = "thrtrace has no such switch for this machine";
				free(stack);
				return;
			}
			task_switch(&by_hand.main, by_hand.task); /* it runs once */
			free(stack);
		}
		samples_add(s, (double)(measure_now() - begin) / BATCH);
	}
}

void measure_task_switch(struct samples *s)
{
	char *stack = malloc(STACK);

	by_hand.task = stack ? task_begin(stack + STACK, come_back) : NULL;
	if (!by_hand.task)
		s->unknown = "thrtrace has no such switch for this machine";
	while (samples_want(s)) {
		uint64_t begin = measure_now();
		for (unsigned i = 0; i < BATCH; i++)
			task_switch(&by_hand.main, by_hand.task);
		samples_add(s, (double)(measure_now() - begin) / (2 * BATCH)); /* there and back */
	}
	free(stack);
}

/* ---- by the C library ---- */

static struct {
	ucontext_t task, main;
} by_library;

static void swap_back(void)
{
	for (;;)
		swapcontext(&by_library.task, &by_library.main);
}

void measure_ucontext_switch(struct samples *s)
{
	char *stack = malloc(STACK * 4);

	if (!stack || getcontext(&by_library.task)) {
		s->unknown = "there is no memory for a stack";
		free(stack);
		return;
	}
	by_library.task.uc_stack.ss_sp = stack;
	by_library.task.uc_stack.ss_size = STACK * 4;
	by_library.task.uc_link = NULL;
	makecontext(&by_library.task, swap_back, 0);
	while (samples_want(s)) {
		uint64_t begin = measure_now();
		for (unsigned i = 0; i < BATCH; i++)
			swapcontext(&by_library.main, &by_library.task);
		samples_add(s, (double)(measure_now() - begin) / (2 * BATCH));
	}
	free(stack);
}
