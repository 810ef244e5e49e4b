/* SPDX-License-Identifier: MIT */
/*
 * The kernel says EPERM to nearly everything (kernel/ptrace.c, ptrace_attach and __ptrace_may_access); which check it
 * was can be told from the facts. First what no privilege would change, then the checks in the kernel's order.
 */
#include <thrtrace/attach_refusal.h>

#include <errno.h>
#include <linux/capability.h>

#include <thrtrace/explain.h>
#include <thrtrace/tables.h>

static bool is_self(const struct attach_denial *f)
{
	return f->exists && f->tgid == f->self;
}

static bool is_own_tracer(const struct attach_denial *f)
{
	return f->exists && f->own_tracer && (f->own_tracer == f->pid || f->own_tracer == f->tgid);
}

bool attach_is_folly(const struct attach_denial *f)
{
	return is_self(f) || is_own_tracer(f);
}

static bool may_ptrace(const struct attach_denial *f)
{
	return f->own_caps >> CAP_SYS_PTRACE & 1;
}

static bool other_user(const struct attach_denial *f)
{
	return f->uids_known && (f->uid[0] != f->own_uid || f->uid[1] != f->own_uid || f->uid[2] != f->own_uid);
}

static void whom(struct outbuf *out, const struct attach_denial *f)
{
	if (f->pid != f->tgid && f->tgid)
		outbuf_printf(out, "thread %d (", f->pid);
	else
		outbuf_printf(out, "process %d (", f->pid);
	plain_format(out, f->comm);
	outbuf_puts(out, ")");
}

/* Writes the reason where it is one that no privilege would change; false when it is none of these. */
static bool hopeless(struct outbuf *out, const struct attach_denial *f)
{
	if (!f->exists) {
		outbuf_printf(out, "there is no process %d", f->pid);
		return true;
	}
	whom(out, f);
	if (is_self(f))
		outbuf_puts(out, " is thrtrace itself, and no process can trace itself");
	else if (is_own_tracer(f))
		outbuf_puts(out, " traces thrtrace: each would wait for the other for ever");
	else if (f->kernel_thread)
		outbuf_puts(out, " is a thread of the kernel: it runs no program, and the kernel lets nobody trace it");
	else if (f->state == 'Z' || f->state == 'X')
		outbuf_printf(
			out, " has ended: it is a zombie until its parent, process %d, has waited for it", f->ppid);
	else if (f->tracer) {
		outbuf_printf(out, " is already traced, by process %d (", f->tracer);
		plain_format(out, f->tracer_comm);
		outbuf_puts(out, "): a task has one tracer at a time");
	} else if (f->err == ESRCH)
		outbuf_puts(out, " ended while thrtrace was attaching to it");
	else
		return false;
	return true;
}

static void yama(struct outbuf *out, const struct attach_denial *f)
{
	if (f->yama == 1)
		outbuf_puts(out,
			" can't be attached to: kernel.yama.ptrace_scope is 1, so that only its ancestors may; let "
			"thrtrace "
			"start the program, run thrtrace as root (CAP_SYS_PTRACE), or set the sysctl to 0");
	else if (f->yama == 2)
		outbuf_puts(out,
			" can't be attached to: kernel.yama.ptrace_scope is 2, which asks for CAP_SYS_PTRACE; run "
			"thrtrace as "
			"root, or set the sysctl to 0");
	else
		outbuf_puts(out,
			" can't be attached to: kernel.yama.ptrace_scope is 3, so that nobody may attach to anything "
			"until "
			"the machine is booted again");
}

static void not_permitted(struct outbuf *out, const struct attach_denial *f)
{
	bool able = may_ptrace(f), more = f->caps & ~f->own_caps;

	if (f->yama == 3 || (f->yama > 0 && !able && !other_user(f)))
		yama(out, f);
	else if (other_user(f) && !able && f->own_uid != 0)
		outbuf_printf(out,
			" runs as uid %u and thrtrace as uid %u: another user's process needs CAP_SYS_PTRACE; run "
			"thrtrace as "
			"root or as that user",
			f->uid[0] != f->own_uid ? f->uid[0] : f->uid[1], f->own_uid);
	else if (f->own_uid == 0 && !able)
		outbuf_puts(out,
			" can't be attached to: thrtrace runs as root without CAP_SYS_PTRACE, as in a container; give "
			"it that "
			"capability (for example --cap-add=SYS_PTRACE)");
	else if (f->not_dumpable && !able)
		outbuf_puts(out,
			" is not dumpable (prctl(2), PR_SET_DUMPABLE; a set-user-ID program, or one that keeps "
			"secrets): only "
			"CAP_SYS_PTRACE may attach to it");
	else if (more && !able)
		outbuf_puts(out, " has capabilities that thrtrace has not: only CAP_SYS_PTRACE may attach to it");
	else if (f->other_user_ns)
		outbuf_puts(out, " belongs to another user namespace, in which thrtrace has no CAP_SYS_PTRACE");
	else if (f->own_filter)
		outbuf_puts(out,
			" can't be attached to: a seccomp filter is in force for thrtrace (a container's, a "
			"sandbox's), and may "
			"refuse ptrace");
	else
		outbuf_puts(out,
			" can't be attached to: the kernel says EPERM, and neither user, capabilities nor Yama is why; "
			"a "
			"security module (SELinux, AppArmor) may be");
}

void attach_refusal_format(struct outbuf *out, const struct attach_denial *f)
{
	if (hopeless(out, f))
		return;
	if (f->err == EPERM || f->err == EACCES) {
		not_permitted(out, f);
		return;
	}
	const char *why = errno_text(f->err);
	outbuf_printf(out, " can't be attached to: %s", why ? why : "an error that has no name");
}
