/* SPDX-License-Identifier: MIT */
/* What a thread may share with no other, and does: oddwaits WAY. */
#include "rawtask.h"

#include "../live/rawclone.h"

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

/* ---- what ends leave behind ---- */

/* As told.py has it. */
static void untested(const char *why)
{
	say("SKIP %s", why);
	_exit(0);
}

static volatile int *word_page;

static int unmaps_its_word(void *arg)
{
	(void)arg;
	syscall(SYS_munmap, word_page, 4096);
	raw_exit(0);
}

static void word_unmapped(void)
{
	static volatile int tid_word;
	char *stack = map(STACK, PROT_READ | PROT_WRITE, MAP_STACK);
	struct fake_tcb *tcb = fake_tcb(stack + STACK);

	word_page = (volatile int *)(uintptr_t)map(4096, PROT_READ | PROT_WRITE, 0);
	pid_t tid = clone(
		unmaps_its_word, (char *)tcb - 64, THREAD_FLAGS | CLONE_SETTLS, NULL, &tid_word, tcb, word_page);
	MUST(tid > 0);
	wait_gone(tid);
}

static void *naps(void *arg)
{
	sleep_ms(100);
	return arg;
}

static void long_join(void)
{
	pthread_join(start(naps, NULL), NULL);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile pid_t waiter;

static void *has_it(void *arg)
{
	pthread_mutex_lock(&lock);
	pthread_barrier_wait(&barrier);
	for (;;)
		pause();
	return arg;
}

static void *wants_it(void *arg)
{
	waiter = gettid();
	pthread_mutex_lock(&lock);
	return arg;
}

static void lock_at_exit(void)
{
	MUST(pthread_barrier_init(&barrier, NULL, 2) == 0);
	start(has_it, NULL);
	pthread_barrier_wait(&barrier);
	start(wants_it, NULL);
	wait_in_call(wait_tid(&waiter), SYS_futex);
	wait_state(waiter, "S");
}

/* Without the C library, which would have each thread do it. */
static void *gives_up(void *arg)
{
	if (syscall(SYS_setresgid, 65534, 65534, 65534) != 0)
		untested("only root can change its group");
	sleep_ms(50);
	return arg;
}

static void creds_differ(void)
{
	pthread_join(start(gives_up, NULL), NULL);
}

static volatile int stale; /* the number of a thread that is gone, and which nothing clears */

static void *waits_for_stale(void *arg)
{
	struct timespec most = { .tv_sec = 10 };

	waiter = gettid();
	syscall(SYS_futex, &stale, FUTEX_WAIT, stale, &most, NULL, 0);
	return arg;
}

static int ends(void *arg)
{
	(void)arg;
	raw_exit(0);
}

/* One that is called the same as who is still waited for: by set_tid, for which a right is needed. */
static void tid_reused(void)
{
	char *stack = map(STACK, PROT_READ | PROT_WRITE, MAP_STACK);
	struct fake_tcb *tcb = fake_tcb(stack + STACK);
	pid_t tid = clone(
		ends, (char *)tcb - 64, (THREAD_FLAGS & ~CLONE_CHILD_CLEARTID) | CLONE_SETTLS, NULL, &stale, tcb, NULL);

	MUST(tid > 0);
	wait_gone(tid);
	sleep_ms(5); /* its number is free a moment later than it is gone, and nothing but a clone tells when */
	pthread_t t = start(waits_for_stale, NULL);
	wait_in_call(wait_tid(&waiter), SYS_futex);
	wait_state(waiter, "S");
	tcb = fake_tcb(stack + STACK);
	pid_t set_tid[] = { tid };
	struct clone_args args = { .flags = THREAD_FLAGS & ~CLONE_PARENT_SETTID,
		.child_tid = (uintptr_t)&tcb->tid,
		.stack = (uintptr_t)stack,
		.stack_size = STACK / 2,
		.tls = (uintptr_t)tcb,
		.set_tid = (uintptr_t)set_tid,
		.set_tid_size = 1 };
	args.flags |= CLONE_SETTLS;
	if (raw_clone(SYS_clone3, (long)(uintptr_t)&args, sizeof(args), 0, 0, 0, SYS_exit) < 0)
		untested("set_tid needs CAP_CHECKPOINT_RESTORE, and a number that is free");
	wait_cleared(&tcb->tid);
	stale = 0;
	syscall(SYS_futex, &stale, FUTEX_WAKE, 1, NULL, NULL, 0);
	pthread_join(t, NULL);
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
	{ "word_unmapped", word_unmapped },
	{ "long_join", long_join },
	{ "lock_at_exit", lock_at_exit },
	{ "creds_differ", creds_differ },
	{ "tid_reused", tid_reused },
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
