/* local.h: between the files of this board. */
#ifndef ENV_CORTEX_M_LOCAL_H
#define ENV_CORTEX_M_LOCAL_H

#include <stdbool.h>
#include <stdint.h>

/* A register of the CPU or of a device. */
static inline volatile uint32_t *local_register(uint32_t address)
{
    return (volatile uint32_t *)(uintptr_t)address;
}

/* Has console and counter begin (env.c). */
void local_start(void);

/* -- The host: a debugger, or QEMU, that answers the BKPT instruction (host.c) ------------------------------------- */

#define HOST_FAILED UINT32_MAX /* what a call returns without one, too: an exception sees to that */

/* Asks it for the command line, and by that finds out whether there is one. Not to be called in an exception. */
void host_start(void);

/* The command line without its first word; "" if nobody gave one. */
const char *host_command_line(void);

/* Has it end the program; returns if there is none. */
void host_exit(int status);

/* For exceptions: true if it was at the instruction of a call, which nobody answered then. No other is made. */
bool host_is_absent(uint32_t instruction);

#endif
