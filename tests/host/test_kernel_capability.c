/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities and the life of objects, as user code sees them.
 *
 * host-sources: kernel-core
 */
#include "tests/host/sim/sim.h"
#include "tests/host/tap.h"

static const struct helion_manifest *init;

static void boots(void)
{
	CHECK(sim_current() != NULL);
}

int main(void)
{
	sim_boot(sim_context());
	init = sim_manifest();
	RUN(boots);
	return tap_finish();
}
