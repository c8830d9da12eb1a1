/* device.c: how a vmxnet3 device is found and set up as a port. */
#include "vmxnet3.h"

#include "../nic/nic_port.h"

#define VMXNET3_ID 0x07B015ADu

#define MAGIC 0xBABEFEE1u
#define DRIVER_VERSION 0x10000u
#define ONE_OF_EACH 0x01010001u /* one buffer for a frame, one transmit queue, one receive queue */
#define INTERRUPTS 0x000100u    /* one, for queues and events, */
#define INTERRUPTS_OFF 1u       /* which is off */
#define MODE_STATION 0x01u
#define MODE_GROUPS 0x02u /* those of the table */
#define MODE_BROADCAST 0x04u
#define MODE_ALL_GROUPS 0x08u
#define MODE_PROMISCUOUS 0x10u

#define PAGE V6NF_ENV_ALIGNMENT_MAX

/* -- The memory ---------------------------------------------------------------------------------------------------- */

/* Write a word of the memory, at an offset in bytes. */
static void put_word(const struct v6nf_vmxnet3 *vmxnet3, uint32_t at, uint32_t value)
{
    vmxnet3->memory[at / 4u] = v6nf_env_le32(value);
}

/* Write the device address of `what`, an offset in the memory. */
static void put_address(const struct v6nf_vmxnet3 *vmxnet3, uint32_t at, uint32_t what)
{
    const uint64_t address = vmxnet3->device_memory + what;
    put_word(vmxnet3, at, (uint32_t)(address & UINT32_MAX));
    put_word(vmxnet3, at + 4u, (uint32_t)(address >> 32));
}

static void clear_rings(struct v6nf_vmxnet3 *vmxnet3)
{
    for (uint32_t at = 0; at < GROUPS_AT; at += 4u) {
        put_word(vmxnet3, at, 0u);
    }
    vmxnet3->receive = (struct v6nf_vmxnet3_ring){.descriptors = vmxnet3->memory + RECEIVE_RING_AT / 4u,
                                                  .completions = vmxnet3->memory + RECEIVE_COMPLETIONS_AT / 4u,
                                                  .generation = RECEIVE_GENERATION};
    vmxnet3->transmit = (struct v6nf_vmxnet3_ring){.descriptors = vmxnet3->memory + TRANSMIT_RING_AT / 4u,
                                                   .completions = vmxnet3->memory + TRANSMIT_COMPLETIONS_AT / 4u,
                                                   .generation = TRANSMIT_GENERATION};
    for (uint32_t i = 0; i < V6NF_VMXNET3_SIZE; i++) {
        put_word(vmxnet3, TRANSMIT_RING_AT + DESCRIPTOR_SIZE * i + 12u, TRANSMIT_WORD_3);
    }
}

static void write_queues(const struct v6nf_vmxnet3 *vmxnet3)
{
    put_address(vmxnet3, TRANSMIT_QUEUE_AT + QUEUE_RINGS, TRANSMIT_RING_AT);
    put_address(vmxnet3, TRANSMIT_QUEUE_AT + QUEUE_COMPLETIONS, TRANSMIT_COMPLETIONS_AT);
    put_word(vmxnet3, TRANSMIT_QUEUE_AT + QUEUE_SIZES, V6NF_VMXNET3_SIZE);
    put_word(vmxnet3, TRANSMIT_QUEUE_AT + QUEUE_SIZES + 8u, V6NF_VMXNET3_SIZE);
    put_address(vmxnet3, RECEIVE_QUEUE_AT + QUEUE_RINGS, RECEIVE_RING_AT);
    put_address(vmxnet3, RECEIVE_QUEUE_AT + QUEUE_RINGS + 8u, RECEIVE_RING_2_AT);
    put_address(vmxnet3, RECEIVE_QUEUE_AT + QUEUE_COMPLETIONS, RECEIVE_COMPLETIONS_AT);
    put_word(vmxnet3, RECEIVE_QUEUE_AT + QUEUE_SIZES, V6NF_VMXNET3_SIZE);
    put_word(vmxnet3, RECEIVE_QUEUE_AT + QUEUE_SIZES + 4u, V6NF_VMXNET3_SIZE);
    put_word(vmxnet3, RECEIVE_QUEUE_AT + QUEUE_SIZES + 8u, RECEIVE_COMPLETIONS);
}

