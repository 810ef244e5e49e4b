/* SPDX-License-Identifier: MIT */
/* clone, clone3, fork, vfork; and the flags of unshare and setns. */
#include "calls/calls.h"

#include "tables/tables_impl.h"

#include <inttypes.h>
#include <string.h>

#include <thrtrace/uapi.h>

/* The largest page of any machine: clone3 refuses a larger struct without reading it (E2BIG). */
#define CLONE3_SIZE_MAX (64 << 10)

/* struct clone_args of <linux/sched.h>, as places in an array of u64. The same on 32-bit architectures. */
enum clone3_field {
	F_FLAGS,
	F_PIDFD,
	F_CHILD_TID,
	F_PARENT_TID,
	F_EXIT_SIGNAL,
	F_STACK,
	F_STACK_SIZE,
	F_TLS,
	F_SET_TID,
	F_SET_TID_SIZE,
	F_CGROUP,
	F_FIELDS
};
#define CLONE3_SIZE_VER0  64
#define CLONE3_SIZE_VER1  80
#define CLONE3_SIZE_KNOWN (8 * F_FIELDS) /* VER2 */

static uint64_t slot(const struct call *c, enum clone_slot which)
{
	return c->arg[c->abi->clone_arg[which]];
}

/* On i386 the kernel takes the address of a descriptor, and not of the thread's own structure (kernel: set_new_tls). */
static void tls_read(struct call *c, const struct mem *mem)
{
	struct call_clone *k = &c->u.clone;

	k->tls_desc = call_word(c) == 4;
	if (k->tls_desc && (k->flags & CLONE_SETTLS_))
		k->desc_read = mem_read(mem, k->tls, k->desc, sizeof(k->desc)) == 0;
}

void clone_read(struct call *c, const struct mem *mem)
{
	/* The kernel looks at the low 32 bits of the word only (kernel/fork.c, lower_32_bits). */
	uint32_t word = (uint32_t)slot(c, CLONE_SLOT_FLAGS);
	struct call_clone *k = &c->u.clone;

	k->via = VIA_CLONE;
	k->flags = word & ~(uint32_t)CLONE_SIGNAL_MASK_;
	k->exit_signal = word & CLONE_SIGNAL_MASK_;
	k->stack = slot(c, CLONE_SLOT_STACK);
	k->parent_tid = slot(c, CLONE_SLOT_PTID);
	k->child_tid = slot(c, CLONE_SLOT_CTID);
	k->tls = slot(c, CLONE_SLOT_TLS);
	if (k->flags & CLONE_PIDFD_)
		k->pidfd = k->parent_tid; /* clone(2): one pointer for both, which is why they exclude each other */
	tls_read(c, mem);
}

void fork_read(struct call *c, const struct mem *mem)
{
	struct call_clone *k = &c->u.clone;

	(void)mem;
	k->via = c->id == CALL_vfork ? VIA_VFORK : VIA_FORK;
	k->flags = c->id == CALL_vfork ? CLONE_VM_ | CLONE_VFORK_ : 0;
	k->exit_signal = 17; /* SIGCHLD */
}

static void clone3_fields(struct call_clone *k, const unsigned char *bytes, size_t len)
{
	uint64_t f[F_FIELDS] = { 0 };

	memcpy(f, bytes, len - len % 8);
	k->flags = f[F_FLAGS];
	k->pidfd = f[F_PIDFD];
	k->child_tid = f[F_CHILD_TID];
	k->parent_tid = f[F_PARENT_TID];
	k->exit_signal = f[F_EXIT_SIGNAL];
	k->stack = f[F_STACK];
	k->stack_size = f[F_STACK_SIZE];
	k->tls = f[F_TLS];
	k->set_tid = f[F_SET_TID];
	k->set_tid_size = f[F_SET_TID_SIZE];
	k->cgroup = f[F_CGROUP];
}

static void set_tids_read(struct call *c, const struct mem *mem)
{
	struct call_clone *k = &c->u.clone;

	if (!k->set_tid || !k->set_tid_size || k->set_tid_size > CLONE_SET_TID_MAX)
		return;
	size_t want = (size_t)k->set_tid_size * sizeof(k->set_tids[0]);
	ssize_t got = mem->read(mem->ctx, k->set_tid, k->set_tids, want);
	if (got < 0)
		got = 0;
	k->n_set_tid = (uint32_t)((size_t)got / sizeof(k->set_tids[0]));
	if ((size_t)got < want)
		c->defects |= CALL_SET_TID_UNREAD;
}

