/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/cpio.h"

#include "tap.h"

static uint8_t archive[16384];
static size_t used, start;

static void pad(void)
{
	while ((used - start) % 4 != 0)
		archive[used++] = 0;
}

/* Appends a record; *ret_header (may be null) is where its header begins. */
static size_t add(const char *name, uint32_t mode, const char *data)
{
	size_t header = used;
	size_t size = data == NULL ? 0 : strlen(data);
	char text[128];
	snprintf(text, sizeof text, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", 7u, mode, 1u, 2u, 1u,
		 1000000u, (unsigned)size, 8u, 1u, 5u, 6u, (unsigned)strlen(name) + 1, 0u);
	memcpy(archive + used, text, 110);
	used += 110;
	memcpy(archive + used, name, strlen(name) + 1);
	used += strlen(name) + 1;
	pad();
	if (size != 0)
		memcpy(archive + used, data, size);
	used += size;
	pad();
	return header;
}

static void begin(void)
{
	memset(archive, 0, sizeof archive);
	used = start = 0;
}

static void add_trailer(void)
{
	add("TRAILER!!!", 0, NULL);
}

static void good_archive(void)
{
	begin();
	add(".", CPIO_MODE_DIRECTORY | 0755, NULL);
	add("./bin", CPIO_MODE_DIRECTORY | 0755, NULL);
	add("./bin/init", CPIO_MODE_FILE | 0755, "program");
	add("empty", CPIO_MODE_FILE | 0644, NULL);
	add("/link", CPIO_MODE_SYMLINK | 0777, "bin/init");
	add_trailer();
}

/* Walks an exact copy of the first `size` bytes; returns how it ended. */
static enum cpio_error walk(size_t size, unsigned *ret_count)
{
	void *copy = tap_copy(archive, size);
	struct cpio_iterator iterator;
	struct cpio_entry entry;
	enum cpio_error error;
	unsigned count = 0;
	cpio_begin(&iterator, copy, size);
	while ((error = cpio_next(&iterator, &entry)) == CPIO_OK) {
		count++;
		CHECK_EQUAL(entry.name.start[entry.name.length], '\0');
		/* Touch every byte. */
		unsigned sum = 0;
		for (size_t i = 0; i < entry.size; i++)
			sum += ((const uint8_t *)entry.data)[i];
		(void)sum;
	}
	CHECK_EQUAL(cpio_next(&iterator, &entry), error);
	free(copy);
	if (ret_count != NULL)
		*ret_count = count;
	return error;
}

static void entries_in_order(void)
{
	static const char *const names[] = {"", "bin", "bin/init", "empty", "link"};
	good_archive();
	struct cpio_iterator iterator;
	struct cpio_entry entry;
	cpio_begin(&iterator, archive, used);
	for (size_t i = 0; i < 5; i++) {
		CHECK_EQUAL(cpio_next(&iterator, &entry), CPIO_OK);
		CHECK_SLICE(entry.name, names[i]);
	}
	CHECK_EQUAL(entry.mode, CPIO_MODE_SYMLINK | 0777);
	CHECK(entry.size == 8 && memcmp(entry.data, "bin/init", 8) == 0);
	CHECK(entry.inode == 7 && entry.links == 1 && entry.uid == 1 && entry.gid == 2 && entry.mtime == 1000000);
	CHECK(entry.device_major == 5 && entry.device_minor == 6);
	CHECK_EQUAL(cpio_next(&iterator, &entry), CPIO_END);
	CHECK_EQUAL(cpio_next(&iterator, &entry), CPIO_END);
}

static void find_by_any_spelling(void)
{
	static const char *const spellings[] = {"bin/init", "/bin/init", "./bin/init", ".//./bin/init", "//bin/init"};
	struct cpio_entry entry;
	good_archive();
	for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
		CHECK_EQUAL(cpio_find(archive, used, spellings[i], &entry), CPIO_OK);
		CHECK(entry.size == 7 && memcmp(entry.data, "program", 7) == 0);
	}
	CHECK_EQUAL(cpio_find(archive, used, "/", &entry), CPIO_OK);
	CHECK_EQUAL(entry.mode & CPIO_MODE_TYPE, CPIO_MODE_DIRECTORY);
	CHECK_EQUAL(cpio_find(archive, used, "empty", &entry), CPIO_OK);
	CHECK_EQUAL(entry.size, 0);
	CHECK_EQUAL(cpio_find(archive, used, "init", &entry), CPIO_ERROR_NOT_FOUND);
	CHECK_EQUAL(cpio_find(archive, used, "bin/ini", &entry), CPIO_ERROR_NOT_FOUND);
	CHECK_EQUAL(cpio_find(archive, used, "TRAILER!!!", &entry), CPIO_ERROR_NOT_FOUND);
}

static void several_archives(void)
{
	for (size_t zeros = 0; zeros < 9; zeros++) {
		good_archive();
		used += zeros;
		start = used;
		add("bin/init", CPIO_MODE_FILE | 0755, "later");
		add_trailer();
		size_t end = used + 512; /* blocks are padded */
		unsigned count;
		CHECK_EQUAL(walk(end, &count), CPIO_END);
		CHECK_EQUAL(count, 6);
		struct cpio_entry entry;
		CHECK_EQUAL(cpio_find(archive, end, "/bin/init", &entry), CPIO_OK);
		CHECK(entry.size == 5 && memcmp(entry.data, "later", 5) == 0);
	}
	/* Zeros in front. */
	begin();
	start = used = 512;
	add("a", CPIO_MODE_FILE, "x");
	add_trailer();
	CHECK_EQUAL(walk(used, NULL), CPIO_END);
}

