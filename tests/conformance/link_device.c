/* link_device.c: a device at the other end of a network interface, on real time. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link.h"
#include "suite.h"
#include "v6nf/env.h"

static const struct device *device;
static int packets; /* the socket */

static uint64_t now(void)
{
    return v6nf_env_clock();
}

/* While the interface is down, the frame is lost, as on a wire. */
static void send_frame(const struct test_frame *frame)
{
    if (send(packets, frame->bytes, frame->length, 0) < 0 && errno != ENETDOWN) {
        perror("conformance: a frame cannot be sent");
    }
}

/* Read a frame of the socket. Return false if the device did not send it. */
static bool read_frame(struct test_frame *frame)
{
    struct sockaddr_ll from;
    socklen_t size = sizeof from;
    ssize_t length =
        recvfrom(packets, frame->bytes, sizeof frame->bytes, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
    frame->length = length > 0 ? (uint32_t)length : 0u;
    return length >= 54 && from.sll_pkttype != PACKET_OUTGOING && is_mac(frame->bytes + 6, device->mac);
}

static bool receive(struct test_frame *frame, uint64_t until)
{
    for (;;) {
        uint64_t time = now();
        struct pollfd wanted = {.fd = packets, .events = POLLIN};
        int left = time < until ? (int)((until - time) / 1000u + 1u) : 0;
        if (poll(&wanted, 1, left) > 0 && read_frame(frame)) {
            return true;
        }
        if (left == 0) {
            return false;
        }
    }
}

static bool restart(void)
{
    return device->restart != NULL && system(device->restart) == 0;
}

/* Nothing can be enabled in a device; the policy table is part of RFC 6724. */
static bool enable(unsigned features)
{
    return (features & ~(unsigned)LABELS) == 0u;
}

/* A device learns all that it needs from the Router Advertisement. */
static void configure(bool router)
{
    (void)router;
}

static bool send_ping(const char *destination, uint32_t size)
{
    char command[1024];
    char text[12];
    if (device->ping == NULL) {
        return false;
    }
    snprintf(text, sizeof text, "%u", size);
    snprintf(command, sizeof command, "(%s) >/dev/null 2>&1 &", device->ping);
    return setenv("SIZE", text, 1) == 0 && setenv("DESTINATION", destination, 1) == 0 && system(command) == 0;
}

static enum knowledge dns(const char *name)
{
    (void)name;
    return CANNOT_TELL;
}

static struct link device_link = {
    .now = now,
    .send = send_frame,
    .receive = receive,
    .restart = restart,
    .enable = enable,
    .reconnect = restart,
    .configure = configure,
    .ping = send_ping,
    .uses_routes = true,
    .has_dhcpv6 = false,
    .dns_server = dns,
    .dns_domain = dns,
};

/* Return a socket for all IPv6 frames of the interface, or -1. */
static int open_socket(const char *interface)
{
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IPV6), .sll_ifindex = (int)if_nametoindex(interface)};
    struct packet_mreq all = {.mr_ifindex = address.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
    int file = address.sll_ifindex != 0 ? socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_IPV6)) : -1;
    if (file >= 0 && (bind(file, (struct sockaddr *)&address, sizeof address) != 0 ||
                      setsockopt(file, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) != 0)) {
        close(file);
        return -1;
    }
    return file;
}

const struct link *device_link_open(const struct device *described)
{
    device = described;
    device_link.mac = described->mac;
    packets = open_socket(described->interface);
    if (packets < 0) {
        fprintf(stderr, "conformance: %s: %s (is it there, and is this root?)\n", described->interface,
                strerror(errno));
        return NULL;
    }
    return &device_link;
}
