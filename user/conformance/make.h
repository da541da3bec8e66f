/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests do all the time. A call that fails ends the test. Only for the test's own task. */
#ifndef USER_CONFORMANCE_MAKE_H
#define USER_CONFORMANCE_MAKE_H

#include <stdbool.h>
#include <stdint.h>

#include <helion/abi.h>

#include "user/lib/ipc.h"

/* A new object from the world's Memory, or from another one. size: Memory, Pages: bytes; CSpace: slots. */
uint64_t make(enum helion_type type);
uint64_t make_sized(enum helion_type type, uint64_t size);
uint64_t make_from(uint64_t memory, enum helion_type type, uint64_t size);

/* Copies within the world's CSpace. */
uint64_t copy(uint64_t slot, uint64_t rights, uint64_t badge);
/* Into another CSpace, with all rights of the source; the slot there. */
uint64_t give(uint64_t cspace, uint64_t slot);
void delete (uint64_t slot);
void destroy(uint64_t slot);

/* Maps all of the Pages at a new address. */
void *map(uint64_t pages, uint64_t size, uint64_t flags);
/* New Pages, mapped readable and writable; *ret_pages may be null. */
void *map_new(uint64_t size, uint64_t *ret_pages);
void unmap(void *address, uint64_t size);

bool is_cap(uint64_t slot);
uint64_t rights_of(uint64_t slot);
uint64_t badge_of(uint64_t slot);
enum helion_type type_of(uint64_t slot);

/* Of the world's Memory and CSpace; and of any. */
uint64_t free_bytes(void);
uint64_t live_objects(void);
uint64_t free_slots(void);
uint64_t free_bytes_of(uint64_t memory);
uint64_t free_slots_of(uint64_t cspace);
uint64_t task_state(uint64_t task);

/* HELION_MAP_* of what is mapped there; 0: nothing. */
uint64_t flags_at(uint64_t vspace, uint64_t address);
uint64_t mappings_of(uint64_t pages);
uint64_t end_of_user_space(void);

/* Fills a message in a way that filled() knows again. */
void fill(struct helion_message *message, uint64_t label, unsigned words);
bool filled(const struct helion_message *message, uint64_t label, unsigned words);

/* A system call with any registers; the status. */
int raw_call(uint64_t number, uint64_t first, uint64_t info, const uint64_t words[4]);

/* The next of a sequence of random numbers. */
uint64_t draw(uint64_t *state);

#endif
