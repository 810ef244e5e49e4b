/* SPDX-License-Identifier: MIT */
#include <thrtrace/proc_text.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char *proc_field(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = text; p; p = strchr(p, '\n')) {
		if (*p == '\n')
			p++;
		if (strncmp(p, name, len) == 0)
			return p + len + strspn(p + len, " \t");
	}
	return NULL;
}

/* A number right there: strtoull alone would take a sign, and go on to the next line for one. */
static bool number_at(uint64_t *ret, const char *p, int base)
{
	char *end;

	if (!isxdigit((unsigned char)*p))
		return false;
	unsigned long long v = strtoull(p, &end, base);
	if (end == p)
		return false;
	*ret = v;
	return true;
}

bool proc_field_u64(uint64_t *ret, const char *text, const char *name, int base)
{
	const char *p = proc_field(text, name);

	return p && number_at(ret, p, base);
}

bool proc_signal_handled(const char *status, int sig)
{
	uint64_t ignored, caught;

	return proc_field_u64(&ignored, status, "SigIgn:", 16) && proc_field_u64(&caught, status, "SigCgt:", 16) &&
		(ignored | caught) >> (sig - 1) & 1;
}

bool proc_innermost_id(uint64_t *ret, const char *status)
{
	const char *ids = proc_field(status, "NStgid:");
	size_t last = ids ? strcspn(ids, "\n") : 0;

	while (last > 0 && ids[last - 1] != '\t' && ids[last - 1] != ' ')
		last--;
	return ids && number_at(ret, ids + last, 10);
}

bool proc_soft_limit(uint64_t *ret, const char *limits, const char *title)
{
	const char *p = proc_field(limits, title);

	if (p && strncmp(p, "unlimited", 9) == 0) {
		*ret = PROC_UNLIMITED;
		return true;
	}
	return p && number_at(ret, p, 10);
}

/* ---- cgroups ---- */

/* Field i (from 0) of the blank-separated words up to end, copied; false when it is missing or too long. */
static bool word_at(char *dst, size_t size, const char *line, const char *end, unsigned i)
{
	for (; i > 0; i--) {
		line = memchr(line, ' ', (size_t)(end - line));
		if (!line)
			return false;
		line++;
	}
	const char *blank = memchr(line, ' ', (size_t)(end - line));
	size_t len = (size_t)((blank ? blank : end) - line);
	if (len == 0 || len >= size)
		return false;
	memcpy(dst, line, len);
	dst[len] = '\0';
	return true;
}

/* Is word one of a list with commas, which ends where end says? */
static bool in_list(const char *list, const char *end, const char *word)
{
	while (list < end) {
		size_t len = strcspn(list, ",");
		if (len > (size_t)(end - list))
			len = (size_t)(end - list);
		if (len == strlen(word) && memcmp(list, word, len) == 0)
			return true;
		list += len + 1;
	}
	return false;
}

/* "0::/path", "5:cpu,pids:/path" (cgroups(7)) */
static bool cgroup_line(char ret[PROC_PATH], const char *line, const char *v1)
{
	size_t len = strcspn(line, "\n");
	const char *colon = memchr(line, ':', len);
	const char *second = colon ? memchr(colon + 1, ':', len - (size_t)(colon + 1 - line)) : NULL;

	if (!second || !(v1 ? in_list(colon + 1, second, v1) : second == colon + 1))
		return false;
	size_t n = len - (size_t)(second + 1 - line);
	if (n >= PROC_PATH)
		return false;
	memcpy(ret, second + 1, n);
	ret[n] = '\0';
	return true;
}

bool proc_cgroup_path(char ret[PROC_PATH], const char *text, const char *v1)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (cgroup_line(ret, line, v1))
			return true;
	}
	return false;
}

/* A line of mountinfo (proc_pid_mountinfo(5)): is it the wanted hierarchy? */
static bool mount_line(struct cgroup_mount *ret, const char *line, const char *v1)
{
	char type[32], options[512];
	const char *end = line + strcspn(line, "\n"), *dash = memmem(line, (size_t)(end - line), " - ", 3);

	if (!dash || !word_at(type, sizeof(type), dash + 3, end, 0) || strcmp(type, v1 ? "cgroup" : "cgroup2") != 0)
		return false;
	if (v1 &&
		(!word_at(options, sizeof(options), dash + 3, end, 2) ||
			!in_list(options, options + strlen(options), v1)))
		return false;
	return word_at(ret->root, sizeof(ret->root), line, dash, 3) && word_at(ret->at, sizeof(ret->at), line, dash, 4);
}

bool proc_cgroup_mount(struct cgroup_mount *ret, const char *text, const char *v1)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (mount_line(ret, line, v1))
			return true;
	}
	return false;
}
