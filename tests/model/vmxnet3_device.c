/* vmxnet3_device.c: a vmxnet3 device in memory: see vmxnet3_device.h. */
#include "vmxnet3_device.h"

#include "checksums.h"

#include <string.h>
#include <sys/mman.h>

#define BAR_SIZE 0x1000u
#define BAR_0 UINT64_C(0xE0000000)
#define BAR_1 UINT64_C(0xE0010000)
#define COMMAND_BUS_MASTER 4u

#define MODE_MASK 0x1Fu

struct vmxnet3_device vmxnet3_device;

static uint8_t *window; /* both base address registers */
static uint64_t now;

static void report(const char *fault)
{
    vmxnet3_device.fault = vmxnet3_device.fault == NULL ? fault : vmxnet3_device.fault;
}

static void demand(bool holds, const char *fault)
{
    if (!holds) {
        report(fault);
    }
}

/* Demand what only a device can check that knows its descriptors. */
static void demand_of_ring(bool holds, const char *fault)
{
    demand(holds || vmxnet3_device.lies, fault);
}

void vmxnet3_device_power_on(uint32_t allocations)
{
    device_memory_free(allocations);
    memset(&vmxnet3_device, 0, sizeof vmxnet3_device);
    vmxnet3_device.pci_command = COMMAND_BUS_MASTER;
    vmxnet3_device.is_active = true;
    vmxnet3_device.knobs = (struct vmxnet3_knobs){.revisions = 0x7F,
                                                  .upt_versions = 1,
                                                  .mac = {0, 0x50, 0x56, 1, 2, 3},
                                                  .link = 1u + (10000u << 16),
                                                  .pci_id = 0x07B015ADu};
}

/* -- Memory -------------------------------------------------------------------------------------------------------- */

static uint8_t *memory_at(uint64_t address, uint64_t size)
{
    if ((vmxnet3_device.pci_command & COMMAND_BUS_MASTER) == 0u) {
        report("access to memory of another program, by a device that is no bus master");
        return NULL;
    }
    uint8_t *memory = device_memory_at(address, size);
    demand(memory != NULL, "an address outside of the memory for the device");
    return memory;
}

static uint32_t load32(uint64_t address)
{
    const uint8_t *bytes = memory_at(address, 4);
    return bytes == NULL
               ? 0u
               : bytes[0] + ((uint32_t)bytes[1] << 8) + ((uint32_t)bytes[2] << 16) + ((uint32_t)bytes[3] << 24);
}

static uint64_t load64(uint64_t address)
{
    return load32(address) + ((uint64_t)load32(address + 4u) << 32);
}

static void store32(uint64_t address, uint32_t value)
{
    uint8_t *bytes = memory_at(address, 4);
    for (uint32_t i = 0; i < 4u && bytes != NULL; i++) {
        bytes[i] = (uint8_t)(value >> (8u * i) & 0xFFu);
    }
}

static void store64(uint64_t address, uint64_t value)
{
    store32(address, (uint32_t)(value & UINT32_MAX));
    store32(address + 4u, (uint32_t)(value >> 32));
}

/* -- Activation ---------------------------------------------------------------------------------------------------- */

static void check_ring(uint64_t address, uint32_t size, uint32_t limit)
{
    demand(address % 512u == 0u && memory_at(address, 16u * (uint64_t)size) != NULL,
           "a ring that is not aligned, or outside of the memory");
    demand(size >= 32u && size % 32u == 0u && size <= limit, "a ring's size is no multiple of 32, or too large");
    for (uint32_t i = 0; i < size && vmxnet3_device.fault == NULL; i++) {
        demand(load32(address + 16u * (uint64_t)i + 8u) == 0u, "a ring that is not empty at its start");
    }
}

static void check_completions(uint64_t address, uint32_t size, uint32_t least, uint32_t limit)
{
    check_ring(address, size, limit);
    demand(size >= least, "fewer completions than descriptors");
    for (uint32_t i = 0; i < size && vmxnet3_device.fault == NULL; i++) {
        demand(load32(address + 16u * (uint64_t)i + 12u) == 0u, "completions that are not empty at their start");
    }
}

