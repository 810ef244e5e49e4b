/* SPDX-License-Identifier: MIT */
/* The table of CLONE_* flags and its readers. */
#include <thrtrace/explain.h>
#include <thrtrace/tables.h>

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct clone_flag rows[] = {
#define CLONE_FLAG(value, name, since, until, calls, group, set, clear, needs, excludes, note, source)                 \
	{ UINT64_C(value), #name, since, until, calls, group, set, clear, needs, excludes, note, source },
#include "tables/clone_flags.def"
#undef CLONE_FLAG
};

/* One bit each: several rows rely on it. */
#define CLONE_FLAG(value, name, ...)                                                                                   \
	_Static_assert((UINT64_C(value) & (UINT64_C(value) - 1)) == 0, #name " is one bit");
#include "tables/clone_flags.def"
#undef CLONE_FLAG

const struct clone_flag *clone_flag_rows(size_t *ret_n)
{
	*ret_n = ARRAY_SIZE(rows);
	return rows;
}

const struct clone_flag *clone_flag_of(uint64_t bit, enum flag_call call)
{
	const struct clone_flag *historical = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].value != bit || !(rows[i].calls & call))
			continue;
		if (!rows[i].until)
			return &rows[i];
		historical = &rows[i];
	}
	return historical;
}

static const char PREFIX[] = "CLONE_";

/* Strips "CLONE_" (any case) from a name; *len shrinks with it. */
static const char *bare(const char *name, size_t *len)
{
	size_t n = sizeof(PREFIX) - 1;

	if (*len <= n || strncasecmp(name, PREFIX, n) != 0)
		return name;
	*len -= n;
	return name + n;
}

const struct clone_flag *clone_flag_by_name(const char *name, size_t len)
{
	name = bare(name, &len);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t n = strlen(rows[i].name);
		const char *own = bare(rows[i].name, &n);
		if (n == len && strncasecmp(own, name, len) == 0)
			return &rows[i];
	}
	return NULL;
}

enum { NAME_MAX_LEN = 32 };

/* How many letters must be changed, added, dropped or swapped with a neighbour to make a of b (case aside). */
static unsigned edit_distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned d[3][NAME_MAX_LEN + 1];

	for (size_t j = 0; j <= nb; j++)
		d[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *row = d[i % 3];
		const unsigned *up = d[(i + 2) % 3];
		const unsigned *upper = d[(i + 1) % 3];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			bool same = toupper((unsigned char)a[i - 1]) == toupper((unsigned char)b[j - 1]);
			unsigned best = up[j - 1] + !same;
			if (up[j] + 1 < best)
				best = up[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && toupper((unsigned char)a[i - 1]) == b[j - 2] &&
				toupper((unsigned char)a[i - 2]) == b[j - 1] && upper[j - 2] + 1 < best)
				best = upper[j - 2] + 1;
			row[j] = best;
		}
	}
	return d[na % 3][nb];
}

const struct clone_flag *clone_flag_nearest(const char *name, size_t len)
{
	const struct clone_flag *best = NULL;

	name = bare(name, &len);
	if (len == 0 || len > NAME_MAX_LEN)
		return NULL;
	/* A third of the letters may be wrong: "SIGHNAD" is near, "FOO" is not. */
	unsigned limit = (unsigned)(len / 3 + (len > 3));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t n = strlen(rows[i].name);
		const char *own = bare(rows[i].name, &n);
		unsigned d = edit_distance(name, len, own, n);
		if (d <= limit) {
			limit = d - (d > 0);
			best = &rows[i];
		}
		if (d == 0)
			break;
	}
	return best;
}

uint64_t clone_flags_valid(enum flag_call call, uint32_t kernel)
{
	uint64_t valid = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].calls & call && (!kernel || rows[i].since <= kernel))
			valid |= rows[i].value;
	return valid;
}

void flag_calls_format(struct outbuf *out, unsigned calls)
{
	static const char *const names[] = { "clone", "clone3", "unshare", "setns" };
	const char *sep = "";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (calls & 1u << i) {
			outbuf_printf(out, "%s%s", sep, names[i]);
			sep = ", ";
		}
}

const char *flag_group_name(enum flag_group group)
{
	static const char *const names[FLAG_GROUPS] = { "shares", "sets up", "behaves", "namespace", "obsolete" };

	return group < FLAG_GROUPS ? names[group] : "";
}

void kernel_version_format(struct outbuf *out, uint32_t version)
{
	outbuf_printf(out, "%u.%u", version >> 16, version >> 8 & 0xff);
	if (version & 0xff)
		outbuf_printf(out, ".%u", version & 0xff);
}

uint32_t kernel_version_parse(const char *release)
{
	unsigned part[3] = { 0, 0, 0 };
	size_t n = 0;

	for (const char *p = release; n < 3; n++, p++) {
		if (!isdigit((unsigned char)*p))
			break;
		for (; isdigit((unsigned char)*p); p++)
			if (part[n] < 65536)
				part[n] = part[n] * 10 + (unsigned)(*p - '0');
		if (*p != '.') {
			n++;
			break;
		}
	}
	if (n < 2 || part[0] > 0x7fff || part[1] > 0xff)
		return 0;
	return LINUX(part[0], part[1], part[2]);
}

uint32_t kernel_version_of(const char *release, const char *version)
{
	const char *debian = strstr(version, "Debian ");
	uint32_t named = kernel_version_parse(release);
	uint32_t built = debian ? kernel_version_parse(debian + strlen("Debian ")) : 0;

	return built >> 8 == named >> 8 && built > named ? built : named;
}

void clone_flags_format_for(struct outbuf *out, enum flag_call call, uint64_t flags)
{
	const char *sep = "";
	uint64_t unknown = 0;

	for (unsigned i = 0; i < 64; i++) {
		uint64_t bit = UINT64_C(1) << i;
		if (!(flags & bit))
			continue;
		const struct clone_flag *row = clone_flag_of(bit, call);
		if (!row) {
			unknown |= bit;
			continue;
		}
		outbuf_printf(out, "%s%s", sep, row->name);
		sep = "|";
	}
	if (unknown)
		outbuf_printf(out, "%s0x%llx", sep, (unsigned long long)unknown);
	else if (!flags)
		outbuf_putc(out, '0');
}

void clone_flags_format(struct outbuf *out, uint64_t flags)
{
	/* A word may name a bit that this call does not take; the name helps more than a number would. */
	enum flag_call call = ON_CLONE | ON_CLONE3;

	clone_flags_format_for(out, call, flags);
}

void clone_word_format(struct outbuf *out, enum flag_call call, uint64_t flags, uint64_t exit_signal)
{
	if (flags || !exit_signal)
		clone_flags_format_for(out, call, flags);
	if (!exit_signal)
		return;
	if (flags)
		outbuf_putc(out, '|');
	if (exit_signal > 64 || !signal_format(out, (unsigned)exit_signal))
		outbuf_printf(out, "%llu", (unsigned long long)exit_signal);
}
