/* pci.c: memory-mapped configuration space (PCI Express 2.0, 7.2.2). Without firmware, also numbers for buses and
 * addresses for registers (PCI Local Bus Specification 3.0, 6.2.5.1; PCI-to-PCI Bridge Architecture 1.2, 3.2). */
#include "parts.h"

/* -- Access -------------------------------------------------------------------------------------------------------- */

#define MAX_WINDOW_END (UINT64_C(1) << 32)

static uint64_t assign_all(const struct v6nf_board_pci *host);

static struct v6nf_board_pci root;
static bool is_host_known;

/* Report a wrong description of the board here, as nothing else would: a truncated address leads to another device. */
static _Noreturn void refuse(const char *problem)
{
    v6nf_board_say("PCI: ");
    v6nf_board_say(problem);
    v6nf_board_stop(V6NF_BOARD_EXCEPTION);
}

static void check_host(void)
{
    const uint64_t size = (uint64_t)root.buses << 20;
    if (root.configuration > UINTPTR_MAX || (size > 0u && size - 1u > UINTPTR_MAX - root.configuration)) {
        refuse("configuration space is where no pointer of this CPU leads\n");
    }
    if (root.window.first < root.window.end && root.window.end > MAX_WINDOW_END) {
        refuse("the window for base addresses ends above 4 GiB\n");
    }
    if (root.high.end > 0u && root.high.end - 1u > UINTPTR_MAX) {
        root.high = (struct v6nf_board_range){0, 0};
    }
}

static const struct v6nf_board_pci *find_host(void)
{
    if (!is_host_known) {
        is_host_known = true;
        root = v6nf_board_pci();
        if (root.configuration != 0u) {
            check_host();
        }
        if (root.configuration != 0u && root.window.first < root.window.end) {
            root.free = assign_all(&root);
        }
    }
    return &root;
}

static volatile uint32_t *find_register(struct v6nf_env_pci_address address, uint16_t offset)
{
    const struct v6nf_board_pci *host = find_host();
    if (host->configuration == 0u || address.segment != 0u || address.bus >= host->buses || address.device > 31u ||
        address.function > 7u || offset > 4092u || offset % 4u != 0u) {
        return NULL;
    }
    uint32_t function =
        ((uint32_t)address.bus << 20) + ((uint32_t)address.device << 15) + ((uint32_t)address.function << 12);
    return (volatile uint32_t *)(uintptr_t)(host->configuration + function + offset);
}

uint32_t v6nf_env_pci_read(struct v6nf_env_pci_address address, uint16_t offset)
{
    volatile uint32_t *word = find_register(address, offset);
    return word != NULL ? v6nf_env_le32(*word) : V6NF_ENV_PCI_NO_DEVICE;
}

bool v6nf_env_pci_write(struct v6nf_env_pci_address address, uint16_t offset, uint32_t value)
{
    volatile uint32_t *word = find_register(address, offset);
    /* Look at the class: the ID of a virtual function is all ones, too (SR-IOV 1.1, 3.4.1). */
    if (word == NULL || v6nf_env_pci_read(address, 8) == V6NF_ENV_PCI_NO_DEVICE) {
        return false;
    }
    *word = v6nf_env_le32(value);
    v6nf_env_dma_barrier(); /* the next access may be to a register whose base address was just written */
    return true;
}

uint64_t v6nf_board_device_space(void)
{
    return find_host()->free;
}

/* -- Base addresses ------------------------------------------------------------------------------------------------ */

#define COMMAND 0x04u
#define COMMAND_MEMORY 0x2u
#define COMMAND_BUS_MASTER 0x4u
#define HEADER 0x0Cu /* its type in bits 16 to 22 */
#define HEADER_TYPE 0x7F0000u
#define HEADER_BRIDGE 0x010000u
#define HEADER_FUNCTIONS 0x800000u /* the device has other functions than 0 */
#define BASE_ADDRESS 0x10u
#define BASE_ADDRESS_IO 0x1u
#define BASE_ADDRESS_TYPE 0x6u
#define BASE_ADDRESS_64 0x4u
#define BASE_ADDRESS_PREFETCHABLE 0x8u
#define BASE_ADDRESS_FLAGS 0xFu
#define BASE_ADDRESSES 6u
#define BRIDGE_BASE_ADDRESSES 2u

static uint64_t align(uint64_t address, uint64_t size)
{
    return (address + size - 1u) & ~(size - 1u);
}

/* Write all ones to a register. Return its value after that. */
static uint32_t try_ones(struct v6nf_env_pci_address address, uint16_t offset)
{
    (void)v6nf_env_pci_write(address, offset, UINT32_MAX);
    return v6nf_env_pci_read(address, offset);
}

