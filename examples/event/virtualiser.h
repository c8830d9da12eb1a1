/* virtualiser.h: the other side of a domain's queues. It copies frames between them and a port: the port's device never
 * accesses the domain's memory. */
#ifndef EXAMPLES_EVENT_VIRTUALISER_H
#define EXAMPLES_EVENT_VIRTUALISER_H

#include <stdbool.h>

#include "v6nf/driver/shm.h"

struct virtualiser {
    struct v6nf_port *port;
    struct v6nf_shm_config network; /* the domain's, but with `notify` and the channels of this side */
    struct v6nf_shm_end receive_active;
    struct v6nf_shm_end receive_free;
    struct v6nf_shm_end transmit_active;
    struct v6nf_shm_end transmit_free;
};

void virtualiser_init(struct virtualiser *virtualiser, struct v6nf_port *port, const struct v6nf_shm_config *network);

/* Copy frames in both directions, at most one burst in each. Return true if there were any. */
bool virtualiser_poll(struct virtualiser *virtualiser);

/* Return true if no frame is left: the caller may sleep until the port has a frame or the domain notifies it. */
bool virtualiser_may_sleep(struct virtualiser *virtualiser);

#endif
