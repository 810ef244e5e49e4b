/* SPDX-License-Identifier: MIT */
#include "symbols/module_strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longer names are cut: nobody reads them, and what a damaged file has need not end at all. */
#define NAME_MAX_BYTES 16384

int strings_copy(struct module_strings *s, const void *bytes, size_t len)
{
	*s = (struct module_strings){ .bytes = malloc(len + 1), .len = len, .fd = -1 };
	if (!s->bytes)
		return -ENOMEM;
	memcpy(s->bytes, bytes, len);
	s->bytes[len] = '\0';
	return 0;
}

int strings_open(struct module_strings *s, size_t len, int fd, uint64_t offset)
{
	*s = (struct module_strings){ .len = len, .fd = fcntl(fd, F_DUPFD_CLOEXEC, 0), .offset = offset };
	return s->fd < 0 ? -errno : 0;
}

void strings_release(struct module_strings *s)
{
	if (s->len && s->fd >= 0)
		close(s->fd);
	free(s->bytes);
	*s = (struct module_strings){ .fd = -1 };
}

size_t strings_read(const struct module_strings *s, uint64_t at, char *buf, size_t n)
{
	size_t done = 0;

	n = at >= s->len ? 0 : n < s->len - at ? n : (size_t)(s->len - at);
	if (n && s->bytes) {
		memcpy(buf, s->bytes + at, n);
		return n;
	}
	while (done < n) {
		ssize_t got = pread(s->fd, buf + done, n - done, (off_t)(s->offset + at + done));
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

/* "pthread_create@@GLIBC_2.34" as .symtab has it: the version is no part of the name. */
static char *without_version(char *name)
{
	char *at = name[0] ? strchr(name + 1, '@') : NULL;

	if (at)
		*at = '\0';
	if (name[0])
		return name;
	free(name);
	return NULL;
}

static char *from_file(const struct module_strings *s, uint32_t at)
{
	for (size_t room = 256; room <= NAME_MAX_BYTES; room *= 8) {
		char *name = malloc(room + 1);
		size_t got = name ? strings_read(s, at, name, room) : 0;
		if (got && (memchr(name, '\0', got) || got < room || room * 8 > NAME_MAX_BYTES)) {
			name[got] = '\0';
			return without_version(name);
		}
		free(name);
		if (!got)
			break;
	}
	return NULL;
}

char *strings_name(const struct module_strings *s, uint32_t at)
{
	if (at >= s->len)
		return NULL;
	if (!s->bytes)
		return from_file(s, at);
	char *name = strndup(s->bytes + at, NAME_MAX_BYTES);
	return name ? without_version(name) : NULL;
}
