/* SPDX-License-Identifier: MIT */
/* The size of a small stack, of 64 KiB where glibc makes such: on aarch64 PTHREAD_STACK_MIN is 128 KiB. */
#ifndef THRTRACE_TESTS_SMALL_STACK_H
#define THRTRACE_TESTS_SMALL_STACK_H

#ifdef __aarch64__
#define SMALL_STACK 131072
#else
#define SMALL_STACK 65536
#endif

#endif
