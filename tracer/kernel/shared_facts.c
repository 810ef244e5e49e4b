/* SPDX-License-Identifier: MIT */
#include "kernel/shared_facts.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <string.h>

#include <thrtrace/proof.h>

#include "kernel/linux_door.h"
#include "kernel/proc_file.h"

static int read_who(struct shared_facts *f, unsigned i)
{
	char path[64], text[PROC_TEXT];
	uint64_t tgid;

	snprintf(path, sizeof(path), "/proc/%d/status", f->tid[i]);
	if (proc_file_read(text, sizeof(text), path) <= 0 || !proc_field_u64(&tgid, text, "Tgid:", 10))
		return -ESRCH;
	f->tgid[i] = (pid_t)tgid;
	const char *name = proc_field(text, "Name:");
	if (name)
		snprintf(f->comm[i], COMM_LEN, "%.*s", (int)strcspn(name, "\n"), name);
	return 0;
}

int shared_facts_read(struct shared_facts *ret, const pid_t tid[2], pid_t *ret_gone)
{
	static const int kinds[PROOF_KINDS] = { [PROOF_VM] = KCMP_VM,
		[PROOF_FILES] = KCMP_FILES,
		[PROOF_FS] = KCMP_FS,
		[PROOF_SIGHAND] = KCMP_SIGHAND,
		[PROOF_SYSVSEM] = KCMP_SYSVSEM,
		[PROOF_IO] = KCMP_IO };
	struct shared_facts f = { .tid = { tid[0], tid[1] } };

	for (unsigned i = 0; i < 2; i++)
		if (read_who(&f, i)) {
			*ret_gone = tid[i];
			return -ESRCH;
		}
	for (unsigned i = 0; i < PROOF_KINDS; i++) {
		int r = linux_kcmp(NULL, tid[0], tid[1], kinds[i]);
		f.proof[i] = r < 0 ? PROOF_UNKNOWN : r ? PROOF_DIFFERENT : PROOF_SAME;
		f.proof_errno = r < 0 ? -r : f.proof_errno;
	}
	for (unsigned i = 0; i < NS_KINDS; i++) {
		uint64_t a, b;
		int err = linux_ns(NULL, tid[0], ns_words[i].name, &a);
		if (!err)
			err = linux_ns(NULL, tid[1], ns_words[i].name, &b);
		f.ns[i] = err ? PROOF_UNKNOWN : a == b ? PROOF_SAME : PROOF_DIFFERENT;
		f.ns_errno = err ? -err : f.ns_errno;
	}
	*ret = f;
	return 0;
}
