/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event logs of a TPM in the crypto-agile format: a first event of the old format, whose data says how long the digests
 * of each algorithm are, then events with a list of digests each. Walked without believing any of its sizes.
 * (TCG PC Client Platform Firmware Profile 1.06 §10.2.)
 */
#ifndef HELION_LIB_TCGLOG_H
#define HELION_LIB_TCGLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TCGLOG_MAX_ALGORITHMS = 16,
};

struct tcglog_algorithms {
	uint32_t count;
	struct {
		uint16_t id;
		uint16_t size; /* bytes of a digest */
	} of[TCGLOG_MAX_ALGORITHMS];
};

/*
 * Reads the first event, within `room` bytes from its start. Returns its size, after which the others follow, or 0 if
 * it is no event of that kind.
 */
uint64_t tcglog_begin(const uint8_t *log, uint64_t room, struct tcglog_algorithms *ret);

/* The size of the event at `event`, within `room` bytes; 0 if it does not fit or makes no sense. */
uint64_t tcglog_event_size(const struct tcglog_algorithms *algorithms, const uint8_t *event, uint64_t room);

#endif
