/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#ifdef __x86_64__
#include <asm/prctl.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/rseq.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "tables/tables_impl.h"

/* Our table gives this name to the system's value. Names that the installed headers lack are not compared. */
static void check(const struct name_table *t, const char *name, uint64_t value)
{
	const char *ours = name_of(t->rows, t->n, value);

	if (!ours || strcmp(ours, name) != 0)
		fail_msg("%s (%#llx) is %s here", name, (unsigned long long)value, ours ? ours : "unknown");
}

static void memory_constants_are_those_of_the_system(void **state)
{
	(void)state;

	check(&table_prot, "PROT_READ", PROT_READ);
	check(&table_prot, "PROT_WRITE", PROT_WRITE);
	check(&table_prot, "PROT_EXEC", PROT_EXEC);
	check(&table_prot, "PROT_GROWSDOWN", PROT_GROWSDOWN);
	check(&table_prot, "PROT_GROWSUP", PROT_GROWSUP);
	check(&table_mmap_flags_x86, "MAP_FIXED", MAP_FIXED);
	check(&table_mmap_flags_x86, "MAP_ANONYMOUS", MAP_ANONYMOUS);
#ifdef MAP_32BIT
	check(&table_mmap_flags_x86, "MAP_32BIT", MAP_32BIT);
#endif
	check(&table_mmap_flags_x86, "MAP_NORESERVE", MAP_NORESERVE);
	check(&table_mmap_flags_x86, "MAP_POPULATE", MAP_POPULATE);
	check(&table_mmap_flags_x86, "MAP_NONBLOCK", MAP_NONBLOCK);
	check(&table_mmap_flags_x86, "MAP_GROWSDOWN", MAP_GROWSDOWN);
	check(&table_mmap_flags_x86, "MAP_DENYWRITE", MAP_DENYWRITE);
	check(&table_mmap_flags_x86, "MAP_EXECUTABLE", MAP_EXECUTABLE);
	check(&table_mmap_flags_x86, "MAP_LOCKED", MAP_LOCKED);
	check(&table_mmap_flags_x86, "MAP_STACK", MAP_STACK);
	check(&table_mmap_flags_x86, "MAP_HUGETLB", MAP_HUGETLB);
	check(&table_mmap_flags_x86, "MAP_SYNC", MAP_SYNC);
	check(&table_mmap_flags_x86, "MAP_FIXED_NOREPLACE", MAP_FIXED_NOREPLACE);
	check(&table_madvice, "MADV_NORMAL", MADV_NORMAL);
	check(&table_madvice, "MADV_RANDOM", MADV_RANDOM);
	check(&table_madvice, "MADV_SEQUENTIAL", MADV_SEQUENTIAL);
	check(&table_madvice, "MADV_WILLNEED", MADV_WILLNEED);
	check(&table_madvice, "MADV_DONTNEED", MADV_DONTNEED);
	check(&table_madvice, "MADV_FREE", MADV_FREE);
	check(&table_madvice, "MADV_REMOVE", MADV_REMOVE);
	check(&table_madvice, "MADV_DONTFORK", MADV_DONTFORK);
	check(&table_madvice, "MADV_DOFORK", MADV_DOFORK);
	check(&table_madvice, "MADV_MERGEABLE", MADV_MERGEABLE);
	check(&table_madvice, "MADV_UNMERGEABLE", MADV_UNMERGEABLE);
	check(&table_madvice, "MADV_HUGEPAGE", MADV_HUGEPAGE);
	check(&table_madvice, "MADV_NOHUGEPAGE", MADV_NOHUGEPAGE);
	check(&table_madvice, "MADV_DONTDUMP", MADV_DONTDUMP);
	check(&table_madvice, "MADV_DODUMP", MADV_DODUMP);
	check(&table_madvice, "MADV_WIPEONFORK", MADV_WIPEONFORK);
	check(&table_madvice, "MADV_KEEPONFORK", MADV_KEEPONFORK);
	check(&table_madvice, "MADV_COLD", MADV_COLD);
	check(&table_madvice, "MADV_PAGEOUT", MADV_PAGEOUT);
	check(&table_madvice, "MADV_POPULATE_READ", MADV_POPULATE_READ);
	check(&table_madvice, "MADV_POPULATE_WRITE", MADV_POPULATE_WRITE);
	check(&table_madvice, "MADV_DONTNEED_LOCKED", MADV_DONTNEED_LOCKED);
	check(&table_madvice, "MADV_HWPOISON", MADV_HWPOISON);
}

