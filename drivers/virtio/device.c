/* device.c: a virtio-net device is found, by PCI or in memory, and set up. Sections are those of virtio 1.1. */
#include "device.h"

#include "../nic/nic_port.h"
#include "../pci/pci.h"

#define MTU_MIN 1280u /* RFC 8200, 5 */

/* What the driver can do with, of what is offered. */
#define FEATURES_KNOWN (NET_F_MTU + NET_F_MAC + NET_F_STATUS + F_EVENT_IDX + F_VERSION_1 + F_ACCESS_PLATFORM + F_IN_ORDER + \
                        F_ORDER_PLATFORM)

/* Device Status (2.1). */
#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER 2u
#define STATUS_DRIVER_OK 4u
#define STATUS_FEATURES_OK 8u
#define STATUS_NEEDS_RESET 64u
#define STATUS_FAILED 128u

/* The device configuration (5.1.4). */
#define CONFIG_MAC 0u
#define CONFIG_STATUS 6u
#define CONFIG_STATUS_LINK_UP 1u
#define CONFIG_MTU 10u
#define CONFIG_SIZE 12u /* as far as the driver reads it */
#define CONFIG_TRIES 10u

#define WAIT_STEP 10u /* microseconds */
#define WAIT_STEPS 100000u

/* -- Registers ----------------------------------------------------------------------------------------------------------- */

enum field {
    DEVICE_FEATURES_SELECT,
    DEVICE_FEATURES,
    DRIVER_FEATURES_SELECT,
    DRIVER_FEATURES,
    DEVICE_STATUS,
    CONFIG_GENERATION,
    QUEUE_SELECT,
    QUEUE_SIZE_MAX,
    QUEUE_SIZE,
    QUEUE_ENABLE,
    QUEUE_NOTIFY_OFFSET,
    QUEUE_DESCRIPTORS, /* 64 bits */
    QUEUE_AVAILABLE,
    QUEUE_USED
};

/* The same in both places: an offset in the registers of 4.2.2, where all have 32 bits, and an offset in the common configuration
 * (4.1.4.3), where each is accessed as wide as it is (4.1.3.1). */
struct place {
    uint8_t mmio;
    uint8_t pci;
    uint8_t pci_size;
};

static const struct place places[] = {
    [DEVICE_FEATURES_SELECT] = {0x14, 0x00, 4}, [DEVICE_FEATURES] = {0x10, 0x04, 4},
    [DRIVER_FEATURES_SELECT] = {0x24, 0x08, 4}, [DRIVER_FEATURES] = {0x20, 0x0C, 4},
    [DEVICE_STATUS] = {0x70, 0x14, 1},          [CONFIG_GENERATION] = {0xFC, 0x15, 1},
    [QUEUE_SELECT] = {0x30, 0x16, 2},           [QUEUE_SIZE_MAX] = {0x34, 0x18, 2},
    [QUEUE_SIZE] = {0x38, 0x18, 2},             [QUEUE_ENABLE] = {0x44, 0x1C, 2},
    [QUEUE_NOTIFY_OFFSET] = {0, 0x1E, 2}, /* of PCI alone */
    [QUEUE_DESCRIPTORS] = {0x80, 0x20, 4},      [QUEUE_AVAILABLE] = {0x90, 0x28, 4},
    [QUEUE_USED] = {0xA0, 0x30, 4},
};

#define COMMON_SIZE 0x38u

#define MMIO_MAGIC 0x00u
#define MMIO_MAGIC_VALUE 0x74726976u
#define MMIO_VERSION 0x04u
#define MMIO_VERSION_LEGACY 1u
#define MMIO_VERSION_MODERN 2u
#define MMIO_DEVICE 0x08u
#define MMIO_DEVICE_NETWORK 1u /* 5 */
#define MMIO_NOTIFY 0x50u
#define MMIO_CONFIG 0x100u

