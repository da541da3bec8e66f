/* SPDX-License-Identifier: BSD-2-Clause */
/* Manifests of what may be started under Secure Boot. */
#include "lib/manifest.h"

#include "tap.h"

#define HEX_A "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" /* "abc" */
#define HEX_B "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855" /* "" */

static uint8_t digest_a[SHA256_SIZE], digest_b[SHA256_SIZE];
static unsigned line;

static enum manifest_error check(const char *text, size_t length)
{
	char *copy = tap_copy(text, length);
	enum manifest_error error = manifest_check(copy, length, &line);

	free(copy);
	return error;
}

static enum manifest_match find(const char *text, const char *path, const uint8_t *digest)
{
	char *copy = tap_copy(text, strlen(text));
	enum manifest_match match = manifest_find(copy, strlen(text), slice_of(path), digest);

	free(copy);
	return match;
}

#define CHECK_TEXT_ERROR(text, error) CHECK_EQUAL(check((text), strlen(text)), (error))

static void sound_texts(void)
{
	CHECK_TEXT_ERROR("helion-manifest 1", MANIFEST_OK);
	CHECK_TEXT_ERROR("helion-manifest 1\r\n\r\n# a comment\r\nsha256 " HEX_A " /a b/\xc3\xa4\r\n", MANIFEST_OK);
	CHECK_TEXT_ERROR("helion-manifest 1\nsha256 " HEX_B " x", MANIFEST_OK);
	CHECK_EQUAL(line, 0);
}

static void damaged_texts(void)
{
	char text[] = "helion-manifest 1\n\nsha256 " HEX_A " /a\n";

	CHECK_TEXT_ERROR("", MANIFEST_ERROR_VERSION);
	CHECK_TEXT_ERROR("\nhelion-manifest 1\n", MANIFEST_ERROR_VERSION);
	CHECK_TEXT_ERROR("helion-manifest 2\n", MANIFEST_ERROR_VERSION);
	CHECK_TEXT_ERROR("helion-manifest 11\n", MANIFEST_ERROR_VERSION);
	CHECK_TEXT_ERROR("sha256 " HEX_A " /a\n", MANIFEST_ERROR_VERSION);
	CHECK_TEXT_ERROR("helion-manifest 1\nsha512 " HEX_A " /a\n", MANIFEST_ERROR_LINE);
	CHECK_EQUAL(line, 2);
	CHECK_TEXT_ERROR("helion-manifest 1\nsha256 " HEX_A "\n", MANIFEST_ERROR_LINE);
	CHECK_TEXT_ERROR("helion-manifest 1\nsha256 " HEX_A " \n", MANIFEST_ERROR_LINE);
	CHECK_TEXT_ERROR("helion-manifest 1\nsha256 " HEX_A "0 /a\n", MANIFEST_ERROR_LINE);
	CHECK_TEXT_ERROR("helion-manifest 1\nsha256  " HEX_A " /a\n", MANIFEST_ERROR_LINE);
	CHECK_TEXT_ERROR("helion-manifest 1\nsha256 " HEX_A "  /a\n", MANIFEST_ERROR_LINE);
	CHECK_TEXT_ERROR("helion-manifest 1\nsha256 " HEX_A " /a\tb\n", MANIFEST_ERROR_CONTROL);
	for (size_t i = 0; i < 64; i++) {
		char saved = text[26 + i];

		text[26 + i] = 'g';
		CHECK_TEXT_ERROR(text, MANIFEST_ERROR_LINE);
		CHECK_EQUAL(line, 3);
		text[26 + i] = saved;
	}
	text[sizeof(text) - 3] = '\0';
	CHECK_EQUAL(check(text, sizeof(text) - 1), MANIFEST_ERROR_CONTROL);
	CHECK_EQUAL(manifest_check(text, MANIFEST_MAX_SIZE + 1, &line), MANIFEST_ERROR_TOO_LARGE);
}

static void files_are_found(void)
{
	const char *text = "helion-manifest 1\nsha256 " HEX_A " /helion/kernel.elf\n#sha256 " HEX_A " /no\n"
			   "sha256 " HEX_B " /helion/empty\nsha256 " HEX_B " /helion/KERNEL.elf";

	CHECK_EQUAL(find(text, "/helion/kernel.elf", digest_a), MANIFEST_SAME);
	CHECK_EQUAL(find(text, "\\Helion\\\\KERNEL.ELF", digest_a), MANIFEST_SAME);
	CHECK_EQUAL(find(text, "helion/kernel.elf", digest_b), MANIFEST_SAME);
	/* The right content in the wrong place. */
	CHECK_EQUAL(find(text, "/helion/empty", digest_a), MANIFEST_OTHER);
	CHECK_EQUAL(find(text, "/no", digest_a), MANIFEST_UNKNOWN);
	CHECK_EQUAL(find(text, "/helion", digest_a), MANIFEST_UNKNOWN);
	CHECK_EQUAL(find(text, "/helion/kernel.elf/x", digest_a), MANIFEST_UNKNOWN);
	CHECK_EQUAL(find(text, "", digest_a), MANIFEST_UNKNOWN);
	CHECK_EQUAL(find("helion-manifest 1\n", "/helion/kernel.elf", digest_a), MANIFEST_UNKNOWN);
}

static void paths(void)
{
	CHECK(manifest_same_path(slice_of("/a/b"), slice_of("a\\B")));
	CHECK(manifest_same_path(slice_of("/a//b/"), slice_of("\\a\\b")));
	CHECK(!manifest_same_path(slice_of("/a/b"), slice_of("/ab")));
	CHECK(!manifest_same_path(slice_of("/a/b"), slice_of("/a")));
	CHECK(!manifest_same_path(slice_of("/a[b"), slice_of("/a{b")));
	CHECK(!manifest_same_path(slice_of("/\xc3\xa4"), slice_of("/\xc3\x84")));
}

static void phrases(void)
{
	CHECK_PHRASES(manifest_strerror, MANIFEST_OK, MANIFEST_ERROR_LINE);
}

int main(void)
{
	sha256("abc", 3, digest_a);
	sha256("", 0, digest_b);
	RUN(sound_texts);
	RUN(damaged_texts);
	RUN(files_are_found);
	RUN(paths);
	RUN(phrases);
	return tap_finish();
}
