/* SPDX-License-Identifier: MIT */
/*
 * The strings of a symbol table. A small table is copied; of a large one (a C++ library's names are megabytes, of
 * which a run shows a few dozen) the file is kept open, and single names are read.
 */
#ifndef TRACER_MODULE_STRINGS_H
#define TRACER_MODULE_STRINGS_H

#include <thrtrace/base.h>

struct module_strings {
	char *bytes; /* NUL-terminated; NULL: in the file */
	size_t len;
	int fd;          /* own; -1 none */
	uint64_t offset; /* of the table in the file */
};

/* 0 or -ENOMEM. */
int strings_copy(struct module_strings *s, const void *bytes, size_t len) THR_MUST_CHECK;
/* fd is not taken over. 0 or -errno. */
int strings_open(struct module_strings *s, size_t len, int fd, uint64_t offset) THR_MUST_CHECK;
void strings_release(struct module_strings *s);
/* The name at `at`, without a version ("@@GLIBC_2.34"): malloc'ed, NULL when there is none. */
char *strings_name(const struct module_strings *s, uint32_t at);
/* Up to n bytes of the table at `at`: how many there are. */
size_t strings_read(const struct module_strings *s, uint64_t at, char *buf, size_t n);

#endif
