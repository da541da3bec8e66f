/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt lines and messages: who has one, what of it arrives, and what is left when somebody goes. The device is QEMU's
 * edu, which interrupts when it is told to. A line that nobody knows (where only AML tells) or messages that the
 * machine does not have are skipped.
 */
#include "user/conformance/conformance.h"
#include "user/lib/edu.h"

#define BADGE 0x10u

/* So long nothing may come; and it comes long before that. */
#define QUIET (5 * MILLISECOND)
#define SOON  (20 * SECOND)

/* -- Claiming --------------------------------------------------------------------------------- */

/* The last line that nobody has. */
static uint64_t claim_any(uint64_t *ret_line)
{
	uint64_t lines, slot;

	CHECK_CALL(helion_irq_control_info(world.irq_control, &lines));
	for (uint64_t line = lines - 1; line > 0; line--)
		if (helion_irq_control_claim(world.irq_control, world.memory, line, true, false, &slot) == 0) {
			*ret_line = line;
			return slot;
		}
	test_fail(__FILE__, __LINE__, "every line is claimed");
}

TEST(irq, a_line_out_of_range)
{
	uint64_t lines, slot;

	CHECK_CALL(helion_irq_control_info(world.irq_control, &lines));
	CHECK(lines > 0);
	CHECK_ERROR(helion_irq_control_claim(world.irq_control, world.memory, lines, false, false, &slot),
		    HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_irq_control_claim(world.irq_control, world.memory, UINT64_MAX, false, false, &slot),
		    HELION_ERR_ARGUMENT);
}

TEST(irq, a_line_is_claimed_once)
{
	uint64_t second, line, slot = claim_any(&line);

	CHECK_ERROR(helion_irq_control_claim(world.irq_control, world.memory, line, true, false, &second),
		    HELION_ERR_OCCUPIED);
	delete (slot);
	CHECK_CALL(helion_irq_control_claim(world.irq_control, world.memory, line, true, false, &slot));
}

TEST(irq, a_claim_keeps_to_what_it_may)
{
	uint64_t line, slot = claim_any(&line), words[4] = {line, 2, 0, 0};

	delete (slot);
	/* A trigger and a polarity that are none. */
	world.buffer->caps[0] = world.memory;
	CHECK_EQUAL(raw_call(HELION_SYS_CALL, world.irq_control, HELION_INFO(HELION_IRQ_CONTROL_CLAIM, 3, 1), words),
		    -HELION_ERR_ARGUMENT);
	words[1] = 0, words[2] = 2;
	CHECK_EQUAL(raw_call(HELION_SYS_CALL, world.irq_control, HELION_INFO(HELION_IRQ_CONTROL_CLAIM, 3, 1), words),
		    -HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_irq_control_claim(world.irq_control, world.event, line, true, false, &slot),
		    HELION_ERR_TYPE);
	CHECK_ERROR(helion_irq_control_claim(world.irq_control, copy(world.memory, HELION_RIGHT_READ, 0), line, true,
					     false, &slot),
		    HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_irq_control_claim(copy(world.irq_control, HELION_RIGHT_READ, 0), world.memory, line, true,
					     false, &slot),
		    HELION_ERR_RIGHTS);
	/* Nobody has got it. */
	CHECK_CALL(helion_irq_control_claim(world.irq_control, world.memory, line, true, false, &slot));
}

TEST(irq, a_claim_without_room)
{
	uint64_t line, slot = claim_any(&line), before, memory = make_sized(HELION_TYPE_MEMORY, 8 * HELION_PAGE_SIZE);

	delete (slot);
	while (helion_memory_create(memory, HELION_TYPE_PAGES, HELION_PAGE_SIZE, 0, &slot) == 0)
		;
	CHECK_ERROR(helion_irq_control_claim(world.irq_control, memory, line, true, false, &slot), HELION_ERR_MEMORY);
	destroy(memory);
	while (free_slots() > 0)
		copy(world.event, HELION_RIGHT_READ, 0);
	before = free_bytes();
	CHECK_ERROR(helion_irq_control_claim(world.irq_control, world.memory, line, true, false, &slot),
		    HELION_ERR_SLOTS);
	CHECK_EQUAL(free_bytes(), before);
}

