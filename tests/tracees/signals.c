/* SPDX-License-Identifier: MIT */
/* Handlers, restarted and interrupted calls, signals to one thread, real-time values, timers: all arrive as sent. */
#include <sys/time.h>

#include "oddity.h"

static volatile int usr1, usr2, alarms, value;
static pthread_t leader;

static void on_usr1(int sig)
{
	(void)sig;
	usr1++;
}

static void on_usr2(int sig)
{
	(void)sig;
	MUST(pthread_equal(pthread_self(), leader));
	usr2++;
}

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static void on_value(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	MUST(info->si_code == SI_QUEUE && info->si_pid == getpid());
	value += info->si_value.sival_int;
}

static void *sender(void *arg)
{
	for (int i = 0; i < 3; i++) {
		wait_state(getpid(), "S"); /* it waits for this thread */
		pthread_kill(leader, SIGUSR2);
		while (usr2 == i) /* two pending ones would be one */
			sleep_ms(1);
	}
	return arg;
}

static volatile pid_t waiter_tid;

static void *waiter(void *arg)
{
	int sig;

	waiter_tid = gettid();
	MUST(sigwait(arg, &sig) == 0 && sig == SIGTERM);
	return NULL;
}

static void handle(int sig, void (*handler)(int), int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	MUST(sigaction(sig, &sa, NULL) == 0);
}

int main(void)
{
	struct sigaction queued = { .sa_sigaction = on_value, .sa_flags = SA_SIGINFO };
	struct timespec nap = { .tv_sec = 5 };
	struct itimerval soon = { .it_value.tv_usec = 200000 }; /* a loaded machine is slow to begin a sleep */
	sigset_t term;
	int ends[2];
	char c;

	leader = pthread_self();
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	MUST(pthread_sigmask(SIG_BLOCK, &term, NULL) == 0);
	handle(SIGUSR1, on_usr1, SA_RESTART);
	handle(SIGUSR2, on_usr2, SA_RESTART);
	handle(SIGALRM, on_alarm, 0);
	MUST(sigaction(SIGRTMIN + 1, &queued, NULL) == 0);
	raise(SIGUSR1);
	MUST(usr1 == 1);
	pthread_t t = start(sender, NULL);
	MUST(pthread_join(t, NULL) == 0); /* restarted under SIGUSR2 */
	MUST(usr2 == 3);
	MUST(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	MUST(nanosleep(&nap, NULL) == -1 && errno == EINTR && alarms == 1);
	MUST(pipe(ends) == 0 && setitimer(ITIMER_REAL, &soon, NULL) == 0);
	MUST(read(ends[0], &c, 1) == -1 && errno == EINTR && alarms == 2);
	for (int i = 1; i <= 3; i++)
		MUST(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = i }) == 0);
	MUST(value == 6);
	t = start(waiter, &term);
	wait_state(wait_tid(&waiter_tid), "S");
	kill(getpid(), SIGTERM);
	MUST(pthread_join(t, NULL) == 0);
	EXPECT_IF("calls", "0..1 join joined=T1");
	EXPECT_IF("calls", "0..1 join joined=T2");
	EXPECT("3 birth");
	EXPECT("0 signal fatal=true");
	return 0;
}
