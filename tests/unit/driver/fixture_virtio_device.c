/* fixture_virtio_device.c: virtio-net devices in memory: see fixture_virtio_device.h. */
#include "fixture_virtio_device.h"

#include <string.h>
#include <sys/mman.h>

#define WINDOW_SIZE 0x8000u /* of each device */
#define PCI_BAR UINT64_C(0x00E0000000)
#define PCI_BAR_STEP 0x10000u
#define PCI_COMMON 0x0000u /* in the base address register */
#define PCI_DEVICE 0x2000u
#define PCI_NOTIFY 0x3000u
#define MMIO_SIZE 0x200u
#define COMMAND_BUS_MASTER 4u

#define ACKNOWLEDGE 1u
#define DRIVER 2u
#define DRIVER_OK 4u
#define FEATURES_OK 8u
#define NEEDS_RESET 64u
#define FAILED 128u

#define HEADER 12u
#define DESCRIPTOR_SIZE 16u
#define FLAG_WRITE 2u

struct virtio_model virtio_devices[VIRTIO_DEVICES];
uint32_t virtio_selected;

static uint8_t *window;
static uint64_t now;

static void report(const char *fault)
{
    virtio_device.fault = virtio_device.fault == NULL ? fault : virtio_device.fault;
}

void virtio_device_power_on(bool is_mmio, uint32_t allocations)
{
    device_memory_free(allocations);
    memset(virtio_devices, 0, sizeof virtio_devices);
    virtio_device_add(is_mmio, 0);
}

void virtio_device_add(bool is_mmio, uint32_t number)
{
    virtio_device_select(number);
    memset(&virtio_device, 0, sizeof virtio_device);
    virtio_device.is_there = true;
    virtio_device.is_mmio = is_mmio;
    virtio_device.pci_command = COMMAND_BUS_MASTER;
    virtio_device.status = ACKNOWLEDGE + DRIVER + DRIVER_OK + FEATURES_OK; /* left by an earlier program */
    virtio_device.knobs =
        (struct virtio_knobs){.offers = UINT64_C(0x00000070FFFFFFFF) - VIRTIO_F_EVENT_IDX - VIRTIO_NET_F_MTU,
                              .queue_max = {256, 256},
                              .mac = {0x52, 0x54, 0, 1, 2, (uint8_t)(3u + number)},
                              .link = 1,
                              .mtu = 1500,
                              .mmio_magic = 0x74726976u,
                              .mmio_version = 2,
                              .mmio_device = 1,
                              .pci_id = 0x10411AF4u,
                              .pci_common_size = 0x38,
                              .pci_device_size = 12,
                              .pci_notify_size = 6,
                              .pci_notify_offset = 1,
                              .pci_multiplier = 4};
    virtio_device.knobs.offers = (virtio_device.knobs.offers & ~VIRTIO_F_IN_ORDER) | VIRTIO_F_VERSION_1;
}

static bool is_master(void)
{
    return virtio_device.is_mmio || (virtio_device.pci_command & COMMAND_BUS_MASTER) != 0u;
}

static uint8_t *memory_at(uint64_t address, uint64_t size)
{
    uint8_t *memory = device_memory_at(address, size);
    if (!is_master()) {
        report("PCI 3.0, 6.2.2: access to memory of another program, by a device that is no bus master");
        return NULL;
    }
    if (memory == NULL) {
        report("2.6: an address outside of the memory for it");
    }
    return memory;
}

static uint16_t load16(uint64_t address)
{
    const uint8_t *bytes = memory_at(address, 2);
    return bytes == NULL ? (uint16_t)0 : (uint16_t)(bytes[0] + ((uint32_t)bytes[1] << 8));
}

static uint32_t load32(uint64_t address)
{
    return load16(address) + ((uint32_t)load16(address + 2u) << 16);
}

static uint64_t load64(uint64_t address)
{
    return load32(address) + ((uint64_t)load32(address + 4u) << 32);
}

static void store16(uint64_t address, uint16_t value)
{
    uint8_t *bytes = memory_at(address, 2);
    if (bytes != NULL) {
        bytes[0] = (uint8_t)(value & 0xFFu);
        bytes[1] = (uint8_t)(value >> 8);
    }
}

