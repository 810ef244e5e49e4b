/* SPDX-License-Identifier: MIT */
/*
 * replaced ONE TWO: loads two libraries in turn, each where the other was, and lets each make threads from one place.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long n = 0;

	for (int i = 0; argc > 2 && i < 6; i++) {
		void *lib = dlopen(argv[1 + i % 2], RTLD_NOW);
		int (*make)(long) = lib ? (int (*)(long))dlsym(lib, "make") : NULL;
		if (!make) {
			fprintf(stderr, "%s\n", dlerror());
			return 1;
		}
		usleep(10000); /* thrtrace takes a mapping that it saw within 2 ms to be there still */
		for (int k = 0; k < 3; k++)
			if (make(++n))
				return 1;
		printf("%p\n", (void *)make);
		dlclose(lib);
	}
	return 0;
}
