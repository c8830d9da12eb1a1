/* rte_ip.h: the IPv6 header (RFC 8200, 3). */
#ifndef RTE_IP_H
#define RTE_IP_H

#include "rte_byteorder.h"

struct rte_ipv6_hdr {
    rte_be32_t vtc_flow;
    rte_be16_t payload_len;
    uint8_t proto;
    uint8_t hop_limits;
    uint8_t src_addr[16];
    uint8_t dst_addr[16];
} __attribute__((packed));

#endif