TEST(irq, a_handler_that_has_not_fired)
{
	struct helion_irq_handler_info info;
	uint64_t ready, line, slot = claim_any(&line);

	CHECK_CALL(helion_irq_handler_info(slot, &info));
	CHECK_EQUAL(info.line, line);
	CHECK_EQUAL(info.fired, 0);
	CHECK_ERROR(helion_poll(world.buffer, &slot, 1, now() + MILLISECOND, &ready), HELION_ERR_TIMEOUT);
	CHECK_CALL(helion_irq_handler_mask(slot));
}

TEST(irq, a_handler_and_its_rights)
{
	uint64_t line, slot = claim_any(&line), reader = copy(slot, HELION_RIGHT_READ, 0), ready;
	uint64_t writer = copy(slot, HELION_RIGHT_WRITE, 0);
	struct helion_irq_handler_info info;

	CHECK_CALL(helion_irq_handler_info(reader, &info));
	CHECK_ERROR(helion_irq_handler_ack(reader), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_irq_handler_mask(reader), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_irq_handler_bind(reader, world.event, BADGE), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_irq_handler_info(writer, &info), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_poll(world.buffer, &writer, 1, now() + MILLISECOND, &ready), HELION_ERR_RIGHTS);
	CHECK_CALL(helion_irq_handler_mask(writer));
	/* And a notification that may not be signalled. */
	CHECK_ERROR(helion_irq_handler_bind(writer, copy(world.event, HELION_RIGHT_READ, 0), BADGE), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_irq_handler_bind(writer, world.memory, BADGE), HELION_ERR_TYPE);
}

/* -- A device ----------------------------------------------------------------------------------- */

/* How the device reaches its handler. */
struct source {
	uint64_t handler, notification;
};

static uint64_t claim_line(void)
{
	const struct helion_record *record = world.edu->record;
	uint64_t slot;

	if (record->irq == 0)
		test_skip("nobody knows the line of the device");
	CHECK_CALL(helion_irq_control_claim(world.irq_control, world.memory, record->irq,
					    !(record->flags & HELION_RECORD_IRQ_EDGE),
					    (record->flags & HELION_RECORD_IRQ_LOW) != 0, &slot));
	return slot;
}

static struct helion_msi claim_message(void)
{
	struct helion_msi msi;
	int error = helion_irq_control_claim_msi(world.irq_control, world.memory, world.edu->record->detail, &msi);

	if (error == -HELION_ERR_UNSUPPORTED)
		test_skip("this machine has no messages");
	CHECK_CALL(error);
	return msi;
}

/* Nothing of an earlier test is left in it. */
static void calm(void)
{
	CHECK_CALL(edu_use_message(world.edu, NULL));
	edu_lower(world.edu, UINT32_MAX);
}

static struct source bind(uint64_t handler)
{
	struct source source = {.handler = handler, .notification = make(HELION_TYPE_NOTIFICATION)};

	CHECK_CALL(helion_irq_handler_bind(handler, source.notification, BADGE));
	return source;
}

/* A handler of its line, or of its message where it has none, bound and let through. */
static struct source open_line(void)
{
	struct source source;

	calm();
	source = bind(claim_line());
	CHECK_CALL(helion_irq_handler_ack(source.handler));
	return source;
}

static struct source open_message(void)
{
	struct helion_msi msi;
	struct source source;

	calm();
	msi = claim_message();
	source = bind(msi.handler);
	CHECK_CALL(edu_use_message(world.edu, &msi));
	CHECK_CALL(helion_irq_handler_ack(source.handler));
	return source;
}

static struct source open_any(void)
{
	return world.edu->record->irq != 0 ? open_line() : open_message();
}

static bool arrives(const struct source *source, uint64_t ns)
{
	uint64_t ready, badges = 0;
	int error = helion_poll(world.buffer, &source->notification, 1, now() + ns, &ready);

	if (error == -HELION_ERR_TIMEOUT)
		return false;
	CHECK_CALL(error);
	CHECK_CALL(helion_nbwait(source->notification, &badges));
	CHECK_EQUAL(badges, BADGE);
	return true;
}

static bool fired(const struct source *source)
{
	struct helion_irq_handler_info info;

	CHECK_CALL(helion_irq_handler_info(source->handler, &info));
	return info.fired;
}

