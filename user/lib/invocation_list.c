/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of invocations as data. A file of its own, so that only programs that ask for it carry it. */
#include "user/lib/invoke.h"

#define ENTRY(type_, name_, label_, words_, caps_, ret_, rights_, errors_, cost_, doc) \
	{.type_name = #type_,                                                          \
	 .name = #name_,                                                               \
	 .type = HELION_TYPE_##type_,                                                  \
	 .label = (label_),                                                            \
	 .words = (words_),                                                            \
	 .caps = HELION_CAPS_COUNT(caps_),                                             \
	 .cap_types = (caps_),                                                         \
	 .ret = (ret_),                                                                \
	 .rights = (rights_),                                                          \
	 .errors = (errors_),                                                          \
	 .cost = HELION_COST_##cost_},

const struct helion_invocation_info helion_invocation_list[] = {HELION_INVOCATIONS(ENTRY)};
const size_t helion_invocation_count = sizeof(helion_invocation_list) / sizeof(helion_invocation_list[0]);
