/* packet.c: removal of the extension headers of a received packet. */
#include "packet.h"

#include <string.h>

void v6nf_packet_strip(struct packet *packet)
{
    uint32_t length = packet->end - packet->upper;
    packet->frame[PACKET + V6NF_IPV6_NEXT_HEADER] = packet->frame[packet->next_header_at];
    memmove(packet->frame + UPPER, packet->frame + packet->upper, length);
    packet->next_header_at = PACKET + V6NF_IPV6_NEXT_HEADER;
    packet->upper = UPPER;
    packet->end = UPPER + length;
}