static void store32(uint64_t address, uint32_t value)
{
    store16(address, (uint16_t)(value & 0xFFFFu));
    store16(address + 2u, (uint16_t)(value >> 16));
}

/* -- Registers ----------------------------------------------------------------------------------------------------- */

static void reset(void)
{
    struct virtio_model *device = &virtio_devices[virtio_selected];
    memset(device->queues, 0, sizeof device->queues);
    device->accepted = 0;
    device->status = 0;
    device->resets++;
    device->resetting = device->knobs.reset_time;
}

static void write_status(uint32_t value)
{
    struct virtio_model *device = &virtio_devices[virtio_selected];
    if (value == 0u && device->knobs.ignores_resets) {
        return;
    }
    if (value == 0u) {
        reset();
        return;
    }
    if ((value & device->status) != device->status) {
        report("2.1.1: a status bit is cleared");
    }
    uint32_t added = value & ~device->status;
    uint32_t needed = added == DRIVER        ? ACKNOWLEDGE
                      : added == FEATURES_OK ? DRIVER
                      : added == DRIVER_OK   ? FEATURES_OK
                                             : 0u;
    if ((added & (added - 1u)) != 0u || (device->status & needed) != needed || device->resetting > 0u) {
        report("3.1.1: initialization out of its order");
    }
    if (added == FEATURES_OK &&
        ((device->accepted & ~device->knobs.offers) != 0u || (device->accepted & VIRTIO_F_VERSION_1) == 0u)) {
        report("2.2.1: features that were not offered, or without VIRTIO_F_VERSION_1");
    }
    if (added == DRIVER_OK && (!device->queues[0].enabled || !device->queues[1].enabled)) {
        report("3.1.1: DRIVER_OK before the queues");
    }
    device->status = value;
    if (added == FEATURES_OK && device->knobs.refuses_features) {
        device->status -= FEATURES_OK;
    }
    if (added == DRIVER_OK && device->knobs.fails_start) {
        device->status |= NEEDS_RESET;
    }
}

static uint32_t read_status(void)
{
    if (virtio_device.resetting > 0u) {
        virtio_device.resetting -= virtio_device.resetting < UINT32_MAX ? 1u : 0u;
        return DRIVER_OK;
    }
    return virtio_device.status;
}

static void accept_features(uint32_t value)
{
    struct virtio_model *device = &virtio_devices[virtio_selected];
    if ((device->status & (DRIVER + FEATURES_OK)) != DRIVER) {
        report("3.1.1: features are accepted before DRIVER or after FEATURES_OK");
    }
    uint32_t shift = device->driver_select == 0u ? 0u : 32u;
    device->accepted = (device->accepted & ~((uint64_t)UINT32_MAX << shift)) + ((uint64_t)value << shift);
}

static struct virtio_queue *selected(void)
{
    struct virtio_model *device = &virtio_devices[virtio_selected];
    if (device->selected >= VIRTIO_QUEUES || (device->status & (FEATURES_OK + DRIVER_OK)) != FEATURES_OK) {
        report("3.1.1: a queue that is none, or not between FEATURES_OK and DRIVER_OK");
    }
    struct virtio_queue *queue = &device->queues[device->selected % VIRTIO_QUEUES];
    if (queue->enabled) {
        report("4.1.4.3.2: a queue that is enabled");
    }
    return queue;
}

static void enable_queue(uint32_t value)
{
    struct virtio_queue *queue = selected();
    uint32_t size = queue->size;
    if (value != 1u || size == 0u || (size & (size - 1u)) != 0u ||
        size > virtio_device.knobs.queue_max[virtio_device.selected] || size > V6NF_VIRTIO_SIZE) {
        report("2.6: a queue's size");
        return;
    }
    if (queue->descriptors % 16u != 0u || queue->available % 2u != 0u || queue->used % 4u != 0u) {
        report("2.6: a queue that is not aligned");
    }
    (void)memory_at(queue->descriptors, DESCRIPTOR_SIZE * size);
    (void)memory_at(queue->available, 6u + 2u * size);
    (void)memory_at(queue->used, 6u + 8u * size);
    if (load16(queue->used) != 0u) {
        report("2.6.10: flags of a used ring that are not 0");
    }
    queue->enabled = true;
}

