/* SPDX-License-Identifier: BSD-2-Clause */
/* How /bin/bless ends; its main.c says what it is given. */
#ifndef USER_BLESS_BLESS_H
#define USER_BLESS_BLESS_H

enum bless_status {
	BLESS_DONE = 0,
	BLESS_FAILED = 1,    /* it has said why */
	BLESS_ELSEWHERE = 2, /* the partition is not on this disk */
};

#endif
