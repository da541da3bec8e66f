/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory and string functions of ISO C 7.24 that compilers and libfdt expect, for targets without a C library.
 *
 * string.c is left out of host builds, where the C library has them. No function here uses vector registers.
 */
#ifndef HELION_LIB_STRING_H
#define HELION_LIB_STRING_H

#include <stddef.h>

void *memcpy(void *restrict destination, const void *restrict source, size_t length);
void *memmove(void *destination, const void *source, size_t length);
void *memset(void *destination, int byte, size_t length);
int memcmp(const void *a, const void *b, size_t length);
void *memchr(const void *memory, int byte, size_t length);

size_t strlen(const char *text);
size_t strnlen(const char *text, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);
char *strchr(const char *text, int character);
char *strrchr(const char *text, int character);

#endif
