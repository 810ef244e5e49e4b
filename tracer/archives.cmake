# SPDX-License-Identifier: MIT
# Which of the libraries can be linked from their archives. That one is there does not mean that it is whole: the libelf.a
# of Debian 13 (elfutils 0.192) needs functions that no archive has. So a program is linked with each, which calls what
# thrtrace calls: an archive gives only the members that are asked for.
include(CheckCSourceCompiles)

# thr_archive(PKG HEADER FUNCTION...): adds PKG to `fails`, unless a static program with FUNCTIONs can be linked. A PKG that
# pkg-config doesn't know does not fail: thrtrace is built without it.
macro(thr_archive pkg header)
	pkg_check_modules(ARCHIVE_${pkg} QUIET ${pkg})
	if(ARCHIVE_${pkg}_FOUND)
		string(JOIN ", (function *)" functions ${ARGN})
		set(CMAKE_REQUIRED_LIBRARIES ${ARCHIVE_${pkg}_STATIC_LDFLAGS})
		check_c_source_compiles("
			#include <${header}>
			typedef void function(void);
			function *const used[] = { (function *)${functions} };
			int main(int n, char **args) { (void)args; return used[n - 1] == 0; }" THRTRACE_ARCHIVE_${pkg})
		if(NOT THRTRACE_ARCHIVE_${pkg})
			list(APPEND fails ${pkg})
		endif()
	endif()
endmacro()

# thr_archives_that_fail(VAR): VAR is the list of them, by their names for pkg-config.
function(thr_archives_that_fail var)
	set(fails)
	set(CMAKE_REQUIRED_LINK_OPTIONS -static -no-pie)
	set(CMAKE_REQUIRED_INCLUDES)
	thr_archive(jansson jansson.h json_object_set_new json_dumps json_dump_callback json_sprintf json_real json_stringn)
	thr_archive(libelf gelf.h elf_begin elf_memory elf_end elf_getident elf_getphdrnum elf_getshdrstrndx elf_nextscn elf_getdata
		elf_getdata_rawchunk elf_strptr gelf_getehdr gelf_getphdr gelf_getshdr gelf_getsym gelf_getnote
		gelf_getchdr elf_getscn elf_ndxscn elf_rawdata)
	thr_archive(libdw elfutils/libdw.h dwarf_begin dwarf_end dwarf_get_units dwarf_getsrc_die dwarf_linesrc dwarf_lineno dwarf_offdie
		dwarf_dieoffset dwarf_ranges dwarf_getcfi_elf dwarf_next_cfi dwarf_cfi_addrframe dwarf_cfi_end dwarf_frame_info
		dwarf_frame_cfa dwarf_frame_register)
	thr_archive(libunwind-generic libunwind.h unw_create_addr_space unw_destroy_addr_space unw_set_caching_policy unw_flush_cache
		unw_init_remote unw_step unw_get_reg unw_get_save_loc)
	thr_archive(liblzma lzma.h lzma_stream_buffer_decode)
	thr_archive(libseccomp seccomp.h seccomp_init seccomp_release seccomp_attr_set seccomp_arch_add seccomp_arch_native
		seccomp_rule_add_array seccomp_export_bpf seccomp_syscall_resolve_name seccomp_syscall_resolve_num_arch)
	thr_archive(ncursesw ncurses.h newterm endwin getch refresh mvaddnstr)
	set(${var} "${fails}" PARENT_SCOPE)
endfunction()
