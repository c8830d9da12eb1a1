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

enum v6nf_status v6nf_udp_on_error(struct v6nf_node *node, uint16_t port, v6nf_udp_error_handler *handler)
{
    struct v6nf_udp_binding *binding = port != 0u ? find_port(node, port) : NULL;
    if (binding == NULL) {
        return V6NF_INVALID;
    }
    binding->on_error = handler;
    return V6NF_OK;
}

bool v6nf_udp_error(struct v6nf_node *node, const struct packet_error *error)
{
    const uint8_t *ipv6 = error->quote.packet;
    const uint8_t *header = error->quote.upper;
    if (error->quote.upper_length < V6NF_UDP_LENGTH) {
        return false; /* not both ports */
    }
    const struct v6nf_udp_binding *binding = find_port(node, v6nf_load16(header + V6NF_UDP_SOURCE_PORT));
    if (binding == NULL || binding->on_error == NULL) {
        return false;
    }
    bool has_payload = error->quote.upper_length > V6NF_UDP_HEADER_SIZE;
    const struct v6nf_udp_error told = {
        .type = error->type,
        .code = error->code,
        .parameter = error->parameter,
        .source = error->source,
        .local = ipv6 + V6NF_IPV6_SOURCE,
        .remote = ipv6 + V6NF_IPV6_DESTINATION,
        .local_port = v6nf_load16(header + V6NF_UDP_SOURCE_PORT),
        .remote_port = v6nf_load16(header + V6NF_UDP_DESTINATION_PORT),
        .payload = has_payload ? header + V6NF_UDP_HEADER_SIZE : NULL,
        .length = has_payload ? error->quote.upper_length - V6NF_UDP_HEADER_SIZE : 0u,
    };
    binding->on_error(binding->context, &told);
    return true;
}

/* Whether datagrams of the port, which is not 0, may do without a checksum in this direction (RFC 6936, 4). */
static bool may_lack_checksum(struct v6nf_node *node, uint16_t port, uint32_t direction)
{
#if V6NF_UDP_ZERO_CHECKSUM
    const struct v6nf_udp_binding *binding = find_port(node, port);
    return binding != NULL && (binding->without_checksum & direction) != 0u;
#else
    (void)node, (void)port, (void)direction;
    return false;
#endif
}

/* Writes Length, and 0 where the checksum would stand. */
static void finish_without_checksum(uint8_t *header, uint32_t length)
{
    v6nf_store16(header + V6NF_UDP_LENGTH, (uint16_t)(length & 0xFFFFu));
    v6nf_store16(header + V6NF_UDP_CHECKSUM, 0u);
}

/* Makes the datagram in the frame the reply of `length` bytes of payload. */
static uint32_t reply(struct v6nf_node *node, const struct packet *packet, const struct v6nf_udp_datagram *datagram,
                      uint32_t length)
{
    uint8_t *ipv6 = packet->frame + PACKET;
    uint8_t *header = packet->frame + UPPER;
    bool was_unicast = !v6nf_address_is_multicast(ipv6 + V6NF_IPV6_DESTINATION);
    if (!turn_around(node, ipv6)) {
        return drop(node, V6NF_DROP_NO_SOURCE);
    }
    v6nf_ipv6_write(ipv6, V6NF_UDP_HEADER_SIZE + length, V6NF_NEXT_HEADER_UDP, node->hop_limit);
    v6nf_store16(header + V6NF_UDP_SOURCE_PORT, datagram->destination_port);
    v6nf_store16(header + V6NF_UDP_DESTINATION_PORT, datagram->source_port);
    if (datagram->omit_checksum && was_unicast && may_lack_checksum(node, datagram->destination_port, V6NF_UDP_SEND)) {
        finish_without_checksum(header, V6NF_UDP_HEADER_SIZE + length);
    } else if (!was_unicast || !datagram->unchanged || length != datagram->length || !datagram->has_checksum) {
        /* Otherwise it is right: the sum of two addresses, and of two ports, is the same either way round. */
        v6nf_udp_finish(ipv6, header, V6NF_UDP_HEADER_SIZE + length);
    }
    return v6nf_output(node, packet->frame, V6NF_UDP_PAYLOAD + length, packet->capacity, packet->now);
}

/* Whether the datagram, whose header is there and which has no checksum, may be taken all the same. */
static bool may_come_without_checksum(struct v6nf_node *node, const struct packet *packet)
{
    uint16_t port = v6nf_load16(packet->frame + packet->upper + V6NF_UDP_DESTINATION_PORT);
    return port != 0u && !is_to_group(packet) && may_lack_checksum(node, port, V6NF_UDP_RECEIVE);
}

