/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <asm/unistd.h>
#include <errno.h>
#include <linux/audit.h>
#include <string.h>
#include <sys/user.h>

#include <thrtrace/abi.h>
#include <thrtrace/call.h>

struct number {
	const char *name;
	int nr;
};

static const char *const names[] = { "x86_64", "i386", "aarch64", "riscv64" };

/* Every followed call, and no other, has its number here. */
static void check_numbers(const char *abi_name, const struct number *rows, size_t n)
{
	const struct abi *abi = abi_by_name(abi_name);

	assert_int_equal(n, CALL_IDS);
	for (size_t i = 0; i < n; i++) {
		enum call_id id = call_by_name(rows[i].name, strlen(rows[i].name));
		assert_int_not_equal(id, CALL_OTHER);
		if (call_nr(abi, id) != rows[i].nr)
			fail_msg(
				"%s has number %d on %s, not %d", rows[i].name, rows[i].nr, abi_name, call_nr(abi, id));
	}
}

static void numbers_are_those_of_this_host(void **state)
{
	static const struct number rows[] = {
		{ "clone", __NR_clone },
		{ "clone3", __NR_clone3 },
#ifdef __NR_fork
		{ "fork", __NR_fork },
#else
		{ "fork", -1 },
#endif
#ifdef __NR_vfork
		{ "vfork", __NR_vfork },
#else
		{ "vfork", -1 },
#endif
		{ "execve", __NR_execve },
		{ "execveat", __NR_execveat },
		{ "exit", __NR_exit },
		{ "exit_group", __NR_exit_group },
		{ "mmap", __NR_mmap },
		{ "mprotect", __NR_mprotect },
		{ "munmap", __NR_munmap },
		{ "madvise", __NR_madvise },
		{ "set_robust_list", __NR_set_robust_list },
		{ "set_tid_address", __NR_set_tid_address },
		{ "rseq", __NR_rseq },
#ifdef __NR_arch_prctl
		{ "arch_prctl", __NR_arch_prctl },
#else
		{ "arch_prctl", -1 },
#endif
		{ "prctl", __NR_prctl },
		{ "sigaltstack", __NR_sigaltstack },
		{ "futex", __NR_futex },
		{ "tgkill", __NR_tgkill },
		{ "tkill", __NR_tkill },
		{ "ptrace", __NR_ptrace },
		{ "pidfd_open", __NR_pidfd_open },
		{ "sched_setaffinity", __NR_sched_setaffinity },
		{ "sched_setscheduler", __NR_sched_setscheduler },
		{ "sched_setattr", __NR_sched_setattr },
		{ "setpriority", __NR_setpriority },
		{ "setuid", __NR_setuid },
		{ "setgid", __NR_setgid },
		{ "setreuid", __NR_setreuid },
		{ "setregid", __NR_setregid },
		{ "setresuid", __NR_setresuid },
		{ "setresgid", __NR_setresgid },
		{ "seccomp", __NR_seccomp },
		{ "setgroups", __NR_setgroups },
		{ "setfsuid", __NR_setfsuid },
		{ "setfsgid", __NR_setfsgid },
		{ "unshare", __NR_unshare },
		{ "setns", __NR_setns },
	};
	(void)state;

	if (!abi_native() || sizeof(long) != 8)
		skip();
	check_numbers(abi_native()->name, rows, ARRAY_SIZE(rows));
}