static volatile uint32_t *register32(volatile uint8_t *registers, uint32_t offset)
{
    return (volatile uint32_t *)(volatile void *)(registers + offset);
}

static volatile uint16_t *register16(volatile uint8_t *registers, uint32_t offset)
{
    return (volatile uint16_t *)(volatile void *)(registers + offset);
}

static uint32_t read_field(const struct v6nf_virtio *virtio, enum field field)
{
    const struct place *place = &places[field];
    if (virtio->is_mmio || place->pci_size == 4u) {
        return v6nf_env_read_register(register32(virtio->registers, virtio->is_mmio ? place->mmio : place->pci));
    }
    if (place->pci_size == 2u) {
        return v6nf_env_read_register16(register16(virtio->registers, place->pci));
    }
    return v6nf_env_read_register8(virtio->registers + place->pci);
}

static void write_field(const struct v6nf_virtio *virtio, enum field field, uint32_t value)
{
    const struct place *place = &places[field];
    if (virtio->is_mmio || place->pci_size == 4u) {
        v6nf_env_write_register(register32(virtio->registers, virtio->is_mmio ? place->mmio : place->pci), value);
    } else if (place->pci_size == 2u) {
        v6nf_env_write_register16(register16(virtio->registers, place->pci), (uint16_t)value);
    } else {
        v6nf_env_write_register8(virtio->registers + place->pci, (uint8_t)value);
    }
}

/* 64 bits are written as two halves, the lower first, 4 bytes apart in both places. */
static void write_address(const struct v6nf_virtio *virtio, enum field field, uint64_t value)
{
    uint32_t offset = virtio->is_mmio ? places[field].mmio : places[field].pci;
    v6nf_env_write_register(register32(virtio->registers, offset), (uint32_t)(value & UINT32_MAX));
    v6nf_env_write_register(register32(virtio->registers, offset + 4u), (uint32_t)(value >> 32));
}

static void add_status(const struct v6nf_virtio *virtio, uint32_t bits)
{
    write_field(virtio, DEVICE_STATUS, read_field(virtio, DEVICE_STATUS) | bits);
}

/* 0 for what the device does not have. */
static uint32_t read_config16(const struct v6nf_virtio *virtio, uint32_t offset)
{
    if (offset + 2u > virtio->device_registers_size) {
        return 0;
    }
    return v6nf_env_read_register16(register16(virtio->device_registers, offset));
}

/* -- Stopping ------------------------------------------------------------------------------------------------------------ */

/* A device that is no bus master reaches no memory, no matter what its status is. The call is by a pointer, so that a
 * board without PCI does not link it. */
static bool set_bus_master(const struct v6nf_virtio *virtio, bool on)
{
    return virtio->set_bus_master == NULL || virtio->set_bus_master(virtio->address, on);
}

void v6nf_virtio_stop(struct v6nf_virtio *virtio, enum v6nf_virtio_state reason)
{
    virtio->state = reason;
    write_field(virtio, DEVICE_STATUS, 0u); /* a reset (2.4); stop() and restart wait for its end */
    (void)set_bus_master(virtio, false);
}

/* A status of all ones has reserved bits (2.1): nothing is there that answers. */
static bool is_gone(const struct v6nf_virtio *virtio, uint32_t status)
{
    return status == (virtio->is_mmio ? UINT32_MAX : UINT8_MAX);
}

enum v6nf_port_status v6nf_virtio_status(struct v6nf_port *port)
{
    struct v6nf_virtio *virtio = virtio_of(port);
    if (virtio->state == V6NF_VIRTIO_RUNS) {
        const uint32_t status = read_field(virtio, DEVICE_STATUS);
        if (is_gone(virtio, status)) {
            v6nf_virtio_stop(virtio, V6NF_VIRTIO_GONE);
        } else if ((status & STATUS_NEEDS_RESET) != 0u) {
            v6nf_virtio_stop(virtio, V6NF_VIRTIO_NEEDS_RESET);
        }
    }
    return virtio->state == V6NF_VIRTIO_RUNS   ? V6NF_PORT_RUNNING
           : virtio->state == V6NF_VIRTIO_GONE ? V6NF_PORT_GONE
                                               : V6NF_PORT_STOPPED;
}

