/* local.h: what the files of this board share. */
#ifndef ENV_CORTEX_M_LOCAL_H
#define ENV_CORTEX_M_LOCAL_H

#include <stdbool.h>
#include <stdint.h>

/* A register of the CPU or of a device. */
static inline volatile uint32_t *local_register(uint32_t address)
{
    return (volatile uint32_t *)(uintptr_t)address;
}

/* Start console and counter (env.c). */
void local_start(void);

/* -- The host: a debugger, or QEMU, that answers the BKPT instruction (host.c) ------------------------------------- */

#define HOST_FAILED UINT32_MAX /* what a call returns without a host, too, by way of its exception */

/* Ask the host for the command line, and so find out whether there is one. Do not call it in an exception. */
void host_start(void);

/* Return the command line without its first word, "" if there is none. */
const char *host_command_line(void);

/* Ask the host to end the program. Return if there is none. */
void host_exit(int status);

/* For exceptions: return true if the instruction is that of an unanswered call. No other call is made then. */
bool host_is_absent(uint32_t instruction);

#endif
