/* udp_port.c: the UDP ports of the program: what each may do, and which handler gets errors. */
#include "udp_port.h"

#include "v6nf/wire/udp.h"

enum v6nf_status v6nf_udp_bind(struct v6nf_node *node, uint16_t port, v6nf_udp_handler *handler, void *context)
{
    if (port == 0u) {
        return V6NF_INVALID;
    }
    struct v6nf_udp_binding *binding = udp_find_port(node, port);
    if (handler == NULL) {
        if (binding != NULL) {
            *binding = (struct v6nf_udp_binding){0};
        }
        return V6NF_OK;
    }
    if (binding != NULL) {
        return V6NF_EXISTS;
    }
    binding = udp_find_port(node, 0u);
    if (binding == NULL) {
        return V6NF_FULL;
    }
    *binding = (struct v6nf_udp_binding){.port = port, .handler = handler, .context = context};
    return V6NF_OK;
}

enum v6nf_status v6nf_udp_on_error(struct v6nf_node *node, uint16_t port, v6nf_udp_error_handler *handler)
{
    struct v6nf_udp_binding *binding = port != 0u ? udp_find_port(node, port) : NULL;
    if (binding == NULL) {
        return V6NF_INVALID;
    }
    binding->on_error = handler;
    return V6NF_OK;
}

bool v6nf_udp_port_error(struct v6nf_node *node, const struct packet_error *error, bool *reported)
{
    const uint8_t *ipv6 = error->quote.packet;
    const uint8_t *header = error->quote.upper;
    if (error->quote.upper_length < V6NF_UDP_LENGTH) {
        return false; /* not both ports */
    }
    uint16_t port = v6nf_load16(header + V6NF_UDP_SOURCE_PORT);
    const struct v6nf_udp_binding *binding = port != 0u ? udp_find_port(node, port) : NULL;
    if (binding == NULL || binding->on_error == NULL) {
        return binding != NULL || (port != 0u && (node->udp_sources & udp_source_bit(port)) != 0u);
    }
    bool has_payload = error->quote.upper_length > V6NF_UDP_HEADER_SIZE;
    const struct v6nf_udp_error what = {
        .status = error->status,
        .type = error->type,
        .code = error->code,
        .parameter = error->parameter,
        .source = error->source,
        .local = ipv6 + V6NF_IPV6_SOURCE,
        .remote = ipv6 + V6NF_IPV6_DESTINATION,
        .local_port = port,
        .remote_port = v6nf_load16(header + V6NF_UDP_DESTINATION_PORT),
        .payload = has_payload ? header + V6NF_UDP_HEADER_SIZE : NULL,
        .length = has_payload ? error->quote.upper_length - V6NF_UDP_HEADER_SIZE : 0u,
    };
    binding->on_error(binding->context, &what);
    *reported = true;
    return true;
}

#if V6NF_UDP_ZERO_CHECKSUM
bool v6nf_udp_port_may_lack_checksum(struct v6nf_node *node, uint16_t port, uint32_t direction)
{
    const struct v6nf_udp_binding *binding = port != 0u ? udp_find_port(node, port) : NULL;
    return binding != NULL && (binding->without_checksum & direction) != 0u;
}

enum v6nf_status v6nf_udp_allow_no_checksum(struct v6nf_node *node, uint16_t port, uint32_t directions)
{
    struct v6nf_udp_binding *binding = port != 0u ? udp_find_port(node, port) : NULL;
    if (binding == NULL || directions > V6NF_UDP_RECEIVE + V6NF_UDP_SEND) {
        return V6NF_INVALID;
    }
    binding->without_checksum = (uint8_t)directions;
    return V6NF_OK;
}
#endif
