/* env.c: a PC without an operating system: x86-64, started by PVH (start.S), with the PCI Express of Intel's Q35. */
#include <string.h>

#include "pvh.h"

#define EXCEPTIONS 32u
#define TABLE_ENTRIES 512u

/* link.ld: the end of the image. start.S: what the boot loader passed; what another core executes first; entries of
 * exceptions; tables; stack and function of the next core. */
extern const uint8_t *const start_info;
extern const uint8_t image_end[], core_start[], core_start_end[], exceptions[EXCEPTIONS][16];
extern uint64_t gdt[4], table_4[TABLE_ENTRIES], core_stack, core_entry;

/* Called by start.S. */
void x86_64_catch_exceptions(void);
_Noreturn void x86_64_exception(uint64_t vector, uint64_t instruction);

/* -- Ports and registers of the CPU -------------------------------------------------------------------------------- */

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

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static struct cpuid cpuid(uint32_t leaf)
{
    struct cpuid is = {.eax = leaf};
    __asm__ volatile("cpuid" : "+a"(is.eax), "=b"(is.ebx), "+c"(is.ecx), "=d"(is.edx));
    return is;
}

/* -- Memory: behind the image, all of it mapped to itself ---------------------------------------------------------- */

#define DEVICES_FIRST UINT64_C(0x80000000) /* as mapped in start.S */
#define DEVICES_END UINT64_C(0x100000000)

struct v6nf_board_range v6nf_board_memory(void)
{
    return v6nf_pvh_memory(start_info, image_end, DEVICES_FIRST);
}

/* -- Registers: from 2 to 4 GiB as mapped in start.S, above in pages that are added (Intel SDM volume 3, 4.5) ------ */

#define PAGE_SIZE UINT64_C(0x200000)
#define PAGE_TABLE 0x3u   /* present, writable */
#define PAGE_DEVICE 0x9Bu /* the same, large, not cached */
#define TABLES 16u
#define CPUID_ADDRESSES 0x80000008u

/* Return the table of an entry, a new one if it is empty. Return NULL if no more tables are left. */
static uint64_t *table_of(uint64_t *entry)
{
    static _Alignas(4096) uint64_t tables[TABLES][TABLE_ENTRIES];
    static uint32_t count;
    if (*entry == 0u && count < TABLES) {
        *entry = (uint64_t)(uintptr_t)tables[count++] + PAGE_TABLE;
    }
    return (uint64_t *)(uintptr_t)(*entry & ~UINT64_C(0xFFF));
}

/* Map a page to itself. An entry that was not present is in no TLB (4.10.2.3). */
static bool map_page(uint64_t page)
{
    uint64_t *table_3 = table_of(&table_4[page >> 39]);
    uint64_t *table_2 = table_3 != NULL ? table_of(&table_3[page >> 30 & (TABLE_ENTRIES - 1u)]) : NULL;
    if (table_2 == NULL) {
        return false;
    }
    table_2[page >> 21 & (TABLE_ENTRIES - 1u)] = page + PAGE_DEVICE;
    return true;
}

/* Pointers reach the lower half of 48 bits. The number of tables bounds the loop. */
volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    const uint32_t bits = cpuid(CPUID_ADDRESSES).eax & 0xFFu;
    const uint64_t end = UINT64_C(1) << (bits < 47u ? bits : 47u);
    bool is_mapped = address >= DEVICES_FIRST && address < end && size <= end - address;
    for (uint64_t page = address & ~(PAGE_SIZE - 1u); is_mapped && page < address + size; page += PAGE_SIZE) {
        is_mapped = page < DEVICES_END || map_page(page);
    }
    return is_mapped ? (volatile void *)(uintptr_t)address : NULL;
}

/* -- PCI: memory-mapped configuration space (PCI Express 2.0, 7.2.2), at the firmware's address -------------------- */

/* PCIEXBAR (Intel Q35, 5.1.19) of the host bridge, read by the older mechanism (PCI 3.0, 3.2.2.3.2). */
#define CONFIG_ADDRESS 0xCF8u
#define CONFIG_DATA 0xCFCu
#define PCIEXBAR 0x60u
#define PCIEXBAR_ENABLE 1u
#define PCIEXBAR_BASE 0xF0000000u
#define PCIEXBAR_SIZE 0x10000000u
#define PCIEXBAR_BUSES 256u /* as firmware sets it */

