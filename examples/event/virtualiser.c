/* virtualiser.c: the virtualiser of virtualiser.h. It does not trust the domain: it checks each descriptor. */
#include "virtualiser.h"

#include <string.h>

#include "v6nf/env.h"

void virtualiser_init(struct virtualiser *virtualiser, struct v6nf_port *port, const struct v6nf_shm_config *network)
{
    *virtualiser = (struct virtualiser){.port = port, .network = *network};
    v6nf_shm_producer_init(&virtualiser->receive_active, network->receive_active, network->receive_capacity);
    v6nf_shm_consumer_init(&virtualiser->receive_free, network->receive_free, network->receive_capacity);
    v6nf_shm_consumer_init(&virtualiser->transmit_active, network->transmit_active, network->transmit_capacity);
    v6nf_shm_producer_init(&virtualiser->transmit_free, network->transmit_free, network->transmit_capacity);
}

/* Return the buffer of a descriptor, NULL if it is invalid. */
static uint8_t *buffer_of(const struct virtualiser *virtualiser, const struct v6nf_shm_descriptor *descriptor)
{
    const uint64_t size = virtualiser->network.buffer_size;
    const uint64_t buffers = virtualiser->network.receive_buffers + virtualiser->network.originate_buffers;
    bool good = descriptor->offset < buffers * size && descriptor->offset % size == 0u && descriptor->length <= size;
    return good ? virtualiser->network.data + descriptor->offset : NULL;
}

/* Copy a received frame into a buffer of the domain. Drop it if there is none or it is too long. */
static void to_domain(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct virtualiser *virtualiser = (struct virtualiser *)context;
    (void)capacity;
    (void)lengths; /* no reply to the port */
    if (length > virtualiser->network.buffer_size || v6nf_shm_waiting(&virtualiser->receive_free) == 0u) {
        return;
    }
    struct v6nf_shm_descriptor descriptor = v6nf_shm_take(&virtualiser->receive_free);
    uint8_t *buffer = buffer_of(virtualiser, &descriptor);
    if (buffer != NULL) {
        memcpy(buffer, frame, length);
        v6nf_shm_put(&virtualiser->receive_active, descriptor.offset, length);
    }
}

/* Copy a frame from the domain to the port, and return its buffer to the domain. Return false if there is none or the
 * port is busy. */
static bool to_port(struct virtualiser *virtualiser)
{
    struct v6nf_port *port = virtualiser->port;
    uint8_t *frame = v6nf_shm_waiting(&virtualiser->transmit_active) > 0u ? port->operations->reserve(port) : NULL;
    if (frame == NULL) {
        return false;
    }
    struct v6nf_shm_descriptor descriptor = v6nf_shm_take(&virtualiser->transmit_active);
    const uint8_t *buffer = buffer_of(virtualiser, &descriptor);
    if (buffer != NULL && descriptor.length > 0u && descriptor.length <= port->capacity) {
        memcpy(frame, buffer, descriptor.length);
        port->operations->commit(port, descriptor.length);
    }
    if (buffer != NULL) {
        v6nf_shm_put(&virtualiser->transmit_free, descriptor.offset, 0);
    }
    return true;
}

static void publish_and_notify(struct virtualiser *virtualiser)
{
    v6nf_shm_release(&virtualiser->receive_free);
    v6nf_shm_publish(&virtualiser->receive_active);
    v6nf_shm_release(&virtualiser->transmit_active);
    v6nf_shm_publish(&virtualiser->transmit_free);
    if (v6nf_shm_must_notify(&virtualiser->receive_active)) {
        virtualiser->network.notify(virtualiser->network.receive_channel);
    }
    if (v6nf_shm_must_notify(&virtualiser->transmit_free)) {
        virtualiser->network.notify(virtualiser->network.transmit_channel);
    }
}

bool virtualiser_poll(struct virtualiser *virtualiser)
{
    struct v6nf_port *port = virtualiser->port;
    v6nf_shm_cancel(&virtualiser->transmit_active);
    uint32_t carried = port->operations->poll(port, to_domain, virtualiser);
    for (uint32_t i = 0; i < V6NF_SHM_BURST && to_port(virtualiser); i++) {
        carried++;
    }
    publish_and_notify(virtualiser);
    return carried > 0u;
}

/* Buffers for received frames need no notification: to_domain() checks for them. */
bool virtualiser_may_sleep(struct virtualiser *virtualiser)
{
    v6nf_shm_request(&virtualiser->transmit_active);
    v6nf_env_dma_barrier();
    if (v6nf_shm_waiting(&virtualiser->transmit_active) == 0u) {
        return true;
    }
    v6nf_shm_cancel(&virtualiser->transmit_active);
    return false;
}
