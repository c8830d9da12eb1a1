/* link.h: what routers advertised, when the link has changed (RFC 6059). */
#ifndef V6NF_NODE_PROTOCOL_LINK_H
#define V6NF_NODE_PROTOCOL_LINK_H

#include "../base/core.h"

/* Forget what routers advertised on the link before: routers, routes, prefixes, addresses formed with them, DNS. Forget
 * it at once, or when no router has advertised it again for some seconds (V6NF_ROUTER_MEMORY). Parameters have their
 * configured values again. */
void v6nf_link_forget_advertised(struct v6nf_node *node, uint64_t now);

/* What is kept from before the link was down, and was not advertised since. */
struct link_memory {
    uint32_t prefixes;   /* number of prefixes and addresses */
    bool has_other;      /* there are other routers than the one that advertises */
    bool has_advertiser; /* it is one of the routers */
};

#if V6NF_ROUTER_MEMORY
/* Return what is kept before the router's advertisement is processed. */
struct link_memory v6nf_link_remember(const struct v6nf_node *node, const uint8_t *router);

/* Forget at once what is kept, if the advertisement that was processed is of another link. */
void v6nf_link_judge(struct v6nf_node *node, const struct link_memory *before, uint64_t now);
#else
static inline struct link_memory v6nf_link_remember(const struct v6nf_node *node, const uint8_t *router)
{
    (void)node, (void)router;
    return (struct link_memory){0};
}

static inline void v6nf_link_judge(struct v6nf_node *node, const struct link_memory *before, uint64_t now)
{
    (void)node, (void)before, (void)now;
}
#endif

#endif