/* What is left of the windows below and above 4 GiB. */
struct windows {
    struct v6nf_board_range low;
    struct v6nf_board_range high;
};

/* Take the first addresses of a window that fit. Return 0 if none do. */
static uint64_t take_space(struct v6nf_board_range *window, uint64_t size)
{
    const uint64_t first = align(window->first, size);
    if (size == 0u || first > window->end || size > window->end - first) {
        return 0;
    }
    window->first = first + size;
    return first;
}

/* Assign to the base address register at `offset` the first addresses that fit, or 0 if none do. Registers for I/O get
 * 0: no driver uses it. Bridges forward addresses above 4 GiB only to memory that is prefetchable.
 * passes_high: these bridges forward such addresses.
 * Return the offset of the next register. */
static uint16_t assign_one(struct v6nf_env_pci_address address, uint16_t offset, struct windows *windows,
                           bool passes_high)
{
    const uint32_t low = try_ones(address, offset);
    const bool is_memory = low != 0u && (low & BASE_ADDRESS_IO) == 0u;
    const bool is_wide = is_memory && (low & BASE_ADDRESS_TYPE) == BASE_ADDRESS_64;
    const bool may_be_high = is_wide && passes_high && (low & BASE_ADDRESS_PREFETCHABLE) != 0u;
    const uint64_t high = is_wide ? try_ones(address, (uint16_t)(offset + 4u)) : UINT32_MAX;
    const uint64_t size = is_memory ? ~((high << 32) + (low & ~BASE_ADDRESS_FLAGS)) + 1u : 0u;
    uint64_t first = may_be_high ? take_space(&windows->high, size) : 0u;
    if (first == 0u) {
        first = take_space(&windows->low, size);
    }
    if (first == 0u && is_wide && address.bus == 0u) {
        first = take_space(&windows->high, size); /* no bridge is before it */
    }
    (void)v6nf_env_pci_write(address, offset, (uint32_t)(first & UINT32_MAX));
    if (is_wide) {
        (void)v6nf_env_pci_write(address, (uint16_t)(offset + 4u), (uint32_t)(first >> 32));
    }
    return (uint16_t)(offset + (is_wide ? 8u : 4u));
}

/* Turn the memory of the function off. Its driver turns it on. */
static void assign_function(struct v6nf_env_pci_address address, uint32_t registers, struct windows *windows,
                            bool passes_high)
{
    (void)v6nf_env_pci_write(address, COMMAND, 0);
    uint16_t offset = BASE_ADDRESS;
    while (offset < BASE_ADDRESS + 4u * registers) {
        offset = assign_one(address, offset, windows, passes_high);
    }
}

/* -- Bridges ------------------------------------------------------------------------------------------------------- */

#define BUS_NUMBERS 0x18u /* primary, secondary, subordinate */
#define BRIDGE_IO 0x1Cu
#define BRIDGE_IO_NONE 0x000000F0u /* a limit below the base; Secondary Status, which writing 1 clears, stays */
#define BRIDGE_MEMORY 0x20u
#define BRIDGE_PREFETCHABLE 0x24u
#define BRIDGE_PREFETCHABLE_TYPE 0xFu
#define BRIDGE_PREFETCHABLE_64 0x1u
#define BRIDGE_BASE_HIGH 0x28u
#define BRIDGE_LIMIT_HIGH 0x2Cu
#define BRIDGE_MEMORY_NONE 0x0000FFF0u
#define BRIDGE_GRANULE UINT64_C(0x100000)

#define DEVICE_SPACE UINT64_C(0x1000000)

#define MAX_DEPTH 8u   /* of bridges behind each other */
#define FUNCTIONS 256u /* of a bus */

struct bus {
    struct v6nf_env_pci_address bridge; /* to this bus */
    struct windows first;               /* addresses behind the bridge */
    bool passes_high;                   /* all bridges to this bus forward addresses above 4 GiB */
    uint8_t number;
    uint32_t next; /* function to look at */
};

static void write_bus_numbers(const struct bus *bus, uint32_t subordinate)
{
    uint32_t numbers = (subordinate << 16) + ((uint32_t)bus->number << 8) + bus->bridge.bus;
    (void)v6nf_env_pci_write(bus->bridge, BUS_NUMBERS, numbers);
}

static void align_windows(struct windows *windows)
{
    windows->low.first = align(windows->low.first, BRIDGE_GRANULE);
    windows->high.first = align(windows->high.first, BRIDGE_GRANULE);
}

