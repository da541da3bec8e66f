/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Thread-local storage: what the compiler makes of _Thread_local. Each thread has a block that is laid out as the ABI
 * of its architecture says (ELF handling for thread-local storage, variants I and II) and that begins with a copy of
 * the program's template. The first thread's block is part of the program (user.ld reserves it); that of any other lies
 * at the top of its stack's mapping.
 */
#ifndef USER_LIB_TLS_H
#define USER_LIB_TLS_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that a block takes, a multiple of 64. */
size_t tls_block_size(void);

/*
 * Lays out a block of tls_block_size() bytes at `block`, which is aligned to 64 bytes and zeroed. Returns the TLS base.
 */
uint64_t tls_block_init(void *block);

/* Gives the calling task, the process's first, the block in the program's data. 0 or a negative enum helion_error. */
int tls_start(uint64_t task);

#endif
