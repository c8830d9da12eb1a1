/* cores.c: start a function on another core. */
#include "parts.h"

#define WAIT 1000u /* milliseconds, at most, until a core runs */
#define STACK_MIN 4096u
#define STACK_ALIGNMENT 16u /* of every CPU here */

/* What is offered to the core that starts. Only one starts at a time. */
enum offer { NOTHING, OFFERED };
static uint32_t offer;
static void (*offered_function)(void *context);
static void *offered_context;
static uint32_t started;

/* The first function of a core, on its own stack. A core that starts too late finds nothing, and sleeps. */
static void run_core(void)
{
    void (*const function)(void *context) = offered_function;
    void *const context = offered_context;
    uint32_t expected = OFFERED;
    if (__atomic_compare_exchange_n(&offer, &expected, NOTHING, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        function(context);
    }
    for (;;) {
        v6nf_env_idle(UINT64_MAX);
    }
}

__attribute__((weak)) bool v6nf_board_wake_core(uint32_t core, void (*entry)(void), uintptr_t stack_end)
{
    (void)core;
    (void)entry;
    (void)stack_end;
    return false;
}

bool v6nf_board_start_core(uint32_t core, void (*function)(void *context), void *context, void *stack, size_t size)
{
    const uintptr_t stack_end = ((uintptr_t)stack + size) & ~(uintptr_t)(STACK_ALIGNMENT - 1u);
    uint32_t expected = OFFERED;
    if (size < STACK_MIN || started >= V6NF_BOARD_CORES_MAX - 1u) {
        return false;
    }
    offered_function = function;
    offered_context = context;
    __atomic_store_n(&offer, OFFERED, __ATOMIC_RELEASE);
    if (v6nf_board_wake_core(core, run_core, stack_end)) {
        started++;
        for (uint32_t i = 0; i < WAIT && __atomic_load_n(&offer, __ATOMIC_ACQUIRE) == OFFERED; i++) {
            v6nf_env_sleep(1000);
        }
    }
    return !__atomic_compare_exchange_n(&offer, &expected, NOTHING, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}
