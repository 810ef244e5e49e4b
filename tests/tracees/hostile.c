/* SPDX-License-Identifier: MIT */
/* Programs that make it hard for a tracer, one for each name: hostile NAME. Each ends as it says, traced or not. */
#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>

#include "rawtask.h"

#define SIZE (64 * 1024)

static char *own_path;

static void *nothing(void *arg)
{
	return arg;
}

/* ---- stacks in odd places ---- */

static char fixed[SIZE] __attribute__((aligned(4096)));

static void on(const char *what, char *low)
{
	run_on(low, low + SIZE, 0);
	say("%s", what);
}

/* On a piece of another thread's stack, which goes on using the rest. */
static void *lends(void *arg)
{
	char piece[SIZE + 64];

	on("amid another's stack", piece);
	return arg;
}

static void stacks(void)
{
	int fd = memfd_create("stack", MFD_CLOEXEC);
	char *p = malloc(SIZE + 64), *m;

	on("heap, odd address", p + 17);
	free(p);
	on("static", fixed);
	m = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	on("shared", m);
	munmap(m, SIZE);
	MUST(ftruncate(fd, 2 * SIZE) == 0);
	m = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, SIZE);
	on("a file", m);
	munmap(m, SIZE);
	m = map(3 * SIZE, PROT_READ | PROT_WRITE, 0);
	MUST(mprotect(m, SIZE, PROT_NONE) == 0 && mprotect(m + 2 * SIZE, SIZE, PROT_NONE) == 0);
	on("between walls", m + SIZE);
	m = mmap(NULL, 2 * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0);
	on("growing down", m + SIZE);
	pthread_join(start(lends, NULL), NULL);
	/* A file that is cut off under a thread's feet: its stack is gone, and it dies of SIGBUS. */
	pid_t pid = fork();
	if (pid == 0) {
		m = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		MUST(ftruncate(fd, 0) == 0);
		clone(raw_body, m + SIZE, THREAD_FLAGS, NULL, NULL, NULL,
			NULL); /* the library's own write to it faults */
		_exit(1);
	}
	say("cut off: %d", status_of(pid));
}

/* ---- many at once ---- */

/* Each of them forks as long as it can; at most 400 in all. The limit is the caller's RLIMIT_NPROC. */
static void fork_bomb(void)
{
	struct {
		int made, refused;
	} *seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t first = getpid();

	for (int i = 0; i < 12; i++) {
		if (__atomic_add_fetch(&seen->made, 1, __ATOMIC_SEQ_CST) > 400)
			break;
		pid_t pid = fork();
		if (pid < 0) {
			MUST(errno == EAGAIN);
			__atomic_add_fetch(&seen->refused, 1, __ATOMIC_SEQ_CST);
		}
	}
	if (getpid() == first)
		sleep_ms(50);
	while (wait(NULL) > 0)
		;
	if (getpid() != first)
		_exit(0);
	say("%s", seen->refused ? "refused" : "never refused");
}

static int gate;
static volatile pid_t waiting;

