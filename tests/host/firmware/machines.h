/* SPDX-License-Identifier: BSD-2-Clause */
/* Machines that the loader is started on: set-ups for firmware_run() that boot if nothing fails. */
#ifndef TESTS_FIRMWARE_MACHINES_H
#define TESTS_FIRMWARE_MACHINES_H

#include <stddef.h>

/* One entry with a kernel, an initrd /helion/initrd of this many bytes and a command line. */
void machine_plain(void *ctx);
extern size_t machine_initrd_size;

/* Everything that an entry and a machine can have: pins, modules, device tree, overlay, counted tries, screens, a TPM. */
void machine_full(void *ctx);

/* As the plain one, with two initrds and a module; each file is compressed. */
void machine_compressed(void *ctx);

/* The entry and what it names are on an extended boot loader partition. */
void machine_extended(void *ctx);
/* The same, but the firmware needs a driver to read that partition, which is beside the loader. */
void machine_driver(void *ctx);

/* As the plain one, with a seed file of these bytes. */
void machine_seed(void *ctx);
extern char machine_seed_file[];
extern size_t machine_seed_size;

/* As the plain one, but the loader and all files come from a server: by PXE, and by HTTP. */
void machine_pxe(void *ctx);
void machine_http(void *ctx);

/* Two entries, the second of which is good whatever happens to the first. */
void machine_two(void *ctx);

/* A person goes through the menu and edits the command line. */
void machine_menu(void *ctx);

/* An EFI image /helion/module that is started with an initrd and a device tree, and ends with success. */
void machine_linux_image(void *ctx);

/* A unified kernel image of two profiles, with counted tries and no other entry, which ends with success. */
void machine_unified(void *ctx);

/* The plain machine under Secure Boot: a signed manifest has what it boots. */
void machine_secure(void *ctx);

#endif
