/* sriov.c: virtual functions of a card, by the extended capability of its physical function (Single Root I/O
 * Virtualization and Sharing Specification 1.1, "SR-IOV", 3.3). */
#include "sriov.h"

#define EXTENDED_VIRTUAL 0x0010u /* ID of the extended capability (3.3.1) */

/* Offsets in the capability, each of a dword (SR-IOV, 3.3.2 to 3.3.14). */
#define CONTROL 0x08u /* the upper half is Status, whose only bit is cleared by writing 1 */
#define CONTROL_ENABLE 0x01u
#define CONTROL_MEMORY 0x08u
#define TOTAL 0x0Cu /* in the upper half */
#define NUMBER 0x10u
#define OFFSET_STRIDE 0x14u
#define DEVICE 0x18u /* in the upper half */
#define BASE_ADDRESS 0x24u
#define BASE_ADDRESS_64 0x4u
#define BASE_ADDRESS_FLAGS 0xFu
#define BASE_ADDRESSES 6u

#define ENABLE_TIME 100000u   /* microseconds until a virtual function answers (3.3.3.1) */
#define DISABLE_TIME 1000000u /* microseconds until the physical function may be changed again */

#define REVISION_CLASS 0x08u /* of the configuration header */

/* Virtual functions are on the bus of their physical function or the next one, if there are fewer than 256. */
#define MAX_DISTANCE 511u

static uint32_t routing_id(struct v6nf_env_pci_address address)
{
    return ((uint32_t)address.bus << 8) + ((uint32_t)address.device << 3) + address.function;
}

static struct v6nf_env_pci_address address_of(uint16_t segment, uint32_t id)
{
    return (struct v6nf_env_pci_address){.segment = segment,
                                         .bus = (uint8_t)((id >> 8) & 0xFFu),
                                         .device = (uint8_t)((id >> 3) & 31u),
                                         .function = (uint8_t)(id & 7u)};
}

static uint32_t read_at(struct v6nf_env_pci_address address, uint16_t at, uint32_t offset)
{
    return v6nf_env_pci_read(address, (uint16_t)(at + offset));
}

static void write_at(struct v6nf_env_pci_address address, uint16_t at, uint32_t offset, uint32_t value)
{
    (void)v6nf_env_pci_write(address, (uint16_t)(at + offset), value);
}

/* Return the address of the functions' registers, those of one function after the other (3.3.14). */
static uint64_t read_base(struct v6nf_env_pci_address address, uint16_t at, uint32_t bar)
{
    uint32_t low = read_at(address, at, BASE_ADDRESS + 4u * bar);
    uint64_t high = 0;
    if ((low & BASE_ADDRESS_64) != 0u && bar + 1u < BASE_ADDRESSES) {
        high = read_at(address, at, BASE_ADDRESS + 4u * bar + 4u);
    }
    return (high << 32) + (low & ~BASE_ADDRESS_FLAGS);
}

/* Set all base address registers to addresses in `space`, for `count` functions. Return false if it is too small. */
static bool place_registers(struct v6nf_env_pci_address address, uint16_t at, uint32_t count, uint64_t space)
{
    const uint64_t end = space + V6NF_NIC_VIRTUAL_SPACE;
    uint64_t next = space;
    for (uint32_t bar = 0; bar < BASE_ADDRESSES; bar++) {
        const uint32_t offset = BASE_ADDRESS + 4u * bar;
        const bool wide = (read_at(address, at, offset) & BASE_ADDRESS_64) != 0u;
        write_at(address, at, offset, UINT32_MAX);
        const uint64_t mask = read_at(address, at, offset) & ~BASE_ADDRESS_FLAGS;
        if (mask != 0u) {
            const uint64_t size = (UINT64_C(1) << 32) - mask; /* bits below the size cannot be written */
            next = (next + size - 1u) & ~(size - 1u);
            if (space == 0u || next + size * count > end) {
                write_at(address, at, BASE_ADDRESS, 0u);
                return false;
            }
            write_at(address, at, offset, (uint32_t)(next & UINT32_MAX));
            if (wide) {
                write_at(address, at, offset + 4u, (uint32_t)(next >> 32));
            }
            next += size * count;
        }
        bar += wide ? 1u : 0u;
    }
    return true;
}

static void disable_functions(struct v6nf_env_pci_address address, uint16_t at)
{
    if ((read_at(address, at, CONTROL) & CONTROL_ENABLE) != 0u) {
        write_at(address, at, CONTROL, 0u);
        v6nf_env_sleep(DISABLE_TIME);
    }
}

