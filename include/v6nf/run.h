/* run.h: one round of the polling loop, and the wait between two rounds, for a program with a node on a port.
 *
 *     while (!should_stop) {
 *         v6nf_run_or_wait(&node, &port, V6NF_NEVER);
 *     }
 *
 * A program with an event loop of its own calls v6nf_run(), and sleeps until v6nf_node_next_due() or until the port is
 * ready (v6nf_tap_descriptor()). */
#ifndef V6NF_RUN_H
#define V6NF_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "dhcpv6.h"
#include "env.h"
#include "node.h"
#include "port.h"
#include "udp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Microseconds until a frame that is due and found no buffer is tried again. */
#define V6NF_RUN_RETRY 1000u

/* Context of v6nf_run_handler(). */
struct v6nf_run_context {
    struct v6nf_node *node; /* handles the frames */
    uint64_t now;           /* microseconds, monotonic */
};

/* Handle a frame of a port by a node: the handler that joins both (v6nf_handler).
 * context: a struct v6nf_run_context.
 * frame: capacity bytes; the first length bytes were received.
 * length: bytes of the frame.
 * capacity: bytes of the buffer.
 * lengths: the result: lengths[0] for output 0.
 * Context: poll() of a port. */
static inline void v6nf_run_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity,
                                    uint32_t *lengths)
{
    const struct v6nf_run_context *run = (const struct v6nf_run_context *)context;
    lengths[0] = v6nf_node_input(run->node, frame, length, capacity, run->now);
}

#if V6NF_CHECKSUM_OFFLOAD
/* Set the checksum field to 0 that a device with V6NF_PORT_INSERTS_ALWAYS fills (port.h).
 * frame: `length` bytes that are about to be sent. No frame has flags for such a device.
 * Context: any. */
static inline void v6nf_run_clear_checksum(uint8_t *frame, uint32_t length)
{
    const uint32_t next_header = length > 54u && frame[12] == 0x86u && frame[13] == 0xDDu ? frame[20] : 59u;
    const uint32_t at = next_header == 17u ? 60u : 56u; /* UDP; ICMPv6 */
    if ((next_header == 17u || next_header == 58u) && at + 2u <= length) {
        frame[at] = 0;
        frame[at + 1u] = 0;
    }
}

/* Do what v6nf_run_handler() does, for a device with V6NF_PORT_INSERTS_ALWAYS.
 * context, frame, length, capacity, lengths: as in v6nf_run_handler().
 * Context: poll() of a port. */
static inline void v6nf_run_clearing_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity,
                                             uint32_t *lengths)
{
    v6nf_run_handler(context, frame, length, capacity, lengths);
    v6nf_run_clear_checksum(frame, lengths[0]);
}
#endif

/* Send a frame of the node: commit(), after what the port's device wants of the checksum (port.h).
 * port: running.
 * frame: what reserve() has returned.
 * length: of the node.
 * Context: the loop. */
static inline void v6nf_run_commit(struct v6nf_port *port, uint8_t *frame, uint32_t length)
{
#if V6NF_CHECKSUM_OFFLOAD
    if ((port->checksums & V6NF_PORT_INSERTS_ALWAYS) != 0u) {
        v6nf_run_clear_checksum(frame, length);
    }
#else
    (void)frame;
#endif
    port->operations->commit(port, length);
}

/* Send the frames that are due, while the port has buffers.
 * port: running.
 * now: microseconds, monotonic.
 * Return the number of frames sent.
 * Context: the loop. */
static inline uint32_t v6nf_run_tick(struct v6nf_node *node, struct v6nf_port *port, uint64_t now)
{
    uint32_t sent = 0;
    while (v6nf_node_next_due(node) <= now) {
        uint8_t *frame = port->operations->reserve(port);
        uint32_t length = frame != 0 ? v6nf_node_tick(node, frame, port->capacity, now) : 0u;
        if (length == 0u) {
            v6nf_port_release(port);
            break;
        }
        v6nf_run_commit(port, frame, length);
        sent++;
    }
    return sent;
}

/* Handle a burst of received frames, and send what is due.
 * port: running.
 * now: microseconds, monotonic.
 * Return the number of frames received and sent. With 0 the program may wait (v6nf_run_wait()).
 * Context: the loop. */
static inline uint32_t v6nf_run(struct v6nf_node *node, struct v6nf_port *port, uint64_t now)
{
    struct v6nf_run_context context = {node, now};
    v6nf_handler *handler = v6nf_run_handler;
#if V6NF_CHECKSUM_OFFLOAD
    if ((port->checksums & V6NF_PORT_INSERTS_ALWAYS) != 0u) {
        handler = v6nf_run_clearing_handler;
    }
#endif
    uint32_t received = port->operations->poll(port, handler, &context);
    return received + v6nf_run_tick(node, port, now);
}

