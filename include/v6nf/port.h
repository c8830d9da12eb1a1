/* port.h: what a driver gives: one network interface.
 *
 * A port has two ways out. A frame that was received leaves in the buffer it came in: poll() shows it to a handler, and
 * the handler says how many of its bytes leave on each output. What the program says of its own accord leaves by the
 * originate pair, reserve() and commit(), which has buffers of its own.
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

/* The shortest frame that can be sent, in bytes. Cards pad shorter ones than IEEE 802.3 allows, but only from this
 * length on (82576 data sheet, 8.12.1, TCTL.PSP). Nothing else pads: outputs share the buffer, so that padding for
 * one would change what another sends. */
#define V6NF_PORT_FRAME_MIN 17u

/* True if a frame can have `length` bytes, in a buffer of `capacity`; both are uint32_t. A macro, so that a prover sees
 * the bound of the variable. */
#define V6NF_PORT_IS_FRAME(length, capacity) ((length) - V6NF_PORT_FRAME_MIN <= (capacity) - V6NF_PORT_FRAME_MIN)

/* Looks at one received Ethernet frame (from the destination address on, no FCS), in place.
 *
 * `frame` holds `length` bytes and has room for `capacity`; the handler may change all of it. lengths[i] is how many bytes
 * of it leave on output i of the port: V6NF_PORT_FRAME_MIN to `capacity`, 0 for none. Any other length sends nothing,
 * and counts as transmit_dropped. On entry every lengths[i] is 0, so that a handler that does nothing drops the
 * frame. */
typedef void v6nf_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths);

/* What passed, counted by the device or the driver since the port was opened. */
struct v6nf_port_counters {
    uint64_t received;          /* frames shown to the handler */
    uint64_t received_bytes;    /* bytes of them */
    uint64_t receive_dropped;   /* frames that came and were not shown: no buffer, too long, damaged */
    uint64_t sent;              /* frames that left, on either way out */
    uint64_t sent_bytes;        /* bytes of them */
    uint64_t transmit_dropped;  /* frames that were to leave and could not */
};

enum v6nf_port_status {
    V6NF_PORT_STOPPED, /* not open yet, or stopped: by stop(), or by the driver because the device did wrong */
    V6NF_PORT_RUNNING,
    V6NF_PORT_GONE     /* the device does not answer any more: it was unplugged or deleted, or has no power; a virtual
                        * function, also if its physical one was reset */
};

struct v6nf_port;

struct v6nf_port_operations {
    /* Shows at most a burst of received frames to the handler, sends what it says, returns how many were shown: 0 when
     * there was nothing. Never waits. */
    uint32_t (*poll)(struct v6nf_port *port, v6nf_handler *handler, void *context);

    /* Gives an originate buffer of port->capacity bytes, or NULL while all are on their way out (try again later). A
     * buffer that was reserved and not committed is given again by the next call. */
    uint8_t *(*reserve)(struct v6nf_port *port);

    /* Sends the first `length` bytes (V6NF_PORT_FRAME_MIN to port->capacity) of the buffer that reserve() gave last.
     * Any other length sends nothing, and counts as transmit_dropped. */
    void (*commit)(struct v6nf_port *port, uint32_t length);

    /* True while the link can carry frames: never on a port that is stopped or gone. */
    bool (*link_up)(struct v6nf_port *port);

    /* Fills *counters. Those of a port that is stopped or gone stay what they were. */
    void (*read_counters)(struct v6nf_port *port, struct v6nf_port_counters *counters);

    /* Check that the device is still there, and return the status of the port. Takes a register read or a system call:
     * call it as often as link_up(), not for each packet. */
    enum v6nf_port_status (*status)(struct v6nf_port *port);

    /* Stop the device: it neither receives nor sends, and does not reach memory any more.
     * From then on poll() shows nothing, reserve() has no buffer, commit() sends nothing, and the link is down. What
     * was given to the device and is not sent yet is lost.
     * Return true if the device is known not to reach memory, also where it is gone. On false it did not confirm: keep
     * its memory, or reset the machine.
     * Waits for the device, a few seconds at most. Calling it twice is harmless, as is calling it on a port that failed
     * to open. Do not call it from a handler. */
    bool (*stop)(struct v6nf_port *port);
};

/* A driver's own structure begins with this one. */
struct v6nf_port {
    const struct v6nf_port_operations *operations;
    uint8_t mac[6];    /* the address to use as source, unicast */
    uint32_t mtu;      /* bytes of an IPv6 packet that one frame carries: at least 1280 (RFC 8200, 5) */
    uint32_t capacity; /* bytes that every buffer of the port has room for: at least mtu + 14 */
    uint32_t outputs;  /* how many lengths a handler gives */
};

/* The most outputs a port may have, so that a caller can hold a handler's lengths. */
#define V6NF_PORT_OUTPUTS_MAX 8u

#ifdef __cplusplus
}
#endif

#endif
