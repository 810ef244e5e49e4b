/* SPDX-License-Identifier: MIT */
/* Where a trace's bytes go: when they are written, to whom, and what is said when they can't be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "tell/output.h"

enum { GATHERED = 64 * 1024, WAIT_MS = 10000 };

static char folder[] = "/tmp/test_output-XXXXXX";
static char path[64], target[256];

static int make_folder(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as a trace has it */
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/out", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static off_t size_now(void)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : -1;
}

static const char *content(char *buf, size_t n)
{
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	buf[fread(buf, 1, n - 1, f)] = '\0';
	fclose(f);
	return buf;
}

static void put(struct output *o, size_t n)
{
	while (n--)
		outbuf_putc(&o->buf, 'x');
}

static void a_file_is_written_when_enough_has_gathered(void **state)
{
	struct output o;
	(void)state;

	assert_int_equal(output_open(&o, path), 0);
	assert_false(o.eager);
	assert_false(o.piped);
	put(&o, GATHERED - 1);
	assert_int_equal(output_maybe_flush(&o), 0);
	assert_int_equal(size_now(), 0);
	put(&o, 1);
	assert_int_equal(output_maybe_flush(&o), 0);
	assert_int_equal(size_now(), GATHERED);
	put(&o, 1);
	assert_int_equal(output_flush(&o), 0);
	assert_int_equal(size_now(), GATHERED + 1);
	assert_false(output_is_deserted(&o));
	output_close(&o);
	/* And grows, or begins anew. */
	assert_int_equal(output_open_to_append(&o, path), 0);
	put(&o, 3);
	assert_int_equal(output_flush(&o), 0);
	assert_int_equal(size_now(), GATHERED + 4);
	output_close(&o);
	assert_int_equal(output_open(&o, path), 0);
	assert_int_equal(size_now(), 0);
	output_close(&o);
}

static void a_file_is_nothing_that_programs_inherit(void **state)
{
	struct output o;
	(void)state;

	assert_int_equal(output_open(&o, path), 0);
	int fd = o.fd;
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	output_close(&o);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(output_open(&o, "-"), 0);
	output_close(&o);
	assert_int_not_equal(fcntl(STDOUT_FILENO, F_GETFD), -1); /* not ours to close */
}

static void what_cant_be_opened_is_said(void **state)
{
	struct output o;
	(void)state;

	snprintf(target, sizeof(target), "%s/none/out", folder);
	assert_int_equal(output_open(&o, target), -ENOENT);
	assert_int_equal(output_open(&o, folder), -EISDIR);
}

static void what_cant_be_written_is_said_once(void **state)
{
	struct output o;
	(void)state;

	if (access("/dev/full", W_OK) < 0)
		skip();
	assert_int_equal(output_open(&o, "/dev/full"), 0);
	put(&o, 10);
	assert_int_equal(output_flush(&o), -ENOSPC);
	assert_int_equal(output_flush(&o), 0); /* nothing is kept of it */
	output_close(&o);
}

static void what_did_not_fit_is_said_and_the_rest_written(void **state)
{
	struct output o;
	(void)state;

	assert_int_equal(output_open(&o, path), 0);
	outbuf_release(&o.buf);
	outbuf_init(&o.buf, 16);
	outbuf_puts(&o.buf, "as much as fits");
	outbuf_puts(&o.buf, "and more");
	assert_int_equal(output_flush(&o), -EMSGSIZE);
	assert_int_equal(size_now(), strlen("as much as fits"));
	outbuf_puts(&o.buf, "again");
	assert_int_equal(output_flush(&o), 0);
	output_close(&o);
}

