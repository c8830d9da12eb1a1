/* virtualiser.h: the other side of a domain's queues: between them and a port, by copying, so that the port's device
 * never sees the domain's memory. */
#ifndef EXAMPLES_EVENT_VIRTUALISER_H
#define EXAMPLES_EVENT_VIRTUALISER_H

#include <stdbool.h>

#include "v6nf/driver/shm.h"

struct virtualiser {
    struct v6nf_port *port;
    struct v6nf_shm_config network; /* as the domain has it; `notify` and channels are this side's */
    struct v6nf_shm_end receive_active;
    struct v6nf_shm_end receive_free;
    struct v6nf_shm_end transmit_active;
    struct v6nf_shm_end transmit_free;
};

void virtualiser_init(struct virtualiser *virtualiser, struct v6nf_port *port, const struct v6nf_shm_config *network);

/* Carries what there is to carry, in both directions, a burst at most of each; returns whether there was anything. */
bool virtualiser_poll(struct virtualiser *virtualiser);

/* True: nothing is left to carry, and it may sleep until the port has something or the domain notifies it. */
bool virtualiser_may_sleep(struct virtualiser *virtualiser);

#endif
