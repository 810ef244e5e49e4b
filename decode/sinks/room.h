/* SPDX-License-Identifier: MIT */
/* Arrays with a place for each task, by label or serial. Internal to decode/sinks/. */
#ifndef SINKS_ROOM_H
#define SINKS_ROOM_H

#include <stddef.h>

/*
 * The array `at` of *n elements of `size` bytes, with a place for the one of this index: grown, and zeroed where it is
 * new. The caller's to free. NULL when out of memory; then nothing has changed.
 */
void *room_for(void *at, size_t *n, size_t size, size_t index);

#endif
