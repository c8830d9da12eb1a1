/* string.h: what the library asks of a C library, for a compiler that comes without one. size.c defines it. */
#ifndef BENCH_STRING_H
#define BENCH_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif
