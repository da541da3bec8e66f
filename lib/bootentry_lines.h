/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of keys and values, as boot entries and loader.conf have them: what bootentry.c and loaderconf.c share. See bootentry.h. */
#ifndef HELION_LIB_BOOTENTRY_LINES_H
#define HELION_LIB_BOOTENTRY_LINES_H

#include "lib/bootentry.h"

struct reader {
	const char *at;
	const char *end;
	unsigned line; /* number of the line read last */
	const struct bootentry_reporter *reporter;
};

struct assignment {
	struct slice key;
	struct slice value; /* may be empty */
};

/* Tells the reporter, if there is one, and returns the problem. */
enum bootentry_error lines_report(const struct reader *reader, enum bootentry_error problem, struct slice key);

/* Cuts the first word off *text; what remains is trimmed at its start. */
struct slice lines_take_word(struct slice *text);

enum bootentry_error lines_begin(struct reader *reader, const char *text, size_t length,
				 const struct bootentry_reporter *reporter);

/* Reads on to the next line that is neither empty nor a comment. *ret_any is false at the end of the text. */
enum bootentry_error lines_next(struct reader *reader, struct assignment *ret, bool *ret_any);

/* The value takes the place of the one before, which is reported. */
void lines_set(const struct reader *reader, const struct assignment *assignment, struct slice *target);

/* Reads decimal digits from *at on up to `end`; false if there is none or the number does not fit. */
bool lines_parse_number(const char **at, const char *end, uint32_t *ret);

#endif
