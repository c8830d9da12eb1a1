/* icmpv6.c: the packet that an ICMPv6 error quotes (RFC 4443, 3). */
#include "v6nf/wire/icmpv6.h"

#include "v6nf/wire/ext.h"

bool v6nf_icmpv6_quoted(const uint8_t *packet, uint32_t size, struct v6nf_icmpv6_quote *quote)
{
    *quote = (struct v6nf_icmpv6_quote){0};
    if (size < V6NF_IPV6_HEADER_SIZE) {
        return false;
    }
    uint32_t end = V6NF_IPV6_HEADER_SIZE + (uint32_t)v6nf_load16(packet + V6NF_IPV6_PAYLOAD_LENGTH);
    if (end > size) {
        end = size;
    }
    uint32_t upper = 0;
    (void)v6nf_ext_find_upper_layer(packet, V6NF_IPV6_HEADER_SIZE, end, packet[V6NF_IPV6_NEXT_HEADER], &upper,
                                    &quote->next_header);
    quote->packet = packet;
    quote->upper = packet + upper;
    quote->upper_length = end - upper;
    return true;
}
