/* SPDX-License-Identifier: BSD-2-Clause */
/* System registers for the loader. Those that older assemblers do not know go by their encoding (ARM ARM D17). */
#ifndef ARCH_AARCH64_BOOT_SYSREG_H
#define ARCH_AARCH64_BOOT_SYSREG_H

#include <stdint.h>

#define sysreg_read(name)                                                            \
	({                                                                           \
		uint64_t sysreg_value;                                               \
		__asm__ volatile("mrs %0, " name : "=r"(sysreg_value) : : "memory"); \
		sysreg_value;                                                        \
	})

#define sysreg_write(name, value) __asm__ volatile("msr " name ", %x0" : : "rZ"((uint64_t)(value)) : "memory")

/* One field of four bits of an identification register. */
#define sysreg_field(name, shift) ((unsigned)(sysreg_read(name) >> (shift)) & 15u)

#define RNDR         "s3_3_c2_c4_0"
#define ID_AA64ISAR2 "s3_0_c0_c6_2"
#define ID_AA64SMFR0 "s3_0_c0_c4_5"
#define ZCR_EL2      "s3_4_c1_c2_0"
#define HCRX_EL2     "s3_4_c1_c2_2"
#define SMCR_EL2     "s3_4_c1_c2_6"
#define HFGRTR_EL2   "s3_4_c1_c1_4"
#define HFGWTR_EL2   "s3_4_c1_c1_5"
#define HFGITR_EL2   "s3_4_c1_c1_6"
#define HDFGRTR_EL2  "s3_4_c3_c1_4"
#define HDFGWTR_EL2  "s3_4_c3_c1_5"
#define HAFGRTR_EL2  "s3_4_c3_c1_6"
#define ICC_SRE_EL2  "s3_4_c12_c9_5"
#define ICH_HCR_EL2  "s3_4_c12_c11_0"

#endif
