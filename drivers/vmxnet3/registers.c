/* registers.c: status, link, counters and stop of a vmxnet3 device: see registers.h. */
#include "registers.h"

/* -- Stopping ------------------------------------------------------------------------------------------------------ */

/* The address of the shared memory is cleared as well: a device of QEMU writes events to it.
 * DOUBT: the reset ends when its command has the result 0, or it ended before. iPXE reads the result, Linux does
 * not. */
bool v6nf_vmxnet3_reset(const struct v6nf_vmxnet3 *vmxnet3)
{
    register_write(vmxnet3->control, COMMAND, QUIESCE);
    register_write(vmxnet3->control, COMMAND, RESET);
    const bool is_reset = v6nf_register_wait(vmxnet3->control, COMMAND, UINT32_MAX, 0u);
    register_write(vmxnet3->control, SHARED_LOW, 0u);
    register_write(vmxnet3->control, SHARED_HIGH, 0u);
    return is_reset;
}

/* Begin a reset. Stop and restart wait for its end. */
void v6nf_vmxnet3_stop(struct v6nf_vmxnet3 *vmxnet3, enum v6nf_vmxnet3_state reason)
{
    vmxnet3->state = reason;
    register_write(vmxnet3->control, COMMAND, QUIESCE);
    register_write(vmxnet3->control, COMMAND, RESET);
    (void)v6nf_pci_set_bus_master(vmxnet3->address, false);
}

static bool is_vmxnet3_gone(const struct v6nf_vmxnet3 *vmxnet3)
{
    return register_read(vmxnet3->control, REVISIONS) == UINT32_MAX;
}

enum v6nf_port_status v6nf_vmxnet3_status(struct v6nf_port *port)
{
    struct v6nf_vmxnet3 *vmxnet3 = vmxnet3_of(port);
    if (vmxnet3->state == V6NF_VMXNET3_RUNS) {
        if (is_vmxnet3_gone(vmxnet3)) {
            v6nf_vmxnet3_stop(vmxnet3, V6NF_VMXNET3_GONE);
        } else if ((vmxnet3_get(vmxnet3, SHARED_AT + SHARED_EVENTS) & EVENTS_QUEUE_ERROR) != 0u) {
            v6nf_vmxnet3_stop(vmxnet3, V6NF_VMXNET3_NEEDS_RESET);
        }
    }
    return vmxnet3->state == V6NF_VMXNET3_RUNS   ? V6NF_PORT_RUNNING
           : vmxnet3->state == V6NF_VMXNET3_GONE ? V6NF_PORT_GONE
                                                 : V6NF_PORT_STOPPED;
}

/* Check the status last: it confirms what was read before. */
bool v6nf_vmxnet3_link_up(struct v6nf_port *port)
{
    struct v6nf_vmxnet3 *vmxnet3 = vmxnet3_of(port);
    const bool is_up = vmxnet3->state == V6NF_VMXNET3_RUNS && (vmxnet3_command(vmxnet3, GET_LINK) & 1u) != 0u;
    return v6nf_vmxnet3_status(port) == V6NF_PORT_RUNNING && is_up;
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
    struct v6nf_vmxnet3 *vmxnet3 = vmxnet3_of(port);
    if (vmxnet3->state == V6NF_VMXNET3_RUNS) {
        count_losses(vmxnet3, true);
    }
    *counters = vmxnet3->counters;
    const uint64_t *losses = vmxnet3->losses;
    counters->receive_dropped += losses[0] + (losses[1] > vmxnet3->errors ? losses[1] : vmxnet3->errors);
    uint64_t refused = losses[2] + losses[3];
    refused = refused < counters->sent ? refused : counters->sent;
    counters->sent -= refused;
    counters->transmit_dropped += refused;
}

/* -- The end ------------------------------------------------------------------------------------------------------- */

/* Wait for the end of the reset, even if the driver has stopped the device before. */
bool v6nf_vmxnet3_stop_port(struct v6nf_port *port)
{
    struct v6nf_vmxnet3 *vmxnet3 = vmxnet3_of(port);
    if (!vmxnet3->is_found || vmxnet3->is_released) {
        return true; /* another program may own the device */
    }
    /* A device that the driver has stopped can have gone since. */
    const bool is_gone_now = v6nf_vmxnet3_status(port) == V6NF_PORT_GONE || is_vmxnet3_gone(vmxnet3);
    if (vmxnet3->state == V6NF_VMXNET3_RUNS) {
        count_losses(vmxnet3, true);
        vmxnet3->state = V6NF_VMXNET3_STOPPED;
    }
    const bool is_reset = is_gone_now || v6nf_vmxnet3_reset(vmxnet3) || is_vmxnet3_gone(vmxnet3);
    vmxnet3->is_released = v6nf_pci_set_bus_master(vmxnet3->address, false) && is_reset;
    return vmxnet3->is_released;
}
