/* lwipopts.h: the fastest lwIP that does the work of the benchmark: one thread, one interface, IPv6 alone, no locks, no
 * assertions, memory from pools, every checksum written and verified. */
#ifndef BENCH_LWIPOPTS_H
#define BENCH_LWIPOPTS_H

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_TCPIP_CORE_LOCKING 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_TIMERS 0
#define LWIP_STATS 0
#define LWIP_NOASSERT 1

#define MEM_ALIGNMENT 8
#define MEM_LIBC_MALLOC 0
#define MEMP_MEM_MALLOC 0
#define MEM_SIZE 65536

/* CHECKSUM_GEN_* and CHECKSUM_CHECK_* are on by default. So is algorithm 2, the fastest of the three that lwIP has:
 * gcc vectorizes its loop. */
#define LWIP_CHECKSUM_CTRL_PER_NETIF 0
#define LWIP_CHKSUM_ALGORITHM 2

#define LWIP_SINGLE_NETIF 1
#define LWIP_HAVE_LOOPIF 0
#define LWIP_NETIF_LOOPBACK 0

#define LWIP_ETHERNET 1
#define LWIP_SUPPORT_CUSTOM_PBUF 1

#define LWIP_IPV4 0
#define LWIP_ARP 0
#define LWIP_TCP 0
#define LWIP_RAW 0
#define LWIP_DNS 0
#define LWIP_UDP 1
#define LWIP_UDPLITE 0

#define LWIP_IPV6 1
#define LWIP_ICMP6 1
#define LWIP_IPV6_MLD 0
#define LWIP_IPV6_FORWARD 0
#define LWIP_IPV6_FRAG 0
#define LWIP_IPV6_REASS 0
#define LWIP_IPV6_SCOPES 0
#define LWIP_IPV6_AUTOCONFIG 0
#define LWIP_IPV6_SEND_ROUTER_SOLICIT 0
#define LWIP_IPV6_DUP_DETECT_ATTEMPTS 0
#define LWIP_IPV6_NUM_ADDRESSES 2
#define LWIP_ND6_QUEUEING 1

#endif
