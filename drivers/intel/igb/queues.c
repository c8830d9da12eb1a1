/* queues.c: the queues of an 82576, which physical and virtual functions open alike. */
#include "queues.h"

#define SRRCTL 0x0Cu /* in the registers of a receive queue (8.10.2) */
#define SRRCTL_ADVANCED (1u << 25)
#define SRRCTL_DROP (1u << 31)
#define QUEUE_ENABLE (1u << 25) /* of RXDCTL and TXDCTL (8.10.11, 8.12.15) */
#define RECEIVE_THRESHOLDS (8u + (8u << 8) + (1u << 16))
#define TRANSMIT_THRESHOLDS (8u + (1u << 8)) /* WTHRESH stays 0, as head write-back asks (7.2.3.2) */
#define TXCTL 0x14u  /* in the registers of a transmit queue (8.13.2) */
#define TXCTL_WRITE_BACK_RELAXED (1u << 11) /* 1 after a reset */
#define TDWBAL 0x38u /* in the registers of a transmit queue (8.12.17) */
#define TDWBAL_ENABLE 1u
#define TDWBAH 0x3Cu

static bool start_queue(struct v6nf_nic *nic, uint32_t queue, uint32_t thresholds, volatile uint32_t **tail)
{
    if (!v6nf_nic_allow_dma(nic)) {
        return false;
    }
    register_write(nic->registers, queue + QUEUE_CONTROL, thresholds + QUEUE_ENABLE);
    if (!v6nf_register_wait(nic->registers, queue + QUEUE_CONTROL, QUEUE_ENABLE, QUEUE_ENABLE)) {
        register_write(nic->registers, queue + QUEUE_CONTROL, thresholds);
        return false;
    }
    *tail = nic->registers + (queue + QUEUE_TAIL) / 4u;
    return true;
}

bool v6nf_igb_close_queue(const struct v6nf_nic *nic, uint32_t queue, bool waits)
{
    register_clear(nic->registers, queue + QUEUE_CONTROL, QUEUE_ENABLE);
    return waits && v6nf_register_wait(nic->registers, queue + QUEUE_CONTROL, QUEUE_ENABLE, 0u);
}

/* The tail is written once the queue is on (4.5.9). */
bool v6nf_igb_open_input(struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t buffer_size,
                         volatile uint32_t **tail)
{
    v6nf_gigabit_place_queue(nic, queue, descriptors, V6NF_RING_SIZE);
    /* A full ring loses what is its own: without Drop_En it would hold up all. */
    register_write(nic->registers, queue + SRRCTL, buffer_size / 1024u + SRRCTL_ADVANCED + SRRCTL_DROP);
    return start_queue(nic, queue, RECEIVE_THRESHOLDS, tail);
}

bool v6nf_igb_open_output(struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t count, uint64_t head,
                          volatile uint32_t **tail)
{
    v6nf_gigabit_place_queue(nic, queue, descriptors, count);
    register_write(nic->registers, queue + TDWBAH, (uint32_t)(head >> 32));
    register_write(nic->registers, queue + TDWBAL, (uint32_t)(head & UINT32_MAX) + TDWBAL_ENABLE);
    /* With relaxed ordering an older head could overtake a newer one. */
    register_clear(nic->registers, queue + TXCTL, TXCTL_WRITE_BACK_RELAXED);
    return start_queue(nic, queue, TRANSMIT_THRESHOLDS, tail);
}