/* The device has been served, and may interrupt again. */
static void served(const struct source *source)
{
	edu_lower(world.edu, UINT32_MAX);
	CHECK_CALL(helion_irq_handler_ack(source->handler));
}

static void reaches_its_notification(const struct source *source)
{
	CHECK(!arrives(source, QUIET) && !fired(source));
	edu_raise(world.edu, 1);
	CHECK(arrives(source, SOON) && fired(source));
	CHECK_EQUAL(edu_status(world.edu), 1);
	served(source);
	CHECK(!fired(source) && !arrives(source, QUIET));
}

TEST_WITH(irq, a_line_reaches_its_notification, .device = true)
{
	struct source source = open_line();

	reaches_its_notification(&source);
}

TEST_WITH(irq, a_message_reaches_its_notification, .device = true)
{
	struct source source = open_message();

	reaches_its_notification(&source);
	calm();
}

TEST_WITH(irq, a_new_handler_is_masked, .device = true)
{
	struct source source;

	calm();
	source = bind(claim_line());
	edu_raise(world.edu, 1);
	CHECK(!arrives(&source, QUIET) && !fired(&source));
	CHECK_CALL(helion_irq_handler_ack(source.handler));
	CHECK(arrives(&source, SOON));
	edu_lower(world.edu, 1);
}

TEST_WITH(irq, what_is_not_acknowledged_is_masked, .device = true)
{
	struct source source = open_any();

	edu_raise(world.edu, 1);
	CHECK(arrives(&source, SOON));
	edu_lower(world.edu, 1);
	edu_raise(world.edu, 1);
	CHECK(!arrives(&source, QUIET));
	/* And not lost: the line is up still, the message was late. */
	CHECK_CALL(helion_irq_handler_ack(source.handler));
	CHECK(arrives(&source, SOON));
	edu_lower(world.edu, 1);
	calm();
}

TEST_WITH(irq, a_mask_keeps_it_away, .device = true)
{
	struct source source = open_any();

	CHECK_CALL(helion_irq_handler_mask(source.handler));
	CHECK_CALL(helion_irq_handler_mask(source.handler));
	edu_raise(world.edu, 1);
	CHECK(!arrives(&source, QUIET) && !fired(&source));
	CHECK_CALL(helion_irq_handler_ack(source.handler));
	CHECK(arrives(&source, SOON));
	calm();
}

TEST_WITH(irq, acknowledged_twice_it_comes_once, .device = true)
{
	struct source source = open_any();

	CHECK_CALL(helion_irq_handler_ack(source.handler));
	edu_raise(world.edu, 1);
	CHECK(arrives(&source, SOON));
	served(&source);
	CHECK_CALL(helion_irq_handler_ack(source.handler));
	CHECK(!arrives(&source, QUIET));
	calm();
}

/* QEMU's PLIC latches the edge, so there a level that stays does not come again: test_conformance.py knows where this may be. */
TEST_WITH(irq, a_level_that_stays_comes_again, .device = true)
{
	struct source source = open_line();

	if (world.edu->record->flags & HELION_RECORD_IRQ_EDGE)
		test_skip("the line is triggered by edges");
	edu_raise(world.edu, 1);
	CHECK(arrives(&source, SOON));
	for (unsigned i = 0; i < 10; i++) {
		CHECK_CALL(helion_irq_handler_ack(source.handler));
		if (!arrives(&source, SECOND)) {
			CHECK_EQUAL(i, 0);
			calm();
			test_skip("this controller sees edges");
		}
	}
	served(&source);
	CHECK(!arrives(&source, QUIET));
}

TEST_WITH(irq, none_of_many_is_lost, .device = true, .seconds = 120)
{
	struct source source = open_any();

	for (unsigned i = 0; i < 200; i++) {
		edu_raise(world.edu, 1);
		CHECK(arrives(&source, SOON));
		served(&source);
	}
	CHECK(!arrives(&source, QUIET));
	calm();
}