/* Write which groups and other frames the device accepts, when it has buffers for them. */
static void write_filters(const struct v6nf_vmxnet3 *vmxnet3)
{
    const struct v6nf_nic_config *config = &vmxnet3->common.config;
    put_word(vmxnet3, SHARED_AT + SHARED_RECEIVE_MODE,
             MODE_STATION + MODE_BROADCAST + (vmxnet3->groups_count > 0u ? MODE_GROUPS : 0u) +
                 (config->promiscuous ? MODE_PROMISCUOUS : 0u) +
                 (config->promiscuous || !config->few_groups ? MODE_ALL_GROUPS : 0u));
    put_word(vmxnet3, SHARED_AT + SHARED_GROUPS_SIZE, GROUP_SIZE * vmxnet3->groups_count);
}

static void write_shared(const struct v6nf_vmxnet3 *vmxnet3)
{
    put_word(vmxnet3, SHARED_AT + SHARED_MAGIC, MAGIC);
    put_word(vmxnet3, SHARED_AT + SHARED_DRIVER_VERSION, DRIVER_VERSION);
    put_word(vmxnet3, SHARED_AT + SHARED_REVISIONS, REVISION_1);
    put_word(vmxnet3, SHARED_AT + SHARED_UPT_VERSIONS, REVISION_1);
    put_word(vmxnet3, SHARED_AT + SHARED_FEATURES, vmxnet3->common.config.checksums ? FEATURE_CHECKSUMS : 0u);
    put_address(vmxnet3, SHARED_AT + SHARED_QUEUES, QUEUES_AT);
    put_word(vmxnet3, SHARED_AT + SHARED_QUEUES_SIZE, 2u * QUEUE_SIZE);
    put_word(vmxnet3, SHARED_AT + SHARED_MTU, vmxnet3->common.config.mtu);
    put_word(vmxnet3, SHARED_AT + SHARED_COUNTS, ONE_OF_EACH);
    put_word(vmxnet3, SHARED_AT + SHARED_INTERRUPTS, INTERRUPTS);
    put_word(vmxnet3, SHARED_AT + SHARED_INTERRUPT_CONTROL, INTERRUPTS_OFF);
    put_address(vmxnet3, SHARED_AT + SHARED_GROUPS, GROUPS_AT);
    for (uint32_t i = 0; i < SHARED_VLANS_SIZE; i += 4u) {
        put_word(vmxnet3, SHARED_AT + SHARED_VLANS + i, UINT32_MAX);
    }
    put_word(vmxnet3, SHARED_AT + SHARED_RECEIVE_MODE, 0u);
    put_word(vmxnet3, SHARED_AT + SHARED_GROUPS_SIZE, 0u);
}

/* Write the filters, and let the device read them. */
static void update_filters(const struct v6nf_vmxnet3 *vmxnet3)
{
    write_filters(vmxnet3);
    v6nf_env_dma_write_barrier();
    register_write(vmxnet3->control, COMMAND, UPDATE_MAC_FILTERS);
    register_write(vmxnet3->control, COMMAND, UPDATE_RECEIVE_MODE);
}

/* -- Starting ------------------------------------------------------------------------------------------------------ */

static bool choose_vmxnet3_mac(struct v6nf_vmxnet3 *vmxnet3)
{
    if (vmxnet3->common.config.mac == NULL) {
        const uint32_t words[2] = {vmxnet3_command(vmxnet3, GET_MAC_LOW), vmxnet3_command(vmxnet3, GET_MAC_HIGH)};
        nic_mac_of_words(words, vmxnet3->common.port.mac);
    }
    return nic_mac_is_station(vmxnet3->common.port.mac);
}

/* Activate the device, which accepts no frame yet. QEMU's then has the hypervisor's address again: write that of the
 * port after it. */
