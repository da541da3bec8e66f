/* SPDX-License-Identifier: BSD-2-Clause */
/* What enters the kernel without a system call: faults, and the interrupt of a device. */
#include "user/bench/bench.h"
#include "user/lib/edu.h"

/* -- Faults ------------------------------------------------------------------------------------------ */

/* No page is there, and none will be. */
#define NOWHERE 16u

static void fault_for_ever(void *argument)
{
	const struct bench_peer *peer = argument;

	for (;;)
		*(volatile uint64_t *)(uintptr_t)peer->info;
}

/* The handler lets the faulting instruction begin again, which faults again: an answer, a fault, a message. */
static void bench_fault(void)
{
	struct bench_peer *peer;
	uint64_t endpoint;

	if (!bench_wanted("fault"))
		return;
	endpoint = bench_create(HELION_TYPE_ENDPOINT, 0);
	peer = bench_peer_create(true, fault_for_ever, endpoint, NOWHERE);
	MUST(helion_task_set_fault(peer->thread.task, endpoint));
	bench_peer_run(peer);
	MUST(bench_message(HELION_SYS_RECV, endpoint, 0));
	BENCH("fault", , bench_message(HELION_REPLY_RECV(endpoint), 0, 0), );
	bench_peer_end(peer);
	bench_delete(endpoint);
}

/* -- Interrupts -------------------------------------------------------------------------------------- */

/* QEMU's edu, by its line where the manifest knows that, by messages otherwise. */
struct device {
	struct edu edu;
	uint64_t handler;
};

/* False: this machine has nothing of that. */
static bool device_open(struct device *device)
{
	uint64_t memory = helion_process.memory, control = helion_process.manifest->slot_irq_control;
	struct helion_msi msi;

	if (edu_open(helion_process.manifest, &device->edu) != 0)
		return false;
	if (device->edu.record->irq != 0) {
		MUST(helion_device_irq(device->edu.record, &device->handler));
		return true;
	}
	if (helion_irq_control_claim_msi(control, memory, device->edu.record->detail, &msi) != HELION_OK)
		return false;
	device->handler = msi.handler;
	MUST(edu_use_message(&device->edu, &msi));
	return true;
}

static void device_close(struct device *device)
{
	bench_delete(device->handler);
	MUST(edu_close(&device->edu));
}

/* From the write to the device's register until the task that waits for its interrupt runs. */
static inline uint64_t interrupt(const struct edu *edu, struct bench_peer *peer)
{
	uint64_t start;

	peer->ended = 0;
	start = arch_user_cycles();
	edu_raise(edu, 1);
	while (peer->ended == 0)
		;
	return peer->ended - start;
}

static void bench_interrupt(void)
{
	struct bench_peer *peer;
	uint64_t notification;
	struct device device;

	if (!bench_wanted("irq") || !device_open(&device))
		return;
	notification = bench_create(HELION_TYPE_NOTIFICATION, 0);
	MUST(helion_irq_handler_bind(device.handler, notification, 1));
	peer = bench_peer_start_important(bench_wait_for_ever, notification);
	BENCH_ONE_WAY("irq", edu_lower(&device.edu, 1);
		      MUST(helion_irq_handler_ack(device.handler)), interrupt(&device.edu, peer));
	edu_lower(&device.edu, 1);
	bench_peer_end(peer);
	device_close(&device);
	bench_delete(notification);
}

void bench_traps(void)
{
	bench_fault();
	bench_interrupt();
}