static void read_queues(uint64_t queues)
{
    struct vmxnet3_ring *receive = &vmxnet3_device.rings[VMXNET3_RECEIVE];
    struct vmxnet3_ring *transmit = &vmxnet3_device.rings[VMXNET3_TRANSMIT];
    memset(vmxnet3_device.rings, 0, sizeof vmxnet3_device.rings);
    transmit->descriptors = load64(queues + 16u);
    transmit->completions = load64(queues + 32u);
    transmit->size = load32(queues + 56u);
    transmit->completions_size = load32(queues + 64u);
    check_ring(transmit->descriptors, transmit->size, 4096u);
    check_completions(transmit->completions, transmit->completions_size, transmit->size, 4096u);
    demand(load64(queues + 24u) == 0u && load32(queues + 60u) == 0u, "a ring of headers that is not used");
    const uint64_t queue = queues + 256u;
    receive->descriptors = load64(queue + 16u);
    receive->completions = load64(queue + 32u);
    receive->size = load32(queue + 56u);
    receive->completions_size = load32(queue + 64u);
    check_ring(receive->descriptors, receive->size, 4096u);
    check_ring(load64(queue + 24u), load32(queue + 60u), 4096u); /* QEMU reads its first descriptor in any case */
    check_completions(receive->completions, receive->completions_size, receive->size + load32(queue + 60u), 8192u);
    demand((load32(queues + 72u) & 0xFFu) == 0u && (load32(queue + 72u) & 0xFFu) == 0u,
           "an interrupt beyond the first");
    demand(receive->size <= V6NF_VMXNET3_SIZE && transmit->size <= V6NF_VMXNET3_SIZE, "rings of the configured size");
}

static void read_mode(void)
{
    vmxnet3_device.mode = load32(vmxnet3_device.shared + 120u);
    demand((vmxnet3_device.mode & ~MODE_MASK) == 0u, "an unknown bit in the mode of reception");
    demand(vmxnet3_device.mode == 0u || vmxnet3_device.rings[VMXNET3_RECEIVE].writes > 0u,
           "frames are accepted before there are buffers: they are lost");
}

static void read_vlans(void)
{
    for (uint32_t i = 0; i < 128u; i++) {
        vmxnet3_device.vlans[i] = load32(vmxnet3_device.shared + 136u + 4u * (uint64_t)i);
    }
}

static void read_groups(void)
{
    const uint32_t size = load32(vmxnet3_device.shared + 124u);
    vmxnet3_device.groups_count = size / 6u;
    demand(size % 6u == 0u && size / 6u <= V6NF_VMXNET3_GROUPS, "a table of groups of an impossible size");
    const uint8_t *table = size > 0u ? memory_at(load64(vmxnet3_device.shared + 128u), size) : NULL;
    if (table != NULL && vmxnet3_device.fault == NULL) {
        memcpy(vmxnet3_device.groups, table, size);
    }
}

static void check_shared(uint64_t shared)
{
    demand(shared % 8u == 0u && memory_at(shared, 720u) != NULL,
           "shared memory that is not aligned, or outside of the memory");
    demand(load32(shared) == 0xBABEFEE1u, "the magic number");
    demand(load32(shared + 16u) == 1u && load32(shared + 20u) == 1u, "revisions that the driver supports");
    demand((load64(shared + 24u) & ~UINT64_C(1)) == 0u, "features that are not used");
    vmxnet3_device.sums = load64(shared + 24u) == 1u;
    vmxnet3_device.mtu = load32(shared + 56u);
    demand(vmxnet3_device.mtu >= 60u && vmxnet3_device.mtu <= 9000u, "the MTU: QEMU ends");
    const uint32_t counts = load32(shared + 60u);
    demand((counts & 0xFFFFu) == 1u, "a frame may need several buffers");
    demand(counts >> 16 == 0x0101u, "one queue in each direction");
    const uint32_t interrupts = load32(shared + 80u);
    demand((interrupts >> 8 & 0xFFu) >= 1u && (interrupts >> 16 & 0xFFu) == 0u, "an interrupt of events");
    demand((load32(shared + 108u) & 1u) != 0u, "interrupts are not off");
    vmxnet3_device.queues = load64(shared + 40u);
    demand(vmxnet3_device.queues % 128u == 0u && load32(shared + 52u) == 512u,
           "queues that are not aligned, or have another size");
}

