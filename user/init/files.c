/* SPDX-License-Identifier: BSD-2-Clause */
/* The initramfs. */
#include "user/init/init.h"

#include "lib/cpio.h"
#include "user/lib/helion.h"

void test_files(const struct helion_manifest *manifest)
{
	const void *archive = (const void *)manifest->initramfs;
	struct cpio_iterator iterator;
	struct cpio_entry entry;
	enum cpio_error error;
	unsigned count = 0;

	check_begin("files");
	if (!check(archive != NULL, "there is no initramfs"))
		return;
	cpio_begin(&iterator, archive, manifest->initramfs_size);
	while ((error = cpio_next(&iterator, &entry)) == CPIO_OK)
		count += (entry.mode & CPIO_MODE_TYPE) == CPIO_MODE_FILE;
	check(error == CPIO_END, "at byte %lu: %s", (unsigned long)iterator.offset, cpio_strerror(error));
	printf("init: initramfs: %lu bytes, %u files\n", (unsigned long)manifest->initramfs_size, count);

	error = cpio_find(archive, manifest->initramfs_size, "/etc/motd", &entry);
	if (check(error == CPIO_OK, "/etc/motd: %s", cpio_strerror(error))) {
		check(entry.size != 0, "/etc/motd is empty");
		console_write(entry.data, entry.size);
		if (entry.size != 0 && ((const char *)entry.data)[entry.size - 1] != '\n')
			printf("\n");
	}
	check_end();
}
