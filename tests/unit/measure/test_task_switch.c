/* SPDX-License-Identifier: MIT */
/* A switch between two stacks keeps what a call keeps: registers of integers and of doubles, on both sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "measure/task_switch.h"

enum { STACK = 64 << 10, ROUNDS = 1000 };

static _Alignas(16) char stack[STACK];
static void *on_task, *on_main;
static uintptr_t seen_at;
static double task_sum;

/* As many sums as there are registers that a call keeps, added up for as long as it is switched to. */
#define SUMS(side, to, from, n)                                                                                        \
	double a = (side), b = (side) + 1, c = (side) + 2, d = (side) + 3, e = 0, f = 0;                               \
	long i = (side), j = (side) + 10, k = 0;                                                                       \
	for (long round = 0; round < (n); round++) {                                                                   \
		task_switch(&(to), from);                                                                              \
		a += 1, b += a, c += 2, d += c, e += 3, f += e;                                                        \
		i += 1, j += i, k += j;                                                                                \
	}

static double by_main(long n)
{
	SUMS(1, on_main, on_task, n)
	return a + b + c + d + e + f + (double)(i + j + k);
}

/* The same without a switch. */
static double by_nobody(double side, long n)
{
	double a = side, b = side + 1, c = side + 2, d = side + 3, e = 0, f = 0;
	long i = (long)side, j = i + 10, k = 0;

	for (long round = 0; round < n; round++) {
		a += 1, b += a, c += 2, d += c, e += 3, f += e;
		i += 1, j += i, k += j;
	}
	return a + b + c + d + e + f + (double)(i + j + k);
}

static void task(void)
{
	/* Not where a variable is: AddressSanitizer keeps those elsewhere. On riscv64 it is where the stack began. */
	seen_at = (uintptr_t)__builtin_frame_address(0);
	SUMS(1000, on_task, on_main, ROUNDS - 1)
	task_sum = a + b + c + d + e + f + (double)(i + j + k);
	for (;;)
		task_switch(&on_task, on_main);
}

static void each_side_finds_what_it_left(void **state)
{
	(void)state;
	on_task = task_begin(stack + STACK, task);
	if (!on_task) {
		puts("skipped: there is no such switch for this machine");
		skip();
	}
	double sum = by_main(ROUNDS);
	assert_true(seen_at >= (uintptr_t)stack && seen_at <= (uintptr_t)stack + STACK);
	assert_true(sum == by_nobody(1, ROUNDS));
	assert_true(task_sum == by_nobody(1000, ROUNDS - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_side_finds_what_it_left) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