TEST_WITH(irq, unbound_it_can_be_polled, .device = true)
{
	struct source source = open_any();
	uint64_t both[2] = {make(HELION_TYPE_NOTIFICATION), source.handler}, ready;

	delete (source.notification);
	CHECK_ERROR(helion_poll(world.buffer, both, 2, now() + MILLISECOND, &ready), HELION_ERR_TIMEOUT);
	edu_raise(world.edu, 1);
	CHECK_CALL(helion_poll(world.buffer, both, 2, now() + SOON, &ready));
	CHECK_EQUAL(ready, 2);
	CHECK(fired(&source));
	/* Until it is acknowledged. */
	CHECK_CALL(helion_poll(world.buffer, both, 2, now() + SOON, &ready));
	CHECK_EQUAL(ready, 2);
	served(&source);
	CHECK_ERROR(helion_poll(world.buffer, both, 2, now() + MILLISECOND, &ready), HELION_ERR_TIMEOUT);
	calm();
}

/* A partner that polls on the handler, and waits. */
static void start_poller(struct partner *partner, const struct source *source)
{
	partner_create(partner);
	partner->a = source->handler, partner->b = 0, partner->c = now() + SOON;
	partner_start_waiting(partner, partner_poll);
}

/* A partner, which has not started, waits for the notification and has it. */
static void wakes(struct partner *partner, const struct source *source)
{
	partner->a = source->notification;
	partner_start_waiting(partner, partner_wait);
	edu_raise(world.edu, 1);
	partner_join(partner);
	CHECK_CALL(partner->error);
	CHECK_EQUAL(partner->b, BADGE);
	served(source);
}

TEST_WITH(irq, a_poller_wakes, .device = true)
{
	struct source source = open_any();
	struct partner partner;

	start_poller(&partner, &source);
	edu_raise(world.edu, 1);
	partner_join(&partner);
	CHECK_CALL(partner.error);
	CHECK_EQUAL(partner.c, 1);
	served(&source);
	calm();
}

TEST_WITH(irq, a_waiter_wakes, .device = true)
{
	struct source source = open_any();
	struct partner partner;

	partner_create(&partner);
	wakes(&partner, &source);
	calm();
}

TEST_WITH(irq, it_goes_where_it_was_bound_last, .device = true)
{
	struct source source = open_any(), second = source;
	uint64_t badges;

	second.notification = make(HELION_TYPE_NOTIFICATION);
	CHECK_CALL(helion_irq_handler_bind(source.handler, second.notification, BADGE));
	edu_raise(world.edu, 1);
	CHECK(arrives(&second, SOON));
	CHECK_ERROR(helion_nbwait(source.notification, &badges), HELION_ERR_WOULD_BLOCK);
	served(&source);
	calm();
}

/* -- Ends ------------------------------------------------------------------------------------------ */

TEST_WITH(irq, its_notification_goes, .device = true)
{
	struct source source = open_any();

	destroy(source.notification);
	edu_raise(world.edu, 1);
	EVENTUALLY(fired(&source));
	source.notification = make(HELION_TYPE_NOTIFICATION);
	CHECK_CALL(helion_irq_handler_bind(source.handler, source.notification, BADGE));
	served(&source);
	edu_raise(world.edu, 1);
	CHECK(arrives(&source, SOON));
	served(&source);
	calm();
}

TEST_WITH(irq, a_handler_that_goes_is_silent, .device = true)
{
	struct source source = open_line(), next;

	delete (source.handler);
	edu_raise(world.edu, 1);
	CHECK(!arrives(&source, QUIET));
	/* The line is free, and still up. */
	next = bind(claim_line());
	CHECK(!arrives(&next, QUIET));
	CHECK_CALL(helion_irq_handler_ack(next.handler));
	CHECK(arrives(&next, SOON));
	CHECK(!arrives(&source, QUIET));
	served(&next);
}

TEST_WITH(irq, a_handler_goes_that_has_fired, .device = true)
{
	struct source source = open_line(), next;

	edu_raise(world.edu, 1);
	EVENTUALLY(fired(&source));
	delete (source.handler);
	edu_lower(world.edu, 1);
	next = bind(claim_line());
	CHECK(!fired(&next));
	CHECK_CALL(helion_irq_handler_ack(next.handler));
	CHECK(!arrives(&next, QUIET));
	edu_raise(world.edu, 1);
	CHECK(arrives(&next, SOON));
	served(&next);
}

