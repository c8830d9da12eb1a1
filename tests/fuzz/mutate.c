/* mutate.c: mutations of an input of node_sequence, by whole records: the steps before and after stay the same. */
#include "choices.h"

#define RECORDS_MAX 129u

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *to,
                                 size_t max_size, unsigned seed);

static uint32_t state;

static uint32_t random_below(uint32_t count)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % count;
}

static void randomize(uint8_t *record)
{
    for (uint32_t i = 0; i < RECORD; i++) {
        record[i] = (uint8_t)random_below(256);
    }
}

/* Open a gap of `gap` records before record `at`. */
static void open_gap(uint8_t *data, size_t *count, size_t at, size_t gap)
{
    memmove(data + (at + gap) * RECORD, data + at * RECORD, (*count - at) * RECORD);
    *count += gap;
}

static size_t mutate_records(uint8_t *data, size_t count, size_t max_count)
{
    size_t at = random_below((uint32_t)count);
    size_t length = 1u + random_below(4);
    size_t from = random_below((uint32_t)count);
    length = length > count - from ? count - from : length;
    switch (random_below(6)) {
    case 0:
    case 1: /* new steps */
        length = 1u + random_below(3);
        if (count + length <= max_count) {
            open_gap(data, &count, at, length);
            for (size_t i = 0; i < length; i++) {
                randomize(data + (at + i) * RECORD);
            }
        }
        break;
    case 2: /* the same steps again */
        if (count + length <= max_count) {
            uint8_t copy[4u * RECORD];
            memcpy(copy, data + from * RECORD, length * RECORD);
            open_gap(data, &count, at, length);
            memcpy(data + at * RECORD, copy, length * RECORD);
        }
        break;
    case 3: /* fewer steps */
        if (count > length) {
            memmove(data + from * RECORD, data + (from + length) * RECORD, (count - from - length) * RECORD);
            count -= length;
        }
        break;
    case 4: /* another step */
        randomize(data + at * RECORD);
        break;
    default: /* one byte of a step */
        data[at * RECORD + random_below(RECORD)] = (uint8_t)random_below(256);
        break;
    }
    return count;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    size_t max_count = max_size / RECORD;
    state = seed;
    if (max_count == 0u) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    size_t count = size / RECORD;
    if (count == 0u) {
        randomize(data);
        count = 1;
    }
    if (random_below(4) == 0u) {
        size_t at = random_below((uint32_t)count) * RECORD;
        (void)LLVMFuzzerMutate(data + at, RECORD, RECORD);
        return count * RECORD;
    }
    max_count = max_count > RECORDS_MAX ? RECORDS_MAX : max_count;
    for (uint32_t i = 1u + random_below(4); i > 0u; i--) {
        count = mutate_records(data, count, max_count);
    }
    return count * RECORD;
}

/* Join the first records of one input with the last of another. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *to,
                                 size_t max_size, unsigned seed)
{
    state = seed;
    size_t head = random_below((uint32_t)(a_size / RECORD + 1u)) * RECORD;
    size_t start = random_below((uint32_t)(b_size / RECORD + 1u)) * RECORD;
    size_t tail = b_size - start;
    head = head > max_size ? max_size : head;
    tail = tail > max_size - head ? max_size - head : tail;
    memcpy(to, a, head);
    memcpy(to + head, b + start, tail);
    return head + tail;
}
