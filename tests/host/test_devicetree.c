/* SPDX-License-Identifier: BSD-2-Clause */
#include <libfdt.h>

#include "lib/bytes.h"
#include "lib/devicetree.h"

#include "tap.h"

/* Trees are written with libfdt's sequential writer, then read from a block of exactly their size. */

static uint8_t work[65536] __attribute__((aligned(8)));
static void *blob;
static size_t blob_size;
static struct dt dt;

static void start(void)
{
	fdt_create(work, sizeof work);
	fdt_finish_reservemap(work);
	fdt_begin_node(work, "");
}

static void node(const char *name)
{
	fdt_begin_node(work, name);
}

static void end(void)
{
	fdt_end_node(work);
}

static void flag(const char *name)
{
	fdt_property(work, name, "", 0);
}

static void text(const char *name, const char *value)
{
	fdt_property_string(work, name, value);
}

#define CELLS(name, ...) \
	cells(name, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void cells(const char *name, const uint32_t *values, size_t count)
{
	uint8_t bytes[256];
	for (size_t i = 0; i < count; i++) {
		bytes[i * 4] = (uint8_t)(values[i] >> 24);
		bytes[i * 4 + 1] = (uint8_t)(values[i] >> 16);
		bytes[i * 4 + 2] = (uint8_t)(values[i] >> 8);
		bytes[i * 4 + 3] = (uint8_t)values[i];
	}
	fdt_property(work, name, bytes, (int)(count * 4));
}

static void release(void)
{
	free(blob);
	blob = NULL;
}

/* Ends the tree and opens it. */
static void finish(void)
{
	end();
	CHECK_EQUAL(fdt_finish(work), 0);
	release();
	blob_size = fdt_totalsize(work);
	blob = tap_copy(work, blob_size);
	CHECK_EQUAL(dt_open(&dt, blob, blob_size), DT_OK);
}

static struct dt_node at(const char *path)
{
	struct dt_node found;
	dt_root(&found);
	if (!tap_check(dt_find_path(&dt, slice_of(path), &found) == DT_OK, path, __FILE__, __LINE__))
		dt_root(&found);
	return found;
}

/* ---- Nodes and properties ---------------------------------------------------------------------------------------- */

static void small_tree(void)
{
	start();
	text("compatible", "helion,test");
	node("aliases");
	text("serial0", "/soc@0/uart@1000");
	text("loop", "loop");
	text("relative", "soc@0");
	end();
	node("soc@0");
	CELLS("phandle", 7);
	node("uart@1000");
	fdt_property(work, "compatible", "vendor,uart\0ns16550a", 21);
	text("status", "okay");
	CELLS("number", 0x12345678);
	CELLS("long", 1, 2);
	CELLS("odd", 1, 2, 3);
	fdt_property(work, "names", "one\0two", 8);
	fdt_property(work, "unterminated", "one\0two", 7);
	node("child");
	end();
	end();
	node("off");
	text("status", "disabled");
	node("below");
	CELLS("linux,phandle", 8);
	end();
	end();
	end();
	finish();
}

static void opening(void)
{
	small_tree();
	CHECK_EQUAL(dt.size, blob_size);
	/* More memory than the blob needs is fine; less is not. */
	uint8_t *larger = malloc(blob_size + 100);
	memcpy(larger, blob, blob_size);
	CHECK_EQUAL(dt_open(&dt, larger, blob_size + 100), DT_OK);
	free(larger);
	for (size_t size = 0; size < blob_size; size++) {
		void *cut = tap_copy(blob, size);
		CHECK_EQUAL(dt_open(&dt, cut, size), DT_ERROR_BLOB);
		CHECK(dt.fdt_error < 0);
		free(cut);
	}
	/* Damage at every single byte of header and structure: an error or a tree that can be walked. */
	for (size_t i = 0; i < blob_size; i++) {
		uint8_t *damaged = tap_copy(blob, blob_size);
		damaged[i] ^= 0xff;
		if (dt_open(&dt, damaged, blob_size) == DT_OK) {
			struct dt_node node;
			char path[DT_MAX_PATH];
			dt_root(&node);
			do {
				dt_path(&dt, &node, path, sizeof path, NULL);
				dt_phandle(&dt, &node);
				dt_is_reachable(&dt, &node);
			} while (dt_next(&dt, &node) == DT_OK);
		}
		free(damaged);
	}
}

static void depth_is_limited(void)
{
	for (int depth = DT_MAX_DEPTH; depth <= DT_MAX_DEPTH + 1; depth++) {
		start();
		for (int i = 0; i < depth; i++)
			node("n");
		for (int i = 0; i <= depth; i++)
			end();
		CHECK_EQUAL(fdt_finish(work), 0);
		CHECK_EQUAL(dt_open(&dt, work, sizeof work), depth <= DT_MAX_DEPTH ? DT_OK : DT_ERROR_DEPTH);
	}
}

static void every_node_has_a_path(void)
{
	static const char *const paths[] = {
		"/",          "/aliases",        "/soc@0", "/soc@0/uart@1000", "/soc@0/uart@1000/child",
		"/soc@0/off", "/soc@0/off/below"};
	struct dt_node node, same;
	char path[DT_MAX_PATH];
	size_t length, count = 0;
	small_tree();
	dt_root(&node);
	do {
		CHECK_EQUAL(dt_path(&dt, &node, path, sizeof path, &length), DT_OK);
		CHECK_TEXT(path, paths[count]);
		CHECK_EQUAL(length, strlen(paths[count]));
		CHECK_EQUAL(dt_find_path(&dt, slice_of(path), &same), DT_OK);
		CHECK_EQUAL(same.offset, node.offset);
		CHECK(same.depth == node.depth && memcmp(same.path, node.path, (node.depth + 1) * 4) == 0);
		count++;
	} while (dt_next(&dt, &node) == DT_OK);
	CHECK_EQUAL(count, 7);
	node = at("/soc@0/uart@1000");
	for (size_t capacity = 0; capacity < 20; capacity++) {
		char *exact = malloc(capacity + 1);
		CHECK_EQUAL(dt_path(&dt, &node, exact, capacity, NULL), capacity < 17 ? DT_ERROR_BUFFER : DT_OK);
		free(exact);
	}
	dt_root(&node);
	CHECK_EQUAL(dt_path(&dt, &node, path, 1, NULL), DT_ERROR_BUFFER);
}

static void finding_nodes(void)
{
	struct dt_node found, child;
	small_tree();
	CHECK_TEXT(dt_name(&dt, &(struct dt_node){.offset = at("/soc/uart").offset}), "uart@1000");
	CHECK_EQUAL(at("serial0").offset, at("/soc@0/uart@1000").offset);
	CHECK_EQUAL(at("serial0/child").offset, at("/soc@0/uart@1000/child").offset);
	CHECK_EQUAL(at("//soc@0//uart@1000/").offset, at("/soc@0/uart@1000").offset);
	static const char *const missing[] = {"", "/nothing", "/soc@1", "serial1", "loop", "relative", "serial0/x"};
	for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
		CHECK_EQUAL(dt_find_path(&dt, slice_of(missing[i]), &found), DT_ERROR_NOT_FOUND);

	for (int round = 0; round < 2; round++) { /* the second time from the cache */
		CHECK_EQUAL(dt_find_phandle(&dt, 7, &found), DT_OK);
		CHECK_TEXT(dt_name(&dt, &found), "soc@0");
		CHECK_EQUAL(dt_find_phandle(&dt, 8, &found), DT_OK);
		CHECK_TEXT(dt_name(&dt, &found), "below");
		CHECK_EQUAL(found.depth, 3);
	}
	CHECK_EQUAL(dt_find_phandle(&dt, 9, &found), DT_ERROR_NOT_FOUND);
	CHECK_EQUAL(dt_find_phandle(&dt, 0, &found), DT_ERROR_NOT_FOUND);
	CHECK_EQUAL(dt_find_phandle(&dt, UINT32_MAX, &found), DT_ERROR_NOT_FOUND);

	found = at("/soc@0");
	CHECK_EQUAL(dt_first_child(&dt, &found, &child), DT_OK);
	CHECK_TEXT(dt_name(&dt, &child), "uart@1000");
	CHECK_EQUAL(dt_next_sibling(&dt, &child), DT_OK);
	CHECK_TEXT(dt_name(&dt, &child), "off");
	CHECK_EQUAL(dt_next_sibling(&dt, &child), DT_END);
	CHECK_EQUAL(dt_parent(&child, &found), DT_OK);
	CHECK_TEXT(dt_name(&dt, &found), "soc@0");
	CHECK_EQUAL(dt_parent(&found, &found), DT_OK);
	CHECK_EQUAL(dt_parent(&found, &found), DT_ERROR_NOT_FOUND);
	CHECK_EQUAL(dt_next_sibling(&dt, &found), DT_END);

	dt_root(&found);
	CHECK_EQUAL(dt_next_compatible(&dt, &found, "ns16550a"), DT_OK);
	CHECK_TEXT(dt_name(&dt, &found), "uart@1000");
	CHECK_EQUAL(dt_next_compatible(&dt, &found, "ns16550a"), DT_END);
	CHECK_TEXT(dt_name(&dt, &found), "uart@1000");
	CHECK(dt_is_compatible(&dt, &found, "vendor,uart") && !dt_is_compatible(&dt, &found, "ns16550"));

	CHECK(dt_is_okay(&dt, &found) && dt_is_reachable(&dt, &found));
	found = at("/soc@0/off");
	CHECK(!dt_is_okay(&dt, &found) && !dt_is_reachable(&dt, &found));
	found = at("/soc@0/off/below");
	CHECK(dt_is_okay(&dt, &found) && !dt_is_reachable(&dt, &found));
}

static void properties(void)
{
	uint32_t small;
	uint64_t large;
	struct slice string;
	size_t length;
	small_tree();
	struct dt_node uart = at("serial0");
	CHECK(dt_property_u32(&dt, &uart, "number", &small) == DT_OK && small == 0x12345678);
	CHECK(dt_property_u64(&dt, &uart, "number", &large) == DT_OK && large == 0x12345678);
	CHECK(dt_property_u64(&dt, &uart, "long", &large) == DT_OK && large == UINT64_C(0x100000002));
	CHECK_EQUAL(dt_property_u32(&dt, &uart, "long", &small), DT_ERROR_SIZE);
	CHECK_EQUAL(dt_property_u64(&dt, &uart, "odd", &large), DT_ERROR_SIZE);
	CHECK_EQUAL(dt_property_u32(&dt, &uart, "absent", &small), DT_ERROR_NOT_FOUND);
	CHECK(dt_property(&dt, &uart, "odd", &length) != NULL && length == 12);
	CHECK(dt_property(&dt, &uart, "absent", NULL) == NULL);
	CHECK(dt_property_string(&dt, &uart, "names", 0, &string) == DT_OK);
	CHECK_SLICE(string, "one");
	CHECK(dt_property_string(&dt, &uart, "names", 1, &string) == DT_OK);
	CHECK_SLICE(string, "two");
	CHECK_EQUAL(dt_property_string(&dt, &uart, "names", 2, &string), DT_END);
	CHECK_EQUAL(dt_property_string(&dt, &uart, "unterminated", 0, &string), DT_OK);
	CHECK_EQUAL(dt_property_string(&dt, &uart, "unterminated", 1, &string), DT_ERROR_SIZE);
	CHECK_EQUAL(dt_property_string(&dt, &uart, "absent", 0, &string), DT_ERROR_NOT_FOUND);
	CHECK_EQUAL(dt_phandle(&dt, &uart), 0);
}

/* ---- Addresses --------------------------------------------------------------------------------------------------- */

static void bus_cells(uint32_t address, uint32_t size)
{
	CELLS("#address-cells", address);
	CELLS("#size-cells", size);
}

static void addresses_through_buses(void)
{
	struct dt_reg reg;
	start();
	bus_cells(2, 2);
	node("direct@100000000");
	CELLS("reg", 1, 0, 0, 0x1000, 0, 0x5000, 0, 0x10);
	fdt_property(work, "reg-names", "first\0second", 13);
	end();
	node("soc");
	bus_cells(1, 1);
	CELLS("ranges", 0x7e000000, 0, 0x3f000000, 0x01000000, 0x40000000, 1, 0x40000000, 0x1000);
	node("uart@7e201000");
	CELLS("reg", 0x7e201000, 0x200, 0x40000ff0, 0x10, 0x40000ff0, 0x11, 0x10000000, 4);
	end();
	node("inner");
	bus_cells(1, 0);
	flag("ranges");
	node("same");
	CELLS("reg", 0x7e000010);
	end();
	end();
	node("deeper");
	bus_cells(1, 1);
	CELLS("ranges", 0, 0x7e100000, 0x100);
	node("leaf");
	CELLS("reg", 0x20, 0x10);
	end();
	end();
	node("closed");
	bus_cells(1, 1);
	node("hidden");
	CELLS("reg", 0x20, 0x10);
	end();
	end();
	end();
	finish();

	struct dt_node node = at("/direct");
	CHECK_EQUAL(dt_reg(&dt, &node, 0, &reg), DT_OK);
	CHECK(reg.address == UINT64_C(0x100000000) && reg.size == 0x1000 && reg.is_translated);
	CHECK_EQUAL(dt_reg(&dt, &node, 1, &reg), DT_OK);
	CHECK_EQUAL(reg.address, 0x5000);
	CHECK_EQUAL(dt_reg(&dt, &node, 2, &reg), DT_END);
	CHECK(dt_reg_by_name(&dt, &node, "second", &reg) == DT_OK && reg.address == 0x5000);
	CHECK_EQUAL(dt_reg_by_name(&dt, &node, "third", &reg), DT_ERROR_NOT_FOUND);

	node = at("/soc/uart");
	CHECK_EQUAL(dt_reg(&dt, &node, 0, &reg), DT_OK);
	CHECK(reg.bus_address == 0x7e201000 && reg.address == 0x3f201000 && reg.size == 0x200);
	CHECK_EQUAL(dt_reg(&dt, &node, 1, &reg), DT_OK);
	CHECK_EQUAL(reg.address, UINT64_C(0x140000ff0));
	CHECK_EQUAL(dt_reg(&dt, &node, 2, &reg), DT_ERROR_NOT_TRANSLATABLE); /* only partly in the window */
	CHECK(!reg.is_translated && reg.bus_address == 0x40000ff0 && reg.size == 0x11);
	CHECK_EQUAL(dt_reg(&dt, &node, 3, &reg), DT_ERROR_NOT_TRANSLATABLE);
	CHECK_EQUAL(dt_reg(&dt, &node, 4, &reg), DT_END);

	node = at("/soc/inner/same");
	CHECK_EQUAL(dt_reg(&dt, &node, 0, &reg), DT_OK);
	CHECK(reg.address == 0x3f000010 && reg.size == 0);
	node = at("/soc/deeper/leaf");
	CHECK_EQUAL(dt_reg(&dt, &node, 0, &reg), DT_OK);
	CHECK_EQUAL(reg.address, 0x3f100020);
	node = at("/soc/closed/hidden");
	CHECK_EQUAL(dt_reg(&dt, &node, 0, &reg), DT_ERROR_NOT_TRANSLATABLE);
	CHECK_EQUAL(reg.bus_address, 0x20);
	node = at("/soc");
	CHECK_EQUAL(dt_reg(&dt, &node, 0, &reg), DT_END);
	dt_root(&node);
	CHECK_EQUAL(dt_reg(&dt, &node, 0, &reg), DT_END);

	uint64_t address;
	node = at("/soc");
	CHECK(dt_translate(&dt, &node, 0x7e000000, 0x01000000, &address) == DT_OK && address == 0x3f000000);
	CHECK_EQUAL(dt_translate(&dt, &node, 0x7e000000, 0x01000001, &address), DT_ERROR_NOT_TRANSLATABLE);
	CHECK_EQUAL(dt_translate(&dt, &node, UINT64_MAX, UINT64_MAX, &address), DT_ERROR_NOT_TRANSLATABLE);
}

static void addresses_that_make_no_sense(void)
{
	struct dt_reg reg;
	struct dt_node node_found;
	static const uint32_t bad_cells[][2] = {{0, 1}, {4, 1}, {1, 3}, {UINT32_MAX, 1}, {1, UINT32_MAX}};
	for (size_t i = 0; i < sizeof bad_cells / sizeof bad_cells[0]; i++) {
		start();
		bus_cells(bad_cells[i][0], bad_cells[i][1]);
		node("x");
		CELLS("reg", 1, 2);
		end();
		finish();
		node_found = at("/x");
		CHECK_EQUAL(dt_reg(&dt, &node_found, 0, &reg), DT_ERROR_CELLS);
	}
	start();
	bus_cells(2, 2);
	node("short");
	CELLS("reg", 1, 2, 3);
	end();
	node("empty");
	flag("reg");
	end();
	node("wraps");
	CELLS("reg", UINT32_MAX, UINT32_MAX, 0, 2);
	end();
	node("whole");
	CELLS("reg", 0, 0, UINT32_MAX, UINT32_MAX);
	end();
	node("bus");
	bus_cells(2, 2);
	CELLS("ranges", 0, 0, UINT32_MAX, 0xfffff000, UINT32_MAX, UINT32_MAX);
	node("far");
	CELLS("reg", 0, 0x1000, 0, 1);
	end();
	node("near");
	CELLS("reg", 0, 0xff0, 0, 0x11);
	end();
	end();
	node("ragged");
	bus_cells(2, 2);
	CELLS("ranges", 0, 0, 0);
	node("x");
	CELLS("reg", 0, 0, 0, 1);
	end();
	end();
	finish();
	node_found = at("/short");
	CHECK_EQUAL(dt_reg(&dt, &node_found, 0, &reg), DT_ERROR_SIZE);
	node_found = at("/empty");
	CHECK_EQUAL(dt_reg(&dt, &node_found, 0, &reg), DT_END);
	node_found = at("/wraps");
	CHECK_EQUAL(dt_reg(&dt, &node_found, 0, &reg), DT_ERROR_OVERFLOW);
	node_found = at("/whole");
	CHECK_EQUAL(dt_reg(&dt, &node_found, 0, &reg), DT_OK);
	node_found = at("/bus/far");
	CHECK_EQUAL(dt_reg(&dt, &node_found, 0, &reg), DT_ERROR_OVERFLOW);
	node_found = at("/bus/near");
	CHECK_EQUAL(dt_reg(&dt, &node_found, 0, &reg), DT_ERROR_OVERFLOW);
	node_found = at("/ragged/x");
	CHECK_EQUAL(dt_reg(&dt, &node_found, 0, &reg), DT_ERROR_SIZE);
}

/* Windows that map a bus onto itself again and again: there is one step per level, no more. */
static void loops_in_ranges_end(void)
{
	struct dt_reg reg;
	start();
	bus_cells(1, 1);
	for (int i = 0; i < DT_MAX_DEPTH - 1; i++) {
		node("bus");
		bus_cells(1, 1);
		CELLS("ranges", 0x1000, 0x2000, 0x1000, 0x2000, 0x1000, 0x1000);
	}
	node("leaf");
	CELLS("reg", 0x1000, 0x10);
	end();
	for (int i = 0; i < DT_MAX_DEPTH - 1; i++)
		end();
	finish();
	struct dt_node node = {0};
	while (dt_next(&dt, &node) == DT_OK)
		if (strcmp(dt_name(&dt, &node), "leaf") == 0)
			break;
	CHECK_EQUAL(dt_reg(&dt, &node, 0, &reg), DT_OK);
	CHECK_EQUAL(reg.address, (DT_MAX_DEPTH - 1) % 2 == 0 ? 0x1000 : 0x2000);
}

/* ---- Interrupts -------------------------------------------------------------------------------------------------- */

static void interrupt_tree(void)
{
	start();
	bus_cells(1, 1);
	CELLS("interrupt-parent", 1);
	node("gic");
	CELLS("phandle", 1);
	CELLS("#interrupt-cells", 3);
	CELLS("#address-cells", 2);
	flag("interrupt-controller");
	end();
	node("plain");
	CELLS("interrupts", 0, 5, 4, 1, 6, 8);
	end();
	node("other");
	CELLS("phandle", 2);
	CELLS("#interrupt-cells", 1);
	flag("interrupt-controller");
	node("child");
	CELLS("interrupts", 42); /* the root's interrupt-parent does not reach here: the parent is a controller */
	end();
	end();
	node("bus");
	CELLS("interrupt-parent", 2);
	node("inherits");
	CELLS("interrupts", 7, 8);
	end();
	node("own");
	CELLS("interrupt-parent", 1);
	CELLS("interrupts", 1, 2, 3);
	end();
	end();
	node("extended");
	CELLS("interrupts-extended", 1, 0, 9, 4, 0, 2, 0xffffffff, 2, 3);
	CELLS("interrupts", 99);
	end();
	node("none");
	end();
	finish();
}

static void interrupts_and_their_parents(void)
{
	struct dt_interrupt interrupt;
	interrupt_tree();
	struct dt_node node = at("/plain");
	CHECK_EQUAL(dt_interrupt(&dt, &node, 1, &interrupt), DT_OK);
	CHECK_TEXT(dt_name(&dt, &interrupt.controller), "gic");
	CHECK(interrupt.phandle == 1 && interrupt.cell_count == 3 && interrupt.cells[0] == 1 &&
	      interrupt.cells[1] == 6 && interrupt.cells[2] == 8);
	CHECK_EQUAL(dt_interrupt(&dt, &node, 2, &interrupt), DT_END);
	node = at("/bus/inherits");
	CHECK_EQUAL(dt_interrupt(&dt, &node, 1, &interrupt), DT_OK);
	CHECK(interrupt.phandle == 2 && interrupt.cell_count == 1 && interrupt.cells[0] == 8);
	node = at("/bus/own");
	CHECK_EQUAL(dt_interrupt(&dt, &node, 0, &interrupt), DT_OK);
	CHECK(interrupt.phandle == 1 && interrupt.cells[2] == 3);
	node = at("/other/child");
	CHECK_EQUAL(dt_interrupt(&dt, &node, 0, &interrupt), DT_OK);
	CHECK(interrupt.phandle == 2 && interrupt.cells[0] == 42);
	node = at("/none");
	CHECK_EQUAL(dt_interrupt(&dt, &node, 0, &interrupt), DT_END);

	node = at("/extended");
	CHECK_EQUAL(dt_interrupt(&dt, &node, 0, &interrupt), DT_OK);
	CHECK(interrupt.phandle == 1 && interrupt.cells[1] == 9);
	CHECK_EQUAL(dt_interrupt(&dt, &node, 1, &interrupt), DT_ERROR_NOT_FOUND);
	CHECK_EQUAL(dt_interrupt_extended(&dt, &node, 2, &interrupt), DT_OK);
	CHECK(interrupt.phandle == 2 && interrupt.cells[0] == UINT32_MAX);
	CHECK_EQUAL(dt_interrupt_extended(&dt, &node, 3, &interrupt), DT_OK);
	CHECK_EQUAL(interrupt.cells[0], 3);
	CHECK_EQUAL(dt_interrupt_extended(&dt, &node, 4, &interrupt), DT_END);
	node = at("/plain");
	CHECK_EQUAL(dt_interrupt_extended(&dt, &node, 0, &interrupt), DT_END);
}

static void interrupts_that_make_no_sense(void)
{
	struct dt_interrupt interrupt;
	start();
	node("orphan");
	CELLS("interrupts", 1);
	end();
	node("dangling");
	CELLS("interrupt-parent", 99);
	CELLS("interrupts", 1);
	end();
	node("self");
	CELLS("phandle", 3);
	CELLS("interrupt-parent", 3);
	CELLS("interrupts", 1);
	end();
	node("a");
	CELLS("phandle", 4);
	CELLS("interrupt-parent", 5);
	CELLS("interrupts", 1);
	end();
	node("b");
	CELLS("phandle", 5);
	CELLS("interrupt-parent", 4);
	end();
	node("many");
	CELLS("phandle", 6);
	CELLS("#interrupt-cells", 9);
	end();
	node("none");
	CELLS("phandle", 7);
	CELLS("#interrupt-cells", 0);
	end();
	node("pair");
	CELLS("phandle", 8);
	CELLS("#interrupt-cells", 2);
	flag("interrupt-controller");
	end();
	node("of-many");
	CELLS("interrupt-parent", 6);
	CELLS("interrupts", 1);
	end();
	node("of-none");
	CELLS("interrupt-parent", 7);
	CELLS("interrupts", 1);
	end();
	node("odd");
	CELLS("interrupt-parent", 8);
	CELLS("interrupts", 1, 2, 3);
	end();
	node("cut");
	CELLS("interrupts-extended", 8, 1);
	end();
	node("lost");
	CELLS("interrupts-extended", 99, 1);
	end();
	finish();
	static const struct {
		const char *path;
		enum dt_error error;
	} nodes[] = {
		{"/orphan", DT_ERROR_INTERRUPT_PARENT},
		{"/dangling", DT_ERROR_INTERRUPT_PARENT},
		{"/self", DT_ERROR_LOOP},
		{"/a", DT_ERROR_LOOP},
		{"/of-many", DT_ERROR_CELLS},
		{"/of-none", DT_ERROR_CELLS},
		{"/odd", DT_ERROR_SIZE},
		{"/cut", DT_ERROR_SIZE},
		{"/lost", DT_ERROR_NOT_FOUND},
	};
	for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
		struct dt_node node = at(nodes[i].path);
		if (!CHECK_EQUAL(dt_interrupt(&dt, &node, 0, &interrupt), nodes[i].error))
			printf("# at %s\n", nodes[i].path);
	}
}

