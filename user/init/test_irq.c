/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts of a device at a task: QEMU's "edu" PCI function raises its line, and sends a message, when told to
 * (user/lib/edu.h).
 */
#include "user/init/init.h"

#include "user/lib/device.h"
#include "user/lib/edu.h"
#include "user/lib/helion.h"

#define SECOND      1000000000ull
#define MILLISECOND 1000000ull

/* The device, and the notification that its handlers are bound to. */
struct device {
	struct edu edu;
	uint64_t notification;
};

/* Whether the badge arrives within a time. */
static bool arrives(const struct device *device, uint64_t ns, uint64_t badge)
{
	struct helion_system_info info = {0};
	uint64_t ready, badges = 0;
	int error;

	CHECK_CALL(helion_system_info(helion_process.system, &info));
	error = helion_poll(helion_process.ipc_buffer, &device->notification, 1, info.time + ns, &ready);
	if (error == -HELION_ERR_TIMEOUT)
		return false;
	return CHECK_CALL(error) && CHECK_CALL(helion_nbwait(device->notification, &badges)) &&
	       check(badges == badge, "badges %#lx instead of %#lx", badges, badge);
}

/* How often a level that stayed fired again, of three. */
static unsigned line_rounds(const struct device *device, uint64_t handler)
{
	struct helion_irq_handler_info info;
	unsigned again = 0;

	for (unsigned i = 0; i < 3; i++) {
		CHECK_CALL(helion_irq_handler_ack(handler));
		CHECK(!arrives(device, MILLISECOND, 0x10));
		edu_raise(&device->edu, 1u << i);
		CHECK(arrives(device, 5 * SECOND, 0x10));
		CHECK(edu_status(&device->edu) == 1u << i);
		CHECK_CALL(helion_irq_handler_info(handler, &info));
		CHECK(info.fired && info.line == device->edu.record->irq);
		/* It is a level: acknowledged without being served it fires again. (Not with QEMU's PLIC, which sees edges.) */
		CHECK_CALL(helion_irq_handler_ack(handler));
		again += arrives(device, 100 * MILLISECOND, 0x10);
		edu_lower(&device->edu, 1u << i);
	}
	/* Masked, nothing comes until it is let through. */
	CHECK_CALL(helion_irq_handler_ack(handler));
	CHECK_CALL(helion_irq_handler_mask(handler));
	edu_raise(&device->edu, 1);
	CHECK(!arrives(device, 5 * MILLISECOND, 0x10));
	CHECK_CALL(helion_irq_handler_ack(handler));
	CHECK(arrives(device, 5 * SECOND, 0x10));
	edu_lower(&device->edu, 1);
	return again;
}

static void test_line(const struct device *device)
{
	uint64_t handler;
	unsigned again;

	if (device->edu.record->irq == 0) {
		printf("init: irq: the manifest knows no line of the device\n");
		return;
	}
	if (!CHECK_CALL(helion_device_irq(device->edu.record, &handler)))
		return;
	CHECK_CALL(helion_irq_handler_bind(handler, device->notification, 0x10));
	again = line_rounds(device, handler);
	CHECK_CALL(helion_cspace_delete(helion_process.cspace, handler));
	printf("init: irq: line %u: ok, a level that stayed fired again %u times of 3\n", device->edu.record->irq,
	       again);
}

static void message_rounds(const struct device *device, uint64_t handler)
{
	for (unsigned i = 0; i < 3; i++) {
		CHECK_CALL(helion_irq_handler_ack(handler));
		CHECK(!arrives(device, MILLISECOND, 0x20));
		edu_raise(&device->edu, 1);
		CHECK(arrives(device, 5 * SECOND, 0x20));
		/* A message is an edge: acknowledged it does not come again by itself. */
		CHECK_CALL(helion_irq_handler_ack(handler));
		CHECK(!arrives(device, MILLISECOND, 0x20));
		edu_lower(&device->edu, 1);
		/* Not acknowledged, the second waits for that and is not lost. */
		edu_raise(&device->edu, 1);
		CHECK(arrives(device, 5 * SECOND, 0x20));
		edu_lower(&device->edu, 1);
		edu_raise(&device->edu, 1);
		CHECK(!arrives(device, MILLISECOND, 0x20));
		CHECK_CALL(helion_irq_handler_ack(handler));
		CHECK(arrives(device, 5 * SECOND, 0x20));
		edu_lower(&device->edu, 1);
	}
}

static void test_message(const struct helion_manifest *manifest, const struct device *device)
{
	struct helion_msi msi = {0}, other = {0};
	int error = helion_irq_control_claim_msi(manifest->slot_irq_control, helion_process.memory,
						 device->edu.record->detail, &msi);

	if (error == -HELION_ERR_UNSUPPORTED) {
		printf("init: irq: this machine has no messages\n");
		return;
	}
	if (!CHECK_CALL(error))
		return;
	/* Each has a message of its own. */
	if (CHECK_CALL(helion_irq_control_claim_msi(manifest->slot_irq_control, helion_process.memory,
						    device->edu.record->detail, &other))) {
		CHECK(other.address != msi.address || other.data != msi.data);
		CHECK_CALL(helion_cspace_delete(helion_process.cspace, other.handler));
	}
	CHECK_CALL(helion_irq_handler_bind(msi.handler, device->notification, 0x20));
	if (CHECK_CALL(edu_use_message(&device->edu, &msi))) {
		message_rounds(device, msi.handler);
		CHECK_CALL(edu_use_message(&device->edu, NULL));
	}
	CHECK_CALL(helion_cspace_delete(helion_process.cspace, msi.handler));
	printf("init: irq: message %#lx to %#lx: ok\n", msi.data, msi.address);
}

void test_irq(const struct helion_manifest *manifest)
{
	struct device device;

	if (!check(edu_open(manifest, &device.edu) == 0, "the manifest has no edu device or no configuration space"))
		return;
	if (CHECK_CALL(helion_memory_create(helion_process.memory, HELION_TYPE_NOTIFICATION, 0, 0,
					    &device.notification))) {
		test_line(&device);
		test_message(manifest, &device);
		CHECK_CALL(helion_cspace_delete(helion_process.cspace, device.notification));
	}
	CHECK_CALL(edu_close(&device.edu));
}
