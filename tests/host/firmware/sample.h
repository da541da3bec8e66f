/* SPDX-License-Identifier: BSD-2-Clause */
/* What a test puts on the volume: a kernel, a device tree with an overlay, an event log, and files of any size. */
#ifndef TESTS_FIRMWARE_SAMPLE_H
#define TESTS_FIRMWARE_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

enum {
	SAMPLE_KERNEL_SIZE = 0x4000,
};

/*
 * A relocatable kernel of the Helion protocol for x86_64, with a read-only, a code and a data segment, one relocation
 * in the last eight bytes of its data, and the notes that it needs.
 */
const uint8_t *sample_kernel(void);

/* A small device tree with symbols, and an overlay that adds a property to it. */
const void *sample_tree(size_t *ret_size);
const void *sample_overlay(size_t *ret_size);

/* A crypto-agile event log with one event; *ret_last is where that begins. TCG PC Client Platform Firmware Profile §10. */
const uint8_t *sample_event_log(const uint8_t **ret_last);

/* An EFI image for x86_64 with the sections of a unified kernel image, and some more so that its headers are large. */
const uint8_t *sample_unified(size_t *ret_size);

/* A driver of boot services. */
const uint8_t *sample_driver(size_t *ret_size);

/* One with the text of a manifest, of at most 512 bytes. Each call overwrites the result of the one before. */
const uint8_t *sample_manifest(const char *text, size_t *ret_size);

/* Files of the formats gzip and zstd with this content, not made any smaller. The caller frees them, or not. */
uint8_t *sample_gzip(const void *content, size_t size, size_t *ret_size);
uint8_t *sample_zstd(const void *content, size_t size, size_t *ret_size);

/* Bytes that depend on `seed` and do not repeat soon. The caller frees them, or not. */
uint8_t *sample_bytes(size_t size, unsigned seed);

#endif
