/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single accesses to device registers. Registers are mapped uncacheable, and
 * such accesses are neither merged nor reordered, among themselves or with
 * accesses to normal memory (Intel SDM vol. 3A §12.3.1); only the compiler has to be held back.
 */
#ifndef ARCH_IO_H
#define ARCH_IO_H

#include <stdint.h>

#define ARCH_MMIO(bits, operand)                                                                                    \
	static inline uint##bits##_t mmio_read##bits(const volatile void *address)                                  \
	{                                                                                                           \
		uint##bits##_t value;                                                                               \
		__asm__ volatile("mov %1, %0"                                                                       \
				 : operand(value)                                                                   \
				 : "m"(*(const volatile uint##bits##_t *)address)                                   \
				 : "memory");                                                                       \
		return value;                                                                                       \
	}                                                                                                           \
	static inline void mmio_write##bits(volatile void *address, uint##bits##_t value)                           \
	{                                                                                                           \
		__asm__ volatile("mov %1, %0" : "=m"(*(volatile uint##bits##_t *)address) : "r"(value) : "memory"); \
	}

ARCH_MMIO(8, "=q")
ARCH_MMIO(16, "=r")
ARCH_MMIO(32, "=r")
ARCH_MMIO(64, "=r")

#undef ARCH_MMIO

#endif
