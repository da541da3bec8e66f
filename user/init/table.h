/* SPDX-License-Identifier: BSD-2-Clause */
/* The manifest as text. Pure functions. */
#ifndef USER_INIT_TABLE_H
#define USER_INIT_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include <helion/manifest.h>

#define TABLE_ROW 256 /* a buffer of this size holds any row */

/* "640 KiB", "1.9 GiB", "12 bytes": three significant digits, rounded down. Returns buffer. */
const char *format_size(char buffer[16], uint64_t bytes);

/* "PCI 0000:00:02.0 class 020000 8086:10d3 BAR1", "ACPI HPET", "device tree /soc/serial@10000000", "memory map: free RAM", ... */
size_t format_origin(char *buffer, size_t capacity, const struct helion_record *record);

/* Slot, type, size, physical range, origin and remarks of one record, without a newline. */
size_t table_row(char *buffer, size_t capacity, const struct helion_record *record);

extern const char table_heading[];

#endif
