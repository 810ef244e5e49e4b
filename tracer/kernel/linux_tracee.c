/* SPDX-License-Identifier: MIT */
/* Requests to one tracee. No other file calls ptrace. */
#include "kernel/linux_door.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "kernel/kernel_arch.h"

long linux_request(int req, pid_t tid, void *addr, void *data)
{
	errno = 0;
	long r = ptrace((enum __ptrace_request)req, tid, addr, data);

	return r == -1 && errno ? -errno : r;
}

void linux_forget_answers(struct linux_door *d, pid_t tid)
{
	for (unsigned i = 0; i < KEPT_REGS; i++)
		if (d->regs[i].tid == tid)
			d->regs[i].tid = 0;
	for (unsigned i = 0; i < KEPT_THERE; i++)
		if (d->there[i].tid == tid)
			d->there[i].tid = 0;
	if (d->shares.tid == tid)
		d->shares.tid = 0;
	if (d->creator == tid)
		d->creator = 0;
}

void linux_forget_stop(struct linux_door *d, pid_t tid)
{
	linux_forget_answers(d, tid);
	if (d->mem.tid[0] == tid || d->mem.tid[1] == tid)
		d->mem.n = 0;
}

int linux_resume(void *ctx, pid_t tid, enum resume_op op, int sig)
{
	static const int requests[] = {
		[RESUME_CONT] = PTRACE_CONT,
		[RESUME_SYSCALL] = PTRACE_SYSCALL,
		[RESUME_LISTEN] = PTRACE_LISTEN,
		[RESUME_DETACH] = PTRACE_DETACH,
	};
	struct linux_door *d = ctx;

	if (op == RESUME_NONE)
		return 0;
	linux_forget_stop(d, tid);
	int err = (int)linux_request(requests[op], tid, NULL, (void *)(uintptr_t)(op == RESUME_LISTEN ? 0 : sig));
	if (op != RESUME_DETACH || err)
		waiter_resumed(d->waiter, tid);
	else
		waiter_left(d->waiter, tid);
	return err;
}

int linux_seize(void *ctx, pid_t tid, uint64_t options)
{
	struct linux_door *d = ctx;
	int err = (int)linux_request(PTRACE_SEIZE, tid, NULL, (void *)(uintptr_t)options);

	if (!err)
		waiter_expect(d->waiter, tid);
	return err;
}

int linux_interrupt(void *ctx, pid_t tid)
{
	(void)ctx;
	return (int)linux_request(PTRACE_INTERRUPT, tid, NULL, NULL);
}

int linux_event_msg(void *ctx, pid_t tid, uint64_t *ret)
{
	const struct linux_door *d = ctx;
	unsigned long msg = d->created;
	long r = d->creator == tid ? 0 : linux_request(PTRACE_GETEVENTMSG, tid, NULL, &msg);

	if (r < 0)
		return (int)r;
	*ret = msg;
	return 0;
}

int linux_siginfo(void *ctx, pid_t tid, siginfo_t *ret)
{
	(void)ctx;
	return (int)linux_request(PTRACE_GETSIGINFO, tid, NULL, ret);
}

int linux_syscall_stop(void *ctx, pid_t tid, struct syscall_stop *ret)
{
	struct __ptrace_syscall_info info;
	(void)ctx;

	memset(&info, 0, sizeof(info));
	long n = linux_request(PTRACE_GET_SYSCALL_INFO, tid, (void *)sizeof(info), &info);
	if (n < 0)
		return (int)n;
	memset(ret, 0, sizeof(*ret));
	ret->arch = info.arch;
	ret->pc = info.instruction_pointer;
	ret->sp = info.stack_pointer;
	switch (info.op) {
	case PTRACE_SYSCALL_INFO_ENTRY:
		ret->phase = PHASE_ENTRY;
		ret->nr = info.entry.nr;
		memcpy(ret->arg, info.entry.args, sizeof(ret->arg));
		break;
	case PTRACE_SYSCALL_INFO_SECCOMP:
		ret->phase = PHASE_SECCOMP;
		ret->foreign = info.seccomp.ret_data != KERNEL_FILTER_DATA;
		ret->nr = info.seccomp.nr;
		memcpy(ret->arg, info.seccomp.args, sizeof(ret->arg));
		break;
	case PTRACE_SYSCALL_INFO_EXIT:
		ret->phase = PHASE_EXIT;
		ret->result = info.exit.rval;
		break;
	default:
		ret->phase = PHASE_NONE;
		break;
	}
	return 0;
}

ssize_t linux_regset(void *ctx, pid_t tid, int type, void *buf, size_t n)
{
	struct linux_door *d = ctx;
	struct kept_regs *k;
	struct iovec iov = { buf, n };

	for (k = d->regs; type == NT_PRSTATUS && k < d->regs + KEPT_REGS; k++) {
		if (k->tid != tid || (size_t)k->len > n)
			continue;
		memcpy(buf, k->raw, (size_t)k->len);
		return k->len;
	}
	long r = linux_request(PTRACE_GETREGSET, tid, (void *)(uintptr_t)type, &iov);
	if (r < 0)
		return (ssize_t)r;
	if (type == NT_PRSTATUS && iov.iov_len <= sizeof(k->raw)) {
		k = &d->regs[d->next_regs++ % KEPT_REGS];
		k->tid = tid;
		k->len = (long)iov.iov_len;
		memcpy(k->raw, buf, iov.iov_len);
	}
	return (ssize_t)iov.iov_len;
}

int linux_rseq(void *ctx, pid_t tid, taddr *ret)
{
	struct __ptrace_rseq_configuration conf;
	(void)ctx;

	memset(&conf, 0, sizeof(conf));
	long r = linux_request(PTRACE_GET_RSEQ_CONFIGURATION, tid, (void *)sizeof(conf), &conf);
	if (r < 0)
		return (int)r;
	*ret = conf.rseq_abi_pointer;
	return 0;
}

static int poke(pid_t tid, size_t at, uint64_t value)
{
	return (int)linux_request(PTRACE_POKEUSER, tid, (void *)at, (void *)(uintptr_t)value);
}

static int set_general(pid_t tid, unsigned word, uint64_t value)
{
	uint64_t raw[64];
	struct iovec iov = { raw, sizeof(raw) };
	void *set = (void *)(uintptr_t)NT_PRSTATUS;

	int err = (int)linux_request(PTRACE_GETREGSET, tid, set, &iov);
	raw[word] = value;
	return err ? err : (int)linux_request(PTRACE_SETREGSET, tid, set, &iov);
}

int linux_set_arg0(void *ctx, pid_t tid, uint32_t arch, uint64_t value)
{
	(void)ctx;
	if (kernel_arch.arg0_at)
		return poke(tid, kernel_arch.arg0_at(arch), value);
	return kernel_arch.nr_regset ? set_general(tid, kernel_arch.result_word, value) : -EOPNOTSUPP;
}

int linux_refuse_call(void *ctx, pid_t tid, int error)
{
	const uint64_t refused = (uint64_t)(int64_t)-error;
	int none = -1;
	struct iovec iov = { &none, sizeof(none) };

	linux_forget_answers(ctx, tid);
	if (kernel_arch.nr_at) {
		int err = poke(tid, kernel_arch.nr_at, (uint64_t)-1);
		return err ? err : poke(tid, kernel_arch.result_at, refused);
	}
	if (!kernel_arch.nr_regset)
		return -EOPNOTSUPP;
	int err = (int)linux_request(PTRACE_SETREGSET, tid, (void *)(uintptr_t)kernel_arch.nr_regset, &iov);
	return err ? err : set_general(tid, kernel_arch.result_word, refused);
}
