/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device registers. The fences (RISC-V unprivileged, "Memory Ordering
 * Instructions") order accesses among themselves and against normal memory: what
 * was written before a register write is seen by the device, and a register is
 * read before what it says is acted upon.
 */
#ifndef ARCH_IO_H
#define ARCH_IO_H

#include <stdint.h>

#define RISCV_MMIO(bits, load, store)                                                                         \
	static inline uint##bits##_t mmio_read##bits(const volatile void *address)                            \
	{                                                                                                     \
		uint64_t value;                                                                               \
		__asm__ volatile(load " %0, 0(%1)\n\tfence i, iorw" : "=r"(value) : "r"(address) : "memory"); \
		return (uint##bits##_t)value;                                                                 \
	}                                                                                                     \
	static inline void mmio_write##bits(volatile void *address, uint##bits##_t value)                     \
	{                                                                                                     \
		__asm__ volatile("fence iorw, o\n\t" store " %0, 0(%1)"                                       \
				 :                                                                            \
				 : "r"((uint64_t)value), "r"(address)                                         \
				 : "memory");                                                                 \
	}

RISCV_MMIO(8, "lbu", "sb")
RISCV_MMIO(16, "lhu", "sh")
RISCV_MMIO(32, "lwu", "sw")
RISCV_MMIO(64, "ld", "sd")

#undef RISCV_MMIO

#endif
