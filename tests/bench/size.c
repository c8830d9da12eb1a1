/* size.c: a program for a small board that uses every function of a host in its preset. Its size, after the linker has
 * removed unused sections, is the size of a host. The board is volatile, so that the compiler removes nothing. The Echo
 * client is not a part of a host: only programs that use it link it. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "v6nf/v6nf.h"

/* Packet buffers of the node: frames that wait for address resolution, are reassembled, or are sent in fragments. */
#define PACKET_BUFFERS                                                                                                 \
    (V6NF_WAITING * V6NF_WAITING_FRAME_SIZE + V6NF_REASSEMBLIES * (V6NF_REASSEMBLY_HEAD + V6NF_REASSEMBLY_DATA) +      \
     V6NF_FRAGMENTATIONS * (V6NF_ETHER_HEADER_SIZE + V6NF_FRAGMENTATION_SIZE))

/* The structure without them, and they alone. Read from the object file, never linked. */
extern uint8_t size_of_node[sizeof(struct v6nf_node) - PACKET_BUFFERS];
extern uint8_t size_of_packet_buffers[PACKET_BUFFERS];
uint8_t size_of_node[sizeof size_of_node];
uint8_t size_of_packet_buffers[sizeof size_of_packet_buffers];

extern volatile uint32_t board[4];
volatile uint32_t board[4];

static struct v6nf_node node;
static uint8_t frame[1514];

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    }
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    if ((uintptr_t)to <= (uintptr_t)from) {
        return memcpy(to, from, size);
    }
    for (size_t i = size; i > 0u; i--) {
        ((uint8_t *)to)[i - 1u] = ((const uint8_t *)from)[i - 1u];
    }
    return to;
}

void *memset(void *to, int value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)to)[i] = (uint8_t)value;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        int difference = (int)((const uint8_t *)a)[i] - (int)((const uint8_t *)b)[i];
        if (difference != 0) {
            return difference;
        }
    }
    return 0;
}

static uint32_t echo(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    return datagram->length;
}

static void set_up(const struct v6nf_address *address)
{
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
    static const uint8_t secret[16] = {1};
    struct v6nf_node_config config = {.mac = mac,
                                      .mtu = 1500u,
                                      .dad_transmits = 1u,
                                      .seed = board[0],
                                      .predictable = true,
                                      .autoconfigure = true,
                                      .secret = secret};
    board[0] = (uint32_t)v6nf_node_init(&node, &config, board[0]);
    board[0] = (uint32_t)v6nf_node_add_address(&node, address, 64u, board[0]);
    board[0] = (uint32_t)v6nf_node_set_gateway(&node, address);
    board[0] = (uint32_t)v6nf_udp_bind(&node, 7u, echo, 0);
#if V6NF_MLD
    board[0] = (uint32_t)v6nf_multicast_join(&node, address, board[0]);
    board[0] = (uint32_t)v6nf_multicast_leave(&node, address, board[0]);
    v6nf_multicast_set_hop_limit(&node, (uint8_t)board[0]);
#endif
}

int main(void)
{
    struct v6nf_address address;
    struct v6nf_udp_message message = {.remote_port = 7u, .local_port = 7u};
    uint32_t length = 0;
    for (uint32_t i = 0; i < V6NF_ADDRESS_SIZE; i++) {
        address.bytes[i] = (uint8_t)board[0];
    }
    set_up(&address);
    for (;;) {
        board[1] = v6nf_node_input(&node, frame, board[1], sizeof frame, board[0]);
        board[1] = v6nf_node_tick(&node, frame, sizeof frame, board[0]);
        message.remote = address;
        board[1] = (uint32_t)v6nf_udp_send(&node, frame, 4u, sizeof frame, &message, &length, board[0]);
        board[1] = length;
        board[2] = (uint32_t)v6nf_node_next_due(&node);
#if V6NF_DNS
        board[2] = v6nf_node_dns_server(&node, board[0], &address, board[1]) ? 1u : 0u;
        board[2] = v6nf_node_dns_domain(&node, board[0], board[1]) != 0 ? 1u : 0u;
#endif
        if (board[0] != 0u) {
            v6nf_node_link_up(&node, board[0]);
        }
        board[3] = !v6nf_node_is_detecting(&node) ? 1u : 0u;
    }
}
