/* SPDX-License-Identifier: MIT */
/* The program stops itself, with three threads; a child of it sees that and wakes it. Twice. */
#include <dirent.h>

#include "oddity.h"

static volatile pid_t tids[2];

static void *idle(void *arg)
{
	*(volatile pid_t *)arg = gettid();
	for (;;)
		pause();
	return arg;
}

/* Every thread is stopped: 'T', or 't' under a tracer. A stop of all of them at a time is the group's. */
static bool is_stopped(pid_t pid)
{
	char path[32], task[280];
	bool all = true;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *d = opendir(path);
	MUST(d);
	for (struct dirent *e; (e = readdir(d));) {
		snprintf(task, sizeof(task), "%d/task/%s", pid, e->d_name);
		all = all && (e->d_name[0] == '.' || strchr("tT", state_of(task)));
	}
	closedir(d);
	return all;
}

int main(void)
{
	int turn[2], back[2];
	char c;

	MUST(pipe(turn) == 0 && pipe(back) == 0);
	pid_t helper = fork();
	if (helper == 0) {
		for (int i = 0; i < 2; i++) {
			MUST(read(turn[0], &c, 1) == 1);
			while (!is_stopped(getppid()))
				sleep_ms(1);
			/* A tracer fetches each thread's report; that it has is not to be seen from here. */
			sleep_ms(80);
			MUST(write(back[1], "x", 1) == 1);
			kill(getppid(), SIGCONT);
		}
		_exit(0);
	}
	for (int i = 0; i < 2; i++) {
		start(idle, (void *)(uintptr_t)&tids[i]);
		wait_state(wait_tid(&tids[i]), "S");
	}
	MUST(write(turn[1], "x", 1) == 1);
	raise(SIGSTOP);
	MUST(read(back[0], &c, 1) == 1);
	say("continued");
	wait_state(tids[0], "S");
	wait_state(tids[1], "S");
	MUST(write(turn[1], "x", 1) == 1);
	kill(getpid(), SIGTSTP);
	MUST(read(back[0], &c, 1) == 1); /* it may take another thread first, and this one goes on for a moment */
	say("continued");
	MUST(status_of(helper) == 0);
	EXPECT_IF("nof", "2 stopped");
	EXPECT_IF("nof", "1 stopped signal=SIGSTOP");
	EXPECT_IF("nof", "1 stopped signal=SIGTSTP");
	EXPECT_IF("nof", "2 continued");
	EXPECT("2 end how=exit_group by=T0");
	return 0;
}
