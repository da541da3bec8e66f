/* SPDX-License-Identifier: BSD-2-Clause */
/* Adds the machine's RAM up from the manifest's records. Pure functions. */
#ifndef USER_INIT_ACCOUNTS_H
#define USER_INIT_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <helion/manifest.h>

/* Bytes of the records that have HELION_RECORD_RAM, by what became of them. */
struct accounts {
	uint64_t total;
	uint64_t given;    /* behind Memory capabilities */
	uint64_t kernel;   /* the kernel and what it made at boot */
	uint64_t loader;   /* boot loader, boot context */
	uint64_t modules;  /* initramfs, modules, device tree */
	uint64_t firmware; /* ACPI, EFI runtime services, reserved, faulty */
	uint64_t other;
};

void accounts_sum(const struct helion_manifest *manifest, struct accounts *ret);

/*
 * True if the accounts are right: the manifest's totals are the sums of its records, no byte of RAM is in two of
 * them, and nothing but Memory reaches into RAM that was given away. Otherwise `why` says what is off.
 */
bool accounts_check(const struct helion_manifest *manifest, const struct accounts *sums, char *why, size_t capacity);

#endif