void v6nf_pci_disable_virtual(struct v6nf_env_pci_address address)
{
    const uint16_t at = v6nf_pci_find_extended(address, EXTENDED_VIRTUAL);
    if (at != 0u) {
        disable_functions(address, at);
    }
}

enum v6nf_nic_status v6nf_pci_enable_virtual(struct v6nf_env_pci_address address, uint32_t count, uint64_t space)
{
    const uint16_t at = v6nf_pci_find_extended(address, EXTENDED_VIRTUAL);
    const uint32_t total = at != 0u ? read_at(address, at, TOTAL) >> 16 : 0u;
    if (total == 0u) {
        return V6NF_NIC_NO_VIRTUAL;
    }
    if (count < 1u || count > total) {
        return V6NF_NIC_COUNT_BAD;
    }
    disable_functions(address, at);
    if (read_base(address, at, 0u) == 0u && !place_registers(address, at, total, space)) {
        return V6NF_NIC_NO_REGISTERS;
    }
    write_at(address, at, NUMBER, (read_at(address, at, NUMBER) & 0xFFFF0000u) + count);
    write_at(address, at, CONTROL, CONTROL_ENABLE + CONTROL_MEMORY);
    v6nf_env_sleep(ENABLE_TIME);
    return V6NF_NIC_READY;
}

bool v6nf_nic_virtual_address(const struct v6nf_nic *physical, uint32_t index, struct v6nf_env_pci_address *address)
{
    *address = physical->address;
    const uint16_t at = v6nf_pci_find_extended(physical->address, EXTENDED_VIRTUAL);
    if (at == 0u || index >= physical->virtual_functions.count) {
        return false;
    }
    const uint32_t word = read_at(physical->address, at, OFFSET_STRIDE);
    const uint32_t id = routing_id(physical->address) + (word & 0xFFFFu) + (word >> 16) * index;
    *address = address_of(physical->address.segment, id);
    return id <= UINT16_MAX;
}

/* Return true if `address` is a virtual function of `physical`, whose capability is at `at`. Set *index to its
 * number. */
static bool is_virtual_of(struct v6nf_env_pci_address address, struct v6nf_env_pci_address physical, uint16_t at,
                          uint32_t *index)
{
    const uint32_t count = read_at(physical, at, NUMBER) & 0xFFFFu;
    const uint32_t word = read_at(physical, at, OFFSET_STRIDE);
    const uint32_t first = routing_id(physical) + (word & 0xFFFFu);
    const uint32_t stride = word >> 16 != 0u ? word >> 16 : 1u;
    const uint32_t id = routing_id(address);
    *index = (id - first) / stride;
    return (read_at(physical, at, CONTROL) & CONTROL_ENABLE) != 0u && id >= first && (id - first) % stride == 0u &&
           *index < count;
}

/* Find the physical function of the virtual function at `address`, whose own configuration does not name it. Return the
 * offset of the capability there, 0 if `address` is no virtual function. */
static uint16_t find_physical(struct v6nf_env_pci_address address, struct v6nf_env_pci_address *physical,
                              uint32_t *index)
{
    const uint32_t id = routing_id(address);
    *physical = address;
    *index = 0;
    if (v6nf_env_pci_read(address, REVISION_CLASS) == V6NF_ENV_PCI_NO_DEVICE) {
        return 0;
    }
    for (uint32_t i = 1; i <= MAX_DISTANCE && i <= id; i++) {
        *physical = address_of(address.segment, id - i);
        const uint16_t at = v6nf_pci_find_extended(*physical, EXTENDED_VIRTUAL);
        if (at != 0u && is_virtual_of(address, *physical, at, index)) {
            return at;
        }
    }
    return 0;
}

uint32_t v6nf_pci_virtual_id(struct v6nf_env_pci_address address)
{
    struct v6nf_env_pci_address physical;
    uint32_t index = 0;
    const uint32_t id = v6nf_pci_id(address);
    const uint16_t at = id == V6NF_ENV_PCI_NO_DEVICE ? find_physical(address, &physical, &index) : 0u;
    return at != 0u ? (read_at(physical, at, DEVICE) & 0xFFFF0000u) + (v6nf_pci_id(physical) & 0xFFFFu) : id;
}

volatile uint32_t *v6nf_pci_open_virtual(struct v6nf_env_pci_address address, uint32_t bar, size_t size)
{
    struct v6nf_env_pci_address physical;
    uint32_t index = 0;
    const uint16_t at = find_physical(address, &physical, &index);
    if (at == 0u || bar >= BASE_ADDRESSES) {
        return v6nf_pci_open(address, bar, size);
    }
    const uint64_t base = read_base(physical, at, bar);
    return base != 0u ? v6nf_pci_open_at(address, base + (uint64_t)index * size, size) : NULL;
}
