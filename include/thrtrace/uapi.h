/* SPDX-License-Identifier: MIT */
/*
 * Numbers of the kernel's interface that decoding depends on: the same on every architecture that is described, and
 * independent of how new the installed headers are. Each has a last _, so that it can stand beside the header's own.
 *
 * decode/tables/uapi.c holds them against the installed headers. What is only shown, and never decided by, is a row of
 * decode/tables/ and no number here.
 */
#ifndef THRTRACE_UAPI_H
#define THRTRACE_UAPI_H

#include <stdint.h>

/* clone(2), clone3, unshare, setns: include/uapi/linux/sched.h */
#define CLONE_SIGNAL_MASK_    UINT64_C(0xff) /* CSIGNAL: the exit signal in clone(2)'s word */
#define CLONE_VM_             UINT64_C(0x100)
#define CLONE_FS_             UINT64_C(0x200)
#define CLONE_FILES_          UINT64_C(0x400)
#define CLONE_SIGHAND_        UINT64_C(0x800)
#define CLONE_PIDFD_          UINT64_C(0x1000)
#define CLONE_PTRACE_         UINT64_C(0x2000)
#define CLONE_VFORK_          UINT64_C(0x4000)
#define CLONE_PARENT_         UINT64_C(0x8000)
#define CLONE_THREAD_         UINT64_C(0x10000)
#define CLONE_NEWNS_          UINT64_C(0x20000)
#define CLONE_SYSVSEM_        UINT64_C(0x40000)
#define CLONE_SETTLS_         UINT64_C(0x80000)
#define CLONE_PARENT_SETTID_  UINT64_C(0x100000)
#define UNSHARE_EMPTY_MNTNS_  UINT64_C(0x100000)
#define CLONE_CHILD_CLEARTID_ UINT64_C(0x200000)
#define CLONE_DETACHED_       UINT64_C(0x400000)
#define CLONE_UNTRACED_       UINT64_C(0x800000)
#define CLONE_CHILD_SETTID_   UINT64_C(0x1000000)
#define CLONE_NEWCGROUP_      UINT64_C(0x2000000)
#define CLONE_NEWUTS_         UINT64_C(0x4000000)
#define CLONE_NEWIPC_         UINT64_C(0x8000000)
#define CLONE_NEWUSER_        UINT64_C(0x10000000)
#define CLONE_NEWPID_         UINT64_C(0x20000000)
#define CLONE_NEWNET_         UINT64_C(0x40000000)
#define CLONE_IO_             UINT64_C(0x80000000)
#define CLONE_CLEAR_SIGHAND_  UINT64_C(0x100000000)
#define CLONE_INTO_CGROUP_    UINT64_C(0x200000000)
#define CLONE_AUTOREAP_       UINT64_C(0x400000000)
#define CLONE_NNP_            UINT64_C(0x800000000)
#define CLONE_PIDFD_AUTOKILL_ UINT64_C(0x1000000000)
#define CLONE_EMPTY_MNTNS_    UINT64_C(0x2000000000)
#define CLONE_NEWTIME_        UINT64_C(0x80)

/* The namespaces that CAP_SYS_ADMIN is asked for; CLONE_NEWUSER needs no privilege. */
#define CLONE_NS_PRIVILEGED_                                                                                           \
	(CLONE_NEWTIME_ | CLONE_NEWNS_ | CLONE_NEWCGROUP_ | CLONE_NEWUTS_ | CLONE_NEWIPC_ | CLONE_NEWPID_ |            \
		CLONE_NEWNET_)
#define CLONE_NS_ALL_ (CLONE_NS_PRIVILEGED_ | CLONE_NEWUSER_)

/* madvise(2): include/uapi/asm-generic/mman-common.h, Linux 6.13 */
#define MADV_GUARD_INSTALL_ 102U
#define MADV_GUARD_REMOVE_  103U

/* arch_prctl(2): arch/x86/include/uapi/asm/prctl.h */
#define ARCH_SET_GS_ 0x1001U
#define ARCH_SET_FS_ 0x1002U

/* prctl(2): include/uapi/linux/prctl.h */
#define PR_SET_NAME_          15U
#define PR_SET_PDEATHSIG_     1U
#define PR_SET_SECCOMP_       22U
#define PR_SET_VMA_           0x53564d41U
#define PR_SET_VMA_ANON_NAME_ 0U /* its only sub-operation */

/* futex(2): include/uapi/linux/futex.h */
#define MAP_FIXED_NOREPLACE_    0x100000U
#define FUTEX_WAIT_             0U
#define FUTEX_WAIT_BITSET_      9U
#define FUTEX_PRIVATE_FLAG_     128U
#define FUTEX_CLOCK_REALTIME_   256U
#define FUTEX_ROBUST_UNLOCK_    512U  /* from Linux 7.2 on: the call unlocks it, and clears list_op_pending, too */
#define FUTEX_ROBUST_LIST32_    1024U /* that one is of 32 bits */
#define FUTEX_BITSET_MATCH_ANY_ 0xffffffffU
#define FUTEX_WAITERS_          0x80000000U
#define FUTEX_TID_MASK_         0x3fffffffU

/* What may stand beside the operation. */
#define FUTEX_FLAGS_    (FUTEX_PRIVATE_FLAG_ | FUTEX_CLOCK_REALTIME_ | FUTEX_ROBUST_UNLOCK_ | FUTEX_ROBUST_LIST32_)
#define FUTEX_CMD_MASK_ (~FUTEX_FLAGS_)

/* ptrace(2): include/uapi/linux/ptrace.h */
#define PTRACE_TRACEME_ 0U
#define PTRACE_ATTACH_  16U
#define PTRACE_SEIZE_   0x4206U

/* seccomp(2): include/uapi/linux/seccomp.h */
#define SECCOMP_MODE_STRICT_       1U
#define SECCOMP_SET_MODE_STRICT_   0U
#define SECCOMP_SET_MODE_FILTER_   1U
#define SECCOMP_FILTER_FLAG_TSYNC_ 1U

#define RSEQ_FLAG_UNREGISTER_ 1U /* rseq: include/uapi/linux/rseq.h */
#define SS_DISABLE_           2U /* sigaltstack(2): include/uapi/linux/signal.h */

/* Errors are the results from -MAX_ERRNO_ to -1: include/linux/err.h */
#define MAX_ERRNO_ 4095

#endif
