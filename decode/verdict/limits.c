/* SPDX-License-Identifier: MIT */
/* Limits in words: what a limit is called, and how far it is used up. */
#include <thrtrace/tables.h>
#include <thrtrace/verdict.h>

const char *limit_name(enum limit_id id)
{
	static const char *const names[LIMIT_IDS] = {
		[LIMIT_NPROC] = "RLIMIT_NPROC",
		[LIMIT_THREADS_MAX] = "kernel.threads-max",
		[LIMIT_PID_MAX] = "kernel.pid_max",
		[LIMIT_PIDS_CGROUP] = "pids.max",
		[LIMIT_AS] = "RLIMIT_AS",
		[LIMIT_DATA] = "RLIMIT_DATA",
		[LIMIT_MAP_COUNT] = "vm.max_map_count",
		[LIMIT_COMMIT] = "vm.overcommit_memory",
		[LIMIT_NOFILE] = "RLIMIT_NOFILE",
		[LIMIT_RTPRIO] = "RLIMIT_RTPRIO",
		[LIMIT_NICE] = "RLIMIT_NICE",
	};

	return id < LIMIT_IDS ? names[id] : "";
}

static void amount_format(struct outbuf *out, const struct limit *l, uint64_t v)
{
	/* Whole KiB: what /proc reports, and exact for every limit in bytes that is a multiple of a page. */
	if (l->needs_memory)
		outbuf_printf(out, "%llu KiB", (unsigned long long)(v / 1024));
	else
		outbuf_printf(out, "%llu", (unsigned long long)v);
}

void limit_format(struct outbuf *out, const struct limit *limit)
{
	outbuf_puts(out, limit_name(limit->id));
	if (limit->scope[0]) { /* a cgroup may have any name */
		outbuf_puts(out, " (");
		plain_format(out, limit->scope);
		outbuf_putc(out, ')');
	}
	outbuf_putc(out, ' ');
	if (limit->max_known && limit->max == LIMIT_NONE) {
		outbuf_puts(out, "unlimited");
		return;
	}
	if (limit->current_known)
		amount_format(out, limit, limit->current);
	else
		outbuf_puts(out, "unknown");
	outbuf_puts(out, " of ");
	if (limit->max_known)
		amount_format(out, limit, limit->max);
	else
		outbuf_puts(out, "unknown");
	if (limit->unknown[0])
		outbuf_printf(out, " (unknown: %s)", limit->unknown);
}

/* Only what has numbers: a cgroup without limit says nothing, and there may be many. */
static bool worth_showing(const struct limit *l)
{
	return !l->hit && !(l->max_known && l->max == LIMIT_NONE && l->id == LIMIT_PIDS_CGROUP);
}

void other_limits_format(struct outbuf *out, const struct failure_facts *facts)
{
	bool hit = false;
	const char *sep = "";

	for (size_t i = 0; i < facts->n_limits; i++)
		hit |= facts->limits[i].hit;
	outbuf_puts(out, hit ? "The other limits: " : "The limits: ");
	for (size_t i = 0; i < facts->n_limits; i++) {
		if (!worth_showing(&facts->limits[i]))
			continue;
		outbuf_puts(out, sep);
		limit_format(out, &facts->limits[i]);
		sep = ", ";
	}
	outbuf_puts(out, sep[0] ? "." : "none could be read.");
}