static bool activate(const struct v6nf_vmxnet3 *vmxnet3)
{
    uint32_t mac[2];
    const uint64_t shared = vmxnet3->device_memory + SHARED_AT;
    v6nf_env_dma_write_barrier();
    register_write(vmxnet3->control, SHARED_LOW, (uint32_t)(shared & UINT32_MAX));
    register_write(vmxnet3->control, SHARED_HIGH, (uint32_t)(shared >> 32));
    if (vmxnet3_command(vmxnet3, ACTIVATE) != 0u) {
        return false;
    }
    nic_mac_to_words(mac, vmxnet3->common.port.mac);
    register_write(vmxnet3->control, MAC_LOW, mac[0]);
    register_write(vmxnet3->control, MAC_HIGH, mac[1]);
    register_write(vmxnet3->control, COMMAND, UPDATE_VLAN_FILTERS);
    return true;
}

/* Give the device its receive buffers, and their number, even if it does not ask for that. */
static void give_buffers(struct v6nf_vmxnet3 *vmxnet3)
{
    paravirtual_share(&vmxnet3->common, RECEIVE_SLOTS, V6NF_VMXNET3_ORIGINATE);
    v6nf_vmxnet3_offer_all(vmxnet3);
    vmxnet3->announced = vmxnet3->receive.next;
    v6nf_vmxnet3_publish(vmxnet3);
    register_write(vmxnet3->rings, RECEIVE_PRODUCER, vmxnet3->announced);
    register_write(vmxnet3->rings, RECEIVE_PRODUCER_2, 0u);
}

static enum v6nf_nic_status start_vmxnet3(struct v6nf_paravirtual *common)
{
    struct v6nf_vmxnet3 *vmxnet3 = vmxnet3_of(common);
    if (!choose_vmxnet3_mac(vmxnet3)) {
        return V6NF_NIC_NO_EEPROM;
    }
    clear_rings(vmxnet3);
    write_queues(vmxnet3);
    write_shared(vmxnet3);
    if (!activate(vmxnet3)) {
        v6nf_vmxnet3_begin_reset(common);
        return V6NF_NIC_NO_START;
    }
    v6nf_vmxnet3_begin_counting(vmxnet3);
    give_buffers(vmxnet3);
    update_filters(vmxnet3);
    return V6NF_NIC_READY;
}

enum v6nf_nic_status v6nf_vmxnet3_restart(struct v6nf_vmxnet3 *vmxnet3)
{
    return v6nf_paravirtual_restart(&vmxnet3->common);
}

/* Return true if the table has the group. */
static bool has_group(const struct v6nf_vmxnet3 *vmxnet3, const uint8_t *mac)
{
    const volatile uint8_t *groups = (const volatile uint8_t *)vmxnet3->memory + GROUPS_AT;
    for (uint32_t i = 0; i < vmxnet3->groups_count; i++) {
        bool is_same = true;
        for (uint32_t j = 0; j < GROUP_SIZE; j++) {
            is_same = is_same && groups[GROUP_SIZE * i + j] == mac[j];
        }
        if (is_same) {
            return true;
        }
    }
    return false;
}

bool v6nf_vmxnet3_add_group(struct v6nf_vmxnet3 *vmxnet3, const uint8_t *mac)
{
    if (vmxnet3->common.state != V6NF_PARAVIRTUAL_RUNS || (mac[0] & 1u) == 0u) {
        return false;
    }
    if (vmxnet3->common.config.promiscuous || !vmxnet3->common.config.few_groups || has_group(vmxnet3, mac)) {
        return true;
    }
    if (vmxnet3->groups_count == V6NF_VMXNET3_GROUPS) {
        return false;
    }
    volatile uint8_t *groups = (volatile uint8_t *)vmxnet3->memory + GROUPS_AT;
    for (uint32_t i = 0; i < GROUP_SIZE; i++) {
        groups[GROUP_SIZE * vmxnet3->groups_count + i] = mac[i];
    }
    vmxnet3->groups_count++;
    update_filters(vmxnet3);
    return true;
}