static void activate(void)
{
    struct vmxnet3_device *device = &vmxnet3_device;
    demand(device->is_reset && device->resetting == 0u, "an activation of a device that runs, or is not reset");
    check_shared(device->shared);
    read_queues(device->queues);
    read_mode();
    read_vlans();
    read_groups();
    memcpy(device->mac, device->knobs.mac, sizeof device->mac); /* as QEMU's device does */
    device->is_active = device->knobs.activation == 0u;
    device->is_reset = false;
}

/* -- Commands ------------------------------------------------------------------------------------------------------ */

static void reset(void)
{
    struct vmxnet3_device *device = &vmxnet3_device;
    if (device->knobs.ignores_resets) {
        return;
    }
    memset(device->rings, 0, sizeof device->rings);
    device->is_active = false;
    device->is_reset = true;
    device->resets++;
    device->resetting = device->knobs.reset_time;
}

static void write_counters(void)
{
    const uint64_t queues = vmxnet3_device.queues;
    store64(queues + 256u + 152u, vmxnet3_device.counters[VMXNET3_OUT_OF_BUFFERS]);
    store64(queues + 256u + 160u, vmxnet3_device.counters[VMXNET3_RECEIVE_ERRORS]);
    store64(queues + 152u, vmxnet3_device.counters[VMXNET3_TRANSMIT_ERRORS]);
    store64(queues + 160u, vmxnet3_device.counters[VMXNET3_DISCARDED]);
}

/* Handle the commands that need a device that runs. */
static void command_running(uint32_t command)
{
    if (!vmxnet3_device.is_active) {
        report("a command that needs a device that runs, or that is unknown");
    } else if (command == 0xCAFE0003u) {
        read_mode();
    } else if (command == 0xCAFE0004u) {
        read_groups();
    } else if (command == 0xCAFE0005u) {
        read_vlans();
    } else if (command == 0xF00D0001u) {
        write_counters();
    } else {
        report("an unknown command");
    }
}

static void write_command(uint32_t command)
{
    struct vmxnet3_device *device = &vmxnet3_device;
    demand(device->has_revision && device->has_upt_version, "a command before the revision is chosen");
    device->command = command;
    switch (command) {
    case 0xCAFE0000u:
        activate();
        break;
    case 0xCAFE0001u:
        device->is_active = device->is_active && device->knobs.ignores_resets;
        break;
    case 0xCAFE0002u:
        reset();
        break;
    case 0xF00D0002u:
    case 0xF00D0003u:
    case 0xF00D0004u:
        break;
    default:
        command_running(command);
    }
}

static uint32_t word_of(const uint8_t *bytes, uint32_t count)
{
    uint32_t word = 0;
    for (uint32_t i = 0; i < count; i++) {
        word += (uint32_t)bytes[i] << (8u * i);
    }
    return word;
}

static uint32_t read_result(void)
{
    struct vmxnet3_device *device = &vmxnet3_device;
    switch (device->command) {
    case 0xCAFE0000u:
        return device->knobs.activation;
    case 0xCAFE0002u:
        if (device->resetting > 0u) {
            device->resetting -= device->resetting < UINT32_MAX ? 1u : 0u;
            return 1;
        }
        return device->knobs.ignores_resets ? 1 : 0;
    case 0xF00D0002u:
        return device->knobs.link;
    case 0xF00D0003u:
        return word_of(device->knobs.mac, 4);
    case 0xF00D0004u:
        return word_of(device->knobs.mac + 4, 2);
    default:
        return 0;
    }
}

/* -- Registers ----------------------------------------------------------------------------------------------------- */

static uint32_t generation_of(const struct vmxnet3_ring *ring, uint32_t number)
{
    return ring->size == 0u || number / ring->size % 2u == 0u ? 1u : 0u;
}

/* Return true if the descriptor with this number since the start belongs to the device. */
static bool is_given(uint32_t which, uint32_t number)
{
    const struct vmxnet3_ring *ring = &vmxnet3_device.rings[which];
    const uint32_t word = load32(ring->descriptors + 16u * (uint64_t)(number % ring->size) + 8u);
    return (word >> (which == VMXNET3_RECEIVE ? 31u : 14u) & 1u) == generation_of(ring, number);
}

