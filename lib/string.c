/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See string.h. Copying and filling go by 64-bit words, eight or more to a round, once the destination is aligned; if the
 * source then is not, its words are put together from two aligned loads, because unaligned loads trap on aarch64 with
 * the MMU off and are emulated by firmware on some RISC-V cores. No byte outside of the given ranges is read, except
 * in aligned words that contain bytes of the range: those cannot cross into another page.
 */
#include "lib/string.h"

#include <stdint.h>

/* The compiler must not turn the loops of memcpy into a call of memcpy. */
#if defined(__clang__)
#define NO_LIBCALL __attribute__((no_builtin))
#else
#define NO_LIBCALL __attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif

typedef uint64_t __attribute__((may_alias)) word;

enum {
	WORD = sizeof(word),
	ROUND = 8 * WORD,
	SHORT = 2 * WORD, /* below this, aligning costs more than it saves */
};

static inline size_t misalignment(const void *address)
{
	return (uintptr_t)address % WORD;
}

/*
 * Copies in ascending order and reads each byte before writing to its place, so it also serves overlapping ranges
 * when the destination is in front. The pointers must not be `restrict`: the compiler has to keep that order.
 */
NO_LIBCALL static inline __attribute__((always_inline)) void copy_forward(unsigned char *to, const unsigned char *from,
									  size_t length)
{
	if (length >= SHORT) {
		while (misalignment(to) != 0) {
			*to++ = *from++;
			length--;
		}

		word *out = (word *)(void *)to;
		size_t skew = misalignment(from);
		if (skew == 0) {
			const word *in = (const word *)(const void *)from;
			for (; length >= ROUND; length -= ROUND, in += 8, out += 8) {
				word a = in[0], b = in[1], c = in[2], d = in[3];
				word e = in[4], f = in[5], g = in[6], h = in[7];
				out[0] = a, out[1] = b, out[2] = c, out[3] = d;
				out[4] = e, out[5] = f, out[6] = g, out[7] = h;
			}
			for (; length >= WORD; length -= WORD)
				*out++ = *in++;
			from = (const unsigned char *)in;
		} else {
			/* Every supported machine is little-endian. */
			const word *in = (const word *)(const void *)(from - skew);
			unsigned low = (unsigned)skew * 8, high = 64 - low;
			word current = *in;
			for (; length >= WORD; length -= WORD, from += WORD) {
				word next = *++in;
				*out++ = current >> low | next << high;
				current = next;
			}
		}
		to = (unsigned char *)out;
	}

	while (length-- != 0)
		*to++ = *from++;
}

NO_LIBCALL void *memcpy(void *restrict destination, const void *restrict source, size_t length)
{
	copy_forward(destination, source, length);
	return destination;
}

NO_LIBCALL void *memmove(void *destination, const void *source, size_t length)
{
	unsigned char *to = destination;
	const unsigned char *from = source;

	/* As one unsigned comparison: the destination does not begin inside the source. */
	if ((uintptr_t)to - (uintptr_t)from >= length) {
		copy_forward(to, from, length);
		return destination;
	}

	to += length;
	from += length;
	if (misalignment(to) == misalignment(from)) {
		while (length != 0 && misalignment(to) != 0) {
			*--to = *--from;
			length--;
		}
		for (; length >= WORD; length -= WORD) {
			to -= WORD;
			from -= WORD;
			*(word *)(void *)to = *(const word *)(const void *)from;
		}
	}
	while (length-- != 0)
		*--to = *--from;
	return destination;
}

static inline __attribute__((always_inline)) void fill_round(word *out, word pattern)
{
	out[0] = out[1] = out[2] = out[3] = pattern;
	out[4] = out[5] = out[6] = out[7] = pattern;
}

NO_LIBCALL void *memset(void *destination, int byte, size_t length)
{
	unsigned char *to = destination;
	unsigned char value = (unsigned char)byte;

	if (length >= SHORT) {
		while (misalignment(to) != 0) {
			*to++ = value;
			length--;
		}
		word *out = (word *)(void *)to;
		word pattern = value * UINT64_C(0x0101010101010101);
		word *end = out + length / WORD;
		/* Pages are what is filled most. */
		for (; end - out >= 32; out += 32) {
			fill_round(out, pattern);
			fill_round(out + 8, pattern);
			fill_round(out + 16, pattern);
			fill_round(out + 24, pattern);
		}
		for (; end - out >= 8; out += 8)
			fill_round(out, pattern);
		while (out != end)
			*out++ = pattern;
		to = (unsigned char *)out;
		length %= WORD;
	}

	while (length-- != 0)
		*to++ = value;
	return destination;
}

NO_LIBCALL int memcmp(const void *a, const void *b, size_t length)
{
	const unsigned char *x = a;
	const unsigned char *y = b;

	if (misalignment(x) == 0 && misalignment(y) == 0) {
		while (length >= WORD && *(const word *)(const void *)x == *(const word *)(const void *)y) {
			x += WORD;
			y += WORD;
			length -= WORD;
		}
	}
	for (; length != 0; length--, x++, y++)
		if (*x != *y)
			return *x < *y ? -1 : 1;
	return 0;
}

NO_LIBCALL void *memchr(const void *memory, int byte, size_t length)
{
	const unsigned char *p = memory;
	for (; length != 0; length--, p++)
		if (*p == (unsigned char)byte)
			return (void *)(uintptr_t)p;
	return NULL;
}

NO_LIBCALL size_t strlen(const char *text)
{
	const char *end = text;
	while (*end != '\0')
		end++;
	return (size_t)(end - text);
}

NO_LIBCALL size_t strnlen(const char *text, size_t limit)
{
	size_t length = 0;
	while (length < limit && text[length] != '\0')
		length++;
	return length;
}

NO_LIBCALL int strcmp(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

NO_LIBCALL int strncmp(const char *a, const char *b, size_t limit)
{
	for (; limit != 0; limit--, a++, b++) {
		if (*a != *b)
			return (unsigned char)*a - (unsigned char)*b;
		if (*a == '\0')
			break;
	}
	return 0;
}

NO_LIBCALL char *strchr(const char *text, int character)
{
	for (;; text++) {
		if (*text == (char)character)
			return (char *)(uintptr_t)text;
		if (*text == '\0')
			return NULL;
	}
}

NO_LIBCALL char *strrchr(const char *text, int character)
{
	char *found = NULL;
	for (;; text++) {
		if (*text == (char)character)
			found = (char *)(uintptr_t)text;
		if (*text == '\0')
			return found;
	}
}
