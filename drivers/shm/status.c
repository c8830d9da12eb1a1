/* status.c: texts of the statuses of ports in shared memory. */
#include "v6nf/driver/shm.h"

const char *v6nf_shm_status_text(enum v6nf_shm_status status)
{
    switch (status) {
    case V6NF_SHM_OPEN:
        return "open";
    case V6NF_SHM_CAPACITY_BAD:
        return "the capacity of a queue must be a power of two, not less than the number of buffers";
    case V6NF_SHM_BUFFERS_BAD:
        return "the number of buffers, or their size, is out of range, or buffers share a cache line";
    case V6NF_SHM_MTU_BAD:
        return "the MTU must be at least 1280, and its frame must fit into a buffer";
    case V6NF_SHM_QUEUES_USED:
        return "another port ran on these queues: clear them before";
    default:
        return "unknown status";
    }
}
