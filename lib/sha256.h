/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256 (FIPS 180-4 §6.2). A message may come in pieces of any size; the digest depends on their bytes only.
 */
#ifndef HELION_LIB_SHA256_H
#define HELION_LIB_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum {
	SHA256_SIZE = 32,  /* bytes of a digest */
	SHA256_BLOCK = 64, /* bytes that are processed at once */
	SHA256_TEXT = 65,  /* bytes of a digest in hexadecimal, with the NUL */
};

struct sha256 {
	uint32_t state[8];
	uint64_t length;             /* bytes so far */
	uint8_t block[SHA256_BLOCK]; /* the last length % SHA256_BLOCK of them */
};

void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *data, size_t size);
/* After this only sha256_begin() may follow. */
void sha256_end(struct sha256 *hash, uint8_t ret_digest[SHA256_SIZE]);

/* All of it for a message in one piece. */
void sha256(const void *data, size_t size, uint8_t ret_digest[SHA256_SIZE]);

/* A digest in lower-case hexadecimal, with a NUL. */
void sha256_to_text(const uint8_t digest[SHA256_SIZE], char ret_text[SHA256_TEXT]);

#endif
