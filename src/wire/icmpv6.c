/* icmpv6.c: RFC 4443, 2.1 and 2.3. */
#include "v6nf/icmpv6.h"

bool v6nf_icmpv6_check(const uint8_t *packet, const uint8_t *message, uint32_t length)
{
    if (length < V6NF_ICMPV6_HEADER_SIZE) {
        return false;
    }
    uint64_t sum = v6nf_checksum_pseudo(packet + V6NF_IPV6_SOURCE, length, V6NF_NEXT_HEADER_ICMPV6);
    return v6nf_checksum_fold(v6nf_checksum_add(message, length, sum)) == V6NF_CHECKSUM_RIGHT;
}

void v6nf_icmpv6_finish(const uint8_t *packet, uint8_t *message, uint32_t length)
{
    v6nf_store16(message + V6NF_ICMPV6_CHECKSUM, 0u);
    uint64_t sum = v6nf_checksum_pseudo(packet + V6NF_IPV6_SOURCE, length, V6NF_NEXT_HEADER_ICMPV6);
    v6nf_store_word16(message + V6NF_ICMPV6_CHECKSUM, v6nf_checksum_finish(v6nf_checksum_add(message, length, sum)));
}

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