static void nexus_nodes(void)
{
	struct dt_interrupt interrupt;
	start();
	bus_cells(1, 1);
	node("gic");
	CELLS("phandle", 1);
	CELLS("#interrupt-cells", 3);
	flag("interrupt-controller");
	end();
	node("nexus");
	CELLS("phandle", 2);
	CELLS("#interrupt-cells", 1);
	CELLS("#address-cells", 1);
	CELLS("interrupt-map-mask", 0xff00, 0xf);
	CELLS("interrupt-map", 0x1000, 1, 1, 0, 11, 4, 0x2000, 1, 3, 5, 0x2000, 2, 99, 0);
	end();
	node("second");
	CELLS("phandle", 3);
	CELLS("#interrupt-cells", 1);
	CELLS("interrupt-map", 5, 1, 0, 55, 4);
	end();
	node("ring");
	CELLS("phandle", 4);
	CELLS("#interrupt-cells", 1);
	CELLS("interrupt-map", 1, 4, 1);
	end();
	node("device@1000");
	CELLS("reg", 0x1044, 1);
	CELLS("interrupt-parent", 2);
	CELLS("interrupts", 0x11, 2);
	end();
	node("device@2000");
	CELLS("reg", 0x2000, 1);
	CELLS("interrupt-parent", 2);
	CELLS("interrupts", 1, 2);
	end();
	node("turning");
	CELLS("interrupt-parent", 4);
	CELLS("interrupts", 1, 2);
	end();
	finish();
	struct dt_node node = at("/device@1000");
	CHECK_EQUAL(dt_interrupt(&dt, &node, 0, &interrupt), DT_OK);
	CHECK(interrupt.phandle == 1 && interrupt.cell_count == 3 && interrupt.cells[1] == 11);
	CHECK_EQUAL(dt_interrupt(&dt, &node, 1, &interrupt), DT_ERROR_NOT_FOUND);
	node = at("/device@2000"); /* through two maps */
	CHECK_EQUAL(dt_interrupt(&dt, &node, 0, &interrupt), DT_OK);
	CHECK(interrupt.phandle == 1 && interrupt.cells[1] == 55);
	CHECK_EQUAL(dt_interrupt(&dt, &node, 1, &interrupt), DT_ERROR_NOT_FOUND); /* a phandle of nobody */
	node = at("/turning");
	CHECK_EQUAL(dt_interrupt(&dt, &node, 0, &interrupt), DT_ERROR_LOOP);
	CHECK_EQUAL(dt_interrupt(&dt, &node, 1, &interrupt), DT_ERROR_NOT_FOUND);
}

