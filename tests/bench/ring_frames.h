/* ring_frames.h: what comes in on the ring that is measured. */
#ifndef BENCH_RING_FRAMES_H
#define BENCH_RING_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

extern const uint32_t ring_frame_length;

/* Writes frame number `number`, or what its destination would send back. */
void ring_frame_write(uint8_t *frame, uint32_t number, bool back);

/* Whether what leaves is what should: not the contents of every byte, but that it is an answer where there should be one. */
bool ring_frame_is_good(const uint8_t *frame);

#endif