bool v6nf_virtio_link_up(struct v6nf_port *port)
{
    struct v6nf_virtio *virtio = virtio_of(port);
    const bool is_up = virtio->state == V6NF_VIRTIO_RUNS &&
                       ((virtio->features & NET_F_STATUS) == 0u ||
                        (read_config16(virtio, CONFIG_STATUS) & CONFIG_STATUS_LINK_UP) != 0u);
    return v6nf_virtio_status(port) == V6NF_PORT_RUNNING && is_up; /* looked at last: what was read is the device's */
}

/* -- Negotiation (3.1.1) ------------------------------------------------------------------------------------------------- */

static bool reset(const struct v6nf_virtio *virtio)
{
    write_field(virtio, DEVICE_STATUS, 0u);
    for (uint32_t i = 0; i < WAIT_STEPS; i++) {
        if (read_field(virtio, DEVICE_STATUS) == 0u) {
            return true;
        }
        v6nf_env_sleep(WAIT_STEP);
    }
    return false;
}

/* Wait for the end of the reset, also of a device that the driver has stopped already. */
bool v6nf_virtio_stop_port(struct v6nf_port *port)
{
    struct v6nf_virtio *virtio = virtio_of(port);
    if (!virtio->is_found || virtio->is_released) {
        return true; /* whose it is is not known */
    }
    /* Gone, also after the driver has stopped it. */
    const bool is_gone_now = v6nf_virtio_status(port) == V6NF_PORT_GONE || is_gone(virtio, read_field(virtio, DEVICE_STATUS));
    if (virtio->state == V6NF_VIRTIO_RUNS) {
        virtio->state = V6NF_VIRTIO_STOPPED;
    }
    const bool is_reset = is_gone_now || reset(virtio);
    virtio->is_released = set_bus_master(virtio, false) && is_reset;
    return virtio->is_released;
}

static uint64_t read_offered(const struct v6nf_virtio *virtio)
{
    write_field(virtio, DEVICE_FEATURES_SELECT, 0u);
    uint64_t features = read_field(virtio, DEVICE_FEATURES);
    write_field(virtio, DEVICE_FEATURES_SELECT, 1u);
    return features + ((uint64_t)read_field(virtio, DEVICE_FEATURES) << 32);
}

/* A larger MTU than that of the configuration is not negotiated: it would ask for larger buffers (5.1.4.2). */
static enum v6nf_nic_status choose_mtu(struct v6nf_virtio *virtio)
{
    const uint32_t mtu = read_config16(virtio, CONFIG_MTU);
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
    add_status(virtio, STATUS_ACKNOWLEDGE);
    add_status(virtio, STATUS_DRIVER);
    virtio->features = read_offered(virtio) & FEATURES_KNOWN;
    if ((virtio->features & F_VERSION_1) == 0u) {
        return V6NF_NIC_LEGACY;
    }
    enum v6nf_nic_status status = choose_mtu(virtio);
    if (status != V6NF_NIC_READY) {
        return status;
    }
    write_field(virtio, DRIVER_FEATURES_SELECT, 0u);
    write_field(virtio, DRIVER_FEATURES, (uint32_t)(virtio->features & UINT32_MAX));
    write_field(virtio, DRIVER_FEATURES_SELECT, 1u);
    write_field(virtio, DRIVER_FEATURES, (uint32_t)(virtio->features >> 32));
    add_status(virtio, STATUS_FEATURES_OK);
    return (read_field(virtio, DEVICE_STATUS) & STATUS_FEATURES_OK) != 0u ? V6NF_NIC_READY : V6NF_NIC_NO_FEATURES;
}

