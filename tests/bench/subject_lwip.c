/* subject_lwip.c: lwIP's raw API on one interface. Its receive buffers are allocated once and never freed, as by a
 * driver that owns a ring. lwIP allocates everything else as it likes. */
#define _DEFAULT_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/ethip6.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/priv/nd6_priv.h>
#include <lwip/udp.h>
#include <netif/ethernet.h>

#include "packets.h"
#include "subject.h"

static struct netif interface;

/* Buffer of the device's ring. lwIP prepends headers in place only if the bytes follow the structure. */
static struct {
    struct pbuf_custom descriptor;
    uint8_t bytes[FRAME_CAPACITY];
} frames[SLOTS];

static uint8_t sent_frame[FRAME_CAPACITY];
static uint32_t sent_length;

bool subject_lwip_copies_replies = true;

/* The device. callgrind excludes it by its name, so it must stay a function of its own. */
err_t bench_link_output(struct netif *netif, struct pbuf *frame);
__attribute__((noinline)) err_t bench_link_output(struct netif *netif, struct pbuf *frame)
{
    (void)netif;
    sent_length = frame->tot_len;
    if (subject_lwip_copies_replies) {
        pbuf_copy_partial(frame, sent_frame, frame->tot_len, 0);
    }
    return ERR_OK;
}

static void echo(void *context, struct udp_pcb *port, struct pbuf *datagram, const ip_addr_t *address, u16_t source)
{
    (void)context;
    udp_sendto(port, datagram, address, source);
    pbuf_free(datagram);
}

static void listen_on(u16_t port)
{
    struct udp_pcb *pcb = udp_new_ip_type(IPADDR_TYPE_V6);
    if (pcb == 0 || udp_bind(pcb, IP6_ADDR_ANY, port) != ERR_OK) {
        fprintf(stderr, "bench: lwIP does not open UDP port %u\n", (unsigned)port);
        exit(1);
    }
    udp_recv(pcb, echo, 0);
}

static err_t open_interface(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->mtu = 1500;
    netif->hwaddr_len = 6;
    memcpy(netif->hwaddr, host_mac, 6);
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_MLD6;
    netif->output_ip6 = ethip6_output;
    netif->linkoutput = bench_link_output;
    return ERR_OK;
}

/* Everything runs in the caller's thread, without lwIP's own. No timer runs: time stands still for the node, too. */
static void open_lwip(void)
{
    ip6_addr_t address;
    lwip_init();
    netif_add_noaddr(&interface, 0, open_interface, ethernet_input);
    netif_set_default(&interface);
    netif_create_ip6_linklocal_address(&interface, 1);
    netif_ip6_addr_set_state(&interface, 0, IP6_ADDR_PREFERRED);
    memset(&address, 0, sizeof address);
    memcpy(address.addr, host_address, sizeof host_address);
    netif_ip6_addr_set(&interface, 1, &address);
    netif_ip6_addr_set_state(&interface, 1, IP6_ADDR_PREFERRED);
    netif_set_up(&interface);
    netif_set_link_up(&interface);
    listen_on(PORT_ECHO);
    listen_on(PORT_ECHO_RECOMPUTED);
}

/* Free nothing: the ring keeps its buffers. */
static void keep(struct pbuf *frame)
{
    (void)frame;
}

static void load(uint32_t slot, const uint8_t *frame, uint32_t length)
{
    memcpy(frames[slot].bytes, frame, length);
    frames[slot].descriptor.custom_free_function = keep;
    pbuf_alloced_custom(PBUF_RAW, (u16_t)length, PBUF_RAM, &frames[slot].descriptor, frames[slot].bytes,
                        FRAME_CAPACITY);
}

static uint32_t handle(uint32_t slot)
{
    sent_length = 0;
    interface.input(&frames[slot].descriptor.pbuf, &interface);
    return sent_length;
}

static const uint8_t *reply(uint32_t slot)
{
    (void)slot;
    return sent_frame;
}

static bool resolved(void)
{
    for (uint32_t i = 0; i < LWIP_ND6_NUM_NEIGHBORS; i++) {
        if (memcmp(neighbor_cache[i].next_hop_address.addr, peer_address, sizeof peer_address) == 0) {
            return neighbor_cache[i].state == ND6_REACHABLE;
        }
    }
    return false;
}

/* lwIP has heard the router's advertisement. */
static void set_router(const uint8_t *address)
{
    (void)address;
}

/* No timer runs. */
static uint32_t tick(uint64_t microseconds)
{
    (void)microseconds;
    return 0;
}

void subject_lwip_describe(void)
{
    printf("version %s\n", LWIP_VERSION_STRING);
    printf("options NO_SYS=%d,LWIP_TCPIP_CORE_LOCKING=%d,SYS_LIGHTWEIGHT_PROT=%d,MEM_LIBC_MALLOC=%d,MEMP_MEM_MALLOC=%d,"
           "LWIP_STATS=%d,LWIP_IPV4=%d,LWIP_TCP=%d,LWIP_IPV6_MLD=%d,LWIP_IPV6_FORWARD=%d,LWIP_IPV6_FRAG=%d,"
           "LWIP_IPV6_REASS=%d,CHECKSUM_CHECK_UDP=%d,CHECKSUM_CHECK_ICMP6=%d,CHECKSUM_GEN_UDP=%d,CHECKSUM_GEN_ICMP6=%d,"
           "LWIP_CHECKSUM_ON_COPY=%d\n",
           NO_SYS, LWIP_TCPIP_CORE_LOCKING, SYS_LIGHTWEIGHT_PROT, MEM_LIBC_MALLOC, MEMP_MEM_MALLOC, LWIP_STATS,
           LWIP_IPV4, LWIP_TCP, LWIP_IPV6_MLD, LWIP_IPV6_FORWARD, LWIP_IPV6_FRAG, LWIP_IPV6_REASS, CHECKSUM_CHECK_UDP,
           CHECKSUM_CHECK_ICMP6, CHECKSUM_GEN_UDP, CHECKSUM_GEN_ICMP6, LWIP_CHECKSUM_ON_COPY);
}

const struct subject subject_lwip = {"lwip", open_lwip, load, handle, reply, resolved, set_router, tick};