static void a_command_gets_all_and_is_waited_for(void **state)
{
	struct output o;
	char buf[64];
	(void)state;

	snprintf(target, sizeof(target), "|{ wc -c; echo over; } >%s", path);
	assert_int_equal(output_open(&o, target), 0);
	assert_true(o.piped);
	put(&o, 3 * GATHERED); /* more than a pipe holds */
	assert_int_equal(output_maybe_flush(&o), 0);
	put(&o, 1);
	assert_int_equal(output_finish(&o, UINT64_MAX), 0);
	output_close(&o);
	assert_string_equal(content(buf, sizeof(buf)), "196609\nover\n");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void a_reader_that_goes_is_noticed(void **state)
{
	struct output o;
	const struct timespec ms = { .tv_nsec = 1000000 };
	(void)state;

	assert_int_equal(output_open(&o, "|exec sleep 1000"), 0);
	assert_false(output_is_deserted(&o));
	put(&o, 1);
	assert_int_equal(output_flush(&o), 0);
	assert_int_equal(kill(o.command, SIGKILL), 0);
	for (int i = 0; i < WAIT_MS && !output_is_deserted(&o); i++)
		nanosleep(&ms, NULL);
	assert_true(output_is_deserted(&o));
	put(&o, 1);
	assert_int_equal(output_flush(&o), -EPIPE);
	output_close(&o);
}

static void a_terminal_is_written_to_at_once(void **state)
{
	struct output o;
	char buf[16] = "";
	(void)state;

	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		skip();
	snprintf(target, sizeof(target), "%s", ptsname(master));
	assert_int_equal(output_open(&o, target), 0);
	assert_true(o.eager);
	outbuf_puts(&o.buf, "one");
	assert_int_equal(output_maybe_flush(&o), 0);
	assert_int_equal(read(master, buf, sizeof(buf) - 1), 3);
	assert_string_equal(buf, "one");
	output_close(&o);
	close(master);
}

static void a_stopped_reader_gets_all_when_it_goes_on(void **state)
{
	struct output o;
	char buf[64];
	(void)state;

	snprintf(target, sizeof(target), "|wc -c >%s", path);
	assert_int_equal(output_open(&o, target), 0);
	assert_int_equal(kill(o.command, SIGSTOP), 0);
	pid_t waker = fork();
	if (waker == 0) {
		nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL); /* meanwhile nobody reads */
		kill(o.command, SIGCONT);
		_exit(0);
	}
	put(&o, 5 * GATHERED);
	assert_int_equal(output_finish(&o, UINT64_MAX), 0);
	assert_int_equal(waitpid(waker, NULL, 0), waker);
	output_close(&o);
	assert_string_equal(content(buf, sizeof(buf)), "327680\n");
}

/* Whose pipe or terminal it is: ours; the shell's, which may be opened again; nobody's that can be. */
enum whose { OURS, SHARED, BARRED };

static int reader, writer;

static void open_full(struct output *o, enum whose whose)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	/* Room for as much whatever the size of a page is. */
	assert_int_equal(fcntl(fds[1], F_SETPIPE_SZ, GATHERED), GATHERED);
	reader = fds[0];
	writer = fds[1];
	if (whose == OURS) {
		snprintf(target, sizeof(target), "/proc/self/fd/%d", writer);
		assert_int_equal(output_open(o, target), 0);
	} else {
		output_borrow(o, writer);
	}
	if (whose == BARRED) {
		close(o->ready);
		o->ready = o->fd;
		o->way = OUTPUT_ASK;
	}
	put(o, 5 * GATHERED);
}

static void close_full(struct output *o)
{
	output_close(o);
	close(reader);
	close(writer);
}

/* It would never return. */
static void a_reader_that_takes_nothing_holds_nobody_up(void **state)
{
	static const enum output_way ways[] = { OUTPUT_NONBLOCK, OUTPUT_NONBLOCK, OUTPUT_ASK };
	char buf[GATHERED];
	struct output o;
	(void)state;

	for (int whose = OURS; whose <= BARRED; whose++) {
		open_full(&o, (enum whose)whose);
		assert_int_equal(o.way, ways[whose]);
		assert_int_equal(output_flush(&o), 0);
		size_t waiting = output_waiting(&o);
		assert_true(waiting >= 4 * GATHERED && waiting < 5 * GATHERED);
		assert_int_equal(read(reader, buf, sizeof(buf)), 5 * GATHERED - waiting);
		put(&o, 1);
		assert_int_equal(output_flush(&o), 0);
		assert_int_equal(output_waiting(&o), 2 * waiting + 1 - 5 * GATHERED);
		/* The descriptor that others share blocks as it did. */
		assert_false(whose != OURS && fcntl(o.fd, F_GETFL) & O_NONBLOCK);
		close_full(&o);
	}
}

