/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions that GCC calls where a processor has no instruction for the operation
 * (riscv64 without Zbb). They belong to the compiler's library, which is built for
 * another environment and not linked here; names and types are the compiler's.
 */
int __popcountdi2(unsigned long value);
int __ctzdi2(unsigned long value);
int __clzdi2(unsigned long value);

/* Sums of 2, 4 and 8 bits side by side, then of all bytes in the topmost one. */
int __popcountdi2(unsigned long value)
{
	value -= value >> 1 & 0x5555555555555555;
	value = (value & 0x3333333333333333) + (value >> 2 & 0x3333333333333333);
	value = (value + (value >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (int)(value * 0x0101010101010101 >> 56);
}

/* The zeros below the lowest bit that is set become ones, all else zeros. */
int __ctzdi2(unsigned long value)
{
	return __popcountdi2(~value & (value - 1));
}

/* Everything below the highest bit that is set becomes ones. */
int __clzdi2(unsigned long value)
{
	for (unsigned shift = 1; shift < 64; shift *= 2)
		value |= value >> shift;
	return 64 - __popcountdi2(value);
}
