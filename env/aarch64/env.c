/* env.c: a 64-bit Arm machine without an operating system: QEMU's "virt". The device tree states where PCI and memory
 * are; the other addresses are the same on every such machine. */
#include "device_tree.h"

extern uint8_t image_end[]; /* link.ld */

/* Called by start.S. */
_Noreturn void aarch64_exception(uint64_t cause, uint64_t instruction, uint64_t address);

/* -- Memory: as mapped in start.S ---------------------------------------------------------------------------------- */

#define MEMORY_FIRST UINT64_C(0x40000000)
#define MEMORY_END UINT64_C(0x80000000)

/* At the start of memory (QEMU, docs/system/arm/virt.rst: guests that boot as bare metal). */
static const uint8_t *tree(void)
{
    return (const uint8_t *)(uintptr_t)MEMORY_FIRST;
}

struct v6nf_board_range v6nf_board_memory(void)
{
    return v6nf_device_tree_memory(tree(), image_end, MEMORY_END);
}

/* Devices above 4 GiB: blocks of 1 GiB that are mapped when they are used, as those below in start.S. An entry that was
 * not valid is in no TLB (Arm ARM, D8.13). */
#define HIGH_FIRST (UINT64_C(1) << 39)
#define HIGH_END (UINT64_C(1) << 40)
#define HIGH_BLOCKS 512u
#define BLOCK_SIZE (UINT64_C(1) << 30)
#define BLOCK_DEVICE UINT64_C(0x60000000000405)

extern uint64_t aarch64_high[HIGH_BLOCKS]; /* for start.S */
_Alignas(4096) uint64_t aarch64_high[HIGH_BLOCKS];

static void map_high(uint64_t first, uint64_t end)
{
    for (uint64_t block = first & ~(BLOCK_SIZE - 1u); block < end; block += BLOCK_SIZE) {
        aarch64_high[block / BLOCK_SIZE % HIGH_BLOCKS] = block + BLOCK_DEVICE;
    }
    __asm__ volatile("dsb ishst; isb" : : : "memory");
}

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    const bool is_low = address != 0u && address < MEMORY_FIRST && size <= MEMORY_FIRST - address;
    const bool is_high = address >= HIGH_FIRST && address < HIGH_END && size <= HIGH_END - address;
    if (is_high) {
        map_high(address, address + size);
    }
    return is_low || is_high ? (volatile void *)(uintptr_t)address : NULL;
}

/* -- PCI ----------------------------------------------------------------------------------------------------------- */

#define PCI_FIRST UINT64_C(0x4000000000) /* as mapped in start.S */
#define PCI_END UINT64_C(0x4040000000)

struct v6nf_board_pci v6nf_board_pci(void)
{
    struct v6nf_board_pci pci = v6nf_device_tree_pci(tree(), "pcie");
    bool is_mapped =
        pci.configuration < MEMORY_FIRST || (pci.configuration >= PCI_FIRST && pci.configuration < PCI_END);
    if (!is_mapped || pci.window.end > MEMORY_FIRST) {
        pci.configuration = 0;
    }
    if (pci.high.first < HIGH_FIRST || pci.high.end > HIGH_END) {
        pci.high = (struct v6nf_board_range){0, 0};
    }
    return pci;
}

/* -- Time: the virtual count of the generic timer (Arm ARM, D12) --------------------------------------------------- */

uint64_t v6nf_board_counter(void)
{
    uint64_t count;
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(count) : : "memory"); /* without ISB, it may be read early */
    return count;
}

uint64_t v6nf_board_counter_rate(void)
{
    uint64_t rate;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(rate));
    return rate != 0u ? rate : 1u;
}

void v6nf_board_pause(void)
{
    __asm__ volatile("yield");
}

/* -- Sleep: the virtual timer, whose interrupt a GICv2 passes to the CPU (IHI 0048B) ------------------------------- */

#define GIC_DISTRIBUTOR UINT64_C(0x08000000)
#define GICD_CTLR 0x000u
#define GICD_ISENABLER0 0x100u
#define GIC_CPU UINT64_C(0x08010000)
#define GICC_CTLR 0x000u
#define GICC_PMR 0x004u
#define GIC_ENABLE 1u
#define GIC_ALL_PRIORITIES 0xFFu
#define TIMER_INTERRUPT (1u << 27) /* the private interrupt of the virtual timer (Arm BSA, 4.1.4) */
#define TIMER_ENABLE 1u            /* of CNTV_CTL_EL0 */

static void write_gic(uint64_t part, uint32_t offset, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)(part + offset) = value;
}

/* Return true if the machine has a GICv2. From the first call on, it passes on the timer's interrupt. */
static bool has_gic(void)
{
    static bool is_known;
    static bool exists;
    if (!is_known) {
        is_known = true;
        exists = v6nf_device_tree_lists(tree(), "intc", "compatible", "arm,cortex-a15-gic");
        if (exists) {
            write_gic(GIC_DISTRIBUTOR, GICD_ISENABLER0, TIMER_INTERRUPT);
            write_gic(GIC_DISTRIBUTOR, GICD_CTLR, GIC_ENABLE);
            write_gic(GIC_CPU, GICC_PMR, GIC_ALL_PRIORITIES);
            write_gic(GIC_CPU, GICC_CTLR, GIC_ENABLE);
        }
    }
    return exists;
}

