/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/device.h"

#include "user/lib/invoke.h"
#include "user/lib/start.h"

int helion_device_registers(const struct helion_record *device, uint64_t *ret_slot)
{
	if (device->flags & HELION_RECORD_PORTS)
		return helion_ioport_control_claim(helion_process.manifest->slot_ioport_control, helion_process.memory,
						   device->base, device->size, ret_slot);
	if (device->slot == 0)
		return -HELION_ERR_MISSING;
	*ret_slot = device->slot;
	return 0;
}

int helion_device_irq(const struct helion_record *device, uint64_t *ret_slot)
{
	if (device->irq == 0)
		return -HELION_ERR_MISSING;
	return helion_irq_control_claim(helion_process.manifest->slot_irq_control, helion_process.memory, device->irq,
					!(device->flags & HELION_RECORD_IRQ_EDGE),
					(device->flags & HELION_RECORD_IRQ_LOW) != 0, ret_slot);
}
