/* device.c: how a virtio-net device is found, on PCI or in memory, and set up as a port. Sections are those of virtio
 * 1.1. */
#include "virtio.h"

#include "../nic/nic_port.h"
#include "../pci/pci.h"

#define MTU_MIN 1280u /* RFC 8200, 5 */

/* Features that the driver uses if they are offered. */
#define FEATURES_KNOWN                                                                                                 \
    (NET_F_MTU + NET_F_MAC + NET_F_STATUS + F_EVENT_IDX + F_VERSION_1 + F_ACCESS_PLATFORM + F_IN_ORDER +               \
     F_ORDER_PLATFORM)

#define CONFIG_TRIES 10u

#define MMIO_MAGIC 0x00u
#define MMIO_MAGIC_VALUE 0x74726976u
#define MMIO_VERSION 0x04u
#define MMIO_VERSION_LEGACY 1u
#define MMIO_VERSION_MODERN 2u
#define MMIO_DEVICE 0x08u
#define MMIO_DEVICE_NETWORK 1u /* 5 */
#define MMIO_NOTIFY 0x50u
#define MMIO_CONFIG 0x100u

/* -- Negotiation (3.1.1) ------------------------------------------------------------------------------------------- */

static uint64_t read_offered(const struct v6nf_virtio *virtio)
{
    v6nf_virtio_write_field(virtio, DEVICE_FEATURES_SELECT, 0u);
    uint64_t features = v6nf_virtio_read_field(virtio, DEVICE_FEATURES);
    v6nf_virtio_write_field(virtio, DEVICE_FEATURES_SELECT, 1u);
    return features + ((uint64_t)v6nf_virtio_read_field(virtio, DEVICE_FEATURES) << 32);
}

/* Do not negotiate an MTU larger than the configured one: it would need larger buffers (5.1.4.2). */
static enum v6nf_nic_status choose_mtu(struct v6nf_virtio *virtio)
{
    const uint32_t mtu = v6nf_virtio_read_config(virtio, CONFIG_MTU);
    virtio->port.mtu = virtio->config.mtu;
    if ((virtio->features & NET_F_MTU) == 0u) {
        return V6NF_NIC_READY;
    }
    if (mtu < MTU_MIN) {
        return V6NF_NIC_DEVICE_MTU_BAD;
    }
    if (mtu > virtio->config.mtu) {
        virtio->features -= NET_F_MTU;
    } else {
        virtio->port.mtu = mtu;
    }
    return V6NF_NIC_READY;
}

static enum v6nf_nic_status negotiate(struct v6nf_virtio *virtio)
{
    v6nf_virtio_add_status(virtio, STATUS_ACKNOWLEDGE);
    v6nf_virtio_add_status(virtio, STATUS_DRIVER);
    virtio->features = read_offered(virtio) & FEATURES_KNOWN;
    if ((virtio->features & F_VERSION_1) == 0u) {
        return V6NF_NIC_LEGACY;
    }
    enum v6nf_nic_status status = choose_mtu(virtio);
    if (status != V6NF_NIC_READY) {
        return status;
    }
    v6nf_virtio_write_field(virtio, DRIVER_FEATURES_SELECT, 0u);
    v6nf_virtio_write_field(virtio, DRIVER_FEATURES, (uint32_t)(virtio->features & UINT32_MAX));
    v6nf_virtio_write_field(virtio, DRIVER_FEATURES_SELECT, 1u);
    v6nf_virtio_write_field(virtio, DRIVER_FEATURES, (uint32_t)(virtio->features >> 32));
    v6nf_virtio_add_status(virtio, STATUS_FEATURES_OK);
    return (v6nf_virtio_read_field(virtio, DEVICE_STATUS) & STATUS_FEATURES_OK) != 0u ? V6NF_NIC_READY
                                                                                      : V6NF_NIC_NO_FEATURES;
}

/* Read the address until nothing changes meanwhile (2.4.1). */
static bool read_mac(const struct v6nf_virtio *virtio, uint8_t *mac)
{
    for (uint32_t i = 0; i < CONFIG_TRIES && virtio->device_registers_size >= CONFIG_STATUS; i++) {
        const uint32_t before = v6nf_virtio_read_field(virtio, CONFIG_GENERATION);
        for (uint32_t j = 0; j < CONFIG_STATUS; j++) {
            mac[j] = v6nf_env_read_register8(virtio->device_registers + CONFIG_MAC + j);
        }
        if (v6nf_virtio_read_field(virtio, CONFIG_GENERATION) == before) {
            return nic_mac_is_station(mac);
        }
    }
    return false;
}