static void write_producer(uint32_t which, uint32_t value)
{
    struct vmxnet3_ring *ring = &vmxnet3_device.rings[which];
    if (value >= ring->size) {
        report("a producer index outside of the ring");
        return;
    }
    for (uint32_t i = ring->taken; i % ring->size != value; i++) {
        demand_of_ring(is_given(which, i), "a producer index beyond the descriptors with the generation");
    }
    ring->producer = value;
    ring->writes++;
}

static void write_rings(uint32_t offset, uint32_t value)
{
    if (!vmxnet3_device.is_active) {
        report("a ring's register of a device that does not run");
    } else if (offset == 0x600u) {
        write_producer(VMXNET3_TRANSMIT, value);
    } else if (offset == 0x800u) {
        write_producer(VMXNET3_RECEIVE, value);
    } else {
        demand(offset == 0xA00u && value == 0u, "a ring's register that is not used");
    }
}

static void choose(bool *has, uint32_t offered, uint32_t value)
{
    demand(value != 0u && (value & (value - 1u)) == 0u && (value & offered) != 0u, "a revision that is not offered");
    *has = true;
}

static void write_control(uint32_t offset, uint32_t value)
{
    struct vmxnet3_device *device = &vmxnet3_device;
    switch (offset) {
    case 0x00:
        choose(&device->has_revision, device->knobs.revisions, value);
        break;
    case 0x08:
        choose(&device->has_upt_version, device->knobs.upt_versions, value);
        break;
    case 0x10:
        device->shared = value; /* the lower half is first */
        break;
    case 0x18:
        device->shared = (device->shared & UINT32_MAX) + ((uint64_t)value << 32);
        break;
    case 0x20:
        write_command(value);
        break;
    case 0x28:
        memcpy(device->mac,
               (uint8_t[]){(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)}, 4);
        break;
    case 0x30:
        memcpy(device->mac + 4, (uint8_t[]){(uint8_t)value, (uint8_t)(value >> 8)}, 2);
        break;
    default:
        report("a register that is not written");
    }
}

/* Count an access. Return true if the device is gone. */
static bool has_gone(void)
{
    if (vmxnet3_device.lives > 0u) {
        vmxnet3_device.lives--;
        vmxnet3_device.gone = vmxnet3_device.gone || vmxnet3_device.lives == 0u;
    }
    return vmxnet3_device.gone;
}

static uint32_t offset_of(const volatile void *address)
{
    const uint64_t offset = (uint64_t)((uintptr_t)address - (uintptr_t)window);
    demand(offset < 2u * BAR_SIZE && offset % 8u == 0u, "no register: all are at multiples of 8");
    return (uint32_t)(offset % (2u * BAR_SIZE));
}

uint32_t v6nf_env_read_register(const volatile uint32_t *address)
{
    const uint32_t offset = offset_of(address);
    if (has_gone()) {
        return UINT32_MAX;
    }
    switch (offset) {
    case BAR_SIZE:
        return vmxnet3_device.knobs.revisions;
    case BAR_SIZE + 0x08u:
        return vmxnet3_device.knobs.upt_versions;
    case BAR_SIZE + 0x20u:
        return read_result();
    default:
        report("a register that is not read");
        return 0;
    }
}

void v6nf_env_write_register(volatile uint32_t *address, uint32_t value)
{
    const uint32_t offset = offset_of(address);
    if (has_gone()) {
        return;
    }
    if (offset < BAR_SIZE) {
        write_rings(offset, value);
    } else {
        write_control(offset - BAR_SIZE, value);
    }
}

uint16_t v6nf_env_read_register16(const volatile uint16_t *address)
{
    (void)address;
    report("registers have 32 bits");
    return 0;
}

void v6nf_env_write_register16(volatile uint16_t *address, uint16_t value)
{
    (void)address;
    (void)value;
    report("registers have 32 bits");
}

uint8_t v6nf_env_read_register8(const volatile uint8_t *address)
{
    (void)address;
    report("registers have 32 bits");
    return 0;
}

void v6nf_env_write_register8(volatile uint8_t *address, uint8_t value)
{
    (void)address;
    (void)value;
    report("registers have 32 bits");
}

