/* vf.c: what drivers of virtual functions do alike: see vf.h. */
#include "vf.h"

#include "../pci/sriov.h"
#include "intel.h"

#define REGISTERS_SIZE (16u * 1024u) /* also the distance between the registers of two functions */

/* -- Requests to the physical function ----------------------------------------------------------------------------- */

static bool ask_for_reset(struct v6nf_nic *nic)
{
    uint32_t message[ANSWER_WORDS] = {MESSAGE_RESET, 0u, 0u};
    uint8_t mac[MAC_SIZE];
    if (!v6nf_mailbox_ask(nic, message, 1u)) {
        return false;
    }
    nic_mac_of_words(message + 1, mac);
    for (uint32_t i = 0; i < MAC_SIZE && nic->config.mac == NULL; i++) {
        nic->port.mac[i] = mac[i];
    }
    return nic_mac_is_station(mac);
}

static bool ask_for_address(const struct v6nf_nic *nic, const uint8_t *mac)
{
    uint32_t message[ANSWER_WORDS] = {MESSAGE_SET_ADDRESS, 0u, 0u};
    nic_mac_to_words(message + 1, mac);
    return v6nf_mailbox_ask(nic, message, ANSWER_WORDS);
}

static bool ask_for_longest(const struct v6nf_nic *nic, uint32_t length)
{
    uint32_t message[ANSWER_WORDS] = {MESSAGE_SET_LONGEST, length, 0u};
    return v6nf_mailbox_ask(nic, message, 2u);
}

/* Ask for a reset, whose answer contains the port's Ethernet address. Then ask for the address of the configuration, if
 * there is one, for the longest frame, and for all groups. */
static bool ask_for_everything(struct v6nf_nic *nic, const struct v6nf_nic_family *family)
{
    const struct v6nf_nic_config *config = &nic->config;
    return ask_for_reset(nic) && (config->mac == NULL || ask_for_address(nic, config->mac)) &&
           ask_for_longest(nic, config->mtu + family->frame_overhead) &&
           (config->few_groups || family->ask_for_all_groups(nic));
}

static bool ask_for_groups(const struct v6nf_nic *nic)
{
    const struct v6nf_nic_virtual *virtual = &nic->virtual_functions;
    uint32_t message[MESSAGE_WORDS] = {0};
    message[0] = MESSAGE_SET_GROUPS + (virtual->groups_count << 16);
    for (uint32_t i = 0; i < virtual->groups_count && i < V6NF_NIC_GROUPS; i++) {
        message[1u + i / 2u] += (uint32_t) virtual->groups[i] << (16u * (i % 2u));
    }
    return v6nf_mailbox_ask(nic, message, MESSAGE_WORDS);
}

bool v6nf_vf_add_group(struct v6nf_nic *nic, const uint8_t *mac)
{
    struct v6nf_nic_virtual *virtual = &nic->virtual_functions;
    if (virtual->groups_count >= V6NF_NIC_GROUPS) {
        return false;
    }
    virtual->groups[virtual->groups_count] = (uint16_t)nic_mac_hash(mac);
    virtual->groups_count++;
    return ask_for_groups(nic);
}

/* -- Queues -------------------------------------------------------------------------------------------------------- */

static bool vf_add_input(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t buffer_size,
                         volatile uint32_t **tail)
{
    struct v6nf_nic *nic = device->nic;
    const struct v6nf_nic_family *family = nic->virtual_functions.family;
    return nic_has_input(nic, buffer_size, tail) &&
           nic_count_input(nic, family->open_input(nic, family->receive_queue, descriptors, buffer_size, tail));
}

static uint32_t transmit_queue(const struct v6nf_nic_family *family, uint32_t n)
{
    return family->transmit_queue + family->transmit_queue_step * n;
}

static bool vf_add_output(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t count, uint64_t head,
                          volatile uint32_t **tail)
{
    struct v6nf_nic *nic = device->nic;
    const struct v6nf_nic_family *family = nic->virtual_functions.family;
    const uint32_t queue = transmit_queue(family, nic->outputs_count);
    return nic_has_output(nic, nic->virtual_functions.outputs, tail) &&
           nic_count_output(nic, family->open_output(nic, queue, descriptors, count, head, tail));
}

/* The physical function turns on receiving for the whole card. */
static bool vf_start(struct v6nf_ring_device *device)
{
    (void)device;
    return true;
}

/* Send what is queued if the link is up. Do not wait longer than a second for all queues. */
static bool vf_stop(struct v6nf_ring_device *device)
{
    struct v6nf_nic *nic = device->nic;
    const struct v6nf_nic_family *family = nic->virtual_functions.family;
    bool is_off = true;
    if (nic->inputs_count > 0u) {
        is_off = v6nf_intel_stop_queue(nic, family->receive_queue, is_off);
    }
    for (uint32_t i = 0; i < nic->outputs_count; i++) {
        is_off = v6nf_intel_stop_queue(nic, transmit_queue(family, i), is_off);
    }
    nic->inputs_count = 0; /* otherwise a look would miss the queue, and report that the device is gone */
    nic->outputs_count = 0;
    return !v6nf_pci_is_pending(nic->address);
}