static void set_half(uint64_t *value, uint32_t half, uint32_t bits)
{
    *value = half == 0u ? (*value >> 32 << 32) + bits : (*value & UINT32_MAX) + ((uint64_t)bits << 32);
}

static void notified(uint32_t queue)
{
    if (queue >= VIRTIO_QUEUES || (virtio_device.status & DRIVER_OK) == 0u) {
        report("3.1.1: a notification of no queue, or before DRIVER_OK");
        return;
    }
    virtio_device.queues[queue].notifications++;
}

static uint32_t read_config(uint32_t offset, uint32_t size)
{
    struct virtio_knobs *knobs = &virtio_device.knobs;
    if (offset < 6u && size == 1u) {
        if (offset == 3u && knobs->torn_macs > 0u) {
            knobs->torn_macs--;
            virtio_device.generation++;
            return 0xEE;
        }
        return knobs->mac[offset];
    }
    if (size == 2u && offset == 6u) {
        return knobs->link;
    }
    if (size == 2u && offset == 10u) {
        return knobs->mtu;
    }
    report("5.1.4: the device configuration is not read by its fields");
    return 0;
}

/* Registers of MMIO (4.2.2). Those of PCI are translated to them. */
static uint32_t read_any(uint32_t offset)
{
    struct virtio_model *device = &virtio_devices[virtio_selected];
    switch (offset) {
    case 0x00:
        return device->knobs.mmio_magic;
    case 0x04:
        return device->knobs.mmio_version;
    case 0x08:
        return device->knobs.mmio_device;
    case 0x10:
        return (uint32_t)(device->knobs.offers >> (device->feature_select == 0u ? 0u : 32u) & UINT32_MAX);
    case 0x34:
        return device->knobs.queue_max[device->selected % VIRTIO_QUEUES];
    case 0x70:
        return read_status();
    case 0xFC:
        return device->generation;
    default:
        report("4.2.2: a register that cannot be read");
        return 0;
    }
}

static void write_any(uint32_t offset, uint32_t value)
{
    struct virtio_model *device = &virtio_devices[virtio_selected];
    switch (offset) {
    case 0x14:
        device->feature_select = value;
        break;
    case 0x20:
        accept_features(value);
        break;
    case 0x24:
        device->driver_select = value;
        break;
    case 0x30:
        device->selected = value;
        break;
    case 0x38:
        selected()->size = value;
        break;
    case 0x44:
        enable_queue(value);
        break;
    case 0x50:
        notified(value);
        break;
    case 0x70:
        write_status(value);
        break;
    case 0x80:
    case 0x84:
        set_half(&selected()->descriptors, offset % 8u, value);
        break;
    case 0x90:
    case 0x94:
        set_half(&selected()->available, offset % 8u, value);
        break;
    case 0xA0:
    case 0xA4:
        set_half(&selected()->used, offset % 8u, value);
        break;
    default:
        report("4.2.2: a register that cannot be written");
    }
}

/* Fields of the common configuration (4.1.4.3): sizes, and the corresponding registers of 4.2.2. */
static const struct field {
    uint8_t offset;
    uint8_t size;
    uint8_t read;
    uint8_t write;
} fields[] = {{0x00, 4, 0, 0x14}, {0x04, 4, 0x10, 0}, {0x08, 4, 0, 0x24},    {0x0C, 4, 0, 0x20}, {0x14, 1, 0x70, 0x70},
              {0x15, 1, 0xFC, 0}, {0x16, 2, 0, 0x30}, {0x18, 2, 0x34, 0x38}, {0x1C, 2, 0, 0x44}, {0x20, 4, 0, 0x80},
              {0x24, 4, 0, 0x84}, {0x28, 4, 0, 0x90}, {0x2C, 4, 0, 0x94},    {0x30, 4, 0, 0xA0}, {0x34, 4, 0, 0xA4}};

static const struct field *field_at(uint32_t offset, uint32_t size)
{
    for (uint32_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (fields[i].offset == offset && fields[i].size == size) {
            return &fields[i];
        }
    }
    return NULL;
}