static enum v6nf_nic_status choose_virtio_mac(struct v6nf_virtio *virtio)
{
    uint8_t *mac = virtio->port.mac;
    if (virtio->config.mac != NULL) {
        return V6NF_NIC_READY; /* prepare_virtio() has copied it */
    }
    if ((virtio->features & NET_F_MAC) != 0u) {
        return read_mac(virtio, mac) ? V6NF_NIC_READY : V6NF_NIC_NO_EEPROM;
    }
    if (nic_mac_is_station(mac)) {
        return V6NF_NIC_READY; /* chosen before a restart */
    }
    /* Choose a locally administered address at random (IEEE 802, 9.2). */
    bool is_random = v6nf_env_entropy(mac, sizeof virtio->port.mac);
    mac[0] = (uint8_t)((mac[0] & 0xFCu) + 2u);
    return is_random ? V6NF_NIC_READY : V6NF_NIC_NO_EEPROM;
}

/* -- Queues -------------------------------------------------------------------------------------------------------- */

/* Offsets of the parts of a queue of maximum size. Each begins at a cache line of its own (2.6 demands less). */
#define CACHE_LINE V6NF_ENV_CACHE_LINE
#define LINES(size) (((size) + CACHE_LINE - 1u) / CACHE_LINE * CACHE_LINE)
#define AVAILABLE_OFFSET (16u * V6NF_VIRTIO_SIZE)
#define USED_OFFSET                                                                                                    \
    (AVAILABLE_OFFSET + LINES(6u + 2u * V6NF_VIRTIO_SIZE) + 4u) /* an entry is then one word of 64 bits */
#define USED_RING 4u
#define QUEUE_MEMORY LINES(USED_OFFSET + USED_RING + 8u * V6NF_VIRTIO_SIZE + 8u)

/* Return the largest size that both sides support, 0 if there is none. */
static uint32_t choose_size(uint32_t max_size)
{
    uint32_t size = V6NF_VIRTIO_SIZE;
    while (size > max_size && size >= V6NF_VIRTIO_SIZE_MIN) {
        size /= 2u;
    }
    return size >= V6NF_VIRTIO_SIZE_MIN ? size : 0u;
}

static bool find_notify(const struct v6nf_virtio *virtio, struct v6nf_virtio_queue *queue)
{
    if (virtio->is_mmio) {
        queue->notify = virtio->registers + MMIO_NOTIFY;
        return true;
    }
    uint64_t offset = (uint64_t)v6nf_virtio_read_field(virtio, QUEUE_NOTIFY_OFFSET) * virtio->notify_multiplier;
    if (offset % 2u != 0u || offset + 2u > virtio->notify_size) {
        return false;
    }
    queue->notify = virtio->notify + offset;
    return true;
}

/* Empty the queue, whose memory stays. Write what never changes later: in order, the available ring; otherwise the
 * addresses. */
static void clear_queue(const struct v6nf_virtio *virtio, struct v6nf_virtio_queue *queue)
{
    *queue = (struct v6nf_virtio_queue){.descriptors = queue->descriptors,
                                        .available = queue->available,
                                        .used = queue->used,
                                        .used_ring = queue->used_ring,
                                        .number = queue->number};
    for (uint32_t i = 0; i < V6NF_VIRTIO_SIZE; i++) {
        queue->descriptors[2u * i] = v6nf_env_le64(v6nf_virtio_device_address(virtio, i));
        queue->descriptors[2u * i + 1u] = v6nf_env_le64(virtio->receive_size + DESCRIPTOR_WRITE);
        queue->available[AVAILABLE_RING + i] = v6nf_env_le16((uint16_t)i);
    }
    queue->available[AVAILABLE_INDEX] = 0;
    queue->used[0] = 0;
    /* Ask for no interrupts (2.6.7). With EVENT_IDX the bit must be 0, and one buffer in 65536 causes an interrupt. */
    bool has_events = (virtio->features & F_EVENT_IDX) != 0u;
    queue->available[0] = has_events ? 0 : v6nf_env_le16(AVAILABLE_NO_INTERRUPT);
}

