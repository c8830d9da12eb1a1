/* xdp_interface.h: a Linux network interface with the program of AF_XDP, as a part of xdp.h, which a program includes.
 * Context: the loop: any one thread, unless a call states otherwise. */
#ifndef V6NF_DRIVER_XDP_INTERFACE_H
#define V6NF_DRIVER_XDP_INTERFACE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_XDP_NAME_SIZE 16u   /* of an interface's name, with the terminating zero (IFNAMSIZ) */
#define V6NF_XDP_LOG_SIZE 4096u  /* of the kernel's report about the program */
#define V6NF_XDP_MTU_MAX 3822u   /* a page, less 256 bytes of the kernel, the Ethernet header and a VLAN tag */
#define V6NF_XDP_QUEUES 64u      /* of an interface, at most */
#define V6NF_XDP_PAUSE_MAX 1000u /* microseconds: in this time few cards receive more frames than a ring holds */

/* What the program passes to the ports. */
enum v6nf_xdp_claim {
    V6NF_XDP_CLAIM_MAC,    /* frames to the MAC address of the port, which is another than that of the kernel */
    V6NF_XDP_CLAIM_PREFIX, /* IPv6 packets to an address of a prefix, in frames to the kernel's MAC address */
    V6NF_XDP_CLAIM_VLAN,   /* all frames of a VLAN: vlan.h makes a port of it */
    /* All frames. The kernel gets those of queues that have no port: a function that must see each frame needs a port
     * for each queue, or an interface with fewer of them ("ethtool -L NAME combined 1"). */
    V6NF_XDP_CLAIM_ALL
};

/* Where the program runs. */
enum v6nf_xdp_mode {
    V6NF_XDP_AUTO,   /* native if the driver of the interface can, else generic */
    V6NF_XDP_NATIVE, /* in the driver, before the kernel has made a packet of the frame */
    V6NF_XDP_GENERIC /* in the kernel's receive path: any interface can, and it costs more */
};

/* Configuration of an interface. Zero is the default of each member but the name. */
struct v6nf_xdp_config {
    const char *name;          /* of the interface, 1 to 15 characters */
    enum v6nf_xdp_claim claim; /* what its ports get */
    const uint8_t *mac;        /* 6 bytes, copied; NULL: random, or the kernel's with CLAIM_PREFIX and CLAIM_ALL */
    const uint8_t *prefix;     /* CLAIM_PREFIX: 16 bytes, used only during the call */
    uint32_t prefix_length;    /* bits of it, 1 to 128 */
    uint32_t vlan;             /* CLAIM_VLAN: 1 to 4094 */
    uint32_t groups_queue;     /* the queue whose port gets copies of frames to groups */
    bool without_groups;       /* no port gets such copies */
    enum v6nf_xdp_mode mode;   /* where the program runs */
    bool copy;                 /* let the kernel copy frames, also if the driver could do without (zero-copy) */
    /* Microseconds, at most V6NF_XDP_PAUSE_MAX: while several frames collect in this time, a wait is a sleep of this
     * length, and of the timer slack. One wake-up then serves them all. It costs latency. 0: never. */
    uint32_t pause;
};

/* Status of attaching and opening. */
enum v6nf_xdp_status {
    V6NF_XDP_OPEN,           /* it is open */
    V6NF_XDP_CONFIG_BAD,     /* name, MAC address, prefix, VLAN, queue, number of interfaces, or one twice */
    V6NF_XDP_NO_INTERFACE,   /* no interface has this name */
    V6NF_XDP_NOT_ETHERNET,   /* it is of another kind */
    V6NF_XDP_MTU_BAD,        /* its MTU is below 1280 or above V6NF_XDP_MTU_MAX */
    V6NF_XDP_DOWN,           /* it is down, and its driver refuses that */
    V6NF_XDP_NOT_SUPPORTED,  /* this kernel has no AF_XDP, no packet sockets, or no links for XDP */
    V6NF_XDP_NO_PERMISSION,  /* a capability is missing */
    V6NF_XDP_MEMORY_LOCKED,  /* the limit of locked memory (RLIMIT_MEMLOCK) is too low */
    V6NF_XDP_REFUSED,        /* the kernel refuses the program: the reason is in `log` */
    V6NF_XDP_INTERFACE_BUSY, /* another program is on the interface */
    V6NF_XDP_NOT_NATIVE,     /* V6NF_XDP_NATIVE was asked for, and the driver cannot */
    V6NF_XDP_NO_QUEUE,       /* the interface has no such queue */
    V6NF_XDP_QUEUE_BUSY,     /* another socket has the queue */
    V6NF_XDP_FAILED          /* anything else; errno is the reason */
};

/* An interface with the program. Fields without a comment are private. Ports of several threads may use it. */
struct v6nf_xdp_interface {
    char name[V6NF_XDP_NAME_SIZE]; /* when it was attached */
    uint8_t mac[6];                /* of its ports */
    uint32_t mtu;                  /* when it was attached */
    bool is_native;                /* the program runs in the driver */
    char log[V6NF_XDP_LOG_SIZE];   /* of V6NF_XDP_REFUSED: what the kernel's verifier reported */

    uint32_t index;
    uint32_t groups_queue;
    uint32_t pause;
    bool copy;
    bool has_groups;
    int map;
    int program;
    int link;
    int control; /* packet socket that makes the interface receive what is claimed, and for requests about it */
};

/* Put the program on an interface, and make the interface receive what the program claims.
 * interface: the result. The caller keeps it, unchanged, until the ports on it are closed.
 * config: used only during the call, with all that it points to.
 * Return V6NF_XDP_OPEN. On any other status there is nothing to detach.
 * The interface may be down. Its MTU is that of this time: longer frames are dropped and counted. */
enum v6nf_xdp_status v6nf_xdp_attach(struct v6nf_xdp_interface *interface, const struct v6nf_xdp_config *config);

/* Remove the program from the interface, and undo what v6nf_xdp_attach() did. Stop the ports on it first.
 * interface: of v6nf_xdp_attach(), with any status. The call may be repeated. */
void v6nf_xdp_detach(struct v6nf_xdp_interface *interface);

/* Return what `status` means, and what to do about it: one line of English.
 * Context: any. */
const char *v6nf_xdp_status_text(enum v6nf_xdp_status status);

#ifdef __cplusplus
}
#endif

#endif