static uint32_t read_pci(uint32_t offset, uint32_t size)
{
    if (offset >= PCI_DEVICE && offset + size <= PCI_DEVICE + virtio_device.knobs.pci_device_size) {
        return read_config(offset - PCI_DEVICE, size);
    }
    if (offset == 0x1Eu && size == 2u) { /* queue_notify_off */
        return virtio_device.selected == VIRTIO_TRANSMIT ? virtio_device.knobs.pci_notify_offset : 0u;
    }
    const struct field *field = field_at(offset, size);
    if (field == NULL || field->read == 0u) {
        report("4.1.3.1: a field that is not there, or not as wide");
        return 0;
    }
    return read_any(field->read);
}

static void write_pci(uint32_t offset, uint32_t size, uint32_t value)
{
    const struct virtio_knobs *knobs = &virtio_device.knobs;
    if (offset >= PCI_NOTIFY) {
        uint32_t at = value == VIRTIO_TRANSMIT ? knobs->pci_notify_offset * knobs->pci_multiplier : 0u;
        if (size != 2u || offset != PCI_NOTIFY + at || at + 2u > knobs->pci_notify_size) {
            report("4.1.4.4: a notification at a wrong offset");
        }
        notified(value);
        return;
    }
    const struct field *field = field_at(offset, size);
    if (field == NULL || field->write == 0u) {
        report("4.1.3.1: a field that cannot be written, or not as wide");
        return;
    }
    write_any(field->write, value);
}

static uint32_t read_selected(uint32_t offset, uint32_t size)
{
    if (virtio_device.gone) {
        return UINT32_MAX >> (32u - 8u * size);
    }
    if (!virtio_device.is_mmio) {
        return read_pci(offset, size);
    }
    if (offset >= 0x100u && offset < MMIO_SIZE) {
        return read_config(offset - 0x100u, size);
    }
    if (size != 4u) {
        report("4.2.2.2: a register that is not read as 32 bits");
    }
    return read_any(offset);
}

static void write_selected(uint32_t offset, uint32_t size, uint32_t value)
{
    if (virtio_device.gone) {
        return;
    }
    if (!virtio_device.is_mmio) {
        write_pci(offset, size, value);
        return;
    }
    if (size != 4u) {
        report("4.2.2.2: a register that is not written as 32 bits");
    }
    write_any(offset, value);
}

static bool is_of_device(const volatile void *address)
{
    const uintptr_t offset = (uintptr_t)address - (uintptr_t)window;
    return window != NULL && offset < (uintptr_t)WINDOW_SIZE * VIRTIO_DEVICES;
}

/* Select the device of a register during the access. */
static uint32_t read_register(const volatile void *address, uint32_t size)
{
    const uint32_t before = virtio_selected;
    const uint32_t offset = (uint32_t)((const volatile uint8_t *)address - window);
    virtio_device_select(offset / WINDOW_SIZE);
    const uint32_t value = read_selected(offset % WINDOW_SIZE, size);
    virtio_device_select(before);
    return value;
}

static void write_register(volatile void *address, uint32_t size, uint32_t value)
{
    const uint32_t before = virtio_selected;
    const uint32_t offset = (uint32_t)((volatile uint8_t *)address - window);
    virtio_device_select(offset / WINDOW_SIZE);
    write_selected(offset % WINDOW_SIZE, size, value);
    virtio_device_select(before);
}

/* Registers of other devices are variables. */
uint32_t v6nf_env_read_register(const volatile uint32_t *address)
{
    return is_of_device(address) ? read_register(address, 4) : *address;
}

uint16_t v6nf_env_read_register16(const volatile uint16_t *address)
{
    return (uint16_t)read_register(address, 2);
}

uint8_t v6nf_env_read_register8(const volatile uint8_t *address)
{
    return (uint8_t)read_register(address, 1);
}

void v6nf_env_write_register(volatile uint32_t *address, uint32_t value)
{
    if (is_of_device(address)) {
        write_register(address, 4, value);
    } else {
        *address = value;
    }
}

void v6nf_env_write_register16(volatile uint16_t *address, uint16_t value)
{
    write_register(address, 2, value);
}

void v6nf_env_write_register8(volatile uint8_t *address, uint8_t value)
{
    write_register(address, 1, value);
}

