/* SPDX-License-Identifier: MIT */
/* A tape that is a file in memory. After cmocka.h. */
#ifndef TEST_TAPEFILE_H
#define TEST_TAPEFILE_H

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static inline int new_file(void)
{
	int fd = memfd_create("tape", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* The bytes of the file, which is closed; to be freed. */
static inline uint8_t *content(int fd, size_t *ret_n)
{
	off_t n = lseek(fd, 0, SEEK_END);
	uint8_t *bytes = malloc((size_t)n ? (size_t)n : 1);

	assert_non_null(bytes);
	assert_int_equal(pread(fd, bytes, (size_t)n, 0), n);
	close(fd);
	*ret_n = (size_t)n;
	return bytes;
}

#endif
