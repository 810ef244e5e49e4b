/* SPDX-License-Identifier: MIT */
/* What comes with a signal, by every way it can come; which calls it ends, and what is left of their time. */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "oddity.h"

static volatile sig_atomic_t handled;
static siginfo_t last;
static pid_t helper;

static const char *who(pid_t pid)
{
	return pid == getpid() ? "self" : pid == helper ? "child" : pid == 0 ? "nobody" : "a stranger";
}

static void on_info(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	last = *info;
	handled++;
}

static void handle(int sig, int flags)
{
	struct sigaction sa = { .sa_sigaction = on_info, .sa_flags = SA_SIGINFO | flags };

	MUST(sigaction(sig, &sa, NULL) == 0);
}

static void tell(const char *what)
{
	say("%s: %d signal(s), number %d code %d, value %d, from %s", what, handled, last.si_signo, last.si_code,
		last.si_code == SI_QUEUE || last.si_code == SI_TIMER ? last.si_value.sival_int : 0,
		last.si_code == SI_TIMER || last.si_code > 0 ? "-" : who(last.si_pid));
	handled = 0;
	memset(&last, 0, sizeof(last));
}

static void ways(void)
{
	union sigval v = { .sival_int = 4711 };
	struct sigevent sev = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2, .sigev_value = { .sival_int = 99 }
	};
	struct itimerspec once = { .it_value.tv_nsec = 5000000 };
	timer_t timer;

	handle(SIGUSR1, 0);
	handle(SIGUSR2, 0);
	handle(SIGCHLD, 0);
	handle(SIGSEGV, 0);
	handle(SIGRTMIN + 3, 0);
	kill(getpid(), SIGUSR1);
	tell("kill");
	raise(SIGUSR1);
	tell("tgkill");
	syscall(SYS_tkill, syscall(SYS_gettid), SIGUSR1);
	tell("tkill");
	MUST(sigqueue(getpid(), SIGRTMIN + 3, v) == 0);
	tell("sigqueue");
	MUST(pthread_sigqueue(pthread_self(), SIGRTMIN + 3, v) == 0);
	tell("pthread_sigqueue");
	siginfo_t own = { .si_code = -77, .si_signo = SIGRTMIN + 3 };
	own.si_pid = getpid();
	MUST(syscall(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN + 3, &own) == 0);
	tell("rt_sigqueueinfo");
	MUST(timer_create(CLOCK_MONOTONIC, &sev, &timer) == 0 && timer_settime(timer, 0, &once, NULL) == 0);
	while (!handled)
		sleep_ms(1);
	tell("timer");
	helper = fork();
	if (helper == 0) {
		sigqueue(getppid(), SIGUSR1, v);
		_exit(3);
	}
	MUST(status_of(helper) == 3);
	while (handled < 2) /* SIGUSR1 of the child, and SIGCHLD */
		sleep_ms(1);
	say("child: SIGCHLD or SIGUSR1 from %s", who(last.si_pid));
	handled = 0;
	/* A fault that is handled by mending it: the handler's siginfo has the address. */
	kill(getpid(), SIGSEGV);
	tell("a SIGSEGV that is sent");
}

static void *queue_soon(void *arg)
{
	union sigval v = { .sival_int = 12 };

	wait_in_call(getpid(), SYS_rt_sigtimedwait);
	MUST(sigqueue(getpid(), SIGRTMIN + 4, v) == 0);
	return arg;
}

