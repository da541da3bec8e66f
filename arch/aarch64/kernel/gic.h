/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the distributors of GICv2 (IHI 0048B §4.3) and GICv3 (IHI 0069 §12.9)
 * have in common. The frame that a GICv3 redistributor has for SGIs and PPIs has
 * the same registers at the same offsets.
 */
#ifndef AARCH64_GIC_H
#define AARCH64_GIC_H

#include <stdbool.h>
#include <stdint.h>

#define GIC_FIRST_SPI 32u
#define GIC_SPECIAL   1020u /* INTIDs from here on mean that nothing is pending */

/* Distributor registers; n is a register's number, 1 bit, 2 bits, 8 bits, or 64 bits for each interrupt. */
#define GICD_CTLR           0x000
#define GICD_TYPER          0x004
#define GICD_IGROUPR(n)     (0x080 + 4 * (n))
#define GICD_ISENABLER(n)   (0x100 + 4 * (n))
#define GICD_ICENABLER(n)   (0x180 + 4 * (n))
#define GICD_ICPENDR(n)     (0x280 + 4 * (n))
#define GICD_ICACTIVER(n)   (0x380 + 4 * (n))
#define GICD_IPRIORITYR(n)  (0x400 + 4 * (n))
#define GICD_ITARGETSR(n)   (0x800 + 4 * (n)) /* GICv2 */
#define GICD_ICFGR(n)       (0xc00 + 4 * (n))
#define GICD_IGRPMODR(n)    (0xd00 + 4 * (n))      /* GICv3 */
#define GICD_SGIR           0xf00                  /* GICv2 */
#define GICD_IROUTER(intid) (0x6000 + 8 * (intid)) /* GICv3 */

/* One priority for all: the kernel takes interrupts one at a time. */
#define GIC_PRIORITY      0xa0u
#define GIC_PRIORITIES    (GIC_PRIORITY * 0x01010101u)
#define GIC_PRIORITY_MASK 0xffu /* lets every priority through */

uint32_t gic_read(volatile void *frame, uint32_t offset);
void gic_write(volatile void *frame, uint32_t offset, uint32_t value);

/* Number of INTIDs that the distributor has, from GICD_TYPER.ITLinesNumber. */
uint32_t gic_line_count(volatile void *gicd);

/* Masks the 32 interrupts of register n, clears what is pending and active, gives them the one priority. */
void gic_reset_lines(volatile void *frame, uint32_t n);

/* Sets an interrupt's trigger, which must be masked; where that changes, forgets what is pending. */
void gic_configure(volatile void *frame, uint32_t intid, bool level);

#endif
