/* SPDX-License-Identifier: MIT */
/* Bounded reads over the memory callback of mem.h. */
#include <thrtrace/mem.h>

#include <errno.h>
#include <string.h>

int mem_read(const struct mem *mem, taddr at, void *buf, size_t n)
{
	ssize_t got = mem->read(mem->ctx, at, buf, n);

	if (got < 0)
		return (int)got;
	return (size_t)got == n ? 0 : -EFAULT;
}

int mem_u64(const struct mem *mem, taddr at, uint64_t *ret)
{
	uint64_t v;
	int err = mem_read(mem, at, &v, sizeof(v));

	if (!err)
		*ret = v;
	return err;
}

int mem_u32(const struct mem *mem, taddr at, uint32_t *ret)
{
	uint32_t v;
	int err = mem_read(mem, at, &v, sizeof(v));

	if (!err)
		*ret = v;
	return err;
}

int mem_word(const struct mem *mem, taddr at, unsigned word, uint64_t *ret)
{
	uint32_t half;

	if (word != 4)
		return mem_u64(mem, at, ret);
	int err = mem_u32(mem, at, &half);
	if (!err)
		*ret = half;
	return err;
}

ssize_t mem_str(const struct mem *mem, taddr at, char *buf, size_t size, bool *ret_cut)
{
	if (size == 0)
		return -EINVAL;
	ssize_t got = mem->read(mem->ctx, at, buf, size);
	if (got < 0)
		return got;
	size_t len = strnlen(buf, (size_t)got);
	bool cut = len == (size_t)got;
	if (cut && (size_t)got < size)
		return -EFAULT; /* a hole before the NUL */
	if (cut)
		len = size - 1;
	buf[len] = '\0';
	*ret_cut = cut;
	return (ssize_t)len;
}
