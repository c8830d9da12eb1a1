/* forward.h: a network function on ports of any kind: TAP, shared memory, a cable, virtio, or cards of different
 * families. It is what v6nf_ring_poll() (ring.h) is for cards of one kind, with the same handler: one input, 1 to 8
 * outputs, a length for each.
 *
 * Ports share no buffers. A frame is therefore copied to each output, into an originate buffer of that port. Only the
 * input itself sends it from where it is.
 *
 *     port A --> handler --> lengths[0]: copied to port B
 *                            lengths[1]: copied to port C
 *
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_FORWARD_H
#define V6NF_DRIVER_FORWARD_H

#include <stdbool.h>
#include <stdint.h>

#include "../port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Maximum microseconds for which a frame waits for an originate buffer of an output. */
#ifndef V6NF_FORWARD_WAIT
#define V6NF_FORWARD_WAIT 20000u
#endif

/* Maximum microseconds, on average, for which each frame that an output sends may keep the input waiting: a frame of
 * 1514 bytes takes as long at 10 Mb/s. */
#ifndef V6NF_FORWARD_PACE
#define V6NF_FORWARD_PACE 1250u
#endif

/* An input and its outputs. The fields are private. */
struct v6nf_forward {
    struct v6nf_port *input;
    uint32_t outputs_count;
    struct v6nf_port *outputs[V6NF_PORT_OUTPUTS_MAX];
    uint64_t dropped[V6NF_PORT_OUTPUTS_MAX];
    uint32_t patience[V6NF_PORT_OUTPUTS_MAX]; /* microseconds for which frames may still wait; 0: it is blocked */
    v6nf_handler *handler;                    /* of the poll that is running */
    void *context;
};

/* Join an input to outputs.
 * input, outputs: open ports, which stay the caller's. A port may be the input or an output of several. The input can
 * be one of its own outputs: the first output that is the input sends in place, a second one sends a copy.
 * outputs_count: 1 to V6NF_PORT_OUTPUTS_MAX.
 * Return false, and change nothing, if outputs_count is something else, or if the input was opened for checksums or
 * VLAN tags by its device (port.h): its frames may be incomplete, and no function would send them.
 * *forward is the caller's, and holds no frames: it needs no end. */
bool v6nf_forward_init(struct v6nf_forward *forward, struct v6nf_port *input, uint32_t outputs_count,
                       struct v6nf_port *const *outputs);

/* Show a burst of frames of the input to `handler`, and send each to the outputs for which it sets a length.
 * context: passed to the handler.
 * Return the number of frames shown, 0 if there were none.
 * If an output has no free originate buffer, the call waits for one, as a ring waits for its slowest output. If frames
 * have waited for V6NF_FORWARD_WAIT, the output is blocked: its link is down, for example. Frames for it are then
 * dropped at once, until it has a buffer again. Each frame that it sends gives it V6NF_FORWARD_PACE more: an output
 * that is slower does not set the pace, and loses what it cannot send.
 * What an output cannot send is dropped there, counted (v6nf_forward_dropped()), and not at other outputs: frames while
 * it is blocked, and lengths that are no frame (V6NF_PORT_IS_FRAME) of the input's buffer or of that port's capacity.
 * The handler must not poll the same ports. It may originate frames on them (reserve() and commit()). */
uint32_t v6nf_forward_poll(struct v6nf_forward *forward, v6nf_handler *handler, void *context);

/* Return the number of frames that output number `output` could not send.
 * output: below outputs_count; 0 is returned for others. */
uint64_t v6nf_forward_dropped(const struct v6nf_forward *forward, uint32_t output);

#ifdef __cplusplus
}
#endif

#endif
