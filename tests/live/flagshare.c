/* SPDX-License-Identifier: MIT */
/*
 * Makes tasks with random accepted words, and compares what --explain says about sharing with the kernel: kcmp(2)
 * for address space, descriptors, cwd, handlers, I/O context and undo list; the tgid; the parent; the namespaces.
 *
 *     flagshare [--count N] [--seed S]
 *
 * The caller first gets an I/O context and an undo list, since kcmp calls two absent ones equal. Exit status 0, 1 when
 * something differs, 77 when the machine can't do it.
 */
#include "rawclone.h"

#include <linux/ioprio.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thrtrace/explain.h>
#include "kernel/proc_file.h"

#ifndef RAWCLONE
int main(void)
{
	puts("skipped: no raw clone for this architecture");
	return 77;
}
#else

struct args3 {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
		cgroup;
};

static struct {
	volatile long ret;
	volatile int ready, over;
	unsigned char scratch[64];
} * shared;

static const struct {
	const char *key;
	int kcmp;
} objects[] = {
	{ "address_space", KCMP_VM },
	{ "files", KCMP_FILES },
	{ "fs", KCMP_FS },
	{ "signal_handlers", KCMP_SIGHAND },
	{ "io_context", KCMP_IO },
	{ "sysvsem", KCMP_SYSVSEM },
};

static const struct {
	const char *key, *name;
} spaces[] = {
	{ "ns_user", "user" },
	{ "ns_mnt", "mnt" },
	{ "ns_pid", "pid" },
	{ "ns_net", "net" },
	{ "ns_ipc", "ipc" },
	{ "ns_uts", "uts" },
	{ "ns_cgroup", "cgroup" },
	{ "ns_time", "time" },
};

static bool foretold_shared(const char *key, uint64_t flags)
{
	size_t n;
	const struct resource_row *rows = resource_rows(&n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].key, key) == 0)
			return resource_share(i, flags).state == SHARE_SHARED;
	return false;
}

static uint64_t random_word(uint64_t *seed)
{
	uint64_t w = 0;

	for (unsigned bit = 8; bit < 34; bit++) {
		uint64_t b = UINT64_C(1) << bit;
		unsigned rare = b & (CLONE_NEWNET_ | CLONE_NEWPID_) ? 25 : b & CLONE_NS_ALL_ ? 8 : 2;
		if (next_random(seed) % rare == 0)
			w |= b;
	}
	if (next_random(seed) % 8 == 0)
		w |= CLONE_NEWTIME_;
	/* CLONE_VFORK changes no sharing, but its creator could not report; the cgroup needs a descriptor. */
	w &= ~(CLONE_VFORK_ | CLONE_DETACHED_ | CLONE_INTO_CGROUP_);
	if (w & CLONE_THREAD_)
		w = (w | CLONE_SIGHAND_) & ~(CLONE_NEWUSER_ | CLONE_NEWPID_);
	if (w & CLONE_SIGHAND_)
		w = (w | CLONE_VM_) & ~CLONE_CLEAR_SIGHAND_;
	if (w & (CLONE_NEWNS_ | CLONE_NEWUSER_))
		w &= ~CLONE_FS_;
	if (w & CLONE_NEWIPC_)
		w &= ~CLONE_SYSVSEM_;
	return w;
}

static void creator(uint64_t flags)
{
	struct args3 a = { .flags = flags, .exit_signal = flags & (CLONE_THREAD_ | CLONE_PARENT_) ? 0 : SIGCHLD };
	struct sembuf up = { .sem_num = 0, .sem_op = 1, .sem_flg = SEM_UNDO };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	a.pidfd = (uintptr_t)shared->scratch;
	a.parent_tid = (uintptr_t)shared->scratch + 8;
	a.child_tid = (uintptr_t)shared->scratch + 16;
	int sem = semget(IPC_PRIVATE, 1, 0600);
	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4)) || sem < 0 ||
		semop(sem, &up, 1)) {
		shared->ret = -1000;
		shared->ready = 1;
		_exit(0);
	}
	semctl(sem, 0, IPC_RMID);
	/* A removed set keeps no undo entries, but the list itself stays with the task. */
	shared->ret = raw_clone(SYS_clone3, (long)&a, sizeof(a), 0, 0, 0, RAW_PAUSE);
	shared->ready = 1;
	for (;;)
		pause();
}