static struct bus open_bus(const struct bus *parent, struct v6nf_env_pci_address bridge, uint32_t number,
                           struct windows *windows)
{
    const uint32_t type = v6nf_env_pci_read(bridge, BRIDGE_PREFETCHABLE) & BRIDGE_PREFETCHABLE_TYPE;
    align_windows(windows);
    struct bus bus = {.bridge = bridge,
                      .first = *windows,
                      .passes_high = parent->passes_high && type == BRIDGE_PREFETCHABLE_64,
                      .number = (uint8_t)number};
    write_bus_numbers(&bus, 0xFF); /* until all buses behind it are known */
    return bus;
}

/* Return the lower halves of base and limit of a bridge. */
static uint32_t base_and_limit(uint64_t first, uint64_t end)
{
    if (end <= first) {
        return BRIDGE_MEMORY_NONE;
    }
    return ((uint32_t)((end - 1u) & UINT32_MAX) & 0xFFF00000u) + ((uint32_t)(first & UINT32_MAX) >> 16);
}

static void close_bus(const struct bus *bus, uint32_t last_bus, struct windows *windows)
{
    align_windows(windows);
    const uint64_t high_first = bus->first.high.first;
    const uint64_t high_end = windows->high.first;
    const bool is_high = high_end > high_first;
    write_bus_numbers(bus, last_bus);
    (void)v6nf_env_pci_write(bus->bridge, BRIDGE_IO, BRIDGE_IO_NONE);
    (void)v6nf_env_pci_write(bus->bridge, BRIDGE_MEMORY, base_and_limit(bus->first.low.first, windows->low.first));
    (void)v6nf_env_pci_write(bus->bridge, BRIDGE_PREFETCHABLE, base_and_limit(high_first, high_end));
    (void)v6nf_env_pci_write(bus->bridge, BRIDGE_BASE_HIGH, is_high ? (uint32_t)(high_first >> 32) : 0u);
    (void)v6nf_env_pci_write(bus->bridge, BRIDGE_LIMIT_HIGH, is_high ? (uint32_t)((high_end - 1u) >> 32) : 0u);
    (void)v6nf_env_pci_write(bus->bridge, COMMAND, COMMAND_MEMORY + COMMAND_BUS_MASTER);
}

/* Step to the next function of a bus that exists. Return false at the end of the bus.
 * header: the dword at HEADER. */
static bool next_function(struct bus *bus, struct v6nf_env_pci_address *address, uint32_t *header)
{
    while (bus->next < FUNCTIONS) {
        *address = (struct v6nf_env_pci_address){
            .bus = bus->number, .device = (uint8_t)(bus->next / 8u), .function = (uint8_t)(bus->next % 8u)};
        bool exists = v6nf_env_pci_read(*address, 0) != V6NF_ENV_PCI_NO_DEVICE;
        *header = exists ? v6nf_env_pci_read(*address, HEADER) : 0u;
        bool is_alone = address->function == 0u && (*header & HEADER_FUNCTIONS) == 0u;
        bus->next += is_alone ? 8u : 1u;
        if (exists) {
            return true;
        }
    }
    return false;
}

/* Go depth first: the buses behind a bridge get consecutive numbers, and their functions consecutive addresses.
 * Return the address of DEVICE_SPACE free bytes behind them, for v6nf_board_device_space(). Return 0 if the window has
 * no space for them. */
static uint64_t assign_all(const struct v6nf_board_pci *host)
{
    struct bus path[MAX_DEPTH] = {{.number = 0, .passes_high = true}};
    struct windows windows = {{host->window.first, host->window.end & ~(BRIDGE_GRANULE - 1u)},
                              {host->high.first, host->high.end & ~(BRIDGE_GRANULE - 1u)}};
    uint32_t depth = 1;
    uint32_t last_bus = 0;
    while (depth > 0u) {
        struct v6nf_env_pci_address address;
        uint32_t header;
        if (!next_function(&path[depth - 1u], &address, &header)) {
            depth--;
            if (depth > 0u) {
                close_bus(&path[depth], last_bus, &windows);
            }
            continue;
        }
        bool is_bridge = (header & HEADER_TYPE) == HEADER_BRIDGE;
        assign_function(address, is_bridge ? BRIDGE_BASE_ADDRESSES : BASE_ADDRESSES, &windows,
                        path[depth - 1u].passes_high);
        if (is_bridge && depth < MAX_DEPTH && last_bus + 1u < host->buses) {
            last_bus++;
            path[depth] = open_bus(&path[depth - 1u], address, last_bus, &windows);
            depth++;
        }
    }
    align_windows(&windows);
    const struct v6nf_board_range rest = windows.low;
    return rest.first <= rest.end && rest.end - rest.first >= DEVICE_SPACE ? rest.first : 0u;
}
