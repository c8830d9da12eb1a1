/* env.c: a PC without an operating system: x86-64, started by PVH (start.S), with the PCI Express of Intel's Q35. */
#include "v6nf/env.h"

#include "v6nf/board.h"

extern uint32_t start_info;      /* start.S: what the boot loader passed */
extern uint8_t image_end[];      /* link.ld */

/* -- Ports and registers of the CPU -------------------------------------------------------------------------------------- */

static void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static uint32_t in32(uint16_t port)
{
    uint32_t value;
    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static uint64_t read_tsc(void)
{
    uint32_t low;
    uint32_t high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return ((uint64_t)high << 32) + low;
}

/* -- Memory: behind the image, all of it mapped to itself ------------------------------------------------------------------ */

#define MEMORY_FIRST 0x100000u
#define DEVICES_FIRST UINT64_C(0x80000000) /* as mapped in start.S */

/* struct hvm_start_info, version 1, and an entry of its memory map (Xen, public/arch-x86/hvm/start_info.h). */
#define START_MAGIC 0x336EC578u
#define START_COMMAND_LINE 24u /* 64 bits */
#define START_MAP 40u          /* 64 bits */
#define START_MAP_ENTRIES 48u
#define MAP_ENTRY_SIZE 24u
#define MAP_ENTRIES_MOST 128u
#define MAP_TYPE_RAM 1u

/* The byte after the last that was handed out, and after the last there is; 0 before the first call. */
static uint64_t memory_next;
static uint64_t memory_end;

static const uint8_t *physical(uint64_t address)
{
    return (const uint8_t *)(uintptr_t)address;
}

static uint32_t read32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] + ((uint32_t)bytes[1] << 8) + ((uint32_t)bytes[2] << 16) + ((uint32_t)bytes[3] << 24);
}

static uint64_t read64(const uint8_t *bytes)
{
    return read32(bytes) + ((uint64_t)read32(bytes + 4) << 32);
}

/* Takes the rest of the memory that the image lies in, below the devices. */
static void find_memory(void)
{
    const uint8_t *info = physical(start_info);
    const uint8_t *entry = physical(read64(info + START_MAP));
    uint32_t count = read32(info) == START_MAGIC ? read32(info + START_MAP_ENTRIES) : 0u;
    memory_next = (uint64_t)(uintptr_t)image_end;
    memory_end = memory_next;
    for (uint32_t i = 0; i < count && i < MAP_ENTRIES_MOST; i++, entry += MAP_ENTRY_SIZE) {
        uint64_t first = read64(entry);
        uint64_t end = first + read64(entry + 8);
        if (read32(entry + 16) == MAP_TYPE_RAM && first <= MEMORY_FIRST && end > memory_end) {
            memory_end = end < DEVICES_FIRST ? end : DEVICES_FIRST;
        }
    }
}

void *v6nf_env_memory(size_t size, size_t alignment)
{
    if (memory_end == 0u) {
        find_memory();
    }
    if (size == 0u || alignment == 0u || alignment > V6NF_ENV_ALIGNMENT_MAX || (alignment & (alignment - 1u)) != 0u) {
        return NULL;
    }
    uint64_t start = (memory_next + alignment - 1u) & ~(uint64_t)(alignment - 1u);
    if (start > memory_end || size > memory_end - start) {
        return NULL;
    }
    memory_next = start + size;
    volatile uint8_t *bytes = (volatile uint8_t *)(uintptr_t)start;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = 0;
    }
    return (void *)(uintptr_t)start;
}

uint64_t v6nf_env_device_address(const volatile void *memory)
{
    uint64_t address = (uint64_t)(uintptr_t)memory;
    return address >= (uint64_t)(uintptr_t)image_end && address < memory_next ? address : V6NF_ENV_NO_ADDRESS;
}

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    const uint64_t end = UINT64_C(1) << 32;
    return address >= DEVICES_FIRST && address < end && size <= end - address ? (volatile void *)(uintptr_t)address : NULL;
}

/* -- PCI: memory-mapped configuration (PCI Express 2.0, 7.2.2), where the firmware put it ------------------------------------- */

/* The host bridge tells by the older way in (PCI 3.0, 3.2.2.3.2): PCIEXBAR (Intel Q35, 5.1.19). */
#define CONFIG_ADDRESS 0xCF8u
#define CONFIG_DATA 0xCFCu
#define PCIEXBAR 0x60u
#define PCIEXBAR_ENABLE 1u
#define PCIEXBAR_BASE 0xF0000000u
#define PCIEXBAR_SIZE 0x10000000u

static uint32_t read_pciexbar(void)
{
    out32(CONFIG_ADDRESS, 0x80000000u + PCIEXBAR);
    return in32(CONFIG_DATA);
}

/* The firmware (SeaBIOS) gives out what is between the configuration space and the I/O APIC, from the end. */
uint64_t v6nf_board_device_space(void)
{
    return (uint64_t)(read_pciexbar() & PCIEXBAR_BASE) + PCIEXBAR_SIZE;
}

static volatile uint32_t *configuration(struct v6nf_env_pci_address address, uint16_t offset)
{
    uint32_t base = read_pciexbar();
    if ((base & PCIEXBAR_ENABLE) == 0u || base == UINT32_MAX || address.segment != 0u || address.device > 31u ||
        address.function > 7u || offset > 4092u || offset % 4u != 0u) {
        return NULL;
    }
    uint32_t place = ((uint32_t)address.bus << 20) + ((uint32_t)address.device << 15) + ((uint32_t)address.function << 12);
    return (volatile uint32_t *)(uintptr_t)((base & PCIEXBAR_BASE) + place + offset);
}

