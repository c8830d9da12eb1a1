/* paths.c: a poll for one packet, of which paths.py counts the ways: the handler, whose ways are its own, is elsewhere. */
#include "v6nf/driver/ring.h"

v6nf_handler handle;
uint32_t poll_one(struct v6nf_ring *ring);

uint32_t poll_one(struct v6nf_ring *ring)
{
    return v6nf_ring_poll(ring, V6NF_RING_LEGACY, NF_OUTPUTS, handle, NULL);
}
