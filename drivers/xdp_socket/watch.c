/* watch.c: the packet socket of a port: see socket.h. */
#define _GNU_SOURCE
#include "socket.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define ETHER_TYPE_NONE 0x0060 /* below 0x0600 it is a length: no frame has this type */

bool xdp_watch_open(struct v6nf_xdp_socket *self, bool has_copies)
{
    /* The kernel has removed a tag, and a frame of a VLAN that it does not know is for other hosts. */
    struct sock_filter group_frames[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OTHERHOST, 3, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x3333, 0, 1), /* RFC 2464, 7 */
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog filter = {.len = sizeof group_frames / sizeof group_frames[0], .filter = group_frames};
    const struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                        .sll_protocol = htons(has_copies ? ETH_P_IPV6 : ETHER_TYPE_NONE),
                                        .sll_ifindex = (int)self->interface_index};
    const int file = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    self->watch = file;
    return file >= 0 && setsockopt(file, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0 &&
           bind(file, (const struct sockaddr *)&address, sizeof address) == 0;
}

void xdp_watch_look(struct v6nf_xdp_socket *socket)
{
    int error = 0;
    socklen_t size = sizeof error;
    (void)getsockopt(socket->watch, SOL_SOCKET, SO_ERROR, &error, &size);
    xdp_socket_look(socket);
}

bool xdp_watch_link_up(const struct v6nf_xdp_socket *socket)
{
    const int needed = IFF_UP | IFF_RUNNING;
    struct ifreq answer;
    memset(&answer, 0, sizeof answer);
    answer.ifr_ifindex = (int)socket->interface_index;
    /* Its name may have changed. */
    return xdp_socket_is_usable(socket) && ioctl(socket->watch, SIOCGIFNAME, &answer) == 0 &&
           ioctl(socket->watch, SIOCGIFFLAGS, &answer) == 0 && (answer.ifr_flags & needed) == needed;
}
