/* SPDX-License-Identifier: MIT */
/* The colours that every page begins with: page/palette.css, embedded by text/embed.cmake. */
#ifndef SINKS_PALETTE_H
#define SINKS_PALETTE_H

extern const char palette_css[];

#endif
