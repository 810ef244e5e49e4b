/* SPDX-License-Identifier: MIT */
/*
 * One ELF file that programs run from: its segments, its symbols, where its unwind information lies.
 *
 * All addresses here are the file's own (link-time) ones; the difference to where a process has it mapped is the
 * `bias` that symbols.h finds. A module belongs to the cache of symbols.h and is shared by all processes that map
 * the file; what it answers never changes. The file may be garbage: every count and size is bounded, and what makes no
 * sense is left out.
 */
#ifndef TRACER_MODULE_H
#define TRACER_MODULE_H

#include <elf.h>
#include <uthash.h>

#include <thrtrace/backtrace.h>
#include <thrtrace/base.h>

#include "symbols/module_strings.h"
#include "symbols/symbol_index.h"

struct cfi32;
struct lines;

struct module_segment { /* PT_LOAD */
	uint64_t vaddr, offset, filesz, memsz;
	uint32_t flags; /* PF_R, PF_W, PF_X */
};

struct module_bytes { /* a section or segment by address; size 0: it has none */
	uint64_t vaddr, size;
};

struct module_symbol { /* one that was asked for */
	uint64_t addr, size;
	char *name;        /* as in the file, without a version; NULL: it could not be read */
	char *shown;       /* demangled; NULL: not tried yet, or same as name */
	bool tried;        /* to demangle */
	uint32_t raw;      /* which of the module's it is */
	UT_hash_handle hh; /* by raw */
};

struct module_mark { /* for debuggers: several of them may share an address, so they are kept apart */
	char *name;
	uint64_t addr;
	uint32_t value[3]; /* what a process has there; valid when read */
	bool read;
};

struct module_section { /* with instructions */
	uint64_t addr, size;
	uint16_t index;
};

/* What tells one file from another. */
struct module_key {
	uint64_t dev, ino, size;
	int64_t mtime_s, mtime_ns;
	uint64_t build_id; /* hash of it, for what is no file */
};

#define MODULE_SEGMENTS 16
#define MODULE_SECTIONS 32
#define MODULE_BUILD_ID 32
#define MODULE_MARKS    96

struct module {
	struct module *next;
	struct module_key key;
	char *name;
	uint16_t machine;
	bool elf, wide; /* wide: ELFCLASS64 */
	bool full;      /* has a .symtab: a gap between its symbols means something */
	struct module_segment seg[MODULE_SEGMENTS];
	size_t n_seg;
	struct module_bytes dynamic, eh_hdr, eh_frame;
	struct {
		bool present;
		uint64_t vaddr, filesz, memsz, align;
	} tls;
	uint8_t header[sizeof(Elf32_Ehdr)]; /* the first bytes of the file */
	uint8_t build_id[MODULE_BUILD_ID];
	size_t n_build_id;
	struct module_section section[MODULE_SECTIONS];
	size_t n_section;
	struct module_strings strings[3]; /* of the symbol tables */
	struct symbol_raw *raw;           /* symbols, as the tables have them */
	size_t n_raw;
	struct symbol_index index; /* of raw, once one is asked for */
	bool ordered;
	struct module_symbol *named; /* those that were asked for */
	size_t named_bytes;          /* of their names */
	bool marks_read;
	struct module_mark mark[MODULE_MARKS];
	size_t n_marks;
	const char *asked_mark;         /* the name that was last looked for, by its address */
	struct module_mark *found_mark; /* and what was found */
	struct cfi32 *cfi32;            /* of a 32-bit x86 file; NULL */
	struct lines *lines;
	bool lines_apart; /* lines come from a separate file: a distribution's debug package */
	bool program;     /* it has been mapped as the program itself */
	void *pclntab;    /* Go's own function table; NULL when it is no Go program */
	size_t pclntab_len;
	uint64_t text; /* what its entries are relative to */
	struct module_table {
		uint64_t (*entry)[2]; /* first address of a function, address of its entry in .eh_frame: by the first */
		size_t n;
	} table;   /* made where the file has .eh_frame without .eh_frame_hdr (static glibc programs) */
	int file;  /* open to read from; -1: none, or too many others are */
	int debug; /* a separate debug file, until symbols are read; -1: none, or not needed */
	bool own_lines, symbols_read;
	struct module_slot *cache; /* of frames that were asked for */
	size_t cache_slots;
};

/*
 * fd is taken over, also on failure, and stays open as the module's file; root is a prefix of paths for debug files
 * ("/proc/TID/root"), dir the file's.
 */
struct module *module_from_fd(int fd, const char *name, const char *root, const char *dir);
/* image is malloc'ed and taken over. */
struct module *module_from_image(void *image, size_t len, const char *name);
/* Something that is no ELF file, or could not be opened: a name only. */
struct module *module_named(const char *name);
void module_free(struct module *m);
/* Reads the symbol tables, the last thing that is ever asked of the file, and closes it. */
void module_close_file(struct module *m);
/*
 * Reads the file's bytes at `offset`, whose address in the file is addr. -1 where a process may have other bytes there,
 * in a segment that can be written to; and when the file is closed.
 */
ssize_t module_read(const struct module *m, uint64_t addr, uint64_t offset, void *buf, size_t n);

/* The symbol that covers addr, or NULL: never the nearest wrong one. */
struct module_symbol *module_symbol(struct module *m, uint64_t addr);
/*
 * What a libc exports for debuggers, by a name that is a constant: a libthread_db descriptor (_thread_db_*),
 * __nptl_version, the linker's _r_debug or _dl_debug_addr, CPython's _PyRuntime and Py_Version, __jit_debug_descriptor
 * of what compiles at run time, HotSpot's gHotSpotVMStructs. NULL: not exported.
 */
struct module_mark *module_mark(struct module *m, const char *name);
/* The symbol's demangled name, or the one in the file. */
const char *module_symbol_shown(struct module_symbol *s);
/* Fills module, module_offset, symbol, offset, file and line of ret; at is what to look up (pc - 1 for a return). */
void module_frame(struct module *m, uint64_t offset, bool exact, struct frame *ret);

#endif