static void scheduling_constants_are_those_of_the_system(void **state)
{
	(void)state;

	check(&table_sched_policies, "SCHED_OTHER", SCHED_OTHER);
	check(&table_sched_policies, "SCHED_FIFO", SCHED_FIFO);
	check(&table_sched_policies, "SCHED_RR", SCHED_RR);
	check(&table_sched_policies, "SCHED_BATCH", SCHED_BATCH);
	check(&table_sched_policies, "SCHED_ISO", SCHED_ISO);
	check(&table_sched_policies, "SCHED_IDLE", SCHED_IDLE);
	check(&table_sched_policies, "SCHED_DEADLINE", SCHED_DEADLINE);
	check(&table_sched_flags, "SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK);
	check(&table_sched_flags, "SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM);
	check(&table_sched_flags, "SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN);
	check(&table_sched_flags, "SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY);
	check(&table_sched_flags, "SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS);
	check(&table_sched_flags, "SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN);
	check(&table_sched_flags, "SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX);
}

static void arch_prctl_constants_are_those_of_the_system(void **state)
{
	(void)state;

#ifdef __x86_64__ /* it is a call of x86 alone */
	check(&table_arch_prctl_ops, "ARCH_SET_GS", ARCH_SET_GS);
	check(&table_arch_prctl_ops, "ARCH_SET_FS", ARCH_SET_FS);
	check(&table_arch_prctl_ops, "ARCH_GET_FS", ARCH_GET_FS);
	check(&table_arch_prctl_ops, "ARCH_GET_GS", ARCH_GET_GS);
	check(&table_arch_prctl_ops, "ARCH_GET_CPUID", ARCH_GET_CPUID);
	check(&table_arch_prctl_ops, "ARCH_SET_CPUID", ARCH_SET_CPUID);
	check(&table_arch_prctl_ops, "ARCH_GET_XCOMP_SUPP", ARCH_GET_XCOMP_SUPP);
	check(&table_arch_prctl_ops, "ARCH_GET_XCOMP_PERM", ARCH_GET_XCOMP_PERM);
	check(&table_arch_prctl_ops, "ARCH_REQ_XCOMP_PERM", ARCH_REQ_XCOMP_PERM);
	check(&table_arch_prctl_ops, "ARCH_GET_XCOMP_GUEST_PERM", ARCH_GET_XCOMP_GUEST_PERM);
	check(&table_arch_prctl_ops, "ARCH_REQ_XCOMP_GUEST_PERM", ARCH_REQ_XCOMP_GUEST_PERM);
	check(&table_arch_prctl_ops, "ARCH_MAP_VDSO_X32", ARCH_MAP_VDSO_X32);
	check(&table_arch_prctl_ops, "ARCH_MAP_VDSO_32", ARCH_MAP_VDSO_32);
	check(&table_arch_prctl_ops, "ARCH_MAP_VDSO_64", ARCH_MAP_VDSO_64);
#endif
}

static void small_tables_are_those_of_the_system(void **state)
{
	(void)state;

	check(&table_at_flags, "AT_SYMLINK_NOFOLLOW", (uint32_t)AT_SYMLINK_NOFOLLOW);
	check(&table_at_flags, "AT_EMPTY_PATH", (uint32_t)AT_EMPTY_PATH);
	check(&table_ss_flags, "SS_ONSTACK", (uint32_t)SS_ONSTACK);
	check(&table_ss_flags, "SS_DISABLE", (uint32_t)SS_DISABLE);
	check(&table_prio_which, "PRIO_PROCESS", (uint32_t)PRIO_PROCESS);
	check(&table_prio_which, "PRIO_PGRP", (uint32_t)PRIO_PGRP);
	check(&table_prio_which, "PRIO_USER", (uint32_t)PRIO_USER);
	check(&table_map_types, "MAP_FILE", (uint32_t)MAP_FILE);
	check(&table_map_types, "MAP_SHARED", (uint32_t)MAP_SHARED);
	check(&table_map_types, "MAP_PRIVATE", (uint32_t)MAP_PRIVATE);
	check(&table_map_types, "MAP_SHARED_VALIDATE", (uint32_t)MAP_SHARED_VALIDATE);
}

static void prctl_operations_are_those_of_the_system(void **state)
{
	(void)state;

	assert_string_equal(prctl_op_by_value(PR_SET_PDEATHSIG)->name, "PR_SET_PDEATHSIG");
	assert_string_equal(prctl_op_by_value(PR_GET_PDEATHSIG)->name, "PR_GET_PDEATHSIG");
	assert_string_equal(prctl_op_by_value(PR_GET_DUMPABLE)->name, "PR_GET_DUMPABLE");
	assert_string_equal(prctl_op_by_value(PR_SET_DUMPABLE)->name, "PR_SET_DUMPABLE");
	assert_string_equal(prctl_op_by_value(PR_GET_UNALIGN)->name, "PR_GET_UNALIGN");
	assert_string_equal(prctl_op_by_value(PR_SET_UNALIGN)->name, "PR_SET_UNALIGN");
	assert_string_equal(prctl_op_by_value(PR_GET_KEEPCAPS)->name, "PR_GET_KEEPCAPS");
	assert_string_equal(prctl_op_by_value(PR_SET_KEEPCAPS)->name, "PR_SET_KEEPCAPS");
	assert_string_equal(prctl_op_by_value(PR_GET_FPEMU)->name, "PR_GET_FPEMU");
	assert_string_equal(prctl_op_by_value(PR_SET_FPEMU)->name, "PR_SET_FPEMU");
	assert_string_equal(prctl_op_by_value(PR_GET_FPEXC)->name, "PR_GET_FPEXC");
	assert_string_equal(prctl_op_by_value(PR_SET_FPEXC)->name, "PR_SET_FPEXC");
	assert_string_equal(prctl_op_by_value(PR_GET_TIMING)->name, "PR_GET_TIMING");
	assert_string_equal(prctl_op_by_value(PR_SET_TIMING)->name, "PR_SET_TIMING");
	assert_string_equal(prctl_op_by_value(PR_SET_NAME)->name, "PR_SET_NAME");
	assert_string_equal(prctl_op_by_value(PR_GET_NAME)->name, "PR_GET_NAME");
	assert_string_equal(prctl_op_by_value(PR_GET_ENDIAN)->name, "PR_GET_ENDIAN");
	assert_string_equal(prctl_op_by_value(PR_SET_ENDIAN)->name, "PR_SET_ENDIAN");
	assert_string_equal(prctl_op_by_value(PR_GET_SECCOMP)->name, "PR_GET_SECCOMP");
	assert_string_equal(prctl_op_by_value(PR_SET_SECCOMP)->name, "PR_SET_SECCOMP");
	assert_string_equal(prctl_op_by_value(PR_CAPBSET_READ)->name, "PR_CAPBSET_READ");
	assert_string_equal(prctl_op_by_value(PR_CAPBSET_DROP)->name, "PR_CAPBSET_DROP");
	assert_string_equal(prctl_op_by_value(PR_GET_TSC)->name, "PR_GET_TSC");
	assert_string_equal(prctl_op_by_value(PR_SET_TSC)->name, "PR_SET_TSC");
	assert_string_equal(prctl_op_by_value(PR_GET_SECUREBITS)->name, "PR_GET_SECUREBITS");
	assert_string_equal(prctl_op_by_value(PR_SET_SECUREBITS)->name, "PR_SET_SECUREBITS");
	assert_string_equal(prctl_op_by_value(PR_SET_TIMERSLACK)->name, "PR_SET_TIMERSLACK");
	assert_string_equal(prctl_op_by_value(PR_GET_TIMERSLACK)->name, "PR_GET_TIMERSLACK");
	assert_string_equal(prctl_op_by_value(PR_TASK_PERF_EVENTS_DISABLE)->name, "PR_TASK_PERF_EVENTS_DISABLE");
	assert_string_equal(prctl_op_by_value(PR_TASK_PERF_EVENTS_ENABLE)->name, "PR_TASK_PERF_EVENTS_ENABLE");
	assert_string_equal(prctl_op_by_value(PR_MCE_KILL)->name, "PR_MCE_KILL");
	assert_string_equal(prctl_op_by_value(PR_MCE_KILL_GET)->name, "PR_MCE_KILL_GET");
	assert_string_equal(prctl_op_by_value(PR_SET_MM)->name, "PR_SET_MM");
	assert_string_equal(prctl_op_by_value(PR_SET_CHILD_SUBREAPER)->name, "PR_SET_CHILD_SUBREAPER");
	assert_string_equal(prctl_op_by_value(PR_GET_CHILD_SUBREAPER)->name, "PR_GET_CHILD_SUBREAPER");
	assert_string_equal(prctl_op_by_value(PR_SET_NO_NEW_PRIVS)->name, "PR_SET_NO_NEW_PRIVS");
	assert_string_equal(prctl_op_by_value(PR_GET_NO_NEW_PRIVS)->name, "PR_GET_NO_NEW_PRIVS");
	assert_string_equal(prctl_op_by_value(PR_GET_TID_ADDRESS)->name, "PR_GET_TID_ADDRESS");
	assert_string_equal(prctl_op_by_value(PR_SET_THP_DISABLE)->name, "PR_SET_THP_DISABLE");
	assert_string_equal(prctl_op_by_value(PR_GET_THP_DISABLE)->name, "PR_GET_THP_DISABLE");
	assert_string_equal(prctl_op_by_value(PR_MPX_ENABLE_MANAGEMENT)->name, "PR_MPX_ENABLE_MANAGEMENT");
	assert_string_equal(prctl_op_by_value(PR_MPX_DISABLE_MANAGEMENT)->name, "PR_MPX_DISABLE_MANAGEMENT");
	assert_string_equal(prctl_op_by_value(PR_SET_FP_MODE)->name, "PR_SET_FP_MODE");
	assert_string_equal(prctl_op_by_value(PR_GET_FP_MODE)->name, "PR_GET_FP_MODE");
	assert_string_equal(prctl_op_by_value(PR_CAP_AMBIENT)->name, "PR_CAP_AMBIENT");
	assert_string_equal(prctl_op_by_value(PR_SVE_SET_VL)->name, "PR_SVE_SET_VL");
	assert_string_equal(prctl_op_by_value(PR_SVE_GET_VL)->name, "PR_SVE_GET_VL");
	assert_string_equal(prctl_op_by_value(PR_GET_SPECULATION_CTRL)->name, "PR_GET_SPECULATION_CTRL");
	assert_string_equal(prctl_op_by_value(PR_SET_SPECULATION_CTRL)->name, "PR_SET_SPECULATION_CTRL");
	assert_string_equal(prctl_op_by_value(PR_PAC_RESET_KEYS)->name, "PR_PAC_RESET_KEYS");
	assert_string_equal(prctl_op_by_value(PR_SET_TAGGED_ADDR_CTRL)->name, "PR_SET_TAGGED_ADDR_CTRL");
	assert_string_equal(prctl_op_by_value(PR_GET_TAGGED_ADDR_CTRL)->name, "PR_GET_TAGGED_ADDR_CTRL");
	assert_string_equal(prctl_op_by_value(PR_SET_IO_FLUSHER)->name, "PR_SET_IO_FLUSHER");
	assert_string_equal(prctl_op_by_value(PR_GET_IO_FLUSHER)->name, "PR_GET_IO_FLUSHER");
	assert_string_equal(prctl_op_by_value(PR_SET_SYSCALL_USER_DISPATCH)->name, "PR_SET_SYSCALL_USER_DISPATCH");
	assert_string_equal(prctl_op_by_value(PR_PAC_SET_ENABLED_KEYS)->name, "PR_PAC_SET_ENABLED_KEYS");
	assert_string_equal(prctl_op_by_value(PR_PAC_GET_ENABLED_KEYS)->name, "PR_PAC_GET_ENABLED_KEYS");
	assert_string_equal(prctl_op_by_value(PR_SCHED_CORE)->name, "PR_SCHED_CORE");
	assert_string_equal(prctl_op_by_value(PR_SME_SET_VL)->name, "PR_SME_SET_VL");
	assert_string_equal(prctl_op_by_value(PR_SME_GET_VL)->name, "PR_SME_GET_VL");
	assert_string_equal(prctl_op_by_value(PR_SET_PTRACER)->name, "PR_SET_PTRACER");
	assert_string_equal(prctl_op_by_value(PR_SET_VMA)->name, "PR_SET_VMA");
	assert_null(prctl_op_by_value(9999));
}

static void futex_operations_are_those_of_the_system(void **state)
{
	(void)state;

	assert_string_equal(futex_op_by_value(FUTEX_WAIT)->name, "FUTEX_WAIT");
	assert_string_equal(futex_op_by_value(FUTEX_WAKE)->name, "FUTEX_WAKE");
	assert_string_equal(futex_op_by_value(FUTEX_FD)->name, "FUTEX_FD");
	assert_string_equal(futex_op_by_value(FUTEX_REQUEUE)->name, "FUTEX_REQUEUE");
	assert_string_equal(futex_op_by_value(FUTEX_CMP_REQUEUE)->name, "FUTEX_CMP_REQUEUE");
	assert_string_equal(futex_op_by_value(FUTEX_WAKE_OP)->name, "FUTEX_WAKE_OP");
	assert_string_equal(futex_op_by_value(FUTEX_LOCK_PI)->name, "FUTEX_LOCK_PI");
	assert_string_equal(futex_op_by_value(FUTEX_UNLOCK_PI)->name, "FUTEX_UNLOCK_PI");
	assert_string_equal(futex_op_by_value(FUTEX_TRYLOCK_PI)->name, "FUTEX_TRYLOCK_PI");
	assert_string_equal(futex_op_by_value(FUTEX_WAIT_BITSET)->name, "FUTEX_WAIT_BITSET");
	assert_string_equal(futex_op_by_value(FUTEX_WAKE_BITSET)->name, "FUTEX_WAKE_BITSET");
	assert_string_equal(futex_op_by_value(FUTEX_WAIT_REQUEUE_PI)->name, "FUTEX_WAIT_REQUEUE_PI");
	assert_string_equal(futex_op_by_value(FUTEX_CMP_REQUEUE_PI)->name, "FUTEX_CMP_REQUEUE_PI");
	assert_string_equal(futex_op_by_value(FUTEX_LOCK_PI2)->name, "FUTEX_LOCK_PI2");
	assert_null(futex_op_by_value(14));
}

static void errnos_are_those_of_the_system(void **state)
{
	(void)state;

	for (int err = 1; err < 4096; err++) {
		const char *name = strerrorname_np(err);
		if (name && err < 512) {
			assert_non_null(errno_name(err));
			assert_string_equal(errno_name(err), name);
			assert_string_equal(errno_text(err), strerror(err));
		} else if (err < 512 && err != 134) { /* EFTYPE came with Linux 7.2 */
			assert_null(errno_name(err));
			assert_null(errno_text(err));
		}
	}
	assert_string_equal(errno_name(512), "ERESTARTSYS");
	assert_string_equal(errno_name(516), "ERESTART_RESTARTBLOCK");
	assert_null(errno_name(0));
	assert_null(errno_name(-1));
	assert_null(errno_text(-1));
	assert_null(errno_name(100000));
}

static void signals_are_those_of_the_system(void **state)
{
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 100);
	for (int sig = 1; sig < 32; sig++) {
		outbuf_clear(&out);
		assert_true(signal_format(&out, (unsigned)sig));
		assert_memory_equal(outbuf_str(&out), "SIG", 3);
		if (sig != SIGIO)
			assert_string_equal(outbuf_str(&out) + 3, sigabbrev_np(sig));
	}
	outbuf_clear(&out);
	assert_true(signal_format(&out, 32));
	assert_true(signal_format(&out, 33));
	assert_true(signal_format(&out, 64));
	assert_false(signal_format(&out, 0));
	assert_false(signal_format(&out, 65));
	assert_false(signal_format(&out, UINT32_MAX));
	assert_string_equal(outbuf_str(&out), "SIGRTMINSIGRT_1SIGRT_32");
	outbuf_release(&out);
}

static void si_codes_are_those_of_the_system(void **state)
{
	(void)state;

	assert_string_equal(si_code_name(SIGUSR1, SI_USER), "SI_USER");
	assert_string_equal(si_code_name(SIGUSR1, SI_KERNEL), "SI_KERNEL");
	assert_string_equal(si_code_name(SIGUSR1, SI_QUEUE), "SI_QUEUE");
	assert_string_equal(si_code_name(SIGUSR1, SI_TIMER), "SI_TIMER");
	assert_string_equal(si_code_name(SIGUSR1, SI_MESGQ), "SI_MESGQ");
	assert_string_equal(si_code_name(SIGUSR1, SI_ASYNCIO), "SI_ASYNCIO");
	assert_string_equal(si_code_name(SIGUSR1, SI_SIGIO), "SI_SIGIO");
	assert_string_equal(si_code_name(SIGUSR1, SI_TKILL), "SI_TKILL");
	assert_string_equal(si_code_name(SIGUSR1, -7), "SI_DETHREAD");
	assert_string_equal(si_code_name(SIGUSR1, SI_ASYNCNL), "SI_ASYNCNL");
	assert_string_equal(si_code_name(SIGILL, ILL_ILLOPC), "ILL_ILLOPC");
	assert_string_equal(si_code_name(SIGILL, ILL_ILLOPN), "ILL_ILLOPN");
	assert_string_equal(si_code_name(SIGILL, ILL_ILLADR), "ILL_ILLADR");
	assert_string_equal(si_code_name(SIGILL, ILL_ILLTRP), "ILL_ILLTRP");
	assert_string_equal(si_code_name(SIGILL, ILL_PRVOPC), "ILL_PRVOPC");
	assert_string_equal(si_code_name(SIGILL, ILL_PRVREG), "ILL_PRVREG");
	assert_string_equal(si_code_name(SIGILL, ILL_COPROC), "ILL_COPROC");
	assert_string_equal(si_code_name(SIGILL, ILL_BADSTK), "ILL_BADSTK");
	assert_string_equal(si_code_name(SIGILL, ILL_BADIADDR), "ILL_BADIADDR");
	assert_string_equal(si_code_name(SIGFPE, FPE_INTDIV), "FPE_INTDIV");
	assert_string_equal(si_code_name(SIGFPE, FPE_INTOVF), "FPE_INTOVF");
	assert_string_equal(si_code_name(SIGFPE, FPE_FLTDIV), "FPE_FLTDIV");
	assert_string_equal(si_code_name(SIGFPE, FPE_FLTOVF), "FPE_FLTOVF");
	assert_string_equal(si_code_name(SIGFPE, FPE_FLTUND), "FPE_FLTUND");
	assert_string_equal(si_code_name(SIGFPE, FPE_FLTRES), "FPE_FLTRES");
	assert_string_equal(si_code_name(SIGFPE, FPE_FLTINV), "FPE_FLTINV");
	assert_string_equal(si_code_name(SIGFPE, FPE_FLTSUB), "FPE_FLTSUB");
	assert_string_equal(si_code_name(SIGFPE, FPE_FLTUNK), "FPE_FLTUNK");
	assert_string_equal(si_code_name(SIGFPE, FPE_CONDTRAP), "FPE_CONDTRAP");
	assert_string_equal(si_code_name(SIGSEGV, SEGV_MAPERR), "SEGV_MAPERR");
	assert_string_equal(si_code_name(SIGSEGV, SEGV_ACCERR), "SEGV_ACCERR");
	assert_string_equal(si_code_name(SIGSEGV, SEGV_BNDERR), "SEGV_BNDERR");
	assert_string_equal(si_code_name(SIGSEGV, SEGV_PKUERR), "SEGV_PKUERR");
	assert_string_equal(si_code_name(SIGSEGV, SEGV_ACCADI), "SEGV_ACCADI");
	assert_string_equal(si_code_name(SIGSEGV, SEGV_ADIDERR), "SEGV_ADIDERR");
	assert_string_equal(si_code_name(SIGSEGV, SEGV_ADIPERR), "SEGV_ADIPERR");
	assert_string_equal(si_code_name(SIGSEGV, SEGV_MTEAERR), "SEGV_MTEAERR");
	assert_string_equal(si_code_name(SIGSEGV, SEGV_MTESERR), "SEGV_MTESERR");
	assert_string_equal(si_code_name(SIGSEGV, 10), "SEGV_CPERR");
	assert_string_equal(si_code_name(SIGBUS, BUS_ADRALN), "BUS_ADRALN");
	assert_string_equal(si_code_name(SIGBUS, BUS_ADRERR), "BUS_ADRERR");
	assert_string_equal(si_code_name(SIGBUS, BUS_OBJERR), "BUS_OBJERR");
	assert_string_equal(si_code_name(SIGBUS, BUS_MCEERR_AR), "BUS_MCEERR_AR");
	assert_string_equal(si_code_name(SIGBUS, BUS_MCEERR_AO), "BUS_MCEERR_AO");
	assert_string_equal(si_code_name(SIGTRAP, TRAP_BRKPT), "TRAP_BRKPT");
	assert_string_equal(si_code_name(SIGTRAP, TRAP_TRACE), "TRAP_TRACE");
	assert_string_equal(si_code_name(SIGTRAP, TRAP_BRANCH), "TRAP_BRANCH");
	assert_string_equal(si_code_name(SIGTRAP, TRAP_HWBKPT), "TRAP_HWBKPT");
	assert_string_equal(si_code_name(SIGTRAP, TRAP_UNK), "TRAP_UNK");
	assert_string_equal(si_code_name(SIGTRAP, 6), "TRAP_PERF");
	assert_string_equal(si_code_name(SIGCHLD, CLD_EXITED), "CLD_EXITED");
	assert_string_equal(si_code_name(SIGCHLD, CLD_KILLED), "CLD_KILLED");
	assert_string_equal(si_code_name(SIGCHLD, CLD_DUMPED), "CLD_DUMPED");
	assert_string_equal(si_code_name(SIGCHLD, CLD_TRAPPED), "CLD_TRAPPED");
	assert_string_equal(si_code_name(SIGCHLD, CLD_STOPPED), "CLD_STOPPED");
	assert_string_equal(si_code_name(SIGCHLD, CLD_CONTINUED), "CLD_CONTINUED");
	assert_string_equal(si_code_name(SIGIO, POLL_IN), "POLL_IN");
	assert_string_equal(si_code_name(SIGIO, POLL_OUT), "POLL_OUT");
	assert_string_equal(si_code_name(SIGIO, POLL_MSG), "POLL_MSG");
	assert_string_equal(si_code_name(SIGIO, POLL_ERR), "POLL_ERR");
	assert_string_equal(si_code_name(SIGIO, POLL_PRI), "POLL_PRI");
	assert_string_equal(si_code_name(SIGIO, POLL_HUP), "POLL_HUP");
	assert_string_equal(si_code_name(SIGSYS, 1), "SYS_SECCOMP");
	assert_string_equal(si_code_name(SIGSYS, 2), "SYS_USER_DISPATCH");
	assert_string_equal(si_code_name(SIGSEGV, SI_USER), "SI_USER");
	assert_string_equal(si_code_name(SIGRTMIN, SI_QUEUE), "SI_QUEUE");
	assert_null(si_code_name(SIGSEGV, 99));
	assert_null(si_code_name(SIGUSR1, 1));
}

static void flags_join_names_and_keep_unknown_bits(void **state)
{
	static const struct name_row rows[] = { { "NONE", 0 }, { "A", 1 }, { "B", 2 }, { "AC", 5 } };
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 200);
	for (uint64_t v = 0; v < 8; v++) {
		flags_format(&out, rows, ARRAY_SIZE(rows), v);
		outbuf_putc(&out, ' ');
	}
	flags_format(&out, rows, ARRAY_SIZE(rows), 0x8000000000000001);
	assert_string_equal(outbuf_str(&out), "0 A B A|B 0x4 A|0x4 B|0x4 A|B|0x4 A|0x8000000000000000");
	outbuf_release(&out);
	assert_string_equal(name_of(rows, ARRAY_SIZE(rows), 0), "NONE");
	assert_null(name_of(rows, ARRAY_SIZE(rows), 3));
}

static void clone_flags_have_names(void **state)
{
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 2000);
	clone_flags_format(&out, CLONE_VM | CLONE_THREAD | CLONE_INTO_CGROUP);
	outbuf_putc(&out, ' ');
	clone_flags_format(&out, 0);
	outbuf_putc(&out, ' ');
	clone_flags_format(&out, 1ULL << 63);
	assert_string_equal(outbuf_str(&out), "CLONE_VM|CLONE_THREAD|CLONE_INTO_CGROUP 0 0x8000000000000000");
	outbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_constants_are_those_of_the_system),
		cmocka_unit_test(scheduling_constants_are_those_of_the_system),
		cmocka_unit_test(arch_prctl_constants_are_those_of_the_system),
		cmocka_unit_test(small_tables_are_those_of_the_system),
		cmocka_unit_test(prctl_operations_are_those_of_the_system),
		cmocka_unit_test(futex_operations_are_those_of_the_system),
		cmocka_unit_test(errnos_are_those_of_the_system),
		cmocka_unit_test(signals_are_those_of_the_system),
		cmocka_unit_test(si_codes_are_those_of_the_system),
		cmocka_unit_test(flags_join_names_and_keep_unknown_bits),
		cmocka_unit_test(clone_flags_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
