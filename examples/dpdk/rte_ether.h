/* rte_ether.h: Ethernet headers. */
#ifndef RTE_ETHER_H
#define RTE_ETHER_H

#include "rte_byteorder.h"

#define RTE_ETHER_ADDR_LEN 6
#define RTE_ETHER_TYPE_LEN 2
#define RTE_ETHER_CRC_LEN 4
#define RTE_ETHER_HDR_LEN 14
#define RTE_ETHER_MIN_LEN 64   /* with FCS */
#define RTE_ETHER_MAX_LEN 1518 /* with FCS */
#define RTE_ETHER_MTU (RTE_ETHER_MAX_LEN - RTE_ETHER_HDR_LEN - RTE_ETHER_CRC_LEN)

#define RTE_ETHER_TYPE_IPV4 0x0800
#define RTE_ETHER_TYPE_ARP 0x0806
#define RTE_ETHER_TYPE_VLAN 0x8100
#define RTE_ETHER_TYPE_IPV6 0x86DD
#define RTE_ETHER_TYPE_QINQ 0x88A8

struct rte_ether_addr {
    uint8_t addr_bytes[RTE_ETHER_ADDR_LEN];
} __attribute__((aligned(2)));

struct rte_ether_hdr {
    struct rte_ether_addr dst_addr;
    struct rte_ether_addr src_addr;
    rte_be16_t ether_type;
} __attribute__((aligned(2)));

struct rte_vlan_hdr {
    rte_be16_t vlan_tci;
    rte_be16_t eth_proto;
} __attribute__((packed));

#endif
