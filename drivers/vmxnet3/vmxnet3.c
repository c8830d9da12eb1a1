/* vmxnet3.c: the data path of a vmxnet3 device: poll, and what it sends. */
#include "vmxnet3.h"

/* -- Descriptors: given to the device ------------------------------------------------------------------------------ */

static uint64_t device_address_of(const struct v6nf_vmxnet3 *vmxnet3, uint32_t slot)
{
    return vmxnet3->common.device_buffers + (uint64_t)slot * vmxnet3->common.buffer_size;
}

static void offer_buffer(struct v6nf_vmxnet3 *vmxnet3, uint32_t slot)
{
    vmxnet3_add(&vmxnet3->receive, slot, device_address_of(vmxnet3, slot), vmxnet3->common.receive_size);
}

void v6nf_vmxnet3_offer_all(struct v6nf_vmxnet3 *vmxnet3)
{
    for (uint32_t slot = 0; slot < RECEIVE_SLOTS; slot++) {
        offer_buffer(vmxnet3, slot);
    }
}

/* length: with flags (port.h). */
static void add_frame(struct v6nf_vmxnet3 *vmxnet3, uint32_t slot, uint32_t length)
{
    vmxnet3_add(&vmxnet3->transmit, slot, device_address_of(vmxnet3, slot), length & V6NF_PORT_LENGTH);
    if ((vmxnet3->common.port.checksums & V6NF_PORT_INSERTS) != 0u) {
        v6nf_vmxnet3_insert(&vmxnet3->transmit, length > V6NF_PORT_LENGTH);
    }
}

/* A device that has run out of buffers asks for the register of the receive ring. A later poll sees that, too. */
void v6nf_vmxnet3_publish(struct v6nf_vmxnet3 *vmxnet3)
{
    struct v6nf_vmxnet3_ring *receive = &vmxnet3->receive;
    struct v6nf_vmxnet3_ring *transmit = &vmxnet3->transmit;
    const bool sends = transmit->next != transmit->published;
    if (sends || receive->next != receive->published) {
        v6nf_env_dma_release_barrier();
        v6nf_vmxnet3_publish_ring(receive);
        v6nf_vmxnet3_publish_ring(transmit);
        v6nf_env_dma_write_barrier();
    }
    if (sends) {
        register_write(vmxnet3->rings, TRANSMIT_PRODUCER, transmit->next & VMXNET3_MASK);
    }
    if ((vmxnet3_get(vmxnet3, RECEIVE_QUEUE_AT + QUEUE_UPDATE_PRODUCER) & 0xFFu) != 0u &&
        vmxnet3->announced != receive->next) {
        vmxnet3->announced = receive->next;
        register_write(vmxnet3->rings, RECEIVE_PRODUCER, receive->next & VMXNET3_MASK);
    }
}

/* -- Completions: back from the device ----------------------------------------------------------------------------- */

/* Return what v6nf_vmxnet3_completed() returns. If that is 0, stop the port. */
static uint32_t count_completed(struct v6nf_vmxnet3 *vmxnet3, const struct v6nf_vmxnet3_ring *ring, uint32_t word)
{
    const uint32_t count = v6nf_vmxnet3_completed(ring, word);
    if (count == 0u) {
        v6nf_paravirtual_stop(&vmxnet3->common, V6NF_PARAVIRTUAL_BAD_INDEX);
    }
    return count;
}

/* Take sent buffers back: to receive into, or for the originate queue. A completion is one of all frames up to
 * its own. */
void v6nf_vmxnet3_recycle(struct v6nf_paravirtual *common)
{
    struct v6nf_vmxnet3 *vmxnet3 = vmxnet3_of(common);
    struct v6nf_vmxnet3_ring *ring = &vmxnet3->transmit;
    for (uint32_t i = v6nf_vmxnet3_count(ring, V6NF_VMXNET3_SIZE, V6NF_VMXNET3_SIZE); i > 0u; i--) {
        const uint32_t word = v6nf_env_le32(ring->completions[WORDS * (size_t)(ring->seen & VMXNET3_MASK)]);
        ring->seen++;
        for (uint32_t j = count_completed(vmxnet3, ring, word & COMPLETION_INDEX); j > 0u; j--) {
            const uint32_t slot = vmxnet3_take_oldest(ring);
            if (slot < RECEIVE_SLOTS) {
                offer_buffer(vmxnet3, slot);
            } else {
                paravirtual_take_originate(&vmxnet3->common, slot);
            }
        }
        if (vmxnet3->common.state != V6NF_PARAVIRTUAL_RUNS) {
            return;
        }
    }
}

