/* SPDX-License-Identifier: BSD-2-Clause */
#include <libfdt.h>

#include "lib/devicetree_overlay.h"

#include "tap.h"

enum { ROOM = 16 * 1024 };

/* The macro's own evaluates its argument twice. */
static void check_reason(const char *reason, const char *expected, int line)
{
	tap_check_text(reason ? reason : "applied", strlen(reason ? reason : "applied"), expected, "reason", __FILE__,
		       line);
}

static void begin(void *blob)
{
	CHECK_EQUAL(fdt_create(blob, ROOM), 0);
	CHECK_EQUAL(fdt_finish_reservemap(blob), 0);
	CHECK_EQUAL(fdt_begin_node(blob, ""), 0);
}

static void end(void *blob)
{
	CHECK_EQUAL(fdt_end_node(blob), 0);
	CHECK_EQUAL(fdt_finish(blob), 0);
}

/* A tree in a block of its own, of exactly the size that dt_overlay_room() calls for. */
static void *make_tree(size_t overlay_size, size_t *ret_room)
{
	static uint64_t buffer[ROOM / 8];
	uint8_t *copy;

	begin(buffer);
	fdt_property_string(buffer, "name", "tree");
	fdt_begin_node(buffer, "soc");
	fdt_property_string(buffer, "status", "disabled");
	fdt_property_u32(buffer, "phandle", 1);
	fdt_end_node(buffer);
	fdt_begin_node(buffer, "__symbols__");
	fdt_property_string(buffer, "soc", "/soc");
	fdt_end_node(buffer);
	end(buffer);
	*ret_room = fdt_totalsize(buffer) + dt_overlay_room(overlay_size);
	copy = calloc(1, *ret_room);
	memcpy(copy, buffer, fdt_totalsize(buffer));
	return copy;
}

/* Changes a property of `target`, which is a path, or a label that __fixups__ names; adds a node with `extra` bytes. */
static void *make_overlay(const char *target, bool is_label, size_t extra, const char *fixup, size_t *ret_size)
{
	static uint64_t buffer[ROOM / 8];
	static char filler[8192];

	begin(buffer);
	fdt_begin_node(buffer, "fragment@0");
	if (is_label)
		fdt_property_u32(buffer, "target", 0xffffffff);
	else
		fdt_property_string(buffer, "target-path", target);
	fdt_begin_node(buffer, "__overlay__");
	fdt_property_string(buffer, "status", "okay");
	fdt_begin_node(buffer, "added");
	fdt_property(buffer, "data", filler, (int)extra);
	fdt_end_node(buffer);
	fdt_end_node(buffer);
	fdt_end_node(buffer);
	if (is_label) {
		fdt_begin_node(buffer, "__fixups__");
		fdt_property_string(buffer, target, fixup);
		fdt_end_node(buffer);
	}
	end(buffer);
	*ret_size = fdt_totalsize(buffer);
	return tap_copy(buffer, *ret_size);
}

static const char *apply(const char *target, bool is_label, size_t extra, const char *fixup, const char **ret_status)
{
	static char status[16];
	size_t overlay_size, room;
	void *overlay = make_overlay(target, is_label, extra, fixup, &overlay_size);
	void *tree = make_tree(overlay_size, &room);
	const char *reason = dt_overlay_apply(tree, room, overlay, overlay_size);

	if (!reason) {
		const char *value = fdt_getprop(tree, fdt_path_offset(tree, "/soc"), "status", NULL);

		CHECK(fdt_check_full(tree, room) == 0);
		CHECK(fdt_path_offset(tree, "/soc/added") > 0);
		snprintf(status, sizeof status, "%s", value ? value : "");
	}
	*ret_status = status;
	free(overlay);
	free(tree);
	return reason;
}

static void targets(void)
{
	const char *status;

	CHECK(apply("/soc", false, 8, NULL, &status) == NULL);
	CHECK_TEXT(status, "okay");
	CHECK(apply("soc", true, 8, "/fragment@0:target:0", &status) == NULL);
	CHECK_TEXT(status, "okay");
	CHECK(apply("/soc", false, 8000, NULL, &status) == NULL);
	check_reason(apply("/none", false, 8, NULL, &status),
		     "it refers to a node or label that the device tree does not have", __LINE__);
	check_reason(apply("none", true, 8, "/fragment@0:target:0", &status),
		     "it refers to a node or label that the device tree does not have", __LINE__);
}

static void damaged_fixups(void)
{
	static const char *const fixups[] = {
		"/fragment@0:target:99999999999999999999999",
		"/fragment@0:target:4",
		"/fragment@0:target:4294967292",
		"/fragment@0:target:",
		"/fragment@0:target:x",
		"/fragment@0:none:0",
		"/none:target:0",
		"fragment@0",
		":::",
		"",
	};
	const char *status;

	for (size_t i = 0; i < sizeof fixups / sizeof fixups[0]; i++)
		if (apply("soc", true, 8, fixups[i], &status) == NULL)
			tap_check(false, fixups[i], __FILE__, __LINE__);
}

static void not_overlays(void)
{
	size_t room, size, other_room;
	void *tree = make_tree(1000, &room), *other = make_tree(0, &other_room);
	void *overlay = make_overlay("/soc", false, 8, NULL, &size);

	check_reason(dt_overlay_apply(tree, room, other, other_room), "it is not an overlay", __LINE__);
	memset(other, 0, other_room);
	check_reason(dt_overlay_apply(tree, room, other, other_room), "not a device tree, or a damaged one", __LINE__);
	for (size_t cut = 0; cut < size; cut += 8) {
		void *part = tap_copy(overlay, cut);

		CHECK(dt_overlay_apply(tree, room, part, cut) != NULL);
		free(part);
	}
	free(tree);
	free(other);
	free(overlay);
}

static void too_little_room(void)
{
	size_t room, size;
	void *tree = make_tree(0, &room), *overlay = make_overlay("/soc", false, 8000, NULL, &size);

	check_reason(dt_overlay_apply(tree, room, overlay, size),
		     "it does not fit the memory that was set aside for it", __LINE__);
	free(tree);
	free(overlay);
}

int main(void)
{
	RUN(targets);
	RUN(damaged_fixups);
	RUN(not_overlays);
	RUN(too_little_room);
	return tap_finish();
}
