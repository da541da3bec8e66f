/* SPDX-License-Identifier: BSD-2-Clause */
/* See sha256.h. */
#include "lib/sha256.h"

#include "lib/bytes.h"
#include "lib/string.h"

enum { ROUNDS = 64, LENGTH_AT = 56 };

/* FIPS 180-4 §4.2.2 */
static const uint32_t constants[ROUNDS] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t rotate(uint32_t value, unsigned bits)
{
	return value >> bits | value << (32 - bits);
}

/*
 * One round. Instead of moving a to h on by one, the next round names them so: eight rounds bring every name back to
 * its place, and no value is ever copied.
 */
#define ROUND(a, b, c, d, e, f, g, h, t)                                                                   \
	do {                                                                                               \
		h += (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (g ^ (e & (f ^ g))) + constants[t] + \
		     w[(t) % 16];                                                                          \
		d += h;                                                                                    \
		h += (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) | (c & (a | b)));           \
	} while (0)

#define EIGHT_ROUNDS(t)                                 \
	do {                                            \
		ROUND(a, b, c, d, e, f, g, h, (t));     \
		ROUND(h, a, b, c, d, e, f, g, (t) + 1); \
		ROUND(g, h, a, b, c, d, e, f, (t) + 2); \
		ROUND(f, g, h, a, b, c, d, e, (t) + 3); \
		ROUND(e, f, g, h, a, b, c, d, (t) + 4); \
		ROUND(d, e, f, g, h, a, b, c, (t) + 5); \
		ROUND(c, d, e, f, g, h, a, b, (t) + 6); \
		ROUND(b, c, d, e, f, g, h, a, (t) + 7); \
	} while (0)

/* The next sixteen words of the message schedule, in the place of the last sixteen. */
static inline void expand(uint32_t w[16])
{
	for (unsigned i = 0; i < 16; i++) {
		uint32_t early = w[(i + 1) % 16], late = w[(i + 14) % 16];

		w[i] += (rotate(early, 7) ^ rotate(early, 18) ^ early >> 3) + w[(i + 9) % 16] +
			(rotate(late, 17) ^ rotate(late, 19) ^ late >> 10);
	}
}

static void process(uint32_t state[8], const uint8_t *data, size_t blocks)
{
	uint32_t w[16];

	for (; blocks != 0; blocks--, data += SHA256_BLOCK) {
		uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
		uint32_t e = state[4], f = state[5], g = state[6], h = state[7];

		for (unsigned i = 0; i < 16; i++)
			w[i] = load_be32(data + 4 * (size_t)i);
		for (unsigned t = 0; t < ROUNDS; t += 16) {
			if (t != 0)
				expand(w);
			EIGHT_ROUNDS(t);
			EIGHT_ROUNDS(t + 8);
		}
		state[0] += a, state[1] += b, state[2] += c, state[3] += d;
		state[4] += e, state[5] += f, state[6] += g, state[7] += h;
	}
}

void sha256_begin(struct sha256 *hash)
{
	static const uint32_t initial[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};
	memcpy(hash->state, initial, sizeof initial);
	hash->length = 0;
}

void sha256_add(struct sha256 *hash, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	size_t used = hash->length % SHA256_BLOCK;

	if (size == 0)
		return;
	hash->length += size;
	if (used != 0) {
		size_t room = SHA256_BLOCK - used, part = size < room ? size : room;

		memcpy(hash->block + used, bytes, part);
		bytes += part;
		size -= part;
		if (part < room)
			return;
		process(hash->state, hash->block, 1);
	}
	process(hash->state, bytes, size / SHA256_BLOCK);
	memcpy(hash->block, bytes + size / SHA256_BLOCK * SHA256_BLOCK, size % SHA256_BLOCK);
}

static void store_be32(uint8_t *where, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		where[i] = (uint8_t)(value >> (24 - 8 * i));
}

void sha256_end(struct sha256 *hash, uint8_t ret_digest[SHA256_SIZE])
{
	uint64_t bits = hash->length * 8;
	size_t used = hash->length % SHA256_BLOCK;

	hash->block[used++] = 0x80;
	if (used > LENGTH_AT) {
		memset(hash->block + used, 0, SHA256_BLOCK - used);
		process(hash->state, hash->block, 1);
		used = 0;
	}
	memset(hash->block + used, 0, LENGTH_AT - used);
	store_be32(hash->block + LENGTH_AT, (uint32_t)(bits >> 32));
	store_be32(hash->block + LENGTH_AT + 4, (uint32_t)bits);
	process(hash->state, hash->block, 1);
	for (unsigned i = 0; i < 8; i++)
		store_be32(ret_digest + 4 * (size_t)i, hash->state[i]);
}

void sha256(const void *data, size_t size, uint8_t ret_digest[SHA256_SIZE])
{
	struct sha256 hash;

	sha256_begin(&hash);
	sha256_add(&hash, data, size);
	sha256_end(&hash, ret_digest);
}

void sha256_to_text(const uint8_t digest[SHA256_SIZE], char ret_text[SHA256_TEXT])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SHA256_SIZE; i++) {
		ret_text[2 * i] = digits[digest[i] >> 4];
		ret_text[2 * i + 1] = digits[digest[i] & 15];
	}
	ret_text[SHA256_TEXT - 1] = '\0';
}