/* ---- PCI --------------------------------------------------------------------------------------------------------- */

static void pci_tree(uint32_t bus_first, uint32_t bus_last)
{
	start();
	bus_cells(2, 2);
	node("gic");
	CELLS("phandle", 1);
	CELLS("#interrupt-cells", 3);
	CELLS("#address-cells", 2);
	flag("interrupt-controller");
	end();
	node("pcie@10000000");
	text("compatible", "pci-host-ecam-generic");
	text("device_type", "pci");
	bus_cells(3, 2);
	CELLS("reg", 0x40, 0x10000000, 0, 0x10000000);
	CELLS("bus-range", bus_first, bus_last);
	CELLS("linux,pci-domain", 3);
	flag("dma-coherent");
	CELLS("ranges", 0x01000000, 0, 0, 0, 0x3eff0000, 0, 0x10000, 0x42000000, 0, 0x10000000, 0, 0x10000000, 0,
	      0x2eff0000, 0x43000000, 0x80, 0, 0x80, 0, 0x80, 0);
	CELLS("#interrupt-cells", 1);
	CELLS("interrupt-map-mask", 0x1800, 0, 0, 7);
	CELLS("interrupt-map", 0, 0, 0, 1, 1, 0, 0, 0, 3, 4, 0x800, 0, 0, 1, 1, 0, 0, 0, 4, 4);
	node("device@1,0");
	CELLS("reg", 0x800, 0, 0, 0, 0, 0x02000810, 0, 0x10001000, 0, 0x100);
	CELLS("interrupts", 1);
	end();
	end();
	finish();
}

