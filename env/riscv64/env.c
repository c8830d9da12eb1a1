/* env.c: a 64-bit RISC-V machine without an operating system: QEMU's "virt". The device tree states where PCI and
 * memory are; the other addresses are the same on every such machine. */
#include "device_tree.h"

extern const uint8_t *v6nf_board_device_tree; /* start.S */
extern uint8_t image_end[];                   /* link.ld */

/* -- Memory -------------------------------------------------------------------------------------------------------- */

#define MEMORY_FIRST UINT64_C(0x80000000)
#define MEMORY_END (UINT64_C(1) << 56) /* of physical addresses */

struct v6nf_board_range v6nf_board_memory(void)
{
    return v6nf_device_tree_memory(v6nf_board_device_tree, image_end, MEMORY_END);
}

struct v6nf_board_pci v6nf_board_pci(void)
{
    return v6nf_device_tree_pci(v6nf_board_device_tree, "pci");
}

static bool is_within(struct v6nf_board_range range, uint64_t address, size_t size)
{
    return address >= range.first && address < range.end && size <= range.end - address;
}

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    const struct v6nf_board_range low = {1, MEMORY_FIRST};
    const bool is_device = is_within(low, address, size) || is_within(v6nf_board_pci().high, address, size);
    return is_device ? (volatile void *)(uintptr_t)address : NULL;
}

/* -- Time: the CSR that reads the machine's timer (RISC-V Unprivileged ISA 20191213, 10.1) ------------------------- */

uint64_t v6nf_board_counter(void)
{
    uint64_t count;
    __asm__ volatile("rdtime %0" : "=r"(count) : : "memory");
    return count;
}

uint64_t v6nf_board_counter_rate(void)
{
    uint32_t rate = v6nf_device_tree_number(v6nf_board_device_tree, "cpus", "timebase-frequency");
    return rate != 0u ? rate : 1u;
}

void v6nf_board_pause(void)
{
    __asm__ volatile(".4byte 0x0100000F"); /* PAUSE (Zihintpause); on older CPUs, a fence without effect */
}

/* Sleep until the machine timer interrupt is pending (mip.MTIP). WFI resumes then although mstatus.MIE is 0, and the
 * interrupt is not taken (RISC-V Privileged Architecture 1.12, 3.3.3). Its comparator is in SiFive's CLINT, hart 0. */
#define TIMER_COMPARE UINT64_C(0x02004000)
#define MIE_MTIE 0x80u

void v6nf_board_idle(uint64_t counts)
{
    volatile uint64_t *compare = (volatile uint64_t *)(uintptr_t)TIMER_COMPARE;
    *compare = v6nf_board_counter() + counts;
    __asm__ volatile("csrs mie, %0\n\t"
                     "wfi\n\t"
                     "csrc mie, %0"
                     :
                     : "r"(MIE_MTIE)
                     : "memory");
    *compare = UINT64_MAX;
}

/* -- Entropy: the CSR "seed" (RISC-V Cryptography Extensions 1.0, 4.1), by its number ------------------------------ */

#define SEED_STATE 0xC0000000u
#define SEED_GOOD 0x80000000u /* ES16: 16 bits of seed are below */
#define SEED_DEAD 0xC0000000u
#define SEEDS 16u /* for 64 bits: at least 8 bits of 16 are entropy (4.2), so this is twice the need */
#define SEED_TRIES 100000u
#define GOLDEN UINT64_C(0x9E3779B97F4A7C15) /* 2^64 by the golden ratio */

static bool read_seed(uint64_t *value)
{
    for (uint32_t i = 0; i < SEED_TRIES; i++) {
        uint64_t seed;
        __asm__ volatile("csrrw %0, 0x015, x0" : "=r"(seed));
        if ((seed & SEED_STATE) == SEED_GOOD) {
            *value = seed & 0xFFFFu;
            return true;
        }
        if ((seed & SEED_STATE) == SEED_DEAD) {
            return false;
        }
    }
    return false;
}

/* Mix several seeds into one number, because they may be biased. */
bool v6nf_board_random(uint64_t *value)
{
    uint64_t mixed = 0;
    bool good = v6nf_device_tree_lists(v6nf_board_device_tree, "cpu", "riscv,isa-extensions", "zkr");
    for (uint32_t i = 0; i < SEEDS && good; i++) {
        uint64_t seed = 0;
        good = read_seed(&seed);
        mixed = (mixed ^ seed) * GOLDEN;
        mixed ^= mixed >> 32;
    }
    *value = mixed;
    return good;
}

/* -- Console: a National 16550 ------------------------------------------------------------------------------------- */

#define SERIAL UINT64_C(0x10000000)
#define SERIAL_STATUS 5u
#define SERIAL_EMPTY 0x20u
#define SERIAL_MAX_LOOPS 1000000u

void v6nf_board_put(uint8_t byte)
{
    volatile uint8_t *serial = (volatile uint8_t *)(uintptr_t)SERIAL;
    for (uint32_t i = 0; i < SERIAL_MAX_LOOPS && (serial[SERIAL_STATUS] & SERIAL_EMPTY) == 0u; i++) {
    }
    *serial = byte;
}

/* -- The program's arguments and its end --------------------------------------------------------------------------- */

/* SiFive's test device: QEMU ends with the status. */
#define FINISHER UINT64_C(0x100000)
#define FINISHER_PASS 0x5555u
#define FINISHER_FAIL 0x3333u

const char *v6nf_board_command_line(void)
{
    return v6nf_device_tree_text(v6nf_board_device_tree, "chosen", "bootargs");
}

_Noreturn void v6nf_board_stop(int status)
{
    uint32_t end = status == 0 ? FINISHER_PASS : FINISHER_FAIL + ((uint32_t)status << 16);
    *(volatile uint32_t *)(uintptr_t)FINISHER = end;
    for (;;) {
        __asm__ volatile("wfi");
    }
}