/* -- The rest of env.h --------------------------------------------------------------------------------------------- */

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    if (window == NULL) {
        void *mapped = mmap(NULL, 2u * BAR_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        window = mapped == MAP_FAILED ? NULL : (uint8_t *)mapped;
    }
    if (window == NULL || size > BAR_SIZE) {
        return NULL;
    }
    return address == BAR_0 ? window : address == BAR_1 ? window + BAR_SIZE : NULL;
}

uint32_t v6nf_env_pci_read(struct v6nf_env_pci_address address, uint16_t offset)
{
    if (has_gone() || address.bus != 1u || address.device != 2u || address.function != 0u) {
        return V6NF_ENV_PCI_NO_DEVICE;
    }
    switch (offset) {
    case 0x00:
        return vmxnet3_device.knobs.pci_id;
    case 0x04:
        return vmxnet3_device.pci_command;
    case 0x10:
        return vmxnet3_device.knobs.no_rings ? 0u : (uint32_t)BAR_0;
    case 0x14:
        return vmxnet3_device.knobs.no_control ? 0u : (uint32_t)BAR_1;
    default:
        return 0;
    }
}

bool v6nf_env_pci_write(struct v6nf_env_pci_address address, uint16_t offset, uint32_t value)
{
    if (v6nf_env_pci_read(address, 0) == V6NF_ENV_PCI_NO_DEVICE || offset != 0x04u) {
        return false;
    }
    if ((value & ~vmxnet3_device.pci_command & COMMAND_BUS_MASTER) != 0u) {
        demand(vmxnet3_device.is_reset && vmxnet3_device.resetting == 0u, "a bus master before its reset has ended");
    }
    vmxnet3_device.pci_command = value & 0xFFFFu;
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
    return true;
}

void v6nf_env_console(char character)
{
    (void)character;
}

/* -- Rings --------------------------------------------------------------------------------------------------------- */

/* Return true if the device has another buffer that shares a byte with this one. */
static bool is_shared(uint64_t begin, uint64_t end)
{
    for (uint32_t i = 0; i < VMXNET3_RINGS; i++) {
        const struct vmxnet3_ring *ring = &vmxnet3_device.rings[i];
        for (uint32_t index = 0; index < ring->size; index++) {
            if (ring->has[index] && begin < ring->end[index] && ring->begin[index] < end) {
                return true;
            }
        }
    }
    return false;
}

/* Check the third and fourth word of a frame to send, in one descriptor, whose completion is reported. Return true if
 * its checksum must be inserted: that of a datagram at byte 54. */
static bool check_transmit(uint32_t third, uint32_t fourth)
{
    const bool inserts = (fourth & 0xC00u) == 0x800u;
    demand((third & 0x3FFFu) > 0u, "a descriptor without bytes");
    demand((third & 0x38000u) == 0u, "reserved bits of a descriptor's third word");
    demand((fourth & 0xFFFFF000u) == 0x3000u, "a frame in one descriptor, whose completion is reported");
    demand(third >> 18 == (inserts ? 60u : 0u), "the offset of the checksum");
    demand((fourth & 0xFFFu) == (inserts ? 0x800u + 54u : 0u), "the mode, and the length of the headers");
    demand(!inserts || (third & 0x3FFFu) >= 62u, "a checksum that is outside of the frame");
    return inserts;
}

static void check_descriptor(uint32_t which, uint32_t index)
{
    struct vmxnet3_ring *ring = &vmxnet3_device.rings[which];
    const uint64_t at = ring->descriptors + 16u * (uint64_t)index;
    const uint32_t word = load32(at + 8u);
    const uint32_t length = word & 0x3FFFu;
    ring->begin[index] = load64(at);
    ring->end[index] = ring->begin[index] + length;
    (void)memory_at(ring->begin[index], length);
    demand_of_ring(!is_shared(ring->begin[index], ring->end[index]), "a buffer that the device has already");
    if (which == VMXNET3_RECEIVE) {
        demand((word & 0x7FFFC000u) == 0u && load32(at + 12u) == 0u, "a buffer that is not for the head of a frame");
        demand(length >= vmxnet3_device.mtu + 18u, "a buffer that is too small");
    } else {
        ring->inserts[index] = check_transmit(word, load32(at + 12u));
    }
}

