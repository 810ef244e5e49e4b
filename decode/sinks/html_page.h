/* SPDX-License-Identifier: MIT */
/* The style and the scripts of the page, embedded from decode/sinks/page/. Internal to decode/sinks/. */
#ifndef SINKS_HTML_PAGE_H
#define SINKS_HTML_PAGE_H

#include "sinks/palette.h"

extern const char page_css[];
extern const char data_js[], lanes_js[], moving_js[], table_js[], thread_js[], begin_js[];

#endif
