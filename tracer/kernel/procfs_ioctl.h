/* SPDX-License-Identifier: MIT */
/*
 * Two ioctls on files of /proc/PID that the C library's headers of Debian 12 do not have yet.
 * Layouts and values: include/uapi/linux/fs.h of Linux 6.17 (struct procmap_query since 6.11, struct pm_scan_arg
 * since 6.7, PAGE_IS_GUARD since 6.16).
 */
#ifndef TRACER_PROCFS_IOCTL_H
#define TRACER_PROCFS_IOCTL_H

#include <stdint.h>
#include <sys/ioctl.h>

struct thr_procmap_query {
	uint64_t size, query_flags, query_addr;
	uint64_t vma_start, vma_end, vma_flags, vma_page_size, vma_offset, inode;
	uint32_t dev_major, dev_minor, vma_name_size, build_id_size;
	uint64_t vma_name_addr, build_id_addr;
};
#define THR_PROCMAP_QUERY            _IOWR('f', 17, struct thr_procmap_query)
#define THR_PROCMAP_EXECUTABLE       0x04
#define THR_PROCMAP_COVERING_OR_NEXT 0x10
#define THR_PROCMAP_FILE_BACKED      0x20

struct thr_page_region {
	uint64_t start, end, categories;
};
struct thr_pm_scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
#define THR_PAGEMAP_SCAN    _IOWR('f', 16, struct thr_pm_scan_arg)
#define THR_PAGE_IS_PRESENT (1 << 3)
#define THR_PAGE_IS_SWAPPED (1 << 4)
#define THR_PAGE_IS_PFNZERO (1 << 5)
#define THR_PAGE_IS_GUARD   (1 << 8)

#endif
