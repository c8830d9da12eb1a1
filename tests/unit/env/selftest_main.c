/* selftest_main.c: an image that runs env_selftest(), and ends with status 0 if the board passes, otherwise 1. With the
 * argument "exception" it provokes an exception instead, which the board must report. */
#include "env_selftest.h"
#include "v6nf/board/board.h"
#include "v6nf/env.h"

/* An address at which no board has memory. */
#if UINTPTR_MAX > UINT32_MAX
#define NOWHERE UINT64_C(0x2000000000)
#else
#define NOWHERE 0x30000000u
#endif

/* Set the stack pointer and jump to an invalid address. A Cortex-M keeps its stack: the exception saves the instruction
 * on it. */
static void provoke_exception(void)
{
#if defined(__x86_64__)
    __asm__ volatile("movq %0, %%rsp; jmp *%0" : : "r"(NOWHERE));
#elif defined(__aarch64__)
    __asm__ volatile("mov sp, %0; br %0" : : "r"(NOWHERE));
#elif defined(__riscv)
    __asm__ volatile("mv sp, %0; jr %0" : : "r"(NOWHERE));
#elif defined(__arm__)
    __asm__ volatile("bx %0" : : "r"(NOWHERE + 1u)); /* Thumb code */
#endif
}

int main(void)
{
    char *arguments[2];
    if (v6nf_board_arguments(arguments, 2) > 1u && arguments[1][0] == 'e') {
        provoke_exception();
    }
    const uint32_t failures = env_selftest();
    for (const char *text = failures == 0u ? "selftest: passed\n" : "selftest: failed\n"; *text != '\0'; text++) {
        v6nf_env_console(*text);
    }
    return failures == 0u ? 0 : 1;
}
