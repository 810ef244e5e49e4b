/* SPDX-License-Identifier: MIT */
/* What a thread may share with no other, and does: oddwaits WAY. */
#include "rawtask.h"

enum { STACK = 65536 };

static volatile int go;

static int body(void *arg)
{
	(void)arg;
	while (!go)
		syscall(SYS_sched_yield);
	raw_exit(0);
}

static pid_t raw_thread(volatile int *tid_word, volatile int *clear)
{
	char *stack = map(STACK, PROT_READ | PROT_WRITE, MAP_STACK);
	struct fake_tcb *tcb = fake_tcb(stack + STACK);
	pid_t tid = clone(body, (char *)tcb - 64, THREAD_FLAGS | CLONE_SETTLS, NULL, tid_word, tcb, clear);

	MUST(tid > 0);
	return tid;
}

static void *let_go(void *arg)
{
	wait_in_call(getpid(), SYS_futex);
	go = 1;
	return arg;
}

/* The kernel's wake is for shared futexes: a private wait sleeps until its time is over. */
static void private_wait(void)
{
	static volatile int word;
	struct timespec soon = { .tv_nsec = 300000000 };
	pid_t tid = raw_thread(&word, &word);
	pthread_t helper = start(let_go, NULL);
	long ret = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, tid, &soon, NULL, 0);

	MUST(ret == -1 && errno == ETIMEDOUT && word == 0);
	pthread_join(helper, NULL);
}

static void one_word(void)
{
	static volatile int tid[2], word = 1;
	pid_t a = raw_thread(&tid[0], &word), b = raw_thread(&tid[1], &word);

	go = 1;
	wait_gone(a);
	wait_gone(b);
}

static char both[STACK];
static pthread_barrier_t barrier;

static void *same_altstack(void *arg)
{
	stack_t ss = { .ss_sp = both, .ss_size = sizeof(both) };

	MUST(sigaltstack(&ss, NULL) == 0);
	pthread_barrier_wait(&barrier);
	return arg;
}

static void altstack_shared(void)
{
	MUST(pthread_barrier_init(&barrier, NULL, 2) == 0);
	pthread_t a = start(same_altstack, NULL), b = start(same_altstack, NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
}

static __thread char own[STACK];

static void *altstack_of_variables(void *arg)
{
	stack_t ss = { .ss_sp = own, .ss_size = sizeof(own) };

	MUST(sigaltstack(&ss, NULL) == 0);
	return arg;
}

static void altstack_in_tls(void)
{
	pthread_join(start(altstack_of_variables, NULL), NULL);
}

static void altstack_small(void)
{
	stack_t ss = { .ss_sp = both, .ss_size = 1000 };

	MUST(sigaltstack(&ss, NULL) == -1 && errno == ENOMEM);
}

static void *forks(void *arg)
{
	pid_t *kid = arg;
	int ready[2];
	char byte;

	MUST(pipe(ready) == 0);
	*kid = fork();
	if (*kid == 0) {
		MUST(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && write(ready[1], "r", 1) == 1);
		for (;;)
			pause();
	}
	MUST(*kid > 0 && read(ready[0], &byte, 1) == 1);
	return NULL;
}

static void parent_death(void)
{
	pid_t kid;

	pthread_join(start(forks, &kid), NULL);
	MUST(status_of(kid) == -SIGKILL);
}

static const struct {
	const char *name;
	void (*way)(void);
} ways[] = {
	{ "private_wait", private_wait },
	{ "one_word", one_word },
	{ "altstack_shared", altstack_shared },
	{ "altstack_in_tls", altstack_in_tls },
	{ "altstack_small", altstack_small },
	{ "parent_death", parent_death },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(*ways); i++)
		if (strcmp(ways[i].name, argv[1]) == 0) {
			ways[i].way();
			return 0;
		}
	return 2;
}
