/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target over each file of the directories and files named on the command line, without libFuzzer: what a
 * fuzzer once found is a test for every compiler. Fails when there was no file at all.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1 << 20)

/* 0 or -errno. The copy has exactly the input's size, so that a sanitizer sees a read past its end. */
static int run_file(const char *path)
{
	static uint8_t input[INPUT_MAX];
	FILE *f = fopen(path, "rb");

	if (!f)
		return -errno;
	size_t size = fread(input, 1, sizeof(input), f);
	fclose(f);
	uint8_t *copy = malloc(size ? size : 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, input, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	return 0;
}

/* How many files were run, or -errno. */
static int run_dir(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char file[4096];
	int n = 0, err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		err = run_file(file);
		n++;
	}
	closedir(dir);
	return err ? err : n;
}

int main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		int n = run_dir(argv[i]);
		if (n == -ENOTDIR)
			n = run_file(argv[i]) == 0;
		if (n < 0) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(-n));
			return 1;
		}
		total += n;
	}
	printf("%d inputs\n", total);
	return total ? 0 : 1;
}
