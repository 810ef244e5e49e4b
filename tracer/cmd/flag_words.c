/* SPDX-License-Identifier: MIT */
#include "cmd/flag_words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/limit_facts.h"
#include "kernel/proc_file.h"

int word_call(unsigned *ret, const char *name)
{
	static const struct {
		const char *name;
		unsigned call;
	} calls[] = { { "clone", ON_CLONE }, { "clone3", ON_CLONE3 }, { "unshare", ON_UNSHARE },
		{ "setns", ON_SETNS } };

	*ret = 0;
	if (!name)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (strcmp(calls[i].name, name) == 0) {
			*ret = calls[i].call;
			return 0;
		}
	return -EINVAL;
}

/* This process is the tool: it shares nothing. */
int word_caller(struct explain_query *q, char text[WHO_TEXT], enum explain_for for_whom)
{
	struct caller_facts *who = &q->who;
	int err = caller_facts_read(who, proc_self());

	if (err)
		return err;
	who->mm_shared = who->sighand_shared = who->fs_shared = FACT_NO;
	switch (for_whom) {
	case FOR_CALLER:
		snprintf(text, WHO_TEXT, "this process (uid %u, %s CAP_SYS_ADMIN)", geteuid(),
			who->sys_admin == FACT_YES ? "with" : "without");
		break;
	case FOR_PRIVILEGED:
		snprintf(text, WHO_TEXT, "a privileged process");
		who->sys_admin = who->restore = who->nproc_exempt = FACT_YES;
		break;
	case FOR_UNPRIVILEGED:
		snprintf(text, WHO_TEXT, "an unprivileged process");
		who->sys_admin = who->restore = who->nproc_exempt = FACT_NO;
		break;
	}
	q->who_text = text;
	return 0;
}

/* Functions of the C library: the words that they make tasks with, as seen of glibc 2.36 and musl 1.2.3. */
static const struct {
	const char *name, *word, *note;
} functions[] = {
	{ "fork", "CLONE_CHILD_SETTID|CLONE_CHILD_CLEARTID|SIGCHLD",
		"fork() of glibc; musl's is the system call fork: SIGCHLD alone." },
	{ "vfork", "CLONE_VM|CLONE_VFORK|SIGCHLD",
		"vfork(): the system call of that name does what clone does with this." },
	{ "pthread_create",
		"CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS|"
		"CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID",
		"pthread_create() of glibc; musl adds CLONE_DETACHED, which has no effect." },
	{ "posix_spawn", "CLONE_VM|CLONE_VFORK|SIGCHLD",
		"posix_spawn() of glibc 2.36 and of musl: the child runs on a stack of its own." },
};

const char *word_of_function(const char *text, size_t *len, const char **ret_note)
{
	*ret_note = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (strlen(functions[i].name) == *len && memcmp(functions[i].name, text, *len) == 0) {
			*ret_note = functions[i].note;
			*len = strlen(functions[i].word);
			return functions[i].word;
		}
	return text;
}