/* Write the addresses of the queue to the device (4.1.5.1.3, 4.2.3.2). */
static enum v6nf_nic_status set_up_queue(struct v6nf_virtio *virtio, struct v6nf_virtio_queue *queue)
{
    clear_queue(virtio, queue);
    const uint64_t memory = v6nf_env_device_address(queue->descriptors);
    v6nf_virtio_write_field(virtio, QUEUE_SELECT, queue->number);
    const uint32_t size = choose_size(v6nf_virtio_read_field(virtio, QUEUE_SIZE_MAX));
    if (size == 0u || !find_notify(virtio, queue)) {
        return V6NF_NIC_NO_QUEUE;
    }
    queue->mask = size - 1u;
    queue->available[AVAILABLE_RING + size] = v6nf_env_le16(UINT16_MAX); /* used_event */
    queue->used_ring[size] = 0;                                          /* avail_event */
    v6nf_virtio_write_field(virtio, QUEUE_SIZE, size);
    v6nf_virtio_write_address(virtio, QUEUE_DESCRIPTORS, memory);
    v6nf_virtio_write_address(virtio, QUEUE_AVAILABLE, memory + AVAILABLE_OFFSET);
    v6nf_virtio_write_address(virtio, QUEUE_USED, memory + USED_OFFSET);
    v6nf_virtio_write_field(virtio, QUEUE_ENABLE, 1u);
    return V6NF_NIC_READY;
}

/* Share the buffers between the receive queue and the originate queue. */
static enum v6nf_nic_status share_with_originate_queue(struct v6nf_virtio *virtio)
{
    const uint32_t size = virtio->receive.mask + 1u;
    const uint32_t sendable = virtio->transmit.mask + 1u;
    virtio->originates = sendable / 2u < V6NF_VIRTIO_ORIGINATE ? sendable / 2u : V6NF_VIRTIO_ORIGINATE;
    virtio->slots = size < sendable - virtio->originates ? size : sendable - virtio->originates;
    virtio->originates_free = UINT64_MAX >> (64u - virtio->originates);
    virtio->originates_next = 0;
    virtio->reserved = V6NF_VIRTIO_ORIGINATE;
    for (uint32_t i = 0; i < V6NF_VIRTIO_SIZE; i++) {
        virtio->queue_of[i] = NO_QUEUE;
    }
    for (uint32_t i = 0; i < virtio->slots; i++) {
        v6nf_virtio_offer(virtio, i);
    }
    return V6NF_NIC_READY;
}

/* In a ring, all buffers are to receive into; outputs can still have some. Their number does not change. */
static enum v6nf_nic_status share_with_outputs(struct v6nf_virtio *virtio)
{
    const uint32_t size = virtio->receive.mask + 1u;
    if (virtio->ring != NULL && virtio->slots != size) {
        return V6NF_NIC_NO_QUEUE;
    }
    virtio->slots = size;
    virtio->originates = 0;
    virtio->reserved = V6NF_VIRTIO_ORIGINATE;
    for (uint32_t i = 0; i < V6NF_VIRTIO_SIZE; i++) {
        virtio->free[i] = (uint16_t)i;
        virtio->queue_of[i] = virtio->ring == NULL || i >= size ? NO_QUEUE : virtio->queue_of[i];
    }
    v6nf_virtio_offer_free(virtio);
    return V6NF_NIC_READY;
}

static enum v6nf_nic_status set_up(struct v6nf_virtio *virtio)
{
    enum v6nf_nic_status status = negotiate(virtio);
    status = status == V6NF_NIC_READY ? choose_virtio_mac(virtio) : status;
    status = status == V6NF_NIC_READY ? set_up_queue(virtio, &virtio->receive) : status;
    status = status == V6NF_NIC_READY ? set_up_queue(virtio, &virtio->transmit) : status;
    if (status != V6NF_NIC_READY) {
        return status;
    }
    virtio->in_order = (virtio->features & F_IN_ORDER) != 0u;
    /* They were zeroed, or the program had reserved one before a restart. */
    v6nf_env_cache_clean(virtio->buffers, (size_t)V6NF_VIRTIO_SIZE * virtio->buffer_size);
    status = virtio->is_in_ring ? share_with_outputs(virtio) : share_with_originate_queue(virtio);
    if (status != V6NF_NIC_READY) {
        return status;
    }
    v6nf_virtio_add_status(virtio, STATUS_DRIVER_OK);
    return (v6nf_virtio_read_field(virtio, DEVICE_STATUS) & (STATUS_NEEDS_RESET + STATUS_FAILED)) == 0u
               ? V6NF_NIC_READY
               : V6NF_NIC_NO_START;
}

