/* SPDX-License-Identifier: MIT */
/* ELF files that mean harm: what one costs is bounded, whatever it claims. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/program.h"
#include "symbols/lines.h"
#include "symbols/module_load.h"

#include "made_elf.h"

enum { SYMBOLS = 100000 };

/* Seconds of CPU time that one question may take, and MiB that one of these small files may cost. */
enum { LONG_S = 20, MUCH_MIB = 160 };

/* ---- what it costs ---- */

struct cost {
	struct timespec begin;
	long peak_kib;
};

static long peak_kib(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[128];
	long kib = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "VmHWM: %ld", &kib) == 1)
			break;
	fclose(f);
	return kib;
}

static struct cost cost_begin(void)
{
	struct cost c;
	FILE *f = fopen("/proc/self/clear_refs", "we");

	if (f) { /* the peak begins anew */
		fputs("5", f);
		fclose(f);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &c.begin);
	c.peak_kib = peak_kib();
	return c;
}

/* There in a build with AddressSanitizer, which keeps what was freed for a while. */
extern void __asan_init(void) __attribute__((weak)); /* NOLINT: the compiler's own */

static void cost_is_small(const struct cost *c)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	assert_true(now.tv_sec - c->begin.tv_sec < LONG_S);
	long mib = (peak_kib() - c->peak_kib) / 1024;
	if (mib >= (__asan_init ? 4 * MUCH_MIB : MUCH_MIB))
		fail_msg("%ld MiB", mib);
}

/* ---- symbols ---- */

/* Long names, each another end of one text, all at one address; or each at its own. */
static struct module *with_symbols(bool apart)
{
	static Elf64_Sym all[SYMBOLS];
	static char text[SYMBOLS + 65536];
	struct made_elf f;

	made_begin(&f);
	made_text(&f);
	memset(text + 1, 'a', sizeof(text) - 2);
	for (unsigned i = 1; i < SYMBOLS; i++)
		all[i] = (Elf64_Sym){ .st_name = i,
			.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
			.st_shndx = 1,
			.st_value = MADE_CODE + (apart ? i % 4096 : 0),
			.st_size = 4096 };
	Elf64_Shdr *table = made_section(&f, ".symtab", SHT_SYMTAB, all, sizeof(all));
	table->sh_entsize = sizeof(all[0]);
	table->sh_link = f.n;
	made_section(&f, ".strtab", SHT_STRTAB, text, sizeof(text));
	made_finish(&f, 0);
	return module_from_fd(f.fd, "hostile", NULL, NULL);
}

static void many_long_names_at_one_address_cost_little(void **state)
{
	struct cost c = cost_begin();
	(void)state;

	struct module *m = with_symbols(false);
	assert_non_null(m);
	for (unsigned i = 0; i < 1000; i++) {
		struct module_symbol *s = module_symbol(m, MADE_CODE + i);
		assert_non_null(s);
		assert_int_equal(s->addr, MADE_CODE);
	}
	cost_is_small(&c);
	module_free(m);
}

static void many_long_names_that_enclose_each_other_cost_little(void **state)
{
	struct cost c = cost_begin();
	(void)state;

	struct module *m = with_symbols(true);
	assert_non_null(m);
	unsigned named = 0;
	for (unsigned i = 0; i < 4000; i++)
		named += module_symbol(m, MADE_CODE + i + 1) != NULL;
	assert_true(named > 1000 && named < 4000); /* the others' names would be too much */
	cost_is_small(&c);
	module_free(m);
}

/* ---- what is claimed ---- */

static void sections_that_claim_much_cost_little(void **state)
{
	static const struct {
		const char *name;
		uint32_t type;
	} rows[] = { { ".gnu_debuglink", SHT_PROGBITS }, { ".note.gnu.build-id", SHT_NOTE },
		{ ".eh_frame", SHT_PROGBITS }, { ".gopclntab", SHT_PROGBITS }, { ".gnu_debugdata", SHT_PROGBITS } };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cost c = cost_begin();
		struct made_elf f;
		made_begin(&f);
		made_text(&f);
		made_section(&f, rows[i].name, rows[i].type, NULL, (uint64_t)3 << 30);
		made_finish(&f, 0);
		struct module *m = module_from_fd(f.fd, "hostile", "", "/tmp");
		assert_non_null(m);
		assert_null(module_symbol(m, MADE_CODE));
		cost_is_small(&c);
		module_free(m);
	}
}

static void names_of_sections_that_claim_much_are_not_read(void **state)
{
	struct cost c = cost_begin();
	struct program_facts facts;
	char path[32];
	struct made_elf f;
	(void)state;

	made_begin(&f);
	made_text(&f);
	made_finish(&f, (uint64_t)2 << 30);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", f.fd);
	program_identify_file(path, &facts);
	assert_int_equal(facts.kind, LIBC_UNKNOWN);
	struct module *m = module_from_fd(f.fd, "hostile", "", "/tmp");
	assert_non_null(m);
	cost_is_small(&c);
	module_free(m);
}

