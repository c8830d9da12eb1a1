/* udp.c: UDP (RFC 768) over IPv6 (RFC 8200, 8.1). */
#include "v6nf/udp.h"

#include "internal.h"

static struct v6nf_udp_binding *find_port(struct v6nf_node *node, uint16_t port)
{
    for (uint32_t i = 0; i < V6NF_UDP_PORTS; i++) {
        if (node->udp[i].port == port) {
            return &node->udp[i];
        }
    }
    return NULL;
}

enum v6nf_status v6nf_udp_bind(struct v6nf_node *node, uint16_t port, v6nf_udp_handler *handler, void *context)
{
    if (port == 0u) {
        return V6NF_INVALID;
    }
    struct v6nf_udp_binding *binding = find_port(node, port);
    if (handler == NULL) {
        if (binding != NULL) {
            *binding = (struct v6nf_udp_binding){0};
        }
        return V6NF_OK;
    }
    if (binding != NULL) {
        return V6NF_EXISTS;
    }
    binding = find_port(node, 0u);
    if (binding == NULL) {
        return V6NF_FULL;
    }
    *binding = (struct v6nf_udp_binding){.port = port, .handler = handler, .context = context};
    return V6NF_OK;
}

/* Makes the datagram in the frame the reply of `length` bytes of payload. */
static uint32_t reply(struct v6nf_node *node, const struct packet *packet, const struct v6nf_udp_datagram *datagram,
                      uint32_t length)
{
    uint8_t *ipv6 = packet->frame + PACKET;
    uint8_t *header = packet->frame + UPPER;
    bool was_shared = is_shared(node, ipv6 + V6NF_IPV6_DESTINATION);
    if (!turn_around(node, ipv6)) {
        return drop(node, V6NF_DROP_NO_SOURCE);
    }
    v6nf_ipv6_write(ipv6, V6NF_UDP_HEADER_SIZE + length, V6NF_NEXT_HEADER_UDP, node->hop_limit);
    v6nf_store16(header + V6NF_UDP_SOURCE_PORT, datagram->destination_port);
    v6nf_store16(header + V6NF_UDP_DESTINATION_PORT, datagram->source_port);
    /* The sum of two addresses, and of two ports, is the same either way round. */
    if (was_shared || !datagram->unchanged || length != datagram->length) {
        v6nf_udp_finish(ipv6, header, V6NF_UDP_HEADER_SIZE + length);
    }
    return v6nf_output(node, packet->frame, V6NF_UDP_PAYLOAD + length, packet->capacity, packet->now);
}

uint32_t v6nf_udp_input(struct v6nf_node *node, struct packet *packet)
{
    uint8_t *ipv6 = packet->frame + PACKET;
    uint8_t *header = packet->frame + packet->upper;
    uint32_t length = 0;
    enum v6nf_udp_fault fault = v6nf_udp_check(ipv6, header, packet->end - packet->upper, &length);
    if (fault != V6NF_UDP_GOOD) {
        return drop(node, fault == V6NF_UDP_LENGTH_BAD      ? V6NF_DROP_UDP_LENGTH
                          : fault == V6NF_UDP_CHECKSUM_ZERO ? V6NF_DROP_UDP_CHECKSUM_ZERO
                                                            : V6NF_DROP_UDP_CHECKSUM);
    }
    const struct v6nf_udp_binding *binding = find_port(node, v6nf_load16(header + V6NF_UDP_DESTINATION_PORT));
    if (binding == NULL || binding->handler == NULL) {
        return v6nf_icmpv6_error(node, packet, V6NF_ICMPV6_DESTINATION_UNREACHABLE, V6NF_ICMPV6_PORT_UNREACHABLE, 0u,
                                 V6NF_DROP_UDP_PORT);
    }
    if (packet->upper != UPPER) {
        v6nf_ext_strip(packet);
        header = packet->frame + UPPER;
    }
    struct v6nf_udp_datagram datagram;
    datagram.payload = header + V6NF_UDP_HEADER_SIZE;
    datagram.length = length - V6NF_UDP_HEADER_SIZE;
    datagram.capacity =
        (packet->capacity < node->longest_packet ? packet->capacity : node->longest_packet) - V6NF_UDP_PAYLOAD;
    datagram.source = ipv6 + V6NF_IPV6_SOURCE;
    datagram.destination = ipv6 + V6NF_IPV6_DESTINATION;
    datagram.source_port = v6nf_load16(header + V6NF_UDP_SOURCE_PORT);
    datagram.destination_port = v6nf_load16(header + V6NF_UDP_DESTINATION_PORT);
    datagram.now = packet->now;
    datagram.unchanged = false;
    uint32_t answer = binding->handler(binding->context, &datagram);
    /* Port 0 as source says that no reply is wanted (RFC 768). */
    if (answer > datagram.capacity || datagram.source_port == 0u) {
        return answer == V6NF_UDP_NO_REPLY ? deliver(node) : drop(node, V6NF_DROP_UDP_REPLY);
    }
    return reply(node, packet, &datagram, answer);
}

uint32_t v6nf_udp_send(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint32_t length, uint16_t source_port,
                       const struct v6nf_address *destination, uint16_t destination_port, uint64_t now)
{
    uint8_t *ipv6 = frame + PACKET;
    uint8_t *header = frame + UPPER;
    if (length > UINT16_MAX || V6NF_UDP_PAYLOAD + length > node->longest_packet) {
        return drop(node, V6NF_DROP_MTU);
    }
    if (V6NF_UDP_PAYLOAD + length > capacity) {
        return drop(node, V6NF_DROP_CAPACITY);
    }
    if (source_port == 0u || destination_port == 0u) {
        return drop(node, V6NF_DROP_UDP_PORT);
    }
    uint32_t own = v6nf_interface_select_source(node, destination->bytes);
    if (own == NO_ADDRESS) {
        return drop(node, V6NF_DROP_NO_SOURCE);
    }
    bool to_group = v6nf_address_is_multicast(destination->bytes);
    v6nf_ipv6_write(ipv6, V6NF_UDP_HEADER_SIZE + length, V6NF_NEXT_HEADER_UDP,
                    to_group ? node->multicast_hop_limit : node->hop_limit);
    v6nf_address_copy(ipv6 + V6NF_IPV6_SOURCE, node->addresses[own].address.bytes);
    v6nf_address_copy(ipv6 + V6NF_IPV6_DESTINATION, destination->bytes);
    v6nf_store16(header + V6NF_UDP_SOURCE_PORT, source_port);
    v6nf_store16(header + V6NF_UDP_DESTINATION_PORT, destination_port);
    v6nf_udp_finish(ipv6, header, V6NF_UDP_HEADER_SIZE + length);
    uint32_t leaves = output_own(node, frame, V6NF_UDP_PAYLOAD + length, capacity, now);
    if (leaves != 0u) {
        count(node, V6NF_ORIGINATED);
    }
    return leaves;
}
