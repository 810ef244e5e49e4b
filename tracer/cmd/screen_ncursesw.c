/* SPDX-License-Identifier: MIT */
/* ncurses has the terminal: its modes, its size, Ctrl-Z and what comes after it. */
#include "cmd/screen.h"

#include <errno.h>
#include <locale.h>
#include <ncurses.h>
#include <stdio.h>
#include <unistd.h>

int screen_open(void)
{
	setlocale(LC_CTYPE, "");
	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO) || !newterm(NULL, stdout, stdin))
		return -ENOTTY;
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	set_escdelay(50);
	curs_set(0);
	return 0;
}

void screen_close(void)
{
	curs_set(1);
	endwin();
}

void screen_size(unsigned *ret_rows, unsigned *ret_columns)
{
	*ret_rows = (unsigned)LINES;
	*ret_columns = (unsigned)COLS;
}

void screen_begin(void)
{
	erase();
}

void screen_line(unsigned row, const char *text, size_t len, enum screen_look look)
{
	static const attr_t looks[] = {
		[LOOK_PLAIN] = A_NORMAL, [LOOK_TITLE] = A_BOLD, [LOOK_CHOSEN] = A_REVERSE, [LOOK_MARK] = A_BOLD
	};

	if ((int)row >= LINES)
		return;
	attrset((int)looks[look]);
	mvaddnstr((int)row, 0, text, len < (size_t)COLS ? (int)len : COLS);
	attrset(A_NORMAL);
}

void screen_end(void)
{
	refresh();
}

int screen_key(unsigned timeout_ms)
{
	static const struct {
		int from;
		enum screen_key to;
	} keys[] = { { KEY_ENTER, KEY_ENTER_ }, { '\r', KEY_ENTER_ }, { '\n', KEY_ENTER_ },
		{ KEY_BACKSPACE, KEY_BACK_ }, { 0x7f, KEY_BACK_ }, { '\b', KEY_BACK_ }, { 0x1b, KEY_ESCAPE_ },
		{ KEY_UP, KEY_UP_ }, { KEY_DOWN, KEY_DOWN_ }, { KEY_PPAGE, KEY_PAGE_UP_ },
		{ KEY_NPAGE, KEY_PAGE_DOWN_ }, { KEY_HOME, KEY_HOME_ }, { KEY_END, KEY_END_ },
		{ KEY_RESIZE, KEY_RESIZE_ } };

	timeout((int)timeout_ms);
	errno = 0;
	int key = getch();
	if (key == ERR)
		return errno == EIO ? KEY_LOST_ : KEY_NONE_;
	for (unsigned i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].from == key)
			return (int)keys[i].to;
	return key;
}
