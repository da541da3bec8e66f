/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * strtoul() as far as libfdt's overlays need it: decimal digits, without sign or blanks before them. Left out of
 * host builds, where the C library has it; declared in mk/libc/stdlib.h.
 */
unsigned long strtoul(const char *text, char **ret_end, int base);

/* As in ISO C 7.22.1.4, no digits give 0 and *ret_end == text, and what does not fit gives ULONG_MAX. */
unsigned long strtoul(const char *text, char **ret_end, int base)
{
	unsigned long value = 0, digit;
	const char *at = text;
	_Bool fits = 1;

	for (; *at >= '0' && *at < '0' + base && *at <= '9'; at++) {
		digit = (unsigned long)(*at - '0');
		fits = fits && !__builtin_mul_overflow(value, (unsigned long)base, &value) &&
		       !__builtin_add_overflow(value, digit, &value);
	}
	if (ret_end)
		*ret_end = (char *)at;
	return fits ? value : ~0ul;
}
