/* registers.c: status, link, reset and counters of a vmxnet3 device: see registers.h. */
#include "registers.h"

/* -- Operations of paravirtual.h ----------------------------------------------------------------------------------- */

static const struct v6nf_vmxnet3 *device_of(const struct v6nf_paravirtual *common)
{
    return (const struct v6nf_vmxnet3 *)(const void *)common;
}

enum v6nf_paravirtual_state v6nf_vmxnet3_look(const struct v6nf_paravirtual *common)
{
    const struct v6nf_vmxnet3 *vmxnet3 = device_of(common);
    if (register_read(vmxnet3->control, REVISIONS) == UINT32_MAX) {
        return V6NF_PARAVIRTUAL_GONE;
    }
    const bool has_failed = common->state == V6NF_PARAVIRTUAL_RUNS &&
                            (vmxnet3_get(vmxnet3, SHARED_AT + SHARED_EVENTS) & EVENTS_QUEUE_ERROR) != 0u;
    return has_failed ? V6NF_PARAVIRTUAL_NEEDS_RESET : V6NF_PARAVIRTUAL_RUNS;
}

bool v6nf_vmxnet3_has_link(const struct v6nf_paravirtual *common)
{
    return (vmxnet3_command(device_of(common), GET_LINK) & 1u) != 0u;
}

void v6nf_vmxnet3_begin_reset(const struct v6nf_paravirtual *common)
{
    register_write(device_of(common)->control, COMMAND, QUIESCE);
    register_write(device_of(common)->control, COMMAND, RESET);
}

/* The address of the shared memory is cleared as well: a device of QEMU writes events to it.
 * DOUBT: the reset ends when its command has the result 0, or it ended before. iPXE reads the result, Linux does
 * not. */
bool v6nf_vmxnet3_reset(const struct v6nf_paravirtual *common)
{
    volatile uint32_t *control = device_of(common)->control;
    v6nf_vmxnet3_begin_reset(common);
    const bool is_reset = v6nf_register_wait(control, COMMAND, UINT32_MAX, 0u);
    register_write(control, SHARED_LOW, 0u);
    register_write(control, SHARED_HIGH, 0u);
    return is_reset;
}

bool v6nf_vmxnet3_set_bus_master(const struct v6nf_paravirtual *common, bool on)
{
    return v6nf_pci_set_bus_master(common->address, on);
}

/* -- Counters ------------------------------------------------------------------------------------------------------ */

/* The device's counters that the driver cannot know. */
static const uint32_t counters_at[] = {
    RECEIVE_QUEUE_AT + RECEIVE_OUT_OF_BUFFERS,
    RECEIVE_QUEUE_AT + RECEIVE_ERRORS,
    TRANSMIT_QUEUE_AT + TRANSMIT_ERRORS,
    TRANSMIT_QUEUE_AT + TRANSMIT_DISCARDED,
};

/* Add what the device has counted since the last call. A counter that goes back counts nothing. */
static void count_losses(struct v6nf_vmxnet3 *vmxnet3, bool adds)
{
    (void)vmxnet3_command(vmxnet3, GET_STATISTICS); /* the result is not used: reading it ends the command */
    v6nf_env_dma_read_barrier();
    for (uint32_t i = 0; i < V6NF_VMXNET3_COUNTERS; i++) {
        const uint64_t high = vmxnet3_get(vmxnet3, counters_at[i] + 4u);
        const uint64_t count = (high << 32) + vmxnet3_get(vmxnet3, counters_at[i]);
        vmxnet3->losses[i] += adds && count > vmxnet3->counted[i] ? count - vmxnet3->counted[i] : 0u;
        vmxnet3->counted[i] = count;
    }
}

void v6nf_vmxnet3_begin_counting(struct v6nf_vmxnet3 *vmxnet3)
{
    count_losses(vmxnet3, false);
}

/* The device counts a frame with an error that it completes; it may also not complete one. */
void v6nf_vmxnet3_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    struct v6nf_vmxnet3 *vmxnet3 = vmxnet3_of(paravirtual_of(port));
    if (vmxnet3->common.state == V6NF_PARAVIRTUAL_RUNS) {
        count_losses(vmxnet3, true);
    }
    *counters = vmxnet3->common.counters;
    const uint64_t *losses = vmxnet3->losses;
    counters->receive_dropped += losses[0] + (losses[1] > vmxnet3->errors ? losses[1] : vmxnet3->errors);
    uint64_t refused = losses[2] + losses[3];
    refused = refused < counters->sent ? refused : counters->sent;
    counters->sent -= refused;
    counters->transmit_dropped += refused;
}
