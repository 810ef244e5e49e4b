/* SPDX-License-Identifier: MIT */
#include <thrtrace/proof.h>

#include <thrtrace/uapi.h>

const struct proof_words proof_words[PROOF_KINDS] = {
	[PROOF_VM] = { "VM", CLONE_VM_, false },
	[PROOF_FILES] = { "FILES", CLONE_FILES_, false },
	[PROOF_FS] = { "FS", CLONE_FS_, false },
	[PROOF_SIGHAND] = { "SIGHAND", CLONE_SIGHAND_, false },
	[PROOF_SYSVSEM] = { "SYSVSEM", CLONE_SYSVSEM_, true },
	[PROOF_IO] = { "IO", CLONE_IO_, true },
};

const struct ns_words ns_words[NS_KINDS] = {
	[NS_CGROUP] = { "cgroup", "cgroup_ns", CLONE_NEWCGROUP_ },
	[NS_IPC] = { "ipc", "ipc_ns", CLONE_NEWIPC_ },
	[NS_MNT] = { "mnt", "mnt_ns", CLONE_NEWNS_ | CLONE_EMPTY_MNTNS_ },
	[NS_NET] = { "net", "net_ns", CLONE_NEWNET_ },
	[NS_PID] = { "pid", "pid_ns", CLONE_NEWPID_ },
	[NS_TIME] = { "time", "time_ns", CLONE_NEWTIME_ },
	[NS_USER] = { "user", "user_ns", CLONE_NEWUSER_ },
	[NS_UTS] = { "uts", "uts_ns", CLONE_NEWUTS_ },
};

bool proof_is_broken(const struct ev_birth *b, enum proof_what what)
{
	if (b->args.flags & proof_words[what].flag)
		return b->facts.proof[what] == PROOF_DIFFERENT;
	return b->facts.proof[what] == PROOF_SAME && !proof_words[what].maybe_absent;
}

bool group_is_broken(const struct ev_birth *b)
{
	return b->facts.tgid == (b->args.flags & CLONE_THREAD_ ? PROOF_DIFFERENT : PROOF_SAME);
}

bool namespace_is_broken(const struct ev_birth *b, enum ns_kind kind)
{
	return b->facts.ns[kind] == (b->args.flags & ns_words[kind].flags ? PROOF_SAME : PROOF_DIFFERENT);
}

void proof_broken_format(struct outbuf *out, const struct ev_birth *b)
{
	size_t from = out->len;

	if (b->facts.proof[PROOF_VM] == PROOF_NOT_ASKED)
		return;
	for (unsigned i = 0; i < PROOF_KINDS; i++)
		if (proof_is_broken(b, i))
			outbuf_printf(out, "%s%s", out->len > from ? ", " : "", proof_words[i].name);
	if (group_is_broken(b))
		outbuf_printf(out, "%sthread group", out->len > from ? ", " : "");
	for (unsigned i = 0; i < NS_KINDS; i++)
		if (namespace_is_broken(b, i))
			outbuf_printf(out, "%s%s namespace", out->len > from ? ", " : "", ns_words[i].name);
}
