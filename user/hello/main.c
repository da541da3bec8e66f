/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/helion.h"

int main(const struct helion_manifest *manifest)
{
	printf("hello, world, from %s with %u CPUs\n", ARCH_USER_NAME, (unsigned)manifest->cpus);
	return 0;
}