enum v6nf_nic_status v6nf_virtio_restart(struct v6nf_virtio *virtio)
{
    virtio->state = V6NF_VIRTIO_STOPPED;
    if (virtio->buffers == NULL) {
        return V6NF_NIC_NOT_OPEN;
    }
    virtio->is_released = false;
    if (!v6nf_virtio_reset(virtio) || !v6nf_virtio_set_bus_master(virtio, true)) {
        return V6NF_NIC_NO_RESET;
    }
    v6nf_virtio_take_back(virtio);
    enum v6nf_nic_status status = set_up(virtio);
    if (status != V6NF_NIC_READY) {
        v6nf_virtio_add_status(virtio, STATUS_FAILED);
        (void)v6nf_virtio_set_bus_master(virtio, false);
        return status;
    }
    virtio->state = V6NF_VIRTIO_RUNS;
    v6nf_virtio_publish(virtio); /* 3.1.1: no notification before DRIVER_OK */
    return V6NF_NIC_READY;
}

/* -- Opening ------------------------------------------------------------------------------------------------------- */

static bool allocate_queue(struct v6nf_virtio_queue *queue, uint32_t number)
{
    void *memory = v6nf_env_memory(QUEUE_MEMORY, CACHE_LINE);
    if (memory == NULL || v6nf_env_device_address(memory) == V6NF_ENV_NO_ADDRESS) {
        return false;
    }
    queue->number = number;
    queue->descriptors = (volatile uint64_t *)memory;
    queue->available = (volatile uint16_t *)(void *)((uint8_t *)memory + AVAILABLE_OFFSET);
    queue->used = (volatile uint32_t *)(void *)((uint8_t *)memory + USED_OFFSET);
    queue->used_ring = (volatile uint64_t *)(void *)((uint8_t *)memory + USED_OFFSET + USED_RING);
    return true;
}

static bool allocate_memory(struct v6nf_virtio *virtio)
{
    if (!allocate_queue(&virtio->receive, RECEIVE_QUEUE) || !allocate_queue(&virtio->transmit, TRANSMIT_QUEUE)) {
        return false;
    }
    /* They include those of the originate queue: the transmit queue has a descriptor for each. */
    void *buffers = v6nf_env_buffers((size_t)V6NF_VIRTIO_SIZE * virtio->buffer_size, CACHE_LINE);
    virtio->device_buffers = buffers != NULL ? v6nf_env_device_address(buffers) : V6NF_ENV_NO_ADDRESS;
    virtio->buffers = virtio->device_buffers != V6NF_ENV_NO_ADDRESS ? (uint8_t *)buffers : NULL;
    return virtio->buffers != NULL;
}

static const struct v6nf_port_operations port_operations = {
    .poll = v6nf_virtio_poll,
    .wait = nic_wait,
    .reserve = v6nf_virtio_reserve,
    .commit = v6nf_virtio_commit,
    .link_up = v6nf_virtio_link_up,
    .read_counters = v6nf_virtio_read_counters,
    .status = v6nf_virtio_status,
    .stop = v6nf_virtio_stop_port,
};

static enum v6nf_nic_status prepare_virtio(struct v6nf_virtio *virtio, const struct v6nf_nic_config *config)
{
    const enum v6nf_nic_status status = v6nf_nic_check_config(config, V6NF_NIC_MTU_MAX, 1u);
    struct v6nf_nic_config copy = *config; /* `config` and its address may be parts of *virtio */
    struct v6nf_port port = {.operations = &port_operations, .outputs = 1};
    nic_copy_mac(&port, &copy);
    *virtio = (struct v6nf_virtio){.config = copy, .port = port};
    virtio->config.mac = copy.mac != NULL ? virtio->port.mac : NULL;
    if (status != V6NF_NIC_READY) {
        return status;
    }
    const uint32_t frame = ETHER_HEADER + VLAN_TAG + copy.mtu;
    virtio->receive_size = HEADER_SIZE + frame;
    virtio->buffer_size = LINES(FRAME_OFFSET + frame);
    virtio->port.capacity = virtio->buffer_size - FRAME_OFFSET;
    return V6NF_NIC_READY;
}

/* Reset the device before memory is allocated: an earlier program may have left it running. This holds for a bad
 * `status`, too. */
static enum v6nf_nic_status open_virtio(struct v6nf_virtio *virtio, enum v6nf_nic_status status)
{
    virtio->is_found = true;
    if (!v6nf_virtio_reset(virtio)) {
        return V6NF_NIC_NO_RESET;
    }
    if (status != V6NF_NIC_READY) {
        return status;
    }
    return allocate_memory(virtio) ? v6nf_virtio_restart(virtio) : V6NF_NIC_NO_MEMORY;
}

