/* SPDX-License-Identifier: MIT */
/* Findings for CI: SARIF, and a report of JUnit's form, of texts that are awkward in each. */
#include "teller.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void wants(struct teller *t, const char *words)
{
	if (!strstr(outbuf_str(teller_out(t)), words))
		fail_msg("nothing about \"%s\" in:\n%s", words, outbuf_str(teller_out(t)));
}

/* A program whose name has all that XML and URIs mind; its first thread waits in vain, and it exits with 3. */
static void story(struct teller *t)
{
	char *argv[] = { (char *)(uintptr_t) "./a<b>&\"c\"\x01", NULL };

	t->ev = (struct event){ .kind = EV_START,
		.u.start = { .argv = argv,
			.version = "1",
			.kernel = "6",
			.arch = "x",
			.mode = "all",
			.wall_ns = 951782400000001000 } };
	tell(t);
	const struct task *main = tell_program(t, LIBC_GLIBC);
	t->ev = (struct event){ .kind = EV_ODDITY,
		.task = main,
		.u.oddity = { .kind = ODD_WAIT, .wait = { .addr = 0x1000, .label = 1, .named = { 0x1000, 0 } } } };
	tell(t);
	t->ev = (struct event){ .kind = EV_ODDITY, .task = main, .u.oddity = { .kind = ODD_DARK } };
	tell(t);
	t->ev = (struct event){ .kind = EV_SUMMARY, .u.summary = { .exit_status = 3 } };
	tell(t);
}

static void sarif_is_a_log(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, "sarif", NULL);
	story(&t);
	wants(&t, "\"version\":\"2.1.0\"");
	wants(&t, "\"ruleId\":\"wait-in-vain\"");
	wants(&t, "\"level\":\"error\"");
	wants(&t, "\"ruleId\":\"watch-ended\"");
	wants(&t, "\"uri\":\"./a%3Cb%3E%26%22c%22%01\"");
	wants(&t, "\"exitCode\":3");
	const char *text = outbuf_str(teller_out(&t));
	assert_string_equal(text + strlen(text) - 5, "]}]}\n");
	teller_release(&t);
}

static void junit_is_a_report(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, "junit", NULL);
	story(&t);
	wants(&t, "<testsuite name=\"./a&lt;b&gt;&amp;&quot;c&quot;\\x01\" tests=\"3\" failures=\"2\"");
	wants(&t, " errors=\"0\" skipped=\"0\" time=\"0.000\" timestamp=\"2000-02-29T00:00:00\">");
	wants(&t, "<failure message=\"exit status 3\" type=\"program\"/>");
	wants(&t, "classname=\"thrtrace.wait-in-vain\"");
	wants(&t, "type=\"error\">T0 (tid 100, ");
	wants(&t, "<system-out>note: T0 (tid 100, ");
	wants(&t, "</testsuite>\n</testsuites>\n");
	teller_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sarif_is_a_log),
		cmocka_unit_test(junit_is_a_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
