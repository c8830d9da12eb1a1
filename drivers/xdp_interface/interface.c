/* interface.c: an interface with the program of AF_XDP: see xdp.h. */
#define _GNU_SOURCE
#include "program.h"

#include "v6nf/env.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define MTU_MIN 1280 /* RFC 8200, 5 */
#define MAC_SIZE 6u
#define VLAN_MAX 4094u
#define PREFIX_MAX 128u

/* Ask `request` (SIOCGIF...) about the interface `name`. */
static bool ask_kernel(const struct v6nf_xdp_interface *interface, unsigned long request, struct ifreq *answer)
{
    memset(answer, 0, sizeof *answer);
    memcpy(answer->ifr_name, interface->name, sizeof interface->name);
    return ioctl(interface->control, request, answer) == 0;
}

static bool is_station(const uint8_t *mac)
{
    const uint8_t none[MAC_SIZE] = {0};
    return (mac[0] & 1u) == 0u && memcmp(mac, none, MAC_SIZE) != 0;
}

static bool is_config_good(const struct v6nf_xdp_config *config)
{
    const size_t length = config->name != NULL ? strnlen(config->name, V6NF_XDP_NAME_SIZE) : 0u;
    const bool has_prefix = config->prefix != NULL && config->prefix_length - 1u < PREFIX_MAX;
    return length > 0u && length < V6NF_XDP_NAME_SIZE && config->claim <= V6NF_XDP_CLAIM_ALL &&
           config->mode <= V6NF_XDP_GENERIC && config->groups_queue < V6NF_XDP_QUEUES &&
           config->pause <= V6NF_XDP_PAUSE_MAX && (config->mac == NULL || is_station(config->mac)) &&
           (config->claim != V6NF_XDP_CLAIM_PREFIX || has_prefix) &&
           (config->claim != V6NF_XDP_CLAIM_VLAN || config->vlan - 1u < VLAN_MAX);
}

/* Choose the address of the ports. With CLAIM_MAC it is not the kernel's, with CLAIM_PREFIX it must be. */
static bool choose_xdp_mac(struct v6nf_xdp_interface *interface, const struct v6nf_xdp_config *config,
                           const uint8_t *kernels)
{
    const bool is_kernels = config->claim == V6NF_XDP_CLAIM_PREFIX || config->claim == V6NF_XDP_CLAIM_ALL;
    if (config->mac != NULL || is_kernels) {
        memcpy(interface->mac, config->mac != NULL ? config->mac : kernels, MAC_SIZE);
    } else {
        /* The bytes need not be unpredictable: Duplicate Address Detection finds a second node with the same ones. */
        (void)v6nf_env_entropy(interface->mac, MAC_SIZE);
        interface->mac[0] = (uint8_t)((interface->mac[0] & 0xFCu) + 2u); /* locally administered (IEEE 802, 8.4) */
        interface->mac[MAC_SIZE - 1u] ^= memcmp(interface->mac, kernels, MAC_SIZE) == 0 ? 1u : 0u;
    }
    const bool same = memcmp(interface->mac, kernels, MAC_SIZE) == 0;
    return (config->claim != V6NF_XDP_CLAIM_MAC || !same) && (config->claim != V6NF_XDP_CLAIM_PREFIX || same);
}

/* Find the interface, and what its ports must know of it. */
static enum v6nf_xdp_status find_interface(struct v6nf_xdp_interface *interface, const struct v6nf_xdp_config *config)
{
    struct ifreq answer;
    interface->control = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); /* receives nothing */
    if (interface->control < 0 || !ask_kernel(interface, SIOCGIFINDEX, &answer)) {
        return xdp_status_of_error(errno);
    }
    interface->index = (uint32_t)answer.ifr_ifindex;
    if (!ask_kernel(interface, SIOCGIFMTU, &answer)) {
        return xdp_status_of_error(errno);
    }
    interface->mtu = (uint32_t)answer.ifr_mtu;
    if (!ask_kernel(interface, SIOCGIFHWADDR, &answer)) {
        return xdp_status_of_error(errno);
    }
    if (answer.ifr_hwaddr.sa_family != ARPHRD_ETHER) {
        return V6NF_XDP_NOT_ETHERNET;
    }
    if (interface->mtu < MTU_MIN || interface->mtu > V6NF_XDP_MTU_MAX) {
        return V6NF_XDP_MTU_BAD;
    }
    const void *kernels = answer.ifr_hwaddr.sa_data;
    return choose_xdp_mac(interface, config, kernels) ? V6NF_XDP_OPEN : V6NF_XDP_CONFIG_BAD;
}

/* Let the interface receive more than the kernel needs. The kernel undoes this at the end of the socket. */
static bool receive_also(const struct v6nf_xdp_interface *interface, int what)
{
    struct packet_mreq request = {.mr_ifindex = (int)interface->index, .mr_type = (unsigned short)what};
    if (what == PACKET_MR_UNICAST) {
        request.mr_alen = MAC_SIZE;
        memcpy(request.mr_address, interface->mac, MAC_SIZE);
    }
    return setsockopt(interface->control, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request) == 0;
}