/* Reads until nothing changed meanwhile (2.4.1). */
static bool read_mac(const struct v6nf_virtio *virtio, uint8_t *mac)
{
    for (uint32_t i = 0; i < CONFIG_TRIES && virtio->device_registers_size >= CONFIG_STATUS; i++) {
        const uint32_t before = read_field(virtio, CONFIG_GENERATION);
        for (uint32_t j = 0; j < CONFIG_STATUS; j++) {
            mac[j] = v6nf_env_read_register8(virtio->device_registers + CONFIG_MAC + j);
        }
        if (read_field(virtio, CONFIG_GENERATION) == before) {
            return nic_mac_is_station(mac);
        }
    }
    return false;
}

static enum v6nf_nic_status choose_mac(struct v6nf_virtio *virtio)
{
    uint8_t *mac = virtio->port.mac;
    if (virtio->config.mac != NULL) {
        return V6NF_NIC_READY; /* copied by prepare() */
    }
    if ((virtio->features & NET_F_MAC) != 0u) {
        return read_mac(virtio, mac) ? V6NF_NIC_READY : V6NF_NIC_NO_EEPROM;
    }
    if (nic_mac_is_station(mac)) {
        return V6NF_NIC_READY; /* made before a restart */
    }
    /* Locally administered (IEEE 802, 9.2). */
    bool is_random = v6nf_env_entropy(mac, sizeof virtio->port.mac);
    mac[0] = (uint8_t)((mac[0] & 0xFCu) + 2u);
    return is_random ? V6NF_NIC_READY : V6NF_NIC_NO_EEPROM;
}

/* -- Queues -------------------------------------------------------------------------------------------------------------- */

/* Where the parts of a queue are in its memory, at its largest: each on cache lines of its own (2.6 asks for less). */
#define CACHE_LINE 64u
#define LINES(size) (((size) + CACHE_LINE - 1u) / CACHE_LINE * CACHE_LINE)
#define AVAILABLE_OFFSET (16u * V6NF_VIRTIO_SIZE)
#define USED_OFFSET (AVAILABLE_OFFSET + LINES(6u + 2u * V6NF_VIRTIO_SIZE) + 4u) /* so that an entry is one word of 64 bits */
#define USED_RING 4u
#define QUEUE_MEMORY LINES(USED_OFFSET + USED_RING + 8u * V6NF_VIRTIO_SIZE + 8u)

