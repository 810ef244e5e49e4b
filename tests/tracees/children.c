/* SPDX-License-Identifier: MIT */
/* Every way to have children, and what is theirs: sessions, death signals, subreapers, usage, statuses. */
#include <spawn.h>
#include <sys/resource.h>

#include "oddity.h"

extern char **environ;

static void told(const char *what, int status)
{
	if (WIFSIGNALED(status))
		say("%s: killed by %d", what, WTERMSIG(status));
	else
		say("%s: exit %d", what, WEXITSTATUS(status));
}

static void on_exit_of_parent(void)
{
	int up[2], status;
	char c = 0;

	MUST(pipe(up) == 0);
	pid_t parent = fork();
	if (parent == 0) {
		pid_t child = fork();
		if (child == 0) {
			sigset_t set;
			siginfo_t info;
			sigemptyset(&set);
			sigaddset(&set, SIGUSR1);
			sigprocmask(SIG_BLOCK, &set, NULL);
			MUST(prctl(PR_SET_PDEATHSIG, SIGUSR1) == 0);
			MUST(write(up[1], "r", 1) == 1);
			MUST(sigwaitinfo(&set, &info) == SIGUSR1);
			MUST(write(up[1], info.si_pid == getppid() ? "?" : "d", 1) == 1);
			_exit(11);
		}
		MUST(read(up[0], &c, 1) == 1 && c == 'r');
		_exit(5);
	}
	MUST(waitpid(parent, &status, 0) == parent);
	told("parent", status);
	MUST(read(up[0], &c, 1) == 1);
	say("the child's parent-death signal: %c", c);
	/* The orphan is ours: PR_SET_CHILD_SUBREAPER. */
	pid_t orphan = wait(&status);
	MUST(orphan > 0 && orphan != parent);
	told("orphan", status);
}

int main(void)
{
	struct rusage used;
	struct timespec t0, t;
	char *sh[] = { "sh", "-c", "exit 6", NULL };
	pid_t pid;
	int status;

	MUST(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	on_exit_of_parent();
	pid = vfork();
	if (pid == 0) {
		execve("/bin/sh", sh, environ);
		_exit(99);
	}
	MUST(waitpid(pid, &status, 0) == pid);
	told("vfork", status);
	pid = vfork();
	if (pid == 0)
		_exit(8);
	MUST(waitpid(pid, &status, 0) == pid);
	told("vfork without execve", status);
	MUST(posix_spawn(&pid, "/bin/sh", NULL, NULL, sh, environ) == 0 && waitpid(pid, &status, 0) == pid);
	told("posix_spawn", status);
	say("posix_spawn of nothing: %s", strerrorname_np(posix_spawn(&pid, "/nonexistent", NULL, NULL, sh, environ)));
	told("system", system("kill -9 $$"));
	told("system", system("exit 77"));
	FILE *f = popen("cat >&2; exit 4", "w");
	fputs("through a pipe\n", f);
	told("popen", pclose(f));
	pid = fork();
	if (pid == 0)
		_exit(setsid() == getpid() && getsid(0) == getpid() && getpgrp() == getpid() ? 1 : 2);
	MUST(waitpid(pid, &status, 0) == pid);
	told("setsid", status);
	pid = fork();
	if (pid == 0) {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t0);
		do
			clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
		while ((t.tv_sec - t0.tv_sec) * 1000 + (t.tv_nsec - t0.tv_nsec) / 1000000 < 30);
		abort();
	}
	MUST(wait4(pid, &status, 0, &used) == pid);
	told("wait4", status);
	long ms = used.ru_utime.tv_sec * 1000 + used.ru_utime.tv_usec / 1000 + used.ru_stime.tv_sec * 1000 +
		used.ru_stime.tv_usec / 1000;
	say("its time %s", ms >= 20 && ms < 2000 ? "is told" : "is wrong");
	MUST(wait(NULL) == -1 && errno == ECHILD);
	/* With SIGCHLD ignored children vanish by themselves, and wait tells when all have. */
	signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < 3; i++)
		if (fork() == 0)
			_exit(0);
	MUST(wait(NULL) == -1 && errno == ECHILD);
	say("no zombies");
	signal(SIGCHLD, SIG_DFL);
	/* A process that nobody else may look into. */
	MUST(prctl(PR_SET_DUMPABLE, 0) == 0);
	pthread_t th = start((void *(*)(void *))(void *)getpid, NULL);
	MUST(pthread_join(th, NULL) == 0);
	pid = fork();
	if (pid == 0)
		_exit(prctl(PR_GET_DUMPABLE) ? 1 : 3);
	MUST(waitpid(pid, &status, 0) == pid);
	told("not dumpable", status);
	return 0;
}