uint32_t vmxnet3_device_take(uint32_t which)
{
    struct vmxnet3_ring *ring = &vmxnet3_device.rings[which];
    if (!vmxnet3_device.is_active || ring->size == 0u) {
        return VMXNET3_NONE;
    }
    /* A full ring looks like an empty one. */
    demand_of_ring(!is_given(which, ring->done + ring->size - 1u), "all descriptors of a ring are given");
    const uint32_t index = ring->taken % ring->size;
    if (!is_given(which, ring->taken) || (which == VMXNET3_TRANSMIT && index == ring->producer)) {
        return VMXNET3_NONE;
    }
    check_descriptor(which, index);
    ring->has[index] = true;
    ring->taken++;
    return index;
}

uint8_t *vmxnet3_device_buffer(uint32_t which, uint32_t index, uint32_t *length)
{
    const struct vmxnet3_ring *ring = &vmxnet3_device.rings[which];
    *length = (uint32_t)(ring->end[index] - ring->begin[index]);
    return memory_at(ring->begin[index], *length);
}

const uint8_t *vmxnet3_device_send(uint32_t index, uint32_t *length)
{
    static uint8_t wire[1u << 14];
    const uint8_t *bytes = vmxnet3_device_buffer(VMXNET3_TRANSMIT, index, length);
    if (bytes != NULL) {
        memcpy(wire, bytes, *length);
    }
    if (bytes != NULL && vmxnet3_device.rings[VMXNET3_TRANSMIT].inserts[index]) {
        checksum_insert(wire, *length);
    }
    return wire;
}

void vmxnet3_device_claim(uint32_t which, uint32_t start, uint32_t size)
{
    struct vmxnet3_ring *ring = &vmxnet3_device.rings[which];
    const uint64_t at = ring->completions + 16u * (uint64_t)(ring->completed % ring->completions_size);
    const bool is_first = ring->completed / ring->completions_size % 2u == 0u;
    store32(at, start);
    const uint32_t verdict = which == VMXNET3_RECEIVE ? (3u << 24) + vmxnet3_device.verdict : 0u;
    store32(at + 8u, size);
    store32(at + 12u, verdict + (is_first ? 1u << 31 : 0u));
    ring->completed++;
}

void vmxnet3_device_complete(uint32_t which, uint32_t index, uint32_t start, uint32_t size)
{
    struct vmxnet3_ring *ring = &vmxnet3_device.rings[which];
    for (bool is_last = false; !is_last && ring->done != ring->taken; ring->done++) {
        is_last = ring->done % ring->size == index;
        ring->has[ring->done % ring->size] = false;
    }
    vmxnet3_device_claim(which, start + index, size);
}

void vmxnet3_device_ask(bool asks)
{
    store32(vmxnet3_device.queues + 256u, asks ? 1u : 0u);
}

void vmxnet3_device_report(uint32_t events)
{
    store32(vmxnet3_device.shared + 696u, events);
}

/* -- Filters ------------------------------------------------------------------------------------------------------- */

static bool is_in_table(const uint8_t *mac)
{
    for (uint32_t i = 0; i < vmxnet3_device.groups_count; i++) {
        if (memcmp(vmxnet3_device.groups[i], mac, 6) == 0) {
            return true;
        }
    }
    return false;
}

bool vmxnet3_device_accepts(const uint8_t *frame)
{
    static const uint8_t broadcast[] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    const uint32_t mode = vmxnet3_device.mode;
    const bool is_tagged = frame[12] == 0x81u && frame[13] == 0u;
    const uint32_t vlan = is_tagged ? (frame[14] & 15u) * 256u + frame[15] : 0u;
    if ((mode & 0x10u) != 0u) {
        return true;
    }
    if ((vmxnet3_device.vlans[vlan / 32u] >> (vlan % 32u) & 1u) == 0u) {
        return false;
    }
    if (memcmp(frame, broadcast, 6) == 0) {
        return (mode & 4u) != 0u;
    }
    if ((frame[0] & 1u) != 0u) {
        return (mode & 8u) != 0u || ((mode & 2u) != 0u && is_in_table(frame));
    }
    return (mode & 1u) != 0u && memcmp(frame, vmxnet3_device.mac, 6) == 0;
}