/* -- The rest of env.h --------------------------------------------------------------------------------------------- */

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    if (window == NULL) {
        void *mapped = mmap(NULL, (size_t)WINDOW_SIZE * VIRTIO_DEVICES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        window = mapped == MAP_FAILED ? NULL : (uint8_t *)mapped;
    }
    for (uint32_t i = 0; i < VIRTIO_DEVICES; i++) {
        const uint64_t there = virtio_devices[i].is_mmio ? VIRTIO_MMIO_ADDRESS + (uint64_t)i * VIRTIO_MMIO_STEP
                                                         : PCI_BAR + (uint64_t)i * PCI_BAR_STEP;
        if (virtio_devices[i].is_there && address == there && size <= WINDOW_SIZE) {
            return window + (size_t)i * WINDOW_SIZE;
        }
    }
    return NULL;
}

/* Capabilities: power management, then common, notify and device, in 64-bit base address register 4. */
static uint32_t capability_word(uint32_t number, uint32_t word)
{
    const struct virtio_knobs *knobs = &virtio_device.knobs;
    static const uint32_t types[] = {5, 1, 2, 4}; /* PCI configuration access is not used (4.1.4.7) */
    static const uint32_t offsets[] = {0, PCI_COMMON, PCI_NOTIFY, PCI_DEVICE};
    const uint32_t sizes[] = {0, knobs->pci_common_size, knobs->pci_notify_size, knobs->pci_device_size};
    uint32_t next = number < 3u ? 0x40u + 0x20u * (number + 1u) : knobs->pci_capabilities_loop ? 0x40u : 0u;
    switch (word) {
    case 0:
        return 0x09u + (next << 8) + (0x14u << 16) + (types[number] << 24);
    case 1:
        return knobs->pci_io ? 0u : 4u;
    case 2:
        return offsets[number];
    case 3:
        return sizes[number];
    default:
        return types[number] == 2u ? knobs->pci_multiplier : 0u;
    }
}

/* Return the number of a device on PCI, VIRTIO_NONE if there is none at the address. */
static uint32_t device_at(struct v6nf_env_pci_address address)
{
    const uint32_t number = address.device - 2u;
    const bool is_there = address.bus == 1u && address.function == 0u && number < VIRTIO_DEVICES &&
                          virtio_devices[number].is_there && !virtio_devices[number].is_mmio &&
                          !virtio_devices[number].gone;
    return is_there ? number : VIRTIO_NONE;
}

static uint32_t read_configuration(uint16_t offset)
{
    if (offset >= 0x40u && offset < 0xC0u) {
        return capability_word((offset - 0x40u) / 0x20u, offset % 0x20u / 4u);
    }
    switch (offset) {
    case 0x00:
        return virtio_device.knobs.pci_id;
    case 0x04:
        return virtio_device.pci_command + (virtio_device.knobs.pci_no_capabilities ? 0u : 0x100000u);
    case 0x10:
        return 0xC001u; /* I/O */
    case 0x20:
        return (uint32_t)PCI_BAR + virtio_selected * PCI_BAR_STEP + 0xCu;
    case 0x34:
        return 0x40u;
    default:
        return 0;
    }
}

uint32_t v6nf_env_pci_read(struct v6nf_env_pci_address address, uint16_t offset)
{
    const uint32_t before = virtio_selected;
    const uint32_t number = device_at(address);
    if (number == VIRTIO_NONE) {
        return V6NF_ENV_PCI_NO_DEVICE;
    }
    virtio_device_select(number);
    const uint32_t value = read_configuration(offset);
    virtio_device_select(before);
    return value;
}

bool v6nf_env_pci_write(struct v6nf_env_pci_address address, uint16_t offset, uint32_t value)
{
    const uint32_t before = virtio_selected;
    const uint32_t number = device_at(address);
    if (number == VIRTIO_NONE || offset != 0x04u) {
        return false;
    }
    virtio_device_select(number);
    if ((value & ~virtio_device.pci_command & COMMAND_BUS_MASTER) != 0u &&
        (virtio_device.status != 0u || virtio_device.resetting > 0u)) {
        report("2.4: a bus master before its reset has ended");
    }
    virtio_device.pci_command = value & 0xFFFFu;
    virtio_device_select(before);
    return true;
}

uint64_t v6nf_env_clock(void)
{
    return now;
}

void v6nf_env_idle(uint64_t until)
{
    now = until > now ? until : now;
}

