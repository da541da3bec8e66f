/* SPDX-License-Identifier: BSD-2-Clause */
/* IORT: which interrupt translation service the messages of PCI functions go to. (Arm DEN0049, "IO Remapping Table".) */
#include "lib/acpi.h"

#include "lib/bytes.h"
#include "lib/string.h"

enum {
	IORT_HEADER = 48,
	NODE_HEADER = 16,
	MAPPING_SIZE = 20,
	MAPPING_IS_SINGLE = 1, /* of the node itself, not of what comes in */
	/* Types of nodes. */
	NODE_ITS_GROUP = 0,
	NODE_ROOT_COMPLEX = 2,
	NODE_SMMU = 3,
	NODE_SMMU_V3 = 4,
};

struct node {
	const uint8_t *data;
	uint32_t length;
	uint8_t type;
	uint32_t mapping_count;
	uint32_t mappings; /* offset in the node */
};

/* [first, first + count) comes in and goes to `output` and up, at the node at an offset in the table. */
struct mapping {
	uint32_t first, last, output, node;
	bool is_single;
};

static bool read_node(const struct acpi_table *table, uint32_t offset, struct node *ret)
{
	const uint8_t *data = table->data + offset;

	if (offset < IORT_HEADER || offset > table->length || table->length - offset < NODE_HEADER)
		return false;
	*ret = (struct node){
		.data = data,
		.length = load_le16(data + 1),
		.type = data[0],
		.mapping_count = load_le32(data + 8),
		.mappings = load_le32(data + 12),
	};
	return ret->length >= NODE_HEADER && ret->length <= table->length - offset &&
	       (ret->mapping_count == 0 ||
		(ret->mappings <= ret->length && ret->mapping_count <= (ret->length - ret->mappings) / MAPPING_SIZE));
}

static struct mapping read_mapping(const struct node *node, uint32_t index)
{
	const uint8_t *data = node->data + node->mappings + (size_t)index * MAPPING_SIZE;
	uint32_t first = load_le32(data), more = load_le32(data + 4);

	return (struct mapping){
		.first = first,
		.last = more <= UINT32_MAX - first ? first + more : UINT32_MAX,
		.output = load_le32(data + 8),
		.node = load_le32(data + 12),
		.is_single = (load_le32(data + 16) & MAPPING_IS_SINGLE) != 0,
	};
}

struct receiver {
	void (*fn)(void *ctx, const struct acpi_msi_range *range);
	void *ctx;
};

/* What of a range, whose ids are `device` and up at a node, one of its mappings is for, with the ids that come out; false: none. */
static bool map(const struct mapping *mapping, const struct acpi_msi_range *range, struct acpi_msi_range *ret)
{
	uint64_t last = (uint64_t)range->device + (range->last - range->first);
	uint64_t begin = mapping->first > range->device ? mapping->first : range->device;
	uint64_t end = mapping->last < last ? mapping->last : last;

	if (mapping->is_single || begin > end)
		return false;
	*ret = *range;
	ret->first = range->first + (uint32_t)(begin - range->device);
	ret->last = ret->first + (uint32_t)(end - begin);
	ret->device = mapping->output + (uint32_t)(begin - mapping->first);
	return true;
}

/* Of several in a group, any will do. */
static enum acpi_error at_group(const struct receiver *to, const struct node *node, struct acpi_msi_range range)
{
	if (node->length < NODE_HEADER + 8 || load_le32(node->data + NODE_HEADER) == 0)
		return ACPI_ERROR_STRUCTURE_LENGTH;
	range.its = load_le32(node->data + NODE_HEADER + 4);
	to->fn(to->ctx, &range);
	return ACPI_OK;
}

/* An SMMU, which the firmware has left to let everything through. Behind it there is no other. */
static enum acpi_error at_smmu(const struct receiver *to, const struct acpi_table *table, const struct node *smmu,
			       const struct acpi_msi_range *range)
{
	enum acpi_error error = ACPI_OK;

	for (uint32_t i = 0; error == ACPI_OK && i < smmu->mapping_count; i++) {
		struct mapping mapping = read_mapping(smmu, i);
		struct acpi_msi_range part;
		struct node node;

		if (!map(&mapping, range, &part))
			continue;
		if (!read_node(table, mapping.node, &node))
			return ACPI_ERROR_STRUCTURE_LENGTH;
		if (node.type == NODE_ITS_GROUP)
			error = at_group(to, &node, part);
	}
	return error;
}

static enum acpi_error at_root_complex(const struct receiver *to, const struct acpi_table *table,
				       const struct node *complex)
{
	const struct acpi_msi_range all = {
		.segment = load_le32(complex->data + NODE_HEADER + 12),
		.last = UINT16_MAX,
	};
	enum acpi_error error = ACPI_OK;

	for (uint32_t i = 0; error == ACPI_OK && i < complex->mapping_count; i++) {
		struct mapping mapping = read_mapping(complex, i);
		struct acpi_msi_range part;
		struct node node;

		if (!map(&mapping, &all, &part))
			continue;
		if (!read_node(table, mapping.node, &node))
			return ACPI_ERROR_STRUCTURE_LENGTH;
		if (node.type == NODE_ITS_GROUP)
			error = at_group(to, &node, part);
		else if (node.type == NODE_SMMU || node.type == NODE_SMMU_V3)
			error = at_smmu(to, table, &node, &part);
	}
	return error;
}

enum acpi_error acpi_iort_msi_ranges(const struct acpi_table *table,
				     void (*fn)(void *ctx, const struct acpi_msi_range *range), void *ctx)
{
	const struct receiver to = {fn, ctx};
	enum acpi_error error = ACPI_OK;
	uint32_t offset, count;

	if (strcmp(table->signature, "IORT") != 0)
		return ACPI_ERROR_TABLE_SIGNATURE;
	if (table->length < IORT_HEADER)
		return ACPI_ERROR_TABLE_SHORT;
	count = load_le32(table->data + 36);
	offset = load_le32(table->data + 40);
	for (uint32_t i = 0; error == ACPI_OK && i < count; i++) {
		struct node node;

		if (!read_node(table, offset, &node) ||
		    (node.type == NODE_ROOT_COMPLEX && node.length < NODE_HEADER + 16))
			return ACPI_ERROR_STRUCTURE_LENGTH;
		offset += node.length;
		if (node.type == NODE_ROOT_COMPLEX)
			error = at_root_complex(&to, table, &node);
	}
	return error;
}
