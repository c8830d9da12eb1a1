/* selftest_cores.c: an image that runs functions on core 1 (board.h), and ends with status 0 if that works, or if there
 * is no such core, otherwise 1. With the argument "exception", core 1 provokes one, and with "stop", it ends the
 * program: the first core must stop, too. */
#include "v6nf/board/board.h"
#include "v6nf/env.h"
#include "v6nf/print.h"

#define STACK_SIZE 16384u
#define NAP 3000u       /* microseconds */
#define NAP_MAX 500000u /* on a busy machine */
#define ABSENT_CORE 200u
#define STARTS 3u
#define WRITTEN 0x5EA7BEEFu
#define STATUS 5

static _Alignas(16) uint8_t stack[STACK_SIZE];

/* What core 1 does and reports. */
static struct {
    uint32_t written; /* by the first core */
    uint32_t read;
    uint64_t slept;
    uint64_t idled;
    uint32_t is_done;
} work;

static bool report(bool is_good, const char *what)
{
    v6nf_print_text(is_good ? "ok: " : "FAILED: ");
    v6nf_print_text(what);
    v6nf_print_text("\n");
    return is_good;
}

static void do_work(void *context)
{
    const uint64_t begin = v6nf_env_clock();
    work.read = context == &work ? work.written : 0u;
    v6nf_env_sleep(NAP);
    work.slept = v6nf_env_clock() - begin;
    const uint64_t until = v6nf_env_clock() + NAP;
    while (v6nf_env_clock() < until) {
        v6nf_env_idle(until);
    }
    work.idled = v6nf_env_clock() - until;
    __atomic_store_n(&work.is_done, 1u, __ATOMIC_RELEASE);
}

static bool runs_on_core(uint32_t number)
{
    work.written = WRITTEN + number;
    work.is_done = 0;
    if (!v6nf_board_start_core(1, do_work, &work, stack, sizeof stack)) {
        return false;
    }
    const uint64_t until = v6nf_env_clock() + 4u * NAP_MAX;
    while (__atomic_load_n(&work.is_done, __ATOMIC_ACQUIRE) == 0u && v6nf_env_clock() < until) {
    }
    return work.is_done != 0u && work.read == WRITTEN + number;
}

/* An overflow of the stack, whose address is not the exception's. */
static void provoke_exception(void *context)
{
    (void)context;
#if defined(__x86_64__)
    __asm__ volatile("movq $64, %rsp; ud2");
#endif
}

static void stop(void *context)
{
    (void)context;
    v6nf_board_stop(STATUS);
}

/* Let core 1 end the program. */
static void wait_for_end(void (*function)(void *context))
{
    if (v6nf_board_start_core(1, function, NULL, stack, sizeof stack)) {
        v6nf_env_sleep(10u * NAP_MAX);
    }
}

int main(void)
{
    char *arguments[2];
    const char mode = v6nf_board_arguments(arguments, 2) > 1u ? arguments[1][0] : '\0';
    (void)v6nf_env_clock();
    if (mode == 'e' || mode == 's') { /* a board can have an argument of its own */
        wait_for_end(mode == 'e' ? provoke_exception : stop);
        return report(false, "core 1 ends the program") ? 0 : 1;
    }
    bool is_good = report(!v6nf_board_start_core(0, do_work, &work, stack, sizeof stack), "core 0 runs this");
    is_good = report(!v6nf_board_start_core(1, do_work, &work, stack, 4095), "a stack can be too small") && is_good;
    is_good =
        report(!v6nf_board_start_core(ABSENT_CORE, do_work, &work, stack, sizeof stack), "200 is no core") && is_good;
    if (!runs_on_core(0)) {
        v6nf_print_text("note: there is no core 1\n");
        return is_good && work.is_done == 0u ? 0 : 1;
    }
    for (uint32_t i = 1; i < STARTS; i++) {
        is_good = report(runs_on_core(i), "core 1 runs a function again") && is_good;
    }
    is_good = report(work.slept >= NAP && work.slept < NAP_MAX, "core 1 sleeps") && is_good;
    is_good = report(work.idled < NAP_MAX, "core 1 is idle until a time") && is_good;
    v6nf_print_text(is_good ? "cores: passed\n" : "cores: failed\n");
    return is_good ? 0 : 1;
}
