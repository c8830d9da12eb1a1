/* string.c: the four functions of a C library that the library needs (C11, 7.24). */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WORD sizeof(uint64_t)

/* A word at any address, of any type. */
typedef uint64_t __attribute__((may_alias, aligned(1))) word;

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    uint8_t *target = to;
    const uint8_t *source = from;
    size_t i = 0;
    for (; i + WORD <= size; i += WORD) {
        *(word *)(target + i) = *(const word *)(source + i);
    }
    for (; i < size; i++) {
        target[i] = source[i];
    }
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    uint8_t *target = to;
    const uint8_t *source = from;
    if ((uintptr_t)target - (uintptr_t)source >= size) {
        for (size_t i = 0; i < size; i++) {
            target[i] = source[i];
        }
        return to;
    }
    for (; size % WORD != 0u; size--) {
        target[size - 1u] = source[size - 1u];
    }
    for (; size > 0u; size -= WORD) {
        *(word *)(target + size - WORD) = *(const word *)(source + size - WORD);
    }
    return to;
}

void *memset(void *to, int value, size_t size)
{
    uint8_t *target = to;
    for (size_t i = 0; i < size; i++) {
        target[i] = (uint8_t)value;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *left = a;
    const uint8_t *right = b;
    for (size_t i = 0; i < size; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i] ? -1 : 1;
        }
    }
    return 0;
}