/* Wait until a frame may have arrived, the node has something to do, or `until`. Call it after a round without frames.
 * port: as in that round.
 * now: the time of that round, microseconds on v6nf_env_clock().
 * until: microseconds on the same clock, V6NF_NEVER for no such time: when the program or a client has something to do
 * (v6nf_dhcpv6_next_due()).
 * If a frame was due in that round and found no buffer, or if `until` had passed, the call returns after
 * V6NF_RUN_RETRY at most.
 * The call may return early (wait() in port.h), as it does when a signal handler runs meanwhile. One that runs right
 * before is missed: with a flag that a handler sets, give an `until`.
 * Context: the loop. */
static inline void v6nf_run_wait(const struct v6nf_node *node, struct v6nf_port *port, uint64_t now, uint64_t until)
{
    const uint64_t retry = now + V6NF_RUN_RETRY;
    const uint64_t due = v6nf_node_next_due(node) > now ? v6nf_node_next_due(node) : retry;
    const uint64_t end = until > now ? until : retry;
    port->operations->wait(port, due < end ? due : end);
}

/* Run a round (v6nf_run()) at the present time. If there was nothing to do, wait (v6nf_run_wait()).
 * port: running.
 * until: microseconds on v6nf_env_clock(), V6NF_NEVER for no such time. Not a time that the round itself can change, as
 * it does v6nf_dhcpv6_next_due(): with a client, call v6nf_run() and v6nf_run_wait() (dhcpv6.h).
 * Return the number of frames received and sent.
 * Context: the loop. */
static inline uint32_t v6nf_run_or_wait(struct v6nf_node *node, struct v6nf_port *port, uint64_t until)
{
    const uint64_t now = v6nf_env_clock();
    const uint32_t frames = v6nf_run(node, port, now);
    if (frames == 0u) {
        v6nf_run_wait(node, port, now, until);
    }
    return frames;
}

#if V6NF_DHCPV6
/* Send the frames of a DHCPv6 client that are due, while the port has buffers. A program that waits does so until
 * v6nf_dhcpv6_next_due() at most.
 * client: started.
 * port: running, of the client's node.
 * now: microseconds, monotonic.
 * Return the number of frames sent.
 * Context: the loop. */
static inline uint32_t v6nf_run_dhcpv6(struct v6nf_dhcpv6 *client, struct v6nf_port *port, uint64_t now)
{
    uint32_t sent = 0;
    while (v6nf_dhcpv6_next_due(client) <= now) {
        uint8_t *frame = port->operations->reserve(port);
        uint32_t length = frame != 0 ? v6nf_dhcpv6_tick(client, frame, port->capacity, now) : 0u;
        if (length == 0u) {
            v6nf_port_release(port);
            break;
        }
        v6nf_run_commit(port, frame, length);
        sent++;
    }
    return sent;
}
#endif

/* Return true if a looped datagram is being handled in a buffer: v6nf_run_tick() reserved it, and the port has no other
 * before it is sent.
 * frame: what reserve() has returned.
 * Context: the loop, UDP handlers. */
static inline bool v6nf_run_is_in_use(const struct v6nf_node *node, const uint8_t *frame)
{
#if V6NF_LOOPBACK > 0u
    return frame == node->looped_in;
#else
    (void)node, (void)frame;
    return false;
#endif
}

/* Send a UDP datagram on a port (RFC 768).
 * message: where it goes, and how; see v6nf_udp_send().
 * data: length bytes, copied.
 * now: microseconds, monotonic.
 * Return what v6nf_udp_send() returns; V6NF_SEND_NO_BUFFER also if the port has no free buffer. It has none while the
 * handler of a looped datagram (V6NF_LOOPBACK) runs in v6nf_run_tick(), nor have the other VLANs of its trunk: send
 * after that.
 * Context: the loop, UDP handlers. */
static inline enum v6nf_send_status v6nf_run_udp_send(struct v6nf_node *node, struct v6nf_port *port,
                                                      const struct v6nf_udp_message *message, const void *data,
                                                      uint32_t length, uint64_t now)
{
    uint32_t frame_length = 0;
    const uint8_t *bytes = (const uint8_t *)data;
    uint8_t *frame = port->operations->reserve(port);
    if (frame == 0 || v6nf_run_is_in_use(node, frame)) {
        return V6NF_SEND_NO_BUFFER;
    }
    /* What does not fit is not copied, and v6nf_udp_send() refuses it. */
    for (uint32_t i = 0; i < length && i < port->capacity - V6NF_UDP_PAYLOAD; i++) {
        frame[V6NF_UDP_PAYLOAD + i] = bytes[i];
    }
    enum v6nf_send_status status = v6nf_udp_send(node, frame, length, port->capacity, message, &frame_length, now);
    if (frame_length != 0u) {
        v6nf_run_commit(port, frame, frame_length);
    } else {
        v6nf_port_release(port);
    }
    return status;
}

#ifdef __cplusplus
}
#endif

#endif