static void pci_hosts(void)
{
	struct dt_pci_host host;
	struct dt_pci_window window;
	struct dt_interrupt interrupt;
	struct dt_reg reg;
	pci_tree(1, 127);
	struct dt_node node = at("/pcie");
	CHECK_EQUAL(dt_pci_host(&dt, &node, &host), DT_OK);
	CHECK(host.config.address == UINT64_C(0x4010000000) && host.config.size == 0x10000000);
	CHECK(host.segment == 3 && host.bus_first == 1 && host.bus_last == 127 && host.is_ecam && host.is_coherent);

	CHECK_EQUAL(dt_pci_window(&dt, &node, 0, &window), DT_OK);
	CHECK(window.space == DT_PCI_IO && window.pci_address == 0 && window.cpu_address == 0x3eff0000 &&
	      window.size == 0x10000 && !window.is_prefetchable);
	CHECK_EQUAL(dt_pci_window(&dt, &node, 1, &window), DT_OK);
	CHECK(window.space == DT_PCI_MEMORY_32 && window.cpu_address == 0x10000000 && window.is_prefetchable);
	CHECK_EQUAL(dt_pci_window(&dt, &node, 2, &window), DT_OK);
	CHECK(window.space == DT_PCI_MEMORY_64 && window.size == UINT64_C(0x8000000000));
	CHECK_EQUAL(dt_pci_window(&dt, &node, 3, &window), DT_END);

	CHECK_EQUAL(dt_pci_interrupt(&dt, &node, 0, 0, 0, 1, &interrupt), DT_OK);
	CHECK(interrupt.phandle == 1 && interrupt.cells[1] == 3);
	CHECK_EQUAL(dt_pci_interrupt(&dt, &node, 9, 5, 7, 1, &interrupt), DT_OK); /* device 5 is like 1 */
	CHECK_EQUAL(interrupt.cells[1], 4);
	CHECK_EQUAL(dt_pci_interrupt(&dt, &node, 0, 2, 0, 1, &interrupt), DT_ERROR_NOT_FOUND);
	CHECK_EQUAL(dt_pci_interrupt(&dt, &node, 0, 0, 0, 2, &interrupt), DT_ERROR_NOT_FOUND);

	node = at("/pcie/device");
	CHECK_EQUAL(dt_reg(&dt, &node, 0, &reg), DT_ERROR_NOT_TRANSLATABLE); /* configuration space */
	CHECK_EQUAL(dt_reg(&dt, &node, 1, &reg), DT_OK);
	CHECK_EQUAL(reg.address, 0x10001000);
	CHECK_EQUAL(dt_interrupt(&dt, &node, 0, &interrupt), DT_OK);
	CHECK_EQUAL(interrupt.cells[1], 4);

	node = at("/gic");
	CHECK_EQUAL(dt_pci_window(&dt, &node, 0, &window), DT_END);
	CHECK_EQUAL(dt_pci_interrupt(&dt, &node, 0, 0, 0, 1, &interrupt), DT_ERROR_NOT_FOUND);
	CHECK_EQUAL(dt_pci_host(&dt, &node, &host), DT_ERROR_NOT_FOUND);

	pci_tree(5, 4);
	node = at("/pcie");
	CHECK_EQUAL(dt_pci_host(&dt, &node, &host), DT_ERROR_VALUE);
	pci_tree(0, 256);
	node = at("/pcie");
	CHECK_EQUAL(dt_pci_host(&dt, &node, &host), DT_ERROR_VALUE);
}

