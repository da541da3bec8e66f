/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls made from the input, on the portable kernel on a simulated machine, with a check of all invariants
 * after each; at the end nothing may be left of what they made.
 *
 * host-sources: kernel-core
 */
#include <stdbool.h>

#include "tests/host/sim/sim.h"
#include "tests/host/sim/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool booted;

	if (!booted)
		sim_boot(sim_context());
	booted = true;
	sim_stream(data, size < 8192 ? size : 8192);
	return 0;
}
