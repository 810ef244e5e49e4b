/* SPDX-License-Identifier: MIT */
/* execve by a thread that is not the leader, while two others live: it takes over the leader's tid. */
#include "oddity.h"

static char *self;

static void *idle(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void *worker(void *arg)
{
	char tid[16];

	snprintf(tid, sizeof(tid), "%d", gettid());
	execl(self, self, tid, (char *)NULL);
	return arg;
}

static void *after(void *arg)
{
	return arg;
}

int main(int argc, char **argv)
{
	self = argv[0];
	if (argc > 1) {
		EXPECT("1 exec");
		EXPECT("1 exec task=T2 tid=%d former_tid=%s path~exec_thread", getpid(), argv[1]);
		EXPECT("1 end task=T0 how=exec by=T2");
		EXPECT_IF("calls", "1 end task=T1 how=exec by=T2");
		/* a C library's start belongs to no thread's life, the second time either */
		EXPECT("0 call name=set_tid_address");
		pthread_join(start(after, NULL), NULL);
		EXPECT("1 birth task=T3 parent=T2 kind=thread");
		EXPECT("1 finding id=exec-ends-threads task=T2 severity=note text~T0");
		EXPECT("1 end task=T2 how=exit_group status=5");
		return 5;
	}
	start(idle, NULL);
	start(worker, NULL);
	idle(NULL);
}