struct v6nf_board_pci v6nf_board_pci(void)
{
    out32(CONFIG_ADDRESS, 0x80000000u + PCIEXBAR);
    uint32_t base = in32(CONFIG_DATA);
    bool is_on = base != UINT32_MAX && (base & PCIEXBAR_ENABLE) != 0u;
    uint32_t first = is_on ? base & PCIEXBAR_BASE : 0u;
    /* SeaBIOS assigns addresses between the configuration space and the I/O APIC, from the end. */
    return (struct v6nf_board_pci){
        .configuration = first, .buses = PCIEXBAR_BUSES, .free = is_on ? first + PCIEXBAR_SIZE : 0u};
}

/* -- Sleep: the timer of the local APIC (Intel SDM volume 3, 11.5.4), as firmware left it: xAPIC, at 0xFEE00000 ---- */

#define APIC UINT64_C(0xFEE00000)
#define APIC_ID 0x020u
#define APIC_ALL 0xFFu
#define APIC_END_OF_INTERRUPT 0x0B0u
#define APIC_SPURIOUS 0x0F0u
#define APIC_SPURIOUS_ENABLE 0x100u
#define APIC_COMMAND 0x300u
#define APIC_COMMAND_TO 0x310u
#define COMMAND_INIT 0x4500u
#define COMMAND_START 0x4600u
#define COMMAND_NMI_OTHERS 0xC4400u
#define APIC_TIMER 0x320u
#define APIC_LINE_0 0x350u /* the 8259, whose interrupts firmware has used */
#define APIC_MASKED 0x10000u
#define APIC_TIMER_INITIAL 0x380u
#define APIC_TIMER_CURRENT 0x390u
#define APIC_TIMER_DIVIDE 0x3E0u
#define APIC_TIMER_BY_16 3u
#define APIC_BASE 0x1Bu /* a model-specific register */
#define APIC_BASE_MODE 0xC00u
#define APIC_BASE_XAPIC 0x800u
#define CPUID_APIC (1u << 9)
#define WAKE_VECTOR 0x2Fu /* of the timer, and of spurious interrupts, whose vector ends with 1111 on old CPUs */

static volatile uint32_t *apic(uint32_t offset)
{
    return (volatile uint32_t *)(uintptr_t)(APIC + offset);
}

/* The only interrupt that is taken, and only at HLT. Without one to end, the write does nothing. */
__attribute__((interrupt, target("general-regs-only"))) static void wake(void *frame)
{
    (void)frame;
    *apic(APIC_END_OF_INTERRUPT) = 0;
}

static bool has_apic(void)
{
    uint32_t low, high;
    if ((cpuid(1u).edx & CPUID_APIC) == 0u) {
        return false;
    }
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(APIC_BASE));
    return (low & APIC_BASE_MODE) == APIC_BASE_XAPIC;
}

/* Start the timer, which counts down. `lvt`: its entry of the local vector table. */
static void start_timer(uint32_t lvt, uint32_t count)
{
    *apic(APIC_TIMER) = lvt;
    *apic(APIC_TIMER_INITIAL) = count;
}

static void set_up_timer(void)
{
    *apic(APIC_LINE_0) = APIC_MASKED;
    *apic(APIC_SPURIOUS) = APIC_SPURIOUS_ENABLE + WAKE_VECTOR;
    *apic(APIC_TIMER_DIVIDE) = APIC_TIMER_BY_16;
    start_timer(APIC_MASKED + WAKE_VECTOR, UINT32_MAX);
}

/* -- Time: the time-stamp counter, whose rate the interval timer shows (Intel 8254, channel 2) --------------------- */