static void *at_the_gate(void *arg)
{
	waiting = (pid_t)syscall(SYS_gettid);
	while (__atomic_load_n(&gate, __ATOMIC_SEQ_CST) == 0)
		syscall(SYS_futex, &gate, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	return arg;
}

/* Detached threads, all of them alive, that leave at once. */
static void storm(int n)
{
	pthread_attr_t attr;
	pthread_t t;
	int made = 0;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 16384);
	pthread_attr_setguardsize(&attr, 0);
	while (made < n && pthread_create(&t, &attr, at_the_gate, NULL) == 0)
		made++;
	if (made < n)
		skip("so many threads can't be had here");
	__atomic_store_n(&gate, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &gate, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
	say("%d threads", made);
	pthread_exit(NULL);
}

static void *makes_more(void *arg)
{
	for (;;) {
		pthread_t t;
		if (pthread_create(&t, NULL, nothing, NULL) == 0)
			pthread_join(t, NULL);
	}
	return arg;
}

static int generation;

static void *execs(void *arg)
{
	char n[16];

	sleep_ms(generation % 3);
	snprintf(n, sizeof(n), "%d", generation + 1);
	execl(own_path, own_path, "exec", n, (char *)NULL);
	return arg;
}

/* Threads are born while others call execve, two of them at once. */
static void exec_among_births(void)
{
	if (generation == 12) {
		say("generation %d", generation);
		return;
	}
	for (int i = 0; i < 4; i++)
		start(makes_more, NULL);
	pthread_t t;
	start(execs, NULL);
	(void)!pthread_create(
		&t, NULL, execs, NULL); /* EAGAIN when the first is in execve already (kernel/fork.c, copy_fs) */
	for (;;)
		pause();
}

/* For whoever kills it: threads, processes, execs, until then. */
static void churn(void)
{
	for (int i = 0; i < 2; i++)
		start(makes_more, NULL);
	for (;;) {
		pid_t pid = fork();
		if (pid == 0) {
			start(makes_more, NULL);
			if (generation++ % 2)
				execl("/bin/true", "true", (char *)NULL);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

/* ---- nothing left ---- */

static void close_all(void)
{
	pthread_t t = start(nothing, NULL);

	say("last words");
	pthread_join(t, NULL);
	MUST(syscall(SYS_close_range, 3, ~0U, 0) == 0);
	pthread_join(start(nothing, NULL), NULL);
	MUST(syscall(SYS_close_range, 0, ~0U, 0) == 0);
	pthread_join(start(nothing, NULL), NULL);
	_exit(17);
}

#ifdef __x86_64__
/* All memory but the page of these instructions: no stack, no library, no TLS. */
__attribute__((noinline, aligned(4096), noreturn)) static void unmap_all(long pid, long sig)
{
	register long own = (long)(uintptr_t)unmap_all & ~4095L, id = pid, what = sig;

	__asm__ volatile(
		"mov $11, %%eax\n xor %%edi, %%edi\n mov %0, %%rsi\n syscall\n"
		"mov $11, %%eax\n lea 4096(%0), %%rdi\n mov $0x7ffffffff000, %%rsi\n sub %%rdi, %%rsi\n syscall\n"
		"1: mov $62, %%eax\n mov %1, %%rdi\n mov %2, %%rsi\n syscall\n"
		"mov $231, %%eax\n mov $33, %%edi\n syscall\n jmp 1b\n"
		:
		: "r"(own), "r"(id), "r"(what)
		: "rax", "rcx", "rdi", "rsi", "r11", "memory");
	__builtin_unreachable();
}

/* A thread that sleeps in its call, and needs no memory any more. */
static void sleeps_in_the_kernel(void)
{
	start(at_the_gate, NULL);
	wait_state(wait_tid(&waiting), "S");
}

static void unmap(void)
{
	static const int sigs[] = { SIGUSR1, SIGSEGV, SIGCHLD };

	for (unsigned i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		pid_t pid = fork();
		if (pid == 0) {
			sleeps_in_the_kernel();
			unmap_all(getpid(), sigs[i]);
		}
		say("unmapped: %d", status_of(pid));
	}
	sleeps_in_the_kernel();
	unmap_all(getpid(), SIGSEGV);
}
#else
static void unmap(void)
{
	skip("written for x86-64");
}
#endif

/* ---- names, stops, rights ---- */

#define EVIL "\033[2J\033]0;owned\007\n\r\b\377\376\200\302\033"

static void *renames(void *arg)
{
	prctl(PR_SET_NAME, EVIL);
	return arg;
}

static void names(void)
{
	char dir[] = "/tmp/hostile-XXXXXX", file[256];
	char *argv[] = { EVIL, "bye", EVIL "\t" EVIL, NULL }, *envp[] = { "A=" EVIL, NULL };

	pthread_join(start(renames, NULL), NULL);
	prctl(PR_SET_NAME, EVIL);
	mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();
	if (pid == 0) {
		execve("/nonexistent/" EVIL, argv, envp);
		MUST(mkdtemp(dir));
		snprintf(file, sizeof(file), "%s/" EVIL, dir);
		MUST(symlink(own_path, file) == 0);
		pid = vfork();
		if (pid == 0) {
			execve(file, argv, envp);
			_exit(99);
		}
		int status = status_of(pid);
		unlink(file);
		/* A copy: the kernel names the task after it, and /proc/.../exe, too. */
		int from = open(own_path, O_RDONLY | O_CLOEXEC), to = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
		char buf[65536];
		for (ssize_t n; (n = read(from, buf, sizeof(buf))) > 0;)
			MUST(write(to, buf, (size_t)n) == n);
		close(to);
		pid = fork();
		if (pid == 0) {
			execve(file, argv, envp);
			_exit(99);
		}
		status += status_of(pid);
		unlink(file);
		rmdir(dir);
		_exit(status);
	}
	say("names: %d", status_of(pid));
	execve(own_path, argv, envp);
}

static void bye(void)
{
	pthread_join(start(renames, NULL), NULL);
	_exit(21);
}

/* A child stops and continues its parent, which has threads, as fast as it can. */
static void stop_storm(void)
{
	for (int i = 0; i < 3; i++)
		start(at_the_gate, NULL);
	pid_t parent = getpid(), pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 2000; i++)
			kill(parent, i % 3 == 0 ? SIGSTOP : i % 3 == 1 ? SIGCONT : SIGTSTP);
		kill(parent, SIGCONT);
		_exit(13);
	}
	signal(SIGTSTP, SIG_DFL);
	for (int i = 0; i < 200; i++) /* stops that are its own, and end by themselves */
		pthread_join(start(nothing, NULL), NULL);
	say("continued: %d", status_of(pid));
	_exit(14);
}

static void rights(void)
{
	if (geteuid() != 0)
		skip("changing the user needs root");
	/* One thread alone: the kernel's rights are a thread's. */
	MUST(setgroups(0, NULL) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		MUST(syscall(SYS_setresgid, 65534, 65534, 65534) == 0 &&
			syscall(SYS_setresuid, 65534, 65534, 65534) == 0);
		pthread_join(start(nothing, NULL), NULL);
		MUST(open("/proc/self/mem", O_RDONLY | O_CLOEXEC) < 0); /* not dumpable any more */
		pid = fork();
		if (pid == 0) {
			pthread_join(start(nothing, NULL), NULL);
			_exit(3);
		}
		_exit(status_of(pid) + 1);
	}
	say("another user: %d", status_of(pid));
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS) < 0)
			_exit(5); /* not here: the same untraced */
		pid = fork();
		if (pid == 0) {
			MUST(getpid() == 1);
			pthread_join(start(nothing, NULL), NULL);
			MUST(chroot("/proc/self/fdinfo") == 0 && chdir("/") == 0); /* nothing is to be found by path */
			pthread_join(start(nothing, NULL), NULL);
			_exit(6);
		}
		_exit(status_of(pid));
	}
	say("namespaces: %d", status_of(pid));
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	static char path[4096];

	MUST(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
	own_path = path;
	generation = argc > 2 ? atoi(argv[2]) : 0;
	if (!strcmp(what, "stacks"))
		stacks();
	else if (!strcmp(what, "bomb"))
		fork_bomb();
	else if (!strcmp(what, "storm"))
		storm(generation);
	else if (!strcmp(what, "exec"))
		exec_among_births();
	else if (!strcmp(what, "churn"))
		churn();
	else if (!strcmp(what, "close"))
		close_all();
	else if (!strcmp(what, "unmap"))
		unmap();
	else if (!strcmp(what, "names"))
		names();
	else if (!strcmp(what, "bye"))
		bye();
	else if (!strcmp(what, "stops"))
		stop_storm();
	else if (!strcmp(what, "rights"))
		rights();
	else
		return 99;
	return 0;
}
