/* SPDX-License-Identifier: MIT */
/* One line of /proc/PID/maps -> struct vma. */
#include <thrtrace/vma.h>

#include <errno.h>
#include <string.h>

struct cursor {
	const char *at, *end;
};

/* Reads digits of the base up to max of them; false when there is none or too many. */
static bool number(struct cursor *c, unsigned base, unsigned max, uint64_t *ret)
{
	uint64_t v = 0;
	unsigned n = 0;

	for (; c->at < c->end; c->at++, n++) {
		unsigned d;
		if (*c->at >= '0' && *c->at <= '9')
			d = (unsigned)(*c->at - '0');
		else if (*c->at >= 'a' && *c->at <= 'f')
			d = (unsigned)(*c->at - 'a') + 10;
		else
			break;
		if (d >= base || n == max)
			return false;
		v = v * base + d;
	}
	*ret = v;
	return n > 0;
}

static bool expect(struct cursor *c, char ch)
{
	if (c->at == c->end || *c->at != ch)
		return false;
	c->at++;
	return true;
}

static bool prot(struct cursor *c, uint32_t *ret)
{
	static const char letters[] = "rwxs";

	if (c->end - c->at < 4)
		return false;
	*ret = 0;
	for (unsigned i = 0; i < 4; i++)
		if (c->at[i] == letters[i])
			*ret |= 1U << i;
		else if (c->at[i] != '-' && c->at[i] != 'p')
			return false;
	c->at += 4;
	return true;
}

ssize_t vma_parse(const char *text, size_t len, struct vma *ret)
{
	const char *nl = memchr(text, '\n', len);
	struct cursor c = { text, nl ? nl : text + len };
	struct vma v = { 0 };
	uint64_t major, minor;

	if (!number(&c, 16, 16, &v.low) || !expect(&c, '-') || !number(&c, 16, 16, &v.high) || !expect(&c, ' ') ||
		!prot(&c, &v.prot) || !expect(&c, ' ') || !number(&c, 16, 16, &v.offset) || !expect(&c, ' ') ||
		!number(&c, 16, 8, &major) || !expect(&c, ':') || !number(&c, 16, 8, &minor) || !expect(&c, ' ') ||
		!number(&c, 10, 19, &v.inode) || v.low >= v.high)
		return -EINVAL;
	v.dev_major = (uint32_t)major;
	v.dev_minor = (uint32_t)minor;
	while (c.at < c.end && *c.at == ' ')
		c.at++;
	size_t n = (size_t)(c.end - c.at);
	if (n >= VMA_NAME)
		n = VMA_NAME - 1;
	memcpy(v.name, c.at, n);
	*ret = v;
	return (c.end - text) + (nl ? 1 : 0);
}
