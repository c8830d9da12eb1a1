/* ring_flows.c: small datagrams of 512 flows to one address, for functions that read headers; their options. */
#include <stddef.h>
#include <string.h>

#include "../../examples/nf/nf.h"
#include "ring_frames.h"
#include "v6nf/wire/ether.h"
#include "v6nf/wire/ipv6.h"
#include "v6nf/wire/udp.h"

#define FLOWS 512u
#define PACKET V6NF_ETHER_HEADER_SIZE
#define UDP (PACKET + V6NF_IPV6_HEADER_SIZE)

const uint32_t ring_frame_length = UDP + V6NF_UDP_HEADER_SIZE;

/* Prefixes of the clients, and three backends. */
const char *const ring_options[] = {"--inside",  "2001:db8:1::/48",   "--outside", "2001:db8:2::/48",
                                    "--virtual", "2001:db8:3::80",    "--backend", "02:00:00:00:00:01",
                                    "--backend", "02:00:00:00:00:02", "--backend", "02:00:00:00:00:03",
                                    "--pass",    "documentation",     "--router",  "1",
                                    NULL};

/* Flows are in an order that no cache can follow. */
void ring_frame_write(uint8_t *frame, uint32_t number, bool back)
{
    const uint32_t flow = number * 101u % FLOWS;
    uint8_t *packet = frame + PACKET;
    uint8_t *client = packet + (back ? V6NF_IPV6_DESTINATION : V6NF_IPV6_SOURCE);
    uint8_t *service = packet + (back ? V6NF_IPV6_SOURCE : V6NF_IPV6_DESTINATION);
    memset(frame, 0, ring_frame_length);
    v6nf_store16(frame + V6NF_ETHER_TYPE, V6NF_ETHER_TYPE_IPV6);
    v6nf_ipv6_write(packet, V6NF_UDP_HEADER_SIZE, V6NF_NEXT_HEADER_UDP, 64);
    v6nf_store32(client, 0x20010DB8);
    v6nf_store32(client + 4, back ? 0x00020000 : 0x00010000);
    v6nf_store16(client + 14, (uint16_t)flow);
    v6nf_store32(service, 0x20010DB8);
    v6nf_store32(service + 4, 0x00030000);
    v6nf_store16(service + 14, 0x80);
    v6nf_store16(frame + UDP + V6NF_UDP_SOURCE_PORT, back ? 53 : (uint16_t)(1024u + flow));
    v6nf_store16(frame + UDP + V6NF_UDP_DESTINATION_PORT, back ? (uint16_t)(1024u + flow) : 53);
    v6nf_store16(frame + UDP + V6NF_UDP_LENGTH, V6NF_UDP_HEADER_SIZE);
}

/* The prefix was translated, or the frame is for a backend, or it has passed. */
bool ring_frame_is_good(const uint8_t *frame)
{
    return strcmp(nf_name, "firewall") == 0 || strcmp(nf_name, "template") == 0 ||
           v6nf_load16(frame + PACKET + V6NF_IPV6_SOURCE + 4u) == 2u || frame[0] == 0x02u;
}
