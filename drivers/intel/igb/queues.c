/* queues.c: the queues of an 82576, which drivers of physical and virtual functions open alike. */
#include "queues.h"

#define SRRCTL 0x0Cu /* in the registers of a receive queue (8.10.2) */
#define SRRCTL_ADVANCED (1u << 25)
#define SRRCTL_DROP (1u << 31)
#define DVMOLR 0x38u /* of an I350 and an I210 (I210, 7.4.3.2) */
#define DVMOLR_STRIP_TAG (1u << 30)
#define TXCTL 0x14u                         /* in the registers of a transmit queue (8.13.2) */
#define TXCTL_WRITE_BACK_RELAXED (1u << 11) /* 1 after a reset */

/* Return true if the queue starts. Its tail must be written after that (4.5.9). */
static bool start_igb_queue(struct v6nf_nic *nic, uint32_t queue, uint32_t thresholds, volatile uint32_t **tail)
{
    register_write(nic->registers, queue + QUEUE_CONTROL, thresholds);
    return v6nf_intel_start_queue(nic, queue, tail);
}

bool v6nf_igb_open_input(struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t buffer_size,
                         volatile uint32_t **tail)
{
    v6nf_gigabit_place_queue(nic, queue, descriptors, V6NF_RING_SIZE);
    /* Drop_En: a full ring drops its own packets. Without it, it would block all other rings. */
    register_write(nic->registers, queue + SRRCTL, buffer_size / 1024u + SRRCTL_ADVANCED + SRRCTL_DROP);
    /* DOUBT: in an I210, this or CTRL.VME is enough. Linux sets both in an I350, whose data sheet was not read. */
    if (nic->kind->model->strips_by_queue) {
        register_change(nic->registers, queue + DVMOLR, DVMOLR_STRIP_TAG, nic->port.tags ? DVMOLR_STRIP_TAG : 0u);
    }
    return start_igb_queue(nic, queue, nic->kind->model->receive_control, tail);
}

bool v6nf_igb_open_output(struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t count, uint64_t head,
                          volatile uint32_t **tail)
{
    v6nf_gigabit_place_queue(nic, queue, descriptors, count);
    v6nf_intel_place_head(nic, queue, head); /* 8.12.17 */
    /* With relaxed ordering an older head could overtake a newer one. */
    register_clear(nic->registers, queue + TXCTL, TXCTL_WRITE_BACK_RELAXED);
    return start_igb_queue(nic, queue, nic->kind->model->transmit_control, tail);
}