#define TIMER_RATE 1193182u /* Hz */
#define TIMER_DATA 0x42u
#define TIMER_CONTROL 0x43u
#define TIMER_ONE_SHOT 0xB0u /* channel 2, both bytes, mode 0 */
#define TIMER_GATE 0x61u
#define TIMER_GATE_ON 0x01u
#define TIMER_GATE_SPEAKER 0x02u
#define TIMER_OUTPUT 0x20u
#define MICROSECONDS UINT64_C(1000000) /* in a second */
#define CALIBRATION 20000u             /* microseconds */
#define CALIBRATION_MAX_LOOPS 100000000u

/* Counts of the two in CALIBRATION microseconds, 0 without the timer. */
static uint64_t calibration;
static uint64_t timer_calibration;

uint64_t v6nf_board_counter(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return ((uint64_t)high << 32) + low;
}

uint64_t v6nf_board_counter_rate(void)
{
    const uint32_t ticks = (uint32_t)((uint64_t)TIMER_RATE * CALIBRATION / MICROSECONDS);
    out8(TIMER_GATE, (uint8_t)((in8(TIMER_GATE) & ~TIMER_GATE_SPEAKER) | TIMER_GATE_ON));
    out8(TIMER_CONTROL, TIMER_ONE_SHOT);
    out8(TIMER_DATA, (uint8_t)(ticks & 0xFFu));
    out8(TIMER_DATA, (uint8_t)(ticks >> 8));
    if (has_apic()) {
        set_up_timer();
    }
    uint64_t first = v6nf_board_counter();
    for (uint32_t i = 0; i < CALIBRATION_MAX_LOOPS && (in8(TIMER_GATE) & TIMER_OUTPUT) == 0u; i++) {
    }
    calibration = v6nf_board_counter() - first + 1u; /* is not 0 */
    timer_calibration = has_apic() ? UINT32_MAX - *apic(APIC_TIMER_CURRENT) : 0u;
    return calibration * MICROSECONDS / CALIBRATION;
}

void v6nf_board_pause(void)
{
    __asm__ volatile("pause");
}

/* STI takes effect after the next instruction (Intel SDM volume 2, STI): the interrupt cannot be taken before HLT. */
void v6nf_board_idle(uint64_t counts)
{
    const uint64_t ticks = timer_calibration != 0u ? counts * timer_calibration / calibration : 0u;
    if (ticks == 0u || ticks > UINT32_MAX) {
        v6nf_board_pause();
        return;
    }
    start_timer(WAKE_VECTOR, (uint32_t)ticks);
    __asm__ volatile("sti; hlt; cli" : : : "memory");
    start_timer(APIC_MASKED + WAKE_VECTOR, 0);
}

/* -- Entropy: RDRAND (Intel SDM volume 1, 7.3.17) ------------------------------------------------------------------ */

#define CPUID_RDRAND (1u << 30)
#define RDRAND_TRIES 10u

bool v6nf_board_random(uint64_t *value)
{
    const bool exists = (cpuid(1u).ecx & CPUID_RDRAND) != 0u;
    for (uint32_t i = 0; exists && i < RDRAND_TRIES; i++) {
        uint8_t good;
        __asm__ volatile("rdrand %0; setc %1" : "=r"(*value), "=qm"(good) : : "cc");
        if (good != 0u) {
            return true;
        }
    }
    return false;
}

/* -- Console: the first serial port, as the firmware left it (National 16550) -------------------------------------- */

#define SERIAL 0x3F8u
#define SERIAL_STATUS (SERIAL + 5u)
#define SERIAL_EMPTY 0x20u
#define SERIAL_MAX_LOOPS 1000000u

void v6nf_board_put(uint8_t byte)
{
    for (uint32_t i = 0; i < SERIAL_MAX_LOOPS && (in8(SERIAL_STATUS) & SERIAL_EMPTY) == 0u; i++) {
    }
    out8(SERIAL, byte);
}

/* -- The program's arguments and its end --------------------------------------------------------------------------- */

/* QEMU's isa-debug-exit at iobase 0xf4: QEMU ends with 2 * status + 1. */
#define EXIT_PORT 0xF4u

const char *v6nf_board_command_line(void)
{
    return v6nf_pvh_command_line(start_info);
}

static volatile bool is_stopping; /* then a non-maskable interrupt stops the other cores */

