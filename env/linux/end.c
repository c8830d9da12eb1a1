/* end.c: see end.h. */
#define _GNU_SOURCE
#include "end.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define STACK_SIZE 65536u /* more than a frame with the registers of any CPU (MINSIGSTKSZ) */

static void (*last_call)(void);
static pid_t owner; /* children inherit all that is below, and must not act on it */
static bool at_signals;

static void end(void)
{
    if (getpid() == owner) {
        last_call();
    }
}

/* The default action is restored here, because a program that puts a handler back by signal() loses the flags. The
 * signal that is sent is held back until the handler returns: it ends the process where the first one met it, which is
 * what a core file then shows. */
static void end_by_signal(int number)
{
    int error = errno;
    end();
    errno = error;
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

/* True if the signal ends a program that does not handle it (signal(7)), and can be handled. */
static bool is_fatal(int number)
{
    switch (number) {
    case SIGKILL:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGCONT:
    case SIGCHLD:
    case SIGURG:
    case SIGWINCH:
        return false;
    default:
        return true;
    }
}

/* A full stack is one of the ways to end, so that the handler gets another, unless the program has seen to that. */
static void add_stack(void)
{
    static uint8_t stack[STACK_SIZE];
    const stack_t mine = {.ss_sp = stack, .ss_size = sizeof stack};
    stack_t current;
    if (sigaltstack(NULL, &current) == 0 && (current.ss_flags & SS_DISABLE) != 0) {
        (void)sigaltstack(&mine, NULL);
    }
}

static void handle_signals(void)
{
    struct sigaction action = {.sa_handler = end_by_signal, .sa_flags = SA_ONSTACK};
    (void)sigfillset(&action.sa_mask);
    for (int number = 1; number <= SIGRTMAX; number++) {
        struct sigaction current;
        bool is_default = is_fatal(number) && sigaction(number, NULL, &current) == 0 && current.sa_handler == SIG_DFL;
        if (is_default) {
            (void)sigaction(number, &action, NULL); /* fails for what the C library keeps for itself */
        }
    }
}

bool v6nf_linux_at_end(void (*last)(void), bool by_signal)
{
    if (owner != getpid()) {
        last_call = last;
        at_signals = false;
        if (owner == 0 && (atexit(end) != 0 || at_quick_exit(end) != 0)) {
            return false;
        }
        owner = getpid();
    }
    if (by_signal && !at_signals) {
        at_signals = true;
        add_stack();
        handle_signals();
    }
    return true;
}