/* -- Opening ------------------------------------------------------------------------------------------------------- */

static bool allocate_rings(struct v6nf_paravirtual *common)
{
    struct v6nf_vmxnet3 *vmxnet3 = vmxnet3_of(common);
    void *memory = v6nf_env_memory(MEMORY_SIZE, MEMORY_ALIGNMENT);
    vmxnet3->memory = (volatile uint32_t *)memory;
    vmxnet3->device_memory = memory != NULL ? v6nf_env_device_address(memory) : V6NF_ENV_NO_ADDRESS;
    return vmxnet3->device_memory != V6NF_ENV_NO_ADDRESS;
}

static const struct v6nf_port_operations port_operations = {
    .poll = v6nf_vmxnet3_poll, .read_counters = v6nf_vmxnet3_read_counters, PARAVIRTUAL_PORT};

static const struct v6nf_paravirtual_operations device_operations = {
    .look = v6nf_vmxnet3_look,
    .has_link = v6nf_vmxnet3_has_link,
    .begin_reset = v6nf_vmxnet3_begin_reset,
    .reset = v6nf_vmxnet3_reset,
    .set_bus_master = v6nf_vmxnet3_set_bus_master,
    .start = start_vmxnet3,
    .recycle = v6nf_vmxnet3_recycle,
    .send = v6nf_vmxnet3_send,
};

/* Return the bytes of a buffer for frames of this length. It is inside a page if it can be: behind an IOMMU, QEMU's
 * device sends no frame that is in two pages. */
static uint32_t choose_buffer_size(uint32_t frame)
{
    return frame <= PAGE / 2u ? PAGE / 2u : frame <= PAGE ? PAGE : CACHE_LINES(frame);
}

static enum v6nf_nic_status prepare_vmxnet3(struct v6nf_vmxnet3 *vmxnet3, const struct v6nf_nic_config *config)
{
    struct v6nf_paravirtual *common = &vmxnet3->common;
    const enum v6nf_nic_status status = v6nf_paravirtual_prepare(common, sizeof *vmxnet3, config, V6NF_VMXNET3_MTU_MAX);
    common->port.operations = &port_operations;
    common->device = &device_operations;
    if (status == V6NF_NIC_READY) {
        common->receive_size = ETHER_HEADER + VLAN_TAG + common->config.mtu;
        common->buffer_size = choose_buffer_size(common->receive_size);
        common->port.capacity = common->buffer_size;
        common->port.checksums = common->config.checksums ? V6NF_PORT_VERIFIES + V6NF_PORT_INSERTS : 0u;
    }
    return status;
}

/* Choose revision 1 if the register offers it. */
static bool choose_revision(const struct v6nf_vmxnet3 *vmxnet3, uint32_t offset)
{
    const uint32_t offered = register_read(vmxnet3->control, offset);
    if (offered == UINT32_MAX || (offered & REVISION_1) == 0u) {
        return false;
    }
    register_write(vmxnet3->control, offset, REVISION_1);
    return true;
}

enum v6nf_nic_status v6nf_vmxnet3_init(struct v6nf_vmxnet3 *vmxnet3, struct v6nf_env_pci_address address,
                                       const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = prepare_vmxnet3(vmxnet3, config);
    if (v6nf_pci_id(address) != VMXNET3_ID) {
        return V6NF_NIC_OTHER_DEVICE;
    }
    vmxnet3->common.address = address;
    vmxnet3->rings = v6nf_pci_open(address, RINGS_BAR, BAR_SIZE);
    vmxnet3->control = v6nf_pci_open(address, CONTROL_BAR, BAR_SIZE);
    if (vmxnet3->rings == NULL || vmxnet3->control == NULL) {
        return V6NF_NIC_NO_REGISTERS;
    }
    if (!choose_revision(vmxnet3, REVISIONS) || !choose_revision(vmxnet3, UPT_VERSIONS)) {
        return V6NF_NIC_NO_REVISION;
    }
    return v6nf_paravirtual_open(&vmxnet3->common, status, V6NF_VMXNET3_SIZE, allocate_rings);
}
