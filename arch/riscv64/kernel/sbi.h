/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Supervisor Binary Interface: what firmware in machine mode does for the
 * kernel (RISC-V SBI 2.0). Extensions are probed at first use; where the firmware
 * is older than an extension its legacy call (chapter 5) is made.
 */
#ifndef RISCV_SBI_H
#define RISCV_SBI_H

#include <stdbool.h>
#include <stdint.h>

enum sbi_error { SBI_SUCCESS = 0, SBI_ERR_NOT_SUPPORTED = -2 };

/* One line about the firmware for the log. */
void sbi_describe(void);

void sbi_putc(char c);

/* A timer interrupt when time reaches `ticks` (chapter 6). */
void sbi_set_timer(uint64_t ticks);
/* A supervisor software interrupt on another hart (chapter 7). */
void sbi_send_ipi(uint64_t hart);
/* FENCE.I on all harts (chapter 8). */
void sbi_remote_fence_i(void);

/* Starts a hart at a physical address with satp = 0 and a1 = opaque (chapter 9). 0 or a negative error. */
int64_t sbi_hart_start(uint64_t hart, uint64_t address, uint64_t opaque);

/* Chapter 10. They return only if the firmware cannot do it. */
void sbi_shutdown(bool failure);
void sbi_reboot(void);

#endif
