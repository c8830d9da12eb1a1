/* temporary.h: temporary addresses (RFC 8981). */
#ifndef V6NF_NODE_PROTOCOL_TEMPORARY_H
#define V6NF_NODE_PROTOCOL_TEMPORARY_H

#include "../base/core.h"

#if V6NF_TEMPORARY
/* Write a new interface identifier into the second half of the address (RFC 8981, 3.3). */
void v6nf_temporary_form(struct v6nf_node *node, uint8_t *address);

/* Update the temporary addresses with the prefix of `stable`, which was formed or has new lifetimes. */
void v6nf_temporary_update(struct v6nf_node *node, const struct v6nf_interface_address *stable, uint64_t now);

/* Keep the temporary address, a duplicate that gets no other identifier, so that none is formed with its prefix. */
void v6nf_temporary_abandon(struct v6nf_node *node, struct v6nf_interface_address *own);

void v6nf_temporary_tick(struct v6nf_node *node, uint64_t now);
uint64_t v6nf_temporary_due(const struct v6nf_node *node, uint64_t now);
#else
static inline void v6nf_temporary_form(struct v6nf_node *node, uint8_t *address)
{
    (void)node, (void)address;
}

static inline void v6nf_temporary_update(struct v6nf_node *node, const struct v6nf_interface_address *stable,
                                         uint64_t now)
{
    (void)node, (void)stable, (void)now;
}

static inline void v6nf_temporary_abandon(struct v6nf_node *node, struct v6nf_interface_address *own)
{
    (void)node, (void)own;
}

static inline void v6nf_temporary_tick(struct v6nf_node *node, uint64_t now)
{
    (void)node, (void)now;
}

static inline uint64_t v6nf_temporary_due(const struct v6nf_node *node, uint64_t now)
{
    (void)node, (void)now;
    return V6NF_NEVER;
}
#endif

#endif
