/* SPDX-License-Identifier: MIT */
/*
 * Readers over the constant tables of decode/tables/: names for values, and flag words as text.
 * Everything returned is static and const.
 */
#ifndef THRTRACE_TABLES_H
#define THRTRACE_TABLES_H

#include <thrtrace/backtrace.h>
#include <thrtrace/base.h>
#include <thrtrace/outbuf.h>

struct name_row {
	const char *name;
	uint64_t value;
};

/* The name of exactly this value, or NULL. */
const char *name_of(const struct name_row *rows, size_t n, uint64_t value);
/* "A|B|0x40000": names joined, the bits that no row covers as one hex number, "0" for nothing. */
void flags_format(struct outbuf *out, const struct name_row *rows, size_t n, uint64_t value);

/* "ENOMEM" and "Cannot allocate memory" for 12 (also the kernel's internal 512 to 516); NULL when unknown. */
const char *errno_name(int err);
const char *errno_text(int err);
/* "SIGSEGV", "SIGRT_1" (real-time signals count from 32, as strace does); false when sig is not 1 to 64. */
bool signal_format(struct outbuf *out, unsigned sig);
/* The signal with this name ("SIGCHLD", "sigrt_3"), or 0. */
unsigned signal_by_name(const char *name, size_t len);
/* The si_code of a signal by name, "SEGV_MAPERR", or NULL. */
const char *si_code_name(int sig, int code);

/* "CLONE_VM|CLONE_FS", unknown bits as hex, "0" for nothing; no exit signal (clone_word_format adds it). */
void clone_flags_format(struct outbuf *out, uint64_t flags);

/*
 * Text of the traced program between double quotes, C-escaped; never lets a byte below 0x20, 0x7f or above through
 * raw.
 */
void quote_format(struct outbuf *out, const char *s, size_t len);
/* The same without the quotes, for names of files and symbols among our own words. */
void plain_format(struct outbuf *out, const char *s);
/* "main at thr.c:16", "libc.so.6+0x1098d9", "0x7f..": where a frame is. */
/* "SCHED_FIFO"; "SCHED_???". */
const char *policy_word(int policy);
void frame_format(struct outbuf *out, const struct frame *f);
/* How many frames from the innermost on are worth showing: out to main, else to the program's outermost function. */
size_t backtrace_length(const struct backtrace *bt);
/* "f at a.c:3 (x 412) < g < main": innermost first, repetitions counted; deep: their true number, where it is known. */
void backtrace_format(struct outbuf *out, const struct backtrace *bt, uint64_t deep);
/* "8 MiB", "132 KiB", "8 MiB + 4 KiB", "2368 bytes": exact, in IEC units; from six digits on about: "15.63 GiB". */
void size_format(struct outbuf *out, uint64_t bytes);
/* "402 us", "1.9 ms", "2.3 s", "4 min 5 s". */
void duration_format(struct outbuf *out, uint64_t ns);

#endif
