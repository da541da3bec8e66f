/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_HOST_SIM_STREAM_H
#define TESTS_HOST_SIM_STREAM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Runs the tasks of a world of their own (sim_world()), whose system calls, faults and lost time slices are made from
 * the bytes, until these end; then destroys the world. Panics when an invariant of the kernel breaks or when anything
 * of the world is left.
 */
void sim_stream(const uint8_t *bytes, size_t size);

#endif
