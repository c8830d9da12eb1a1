/* ring_frames.c: small frames between 512 stations, from 512 IPv6 prefixes. */
#include "ring_frames.h"

#include <stddef.h>
#include <string.h>

#define STATIONS 512u

const uint32_t ring_frame_length = 60;
const char *const ring_options[] = {NULL};

/* Address stations 02:00:00:00:00:00 to 02:00:00:00:01:ff in an order that no cache can follow. */
void ring_frame_write(uint8_t *frame, uint32_t number, bool back)
{
    const uint32_t to = number * 37u % STATIONS;
    const uint32_t from = number * 101u % STATIONS;
    uint8_t *destination = back ? frame + 6 : frame;
    uint8_t *source = back ? frame : frame + 6;
    memset(frame, 0, ring_frame_length);
    destination[0] = 0x02;
    destination[4] = (uint8_t)(to >> 8);
    destination[5] = (uint8_t)to;
    source[0] = 0x02;
    source[1] = 0x01; /* none of the destinations */
    source[4] = (uint8_t)(from >> 8);
    source[5] = (uint8_t)from;
    frame[12] = 0x86;
    frame[13] = 0xDD;
    frame[14] = 0x60;
    frame[22] = 0x20;
    frame[23] = 0x01;
    frame[28] = (uint8_t)(from >> 8);
    frame[29] = (uint8_t)from;
}

bool ring_frame_is_good(const uint8_t *frame)
{
    return frame[12] == 0x86 && frame[13] == 0xDD;
}
