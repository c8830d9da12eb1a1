/* vmxnet3.c: proof of the vmxnet3 data path, in any state that its invariant allows. The device writes any values to
 * the rings. */
#include "drivers/vmxnet3/vmxnet3.c"
#include "drivers/vmxnet3/checksum.c"
#include "drivers/vmxnet3_queue/vmxnet3_queue.c"

#include "any_paravirtual.h"

#define SIZE V6NF_VMXNET3_SIZE
#define BUFFER_SIZE 1536u
#define MAX_FRAME (ETHER_HEADER + VLAN_TAG + 1500u)

static uint8_t buffers[SIZE * BUFFER_SIZE] __attribute__((aligned(64)));
static volatile uint32_t memory[MEMORY_SIZE / 4u + 1u];
static volatile uint32_t registers[BAR_SIZE / 4u];

static const struct v6nf_paravirtual_operations device = {
    .recycle = v6nf_vmxnet3_recycle, .send = v6nf_vmxnet3_send, ANY_REGISTERS};

static const struct v6nf_port_operations operations = {
    .poll = v6nf_vmxnet3_poll, .read_counters = v6nf_paravirtual_read_counters, PARAVIRTUAL_PORT};

static void any_ring(struct v6nf_vmxnet3_ring *ring, uint32_t descriptors, uint32_t completions)
{
    *ring = (struct v6nf_vmxnet3_ring){
        .descriptors = memory + descriptors / 4u,
        .completions = memory + completions / 4u,
        .generation = any32,
        .next = any32,
        .published = any32,
        .done = any32,
        .seen = any32,
    };
    for (uint32_t i = 0; i < SIZE; i++) {
        ring->slots[i] = (uint16_t)any_below(SIZE - 1u);
        ring->words[i] = any32;
    }
}

static void any_vmxnet3(struct v6nf_vmxnet3 *vmxnet3)
{
    *vmxnet3 = (struct v6nf_vmxnet3){
        .common = {.port = {.operations = &operations, .capacity = BUFFER_SIZE, .outputs = 1, .checksums = any8},
                   .state = any_bool() ? V6NF_PARAVIRTUAL_RUNS : V6NF_PARAVIRTUAL_BAD_INDEX,
                   .device = &device,
                   .is_found = true,
                   .buffers = buffers,
                   .device_buffers = any64,
                   .buffer_size = BUFFER_SIZE,
                   .receive_size = MAX_FRAME,
                   .slots = RECEIVE_SLOTS,
                   .originates = V6NF_VMXNET3_ORIGINATE,
                   .originates_free = any16, /* of V6NF_VMXNET3_ORIGINATE */
                   .originates_next = any_below(V6NF_VMXNET3_ORIGINATE + 1u),
                   .reserved = any_bool() ? any_below(V6NF_VMXNET3_ORIGINATE) : V6NF_PARAVIRTUAL_ORIGINATE},
        .rings = registers,
        .control = registers,
        .memory = memory,
        .announced = any32,
    };
    any_ring(&vmxnet3->receive, RECEIVE_RING_AT, RECEIVE_COMPLETIONS_AT);
    any_ring(&vmxnet3->transmit, TRANSMIT_RING_AT, TRANSMIT_COMPLETIONS_AT);
}

/* Check the invariant that any_vmxnet3() establishes. */
static void check_vmxnet3(const struct v6nf_vmxnet3 *vmxnet3)
{
    must(vmxnet3->common.reserved < V6NF_VMXNET3_ORIGINATE || vmxnet3->common.reserved == V6NF_PARAVIRTUAL_ORIGINATE);
    must(vmxnet3->common.slots == RECEIVE_SLOTS);
    must(vmxnet3->common.originates_free < UINT64_C(1) << V6NF_VMXNET3_ORIGINATE);
    for (uint32_t i = 0; i < SIZE; i++) {
        must(vmxnet3->receive.slots[i] < SIZE - 1u);
        must(vmxnet3->transmit.slots[i] < SIZE - 1u);
    }
}

int main(void)
{
    static const uint32_t outputs = 1;
    static struct v6nf_vmxnet3 vmxnet3;
    any_vmxnet3(&vmxnet3);
    if (any_bool()) {
        (void)vmxnet3.common.port.operations->poll(&vmxnet3.common.port, any_handler, (void *)&outputs);
    } else {
        originate_any(&vmxnet3.common.port);
    }
    (void)vmxnet3.common.port.operations->link_up(&vmxnet3.common.port);
    v6nf_vmxnet3_offer_all(&vmxnet3);
    check_vmxnet3(&vmxnet3);
    return 0;
}
