/* SPDX-License-Identifier: MIT */
/* Addresses and plain numbers, as the decoders write them; fields of CSV. */
#ifndef DECODE_FMT_H
#define DECODE_FMT_H

#include <thrtrace/outbuf.h>

/* "NULL" or "0x7f3a8bef8990". */
void addr_format(struct outbuf *out, uint64_t addr);
/* "0" or "0x7fff80". */
void hex_format(struct outbuf *out, uint64_t v);
/* "2026-11-29T20:31:29": a moment of Unix time, in UTC, to the second. */
void utc_format(struct outbuf *out, uint64_t unix_ns);
/* A field of CSV (RFC 4180): quoted where it has to be. */
void csv_format(struct outbuf *out, const char *text);

#endif
