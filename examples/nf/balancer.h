/* balancer.h: the health of the backends of balancer.c, which the program sets. */
#ifndef EXAMPLES_NF_BALANCER_H
#define EXAMPLES_NF_BALANCER_H

#include <stdbool.h>
#include <stdint.h>

/* Health of a backend. */
enum balancer_health {
    BALANCER_UP,       /* it gets new flows */
    BALANCER_DRAINING, /* it keeps its flows, and gets no new ones */
    BALANCER_DOWN      /* its flows move to other backends with their next packet */
};

/* Set the health of a backend. Flows of other backends stay where they are. A new table of backends is made in the next
 * polls: until then, new flows may still reach the backend.
 * state: of an agent. Each agent has a health of its own: call this for each, in its thread, between two polls.
 * backend: its number, in the order of the command line, from 0.
 * Return false if there is no such backend. */
bool balancer_set_backend(void *state, uint32_t backend, enum balancer_health health);

#endif
