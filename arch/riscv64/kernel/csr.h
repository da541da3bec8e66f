/* SPDX-License-Identifier: BSD-2-Clause */
/* Control and status registers. Section numbers in this folder are those of the privileged architecture 20240411. */
#ifndef RISCV_CSR_H
#define RISCV_CSR_H

/* Numbers of registers that an assembler may not know by name. */
#define CSR_SENVCFG  0x10a
#define CSR_STIMECMP 0x14d
#define CSR_SISELECT 0x150
#define CSR_SIREG    0x151
#define CSR_STOPEI   0x15c
#define CSR_VSTART   0x008
#define CSR_VCSR     0x00f
#define CSR_VL       0xc20
#define CSR_VTYPE    0xc21
#define CSR_VLENB    0xc22

#define SSTATUS_SIE  (1 << 1)
#define SSTATUS_SPIE (1 << 5)
#define SSTATUS_SPP  (1 << 8)
#define SSTATUS_VS   (3 << 9)
#define SSTATUS_FS   (3 << 13)
#define SSTATUS_SUM  (1 << 18)
#define SSTATUS_MXR  (1 << 19)

/* scause of a system call. */
#define CAUSE_USER_ECALL 8

/* Bits of sie and sip. */
#define SIE_SOFTWARE (1 << 1)
#define SIE_TIMER    (1 << 5)
#define SIE_EXTERNAL (1 << 9)

#define SATP_MODE_SHIFT 60 /* 8 = Sv39, 9 = Sv48, 10 = Sv57 */
#define SATP_ASID_SHIFT 44
#define SATP_ASID_MASK  0xffff

#ifndef __ASSEMBLER__

#include <stdint.h>

/* For the registers above: csr_write(CSR_NAME(CSR_SENVCFG), 0). */
#define CSR_NAME(number)   CSR_STRING(number)
#define CSR_STRING(number) #number

#define csr_read(name)                                                          \
	({                                                                      \
		uint64_t value_;                                                \
		__asm__ volatile("csrr %0, " name : "=r"(value_) : : "memory"); \
		value_;                                                         \
	})
#define csr_write(name, value) __asm__ volatile("csrw " name ", %0" : : "rK"((uint64_t)(value)) : "memory")
#define csr_set(name, value)   __asm__ volatile("csrs " name ", %0" : : "rK"((uint64_t)(value)) : "memory")
#define csr_clear(name, value) __asm__ volatile("csrc " name ", %0" : : "rK"((uint64_t)(value)) : "memory")

#endif
#endif
