/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads and stores of integers of a stated byte order at any alignment.
 *
 * Tables from outside are packed and may lie anywhere; a direct load would trap on aarch64 with the MMU off and
 * be emulated on many RISC-V cores. Compilers turn these into single instructions where the machine allows it.
 * The caller has checked that the bytes exist.
 */
#ifndef HELION_LIB_BYTES_H
#define HELION_LIB_BYTES_H

#include <stdint.h>

static inline uint16_t load_le16(const void *where)
{
	const uint8_t *p = where;
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t load_le32(const void *where)
{
	const uint8_t *p = where;
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t load_le64(const void *where)
{
	const uint8_t *p = where;
	return (uint64_t)load_le32(p) | (uint64_t)load_le32(p + 4) << 32;
}

static inline uint16_t load_be16(const void *where)
{
	const uint8_t *p = where;
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t load_be32(const void *where)
{
	const uint8_t *p = where;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline uint64_t load_be64(const void *where)
{
	const uint8_t *p = where;
	return (uint64_t)load_be32(p) << 32 | load_be32(p + 4);
}

static inline void store_le32(void *where, uint32_t value)
{
	uint8_t *p = where;
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
	p[2] = (uint8_t)(value >> 16);
	p[3] = (uint8_t)(value >> 24);
}

static inline void store_le64(void *where, uint64_t value)
{
	uint8_t *p = where;
	store_le32(p, (uint32_t)value);
	store_le32(p + 4, (uint32_t)(value >> 32));
}

#endif
