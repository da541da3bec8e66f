/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conformance suite: a program that is booted as /init and tries the kernel, one named test after the other.
 *
 * A test is a function in a task of its own, with a CSpace and a Memory of its own; afterwards everything that was made
 * from that Memory is destroyed, and the free memory, the live objects and the free slots of the program must be what
 * they were. A check that fails ends the test; one that hangs or faults is ended by the runner. Tests share the
 * program's address space; `world` says what they have.
 */
#ifndef USER_CONFORMANCE_CONFORMANCE_H
#define USER_CONFORMANCE_CONFORMANCE_H

#include "user/conformance/make.h"
#include "user/conformance/partner.h"
#include "user/conformance/world.h"
#include "user/lib/helion.h"

#define MICROSECOND 1000ull
#define MILLISECOND 1000000ull
#define SECOND      1000000000ull

/* -- Tests ------------------------------------------------------------------------ */

struct test {
	const char *name; /* group/name */
	void (*run)(void);
	uint64_t memory;  /* bytes of its Memory; 0: TEST_MEMORY */
	uint32_t slots;   /* of its CSpace; 0: TEST_SLOTS */
	uint32_t cpus;    /* that it needs; 0: one */
	uint32_t seconds; /* after which it hangs; 0: TEST_SECONDS */
	bool ports;       /* needs I/O ports */
	bool device;      /* needs the edu device */
	bool asked_for;   /* runs only when it is named */
};

#define TEST_MEMORY  (1u << 20)
#define TEST_SLOTS   256u
#define TEST_SECONDS 60u

/* TEST_WITH(group, name, .field = value, ...) { ... } defines and registers a test. user/user.ld keeps the section. */
#define TEST_WITH(group, function, ...)                                                                                \
	static void test_##group##_##function(void);                                                                   \
	static const struct test descriptor_##group##_##function = {.name = #group "/" #function,                      \
								    .run = test_##group##_##function,                  \
								    __VA_ARGS__};                                      \
	static const struct test *const pointer_##group##_##function __attribute__((section(".helion_tests"), used)) = \
		&descriptor_##group##_##function;                                                                      \
	static void test_##group##_##function(void)
#define TEST(group, function) TEST_WITH(group, function, .cpus = 1)

/* The pointers of all tests, in the order of the files. */
extern const struct test *const helion_tests_begin[], *const helion_tests_end[];

/* -- Checks; any task of a test may make them ----------------------------------------- */

/* Ends the test: it failed. */
_Noreturn void test_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Ends the test: it cannot be run here. */
_Noreturn void test_skip(const char *reason);

#define CHECK(condition)                                                               \
	do {                                                                           \
		if (!(condition))                                                      \
			test_fail(__FILE__, __LINE__, "%s does not hold", #condition); \
	} while (0)

#define CHECK_EQUAL(found, expected)                                                                         \
	do {                                                                                                 \
		uint64_t found_ = (uint64_t)(found), expected_ = (uint64_t)(expected);                       \
		if (found_ != expected_)                                                                     \
			test_fail(__FILE__, __LINE__, "%s is %#lx, not %#lx", #found, (unsigned long)found_, \
				  (unsigned long)expected_);                                                 \
	} while (0)

/* Waits until a condition holds, asleep in between; one that never holds makes the test hang, and the runner end it. */
#define EVENTUALLY(condition) \
	while (!(condition))  \
	sleep_for(MILLISECOND)

/* A call that must succeed; one that must give an error. */
#define CHECK_CALL(call)                                                                           \
	do {                                                                                       \
		int error_ = (call);                                                               \
		if (error_ < 0)                                                                    \
			test_fail(__FILE__, __LINE__, "%s: %s", #call, helion_error_name(error_)); \
	} while (0)
#define CHECK_ERROR(call, expected)                                                                            \
	do {                                                                                                   \
		int error_ = (call);                                                                           \
		if (error_ != -(expected))                                                                     \
			test_fail(__FILE__, __LINE__, "%s: gave %s, not %s", #call, helion_error_name(error_), \
				  helion_error_name(expected));                                                \
	} while (0)

#endif
