/* SPDX-License-Identifier: MIT */
/* Tells all that a program finds at its start: what its parent has set up for it must arrive unchanged. */
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "oddity.h"

extern char **environ;
static int out = 1;

#define TELL(...) dprintf(out, __VA_ARGS__)

static void tell_signals(void)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");
	struct sigaction sa;
	struct itimerval left;

	MUST(f);
	while (fgets(line, sizeof(line), f))
		/* Not Seccomp: the filter of the default mode is there, and the manual says so. */
		if ((!strncmp(line, "Sig", 3) && line[3] != 'Q') || !strncmp(line, "Shd", 3) ||
			!strncmp(line, "Cap", 3) || !strncmp(line, "NoNewPrivs", 10) || !strncmp(line, "Uid", 3) ||
			!strncmp(line, "Gid", 3) || !strncmp(line, "Groups", 6) || !strncmp(line, "Threads", 7))
			TELL("%s", line);
	fclose(f);
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler != SIG_DFL)
			TELL("signal %d is %s\n", sig, sa.sa_handler == SIG_IGN ? "ignored" : "handled");
	MUST(getitimer(ITIMER_REAL, &left) == 0);
	TELL("timer %s\n", left.it_value.tv_sec || left.it_value.tv_usec ? "runs" : "off");
}

static void tell_files(void)
{
	for (int fd = 0; fd < 1024; fd++) {
		struct stat st;
		int flags = fcntl(fd, F_GETFD);
		if (flags < 0 || fd == out)
			continue;
		MUST(fstat(fd, &st) == 0);
		TELL("fd %d: flags %d, status %#x, type %o, at %ld", fd, flags, fcntl(fd, F_GETFL), st.st_mode & S_IFMT,
			(long)lseek(fd, 0, SEEK_CUR));
		if (fd > 2) /* 1 and 2 are new files at each run of the test */
			TELL(", %lx:%lu", (unsigned long)st.st_dev, (unsigned long)st.st_ino);
		TELL("\n");
	}
	/* The directory must agree: nothing beyond 1023, either. */
	int n = 0;
	DIR *d = opendir("/proc/self/fd");
	MUST(d);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.' && atoi(e->d_name) != dirfd(d);
	closedir(d);
	TELL("%d open files\n", n);
}

static void tell_limits(void)
{
	struct rlimit l;

	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (getrlimit((__rlimit_resource_t)i, &l) == 0)
			TELL("limit %d: %llu %llu\n", i, (unsigned long long)l.rlim_cur,
				(unsigned long long)l.rlim_max);
}

static void tell_process(void)
{
	char cwd[4096];
	cpu_set_t cpus;
	mode_t mask = umask(0);
	int value = -1;

	TELL("cwd %s\numask %o\npgrp %d\nsid %d\n", getcwd(cwd, sizeof(cwd)), mask, getpgrp(), getsid(0));
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	TELL("terminal %s", tty < 0 ? strerror(errno) : "yes");
	if (tty >= 0)
		TELL(", foreground group %d", tcgetpgrp(tty));
	close(tty);
	TELL("\nnice %d, policy %d\n", getpriority(PRIO_PROCESS, 0), sched_getscheduler(0));
	MUST(sched_getaffinity(0, sizeof(cpus), &cpus) == 0);
	TELL("cpus %d\npersonality %x\ndumpable %d\n", CPU_COUNT(&cpus), personality(0xffffffff),
		prctl(PR_GET_DUMPABLE));
	MUST(prctl(PR_GET_PDEATHSIG, &value) == 0);
	TELL("parent-death signal %d\n", value);
	MUST(prctl(PR_GET_CHILD_SUBREAPER, &value) == 0);
	TELL("subreaper %d\nkeepcaps %d\ntimer slack %d\n", value, prctl(PR_GET_KEEPCAPS), prctl(PR_GET_TIMERSLACK));
	TELL("secure %lu\n", getauxval(AT_SECURE));
	TELL("no children: %d\n", waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

/* start_state FILE ARG...: to FILE, or to standard output for "-". */
int main(int argc, char **argv)
{
	char c;

	if (strcmp(argv[1], "-") != 0) {
		int file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0600);
		MUST((out = fcntl(file, F_DUPFD, 900)) == 900);
		close(file); /* the lowest number is free again */
	}
	tell_files();
	for (int i = 2; i < argc; i++)
		TELL("argument <%s>\n", argv[i]);
	for (char **e = environ; *e; e++)
		TELL("%s\n", *e);
	tell_signals();
	tell_limits();
	tell_process();
	TELL("input <");
	while (read(0, &c, 1) == 1)
		TELL("%c", c);
	TELL(">\n");
	return 42;
}