/* ---- The system's nodes ------------------------------------------------------------------------------------------ */

static void memory_and_reservations(void)
{
	fdt_create(work, sizeof work);
	fdt_add_reservemap_entry(work, 0x1000, 0x2000);
	fdt_add_reservemap_entry(work, UINT64_MAX, 2);
	fdt_finish_reservemap(work);
	fdt_begin_node(work, "");
	bus_cells(2, 2);
	node("cpus");
	end();
	node("memory@0");
	text("device_type", "memory");
	CELLS("reg", 0, 0, 0, 0x40000000, 0, 0x50000000, 0, 0, 1, 0, 0, 0x80000000);
	end();
	node("memory@off");
	text("device_type", "memory");
	text("status", "disabled");
	CELLS("reg", 2, 0, 0, 1);
	end();
	node("memory@bad");
	text("device_type", "memory");
	CELLS("reg", 2, 0, 0);
	end();
	node("memory@2");
	text("device_type", "memory");
	CELLS("reg", 3, 0, 0, 0x1000);
	end();
	node("reserved-memory");
	bus_cells(2, 2);
	flag("ranges");
	node("firmware@80000000");
	CELLS("reg", 0, 0x80000000, 0, 0x40000, 0, 0x90000000, 0, 0x1000);
	flag("no-map");
	end();
	node("cma");
	CELLS("size", 0, 0x4000000);
	flag("reusable");
	end();
	node("off");
	text("status", "disabled");
	CELLS("reg", 0, 0, 0, 1);
	end();
	node("nothing");
	end();
	node("last");
	CELLS("reg", 0, 0xa0000000, 0, 0x1000);
	end();
	end();
	finish();

	struct dt_memory memory;
	struct dt_memory_iterator iterator = {0};
	CHECK(dt_memory_next(&dt, &iterator, &memory) == DT_OK && memory.base == 0 && memory.size == 0x40000000);
	CHECK(dt_memory_next(&dt, &iterator, &memory) == DT_OK && memory.base == UINT64_C(0x100000000));
	CHECK_EQUAL(dt_memory_next(&dt, &iterator, &memory), DT_ERROR_SIZE);
	CHECK(dt_memory_next(&dt, &iterator, &memory) == DT_OK && memory.base == UINT64_C(0x300000000));
	CHECK_EQUAL(dt_memory_next(&dt, &iterator, &memory), DT_END);
	CHECK_EQUAL(dt_memory_next(&dt, &iterator, &memory), DT_END);

	CHECK(dt_memreserve(&dt, 0, &memory) == DT_OK && memory.base == 0x1000 && memory.size == 0x2000);
	CHECK_EQUAL(dt_memreserve(&dt, 1, &memory), DT_ERROR_OVERFLOW);
	CHECK_EQUAL(dt_memreserve(&dt, 2, &memory), DT_END);
	CHECK_EQUAL(dt_memreserve(&dt, UINT32_MAX, &memory), DT_END);

	struct dt_reserved reserved;
	iterator = (struct dt_memory_iterator){0};
	CHECK_EQUAL(dt_reserved_next(&dt, &iterator, &reserved), DT_OK);
	CHECK_TEXT(reserved.name, "firmware@80000000");
	CHECK(reserved.no_map && !reserved.reusable && !reserved.is_dynamic && reserved.range.base == 0x80000000 &&
	      reserved.range.size == 0x40000);
	CHECK(dt_reserved_next(&dt, &iterator, &reserved) == DT_OK && reserved.range.base == 0x90000000);
	CHECK(dt_reserved_next(&dt, &iterator, &reserved) == DT_OK && reserved.is_dynamic && reserved.reusable &&
	      reserved.range.size == 0x4000000);
	CHECK(dt_reserved_next(&dt, &iterator, &reserved) == DT_OK && reserved.range.base == 0xa0000000);
	CHECK_EQUAL(dt_reserved_next(&dt, &iterator, &reserved), DT_END);
	CHECK_EQUAL(dt_reserved_next(&dt, &iterator, &reserved), DT_END);
}