/* -- Packets ------------------------------------------------------------------------------------------------------- */

/* first, fourth: words of its completion. */
static void show_frame(struct v6nf_vmxnet3 *vmxnet3, uint32_t slot, uint32_t length, uint32_t first, uint32_t fourth,
                       v6nf_handler *handler, void *context)
{
    uint8_t *frame = paravirtual_buffer(&vmxnet3->common, slot);
    uint32_t flags = 0;
    v6nf_env_cache_invalidate(frame, length);
    if ((vmxnet3->common.port.checksums & V6NF_PORT_VERIFIES) != 0u) {
        flags = v6nf_vmxnet3_checksum(first, fourth);
    }
    const uint32_t sent = paravirtual_show(&vmxnet3->common, frame, length, flags, handler, context);
    v6nf_env_cache_clean(frame, vmxnet3->common.port.capacity); /* a dropped one, too: it is received into again */
    if (sent > 0u) {
        add_frame(vmxnet3, slot, sent);
    } else {
        offer_buffer(vmxnet3, slot);
    }
}

/* Count a frame that is not shown, at the end of its last buffer. */
static void count_damaged(struct v6nf_vmxnet3 *vmxnet3, bool is_end, bool is_error)
{
    vmxnet3->errors += is_end && is_error ? 1u : 0u;
    vmxnet3->common.counters.receive_dropped += is_end && !is_error ? 1u : 0u;
}

static uint32_t receive_frames(struct v6nf_vmxnet3 *vmxnet3, v6nf_handler *handler, void *context)
{
    struct v6nf_vmxnet3_ring *ring = &vmxnet3->receive;
    const uint32_t whole = COMPLETION_START + COMPLETION_END;
    const uint32_t count = v6nf_vmxnet3_count(ring, RECEIVE_COMPLETIONS, V6NF_RING_BURST);
    uint32_t shown = 0;
    for (uint32_t i = 0; i < count; i++) {
        const size_t at = WORDS * (size_t)(ring->seen & (RECEIVE_COMPLETIONS - 1u));
        const uint32_t start = v6nf_env_le32(ring->completions[at]);
        const uint32_t size = v6nf_env_le32(ring->completions[at + 2u]);
        const uint32_t fourth = v6nf_env_le32(ring->completions[at + 3u]);
        const uint32_t length = size & COMPLETION_LENGTH;
        ring->seen++;
        const uint32_t completed = count_completed(vmxnet3, ring, start);
        if (completed == 0u) {
            break;
        }
        for (uint32_t j = completed; j > 1u; j--) {
            offer_buffer(vmxnet3, vmxnet3_take_oldest(ring)); /* devices may skip descriptors (FreeBSD's driver) */
        }
        const uint32_t slot = vmxnet3_take_oldest(ring);
        const bool is_error = (size & COMPLETION_ERROR) != 0u;
        if ((start & whole) == whole && !is_error && length >= ETHER_HEADER && length <= vmxnet3->common.receive_size) {
            show_frame(vmxnet3, slot, length, start, fourth, handler, context);
            shown++;
        } else {
            count_damaged(vmxnet3, (start & COMPLETION_END) != 0u, is_error);
            offer_buffer(vmxnet3, slot);
        }
    }
    return shown;
}

uint32_t v6nf_vmxnet3_poll(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    struct v6nf_vmxnet3 *vmxnet3 = vmxnet3_of(paravirtual_of(port));
    if (vmxnet3->common.state != V6NF_PARAVIRTUAL_RUNS) {
        return 0;
    }
    v6nf_vmxnet3_recycle(&vmxnet3->common);
    const uint32_t shown =
        vmxnet3->common.state == V6NF_PARAVIRTUAL_RUNS ? receive_frames(vmxnet3, handler, context) : 0u;
    if (vmxnet3->common.state == V6NF_PARAVIRTUAL_RUNS) {
        v6nf_vmxnet3_publish(vmxnet3);
    }
    return shown;
}

void v6nf_vmxnet3_send(struct v6nf_paravirtual *common, uint32_t slot, uint32_t length)
{
    struct v6nf_vmxnet3 *vmxnet3 = vmxnet3_of(common);
    v6nf_env_cache_clean(paravirtual_buffer(common, slot), length & V6NF_PORT_LENGTH);
    add_frame(vmxnet3, slot, length);
    v6nf_vmxnet3_publish(vmxnet3);
}