_Noreturn void v6nf_board_stop(int status)
{
    is_stopping = true;
    out32(EXIT_PORT, (uint32_t)status); /* first: QEMU resets cores that it wakes before they were started */
    if (has_apic()) {
        *apic(APIC_COMMAND) = COMMAND_NMI_OTHERS;
    }
    for (;;) {
        __asm__ volatile("cli; hlt");
    }
}

/* -- Other cores (Intel SDM volume 3, 8.4.4) ----------------------------------------------------------------------- */

#define CORE_PAGE 8u /* page of 4 KiB below 1 MiB, where a core starts in real mode; no one uses it after the start */
#define INIT_TIME 10000u /* microseconds */

bool v6nf_board_wake_core(uint32_t core, void (*entry)(void), uintptr_t stack_end)
{
    if (!has_apic() || core >= APIC_ALL || core == *apic(APIC_ID) >> 24) {
        return false;
    }
    memcpy((void *)(uintptr_t)(CORE_PAGE << 12), core_start, (size_t)(core_start_end - core_start));
    core_stack = stack_end;
    core_entry = (uintptr_t)entry;
    *apic(APIC_COMMAND_TO) = core << 24;
    *apic(APIC_COMMAND) = COMMAND_INIT;
    v6nf_env_sleep(INIT_TIME);
    *apic(APIC_COMMAND) = COMMAND_START + CORE_PAGE;
    v6nf_env_sleep(INIT_TIME);
    *apic(APIC_COMMAND) = COMMAND_START + CORE_PAGE; /* for a core that has missed the first */
    return true;
}

/* -- Exceptions (Intel SDM volume 3, chapters 6 and 7) ------------------------------------------------------------- */

#define PAGE_FAULT 14u
#define ENTRY_GATE UINT64_C(0x00008E0100080000) /* an interrupt gate, stack 1 of the task, segment 8: 6.14.1 */
#define TASK_WORDS 26u
#define TASK_STACK_1 9u                           /* 7.7 */
#define TASK_SEGMENT UINT64_C(0x0000890000000067) /* 7.2.3 */
#define TASK_SELECTOR 16u

#define WAKE_GATE UINT64_C(0x00008E0000080000) /* the same, on the current stack */

/* The image lies below 4 GiB. */
static void set_gate(uint64_t *gate, uint64_t kind, uint64_t entry)
{
    gate[0] = kind + (entry & 0xFFFFu) + ((entry >> 16) << 48);
}

/* Called before main(), and on each core. Each exception resets the stack, because the stack may be its cause. The
 * segment of the task is read once. */
void x86_64_catch_exceptions(void)
{
    static uint64_t gates[WAKE_VECTOR + 1u][2];
    static uint32_t tasks[V6NF_BOARD_CORES_MAX][TASK_WORDS];
    static uint32_t count;
    uint32_t *task = tasks[count++ % V6NF_BOARD_CORES_MAX];
    for (uint32_t i = 0; i < EXCEPTIONS; i++) {
        set_gate(gates[i], ENTRY_GATE, (uint64_t)(uintptr_t)exceptions[i]);
    }
    set_gate(gates[WAKE_VECTOR], WAKE_GATE, (uint64_t)(uintptr_t)wake);
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } table = {sizeof gates - 1u, (uint64_t)(uintptr_t)gates};
    __asm__ volatile("lidt %0" : : "m"(table), "m"(gates));
    uint64_t base = (uint64_t)(uintptr_t)task;
    task[TASK_STACK_1] = (uint32_t)core_stack;
    gdt[2] = TASK_SEGMENT + ((base & 0xFFFFFFu) << 16) + ((base >> 24) << 56);
    __asm__ volatile("ltr %0" : : "r"((uint16_t)TASK_SELECTOR) : "memory");
    if (timer_calibration != 0u) {
        set_up_timer();
    }
}

_Noreturn void x86_64_exception(uint64_t vector, uint64_t instruction)
{
    uint64_t address;
    while (is_stopping) {
        __asm__ volatile("hlt");
    }
    __asm__ volatile("movq %%cr2, %0" : "=r"(address));
    v6nf_board_exception(vector, instruction, vector == PAGE_FAULT ? address : 0u);
}