/* From asm-generic/unistd.h, which aarch64 and riscv64 use as it is. */
static void numbers_of_others_are_the_generic_ones(void **state)
{
	static const struct number rows[] = {
		{ "clone", 220 },
		{ "clone3", 435 },
		{ "fork", -1 },
		{ "vfork", -1 },
		{ "execve", 221 },
		{ "execveat", 281 },
		{ "exit", 93 },
		{ "exit_group", 94 },
		{ "mmap", 222 },
		{ "mprotect", 226 },
		{ "munmap", 215 },
		{ "madvise", 233 },
		{ "set_robust_list", 99 },
		{ "set_tid_address", 96 },
		{ "rseq", 293 },
		{ "arch_prctl", -1 },
		{ "prctl", 167 },
		{ "sigaltstack", 132 },
		{ "futex", 98 },
		{ "tgkill", 131 },
		{ "tkill", 130 },
		{ "ptrace", 117 },
		{ "pidfd_open", 434 },
		{ "sched_setaffinity", 122 },
		{ "sched_setscheduler", 119 },
		{ "sched_setattr", 274 },
		{ "setpriority", 140 },
		{ "setuid", 146 },
		{ "setgid", 144 },
		{ "setreuid", 145 },
		{ "setregid", 143 },
		{ "setresuid", 147 },
		{ "setresgid", 149 },
		{ "seccomp", 277 },
		{ "setgroups", 159 },
		{ "setfsuid", 151 },
		{ "setfsgid", 152 },
		{ "unshare", 97 },
		{ "setns", 268 },
	};
	(void)state;

	check_numbers("aarch64", rows, ARRAY_SIZE(rows));
	check_numbers("riscv64", rows, ARRAY_SIZE(rows));
}

/* From asm/unistd_32.h: mmap is mmap2, the setuid family are setuid32 and so on. */
static void numbers_of_i386_are_the_modern_ones(void **state)
{
	static const struct number rows[] = {
		{ "clone", 120 },
		{ "clone3", 435 },
		{ "fork", 2 },
		{ "vfork", 190 },
		{ "execve", 11 },
		{ "execveat", 358 },
		{ "exit", 1 },
		{ "exit_group", 252 },
		{ "mmap", 192 },
		{ "mprotect", 125 },
		{ "munmap", 91 },
		{ "madvise", 219 },
		{ "set_robust_list", 311 },
		{ "set_tid_address", 258 },
		{ "rseq", 386 },
		{ "arch_prctl", 384 },
		{ "prctl", 172 },
		{ "sigaltstack", 186 },
		{ "futex", 240 },
		{ "tgkill", 270 },
		{ "tkill", 238 },
		{ "ptrace", 26 },
		{ "pidfd_open", 434 },
		{ "sched_setaffinity", 241 },
		{ "sched_setscheduler", 156 },
		{ "sched_setattr", 351 },
		{ "setpriority", 97 },
		{ "setuid", 213 },
		{ "setgid", 214 },
		{ "setreuid", 203 },
		{ "setregid", 204 },
		{ "setresuid", 208 },
		{ "setresgid", 210 },
		{ "seccomp", 354 },
		{ "setgroups", 206 },
		{ "setfsuid", 215 },
		{ "setfsgid", 216 },
		{ "unshare", 310 },
		{ "setns", 346 },
	};
	(void)state;

	check_numbers("i386", rows, ARRAY_SIZE(rows));
}

static void number_tables_agree_in_both_directions(void **state)
{
	(void)state;

	for (size_t a = 0; a < ARRAY_SIZE(names); a++) {
		const struct abi *abi = abi_by_name(names[a]);
		unsigned known = 0, found = 0;
		for (int id = 0; id < CALL_IDS; id++) {
			int nr = call_nr(abi, (enum call_id)id);
			if (nr < 0)
				continue;
			known++;
			assert_true(nr < ABI_NR_MAX);
			assert_int_equal(call_by_nr(abi, (uint64_t)nr), id);
		}
		for (uint64_t nr = 0; nr < 2000; nr++)
			found += call_by_nr(abi, nr) != CALL_OTHER;
		assert_int_equal(known + abi->n_aliases, found);
		assert_int_equal(call_by_nr(abi, UINT64_MAX), CALL_OTHER);
		assert_int_equal(call_by_nr(abi, 0x40000000 + 56), CALL_OTHER);
	}
	assert_int_equal(call_by_nr(NULL, 56), CALL_OTHER);
}

