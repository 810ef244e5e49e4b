/* SPDX-License-Identifier: MIT */
/* Run when thrtrace is built: prints filter_made, as C. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/filter.h"
#include <thrtrace/choice.h>

static int print_code(const char *name, const struct call_choice *choice, enum libc_kind libc)
{
	struct sock_fprog prog;
	int err = filter_compile(&prog, choice, libc);

	if (err) {
		fprintf(stderr, "make_filter: %s\n", strerror(-err));
		return err;
	}
	printf("static const struct sock_filter %s[%u] = {\n", name, prog.len);
	for (unsigned i = 0; i < prog.len; i++) {
		const struct sock_filter *f = &prog.filter[i];
		printf("\t{ 0x%04x, %u, %u, 0x%08x },\n", f->code, f->jt, f->jf, f->k);
	}
	printf("};\n\n");
	free(prog.filter);
	return 0;
}

int main(void)
{
	struct call_choice choice;

	choice_default(&choice);
	printf("/* Made by make_filter.c. */\n#include \"filter/filter_made.h\"\n\n");
	if (print_code("plain", &choice, LIBC_GLIBC) || print_code("musl", &choice, LIBC_MUSL))
		return 1;
	printf("const struct filter_made filter_made[2] = {\n\t{ plain, sizeof(plain) / sizeof(*plain) },\n"
	       "\t{ musl, sizeof(musl) / sizeof(*musl) },\n};\n");
	return 0;
}
