/* autoconf.h: stateless address autoconfiguration (RFC 4862, 5.5) and the lifetimes of addresses. */
#ifndef V6NF_NODE_PROTOCOL_AUTOCONF_H
#define V6NF_NODE_PROTOCOL_AUTOCONF_H

#include "../base/core.h"

/* Form an address with a prefix of 64 bits that the router advertises, or give the one formed with it new lifetimes
 * (RFC 4862, 5.5.3, d and e). */
void v6nf_autoconf_update(struct v6nf_node *node, const uint8_t *router, const struct v6nf_ndp_prefix *prefix,
                          uint64_t now);

/* Remove addresses, routers and prefixes whose lifetime has ended, and deprecate addresses. */
void v6nf_autoconf_expire(struct v6nf_node *node, uint64_t now);

/* Do so before they are used: the program may call v6nf_node_tick() late. */
static inline void expire_in_time(struct v6nf_node *node, uint64_t now)
{
    if (now >= node->next_due) {
        v6nf_autoconf_expire(node, now);
    }
}

/* Remove and deprecate addresses, and form temporary addresses in free slots. Return 0: nothing is sent. */
uint32_t v6nf_autoconf_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
uint64_t v6nf_autoconf_due(const struct v6nf_node *node);

#endif
