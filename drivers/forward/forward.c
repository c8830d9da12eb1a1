/* forward.c: see forward.h. */
#include "v6nf/driver/forward.h"

#include <stddef.h>
#include <string.h>

#include "v6nf/env.h"

bool v6nf_forward_init(struct v6nf_forward *forward, struct v6nf_port *input, uint32_t outputs_count,
                       struct v6nf_port *const *outputs)
{
    if (outputs_count == 0u || outputs_count > V6NF_PORT_OUTPUTS_MAX || input->checksums != 0u || input->tags) {
        return false;
    }
    *forward = (struct v6nf_forward){.input = input, .outputs_count = outputs_count};
    for (uint32_t i = 0; i < outputs_count; i++) {
        forward->outputs[i] = outputs[i];
        forward->patience[i] = V6NF_FORWARD_WAIT;
    }
    return true;
}

/* Wait for an originate buffer of an output, as long as there is patience with it. Return NULL if none gets free. */
static uint8_t *await_buffer(struct v6nf_forward *forward, uint32_t output)
{
    struct v6nf_port *port = forward->outputs[output];
    uint32_t *patience = &forward->patience[output];
    uint8_t *buffer = NULL;
    uint64_t waited = 0;
    const uint64_t began = *patience > 0u ? v6nf_env_clock() : 0u;
    while (buffer == NULL && waited < *patience) {
        buffer = port->operations->reserve(port);
        waited = v6nf_env_clock() - began;
    }
    *patience -= waited < *patience ? (uint32_t)waited : *patience;
    return buffer;
}

/* Return an originate buffer of an output, NULL if it has none in time. Each buffer pays for some waiting, but not for
 * as much as an output takes that crawls. */
static uint8_t *reserve(struct v6nf_forward *forward, uint32_t output)
{
    struct v6nf_port *port = forward->outputs[output];
    uint8_t *buffer = port->operations->reserve(port);
    if (buffer == NULL) {
        buffer = await_buffer(forward, output);
    }
    if (buffer != NULL) {
        const uint32_t spent = V6NF_FORWARD_WAIT - forward->patience[output];
        forward->patience[output] += spent < V6NF_FORWARD_PACE ? spent : V6NF_FORWARD_PACE;
    }
    return buffer;
}

/* Send a copy. Return false if the port has no buffer, or a smaller one. */
static bool send_copy(struct v6nf_forward *forward, uint32_t output, const uint8_t *frame, uint32_t length)
{
    struct v6nf_port *port = forward->outputs[output];
    uint8_t *copy = V6NF_PORT_IS_FRAME(length, port->capacity) ? reserve(forward, output) : NULL;
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, frame, length);
    port->operations->commit(port, length);
    return true;
}

/* Send what the handler wants sent. The copies come first: the input may send from the buffer as soon as it has it. */
static void forward_frame(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct v6nf_forward *forward = (struct v6nf_forward *)context;
    uint32_t wanted[V6NF_PORT_OUTPUTS_MAX] = {0};
    uint32_t in_place = 0;
    forward->handler(forward->context, frame, length, capacity, wanted);
    for (uint32_t i = 0; i < forward->outputs_count; i++) {
        if (wanted[i] == 0u) {
            continue;
        }
        if (!V6NF_PORT_IS_FRAME(wanted[i], capacity)) {
            forward->dropped[i]++;
        } else if (forward->outputs[i] == forward->input && in_place == 0u) {
            in_place = wanted[i];
        } else if (!send_copy(forward, i, frame, wanted[i])) {
            forward->dropped[i]++;
        }
    }
    lengths[0] = in_place;
}

uint32_t v6nf_forward_poll(struct v6nf_forward *forward, v6nf_handler *handler, void *context)
{
    forward->handler = handler;
    forward->context = context;
    return forward->input->operations->poll(forward->input, forward_frame, forward);
}

uint64_t v6nf_forward_dropped(const struct v6nf_forward *forward, uint32_t output)
{
    return output < forward->outputs_count ? forward->dropped[output] : 0u;
}
