/* tap.h: a Linux TAP interface as a port (Linux documentation, networking/tuntap). The kernel is the neighbor at the
 * other end of the wire.
 *
 * A TAP that the machine's owner made for a user ("ip tuntap add dev tap0 mode tap user NAME") opens without further
 * rights; to make one takes CAP_NET_ADMIN. The interface is not brought up here: "ip link set dev tap0 up".
 *
 * An interface that is deleted while it is open ("ip link delete", the end of its network namespace) makes the port
 * V6NF_PORT_GONE (port.h). A new interface of that name must be opened again. */
#ifndef V6NF_DRIVER_TAP_H
#define V6NF_DRIVER_TAP_H

#include <stdint.h>

#include "../port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a frame buffer, and so the port's capacity: enough for an MTU of 9000 and for what a network function may
 * put in front. */
#if !defined(V6NF_TAP_CAPACITY)
#define V6NF_TAP_CAPACITY 9216u
#endif

#define V6NF_TAP_BURST 32u     /* frames that one poll reads at most */
#define V6NF_TAP_NAME_SIZE 16u /* of an interface's name, with the terminating zero (IFNAMSIZ) */

enum v6nf_tap_status {
    V6NF_TAP_OPEN,
    V6NF_TAP_NAME_BAD,       /* empty, or longer than 15 characters */
    V6NF_TAP_NO_DEVICE_FILE, /* no /dev/net/tun */
    V6NF_TAP_NO_PERMISSION,  /* neither the TAP's user nor CAP_NET_ADMIN */
    V6NF_TAP_BUSY,           /* another program has it open */
    V6NF_TAP_NOT_A_TAP,      /* another kind of interface has that name, or the kernel does not take the name */
    V6NF_TAP_MTU_BAD,        /* below 1280, or above V6NF_TAP_CAPACITY - 14 */
    V6NF_TAP_MAC_BAD,        /* all zero, a group address, or that of the kernel's side */
    V6NF_TAP_FAILED          /* anything else; errno says what */
};

struct v6nf_tap {
    struct v6nf_port port;
    char name[V6NF_TAP_NAME_SIZE]; /* as the kernel gave it */

    int file;
    int control; /* a socket to ask about the interface */
    bool reserved;
    bool gone; /* the kernel has no interface for the file any more */
    struct v6nf_port_counters counters;
    uint8_t frame[V6NF_TAP_CAPACITY + 1u]; /* one more, by which a frame is seen to be too long */
    uint8_t originate[V6NF_TAP_CAPACITY];
};

/* Opens the TAP `name`, which may be there or not; one that is not is made, and goes when it is closed. "tap%d" makes
 * one with the first free number. `mac` is the 6 bytes of the port's address; NULL for a locally administered one by
 * chance. MTU is the interface's at this moment. On anything but V6NF_TAP_OPEN, *tap holds nothing to close. */
enum v6nf_tap_status v6nf_tap_open(struct v6nf_tap *tap, const char *name, const uint8_t *mac);

/* Return the file descriptor of the TAP, for a program with its own event loop: it is readable (POLLIN) when a frame may
 * have arrived, and has an error (POLLERR) when the interface is gone. Then poll the port, or ask its status().
 * Do not read, write or close it. It is valid until the port is stopped. Return -1 for a port that is stopped or gone.
 * A program that polls it need not call wait(): v6nf_run() and v6nf_node_next_due() are what its loop is made of. */
int v6nf_tap_descriptor(const struct v6nf_tap *tap);

/* What `status` means, and what to do about it: one line of English. */
const char *v6nf_tap_status_text(enum v6nf_tap_status status);

/* Closes what v6nf_tap_open() has been called for: the port's stop(). Closing twice is harmless. */
void v6nf_tap_close(struct v6nf_tap *tap);

#ifdef __cplusplus
}
#endif

#endif
