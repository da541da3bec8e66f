/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device registers. They are mapped Device-nGnRE, so accesses to one device stay
 * in order among themselves (ARM ARM B2.7.2); the barriers order them against
 * normal memory: a store to a ring buffer is seen before the doorbell, and data
 * is not read before the status register that announced it. The instructions
 * are written out because a hypervisor can emulate only single loads and stores
 * without write-back, which is all that ESR_ELx.ISS describes.
 */
#ifndef ARCH_IO_H
#define ARCH_IO_H

#include <stdint.h>

#define A64_MMIO(bits, type, suffix, modifier)                                     \
	static inline type mmio_read##bits(const volatile void *address)           \
	{                                                                          \
		type value;                                                        \
                                                                                   \
		__asm__ volatile("ldr" suffix " %" modifier "0, [%1]\n\tdmb oshld" \
				 : "=r"(value)                                     \
				 : "r"(address)                                    \
				 : "memory");                                      \
		return value;                                                      \
	}                                                                          \
                                                                                   \
	static inline void mmio_write##bits(volatile void *address, type value)    \
	{                                                                          \
		__asm__ volatile("dmb oshst\n\tstr" suffix " %" modifier "0, [%1]" \
				 :                                                 \
				 : "r"(value), "r"(address)                        \
				 : "memory");                                      \
	}

A64_MMIO(8, uint8_t, "b", "w")
A64_MMIO(16, uint16_t, "h", "w")
A64_MMIO(32, uint32_t, "", "w")
A64_MMIO(64, uint64_t, "", "x")

#undef A64_MMIO

#endif
