/* icmpv6.c: what an ICMPv6 error quotes (RFC 4443, 3). */
#include "v6nf/icmpv6.h"

bool v6nf_icmpv6_quoted(const uint8_t *message, uint32_t length, struct v6nf_icmpv6_quote *quote)
{
    *quote = (struct v6nf_icmpv6_quote){0};
    if (length < V6NF_ICMPV6_ERROR_SIZE + V6NF_IPV6_HEADER_SIZE) {
        return false;
    }
    quote->packet = message + V6NF_ICMPV6_ERROR_SIZE;
    quote->upper = quote->packet + V6NF_IPV6_HEADER_SIZE;
    quote->upper_length = length - (V6NF_ICMPV6_ERROR_SIZE + V6NF_IPV6_HEADER_SIZE);
    quote->next_header = quote->packet[V6NF_IPV6_NEXT_HEADER];
    return true;
}