/* WFI resumes when the interrupt is pending, although PSTATE.I keeps it from being taken (Arm ARM, D1.7.2). It is never
 * acknowledged: the timer's line goes down when the timer is turned off. */
void v6nf_board_idle(uint64_t counts)
{
    if (!has_gic()) {
        v6nf_board_pause();
        return;
    }
    __asm__ volatile("msr cntv_cval_el0, %0\n\t"
                     "msr cntv_ctl_el0, %1\n\t"
                     "isb\n\t"
                     "wfi\n\t"
                     "msr cntv_ctl_el0, xzr\n\t"
                     "isb"
                     :
                     : "r"(v6nf_board_counter() + counts), "r"((uint64_t)TIMER_ENABLE)
                     : "memory");
}

/* -- Entropy: RNDR (Arm ARM, D17.2.116), by its number ------------------------------------------------------------- */

#define FEATURES_RANDOM_SHIFT 60u /* of ID_AA64ISAR0_EL1 */
#define RANDOM_TRIES 10u

bool v6nf_board_random(uint64_t *value)
{
    uint64_t features;
    __asm__ volatile("mrs %0, id_aa64isar0_el1" : "=r"(features));
    for (uint32_t i = 0; i < RANDOM_TRIES && features >> FEATURES_RANDOM_SHIFT != 0u; i++) {
        uint32_t good;
        __asm__ volatile("mrs %0, s3_3_c2_c4_0; cset %w1, ne" : "=r"(*value), "=r"(good) : : "cc");
        if (good != 0u) {
            return true;
        }
    }
    return false;
}

/* -- Console: Arm's PL011 (DDI 0183, 3.3) -------------------------------------------------------------------------- */

#define SERIAL UINT64_C(0x09000000)
#define SERIAL_DATA 0x00u
#define SERIAL_FLAGS 0x18u
#define SERIAL_FULL 0x20u
#define SERIAL_CONTROL 0x30u
#define SERIAL_SEND 0x101u /* enable, with transmission, at the rate that was set before */
#define SERIAL_MAX_LOOPS 1000000u

static volatile uint32_t *serial(uint32_t offset)
{
    return (volatile uint32_t *)(uintptr_t)(SERIAL + offset);
}

void v6nf_board_put(uint8_t byte)
{
    *serial(SERIAL_CONTROL) = SERIAL_SEND;
    for (uint32_t i = 0; i < SERIAL_MAX_LOOPS && (*serial(SERIAL_FLAGS) & SERIAL_FULL) != 0u; i++) {
    }
    *serial(SERIAL_DATA) = byte;
}

/* -- The program's arguments and its end --------------------------------------------------------------------------- */

/* Semihosting (Arm, 2.0) passes a status to a debugger, or to QEMU. Without one of them the instruction is
 * undefined, and leads to aarch64_exception(), which then turns the machine off. */
#define SYS_EXIT 0x18u
#define STOPPED_APPLICATION_EXIT 0x20026u

/* PSCI 1.1 (DEN 0022), 5.9, by the instruction that the device tree names. */
#define PSCI_SYSTEM_OFF 0x84000008u

const char *v6nf_board_command_line(void)
{
    return v6nf_device_tree_text(tree(), "chosen", "bootargs");
}

static _Noreturn void turn_off(void)
{
    const bool is_monitor = v6nf_device_tree_lists(tree(), "psci", "method", "smc");
    const bool is_hypervisor = v6nf_device_tree_lists(tree(), "psci", "method", "hvc");
    register uint64_t function __asm__("x0") = PSCI_SYSTEM_OFF;
    if (is_monitor) {
        __asm__ volatile("smc #0" : "+r"(function) : : "x1", "x2", "x3", "memory");
    } else if (is_hypervisor) {
        __asm__ volatile("hvc #0" : "+r"(function) : : "x1", "x2", "x3", "memory");
    }
    for (;;) {
        __asm__ volatile("wfi");
    }
}

static bool is_stopping;

_Noreturn void v6nf_board_stop(int status)
{
    is_stopping = true;
    const uint64_t reason[] = {STOPPED_APPLICATION_EXIT, (uint64_t)status};
    register uint64_t operation __asm__("x0") = SYS_EXIT;
    register const uint64_t *parameter __asm__("x1") = reason;
    __asm__ volatile("hlt #0xf000" : "+r"(operation) : "r"(parameter) : "memory");
    turn_off();
}

_Noreturn void aarch64_exception(uint64_t cause, uint64_t instruction, uint64_t address)
{
    if (is_stopping) {
        turn_off();
    }
    v6nf_board_exception(cause, instruction, address);
}