static bool all_zero(const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

/* What any kernel of the machine would refuse unread (a size below 64, or above a page) is not read here either. */
void clone3_read(struct call *c, const struct mem *mem)
{
	struct call_clone *k = &c->u.clone;
	unsigned char bytes[CLONE3_SIZE_MAX];

	k->via = VIA_CLONE3;
	k->args_at = c->arg[0];
	k->args_size = c->arg[1];
	if (k->args_size > c->abi->page_most || k->args_size > CLONE3_SIZE_MAX) {
		c->defects |= CALL_SIZE_ABSURD;
		return;
	}
	if (k->args_size != CLONE3_SIZE_VER0 && k->args_size != CLONE3_SIZE_VER1 && k->args_size != CLONE3_SIZE_KNOWN)
		c->defects |= CALL_SIZE_ODD;
	if (k->args_size < CLONE3_SIZE_VER0)
		return;
	ssize_t got = mem->read(mem->ctx, k->args_at, bytes, (size_t)k->args_size);
	if (got <= 0) {
		c->defects |= CALL_ARGS_UNREAD;
		return;
	}
	if ((uint64_t)got < k->args_size)
		c->defects |= CALL_ARGS_SHORT;
	size_t known = (size_t)got < CLONE3_SIZE_KNOWN ? (size_t)got : CLONE3_SIZE_KNOWN;
	if (!all_zero(bytes + known, (size_t)got - known))
		c->defects |= CALL_TAIL_SET;
	k->args_read = (uint32_t)known;
	clone3_fields(k, bytes, known);
	tls_read(c, mem);
	set_tids_read(c, mem);
}

taddr call_clone_sp(const struct call_clone *k)
{
	return k->stack ? k->stack + k->stack_size : 0;
}

/* The row of syscalls.def is in the order of slots; where each is in the registers is the architecture's choice. */
static void view_slot(struct call_view *v, const struct call *c, enum clone_slot which, const char *label)
{
	view_add(v, c, which);
	v->arg[v->n - 1].label = label;
	v->arg[v->n - 1].value = slot(c, which);
}

/* strace's order and labels. The registers say more than the call uses: a pointer without its flag is left out. */
void clone_view(const struct call *c, struct call_view *v)
{
	uint64_t flags = c->u.clone.flags;

	view_slot(v, c, CLONE_SLOT_STACK, "child_stack");
	view_slot(v, c, CLONE_SLOT_FLAGS, "flags");
	if (flags & (CLONE_PARENT_SETTID_ | CLONE_PIDFD_))
		view_slot(v, c, CLONE_SLOT_PTID, "parent_tid");
	if (flags & CLONE_SETTLS_)
		view_slot(v, c, CLONE_SLOT_TLS, "tls");
	if (flags & (CLONE_CHILD_SETTID_ | CLONE_CHILD_CLEARTID_))
		view_slot(v, c, CLONE_SLOT_CTID, "child_tidptr");
}

void clone_flags_arg_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	const struct call_clone *k = &c->u.clone;
	const char *sep = "";

	if (k->flags) {
		clone_flags_format(out, k->flags);
		sep = "|";
	}
	if (value >> 32) { /* ignored by clone(2): shown as a number, for the names belong to clone3 */
		outbuf_puts(out, sep);
		hex_format(out, value & ~(uint64_t)UINT32_MAX);
		sep = "|";
	}
	if (k->exit_signal || !*sep) {
		outbuf_puts(out, sep);
		if (!signal_format(out, (unsigned)k->exit_signal))
			outbuf_printf(out, "%" PRIu64, k->exit_signal);
	}
}