static void cpus(void)
{
	start();
	node("cpus");
	bus_cells(1, 0);
	CELLS("timebase-frequency", 10000000);
	node("cpu-map");
	end();
	node("cpu@0");
	text("device_type", "cpu");
	CELLS("reg", 0);
	text("riscv,isa", "rv64imafdc");
	text("riscv,isa-base", "rv64i");
	text("mmu-type", "riscv,sv48");
	node("interrupt-controller");
	flag("interrupt-controller");
	CELLS("#interrupt-cells", 1);
	CELLS("phandle", 9);
	end();
	end();
	node("cpu@1");
	text("device_type", "cpu");
	CELLS("reg", 1);
	text("status", "disabled");
	text("enable-method", "spin-table");
	CELLS("cpu-release-addr", 0, 0xd8);
	end();
	node("cpu@2");
	text("device_type", "cpu");
	CELLS("reg", 0x102);
	text("enable-method", "psci");
	end();
	node("cpu@3");
	text("device_type", "cpu");
	end();
	node("cpu@4");
	text("device_type", "cpu");
	CELLS("reg", 4);
	text("enable-method", "vendor,own");
	end();
	end();
	finish();
	struct dt_cpu cpu;
	struct dt_memory_iterator iterator = {0};
	uint64_t frequency;
	CHECK_EQUAL(dt_cpu_next(&dt, &iterator, &cpu), DT_OK);
	CHECK(cpu.id == 0 && cpu.is_okay && cpu.enable_method == DT_ENABLE_NONE && cpu.interrupt_controller == 9);
	CHECK_SLICE(cpu.isa, "rv64imafdc");
	CHECK_SLICE(cpu.isa_base, "rv64i");
	CHECK_SLICE(cpu.mmu_type, "riscv,sv48");
	CHECK_EQUAL(dt_cpu_next(&dt, &iterator, &cpu), DT_OK);
	CHECK(cpu.id == 1 && !cpu.is_okay && cpu.enable_method == DT_ENABLE_SPIN_TABLE && cpu.release_address == 0xd8);
	CHECK_EQUAL(dt_cpu_next(&dt, &iterator, &cpu), DT_OK);
	CHECK(cpu.id == 0x102 && cpu.enable_method == DT_ENABLE_PSCI && cpu.isa.length == 0);
	CHECK_EQUAL(dt_cpu_next(&dt, &iterator, &cpu), DT_ERROR_NOT_FOUND); /* without reg */
	CHECK_EQUAL(dt_cpu_next(&dt, &iterator, &cpu), DT_OK);
	CHECK(cpu.id == 4 && cpu.enable_method == DT_ENABLE_OTHER);
	CHECK_EQUAL(dt_cpu_next(&dt, &iterator, &cpu), DT_END);
	CHECK_EQUAL(dt_cpu_next(&dt, &iterator, &cpu), DT_END);
	CHECK(dt_timebase_frequency(&dt, &frequency) == DT_OK && frequency == 10000000);
}