void v6nf_env_sleep(uint64_t microseconds)
{
    now += microseconds;
}

bool v6nf_env_entropy(uint8_t *bytes, size_t size)
{
    memset(bytes, 0xFF, size);
    return !virtio_device.knobs.no_entropy;
}

void v6nf_env_console(char character)
{
    (void)character;
}

/* -- Queues -------------------------------------------------------------------------------------------------------- */

static uint64_t descriptor_of(const struct virtio_queue *queue, uint32_t id)
{
    return queue->descriptors + (uint64_t)DESCRIPTOR_SIZE * id;
}

static bool has_shared(const struct virtio_queue *queue, uint64_t begin, uint64_t end)
{
    for (uint32_t id = 0; id < queue->size; id++) {
        if (queue->has[id] && begin < queue->end[id] && queue->begin[id] < end) {
            return true;
        }
    }
    return false;
}

/* Return true if a queue of any device has a buffer that shares a byte with this one of the queue `number`. Several
 * devices may send it. */
static bool is_shared(uint32_t number, uint64_t begin, uint64_t end)
{
    bool is_shared = false;
    for (uint32_t i = 0; i < VIRTIO_DEVICES; i++) {
        is_shared = is_shared || has_shared(&virtio_devices[i].queues[VIRTIO_RECEIVE], begin, end);
        if (i == virtio_selected || number == VIRTIO_RECEIVE) {
            is_shared = is_shared || has_shared(&virtio_devices[i].queues[VIRTIO_TRANSMIT], begin, end);
        }
    }
    return is_shared;
}

static uint32_t csum_start(const uint8_t *header)
{
    return header[6] + 256u * header[7];
}

static uint32_t csum_offset(const uint8_t *header)
{
    return header[8] + 256u * header[9];
}

/* Check the header of a frame to send: all 0, or VIRTIO_NET_HDR_F_NEEDS_CSUM, of a checksum inside the frame. */
static void check_header(const uint8_t *header, uint32_t length)
{
    static const uint8_t none[HEADER] = {0};
    const bool asks = header[0] == 1u && (virtio_device.accepted & VIRTIO_NET_F_CSUM) != 0u;
    const bool is_plain = memcmp(header + 1, none, 5) == 0 && header[10] == 0u && header[11] == 0u;
    if (memcmp(header, none, HEADER) != 0 && (!asks || !is_plain)) {
        report("5.1.6.2: a header that is not 0");
    }
    if (asks && csum_start(header) + csum_offset(header) + 2u > length - HEADER) {
        report("5.1.6.2: a checksum outside of the frame");
    }
}

static void check_descriptor(uint32_t number, uint32_t id)
{
    struct virtio_queue *queue = &virtio_device.queues[number];
    uint64_t descriptor = descriptor_of(queue, id);
    uint32_t length = load32(descriptor + 8u);
    queue->begin[id] = load64(descriptor);
    queue->end[id] = queue->begin[id] + length;
    if (load16(descriptor + 12u) != (number == VIRTIO_RECEIVE ? FLAG_WRITE : 0u) || load16(descriptor + 14u) != 0u) {
        report("2.6.5: the flags of a descriptor");
    }
    if (length <= HEADER || (number == VIRTIO_RECEIVE && length < 1526u)) {
        report("5.1.6.3.1: a buffer that is too small");
    }
    if (is_shared(number, queue->begin[id], queue->end[id])) {
        report("a buffer that this or another device has already");
    }
    const uint8_t *header = memory_at(queue->begin[id], length);
    if (number == VIRTIO_TRANSMIT && header != NULL) {
        check_header(header, length);
    }
}

