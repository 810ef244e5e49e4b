/* SPDX-License-Identifier: MIT */
#include "cmd/screen.h"

#include <errno.h>

int screen_open(void)
{
	return -ENOSYS;
}

void screen_close(void)
{
}

void screen_size(unsigned *ret_rows, unsigned *ret_columns)
{
	*ret_rows = *ret_columns = 0;
}

void screen_begin(void)
{
}

void screen_line(unsigned row, const char *text, size_t len, enum screen_look look)
{
	(void)row;
	(void)text;
	(void)len;
	(void)look;
}

void screen_end(void)
{
}

int screen_key(unsigned timeout_ms)
{
	(void)timeout_ms;
	return KEY_LOST_;
}