static void timebase(void)
{
	uint64_t frequency;
	start();
	node("cpus");
	node("cpu@0");
	CELLS("timebase-frequency", 0, 1000000);
	end();
	end();
	finish();
	CHECK(dt_timebase_frequency(&dt, &frequency) == DT_OK && frequency == 1000000);
	start();
	node("cpus");
	CELLS("timebase-frequency", 0);
	end();
	finish();
	CHECK_EQUAL(dt_timebase_frequency(&dt, &frequency), DT_ERROR_VALUE);
	start();
	node("cpus");
	end();
	finish();
	CHECK_EQUAL(dt_timebase_frequency(&dt, &frequency), DT_ERROR_NOT_FOUND);
	start();
	finish();
	CHECK_EQUAL(dt_timebase_frequency(&dt, &frequency), DT_ERROR_NOT_FOUND);
}

static void chosen_with(const char *stdout_path)
{
	start();
	node("aliases");
	text("serial0", "/uart@9000000");
	end();
	node("uart@9000000");
	end();
	node("chosen");
	text("stdout-path", stdout_path);
	text("bootargs", "a=b c");
	CELLS("linux,initrd-start", 0x48000000);
	CELLS("linux,initrd-end", 0, 0x49000000);
	CELLS("boot-hartid", 2);
	fdt_property(work, "rng-seed", "0123456789", 10);
	end();
	finish();
}