/* More sections than the header can say: the first one has their number. */
static void more_sections_than_any_program_has_are_refused(void **state)
{
	struct cost c = cost_begin();
	struct made_elf f;
	(void)state;

	made_begin(&f);
	f.sh[0].sh_size = (Elf64_Xword)40 << 20;
	made_text(&f);
	made_finish(&f, 0);
	assert_int_equal(pwrite(f.fd, (uint16_t[]){ 0 }, 2, offsetof(Elf64_Ehdr, e_shnum)), 2);
	assert_int_equal(ftruncate(f.fd, (off_t)3 << 30), 0);
	assert_null(elf_open(f.fd));
	struct module *m = module_from_fd(f.fd, "hostile", NULL, NULL);
	assert_non_null(m);
	assert_false(m->elf);
	cost_is_small(&c);
	module_free(m);
}

static void lines_that_claim_much_are_not_read(void **state)
{
	const char *file;
	unsigned line;
	(void)state;

	for (int packed = 0; packed < 2; packed++) {
		struct cost c = cost_begin();
		Elf64_Chdr ch = { .ch_type = ELFCOMPRESS_ZLIB, .ch_size = (uint64_t)3 << 30, .ch_addralign = 1 };
		struct made_elf f;
		made_begin(&f);
		made_text(&f);
		Elf64_Shdr *info = packed ? made_section(&f, ".debug_info", SHT_PROGBITS, &ch, sizeof(ch)) :
					    made_section(&f, ".debug_info", SHT_PROGBITS, NULL, (uint64_t)3 << 30);
		info->sh_flags = packed ? SHF_COMPRESSED : 0;
		made_finish(&f, 0);
		struct lines *l = lines_new(f.fd);
		assert_non_null(l);
		assert_true(lines_find(l, MADE_CODE, true, &file, &line) < 0);
		cost_is_small(&c);
		lines_free(l);
	}
}

/* ---- what it leads to ---- */

/* The CRC of .gnu_debuglink, bit by bit. */
static uint32_t crc_of(const uint8_t *bytes, size_t n)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320U : crc >> 1;
	}
	return ~crc;
}

/* Whether a debug file is taken that `target`, of these bytes, is a link to. */
static bool is_taken(const char *target, const uint8_t *bytes, size_t n)
{
	char dir[] = "/tmp/test_module_hostile-XXXXXX", path[64];
	struct {
		char name[8];
		uint32_t crc;
	} link = { "x.debug", crc_of(bytes, n) };
	struct made_elf f;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.debug", dir);
	assert_int_equal(symlink(target, path), 0);
	made_begin(&f);
	made_text(&f);
	made_section(&f, ".gnu_debuglink", SHT_PROGBITS, &link, sizeof(link));
	made_finish(&f, 0);
	struct module *m = module_from_fd(f.fd, "hostile", "", dir);
	assert_non_null(m);
	bool taken = m->debug >= 0;
	module_free(m);
	unlink(path);
	rmdir(dir);
	return taken;
}

static void a_debug_file_is_an_elf_file_and_none_of_proc(void **state)
{
	uint8_t text[4096];
	char path[] = "/tmp/test_module_hostile-file-XXXXXX";
	(void)state;

	int fd = open("/proc/version", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text));
	close(fd);
	assert_true(n > 0);
	assert_false(is_taken("/proc/version", text, (size_t)n));
	/* A file of its own: by a link, if it is ELF. */
	fd = mkstemp(path);
	assert_int_equal(write(fd, "secret", 6), 6);
	assert_false(is_taken(path, (const uint8_t *)"secret", 6));
	assert_int_equal(pwrite(fd, "\177ELF, or so", 11, 0), 11);
	assert_true(is_taken(path, (const uint8_t *)"\177ELF, or so", 11));
	close(fd);
	unlink(path);
}

/* The file gets shorter while it is read: no SIGBUS, whatever is found. */
static void a_file_that_is_truncated_meanwhile_kills_nobody(void **state)
{
	static uint8_t rodata[1 << 20];
	struct program_facts facts;
	char path[32];
	struct made_elf f;
	struct stat st;
	(void)state;

	made_begin(&f);
	made_text(&f);
	made_section(&f, ".rodata", SHT_PROGBITS, rodata, sizeof(rodata));
	made_finish(&f, 0);
	assert_int_equal(fstat(f.fd, &st), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", f.fd);
	pid_t pid = fork();
	if (pid == 0) {
		uint8_t *all = malloc((size_t)st.st_size);
		if (!all || pread(f.fd, all, (size_t)st.st_size, 0) != st.st_size)
			_exit(1);
		for (;;)
			if (ftruncate(f.fd, 8192) || pwrite(f.fd, all, (size_t)st.st_size, 0) != st.st_size)
				_exit(1);
	}
	for (unsigned i = 0; i < 1000; i++)
		program_identify_file(path, &facts);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(f.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_long_names_at_one_address_cost_little),
		cmocka_unit_test(many_long_names_that_enclose_each_other_cost_little),
		cmocka_unit_test(sections_that_claim_much_cost_little),
		cmocka_unit_test(names_of_sections_that_claim_much_are_not_read),
		cmocka_unit_test(more_sections_than_any_program_has_are_refused),
		cmocka_unit_test(lines_that_claim_much_are_not_read),
		cmocka_unit_test(a_debug_file_is_an_elf_file_and_none_of_proc),
		cmocka_unit_test(a_file_that_is_truncated_meanwhile_kills_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
