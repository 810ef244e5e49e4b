/* SPDX-License-Identifier: MIT */
#include "measure/task_switch.h"

#include <stdint.h>

/* RISC-V calling convention: s0 to s11 and fs0 to fs11 are the caller's. */
__asm__(".text\n"
	".p2align 2\n"
	".globl task_switch\n"
	".type task_switch, @function\n"
	"task_switch:\n"
	"	addi sp, sp, -208\n"
	"	sd ra, 0(sp)\n"
	"	sd s0, 8(sp)\n"
	"	sd s1, 16(sp)\n"
	"	sd s2, 24(sp)\n"
	"	sd s3, 32(sp)\n"
	"	sd s4, 40(sp)\n"
	"	sd s5, 48(sp)\n"
	"	sd s6, 56(sp)\n"
	"	sd s7, 64(sp)\n"
	"	sd s8, 72(sp)\n"
	"	sd s9, 80(sp)\n"
	"	sd s10, 88(sp)\n"
	"	sd s11, 96(sp)\n"
	"	fsd fs0, 104(sp)\n"
	"	fsd fs1, 112(sp)\n"
	"	fsd fs2, 120(sp)\n"
	"	fsd fs3, 128(sp)\n"
	"	fsd fs4, 136(sp)\n"
	"	fsd fs5, 144(sp)\n"
	"	fsd fs6, 152(sp)\n"
	"	fsd fs7, 160(sp)\n"
	"	fsd fs8, 168(sp)\n"
	"	fsd fs9, 176(sp)\n"
	"	fsd fs10, 184(sp)\n"
	"	fsd fs11, 192(sp)\n"
	"	sd sp, 0(a0)\n"
	"	mv sp, a1\n"
	"	ld ra, 0(sp)\n"
	"	ld s0, 8(sp)\n"
	"	ld s1, 16(sp)\n"
	"	ld s2, 24(sp)\n"
	"	ld s3, 32(sp)\n"
	"	ld s4, 40(sp)\n"
	"	ld s5, 48(sp)\n"
	"	ld s6, 56(sp)\n"
	"	ld s7, 64(sp)\n"
	"	ld s8, 72(sp)\n"
	"	ld s9, 80(sp)\n"
	"	ld s10, 88(sp)\n"
	"	ld s11, 96(sp)\n"
	"	fld fs0, 104(sp)\n"
	"	fld fs1, 112(sp)\n"
	"	fld fs2, 120(sp)\n"
	"	fld fs3, 128(sp)\n"
	"	fld fs4, 136(sp)\n"
	"	fld fs5, 144(sp)\n"
	"	fld fs6, 152(sp)\n"
	"	fld fs7, 160(sp)\n"
	"	fld fs8, 168(sp)\n"
	"	fld fs9, 176(sp)\n"
	"	fld fs10, 184(sp)\n"
	"	fld fs11, 192(sp)\n"
	"	addi sp, sp, 208\n"
	"	ret\n"
	".size task_switch, . - task_switch\n");

enum { KEPT_WORDS = 26 };

void *task_begin(char *top, void (*run)(void))
{
	uint64_t *sp = (uint64_t *)((uintptr_t)top & ~(uintptr_t)15) - KEPT_WORDS;

	for (int i = 0; i < KEPT_WORDS; i++)
		sp[i] = 0;
	sp[0] = (uintptr_t)run;
	return sp;
}
