/* SPDX-License-Identifier: MIT */
/* Any bytes as instructions. Input: pc, 16 registers, how many words of stack, the words; the rest is code. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/firstcall.h>

#define STACK_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct firstcall f = { 0 };
	uint64_t *stack, arg;
	taddr fn;

	if (size < sizeof(f.pc) + sizeof(f.reg) + 1)
		return 0;
	memcpy(&f.pc, data, sizeof(f.pc));
	memcpy(f.reg, data + sizeof(f.pc), sizeof(f.reg));
	f.n_stack = data[sizeof(f.pc) + sizeof(f.reg)] % (STACK_MAX + 1);
	f.code = data + sizeof(f.pc) + sizeof(f.reg) + 1;
	f.len = size - (size_t)(f.code - data);
	if (f.len < f.n_stack * sizeof(*stack) || (stack = malloc(f.n_stack * sizeof(*stack) + 1)) == NULL)
		return 0;
	memcpy(stack, f.code, f.n_stack * sizeof(*stack));
	f.stack = stack;
	f.code += f.n_stack * sizeof(*stack);
	f.len -= f.n_stack * sizeof(*stack);
	int err = firstcall_x86_64(&f, &fn, &arg);
	if (err && err != -ENOENT)
		abort();
	free(stack);
	return 0;
}
