/* end.c: the exit handler of end.h. */
#define _GNU_SOURCE
#include "end.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define STACK_SIZE 65536u /* more than a frame with the registers of any CPU (MINSIGSTKSZ) */

static void (*last_call)(void);
static pid_t owner; /* forked children inherit the registration, and must not act on it */
static bool at_signals;

static void end(void)
{
    if (getpid() == owner) {
        last_call();
    }
}

/* Make the last call, then end by the same signal. The default action is restored here: a program that sets a handler
 * again by signal() loses the flags. The raised signal is blocked until the handler returns. It then ends the process
 * where the first one interrupted it, as a core file shows. */
static void end_by_signal(int number)
{
    int error = errno;
    end();
    errno = error;
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

/* Return true if the signal can be handled and ends a program that does not handle it (signal(7)). */
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

/* Add an alternate stack, unless the program has one: the handler must run after a stack overflow, too. */
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
            (void)sigaction(number, &action, NULL); /* fails for signals that the C library reserves */
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
