/* SPDX-License-Identifier: BSD-2-Clause */
#include "psci.h"

/* A callee of SMCCC 1.0 may change x0-x17 (DEN 0028, §2.6). */
#define CALL(instruction)                                                                                              \
	__asm__ volatile(instruction                                                                                   \
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)                                                      \
			 :                                                                                             \
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", \
			   "memory")

int64_t psci_call(enum machine_psci conduit, uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = a;
	register uint64_t x2 __asm__("x2") = b;
	register uint64_t x3 __asm__("x3") = c;

	switch (conduit) {
	case MACHINE_PSCI_HVC: CALL("hvc #0"); return (int64_t)x0;
	case MACHINE_PSCI_SMC: CALL("smc #0"); return (int64_t)x0;
	default: return PSCI_NOT_SUPPORTED;
	}
}