uint32_t v6nf_udp_input(struct v6nf_node *node, struct packet *packet)
{
    uint8_t *ipv6 = packet->frame + PACKET;
    uint8_t *header = packet->frame + packet->upper;
    uint32_t length = 0;
    enum v6nf_udp_fault fault = v6nf_udp_check(ipv6, header, packet->end - packet->upper, &length);
    if (fault != V6NF_UDP_GOOD && (fault != V6NF_UDP_CHECKSUM_ZERO || !may_come_without_checksum(node, packet))) {
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
    datagram.has_checksum = fault == V6NF_UDP_GOOD;
    datagram.unchanged = false;
    datagram.omit_checksum = false;
    uint32_t answer = binding->handler(binding->context, &datagram);
    /* Port 0 as source says that no reply is wanted (RFC 768). */
    if (answer > datagram.capacity || datagram.source_port == 0u) {
        return answer == V6NF_UDP_NO_REPLY ? deliver(node) : drop(node, V6NF_DROP_UDP_REPLY);
    }
    return reply(node, packet, &datagram, answer);
}

/* Writes all of the datagram but its Length and checksum. Returns false, counted as a drop, if it cannot be sent. */
static bool write_datagram(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint32_t length, uint16_t source_port,
                           const struct v6nf_address *destination, uint16_t destination_port)
{
    uint8_t *ipv6 = frame + PACKET;
    uint8_t *header = frame + UPPER;
    if (length > UINT16_MAX || V6NF_UDP_PAYLOAD + length > node->longest_packet) {
        count(node, V6NF_DROP_MTU);
        return false;
    }
    if (V6NF_UDP_PAYLOAD + length > capacity) {
        count(node, V6NF_DROP_CAPACITY);
        return false;
    }
    if (source_port == 0u || destination_port == 0u) {
        count(node, V6NF_DROP_UDP_PORT);
        return false;
    }
    uint32_t own = v6nf_interface_select_source(node, destination->bytes);
    if (own == NO_ADDRESS) {
        count(node, V6NF_DROP_NO_SOURCE);
        return false;
    }
    bool to_group = v6nf_address_is_multicast(destination->bytes);
    v6nf_ipv6_write(ipv6, V6NF_UDP_HEADER_SIZE + length, V6NF_NEXT_HEADER_UDP,
                    to_group ? node->multicast_hop_limit : node->hop_limit);
    v6nf_address_copy(ipv6 + V6NF_IPV6_SOURCE, node->addresses[own].address.bytes);
    v6nf_address_copy(ipv6 + V6NF_IPV6_DESTINATION, destination->bytes);
    v6nf_store16(header + V6NF_UDP_SOURCE_PORT, source_port);
    v6nf_store16(header + V6NF_UDP_DESTINATION_PORT, destination_port);
    return true;
}

/* Sends the datagram with `length` bytes of payload, all written. */
static uint32_t originate(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint32_t length, uint64_t now)
{
    uint32_t leaves = v6nf_output(node, frame, V6NF_UDP_PAYLOAD + length, capacity, now);
    if (leaves != 0u) {
        count(node, V6NF_ORIGINATED);
    }
    return leaves;
}

uint32_t v6nf_udp_send(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint32_t length, uint16_t source_port,
                       const struct v6nf_address *destination, uint16_t destination_port, uint64_t now)
{
    if (!write_datagram(node, frame, capacity, length, source_port, destination, destination_port)) {
        return 0;
    }
    v6nf_udp_finish(frame + PACKET, frame + UPPER, V6NF_UDP_HEADER_SIZE + length);
    return originate(node, frame, capacity, length, now);
}

#if V6NF_UDP_ZERO_CHECKSUM
enum v6nf_status v6nf_udp_allow_no_checksum(struct v6nf_node *node, uint16_t port, uint32_t directions)
{
    struct v6nf_udp_binding *binding = port != 0u ? find_port(node, port) : NULL;
    if (binding == NULL || directions > V6NF_UDP_RECEIVE + V6NF_UDP_SEND) {
        return V6NF_INVALID;
    }
    binding->without_checksum = (uint8_t)directions;
    return V6NF_OK;
}

uint32_t v6nf_udp_send_without_checksum(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint32_t length,
                                        uint16_t source_port, const struct v6nf_address *destination,
                                        uint16_t destination_port, uint64_t now)
{
    if (!write_datagram(node, frame, capacity, length, source_port, destination, destination_port)) {
        return 0;
    }
    if (!may_lack_checksum(node, source_port, V6NF_UDP_SEND) || v6nf_address_is_multicast(destination->bytes)) {
        return drop(node, V6NF_DROP_UDP_CHECKSUM_ZERO);
    }
    finish_without_checksum(frame + UPPER, V6NF_UDP_HEADER_SIZE + length);
    return originate(node, frame, capacity, length, now);
}
#endif
