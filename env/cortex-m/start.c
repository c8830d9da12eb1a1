/* start.c: from reset to main(), and exceptions. Sections are those of the ARMv7-M Architecture Reference Manual
 * (DDI 0403E). */
#include "local.h"
#include "parts.h"

#define STACK 4096u           /* bytes, of main(): echo takes 940 of them */
#define EXCEPTION_STACK 1024u /* of exceptions, which do not use the other: it may be the cause */
#define BYTES 8u              /* of an element of a stack, which is its alignment (B1.5.7) */

/* The lower end of main()'s stack is a guard of 2^9 bytes. A function with more local variables can skip it. */
#define GUARD_LOG_SIZE 9u

static uint64_t stack[STACK / BYTES] __attribute__((section(".stack"), aligned(512)));
static uint64_t exception_stack[EXCEPTION_STACK / BYTES] __attribute__((section(".stack.exceptions")));

extern uint64_t data_source[], data_begin[], data_end[], bss_begin[], bss_end[]; /* link.ld */

int main(void);
_Noreturn void start(void);

/* -- Exceptions ---------------------------------------------------------------------------------------------------- */

/* What the CPU pushes, in words (B1.5.6). */
#define FRAME_WORDS 8u
#define FRAME_R0 0u
#define FRAME_LINK 5u
#define FRAME_INSTRUCTION 6u

#define CFSR 0xE000ED28u /* Configurable Fault Status Register (B3.2.15) */
#define CFSR_MMARVALID (1u << 7)
#define CFSR_BFARVALID (1u << 15)
#define HFSR 0xE000ED2Cu  /* HardFault Status Register (B3.2.16) */
#define MMFAR 0xE000ED34u /* where the memory fault was (B3.2.17), */
#define BFAR 0xE000ED38u  /* and the bus fault (B3.2.18) */

#define CCR 0xE000ED14u         /* Configuration and Control Register (B3.2.8) */
#define CCR_DIV_0_TRP (1u << 4) /* a division by 0 is an exception */

#define NUMBER_SHIFT 8u /* of the exception's number into bits that HFSR does not use */

/* Return what the CPU pushed on the stack of main(), NULL if it could not. */
static uint32_t *find_frame(void)
{
    uint32_t *frame;
    __asm__ volatile("mrs %0, psp" : "=r"(frame));
    uintptr_t first = (uintptr_t)stack + (1u << GUARD_LOG_SIZE);
    uintptr_t last = (uintptr_t)stack + STACK - FRAME_WORDS * sizeof *frame;
    return (uintptr_t)frame >= first && (uintptr_t)frame <= last ? frame : NULL;
}

static uint64_t find_address(uint32_t status)
{
    if ((status & CFSR_BFARVALID) != 0u) {
        return *local_register(BFAR);
    }
    return (status & CFSR_MMARVALID) != 0u ? *local_register(MMFAR) : 0u;
}

static void exception(void)
{
    uint32_t number;
    __asm__ volatile("mrs %0, ipsr" : "=r"(number));
    uint32_t *frame = find_frame();
    uint32_t fault = *local_register(CFSR);
    uint32_t hard_fault = *local_register(HFSR);
    if (frame != NULL && host_is_absent(frame[FRAME_INSTRUCTION])) {
        *local_register(HFSR) = hard_fault; /* writing ones clears them */
        frame[FRAME_R0] = HOST_FAILED;
        frame[FRAME_INSTRUCTION] = frame[FRAME_LINK] & ~1u; /* it returns */
        return;
    }
    v6nf_board_exception(((uint64_t)(hard_fault + (number << NUMBER_SHIFT)) << 32) + fault,
                         frame != NULL ? frame[FRAME_INSTRUCTION] : 0u, find_address(fault));
}

/* -- Start --------------------------------------------------------------------------------------------------------- */

/* The memory protection unit (B3.5). What it does not name is as without it. */
#define MPU_CTRL 0xE000ED94u
#define MPU_CTRL_ENABLE 1u
#define MPU_CTRL_PRIVDEFENA 4u
#define MPU_RBAR 0xE000ED9Cu
#define MPU_RBAR_VALID 0x10u /* with the number of the region, 0 */
#define MPU_RASR 0xE000EDA0u
#define MPU_RASR_NO_ACCESS(log_size) ((((log_size)-1u) << 1) + 1u)

/* Make a full stack an exception, and a division by 0. */
static void protect(void)
{
    *local_register(MPU_RBAR) = (uint32_t)(uintptr_t)stack + MPU_RBAR_VALID;
    *local_register(MPU_RASR) = MPU_RASR_NO_ACCESS(GUARD_LOG_SIZE);
    *local_register(MPU_CTRL) = MPU_CTRL_ENABLE + MPU_CTRL_PRIVDEFENA;
    *local_register(CCR) |= CCR_DIV_0_TRP;
    __asm__ volatile("dsb\n\t"
                     "isb"
                     :
                     :
                     : "memory");
}

/* Exceptions of the CPU (B1.5.2). Those of devices, behind these, are never enabled. */
static const struct {
    uint64_t *stack;
    void (*start)(void);
    void (*exceptions[14])(void);
} vectors __attribute__((section(".vectors"), used)) = {
    .stack = exception_stack + EXCEPTION_STACK / BYTES,
    .start = start,
    .exceptions = {exception, exception, exception, exception, exception, exception, exception, exception, exception,
                   exception, exception, exception, exception, exception},
};

static _Noreturn void run(void)
{
    protect();
    local_start();
    host_start();
    v6nf_board_stop(main());
}

/* Runs on the stack of exceptions, which therefore is not in .bss. */
_Noreturn void start(void)
{
    const uint64_t *from = data_source;
    for (uint64_t *to = data_begin; to < data_end; to++, from++) {
        *to = *from;
    }
    for (uint64_t *to = bss_begin; to < bss_end; to++) {
        *to = 0;
    }
    /* From here on, use the process stack, which exceptions do not use (B1.4.4). */
    __asm__ volatile("msr psp, %0\n\t"
                     "msr control, %1\n\t"
                     "isb\n\t"
                     "bx %2"
                     :
                     : "r"(stack + STACK / BYTES), "r"(2), "r"(run)
                     : "memory");
    __builtin_unreachable();
}