static void rows_are_found_by_name(void **state)
{
	(void)state;

	assert_int_equal(call_by_name("clone", 5), CALL_clone);
	assert_int_equal(call_by_name("clone3", 6), CALL_clone3);
	assert_int_equal(call_by_name("clone3", 5), CALL_clone);
	assert_int_equal(call_by_name("open", 4), CALL_OTHER);
	assert_int_equal(call_by_name("", 0), CALL_OTHER);
	assert_string_equal(call_row(CALL_futex)->name, "futex");
	assert_null(call_row(CALL_OTHER));
	assert_int_equal(call_nr(abi_by_name("aarch64"), CALL_fork), -1);
	assert_int_equal(call_nr(abi_by_name("x86_64"), CALL_OTHER), -1);
	assert_int_equal(call_nr(NULL, CALL_fork), -1);
}

static void a_number_that_is_zero_can_be_told(void **state)
{
	int16_t nr[CALL_IDS] = { [CALL_exit] = NR_ZERO };
	struct abi abi = *abi_by_name("aarch64");
	(void)state;

	abi.nr = nr;
	assert_int_equal(call_nr(&abi, CALL_exit), 0);
}

static void registry_finds_by_name_and_key(void **state)
{
	(void)state;

	for (size_t a = 0; a < ARRAY_SIZE(names); a++) {
		const struct abi *abi = abi_by_name(names[a]);
		assert_string_equal(abi->name, names[a]);
		assert_ptr_equal(abi_by_audit(abi->audit_arch), abi);
		assert_ptr_equal(abi_by_regset_len(abi, abi->regset_len), abi);
	}
	assert_null(abi_by_name("vax"));
	assert_null(abi_by_audit(0));
	assert_int_equal(abi_by_name("x86_64")->audit_arch, AUDIT_ARCH_X86_64);
	assert_int_equal(abi_by_name("i386")->audit_arch, AUDIT_ARCH_I386);
	assert_int_equal(abi_by_name("aarch64")->audit_arch, AUDIT_ARCH_AARCH64);
	assert_int_equal(abi_by_name("riscv64")->audit_arch, AUDIT_ARCH_RISCV64);
}

static void regset_length_tells_32_bit_tasks_apart(void **state)
{
	const struct abi *x86_64 = abi_by_name("x86_64"), *i386 = abi_by_name("i386"),
			 *aarch64 = abi_by_name("aarch64");
	(void)state;

	assert_ptr_equal(abi_by_regset_len(x86_64, 216), x86_64);
	assert_ptr_equal(abi_by_regset_len(x86_64, 68), i386);
	assert_ptr_equal(abi_by_regset_len(i386, 68), i386);
	assert_ptr_equal(abi_by_regset_len(aarch64, 272), aarch64);
	assert_null(abi_by_regset_len(i386, 216));
	assert_null(abi_by_regset_len(aarch64, 68));
	assert_null(abi_by_regset_len(x86_64, 272));
	assert_null(abi_by_regset_len(x86_64, 0));
}

static void regset_of_another_length_is_refused(void **state)
{
	static const unsigned char bytes[512];
	(void)state;

	for (size_t a = 0; a < ARRAY_SIZE(names); a++) {
		const struct abi *abi = abi_by_name(names[a]);
		for (size_t len = 0; len < sizeof(bytes); len++) {
			struct regs r = { .pc = 77 };
			assert_int_equal(abi->regs_parse(bytes, len, &r), len == abi->regset_len ? 0 : -EINVAL);
			assert_int_equal(r.pc, len == abi->regset_len ? 0 : 77);
		}
	}
}

static void x86_64_offsets_are_those_of_the_system_header(void **state)
{
	struct regs r;
	(void)state;

#if defined(__x86_64__) && !defined(__ILP32__)
	struct user_regs_struct u = { 0 };
	assert_int_equal(sizeof(u), 216);
	u.orig_rax = 1;
	u.rdi = 2;
	u.rsi = 3;
	u.rdx = 4;
	u.r10 = 5;
	u.r8 = 6;
	u.r9 = 7;
	u.rax = (unsigned long long)-38;
	u.rip = 8;
	u.rsp = 9;
	u.fs_base = 0x7f3a8bef86c0;
	assert_int_equal(abi_by_name("x86_64")->regs_parse(&u, sizeof(u), &r), 0);
	assert_int_equal(r.nr, 1);
	for (unsigned i = 0; i < CALL_ARGS; i++)
		assert_int_equal(r.arg[i], 2 + i);
	assert_true((int64_t)r.ret == -38);
	assert_int_equal(r.pc, 8);
	assert_int_equal(r.sp, 9);
	assert_int_equal(r.tp, 0x7f3a8bef86c0);
	assert_true(r.tp_known);
#else
	(void)r;
	skip();
#endif
}

