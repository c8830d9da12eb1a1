/* port.h: one network interface, as a driver provides it.
 *
 * A port has two transmit paths. poll() shows a received frame to a handler, which sets the number of bytes to send on
 * each output: the frame is sent from the buffer it was received in. Frames that the program originates take the
 * other path, reserve() and commit(), which has its own buffers.
 *
 * A port is stopped, running, or gone:
 *
 *     a driver's call opens it --> RUNNING --> stop() --> STOPPED --> the same call opens it again
 *                                     |
 *                                     +--> the device is gone: GONE --> the same, where the device is back
 *
 * Stop it before its memory is freed: a device that can still reach memory writes into what the next owner keeps there.
 *
 * A port belongs to one thread. */
#ifndef V6NF_PORT_H
#define V6NF_PORT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Minimum length of a frame to send, in bytes. Cards pad frames that are shorter than IEEE 802.3 allows, but only from
 * this length on (82576 data sheet, 8.12.1, TCTL.PSP). Nothing else pads: outputs share the buffer, so padding for one
 * output would change what another one sends. */
#define V6NF_PORT_FRAME_MIN 17u

/* True if a frame in a buffer of `capacity` bytes can have `length` bytes. Both are uint32_t. This is a macro so that a
 * prover sees the bound of the variable. */
#define V6NF_PORT_IS_FRAME(length, capacity) ((length)-V6NF_PORT_FRAME_MIN <= (capacity)-V6NF_PORT_FRAME_MIN)

/* -- Checksums by the device: only on a port that was opened for it, as its `checksums` states ---------------------
 *
 * A length then has flags above its lower 17 bits. On any other port there are none: a length is a length. */
#define V6NF_PORT_LENGTH 0x1FFFFu /* the bits of a length that are bytes */

/* Received: the device has verified the checksum of the TCP segment or UDP datagram in the frame, and it is right. This
 * is about these bytes only: not about a datagram that is reassembled from them, or that was changed. It may hold for a
 * checksum of 0, too, which IPv6 does not allow, and for the whole packet, if that is longer than the datagram. */
#define V6NF_PORT_CHECKSUM_GOOD (1u << 29)

/* Received: the device has verified that checksum, and it is wrong. Verify it again before the frame is dropped. */
#define V6NF_PORT_CHECKSUM_WRONG (1u << 30)

/* The frame has no tag, and a UDP datagram at byte 54: behind an IPv6 header without extensions. Its checksum field has
 * only the sum of the pseudo-header (RFC 8200, 8.1), in 16 bits and not complemented.
 * Received: the datagram was sent by a machine on the same host, over no link, and is as good as a verified one. Send
 * it with this flag, or complete its checksum. Such a sum anywhere else in a frame is completed by the driver.
 * Sent: the device completes the checksum. Only on a port with V6NF_PORT_INSERTS. */
#define V6NF_PORT_CHECKSUM_PARTIAL (1u << 31)

/* Minimum bytes of a frame with that flag: it has a whole UDP header. */
#define V6NF_PORT_PARTIAL_MIN 62u

/* What a device does with checksums: bits of `checksums` of a port. */
#define V6NF_PORT_VERIFIES 1u /* frames may be received with a flag: handlers must expect them */
#define V6NF_PORT_INSERTS 2u  /* frames may be sent with V6NF_PORT_CHECKSUM_PARTIAL */
/* The device writes the checksum of each UDP datagram and ICMPv6 message that follows an IPv6 header without
 * extensions. The field must be 0: v6nf_run() in run.h clears it. */
#define V6NF_PORT_INSERTS_ALWAYS 4u

/* -- VLAN tags by the device: only on a port that was opened for it, as its `tags` states --------------------------
 *
 * A length then has a VLAN ID above its lower 17 bits, next to the flags about checksums. `tags` does not state whether
 * these have a meaning: without V6NF_PORT_VERIFIES, ignore them.
 * Received: the device has removed a tag with this VLAN ID (IEEE 802.1Q: EtherType 0x8100). The frame begins with its
 * addresses, as one without a tag. 0: it had no tag, or a priority tag. Priority and DEI are lost.
 * Sent: the device inserts a tag with this VLAN ID and priority 0. 0: it inserts none. */
#define V6NF_PORT_VLAN_SHIFT 17u
#define V6NF_PORT_VLAN (0xFFFu << V6NF_PORT_VLAN_SHIFT) /* the bits of a length that are a VLAN ID */
#define V6NF_PORT_TAG_SIZE 4u /* with a VLAN ID, a length to send is at least that much less than the capacity */

/* Handle one received Ethernet frame in place.
 * context: the pointer given to poll().
 * frame: capacity bytes, all of which may be changed. It starts with the destination address and has no FCS.
 * length: bytes received. With flags if the port's `checksums` has V6NF_PORT_VERIFIES, with a VLAN ID if it has `tags`.
 * capacity: bytes of the buffer.
 * lengths: set lengths[i] to the number of bytes to send on output i: V6NF_PORT_FRAME_MIN to `capacity`, or 0 for
 * none. With V6NF_PORT_CHECKSUM_PARTIAL where the output has V6NF_PORT_INSERTS, and then at least V6NF_PORT_PARTIAL_MIN
 * bytes. With a VLAN ID where it has `tags`. Any other length, also one with another flag, sends nothing and counts as
 * transmit_dropped. Every lengths[i] is 0 on entry, so a handler that does nothing drops the frame.
 * Context: poll(). The handler may call reserve() and commit() of any port of its thread, but not poll(), wait() or
 * stop(). */