/* CLONE_VM|CLONE_NEWTIME, where clone3 takes it, puts the child into the new namespace at once before Linux 6.2. */
static bool enters_at_once(uint64_t flags)
{
	struct utsname u;

	return flags & CLONE_NEWTIME_ && flags & CLONE_VM_ && uname(&u) == 0 &&
		kernel_version_parse(u.release) < LINUX(6, 2, 0);
}

static unsigned compare(pid_t from, pid_t tid, uint64_t flags)
{
	unsigned wrong = 0;
	char path[64], text[4096];
	uint64_t tgid = 0, ppid = 0, a, b;

	for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
		long got = syscall(SYS_kcmp, from, tid, objects[i].kcmp, 0, 0);
		if (got < 0 || (got == 0) != foretold_shared(objects[i].key, flags)) {
			printf("WRONG 0x%llx: %s foretold %s, kcmp says %ld\n", (unsigned long long)flags,
				objects[i].key, foretold_shared(objects[i].key, flags) ? "shared" : "not shared", got);
			wrong++;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++) {
		if (strcmp(spaces[i].key, "ns_time") == 0 && enters_at_once(flags))
			continue; /* which the row says in words */
		bool readable = proc_ns_inode(&a, from, spaces[i].name) == 0 &&
			proc_ns_inode(&b, tid, spaces[i].name) == 0;
		if (!readable || (a == b) != foretold_shared(spaces[i].key, flags)) {
			printf("WRONG 0x%llx: %s\n", (unsigned long long)flags, spaces[i].key);
			wrong++;
		}
	}
	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	if (proc_file_read(text, sizeof(text), path) < 0 || !proc_field_u64(&tgid, text, "Tgid:", 10) ||
		!proc_field_u64(&ppid, text, "PPid:", 10))
		return wrong + 1;
	bool own_parent = flags & (CLONE_THREAD_ | CLONE_PARENT_);
	if ((tgid == (uint64_t)from) != foretold_shared("thread_group", flags) ||
		(ppid == (uint64_t)from) == own_parent) {
		printf("WRONG 0x%llx: tgid %llu ppid %llu\n", (unsigned long long)flags, (unsigned long long)tgid,
			(unsigned long long)ppid);
		wrong++;
	}
	return wrong;
}

/* -1: the word was refused; else how many things were foretold wrongly. */
static int try_word(uint64_t flags)
{
	shared->ready = 0;
	pid_t pid = fork();
	if (pid == 0)
		creator(flags);
	while (pid > 0 && !shared->ready)
		usleep(20);
	long tid = shared->ret;
	int wrong = tid > 0 ? (int)compare(pid, (pid_t)tid, flags) : -1;
	if (tid > 0 && !(flags & CLONE_THREAD_))
		kill((pid_t)tid, SIGKILL);
	kill(pid, SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0)
		;
	if (tid < 0)
		printf("refused 0x%llx: %ld\n", (unsigned long long)flags, tid);
	return wrong;
}

int main(int argc, char **argv)
{
	unsigned long count = 200, accepted = 0, wrong = 0, refused = 0;
	uint64_t seed = 1;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--count") == 0)
			count = strtoul(argv[i + 1], NULL, 10);
		if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[i + 1], NULL, 10);
	}
	seed = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || geteuid() != 0) {
		puts("skipped: comparing namespaces of all kinds needs root");
		return 77;
	}
	if (syscall(SYS_kcmp, getpid(), getpid(), KCMP_VM, 0, 0) != 0) {
		puts("skipped: no kcmp(2) here");
		return 77;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (unsigned long i = 0; i < 4 * count && accepted < count; i++) {
		int w = try_word(random_word(&seed));
		if (w < 0) {
			refused++;
			continue;
		}
		accepted++;
		wrong += w > 0;
	}
	printf("%lu accepted words compared, %lu foretold wrongly, %lu refused\n", accepted, wrong, refused);
	return wrong || accepted < count ? 1 : 0;
}
#endif
