/* SPDX-License-Identifier: MIT */
#include <thrtrace/procstat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Fields as proc(5) numbers them; the third is the first behind the name. */
enum { FIELD_STATE = 3, FIELD_FLAGS = 9, FIELD_START = 22, FIELD_EXIT_CODE = 52 };

static const char *next_field(const char *at)
{
	const char *space = strchr(at, ' ');

	return space ? space + 1 : NULL;
}

/* The name may hold blanks and parentheses: it ends at the last ')'. */
static const char *behind_name(struct procstat *ret, const char *text)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');

	if (!open || !close || close < open || close[1] != ' ' || !close[2])
		return NULL;
	size_t len = (size_t)(close - open - 1);
	if (len >= sizeof(ret->comm))
		len = sizeof(ret->comm) - 1;
	memcpy(ret->comm, open + 1, len);
	ret->comm[len] = '\0';
	return close + 2;
}

int procstat_parse(struct procstat *ret, const char *text)
{
	struct procstat s = { 0 };
	const char *at = behind_name(&s, text);
	bool started = false;

	for (int field = FIELD_STATE; at && *at; field++, at = next_field(at)) {
		if (field == FIELD_STATE) {
			s.state = *at;
		} else if (field == FIELD_FLAGS) {
			s.flags = strtoull(at, NULL, 10);
		} else if (field == FIELD_START) {
			s.start_ticks = strtoull(at, NULL, 10);
			started = true;
		} else if (field == FIELD_EXIT_CODE) {
			s.exit_code = (int)strtol(at, NULL, 10);
			s.exit_code_known = true;
		}
	}
	if (!started)
		return -EINVAL;
	*ret = s;
	return 0;
}

int procsyscall_parse(struct procsyscall *ret, const char *text)
{
	struct procsyscall s = { .nr = -1 };
	uint64_t last[2] = { 0, 0 };
	unsigned n = 0;
	char *end;

	if (strncmp(text, "running", 7) == 0) {
		*ret = s;
		return 0;
	}
	s.nr = strtoll(text, &end, 10);
	if (end == text)
		return -EINVAL;
	for (const char *at = end; *at == ' '; at = end, n++) {
		last[0] = last[1];
		last[1] = strtoull(at + 1, &end, 16);
		if (end == at + 1)
			break;
		if (n < CALL_ARGS)
			s.arg[n] = last[1];
	}
	if (n != (s.nr == -1 ? 2U : 8U)) /* six arguments stand between number and stack pointer */
		return -EINVAL;
	s.asleep = true;
	s.sp = last[0];
	s.pc = last[1];
	*ret = s;
	return 0;
}