/* Registers by hand, each one its own place in the regset, in the byte order of the architecture. */
static void put(unsigned char *regset, size_t at, uint64_t value, size_t width)
{
	for (size_t i = 0; i < width; i++)
		regset[at + i] = (unsigned char)(value >> 8 * i);
}

static void x86_64_registers_are_read_at_fixed_offsets(void **state)
{
	unsigned char bytes[216] = { 0 };
	struct regs r;
	(void)state;

	for (size_t i = 0; i < 27; i++)
		put(bytes, 8 * i, 100 + i, 8);
	assert_int_equal(abi_by_name("x86_64")->regs_parse(bytes, sizeof(bytes), &r), 0);
	assert_int_equal(r.nr, 100 + 120 / 8);
	assert_int_equal(r.sp, 100 + 152 / 8);
	assert_int_equal(r.tp, 100 + 168 / 8);
	assert_int_equal(r.pc, 100 + 128 / 8);
	assert_true(r.gate_unknown);
	for (unsigned i = 0; i < CALL_ARGS; i++) { /* rbx, rcx, rdx, rsi, rdi, rbp */
		static const unsigned at[CALL_ARGS] = { 40, 88, 96, 104, 112, 32 };
		assert_int_equal(r.arg32[i], 100 + at[i] / 8);
	}
	put(bytes, 88, 100 + 128 / 8, 8); /* rcx = rip: as the syscall instruction leaves it */
	assert_int_equal(abi_by_name("x86_64")->regs_parse(bytes, sizeof(bytes), &r), 0);
	assert_false(r.gate_unknown);
}

static void i386_registers_are_widened_by_their_meaning(void **state)
{
	unsigned char bytes[68] = { 0 };
	struct regs r;
	(void)state;

	for (size_t i = 0; i < 6; i++)
		put(bytes, 4 * i, 0xf0000000 + i, 4); /* ebx ecx edx esi edi ebp */
	put(bytes, 24, (uint32_t)-38, 4);             /* eax */
	put(bytes, 44, (uint32_t)-1, 4);              /* orig_eax */
	put(bytes, 40, 0x63, 4);                      /* gs: GDT entry 12, privilege level 3 */
	put(bytes, 48, 0xf7fc0000, 4);                /* eip */
	put(bytes, 60, 0xffffd000, 4);                /* esp */
	assert_int_equal(abi_by_name("i386")->regs_parse(bytes, sizeof(bytes), &r), 0);
	for (unsigned i = 0; i < CALL_ARGS; i++)
		assert_int_equal(r.arg[i], 0xf0000000 + i);
	assert_true((int64_t)r.ret == -38);
	assert_true(r.nr == UINT64_MAX);
	assert_int_equal(r.pc, 0xf7fc0000);
	assert_int_equal(r.sp, 0xffffd000);
	assert_false(r.tp_known);
	assert_int_equal(r.tp_entry, 12);
}

static void the_thread_pointer_of_i386_is_the_base_of_the_descriptor_that_gs_selects(void **state)
{
	const struct abi *abi = abi_by_name("i386");
	/* entry number, base, limit, flags: struct user_desc */
	uint32_t desc[12] = { 13, 0x1000, 0xfffff, 0x51, 12, 0xf7d67b40, 0xfffff, 0x51, 14 };
	struct regs r = { .tp_entry = 12 };
	(void)state;

	assert_int_equal(abi->tp_parse(desc, sizeof(desc), &r), 0);
	assert_int_equal(r.tp, 0xf7d67b40);
	assert_int_equal(abi->tp_parse(desc, 20, &r), -EINVAL); /* cut before the base's entry is over */
	r.tp_entry = 3;
	assert_int_equal(abi->tp_parse(desc, sizeof(desc), &r), -EINVAL);
	r.tp_entry = 0; /* gs is not set: the program has no thread pointer */
	desc[0] = 0;
	assert_int_equal(abi->tp_parse(desc, sizeof(desc), &r), -EINVAL);
}

