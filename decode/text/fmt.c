/* SPDX-License-Identifier: MIT */
/* Numbers as people read them: addresses, sizes, durations; and fields of CSV. */
#include "text/fmt.h"

#include <inttypes.h>
#include <string.h>

#include <thrtrace/tables.h>

void hex_format(struct outbuf *out, uint64_t v)
{
	outbuf_printf(out, "%#" PRIx64, v); /* 0 stays "0" */
}

void addr_format(struct outbuf *out, uint64_t addr)
{
	if (addr)
		hex_format(out, addr);
	else
		outbuf_puts(out, "NULL");
}

static const struct {
	const char *name;
	unsigned shift;
} units[] = { { "EiB", 60 }, { "PiB", 50 }, { "TiB", 40 }, { "GiB", 30 }, { "MiB", 20 }, { "KiB", 10 } };

/* A remainder up to this is told apart: it is the guard of a stack (at most one page, 64 KiB on some kernels). */
#define ASIDE_MAX 0x10000

/* Up to so many KiB, or bytes where it is no whole number of them, it is exact: five digits are read at a glance. */
#define EXACT_MAX 99999

/* In the largest unit with two digits behind the point, which are cut. */
static void about_format(struct outbuf *out, uint64_t bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		uint64_t whole = bytes >> units[i].shift, rest = bytes - (whole << units[i].shift);
		if (!whole)
			continue;
		/* the ten highest bits of the rest are enough for two digits, and do not overflow */
		outbuf_printf(out, "%" PRIu64 ".%02" PRIu64 " %s", whole, (rest >> (units[i].shift - 10)) * 100 / 1024,
			units[i].name);
		return;
	}
}

void size_format(struct outbuf *out, uint64_t bytes)
{
	if (bytes == 0) {
		outbuf_putc(out, '0');
		return;
	}
	for (size_t i = 0; bytes % 1024 == 0 && i < ARRAY_SIZE(units); i++) {
		uint64_t whole = bytes >> units[i].shift;
		uint64_t rest = bytes - (whole << units[i].shift);
		if (whole == 0 || rest > ASIDE_MAX)
			continue;
		if (units[i].shift == 10 && whole > EXACT_MAX)
			break;
		outbuf_printf(out, "%" PRIu64 " %s", whole, units[i].name);
		if (rest)
			outbuf_printf(out, " + %" PRIu64 " KiB", rest >> 10);
		return;
	}
	if (bytes > (uint64_t)EXACT_MAX << 10 || (bytes % 1024 != 0 && bytes > EXACT_MAX))
		about_format(out, bytes);
	else
		outbuf_printf(out, "%" PRIu64 " byte%s", bytes, bytes == 1 ? "" : "s");
}

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

/* Digits are cut, not rounded: 999.9 us does not read as 1 ms. */
void duration_format(struct outbuf *out, uint64_t ns)
{
	uint64_t s = ns / NS_PER_S;

	if (ns < NS_PER_US)
		outbuf_printf(out, "%" PRIu64 " ns", ns);
	else if (ns < NS_PER_MS)
		outbuf_printf(out, "%" PRIu64 " us", ns / NS_PER_US);
	else if (ns < NS_PER_S)
		outbuf_printf(out, "%" PRIu64 ".%" PRIu64 " ms", ns / NS_PER_MS, ns % NS_PER_MS / (NS_PER_MS / 10));
	else if (s < 60)
		outbuf_printf(out, "%" PRIu64 ".%" PRIu64 " s", s, ns % NS_PER_S / (NS_PER_S / 10));
	else if (s < 3600)
		outbuf_printf(out, "%" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
	else
		outbuf_printf(out, "%" PRIu64 " h %" PRIu64 " min", s / 3600, s % 3600 / 60);
}

/* Years begin with March here, so that the leap day is the last, and 400 of them have 146097 days. */
void utc_format(struct outbuf *out, uint64_t unix_ns)
{
	uint64_t s = unix_ns / NS_PER_S, day = s / 86400 + 719468; /* since 1 March of the year 0 */
	uint64_t era = day / 146097, of_era = day % 146097;
	uint64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
	bool next = month >= 10;

	outbuf_printf(out, "%04" PRIu64 "-%02" PRIu64 "-%02" PRIu64 "T", era * 400 + year + next,
		next ? month - 9 : month + 3, of_year - (153 * month + 2) / 5 + 1);
	outbuf_printf(out, "%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / 3600 % 24, s / 60 % 60, s % 60);
}

void csv_format(struct outbuf *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		outbuf_puts(out, text);
		return;
	}
	outbuf_putc(out, '"');
	for (; *text; text++) {
		if (*text == '"')
			outbuf_putc(out, '"');
		outbuf_putc(out, *text);
	}
	outbuf_putc(out, '"');
}