static void nothing_is_lost_or_doubled_on_the_way(void **state)
{
	struct output o;
	char line[32];
	unsigned want = 0, got;
	(void)state;

	open_full(&o, OURS);
	outbuf_clear(&o.buf);
	FILE *in = fdopen(dup(reader), "r");
	for (unsigned i = 0; i < 400000; i++) {
		outbuf_printf(&o.buf, "%u\n", i);
		assert_int_equal(output_maybe_flush(&o), 0);
		for (int n = 0; i % 3 && n < 1 && output_waiting(&o) > 2 * GATHERED; n++, want++)
			assert_true(fgets(line, sizeof(line), in) && sscanf(line, "%u", &got) == 1 && got == want);
	}
	while (output_waiting(&o)) {
		assert_true(fgets(line, sizeof(line), in) && sscanf(line, "%u", &got) == 1 && got == want++);
		assert_int_equal(output_flush(&o), 0);
	}
	close_full(&o);
	while (fgets(line, sizeof(line), in))
		assert_true(sscanf(line, "%u", &got) == 1 && got == want++);
	assert_int_equal(want, 400000);
	fclose(in);
}

static void too_much_that_waits_makes_it_full(void **state)
{
	struct output o;
	(void)state;

	open_full(&o, OURS);
	assert_false(output_is_full(&o));
	put(&o, OUTPUT_MOST);
	assert_int_equal(output_flush(&o), 0);
	assert_true(output_is_full(&o));
	/* And stays so until there is room for more than a word. */
	outbuf_consume(&o.buf, o.done + output_waiting(&o) - OUTPUT_MOST / 2 - 1);
	o.done = 0;
	assert_true(output_is_full(&o));
	outbuf_consume(&o.buf, 1);
	assert_false(output_is_full(&o));
	close_full(&o);
}

static uint64_t ms_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void the_end_waits_no_longer_than_it_may(void **state)
{
	struct output o;
	(void)state;

	for (int whose = OURS; whose <= BARRED; whose++) {
		uint64_t begin = ms_now();
		open_full(&o, (enum whose)whose);
		assert_int_equal(output_finish(&o, 200000000), -ETIMEDOUT);
		assert_true(ms_now() - begin >= 200);
		assert_true(o.given_up);
		close_full(&o);
	}
}

static void the_end_heeds_a_signal(void **state)
{
	struct output o;
	sigset_t set, old;
	(void)state;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	raise(SIGTERM); /* it came before: the trace has heeded it */
	open_full(&o, OURS);
	pid_t self = getpid(), asker = fork();
	if (asker == 0) {
		nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
		kill(self, SIGTERM);
		_exit(0);
	}
	uint64_t begin = ms_now();
	assert_int_equal(output_finish(&o, UINT64_MAX), -ETIMEDOUT);
	assert_true(ms_now() - begin >= 100);
	assert_int_equal(waitpid(asker, NULL, 0), asker);
	sigprocmask(SIG_SETMASK, &old, NULL);
	close_full(&o);
}

/* Ctrl-S. */
static void a_terminal_that_stands_still_holds_nobody_up(void **state)
{
	struct output o;
	(void)state;

	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		skip();
	int fd = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(tcflow(fd, TCOOFF), 0);
	output_borrow(&o, fd);
	put(&o, 100 * GATHERED);
	assert_int_equal(output_flush(&o), 0);
	assert_true(output_waiting(&o) > 0);
	output_close(&o);
	tcflow(fd, TCOON);
	close(fd);
	close(master);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_written_when_enough_has_gathered),
		cmocka_unit_test(a_file_is_nothing_that_programs_inherit),
		cmocka_unit_test(what_cant_be_opened_is_said),
		cmocka_unit_test(what_cant_be_written_is_said_once),
		cmocka_unit_test(what_did_not_fit_is_said_and_the_rest_written),
		cmocka_unit_test(a_command_gets_all_and_is_waited_for),
		cmocka_unit_test(a_reader_that_goes_is_noticed),
		cmocka_unit_test(a_terminal_is_written_to_at_once),
		cmocka_unit_test(a_stopped_reader_gets_all_when_it_goes_on),
		cmocka_unit_test(a_reader_that_takes_nothing_holds_nobody_up),
		cmocka_unit_test(nothing_is_lost_or_doubled_on_the_way),
		cmocka_unit_test(too_much_that_waits_makes_it_full),
		cmocka_unit_test(the_end_waits_no_longer_than_it_may),
		cmocka_unit_test(the_end_heeds_a_signal),
		cmocka_unit_test(a_terminal_that_stands_still_holds_nobody_up),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
