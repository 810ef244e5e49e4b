/* SPDX-License-Identifier: MIT */
/* Findings that no other program here has: findings WAY. Some of the ways end by a signal. */
#include "rawtask.h"

#include "../live/rawclone.h"

#include <limits.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { STACK = 65536 };

/* As finding_modes.py has it. */
static void untested(const char *why)
{
	say("SKIP %s", why);
	_exit(0);
}

/* ---- calls ---- */

static long thread_by_clone3(struct clone_args *args)
{
	char *stack = map(STACK, PROT_READ | PROT_WRITE, MAP_STACK);

	args->flags |= THREAD_FLAGS & ~(CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID);
	args->stack = (uintptr_t)stack;
	args->stack_size = STACK;
	return raw_clone(SYS_clone3, (long)(uintptr_t)args, sizeof(*args), 0, 0, 0, SYS_exit);
}

static void tid_taken(void)
{
	pid_t own[] = { getpid() };
	struct clone_args args = { .set_tid = (uintptr_t)own, .set_tid_size = 1 };
	long ret = thread_by_clone3(&args);

	if (ret == -EPERM)
		untested("set_tid needs CAP_CHECKPOINT_RESTORE");
	MUST(ret == -EEXIST);
}

static void set_tid_unread(void)
{
	struct clone_args args = { .set_tid = 64, .set_tid_size = 1 }; /* in the first page, which nobody has */

	MUST(thread_by_clone3(&args) == -EFAULT);
}

/* ---- births ---- */

/* A thread that ends in its first call, with this stack and this TLS base. */
static void born_with(char *stack, size_t size, uintptr_t tls)
{
	static volatile int word = 1;
	struct clone_args args = { .flags = THREAD_FLAGS | CLONE_SETTLS,
		.parent_tid = (uintptr_t)&word,
		.child_tid = (uintptr_t)&word,
		.stack = (uintptr_t)stack,
		.stack_size = size,
		.tls = tls };
	long tid = raw_clone(SYS_clone3, (long)(uintptr_t)&args, sizeof(args), 0, 0, 0, SYS_exit);

	MUST(tid > 0);
	wait_cleared(&word);
	wait_gone((pid_t)tid);
}

static void *gives_of_its_own(void *arg)
{
	char local[STACK];

	memset(local, 1, sizeof(local));
	born_with(local, sizeof(local) - 1024, (uintptr_t)fake_tcb(local + sizeof(local)));
	return arg;
}

static void sp_in_creators(void)
{
	pthread_join(start(gives_of_its_own, NULL), NULL);
}

static void tls_unmapped(void)
{
	char *stack = map(STACK, PROT_READ | PROT_WRITE, MAP_STACK), *gone = map(STACK, PROT_READ, 0);

	MUST(munmap(gone, STACK) == 0);
	born_with(stack, STACK, (uintptr_t)gone);
}

static void tls_shared(void)
{
	char *stack = map(STACK, PROT_READ | PROT_WRITE, MAP_STACK);

	born_with(stack, STACK, (uintptr_t)__builtin_thread_pointer());
}

static void sp_creators(void)
{
	born_with(NULL, 0, (uintptr_t)fake_tcb(map(STACK, PROT_READ | PROT_WRITE, 0) + STACK));
}

static void *nothing(void *arg)
{
	return arg;
}

static void short_lives(void)
{
	for (int i = 0; i < 120; i++)
		pthread_join(start(nothing, NULL), NULL);
}

static void no_guard(void)
{
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	pthread_attr_setguardsize(&attr, 0);
	MUST(pthread_create(&t, &attr, nothing, NULL) == 0);
	pthread_join(t, NULL);
}

/* ---- faults ---- */

static volatile int sink;

static int __attribute__((noinline)) deeper(volatile char *above)
{
	volatile char here[4096];

	here[0] = above[0];
	return here[0] ? deeper(here) + here[1] : 0;
}

/* With a stack of the least size: the kernel looks at the limit of the time of the fault. */
static void stack_limit(void)
{
	struct rlimit small = { 1 << 20, 1 << 20 };
	volatile char top[1] = { 1 };

	MUST(setrlimit(RLIMIT_STACK, &small) == 0);
	sink = deeper(top);
}

static __thread volatile int its_own;

static void *hands_out(void *arg)
{
	*(volatile int **)arg = &its_own;
	return NULL;
}

/* Too large to be cached by glibc: it is unmapped at the join. */
static void dead_tls(void)
{
	volatile int *at = NULL;
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128UL << 20);
	MUST(pthread_create(&t, &attr, hands_out, &at) == 0);
	pthread_join(t, NULL);
	sink = *at;
}

static void null_pointer(void)
{
	volatile int *volatile nowhere = NULL;

	*nowhere = 1;
}

/* ---- execve ---- */

/* A program of another user's with the set-user-ID bit, which no_new_privs makes void, in a folder of its own. */
static void setid_lost(void)
{
	char dir[] = "/tmp/thrtrace-setid-XXXXXX", path[PATH_MAX], byte[65536];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to;
	ssize_t n;

	if (geteuid() != 0 || !mkdtemp(dir))
		untested("only root can make a program of another user's");
	snprintf(path, sizeof(path), "%s/over", dir);
	to = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	MUST(chmod(dir, 0755) == 0);
	while ((n = read(from, byte, sizeof(byte))) > 0)
		MUST(write(to, byte, (size_t)n) == n);
	MUST(fchown(to, 65534, 65534) == 0 && fchmod(to, 04755) == 0 && close(to) == 0);
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	execl(path, path, "over", dir, (char *)NULL);
	MUST(!"execve");
}

static void over(const char *dir)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/over", dir);
	unlink(path);
	rmdir(dir);
}

static const struct {
	const char *name;
	void (*way)(void);
} ways[] = {
	{ "tid_taken", tid_taken },
	{ "set_tid_unread", set_tid_unread },
	{ "sp_in_creators", sp_in_creators },
	{ "tls_unmapped", tls_unmapped },
	{ "tls_shared", tls_shared },
	{ "sp_creators", sp_creators },
	{ "short_lives", short_lives },
	{ "no_guard", no_guard },
	{ "stack_limit", stack_limit },
	{ "dead_tls", dead_tls },
	{ "null_pointer", null_pointer },
	{ "setid_lost", setid_lost },
};

int main(int argc, char **argv)
{
	if (argc == 3)
		over(argv[2]);
	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(*ways); i++)
		if (strcmp(ways[i].name, argv[1]) == 0) {
			ways[i].way();
			return 0;
		}
	return argc == 3 ? 0 : 2;
}