typedef void v6nf_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths);

/* Counts since the port was opened, of the device or of the driver. They do not wrap. Bytes are without FCS. A card
 * counts a frame when it has written it to memory: the next polls show it. */
struct v6nf_port_counters {
    uint64_t received;         /* frames shown to the handler */
    uint64_t received_bytes;   /* their bytes */
    uint64_t receive_dropped;  /* frames that arrived and were not shown: no buffer, too long, damaged */
    uint64_t sent;             /* frames sent, on either transmit path */
    uint64_t sent_bytes;       /* their bytes, with those that a card adds to short ones */
    uint64_t transmit_dropped; /* frames that could not be sent */
};

/* Status of a port. */
enum v6nf_port_status {
    V6NF_PORT_STOPPED, /* not open yet, or stopped: by stop(), or by the driver because of an error of the device */
    V6NF_PORT_RUNNING, /* open */
    /* The device no longer answers: it was unplugged or deleted, or has no power. A virtual function is also gone if
     * its physical function was stopped or reset, and it could not be set up again for a minute. */
    V6NF_PORT_GONE
};

struct v6nf_port;

/* What a driver implements. Call these from the thread of the port. */
struct v6nf_port_operations {
    /* Show at most a burst of received frames to the handler, and send the lengths that it sets.
     * Return the number of frames shown, 0 if there were none. Never wait. */
    uint32_t (*poll)(struct v6nf_port *port, v6nf_handler *handler, void *context);

    /* Wait until a frame may have arrived, or until `until`.
     * until: microseconds on v6nf_env_clock(), or on the clock of a cable. UINT64_MAX (V6NF_NEVER) sets no time.
     * Return at once if a frame is already there, or if `until` has passed. The call may return early, without a
     * reason, as it does for a signal: poll, and wait again. It returns later than `until` only by what the scheduler
     * takes.
     * Where the device cannot wake the program, and on a port that is stopped or gone, the call waits for
     * V6NF_ENV_POLL_INTERVAL at most (env.h). On a port that is gone, ask status(), which is what ends such a loop.
     * A frame that arrives between the last poll and this call is not missed. Do not call it from a handler. */
    void (*wait)(struct v6nf_port *port, uint64_t until);

    /* Return an originate buffer of port->capacity bytes, or NULL while all of them are being sent (try again later). A
     * buffer that was reserved and not committed is returned again by the next call. */
    uint8_t *(*reserve)(struct v6nf_port *port);

    /* Send the first `length` bytes (V6NF_PORT_FRAME_MIN to port->capacity) of the buffer that reserve() returned last.
     * length: with V6NF_PORT_CHECKSUM_PARTIAL where the port has V6NF_PORT_INSERTS, with a VLAN ID where it has `tags`.
     * Any other length sends nothing and counts as transmit_dropped. */
    void (*commit)(struct v6nf_port *port, uint32_t length);

    /* NULL on a port that has its buffers for itself. Otherwise, as on a VLAN (vlan.h): give back the buffer that
     * reserve() returned last. Until then, or until it is sent, other ports have none. Call v6nf_port_release(). */
    void (*release)(struct v6nf_port *port);

    /* Return true while the link can carry frames: never on a port that is stopped or gone. */
    bool (*link_up)(struct v6nf_port *port);

    /* Fill *counters. The counters of a port that is stopped or gone no longer change. */
    void (*read_counters)(struct v6nf_port *port, struct v6nf_port_counters *counters);

    /* Check that the device is still there, and return the status of the port. This costs a register read or a system
     * call, and once a second the reading of a card's counters: call it as often as link_up(), not for each packet. */
    enum v6nf_port_status (*status)(struct v6nf_port *port);

    /* Stop the device: it neither receives nor sends, and no longer accesses memory.
     * From then on poll() shows nothing, reserve() has no buffer, commit() sends nothing, and the link is down. Frames
     * that were handed to the device and are not sent yet are lost.
     * Return true if the device is known not to access memory, also if it is gone. On false it did not confirm: keep
     * its memory, or reset the machine.
     * The call waits for the device, a few seconds at most. It may be called twice, and on a port that failed to open.
     * Do not call it from a handler. */
    bool (*stop)(struct v6nf_port *port);
};

/* A driver's own structure begins with this one. */
struct v6nf_port {
    const struct v6nf_port_operations *operations; /* the driver's functions */
    uint8_t mac[6];                                /* the address to use as source, unicast */
    uint8_t checksums; /* V6NF_PORT_VERIFIES, _INSERTS, _INSERTS_ALWAYS; 0 unless the port was opened for it */
    bool tags;         /* lengths have VLAN IDs: for v6nf_vlan_trunk_init(); false unless the port was opened for it */
    uint32_t mtu;      /* bytes of an IPv6 packet that one frame carries: at least 1280 (RFC 8200, 5) */
    uint32_t capacity; /* bytes of every buffer of the port: at least mtu + 14 */
    uint32_t outputs;  /* number of lengths that a handler sets */
};

/* Give back the buffer that reserve() of the port returned last: nothing is sent from it. A program that reserves a
 * buffer, and does not commit it at once, calls this: ports on VLANs share their buffers.
 * Context: as reserve(). */
static inline void v6nf_port_release(struct v6nf_port *port)
{
    if (port->operations->release != 0) {
        port->operations->release(port);
    }
}

/* Maximum number of outputs of a port, so that a caller can hold a handler's lengths. */
#define V6NF_PORT_OUTPUTS_MAX 8u

#ifdef __cplusplus
}
#endif

#endif