uint32_t virtio_device_take(uint32_t number)
{
    struct virtio_queue *queue = &virtio_device.queues[number];
    if ((virtio_device.status & DRIVER_OK) == 0u) {
        return VIRTIO_NONE;
    }
    if ((virtio_device.accepted & VIRTIO_F_EVENT_IDX) != 0u && load16(queue->available) != 0u) {
        report("2.6.7.1: flags of an available ring with VIRTIO_F_EVENT_IDX");
    }
    uint16_t index = load16(queue->available + 2u);
    if ((uint16_t)(index - queue->taken) > queue->size) {
        report("2.6.6.1: an available index that went back, or too far");
        return VIRTIO_NONE;
    }
    if (index == queue->taken) {
        return VIRTIO_NONE;
    }
    uint32_t at = queue->taken % queue->size;
    uint32_t id = load16(queue->available + 4u + 2u * at);
    if (id >= queue->size || queue->has[id]) {
        report("2.6.6: a descriptor that is none, or that the device has already");
        return VIRTIO_NONE;
    }
    if ((virtio_device.accepted & VIRTIO_F_IN_ORDER) != 0u && id != at) {
        report("2.6.5: a descriptor out of order");
    }
    check_descriptor(number, id);
    queue->has[id] = true;
    queue->taken++;
    return id;
}

uint8_t *virtio_device_buffer(uint32_t number, uint32_t id, uint32_t *length)
{
    uint64_t descriptor = descriptor_of(&virtio_device.queues[number], id);
    *length = load32(descriptor + 8u);
    return memory_at(load64(descriptor), *length);
}

void virtio_device_set_used_index(uint32_t number, uint16_t index)
{
    virtio_device.queues[number].used_index = index;
    store16(virtio_device.queues[number].used + 2u, index);
}

void virtio_device_claim(uint32_t number, uint32_t id, uint32_t length)
{
    struct virtio_queue *queue = &virtio_device.queues[number];
    uint64_t element = queue->used + 4u + 8u * (uint64_t)(queue->used_index % queue->size);
    store32(element, id);
    store32(element + 4u, length);
    virtio_device_set_used_index(number, (uint16_t)(queue->used_index + 1u));
}

void virtio_device_use(uint32_t number, uint32_t id, uint32_t length)
{
    virtio_device.queues[number].has[id] = false;
    virtio_device_claim(number, id, length);
}

/* Return true if the device asks to be notified: by the flag, or by the index (2.6.10). */
void virtio_device_sleep(uint32_t number, bool asleep)
{
    const struct virtio_queue *queue = &virtio_device.queues[number];
    if ((virtio_device.accepted & VIRTIO_F_EVENT_IDX) != 0u) {
        store16(queue->used + 4u + 8u * (uint64_t)queue->size, (uint16_t)(queue->taken - (asleep ? 0u : 1u)));
    } else {
        store16(queue->used, asleep ? 0 : 1);
    }
}

uint32_t virtio_device_write(uint32_t id, const uint8_t *frame, uint32_t length)
{
    uint32_t room = 0;
    uint8_t *buffer = virtio_device_buffer(VIRTIO_RECEIVE, id, &room);
    if (buffer != NULL && HEADER + length <= room) {
        memset(buffer, 0xEE, room);
        memcpy(buffer, virtio_device.header, HEADER);
        buffer[10] = 1; /* num_buffers */
        memcpy(buffer + HEADER, frame, length);
    }
    return HEADER + length;
}

bool virtio_device_receive(const uint8_t *frame, uint32_t length)
{
    uint32_t id = virtio_device_take(VIRTIO_RECEIVE);
    if (id == VIRTIO_NONE) {
        return false;
    }
    virtio_device_use(VIRTIO_RECEIVE, id, virtio_device_write(id, frame, length));
    return true;
}

const uint8_t *virtio_device_frame(uint32_t id, uint32_t *length)
{
    const uint8_t *buffer = virtio_device_buffer(VIRTIO_TRANSMIT, id, length);
    *length -= HEADER;
    return buffer == NULL ? NULL : buffer + HEADER;
}

uint32_t virtio_device_checksum(uint32_t id)
{
    uint32_t length = 0;
    const uint8_t *header = virtio_device_buffer(VIRTIO_TRANSMIT, id, &length);
    if (header == NULL || header[0] == 0u) {
        return 0;
    }
    uint64_t sum = 0;
    for (uint32_t i = HEADER + csum_start(header); i < length; i++) {
        sum += (uint32_t)header[i] << ((i - HEADER - csum_start(header)) % 2u == 0u ? 8u : 0u);
    }
    while (sum > 0xFFFFu) {
        sum = (sum & 0xFFFFu) + (sum >> 16);
    }
    return sum == 0xFFFFu ? 0xFFFFu : 0xFFFFu - (uint32_t)sum;
}
