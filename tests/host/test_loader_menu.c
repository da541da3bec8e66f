/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: loader-core */
/* Whether there is a menu, by loader.conf and the keys that are held. Whole boots on a host's firmware. */
#include "firmware/firmware.h"
#include "firmware/machines.h"

#include "tap.h"

static const char *conf, *keys;

static void set_up(void *ctx)
{
	machine_plain(ctx);
	if (conf)
		firmware_add_text("\\loader\\loader.conf", conf);
	for (const char *key = keys; *key; key++)
		firmware_press((uint32_t)*key);
}

/* Boots with this loader.conf (NULL: none), and these keys pressed from the start. */
static const struct firmware_result *boot(const char *text, const char *pressed)
{
	const struct firmware_result *result;

	conf = text;
	keys = pressed;
	result = firmware_run(set_up, NULL, (struct firmware_fault){0});
	CHECK_TEXT(result->violations, "");
	if (!CHECK_EQUAL(result->end, FIRMWARE_ENTERED))
		printf("# %s\n", result->console);
	return result;
}

static bool has_menu(const struct firmware_result *result)
{
	for (unsigned i = 0; i < result->calls; i++)
		if (strcmp(result->trace[i].name, "ClearScreen") == 0)
			return true;
	return false;
}

static void timeout_says_whether_there_is_a_menu(void)
{
	/* `held` is with a key that asks for the menu, and then Enter. */
	static const struct {
		const char *conf;
		bool alone, held;
	} cases[] = {
		{NULL, false, true},
		{"editor no\n", false, true},
		{"timeout 0\n", false, true},
		{"timeout menu-hidden\n", false, true},
		{"timeout menu-disabled\n", false, false},
		{"timeout 3\n", true, true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!CHECK_EQUAL(has_menu(boot(cases[i].conf, "")), cases[i].alone) ||
		    !CHECK_EQUAL(has_menu(boot(cases[i].conf, " \r")), cases[i].held))
			printf("# %s\n", cases[i].conf ? cases[i].conf : "no loader.conf");
	}
	CHECK(has_menu(boot("timeout menu-force\n", "\r")));
}

/* Other keys may have been meant for the firmware. */
static void not_every_key_asks_for_it(void)
{
	CHECK(!has_menu(boot(NULL, "x\r")));
	CHECK(has_menu(boot(NULL, "x \r")));
}

int main(void)
{
	RUN(timeout_says_whether_there_is_a_menu);
	RUN(not_every_key_asks_for_it);
	return tap_finish();
}
