/* env.c: the devices of Arm's MPS2 board with the FPGA image of Application Note AN385, which are those of the Cortex-M
 * System Design Kit (Technical Reference Manual, DDI 0479). */
#include "local.h"
#include "parts.h"

extern uint8_t image_end[], memory_end[]; /* link.ld */

#define SYSTEM_CLOCK 25000000u /* Hz, of devices too */

/* -- Console: UART 0 (APB UART) ------------------------------------------------------------------------------------ */

#define UART_DATA 0x40004000u
#define UART_STATE 0x40004004u
#define UART_STATE_FULL 1u /* of transmission */
#define UART_CONTROL 0x40004008u
#define UART_CONTROL_TRANSMIT 1u
#define UART_DIVISOR 0x40004010u /* of the clock, at least 16 */
#define BAUD 115200u

#define MAX_LOOPS 1000000u /* a character takes 2200 cycles */

static void wait_for_uart(void)
{
    for (uint32_t i = 0; i < MAX_LOOPS && (*local_register(UART_STATE) & UART_STATE_FULL) != 0u; i++) {
    }
}

void v6nf_board_put(uint8_t byte)
{
    wait_for_uart();
    *local_register(UART_DATA) = byte;
}

/* -- End ----------------------------------------------------------------------------------------------------------- */

_Noreturn void v6nf_board_stop(int status)
{
    wait_for_uart(); /* the last character has left QEMU, or is in the shift register */
    host_exit(status);
    v6nf_board_say(status == 0 ? "\nstopped: status 0\n" : "\nstopped: status not 0\n");
    for (;;) {
        __asm__ volatile("wfi");
    }
}

/* -- Time: timer 1 of the APB dual-input timers, which counts down from 2^32 - 1 to 0 again and again -------------- */

#define TIMER_LOAD 0x40002000u
#define TIMER_VALUE 0x40002004u
#define TIMER_CONTROL 0x40002008u
#define TIMER_CONTROL_32_BITS (1u << 1)
#define TIMER_CONTROL_BY_16 (1u << 2) /* divides the clock */
#define TIMER_CONTROL_ENABLE (1u << 7)
#define TIMER_DIVISOR 16u

/* Counts until the first wrap, after 168 ms, during the self-test. The next is after 45 minutes. */
#define FIRST_WRAP 0x40000u

void local_start(void)
{
    *local_register(UART_DIVISOR) = SYSTEM_CLOCK / BAUD;
    *local_register(UART_CONTROL) = UART_CONTROL_TRANSMIT;
    *local_register(TIMER_CONTROL) = TIMER_CONTROL_32_BITS + TIMER_CONTROL_BY_16 + TIMER_CONTROL_ENABLE;
    *local_register(TIMER_LOAD) = FIRST_WRAP;
}

uint64_t v6nf_board_counter(void)
{
    static uint32_t last = FIRST_WRAP;
    static uint64_t total;
    uint32_t value = *local_register(TIMER_VALUE);
    total += last - value;
    last = value;
    return total;
}

uint64_t v6nf_board_counter_rate(void)
{
    return SYSTEM_CLOCK / TIMER_DIVISOR;
}

void v6nf_board_pause(void)
{
    __asm__ volatile("yield");
}

/* -- Sleep: SysTick, 24 bits of the CPU's clock (ARMv7-M, B3.3) ---------------------------------------------------- */

#define SYST_CSR 0xE000E010u
#define SYST_CSR_ENABLE 1u
#define SYST_CSR_TICKINT 2u
#define SYST_CSR_CLKSOURCE 4u /* the CPU's clock */
#define SYST_RVR 0xE000E014u
#define SYST_RVR_MAX 0xFFFFFFu
#define SYST_CVR 0xE000E018u
#define ICSR 0xE000ED04u
#define ICSR_PENDSTCLR (1u << 25)

/* WFI resumes when SysTick is pending, although PRIMASK keeps the exception from being taken (B1.5.19). */
void v6nf_board_idle(uint64_t counts)
{
    const uint64_t ticks = counts * TIMER_DIVISOR;
    *local_register(SYST_RVR) = ticks < SYST_RVR_MAX ? (uint32_t)ticks : SYST_RVR_MAX;
    *local_register(SYST_CVR) = 0;
    __asm__ volatile("cpsid i" ::: "memory");
    *local_register(SYST_CSR) = SYST_CSR_CLKSOURCE + SYST_CSR_TICKINT + SYST_CSR_ENABLE;
    __asm__ volatile("dsb; wfi" ::: "memory");
    *local_register(SYST_CSR) = 0;
    *local_register(ICSR) = ICSR_PENDSTCLR;
    __asm__ volatile("dsb; isb; cpsie i" ::: "memory");
}

/* -- Memory -------------------------------------------------------------------------------------------------------- */

struct v6nf_board_range v6nf_board_memory(void)
{
    return (struct v6nf_board_range){(uintptr_t)image_end, (uintptr_t)memory_end};
}

/* Addresses that the CPU treats as devices (ARMv7-M, B3.1): APB, AHB and the Ethernet controller. */
#define DEVICES 0x40000000u
#define DEVICES_END 0x60000000u

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    bool is_device = address >= DEVICES && address < DEVICES_END && size <= DEVICES_END - address;
    return is_device ? local_register((uint32_t)address) : NULL;
}

/* -- What this board lacks ----------------------------------------------------------------------------------------- */

struct v6nf_board_pci v6nf_board_pci(void)
{
    return (struct v6nf_board_pci){0};
}

bool v6nf_board_random(uint64_t *value)
{
    *value = 0;
    return false;
}

/* -- Command line -------------------------------------------------------------------------------------------------- */

/* Without a command line, programs run on the board's own network controller. */
#define DEFAULT_LINE "--lan9118 40200000"

const char *v6nf_board_command_line(void)
{
    const char *line = host_command_line();
    return line[0] != '\0' ? line : DEFAULT_LINE;
}
