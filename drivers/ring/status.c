/* status.c: texts of the statuses of rings. */
#include "v6nf/driver/ring.h"

const char *v6nf_ring_status_text(enum v6nf_ring_status status)
{
    switch (status) {
    case V6NF_RING_OPEN:
        return "open";
    case V6NF_RING_INVALID:
        return "a ring cannot have so many outputs, or buffers of this size";
    case V6NF_RING_MIXED:
        return "the cards of a ring must be of one kind";
    case V6NF_RING_NO_MEMORY:
        return "the board has no more memory that devices can reach";
    case V6NF_RING_NO_QUEUE:
        return "a card has no queue left, or does not start one: use fewer rings or outputs";
    default:
        return "unknown status";
    }
}
