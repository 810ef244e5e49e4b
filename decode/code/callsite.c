/* SPDX-License-Identifier: MIT */
/* Encodings: Intel SDM volume 2, CALL and JMP; stubs as in the System V ABI, AMD64 supplement, 5.2 */
#include <thrtrace/callsite.h>

#include <errno.h>
#include <string.h>

static taddr relative(taddr next, const uint8_t *by)
{
	int32_t distance;

	memcpy(&distance, by, sizeof(distance));
	return next + (uint64_t)(int64_t)distance;
}

int callsite_x86_64(struct callsite *ret, const uint8_t before[CALLSITE_BYTES], taddr pc)
{
	const uint8_t *by = before + CALLSITE_BYTES - 4;

	if (before[0] == 0xff && before[1] == 0x15) /* call *disp(%rip) */
		*ret = (struct callsite){ .target = relative(pc, by), .slot = true };
	else if (before[1] == 0xe8)
		*ret = (struct callsite){ .target = relative(pc, by) };
	else
		return -ENOENT;
	return 0;
}

int callsite_stub_x86_64(struct callsite *ret, const uint8_t code[CALLSITE_STUB_BYTES], taddr pc)
{
	static const uint8_t endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	size_t at = memcmp(code, endbr64, sizeof(endbr64)) == 0 ? sizeof(endbr64) : 0;

	at += code[at] == 0xf2;                       /* bnd */
	if (code[at] != 0xff || code[at + 1] != 0x25) /* jmp *disp(%rip) */
		return -ENOENT;
	*ret = (struct callsite){ .target = relative(pc + at + 6, code + at + 2), .slot = true };
	return 0;
}
