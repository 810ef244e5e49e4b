/* SPDX-License-Identifier: MIT */
/* What the files of the tape share: its layout, and the blobs. */
#ifndef TRACER_TAPE_IMPL_H
#define TRACER_TAPE_IMPL_H

#include "tape/tape.h"

/* The preamble: magic, version, CRC-32 of both; each block: length, CRC-32 of what follows. All little-endian. */
#define TAPE_MAGIC     "THRTAPE\n"
#define TAPE_MAGIC_LEN 8
#define TAPE_PREAMBLE  16
#define TAPE_BLOCK     8

/* Bytes up to this length stand in the answer itself. */
#define TAPE_INLINE 8
/* How bytes begin in an answer. */
enum { TAPE_REF_NULL, TAPE_REF_INLINE, TAPE_REF_FIRST };

static inline void tape_put32(uint8_t at[4], uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static inline uint32_t tape_get32(const uint8_t at[4])
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline void tape_put_preamble(uint8_t at[TAPE_PREAMBLE])
{
	for (unsigned i = 0; i < TAPE_MAGIC_LEN; i++)
		at[i] = (uint8_t)TAPE_MAGIC[i];
	tape_put32(at + TAPE_MAGIC_LEN, TAPE_VERSION);
	tape_put32(at + TAPE_PREAMBLE - 4, tape_crc32(at, TAPE_PREAMBLE - 4));
}

/* LEB128: 7 bits a byte, lowest first. */
void tape_put_varint(struct outbuf *b, uint64_t v);
/* false when it does not end before `end`, or is longer than 64 bits. */
bool tape_get_varint(const uint8_t **at, const uint8_t *end, uint64_t *ret);
/* -1 is 1, 1 is 2, -2 is 3: small for small numbers of either sign. */
static inline uint64_t tape_zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}
static inline int64_t tape_unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1 ^ (v & 1 ? UINT64_MAX : 0));
}

/* The question as it stands on the tape. */
void tape_put_question(struct outbuf *b, const struct question *q);

/* The number of a blob with these bytes, which is put on the tape where it is not there yet. */
uint64_t tape_out_blob(struct tape_out *t, const void *bytes, size_t n);
struct outbuf *tape_out_part(struct tape_out *t);
uint64_t tape_out_t0(const struct tape_out *t);
bool tape_in_blob(const struct tape_in *t, uint64_t number, const uint8_t **ret, size_t *ret_n);
uint64_t tape_in_t0(const struct tape_in *t);

#endif
