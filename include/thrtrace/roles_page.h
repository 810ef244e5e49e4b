/* SPDX-License-Identifier: MIT */
/* The table of roles as a page, in all formats; PAGE_MAN is man/thrtrace-roles.7. Pure. */
#ifndef THRTRACE_ROLES_PAGE_H
#define THRTRACE_ROLES_PAGE_H

#include <thrtrace/explain_page.h>
#include <thrtrace/roles.h>

void roles_page(struct outbuf *out, enum page_format format);
/* Its parts, for some rows alone: what stands above the rows, and one row. */
void roles_head(struct outbuf *out, enum page_format format);
void roles_row(struct outbuf *out, const struct role_row *row, enum page_format format);

#endif
