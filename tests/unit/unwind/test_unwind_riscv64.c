/* SPDX-License-Identifier: MIT */
/* What the unwinder knows of RISC-V, on whatever machine this is: the file is built here under other names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define unwind_arch             riscv_arch
#define unwind_arch_regs        riscv_regs
#define unwind_arch_call        riscv_call
#define unwind_arch_plt         riscv_plt
#define unwind_arch_trampoline  riscv_trampoline
#define unwind_arch_interrupted riscv_interrupted
#define unwind_arch_saves       riscv_saves
#include "unwind/unwind_riscv64.c"

static void pc_comes_first_and_is_kept_last(void **state)
{
	uint64_t words[32];
	struct unwind_regs r;

	(void)state;
	for (unsigned i = 0; i < 32; i++)
		words[i] = 0x100 + i;
	assert_int_equal(riscv_regs(words, sizeof(words), &r), 0);
	assert_int_equal(r.r[riscv_arch.pc], 0x100);
	assert_int_equal(r.r[riscv_arch.link], 0x101);
	assert_int_equal(r.r[riscv_arch.sp], 0x102);
	assert_int_equal(r.r[riscv_arch.fp], 0x108);
	assert_int_equal(r.r[31], 0x11f);
	assert_int_equal(r.r[0], 0);
	assert_int_equal(riscv_regs(words, 34 * 8, &r), -EINVAL);
}

static void what_stands_before_a_return_address(void **state)
{
	/* As GNU as makes them, at 0x1000 to 0x1008. */
	static const struct {
		uint32_t insn[2];
		enum unwind_call kind;
		taddr to;
	} row[] = {
		{ { 0x00000013, 0x7fd000ef }, CALL_DIRECT, 0x2000 },     /* nop; jal ra, .+0xffc */
		{ { 0x00000013, 0xffdff0ef }, CALL_DIRECT, 0x1000 },     /* jal ra, .-4 */
		{ { 0x00012097, 0x234080e7 }, CALL_DIRECT, 0x13234 },    /* auipc ra, 0x12; jalr ra, 0x234(ra) */
		{ { 0xfffff097, 0xff0080e7 }, CALL_DIRECT, (taddr)-16 }, /* auipc ra, -1; jalr ra, -16(ra) */
		{ { 0x00000013, 0x000780e7 }, CALL_INDIRECT, 0 },        /* jalr ra, (a5) */
		{ { 0x00000013, 0x97820001 }, CALL_INDIRECT, 0 },        /* c.nop; c.jalr a5 */
		{ { 0x00000013, 0x80820001 }, CALL_NONE, 0 },            /* c.nop; ret */
		{ { 0x00000013, 0x90020001 }, CALL_NONE, 0 },            /* c.nop; c.ebreak */
		{ { 0x00000013, 0x000e0367 }, CALL_NONE, 0 },            /* jalr t1, (t3): a stub */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		taddr to = 0;
		uint8_t code[8];
		memcpy(code, row[i].insn, sizeof(code));
		assert_int_equal(riscv_call(code, 0x1008, &to), row[i].kind);
		assert_int_equal(to, row[i].to);
	}
}

static void a_stub_tells_where_its_address_is_kept(void **state)
{
	/* auipc t3, 0x2; ld t3, -1240(t3); jalr t1, (t3); nop */
	static const uint32_t stub[] = { 0x00002e17, 0xb28e3e03, 0x000e0367, 0x00000013 };
	static const uint32_t other[] = { 0x00002e17, 0xb28e3e83, 0x000e8367, 0x00000013 };

	(void)state;
	assert_int_equal(riscv_plt((const uint8_t *)stub, 0x10640), 0x10640 + 0x2000 - 1240);
	assert_int_equal(riscv_plt((const uint8_t *)other, 0x10640), 0);
}

static void the_kernels_return_from_a_handler_is_known(void **state)
{
	static const uint32_t returns[] = { 0x08b00893, 0x00000073 }, asks[] = { 0x0ac00893, 0x00000073 };

	(void)state;
	assert_true(riscv_trampoline((const uint8_t *)returns));
	assert_false(riscv_trampoline((const uint8_t *)asks));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pc_comes_first_and_is_kept_last),
		cmocka_unit_test(what_stands_before_a_return_address),
		cmocka_unit_test(a_stub_tells_where_its_address_is_kept),
		cmocka_unit_test(the_kernels_return_from_a_handler_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