/* The largest size that both sides can have; 0 if there is none. */
static uint32_t choose_size(uint32_t most)
{
    uint32_t size = V6NF_VIRTIO_SIZE;
    while (size > most && size >= V6NF_VIRTIO_SIZE_MIN) {
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
    uint64_t offset = (uint64_t)read_field(virtio, QUEUE_NOTIFY_OFFSET) * virtio->notify_multiplier;
    if (offset % 2u != 0u || offset + 2u > virtio->notify_size) {
        return false;
    }
    queue->notify = virtio->notify + offset;
    return true;
}

/* Empties the queue, in memory that it has already. What stays as it is later is written here: in order, the available ring; else
 * the addresses. */
static void clear_queue(const struct v6nf_virtio *virtio, struct v6nf_virtio_queue *queue)
{
    *queue = (struct v6nf_virtio_queue){
        .descriptors = queue->descriptors, .available = queue->available, .used = queue->used, .used_ring = queue->used_ring,
        .number = queue->number};
    for (uint32_t i = 0; i < V6NF_VIRTIO_SIZE; i++) {
        queue->descriptors[2u * i] = v6nf_env_le64(v6nf_virtio_device_address(virtio, i));
        queue->descriptors[2u * i + 1u] = v6nf_env_le64(virtio->receive_size + DESCRIPTOR_WRITE);
        queue->available[AVAILABLE_RING + i] = v6nf_env_le16((uint16_t)i);
    }
    queue->available[AVAILABLE_INDEX] = 0;
    queue->used[0] = 0;
    /* 2.6.7: no interrupts; with EVENT_IDX, one in 65536 buffers, and the bit is not to be set. */
    bool has_events = (virtio->features & F_EVENT_IDX) != 0u;
    queue->available[0] = has_events ? 0 : v6nf_env_le16(AVAILABLE_NO_INTERRUPT);
}

/* Tells the device where the queue is (4.1.5.1.3, 4.2.3.2). */
static enum v6nf_nic_status set_up_queue(struct v6nf_virtio *virtio, struct v6nf_virtio_queue *queue)
{
    clear_queue(virtio, queue);
    const uint64_t memory = v6nf_env_device_address(queue->descriptors);
    write_field(virtio, QUEUE_SELECT, queue->number);
    const uint32_t size = choose_size(read_field(virtio, QUEUE_SIZE_MAX));
    if (size == 0u || !find_notify(virtio, queue)) {
        return V6NF_NIC_NO_QUEUE;
    }
    queue->mask = size - 1u;
    queue->available[AVAILABLE_RING + size] = v6nf_env_le16(UINT16_MAX); /* used_event */
    queue->used_ring[size] = 0;                                         /* avail_event */
    write_field(virtio, QUEUE_SIZE, size);
    write_address(virtio, QUEUE_DESCRIPTORS, memory);
    write_address(virtio, QUEUE_AVAILABLE, memory + AVAILABLE_OFFSET);
    write_address(virtio, QUEUE_USED, memory + USED_OFFSET);
    write_field(virtio, QUEUE_ENABLE, 1u);
    return V6NF_NIC_READY;
}

static enum v6nf_nic_status set_up(struct v6nf_virtio *virtio)
{
    enum v6nf_nic_status status = negotiate(virtio);
    status = status == V6NF_NIC_READY ? choose_mac(virtio) : status;
    status = status == V6NF_NIC_READY ? set_up_queue(virtio, &virtio->receive) : status;
    status = status == V6NF_NIC_READY ? set_up_queue(virtio, &virtio->transmit) : status;
    if (status != V6NF_NIC_READY) {
        return status;
    }
    const uint32_t size = virtio->receive.mask + 1u;
    const uint32_t room = virtio->transmit.mask + 1u - V6NF_VIRTIO_ORIGINATE;
    virtio->slots = size < room ? size : room;
    virtio->in_order = (virtio->features & F_IN_ORDER) != 0u;
    virtio->originates_free = (1u << V6NF_VIRTIO_ORIGINATE) - 1u;
    virtio->reserved = V6NF_VIRTIO_ORIGINATE;
    for (uint32_t i = 0; i < V6NF_VIRTIO_SIZE; i++) {
        virtio->places[i] = NO_QUEUE;
    }
    for (uint32_t i = 0; i < virtio->slots; i++) {
        v6nf_virtio_offer(virtio, i);
    }
    add_status(virtio, STATUS_DRIVER_OK);
    return (read_field(virtio, DEVICE_STATUS) & (STATUS_NEEDS_RESET + STATUS_FAILED)) == 0u ? V6NF_NIC_READY : V6NF_NIC_NO_START;
}

enum v6nf_nic_status v6nf_virtio_restart(struct v6nf_virtio *virtio)
{
    virtio->state = V6NF_VIRTIO_STOPPED;
    if (virtio->buffers == NULL) {
        return V6NF_NIC_NOT_OPEN;
    }
    virtio->is_released = false;
    if (!reset(virtio) || !set_bus_master(virtio, true)) {
        return V6NF_NIC_NO_RESET;
    }
    enum v6nf_nic_status status = set_up(virtio);
    if (status != V6NF_NIC_READY) {
        add_status(virtio, STATUS_FAILED);
        (void)set_bus_master(virtio, false);
        return status;
    }
    virtio->state = V6NF_VIRTIO_RUNS;
    v6nf_virtio_publish(virtio); /* 3.1.1: no notification before DRIVER_OK */
    return V6NF_NIC_READY;
}

/* -- Opening ------------------------------------------------------------------------------------------------------------- */

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

static bool allocate(struct v6nf_virtio *virtio)
{
    if (!allocate_queue(&virtio->receive, RECEIVE_QUEUE) ||
        !allocate_queue(&virtio->transmit, TRANSMIT_QUEUE)) {
        return false;
    }
    /* Those of the second way out among them: the transmit queue has a descriptor for each. */
    void *buffers = v6nf_env_memory((size_t)V6NF_VIRTIO_SIZE * virtio->buffer_size, CACHE_LINE);
    virtio->device_buffers = buffers != NULL ? v6nf_env_device_address(buffers) : V6NF_ENV_NO_ADDRESS;
    virtio->buffers = virtio->device_buffers != V6NF_ENV_NO_ADDRESS ? (uint8_t *)buffers : NULL;
    return virtio->buffers != NULL;
}

static enum v6nf_nic_status prepare(struct v6nf_virtio *virtio, const struct v6nf_nic_config *config)
{
    const enum v6nf_nic_status status = v6nf_nic_check_config(config, V6NF_NIC_MTU_MAX, 1u);
    struct v6nf_nic_config copy = *config; /* `config` may be that of *virtio, and its address may */
    struct v6nf_port port = {.operations = &v6nf_virtio_operations, .outputs = 1};
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
static enum v6nf_nic_status open_port(struct v6nf_virtio *virtio, enum v6nf_nic_status status)
{
    virtio->is_found = true;
    if (!reset(virtio)) {
        return V6NF_NIC_NO_RESET;
    }
    if (status != V6NF_NIC_READY) {
        return status;
    }
    return allocate(virtio) ? v6nf_virtio_restart(virtio) : V6NF_NIC_NO_MEMORY;
}

enum v6nf_nic_status v6nf_virtio_init_mmio(struct v6nf_virtio *virtio, uint64_t address, const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = prepare(virtio, config);
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
    return open_port(virtio, status);
}

/* -- PCI (4.1.4) --------------------------------------------------------------------------------------------------------- */

#define PCI_ID_MODERN 0x10411AF4u
#define PCI_ID_TRANSITIONAL 0x10001AF4u /* has both interfaces, or the legacy one alone */

#define CAPABILITY_VENDOR 0x09u
#define CAPABILITY_BAR 4u
#define CAPABILITY_OFFSET 8u
#define CAPABILITY_LENGTH 12u
#define CAPABILITY_MULTIPLIER 16u
#define CAPABILITIES_MOST 48u
#define TYPE_COMMON 1u
#define TYPE_NOTIFY 2u
#define TYPE_DEVICE 4u

/* Maps the first structure of this type that is in memory, and has `least` bytes; NULL if there is none. Sets *at to where its
 * capability stands. */
static volatile uint8_t *map_structure(struct v6nf_env_pci_address address, uint32_t type, uint32_t least, uint32_t *size,
                                       uint16_t *at)
{
    *size = 0;
    *at = 0;
    for (uint32_t i = 0; i < CAPABILITIES_MOST; i++) {
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
        if (offset % 4u != 0u || offset > INT32_MAX || *size > INT32_MAX || *size < least) {
            continue;
        }
        volatile uint32_t *registers = v6nf_pci_open(address, bar, (size_t)offset + *size);
        if (registers != NULL) {
            return (volatile uint8_t *)registers + offset;
        }
    }
    return NULL;
}

/* Of this file, so that its address needs no table of the linker's where code may be loaded anywhere. */
static bool set_pci_bus_master(struct v6nf_env_pci_address address, bool on)
{
    return v6nf_pci_set_bus_master(address, on);
}

enum v6nf_nic_status v6nf_virtio_init_pci(struct v6nf_virtio *virtio, struct v6nf_env_pci_address address,
                                          const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = prepare(virtio, config);
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
    return open_port(virtio, status);
}
