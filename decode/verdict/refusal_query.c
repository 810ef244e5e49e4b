/* SPDX-License-Identifier: MIT */
/* What a call asks for, as the kernel reads it. */
#include "verdict/refusals.h"

#include <thrtrace/page.h>

uint64_t refusal_flags(const struct verdict_query *q)
{
	uint64_t f = q->flags;

	switch (q->call) {
	case VC_CLONE: /* kernel/fork.c: lower_32_bits(clone_flags) & ~CSIGNAL */
		return q->clone->flags & UINT32_MAX & ~CLONE_SIGNAL_MASK_;
	case VC_CLONE3: /* EMPTY_MNTNS brings a mount namespace with it (7.1) */
		f = q->clone->flags;
		return f & CLONE_EMPTY_MNTNS_ ? f | CLONE_NEWNS_ : f;
	case VC_VFORK:
		return CLONE_VM_ | CLONE_VFORK_;
	case VC_UNSHARE: /* ksys_unshare */
		if (f & CLONE_NEWUSER_)
			f |= CLONE_THREAD_ | CLONE_FS_;
		if (f & CLONE_VM_)
			f |= CLONE_SIGHAND_;
		if (f & CLONE_SIGHAND_)
			f |= CLONE_THREAD_;
		return f & CLONE_NEWNS_ ? f | CLONE_FS_ : f;
	case VC_SETNS: /* 0: of whatever kind the descriptor is */
		return f || !q->args ? f : q->args->fd.kind;
	case VC_FORK:
	case VC_MMAP:
	case VC_MPROTECT:
	case VC_SETSCHEDULER:
	case VC_SETAFFINITY:
	case VC_SETPRIORITY:
	case VC_CALLS:
		break;
	}
	return 0;
}

uint64_t refusal_bytes(const struct verdict_query *q)
{
	uint64_t bytes = q->args ? q->args->bytes : 0, page = page_bytes_or_least(q->who->page_bytes);

	return bytes > UINT64_MAX - page ? bytes : page_round_up(bytes, page);
}