static bool receive_claimed(const struct v6nf_xdp_interface *interface, enum v6nf_xdp_claim claim)
{
    if (claim == V6NF_XDP_CLAIM_VLAN || claim == V6NF_XDP_CLAIM_ALL) {
        return receive_also(interface, PACKET_MR_PROMISC); /* also any VLAN */
    }
    return (claim != V6NF_XDP_CLAIM_MAC || receive_also(interface, PACKET_MR_UNICAST)) &&
           (!interface->has_groups || receive_also(interface, PACKET_MR_ALLMULTI));
}

enum v6nf_xdp_status v6nf_xdp_attach(struct v6nf_xdp_interface *interface, const struct v6nf_xdp_config *config)
{
    const bool shares_groups = config->claim == V6NF_XDP_CLAIM_MAC || config->claim == V6NF_XDP_CLAIM_PREFIX;
    memset(interface, 0, sizeof *interface);
    interface->map = interface->program = interface->link = interface->control = -1;
    if (!is_config_good(config)) {
        return V6NF_XDP_CONFIG_BAD;
    }
    memcpy(interface->name, config->name, strnlen(config->name, V6NF_XDP_NAME_SIZE));
    interface->copy = config->copy;
    interface->pause = config->pause;
    interface->groups_queue = config->groups_queue;
    interface->has_groups = shares_groups && !config->without_groups;
    enum v6nf_xdp_status status = find_interface(interface, config);
    if (status == V6NF_XDP_OPEN && !receive_claimed(interface, config->claim)) {
        status = xdp_status_of_error(errno);
    }
    if (status == V6NF_XDP_OPEN) {
        status = xdp_program_start(interface, config);
    }
    if (status != V6NF_XDP_OPEN) {
        const int error = errno;
        v6nf_xdp_detach(interface);
        errno = error; /* belongs to V6NF_XDP_FAILED */
    }
    return status;
}

void v6nf_xdp_detach(struct v6nf_xdp_interface *interface)
{
    int *const files[] = {&interface->link, &interface->program, &interface->map, &interface->control};
    for (uint32_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (*files[i] >= 0) {
            (void)close(*files[i]);
        }
        *files[i] = -1;
    }
}

const char *v6nf_xdp_status_text(enum v6nf_xdp_status status)
{
    switch (status) {
    case V6NF_XDP_OPEN:
        return "the interface is open";
    case V6NF_XDP_CONFIG_BAD:
        return "the configuration is not valid: a name has 1 to 15 characters; the MAC address is that of one station,"
               " and another than the kernel's unless a prefix is claimed; a VLAN is 1 to 4094; a prefix has 1 to 128"
               " bits; a queue is 0 to 63; a pause has at most 1000 us; a group has 1 to 8 different interfaces";
    case V6NF_XDP_NO_INTERFACE:
        return "there is no interface of this name; \"ip link\" lists them";
    case V6NF_XDP_NOT_ETHERNET:
        return "this is no Ethernet interface; choose another one";
    case V6NF_XDP_MTU_BAD:
        return "the interface's MTU is below 1280, or a frame does not fit into one buffer of AF_XDP; set another one "
               "(ip"
               " link set dev NAME mtu 1500)";
    case V6NF_XDP_DOWN:
        return "the interface is down; bring it up (ip link set dev NAME up)";
    case V6NF_XDP_NOT_SUPPORTED:
        return "this kernel or this interface cannot do that; Linux 5.10 with CONFIG_XDP_SOCKETS, CONFIG_BPF_SYSCALL "
               "and"
               " CONFIG_PACKET is needed";
    case V6NF_XDP_NO_PERMISSION:
        return "no right to use AF_XDP; run as root, or with CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF in the first user"
               " namespace (before Linux 5.11 also raise the limit of locked memory)";
    case V6NF_XDP_MEMORY_LOCKED:
        return "the limit of locked memory is too low; raise it (ulimit -l unlimited), or run with CAP_IPC_LOCK";
    case V6NF_XDP_REFUSED:
        return "the kernel refuses the program; its log says why";
    case V6NF_XDP_INTERFACE_BUSY:
        return "another XDP program is on this interface; end its owner, or remove it (ip link set dev NAME xdp off)";
    case V6NF_XDP_NOT_NATIVE:
        return "the interface's driver cannot run the program now; use the generic mode, another MTU, or fewer queues";
    case V6NF_XDP_NO_QUEUE:
        return "the interface has no such queue; \"ethtool -l NAME\" shows how many it has";
    case V6NF_XDP_QUEUE_BUSY:
        return "another program has this queue; end it, or choose another queue";
    case V6NF_XDP_FAILED:
        return "the kernel refused, see errno";
    }
    return "unknown status";
}
