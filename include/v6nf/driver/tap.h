/* tap.h: a Linux TAP interface as a port (Linux documentation, networking/tuntap). The kernel is the neighbor at the
 * other end of the wire.
 *
 * A TAP that root made for a user ("ip tuntap add dev tap0 mode tap user NAME") opens without further rights. Making
 * one needs CAP_NET_ADMIN. The driver does not bring the interface up: "ip link set dev tap0 up".
 *
 * An interface that is deleted while it is open ("ip link delete", the end of its network namespace) makes the port
 * V6NF_PORT_GONE (port.h). A new interface of that name must be opened again.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_TAP_H
#define V6NF_DRIVER_TAP_H

#include <stdint.h>

#include "../port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a frame buffer, the capacity of the port: enough for an MTU of 9000 and for headers that a network function
 * adds. */
#if !defined(V6NF_TAP_CAPACITY)
#define V6NF_TAP_CAPACITY 9216u
#endif

#define V6NF_TAP_BURST 32u     /* maximum number of frames that one poll reads */
#define V6NF_TAP_NAME_SIZE 16u /* of an interface's name, with the terminating zero (IFNAMSIZ) */

/* Status of opening a TAP. */
enum v6nf_tap_status {
    V6NF_TAP_OPEN,           /* it is open */
    V6NF_TAP_NAME_BAD,       /* empty, or longer than 15 characters */
    V6NF_TAP_NO_DEVICE_FILE, /* no /dev/net/tun */
    V6NF_TAP_NO_PERMISSION,  /* neither the TAP's user nor CAP_NET_ADMIN */
    V6NF_TAP_BUSY,           /* another program has it open */
    V6NF_TAP_NOT_A_TAP,      /* another kind of interface has that name, or the kernel refuses the name */
    V6NF_TAP_MTU_BAD,        /* below 1280, or above V6NF_TAP_CAPACITY - 14 */
    V6NF_TAP_MAC_BAD,        /* all zero, a group address, or that of the kernel's side */
    V6NF_TAP_FAILED          /* anything else; errno is the reason */
};

/* A TAP. Fields without a comment are private. */
struct v6nf_tap {
    struct v6nf_port port;         /* the TAP as a port */
    char name[V6NF_TAP_NAME_SIZE]; /* of the interface when it was opened */

    int file;
    int control; /* socket for requests about the interface */
    bool reserved;
    bool gone; /* the interface of the file was deleted */
    struct v6nf_port_counters counters;
    uint8_t frame[V6NF_TAP_CAPACITY + 1u]; /* one more byte, to recognize a frame that is too long */
    uint8_t originate[V6NF_TAP_CAPACITY];
};

/* Open a TAP.
 * name: of the interface. One that does not exist is made, and deleted when it is closed. "tap%d" makes one with the
 * first free number.
 * mac: 6 bytes, the address of the port; NULL for a random, locally administered one.
 * Return V6NF_TAP_OPEN. On any other status there is nothing to close.
 * The MTU is that of the interface at this time. */
enum v6nf_tap_status v6nf_tap_open(struct v6nf_tap *tap, const char *name, const uint8_t *mac);

/* Return the file descriptor of the TAP, for a program with an event loop of its own; -1 for a port that is stopped or
 * gone.
 * It is readable (POLLIN) when a frame may have arrived: call v6nf_run(). It has an error (POLLERR) when the interface
 * is gone: call status(). Wait for it until v6nf_node_next_due(), instead of calling wait().
 * Do not read, write or close it. It is valid until the port is stopped.
 * Context: any. */
int v6nf_tap_descriptor(const struct v6nf_tap *tap);

/* Return what `status` means, and what to do about it: one line of English.
 * Context: any. */
const char *v6nf_tap_status_text(enum v6nf_tap_status status);

/* Close the TAP, as stop() of the port does. The call may be repeated.
 * Context: the loop. */
void v6nf_tap_close(struct v6nf_tap *tap);

#ifdef __cplusplus
}
#endif

#endif