enum v6nf_nic_status v6nf_virtio_init_mmio(struct v6nf_virtio *virtio, uint64_t address,
                                           const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = prepare_virtio(virtio, config);
    virtio->is_mmio = true;
    virtio->registers = (volatile uint8_t *)v6nf_env_map_device(address, MMIO_CONFIG + CONFIG_SIZE);
    if (virtio->registers == NULL) {
        return V6NF_NIC_NO_REGISTERS;
    }
    virtio->device_registers = virtio->registers + MMIO_CONFIG;
    virtio->device_registers_size = CONFIG_SIZE;
    if (v6nf_env_read_register(register32(virtio->registers, MMIO_MAGIC)) != MMIO_MAGIC_VALUE ||
        v6nf_env_read_register(register32(virtio->registers, MMIO_DEVICE)) != MMIO_DEVICE_NETWORK) {
        return V6NF_NIC_OTHER_DEVICE;
    }
    uint32_t version = v6nf_env_read_register(register32(virtio->registers, MMIO_VERSION));
    if (version != MMIO_VERSION_MODERN) {
        return version == MMIO_VERSION_LEGACY ? V6NF_NIC_LEGACY : V6NF_NIC_OTHER_DEVICE;
    }
    return open_virtio(virtio, status);
}

/* -- PCI (4.1.4) --------------------------------------------------------------------------------------------------- */

#define PCI_ID_MODERN 0x10411AF4u
#define PCI_ID_TRANSITIONAL 0x10001AF4u /* has both interfaces, or only the legacy one */

#define CAPABILITY_VENDOR 0x09u
#define CAPABILITY_BAR 4u
#define CAPABILITY_OFFSET 8u
#define CAPABILITY_LENGTH 12u
#define CAPABILITY_MULTIPLIER 16u
#define MAX_CAPABILITIES 48u
#define TYPE_COMMON 1u
#define TYPE_NOTIFY 2u
#define TYPE_DEVICE 4u

/* Map the first structure of this type that is in memory, and has at least `min_size` bytes. Set *size, and *at to the
 * offset of its capability. Return NULL if there is none. */
static volatile uint8_t *map_structure(struct v6nf_env_pci_address address, uint32_t type, uint32_t min_size,
                                       uint32_t *size, uint16_t *at)
{
    *size = 0;
    *at = 0;
    for (uint32_t i = 0; i < MAX_CAPABILITIES; i++) {
        *at = v6nf_pci_find_capability(address, CAPABILITY_VENDOR, *at);
        if (*at == 0u) {
            return NULL;
        }
        if (v6nf_env_pci_read(address, *at) >> 24 != type) {
            continue;
        }
        const uint32_t bar = v6nf_env_pci_read(address, (uint16_t)(*at + CAPABILITY_BAR)) & 0xFFu;
        const uint32_t offset = v6nf_env_pci_read(address, (uint16_t)(*at + CAPABILITY_OFFSET));
        *size = v6nf_env_pci_read(address, (uint16_t)(*at + CAPABILITY_LENGTH));
        if (offset % 4u != 0u || offset > INT32_MAX || *size > INT32_MAX || *size < min_size) {
            continue;
        }
        volatile uint32_t *registers = v6nf_pci_open(address, bar, (size_t)offset + *size);
        if (registers != NULL) {
            return (volatile uint8_t *)registers + offset;
        }
    }
    return NULL;
}

/* The address of a static function needs no GOT in position-independent code. */
static bool set_pci_bus_master(struct v6nf_env_pci_address address, bool on)
{
    return v6nf_pci_set_bus_master(address, on);
}

enum v6nf_nic_status v6nf_virtio_init_pci(struct v6nf_virtio *virtio, struct v6nf_env_pci_address address,
                                          const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = prepare_virtio(virtio, config);
    uint32_t id = v6nf_pci_id(address);
    if (id != PCI_ID_MODERN && id != PCI_ID_TRANSITIONAL) {
        return V6NF_NIC_OTHER_DEVICE;
    }
    if (v6nf_pci_find_capability(address, CAPABILITY_VENDOR, 0u) == 0u) {
        return V6NF_NIC_LEGACY;
    }
    uint32_t size = 0;
    uint16_t at = 0;
    virtio->address = address;
    virtio->set_bus_master = set_pci_bus_master;
    virtio->registers = map_structure(address, TYPE_COMMON, COMMON_SIZE, &size, &at);
    virtio->device_registers = map_structure(address, TYPE_DEVICE, 0u, &virtio->device_registers_size, &at);
    virtio->notify = map_structure(address, TYPE_NOTIFY, 2u, &virtio->notify_size, &at);
    if (virtio->registers == NULL || virtio->device_registers == NULL || virtio->notify == NULL) {
        return V6NF_NIC_NO_REGISTERS;
    }
    virtio->notify_multiplier = v6nf_env_pci_read(address, (uint16_t)(at + CAPABILITY_MULTIPLIER));
    return open_virtio(virtio, status);
}
