/* router_solicit.h: Router Solicitations (RFC 4861, 6.3.7; RFC 7559) and the timers of router discovery. */
#ifndef V6NF_NODE_PROTOCOL_ROUTER_SOLICIT_H
#define V6NF_NODE_PROTOCOL_ROUTER_SOLICIT_H

#include "../base/core.h"

/* RFC 4861, 10: maximum random delay before the first message. */
#define MAX_RTR_SOLICITATION_DELAY 1000000u /* microseconds */

void v6nf_router_solicit_init(struct v6nf_node *node, uint64_t now);

/* Begin to solicit routers at `time`, if routers configure the node. */
void v6nf_router_solicit_start(struct v6nf_node *node, uint64_t time);

uint32_t v6nf_router_solicit_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
uint64_t v6nf_router_solicit_due(const struct v6nf_node *node);

#endif
