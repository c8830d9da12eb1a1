/* packet.c: the extension headers of a received packet are removed. */
#include "packet.h"

#include <string.h>

/* What the upper layers answer in place has no extension headers: the answer's header goes right behind the IPv6 header. */
void v6nf_packet_strip(struct packet *packet)
{
    uint32_t length = packet->end - packet->upper;
    packet->frame[PACKET + V6NF_IPV6_NEXT_HEADER] = packet->frame[packet->next_header_at];
    memmove(packet->frame + UPPER, packet->frame + packet->upper, length);
    packet->next_header_at = PACKET + V6NF_IPV6_NEXT_HEADER;
    packet->upper = UPPER;
    packet->end = UPPER + length;
}