TEST_WITH(irq, a_message_for_nobody, .device = true)
{
	struct source source = open_message(), next;

	CHECK_CALL(helion_irq_handler_mask(source.handler));
	edu_raise(world.edu, 1);
	CHECK(!arrives(&source, QUIET));
	delete (source.handler);
	edu_lower(world.edu, 1);
	edu_raise(world.edu, 1);
	edu_lower(world.edu, 1);
	/* Whoever has the message next hears nothing of what came before. */
	next = open_message();
	CHECK(!arrives(&next, QUIET) && !fired(&next));
	edu_raise(world.edu, 1);
	CHECK(arrives(&next, SOON));
	calm();
}

TEST_WITH(irq, a_memory_goes_with_its_handlers, .device = true)
{
	const struct helion_record *record = world.edu->record;
	uint64_t memory = make_sized(HELION_TYPE_MEMORY, 16 * HELION_PAGE_SIZE), slot;
	struct source source;

	calm();
	delete (claim_line());
	CHECK_CALL(helion_irq_control_claim(world.irq_control, memory, record->irq,
					    !(record->flags & HELION_RECORD_IRQ_EDGE),
					    (record->flags & HELION_RECORD_IRQ_LOW) != 0, &slot));
	source = bind(slot);
	CHECK_CALL(helion_irq_handler_ack(slot));
	destroy(memory);
	CHECK(!is_cap(slot));
	edu_raise(world.edu, 1);
	CHECK(!arrives(&source, QUIET));
	edu_lower(world.edu, 1);
	source = open_line();
	edu_raise(world.edu, 1);
	CHECK(arrives(&source, SOON));
	served(&source);
}

TEST_WITH(irq, a_poller_of_a_handler_that_goes, .device = true)
{
	struct source source = open_any();
	struct partner partner;

	start_poller(&partner, &source);
	destroy(source.handler);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_GONE);
	calm();
}

/* -- Many ------------------------------------------------------------------------------------------- */

TEST_WITH(irq, every_message_is_another, .slots = 1024, .device = true)
{
	enum { MOST = 512 };
	static struct helion_msi messages[MOST];
	struct helion_msi first = claim_message();
	unsigned count = 0;
	int error = 0;

	delete (first.handler);
	while (count < MOST && error == 0) {
		error = helion_irq_control_claim_msi(world.irq_control, world.memory, world.edu->record->detail,
						     &messages[count]);
		for (unsigned i = 0; error == 0 && i < count; i++)
			CHECK(messages[i].address != messages[count].address ||
			      messages[i].data != messages[count].data);
		count += error == 0;
	}
	CHECK_EQUAL(error, -HELION_ERR_OCCUPIED);
	CHECK(count > 1);
	/* The last that went is there again. */
	delete (messages[count - 1].handler);
	CHECK_CALL(helion_irq_control_claim_msi(world.irq_control, world.memory, world.edu->record->detail, &first));
	CHECK(first.address == messages[count - 1].address && first.data == messages[count - 1].data);
}

/* A driver that acknowledges what it does not serve keeps its own CPU busy, and no other task from running. */
TEST_WITH(irq, a_storm_lets_others_run, .device = true)
{
	struct source source = open_line();
	struct partner other;
	uint64_t start, before;
	unsigned storms = 0;

	partner_create(&other);
	other.a = 0;
	partner_start(&other, partner_spin);
	EVENTUALLY(__atomic_load_n(&other.a, __ATOMIC_RELAXED) > 0);
	edu_raise(world.edu, 1);
	before = __atomic_load_n(&other.a, __ATOMIC_RELAXED);
	/* While it storms, not when it is over; a busy host may leave the other's CPU out for long. */
	for (start = now(); now() - start < 100 * MILLISECOND || __atomic_load_n(&other.a, __ATOMIC_RELAXED) == before;
	     storms++) {
		CHECK(now() - start < 20 * SECOND);
		CHECK_CALL(helion_irq_handler_ack(source.handler));
	}
	CHECK(storms > 0);
	served(&source);
	CHECK_CALL(helion_task_stop(other.task));
}

TEST_WITH(irq, a_driver_on_another_cpu, .cpus = 2, .device = true)
{
	struct source source = open_any();
	struct partner partner;

	for (uint64_t cpu = 0; cpu < world.cpus; cpu++) {
		partner_create(&partner);
		CHECK_CALL(helion_task_set_affinity(partner.task, 1ull << cpu));
		wakes(&partner, &source);
		partner_delete(&partner);
	}
	calm();
}
