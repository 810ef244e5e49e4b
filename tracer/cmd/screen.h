/* SPDX-License-Identifier: MIT */
/* A terminal as a page and its keys: screen_ncursesw.c, or screen_none.c, which has none. One at a time. */
#ifndef TRACER_SCREEN_H
#define TRACER_SCREEN_H

#include <thrtrace/base.h>

/* A key that is a character is its number. */
enum screen_key {
	KEY_NONE_ = 0, /* none came in time, or a signal */
	KEY_ENTER_ = 0x1000,
	KEY_BACK_, /* backspace */
	KEY_ESCAPE_,
	KEY_UP_,
	KEY_DOWN_,
	KEY_PAGE_UP_,
	KEY_PAGE_DOWN_,
	KEY_HOME_,
	KEY_END_,
	KEY_RESIZE_, /* the terminal has another size now */
	KEY_LOST_    /* there is nothing to read from any more */
};

enum screen_look { LOOK_PLAIN, LOOK_TITLE, LOOK_CHOSEN, LOOK_MARK };

/* 0; -ENOSYS: built without a library for it; -ENOTTY: it is no terminal that can be drawn on. */
int screen_open(void) THR_MUST_CHECK;
/* The terminal as it was. */
void screen_close(void);
void screen_size(unsigned *ret_rows, unsigned *ret_columns);
/* A page: begin, lines, end, which shows it. */
void screen_begin(void);
void screen_line(unsigned row, const char *text, size_t len, enum screen_look look);
void screen_end(void);
int screen_key(unsigned timeout_ms);

#endif