static void chosen(void)
{
	struct dt_chosen chosen;
	static const struct {
		const char *path, *options;
		bool found;
	} paths[] = {
		{"serial0:115200n8", "115200n8", true}, {"serial0", "", true}, {"/uart@9000000", "", true},
		{"/uart@9000000:", "", true},           {"/uart", "", true},   {"serial1", "", false},
		{"/nothing:115200", "", false},         {"", "", false},       {":115200", "", false},
	};
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		chosen_with(paths[i].path);
		CHECK_EQUAL(dt_chosen(&dt, &chosen), DT_OK);
		CHECK_EQUAL(chosen.has_stdout, paths[i].found);
		CHECK_SLICE(chosen.stdout_options, paths[i].options);
		if (chosen.has_stdout)
			CHECK_TEXT(dt_name(&dt, &chosen.stdout_node), "uart@9000000");
	}
	CHECK_SLICE(chosen.bootargs, "a=b c");
	CHECK(chosen.has_initrd && chosen.initrd_start == 0x48000000 && chosen.initrd_end == 0x49000000);
	CHECK(chosen.has_boot_hart && chosen.boot_hart == 2);
	CHECK(chosen.rng_seed_size == 10 && memcmp(chosen.rng_seed, "0123456789", 10) == 0);

	start();
	node("chosen");
	CELLS("linux,initrd-start", 0x2000);
	CELLS("linux,initrd-end", 0x2000);
	CELLS("boot-hartid", 1, 2, 3);
	fdt_property(work, "bootargs", "abc", 3);
	fdt_property(work, "stdout-path", "/", 1);
	end();
	finish();
	CHECK_EQUAL(dt_chosen(&dt, &chosen), DT_OK);
	CHECK(!chosen.has_initrd && !chosen.has_boot_hart && chosen.bootargs.length == 0 && !chosen.has_stdout &&
	      chosen.rng_seed == NULL);
	start();
	finish();
	CHECK_EQUAL(dt_chosen(&dt, &chosen), DT_OK);
	CHECK(!chosen.has_stdout && !chosen.has_initrd);
}

static void every_error_has_a_phrase(void)
{
	CHECK_PHRASES(dt_strerror, DT_OK, DT_ERROR_VALUE);
}

int main(void)
{
	RUN(opening);
	RUN(depth_is_limited);
	RUN(every_node_has_a_path);
	RUN(finding_nodes);
	RUN(properties);
	RUN(addresses_through_buses);
	RUN(addresses_that_make_no_sense);
	RUN(loops_in_ranges_end);
	RUN(interrupts_and_their_parents);
	RUN(interrupts_that_make_no_sense);
	RUN(nexus_nodes);
	RUN(pci_hosts);
	RUN(memory_and_reservations);
	RUN(cpus);
	RUN(timebase);
	RUN(chosen);
	RUN(every_error_has_a_phrase);
	release();
	return tap_finish();
}
