/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 against the examples of NIST (FIPS 180-4 examples; CAVS byte-oriented vectors) and against itself. */
#include "lib/sha256.h"

#include "tap.h"

static void check(const void *data, size_t size, const char *expected, const char *file, int line)
{
	uint8_t *copy = tap_copy(data, size), digest[SHA256_SIZE];
	char text[SHA256_TEXT];

	sha256(copy, size, digest);
	sha256_to_text(digest, text);
	tap_check_text(text, strlen(text), expected, "digest", file, line);
	free(copy);
}

#define CHECK_DIGEST(data, size, expected) check(data, size, expected, __FILE__, __LINE__)
#define CHECK_TEXT_DIGEST(text, expected)  check(text, sizeof(text) - 1, expected, __FILE__, __LINE__)

static void examples_of_the_standard(void)
{
	CHECK_TEXT_DIGEST("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	CHECK_TEXT_DIGEST("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	CHECK_TEXT_DIGEST("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	CHECK_TEXT_DIGEST("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
			  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
			  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

static void vectors_of_short_messages(void)
{
	CHECK_TEXT_DIGEST("\xbd", "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b");
	CHECK_TEXT_DIGEST("\xc9\x8c\x8e\x55", "7abc22c0ae5af26ce93dbb94433a0e0b2e119d014f8e7f65bd56c61ccccd9504");
	CHECK_TEXT_DIGEST("\x5f\xd4", "7c4fbf484498d21b487b9d61de8914b2eadaf2698712936d47c3ada2558f6788");
}

/* Sizes at which the padding changes its shape, and a million bytes. */
static void long_messages(void)
{
	static const struct {
		size_t size;
		int byte;
		const char *digest;
	} cases[] = {
		{55, 0, "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7"},
		{56, 0, "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb"},
		{57, 0, "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785"},
		{64, 0, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"},
		{1000, 0, "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53"},
		{1000, 'A', "c2e686823489ced2017f6059b8b239318b6364f6dcd835d0a519105a1eadd6e4"},
		{1005, 'U', "f4d62ddec0f3dd90ea1380fa16a5ff8dc4c54b21740650f24afc4120903552b0"},
		{1000000, 0, "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025"},
		{1000000, 'a', "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
	};
	static uint8_t data[1000000];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		memset(data, cases[i].byte, cases[i].size);
		CHECK_DIGEST(data, cases[i].size, cases[i].digest);
	}
}

static void pieces_of_any_size(void)
{
	static uint8_t data[300];

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 37 + 11);
	for (size_t size = 0; size <= sizeof data; size += 7) {
		uint8_t whole[SHA256_SIZE], pieces[SHA256_SIZE];

		sha256(data, size, whole);
		for (size_t step = 1; step <= 130; step++) {
			struct sha256 hash;

			sha256_begin(&hash);
			for (size_t at = 0; at < size; at += step)
				sha256_add(&hash, data + at, size - at < step ? size - at : step);
			sha256_add(&hash, NULL, 0);
			sha256_end(&hash, pieces);
			if (memcmp(whole, pieces, sizeof whole) != 0)
				tap_check(false, "digest of pieces", __FILE__, (int)(size * 1000 + step));
		}
	}
}

/* 513 MiB have more than 2^32 bits. From "dd if=/dev/zero bs=1M count=513 | sha256sum". */
static void more_bits_than_a_word_counts(void)
{
	static const uint8_t zeros[1 << 20];
	struct sha256 hash;
	uint8_t digest[SHA256_SIZE];
	char text[SHA256_TEXT];

	sha256_begin(&hash);
	for (unsigned i = 0; i < 513; i++)
		sha256_add(&hash, zeros, sizeof zeros);
	sha256_end(&hash, digest);
	sha256_to_text(digest, text);
	CHECK_TEXT(text, "a3e2acbb469e4e59dde406f912e754c933c1ac0fb0092a3634d61d5073309c0c");
}

int main(void)
{
	RUN(examples_of_the_standard);
	RUN(vectors_of_short_messages);
	RUN(long_messages);
	RUN(pieces_of_any_size);
	RUN(more_bits_than_a_word_counts);
	return tap_finish();
}