static const struct {
	const char *name;
	uint64_t
		/* the flags that use it: without one the kernel never looks at it. 0: shown when it is not zero */
		shown_by;
	bool always;
} clone3_shown[F_FIELDS] = {
	[F_FLAGS] = { "flags", 0, true },
	[F_PIDFD] = { "pidfd", CLONE_PIDFD_, false },
	[F_CHILD_TID] = { "child_tid", CLONE_CHILD_SETTID_ | CLONE_CHILD_CLEARTID_, false },
	[F_PARENT_TID] = { "parent_tid", CLONE_PARENT_SETTID_, false },
	[F_EXIT_SIGNAL] = { "exit_signal", 0, true },
	[F_STACK] = { "stack", 0, true },
	[F_STACK_SIZE] = { "stack_size", 0, true },
	[F_TLS] = { "tls", CLONE_SETTLS_, false },
	[F_SET_TID] = { "set_tid", 0, false },
	[F_SET_TID_SIZE] = { "set_tid_size", 0, false },
	[F_CGROUP] = { "cgroup", CLONE_INTO_CGROUP_, false },
};

static void set_tids_format(const struct call_clone *k, struct outbuf *out)
{
	if (k->n_set_tid == 0) {
		addr_format(out, k->set_tid);
		return;
	}
	outbuf_putc(out, '[');
	for (uint32_t i = 0; i < k->n_set_tid; i++)
		outbuf_printf(out, "%s%" PRId32, i ? ", " : "", k->set_tids[i]);
	if (k->n_set_tid < k->set_tid_size)
		outbuf_puts(out, ", ???");
	outbuf_putc(out, ']');
}

static void clone3_field_format(const struct call_clone *k, enum clone3_field field, uint64_t value, struct outbuf *out)
{
	switch (field) {
	case F_FLAGS:
		clone_flags_format(out, value);
		return;
	case F_EXIT_SIGNAL:
		if (value > UINT32_MAX || !signal_format(out, (unsigned)value))
			outbuf_printf(out, "%" PRIu64, value);
		return;
	case F_PIDFD:
	case F_CHILD_TID:
	case F_PARENT_TID:
	case F_STACK:
	case F_TLS:
		addr_format(out, value);
		return;
	case F_STACK_SIZE:
		hex_format(out, value);
		return;
	case F_SET_TID:
		set_tids_format(k, out);
		return;
	case F_SET_TID_SIZE:
	case F_CGROUP:
		outbuf_printf(out, "%" PRIu64, value);
		return;
	case F_FIELDS:
		return;
	}
}

static void clone3_tail_format(const struct call *c, struct outbuf *out)
{
	const struct call_clone *k = &c->u.clone;

	if (c->defects & CALL_TAIL_SET)
		outbuf_printf(out, ", /* bytes %d..%" PRIu64 " are not zero */", CLONE3_SIZE_KNOWN, k->args_size - 1);
	if (c->defects & CALL_ARGS_SHORT)
		outbuf_puts(out, ", ???");
}

void clone_args_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	const struct call_clone *k = &c->u.clone;
	const uint64_t fields[F_FIELDS] = {
		[F_FLAGS] = k->flags,
		[F_PIDFD] = k->pidfd,
		[F_CHILD_TID] = k->child_tid,
		[F_PARENT_TID] = k->parent_tid,
		[F_EXIT_SIGNAL] = k->exit_signal,
		[F_STACK] = k->stack,
		[F_STACK_SIZE] = k->stack_size,
		[F_TLS] = k->tls,
		[F_SET_TID] = k->set_tid,
		[F_SET_TID_SIZE] = k->set_tid_size,
		[F_CGROUP] = k->cgroup,
	};
	const char *sep = "{";

	if (k->args_read < 8) {
		addr_format(out, value);
		return;
	}
	for (unsigned i = 0; i < F_FIELDS && i < k->args_read / 8; i++) {
		bool used = clone3_shown[i].shown_by ? (k->flags & clone3_shown[i].shown_by) != 0 : fields[i] != 0;
		if (!clone3_shown[i].always && !used)
			continue;
		outbuf_printf(out, "%s%s=", sep, clone3_shown[i].name);
		clone3_field_format(k, (enum clone3_field)i, fields[i], out);
		sep = ", ";
	}
	clone3_tail_format(c, out);
	outbuf_putc(out, '}');
}

void ns_flags_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	uint64_t flags = c->id == CALL_setns ? (uint32_t)value : value; /* int, and unsigned long */

	if (c->id == CALL_unshare && (flags & UNSHARE_EMPTY_MNTNS_)) {
		outbuf_puts(out, "UNSHARE_EMPTY_MNTNS");
		flags &= ~UNSHARE_EMPTY_MNTNS_;
		if (!flags)
			return;
		outbuf_putc(out, '|');
	}
	clone_flags_format(out, flags);
}