uint32_t v6nf_env_pci_read(struct v6nf_env_pci_address address, uint16_t offset)
{
    volatile uint32_t *word = configuration(address, offset);
    return word != NULL ? *word : V6NF_ENV_PCI_NO_DEVICE;
}

bool v6nf_env_pci_write(struct v6nf_env_pci_address address, uint16_t offset, uint32_t value)
{
    volatile uint32_t *word = configuration(address, offset);
    /* By its class: the ID of a virtual function is all ones, too (SR-IOV 1.1, 3.4.1). */
    if (word == NULL || v6nf_env_pci_read(address, 8) == V6NF_ENV_PCI_NO_DEVICE) {
        return false;
    }
    *word = value;
    return true;
}

/* -- Time: the time-stamp counter, whose rate the interval timer shows (Intel 8254, channel 2) -------------------------------- */

#define TIMER_RATE 1193182u /* Hz */
#define TIMER_DATA 0x42u
#define TIMER_CONTROL 0x43u
#define TIMER_ONE_SHOT 0xB0u /* channel 2, both bytes, mode 0 */
#define TIMER_GATE 0x61u
#define TIMER_GATE_ON 0x01u
#define TIMER_GATE_SPEAKER 0x02u
#define TIMER_OUTPUT 0x20u
#define CALIBRATION 20000u /* microseconds */
#define CALIBRATION_LOOPS_MOST 100000000u

#define MICROSECONDS UINT64_C(1000000) /* in a second */

static uint64_t tsc_rate; /* in a second; 0 before the first call */
static uint64_t tsc_first;

static void calibrate(void)
{
    const uint32_t ticks = (uint32_t)((uint64_t)TIMER_RATE * CALIBRATION / MICROSECONDS);
    out8(TIMER_GATE, (uint8_t)((in8(TIMER_GATE) & ~TIMER_GATE_SPEAKER) | TIMER_GATE_ON));
    out8(TIMER_CONTROL, TIMER_ONE_SHOT);
    out8(TIMER_DATA, (uint8_t)(ticks & 0xFFu));
    out8(TIMER_DATA, (uint8_t)(ticks >> 8));
    tsc_first = read_tsc();
    for (uint32_t i = 0; i < CALIBRATION_LOOPS_MOST && (in8(TIMER_GATE) & TIMER_OUTPUT) == 0u; i++) {
    }
    tsc_rate = (read_tsc() - tsc_first) * MICROSECONDS / CALIBRATION;
}

uint64_t v6nf_env_clock(void)
{
    if (tsc_rate == 0u) {
        calibrate();
    }
    uint64_t passed = read_tsc() - tsc_first;
    return passed / tsc_rate * MICROSECONDS + passed % tsc_rate * MICROSECONDS / tsc_rate;
}

void v6nf_env_sleep(uint64_t microseconds)
{
    uint64_t end = v6nf_env_clock() + microseconds;
    while (v6nf_env_clock() < end) {
        __asm__ volatile("pause");
    }
}

/* -- Entropy: RDRAND (Intel SDM volume 1, 7.3.17) ------------------------------------------------------------------------------- */

#define CPUID_RDRAND (1u << 30)
#define RDRAND_TRIES 10u

static bool read_random(uint64_t *value)
{
    uint32_t eax = 1;
    uint32_t ebx;
    uint32_t ecx = 0;
    uint32_t edx;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    for (uint32_t i = 0; i < RDRAND_TRIES && (ecx & CPUID_RDRAND) != 0u; i++) {
        uint8_t good;
        __asm__ volatile("rdrand %0; setc %1" : "=r"(*value), "=qm"(good) : : "cc");
        if (good != 0u) {
            return true;
        }
    }
    return false;
}

bool v6nf_env_entropy(uint8_t *bytes, size_t size)
{
    bool good = true;
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        if (i % 8u == 0u && !read_random(&value)) {
            value = read_tsc() * UINT64_C(0x9E3779B97F4A7C15); /* differs from one start to the next, and no more */
            good = false;
        }
        bytes[i] = (uint8_t)((value >> (8u * (i % 8u))) & 0xFFu);
    }
    return good;
}

/* -- Console: the first serial port, as the firmware left it (National 16550) -------------------------------------------------- */

#define SERIAL 0x3F8u
#define SERIAL_STATUS (SERIAL + 5u)
#define SERIAL_EMPTY 0x20u
#define SERIAL_LOOPS_MOST 1000000u

static void put(uint8_t byte)
{
    for (uint32_t i = 0; i < SERIAL_LOOPS_MOST && (in8(SERIAL_STATUS) & SERIAL_EMPTY) == 0u; i++) {
    }
    out8(SERIAL, byte);
}

void v6nf_env_console(char character)
{
    if (character == '\n') {
        put('\r');
    }
    put((uint8_t)character);
}

/* -- The program's arguments and its end ---------------------------------------------------------------------------------------- */

/* QEMU's isa-debug-exit at iobase 0xf4: QEMU ends with 2 * status + 1. */
#define EXIT_PORT 0xF4u

const char *v6nf_board_arguments(void)
{
    const uint8_t *info = physical(start_info);
    uint64_t line = read32(info) == START_MAGIC ? read64(info + START_COMMAND_LINE) : 0u;
    return line != 0u ? (const char *)physical(line) : "";
}

_Noreturn void v6nf_board_stop(int status)
{
    out32(EXIT_PORT, (uint32_t)status);
    for (;;) {
        __asm__ volatile("cli; hlt");
    }
}
