/* lwip_tap.c: lwIP of Debian's package, with its unix port, on a TAP interface. It answers pings, and returns every
 * datagram that arrives on UDP port 7: lwip_tap INTERFACE ADDRESS
 *
 * The library has threads: one reads the interface, one runs the stack. Its Ethernet address is 02:12:34:56:78:ab. */
#define _GNU_SOURCE
#include <limits.h> /* SSIZE_MAX: lwIP defines ssize_t without it */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <lwip/ip6_addr.h>
#include <lwip/netif.h>
#include <lwip/tcpip.h>
#include <lwip/udp.h>
#include <netif/tapif.h>

#define PORT 7

static struct netif interface;
static ip6_addr_t address;

static void echo(void *context, struct udp_pcb *port, struct pbuf *datagram, const ip_addr_t *from, u16_t source)
{
    (void)context;
    udp_sendto(port, datagram, from, source);
    pbuf_free(datagram);
}

/* Runs in lwIP's thread, when the stack is initialized. */
static void start(void *context)
{
    struct udp_pcb *port = udp_new_ip_type(IPADDR_TYPE_V6);
    (void)context;
    if (netif_add_noaddr(&interface, NULL, tapif_init, tcpip_input) == NULL || port == NULL ||
        udp_bind(port, IP6_ADDR_ANY, PORT) != ERR_OK) {
        fprintf(stderr, "lwip_tap: lwIP does not start\n");
        exit(1);
    }
    udp_recv(port, echo, NULL);
    netif_set_default(&interface);
    netif_create_ip6_linklocal_address(&interface, 1);
    netif_ip6_addr_set(&interface, 1, &address);
    netif_ip6_addr_set_state(&interface, 0, IP6_ADDR_PREFERRED);
    netif_ip6_addr_set_state(&interface, 1, IP6_ADDR_PREFERRED);
    netif_set_up(&interface);
    printf("listening\n");
    fflush(stdout);
}

int main(int count, char **arguments)
{
    if (count != 3 || ip6addr_aton(arguments[2], &address) != 1) {
        fprintf(stderr, "usage: lwip_tap INTERFACE ADDRESS\n");
        return 2;
    }
    setenv("PRECONFIGURED_TAPIF", arguments[1], 1);
    tcpip_init(start, NULL);
    for (;;) {
        pause();
    }
}