static void every_truncation_is_noticed(void)
{
	good_archive();
	size_t trailer = used;
	while (memcmp(archive + trailer, "070701", 6) != 0)
		trailer--;
	for (size_t size = 0; size < used; size++) {
		/* Only the padding behind the trailer may be missing. */
		bool is_complete = size >= trailer + 110 + sizeof "TRAILER!!!";
		CHECK_EQUAL(walk(size, NULL), is_complete ? CPIO_END : CPIO_ERROR_TRUNCATED);
	}
	memset(archive, 0, 512);
	CHECK_EQUAL(walk(512, NULL), CPIO_ERROR_TRUNCATED);
}

static enum cpio_error with_field(unsigned field, const char *digits)
{
	good_archive();
	memcpy(archive + 6 + field * 8, digits, 8);
	return walk(used, NULL);
}

static void bad_headers(void)
{
	good_archive();
	archive[3] = '8';
	CHECK_EQUAL(walk(used, NULL), CPIO_ERROR_MAGIC);
	for (unsigned field = 0; field < 13; field++) {
		CHECK_EQUAL(with_field(field, "0000000g"), CPIO_ERROR_HEX);
		CHECK_EQUAL(with_field(field, " 0000001"), CPIO_ERROR_HEX);
		CHECK_EQUAL(with_field(field, "0x000001"), CPIO_ERROR_HEX);
		CHECK_EQUAL(with_field(field, "-0000001"), CPIO_ERROR_HEX);
	}
	CHECK_EQUAL(with_field(6, "ffffffff"), CPIO_ERROR_TRUNCATED); /* size of the data */
	CHECK_EQUAL(with_field(6, "FFFFFFFD"), CPIO_ERROR_TRUNCATED);
	CHECK_EQUAL(with_field(6, "7fffffff"), CPIO_ERROR_TRUNCATED);
	CHECK_EQUAL(with_field(11, "00000000"), CPIO_ERROR_NAME);
	CHECK_EQUAL(with_field(11, "ffffffff"), CPIO_ERROR_NAME);
	CHECK_EQUAL(with_field(11, "00001001"), CPIO_ERROR_NAME);
	CHECK_EQUAL(with_field(11, "00000001"), CPIO_ERROR_NAME); /* no NUL where it ends */
	CHECK_EQUAL(with_field(11, "00000003"), CPIO_ERROR_NAME); /* a NUL before it ends */
}

static void names_of_every_length(void)
{
	char name[CPIO_MAX_NAME + 2];
	for (size_t length = CPIO_MAX_NAME - 2; length <= CPIO_MAX_NAME; length++) {
		memset(name, 'n', length);
		name[length] = '\0';
		begin();
		add(name, CPIO_MODE_FILE, "x");
		add_trailer();
		CHECK_EQUAL(walk(used, NULL), length < CPIO_MAX_NAME ? CPIO_END : CPIO_ERROR_NAME);
	}
}

static void other_formats_are_named(void)
{
	static const struct {
		const char *bytes;
		size_t size;
		enum cpio_error error;
	} files[] = {
		{"\x1f\x8b\x08\x00\x00\x00\x00\x00", 8, CPIO_ERROR_COMPRESSED},
		{"\xfd"
		 "7zXZ\x00\x00\x04",
		 8, CPIO_ERROR_COMPRESSED},
		{"\x28\xb5\x2f\xfd\x00", 5, CPIO_ERROR_COMPRESSED},
		{"\x02\x21\x4c\x18\x00", 5, CPIO_ERROR_COMPRESSED},
		{"BZh91AY", 7, CPIO_ERROR_COMPRESSED},
		{"070707000000", 12, CPIO_ERROR_FORMAT},
		{"070702000000", 12, CPIO_ERROR_FORMAT},
		{"\xc7\x71\x00\x00", 4, CPIO_ERROR_FORMAT},
		{"hello, world", 12, CPIO_ERROR_MAGIC},
		{"0", 1, CPIO_ERROR_TRUNCATED},
		{"07070", 5, CPIO_ERROR_TRUNCATED},
		{"070701", 6, CPIO_ERROR_TRUNCATED},
		{"070711", 6, CPIO_ERROR_MAGIC},
	};
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		begin();
		memcpy(archive, files[i].bytes, files[i].size);
		CHECK_EQUAL(walk(files[i].size, NULL), files[i].error);
	}
	/* Rubbish behind a complete archive. */
	good_archive();
	memcpy(archive + used, "rubbish", 7);
	CHECK_EQUAL(walk(used + 7, NULL), CPIO_ERROR_MAGIC);
	struct cpio_entry entry;
	CHECK_EQUAL(cpio_find(archive, used + 7, "bin/init", &entry), CPIO_ERROR_MAGIC);
}

static void paths_are_normalised(void)
{
	CHECK_SLICE(cpio_normalise(slice_of("")), "");
	CHECK_SLICE(cpio_normalise(slice_of(".")), "");
	CHECK_SLICE(cpio_normalise(slice_of("./.")), "");
	CHECK_SLICE(cpio_normalise(slice_of("///a/./b")), "a/./b");
	CHECK_SLICE(cpio_normalise(slice_of("..")), "..");
	CHECK_SLICE(cpio_normalise(slice_of(".a")), ".a");
	CHECK_SLICE(cpio_normalise(slice_of("./../a")), "../a");
}

static void every_error_has_a_phrase(void)
{
	CHECK_PHRASES(cpio_strerror, CPIO_OK, CPIO_ERROR_NOT_FOUND);
}

int main(void)
{
	RUN(entries_in_order);
	RUN(find_by_any_spelling);
	RUN(several_archives);
	RUN(every_truncation_is_noticed);
	RUN(bad_headers);
	RUN(names_of_every_length);
	RUN(other_formats_are_named);
	RUN(paths_are_normalised);
	RUN(every_error_has_a_phrase);
	return tap_finish();
}
