/* SPDX-License-Identifier: MIT */
/*
 * Memory for the values of one JSON object, which are made, written and freed together: some sixty for a birth, and
 * each of them would be a malloc and a free. Jansson asks one allocator for all there is, so it is told when values
 * that live longer are made. Not for two threads.
 */
#ifndef TEXT_JSON_ARENA_H
#define TEXT_JSON_ARENA_H

/* What Jansson allocates from here on is void after js_arena_end(); its values are to be freed before, as always. */
void js_arena_begin(void);
void js_arena_end(void);
/* Between these two it is not. They may be called outside of an arena, too. */
void js_lasting_begin(void);
void js_lasting_end(void);
/* Gives the memory back that is kept for the next object. */
void js_arena_release(void);

#endif