static void waits(void)
{
	struct timespec soon = { .tv_nsec = 20000000 };
	siginfo_t info;
	sigset_t set, none;
	struct signalfd_siginfo si;

	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 4);
	sigaddset(&set, SIGUSR1);
	MUST(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
	int got = sigtimedwait(&set, &info, &soon);
	say("sigtimedwait without a signal: %d %s", got, strerrorname_np(errno));
	pthread_t t = start(queue_soon, NULL);
	while ((got = sigwaitinfo(&set, &info)) < 0 && errno == EINTR)
		;
	MUST(got == SIGRTMIN + 4);
	say("sigwaitinfo: code %d, value %d, from %s", info.si_code, info.si_value.sival_int, who(info.si_pid));
	pthread_join(t, NULL);
	for (int i = 0; i < 5; i++)
		MUST(sigqueue(getpid(), SIGRTMIN + 4, (union sigval){ .sival_int = i }) == 0);
	int fd = signalfd(-1, &set, SFD_CLOEXEC);
	for (int i = 0; i < 5; i++) {
		MUST(read(fd, &si, sizeof(si)) == sizeof(si) && si.ssi_int == i);
	}
	say("five by signalfd, in order");
	raise(SIGUSR1);
	got = sigsuspend(&none);
	say("sigsuspend: %d %s", got, strerrorname_np(errno));
	tell("what it let in");
	MUST(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
}

/* ---- calls that a signal ends ---- */

static int ends[2], sock[2], ep;

/* A signal comes 60 ms after; where SA_RESTART starts a read again, it gets the byte of feed(). */
static int interrupted(int (*call)(void), int flags)
{
	struct itimerval soon = { .it_value.tv_usec = 60000 }, off = { .it_interval.tv_sec = 0 };

	handle(SIGALRM, flags);
	MUST(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	errno = 0;
	int got = call(), err = got < 0 ? errno : 0;
	MUST(setitimer(ITIMER_REAL, &off, NULL) == 0);
	return err;
}

static void *feed(void *arg)
{
	while (!handled)
		sleep_ms(1);
	wait_state(getpid(), "S");
	MUST(write(ends[1], "x", 1) == 1);
	MUST(write(sock[1], "x", 1) == 1);
	return arg;
}

static int do_read(void)
{
	char c;
	return (int)read(ends[0], &c, 1);
}
static int do_recv(void)
{
	char c;
	return (int)recv(sock[0], &c, 1, 0);
}
static int do_poll(void)
{
	struct pollfd p = { .fd = ends[0], .events = POLLIN };
	return poll(&p, 1, 2000);
}
static int do_epoll(void)
{
	struct epoll_event e;
	return epoll_wait(ep, &e, 1, 2000);
}
static int do_select(void)
{
	struct timeval tv = { .tv_sec = 2 };
	return select(0, NULL, NULL, NULL, &tv);
}
static int do_pause(void)
{
	return pause();
}
static int do_futex(void)
{
	static int word;
	struct timespec two = { .tv_sec = 2 };

	return (int)syscall(SYS_futex, &word, FUTEX_WAIT, 0, &two, NULL, 0);
}
static int do_nap(void)
{
	struct timespec half = { .tv_nsec = 500000000 }, left = { 0 };
	int got = nanosleep(&half, &left);

	if (got < 0)
		MUST(left.tv_nsec > 200000000 && left.tv_nsec < 500000000);
	return got;
}
static int do_clock_nap(void)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 1;
	return -(errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
}

static void restarts(void)
{
	static const struct {
		const char *name;
		int (*call)(void);
		bool fed;
	} calls[] = {
		{ "read", do_read, true },
		{ "recv", do_recv, true },
		{ "poll", do_poll, false },
		{ "epoll_wait", do_epoll, false },
		{ "select", do_select, false },
		{ "pause", do_pause, false },
		{ "futex", do_futex, false },
		{ "nanosleep", do_nap, false },
		{ "clock_nanosleep", do_clock_nap, false },
	};
	char c;

	MUST(pipe(ends) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, sock) == 0);
	ep = epoll_create1(EPOLL_CLOEXEC);
	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		for (int restart = 0; restart < 2; restart++) {
			bool fed = calls[i].fed && restart;
			pthread_t t;
			handled = 0;
			if (fed)
				t = start(feed, NULL);
			int err = interrupted(calls[i].call, restart ? SA_RESTART : 0);
			say("%s %s SA_RESTART: %s after %d signal(s)", calls[i].name, restart ? "with" : "without",
				err ? strerrorname_np(err) : "done", handled);
			if (!fed)
				continue;
			pthread_join(t, NULL); /* drain what the other one got */
			if (calls[i].call == do_read)
				MUST(read(sock[0], &c, 1) == 1);
			else
				MUST(read(ends[0], &c, 1) == 1);
		}
	}
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void timeouts(void)
{
	struct pollfd p = { .fd = ends[0], .events = POLLIN };
	struct epoll_event e;
	double t0 = seconds();

	MUST(poll(&p, 1, 50) == 0 && epoll_wait(ep, &e, 1, 50) == 0);
	double t = seconds() - t0;
	MUST(t >= 0.1);
	say("poll and epoll_wait %s", t < 3 ? "in time" : "too late");
	sleep_ms(20);
	MUST(seconds() - t0 >= 0.12);
}

int main(int argc, char **argv)
{
	(void)argv;
	ways();
	waits();
	restarts();
	timeouts();
	if (argc > 1)
		raise(atoi(argv[1]));
	return 7;
}