/* -- Queues of a running ring -------------------------------------------------------------------------------------- */

static bool vf_reopen_input(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t descriptors,
                            uint32_t buffer_size)
{
    struct v6nf_nic *nic = device->nic;
    const struct v6nf_nic_family *family = nic->virtual_functions.family;
    const bool is_open = family->open_input(nic, family->receive_queue, descriptors, buffer_size, &tail);
    nic->virtual_functions.is_closed = !is_open;
    return is_open;
}

static bool vf_reopen_output(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t descriptors,
                             uint32_t count, uint64_t head)
{
    struct v6nf_nic *nic = device->nic;
    return nic->virtual_functions.family->open_output(nic, intel_queue_of(nic, tail), descriptors, count, head, &tail);
}

/* Do not wait for a physical function that is in reset: the ring has other outputs. */
static enum v6nf_nic_status set_up_vf_again(struct v6nf_nic *nic)
{
    struct v6nf_nic_virtual *virtual = &nic->virtual_functions;
    if (v6nf_mailbox_is_in_reset(nic) || !virtual->family->reset(nic)) {
        return V6NF_NIC_NO_RESET;
    }
    virtual->is_closed = true;
    for (uint32_t i = 0; i < sizeof virtual->counted / sizeof virtual->counted[0]; i++) {
        virtual->counted[i] = 0;
    }
    return ask_for_everything(nic, virtual->family) && (virtual->groups_count == 0u || ask_for_groups(nic))
               ? V6NF_NIC_READY
               : V6NF_NIC_REFUSED;
}

static bool vf_reset(struct v6nf_ring_device *device)
{
    return v6nf_nic_reset(device->nic, set_up_vf_again);
}

static const struct v6nf_ring_device_operations vf_device_operations = {
    .add_input = vf_add_input,
    .add_output = vf_add_output,
    .start = vf_start,
    .stop = vf_stop,
    .has_link = v6nf_nic_has_link,
    .is_lost = v6nf_nic_is_lost,
    .end_input = v6nf_intel_end_input,
    .end_output = v6nf_intel_end_output,
    .reopen_input = vf_reopen_input,
    .reopen_output = vf_reopen_output,
    .reset = vf_reset,
};

/* -- Counters ------------------------------------------------------------------------------------------------------ */

void v6nf_vf_count(struct v6nf_nic *nic, const uint64_t *shown, uint64_t bytes_mask, uint32_t dropped)
{
    uint64_t *counted = nic->virtual_functions.counted;
    const uint64_t received = (shown[0] - counted[0]) & UINT32_MAX;
    const uint64_t sent = (shown[2] - counted[2]) & UINT32_MAX;
    const struct v6nf_port_counters since = {
        .received = received,
        .received_bytes = intel_without_fcs((shown[1] - counted[1]) & bytes_mask, received),
        .sent = sent,
        .sent_bytes = intel_without_fcs((shown[3] - counted[3]) & bytes_mask, sent),
        .receive_dropped = dropped};
    if (v6nf_nic_count(nic, &since)) {
        for (uint32_t i = 0; i < 4u; i++) {
            counted[i] = shown[i];
        }
    }
}

/* -- Initialization ------------------------------------------------------------------------------------------------ */

enum v6nf_nic_status v6nf_vf_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                  const struct v6nf_nic_config *config, struct v6nf_nic *physical,
                                  const struct v6nf_nic_family *family)
{
    const enum v6nf_nic_status status = v6nf_nic_prepare(nic, address, config, 1u);
    nic->kind = v6nf_intel_kind(v6nf_pci_virtual_id(address), family->devices);
    if (nic->kind == NULL) {
        return V6NF_NIC_OTHER_DEVICE;
    }
    v6nf_intel_use_offloads(nic, family->devices);
    nic->device.format = V6NF_RING_ADVANCED;
    nic->device.writes_heads = family->writes_heads;
    nic->virtual_functions = (struct v6nf_nic_virtual){.family = family,
                                                       .outputs = nic->kind->model->queues,
                                                       .physical = physical,
                                                       .serve = family->serve,
                                                       .mailbox = family->mailbox,
                                                       .messages = family->messages,
                                                       .queue = family->receive_queue + QUEUE_CONTROL};
    nic->registers = v6nf_pci_open_virtual(address, 0u, REGISTERS_SIZE);
    if (nic->registers == NULL) {
        return V6NF_NIC_NO_REGISTERS;
    }
    if (!family->reset(nic)) {
        return V6NF_NIC_NO_RESET;
    }
    if (status != V6NF_NIC_READY || nic->config.promiscuous) { /* the function was reset in this case, too */
        return status != V6NF_NIC_READY ? status : V6NF_NIC_PROMISCUOUS_BAD;
    }
    if (!ask_for_everything(nic, family)) {
        return V6NF_NIC_REFUSED;
    }
    return v6nf_nic_begin(nic, family->port_operations, &vf_device_operations);
}