static void aarch64_registers_are_read_and_the_thread_pointer_is_elsewhere(void **state)
{
	unsigned char bytes[272] = { 0 };
	const struct abi *abi = abi_by_name("aarch64");
	struct regs r;
	(void)state;

	for (size_t i = 0; i < 31; i++)
		put(bytes, 8 * i, 0xaaaa000000000000 + i, 8);
	put(bytes, 248, 0xfffff000, 8); /* sp */
	put(bytes, 256, 0x400000, 8);   /* pc */
	assert_int_equal(abi->regs_parse(bytes, sizeof(bytes), &r), 0);
	for (unsigned i = 0; i < CALL_ARGS; i++)
		assert_true(r.arg[i] == 0xaaaa000000000000 + i);
	assert_true(r.ret == 0xaaaa000000000000);
	assert_true(r.nr == 0xaaaa000000000008);
	assert_int_equal(r.sp, 0xfffff000);
	assert_int_equal(r.pc, 0x400000);
	assert_true(r.link == 0xaaaa00000000001e);
	assert_false(r.tp_known);
	assert_int_equal(abi->tp_regset, 0x401);
}

static void riscv64_registers_are_read_at_fixed_offsets(void **state)
{
	unsigned char bytes[256] = { 0 };
	const struct abi *abi = abi_by_name("riscv64");
	struct regs r;
	(void)state;

	put(bytes, 0, 0x400000, 8); /* pc */
	for (size_t i = 1; i < 32; i++)
		put(bytes, 8 * i, 0xbbbb000000000000 + i, 8);
	assert_int_equal(abi->regs_parse(bytes, sizeof(bytes), &r), 0);
	assert_int_equal(r.pc, 0x400000);
	assert_true(r.link == 0xbbbb000000000001);
	assert_true(r.sp == 0xbbbb000000000002);
	assert_true(r.tp_known && r.tp == 0xbbbb000000000004);
	assert_true(r.ret == 0xbbbb00000000000a && r.arg[0] == r.ret);
	assert_true(r.arg[CALL_ARGS - 1] == 0xbbbb00000000000f);
	assert_true(r.nr == 0xbbbb000000000011);
	assert_null(abi->tp_regset ? abi : NULL);
}

static void another_machine_can_be_assumed(void **state)
{
	const struct abi *own = abi_native();
	(void)state;

	abi_assume(abi_by_name("aarch64"));
	assert_string_equal(abi_native()->name, "aarch64");
	assert_int_equal(abi_native()->rseq_sig, 0xd428bc00);
	abi_assume(NULL);
	assert_ptr_equal(abi_native(), own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_those_of_this_host),
		cmocka_unit_test(numbers_of_others_are_the_generic_ones),
		cmocka_unit_test(numbers_of_i386_are_the_modern_ones),
		cmocka_unit_test(number_tables_agree_in_both_directions),
		cmocka_unit_test(rows_are_found_by_name),
		cmocka_unit_test(a_number_that_is_zero_can_be_told),
		cmocka_unit_test(registry_finds_by_name_and_key),
		cmocka_unit_test(regset_length_tells_32_bit_tasks_apart),
		cmocka_unit_test(regset_of_another_length_is_refused),
		cmocka_unit_test(x86_64_offsets_are_those_of_the_system_header),
		cmocka_unit_test(x86_64_registers_are_read_at_fixed_offsets),
		cmocka_unit_test(i386_registers_are_widened_by_their_meaning),
		cmocka_unit_test(the_thread_pointer_of_i386_is_the_base_of_the_descriptor_that_gs_selects),
		cmocka_unit_test(aarch64_registers_are_read_and_the_thread_pointer_is_elsewhere),
		cmocka_unit_test(riscv64_registers_are_read_at_fixed_offsets),
		cmocka_unit_test(another_machine_can_be_assumed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
