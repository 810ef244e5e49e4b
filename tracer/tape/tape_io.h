/* SPDX-License-Identifier: MIT */
/*
 * One answer on a tape. struct tape_io writes it or reads it, with the same lines of code for both: so the two can't
 * differ.
 */
#ifndef TRACER_TAPE_IO_H
#define TRACER_TAPE_IO_H

#include "tape/tape.h"

struct tape_io {
	struct tape_out *out;    /* writing */
	struct tape_in *in;      /* reading */
	struct outbuf *buf;      /* what is written */
	const uint8_t *at, *end; /* what is still to be read */
	bool bad;                /* the answer is shorter than asked for, or makes no sense */
};

void tape_u64(struct tape_io *io, uint64_t *v);
/* Numbers that may be negative, and are small as a rule. */
void tape_i64(struct tape_io *io, int64_t *v);
/* A time; on the tape it is counted from the trace's start. */
void tape_time(struct tape_io *io, uint64_t *t_ns);
/* Up to cap bytes; *n of them. */
void tape_bytes(struct tape_io *io, void *buf, size_t *n, size_t cap);
/*
 * Likewise, of which there are no others: they are not remembered for later answers. What is read lives as long as the
 * tape.
 */
void tape_once(struct tape_io *io, const void **bytes, size_t *n);
/* An array that holds a string. */
void tape_chars(struct tape_io *io, char *buf, size_t size);
/* A string or NULL. What is read lives as long as the tape. */
void tape_text(struct tape_io *io, const char **s);
/* Likewise, one of thrtrace's own sentences or names: anything but printable ASCII in it is no such thing. */
void tape_sentence(struct tape_io *io, const char **s);
/* Likewise, an array that holds one: what is too long for it is cut. */
void tape_words(struct tape_io *io, char *buf, size_t size);

/* A part of an answer that comes again as a whole, such as a frame: it is on the tape once. */
void tape_part(struct tape_io *io, void (*part)(struct tape_io *io, void *value), void *value);

/* The same for every type of number, the last for one that must be below `count`. What is read into may be anything. */
#define TAPE_NUM(io, place)                                                                                            \
	do {                                                                                                           \
		uint64_t v_ = (io)->out ? (uint64_t)(place) : 0;                                                       \
		tape_u64(io, &v_);                                                                                     \
		(place) = (__typeof__(place))v_;                                                                       \
	} while (0)
#define TAPE_INT(io, place)                                                                                            \
	do {                                                                                                           \
		int64_t v_ = (io)->out ? (int64_t)(place) : 0;                                                         \
		tape_i64(io, &v_);                                                                                     \
		(place) = (__typeof__(place))v_;                                                                       \
	} while (0)
#define TAPE_BELOW(io, place, count)                                                                                   \
	do {                                                                                                           \
		uint64_t v_ = (io)->out ? (uint64_t)(place) : 0;                                                       \
		tape_u64(io, &v_);                                                                                     \
		(io)->bad |= (io)->in && v_ >= (uint64_t)(count);                                                      \
		(place) = (io)->bad ? 0 : (__typeof__(place))v_;                                                       \
	} while (0)
#define TAPE_BOOL(io, place) TAPE_BELOW(io, place, 2)

#endif
