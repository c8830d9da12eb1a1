/* ring_frames.h: the frames that arrive on the measured ring. */
#ifndef BENCH_RING_FRAMES_H
#define BENCH_RING_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

extern const uint32_t ring_frame_length;

/* Options of the function, each with its value, up to NULL. The function does not know all of them. */
extern const char *const ring_options[];

/* Write frame number `number`, or the reply of its destination. */
void ring_frame_write(uint8_t *frame, uint32_t number, bool back);

/* Return true if a transmitted frame is of the right kind. Its bytes are not compared. */
bool ring_frame_is_good(const uint8_t *frame);

#endif
