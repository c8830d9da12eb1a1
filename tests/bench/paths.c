/* paths.c: a poll for one packet, whose paths paths.py counts. The handler is elsewhere: its paths are its own. */
#include "v6nf/driver/ring.h"

v6nf_handler handle;
uint32_t poll_one(struct v6nf_ring *ring);

uint32_t poll_one(struct v6nf_ring *ring)
{
    return v6nf_ring_poll(ring, V6NF_RING_LEGACY, NF_OUTPUTS, handle, NULL);
}
