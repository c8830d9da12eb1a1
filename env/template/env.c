/* env.c: the start of a new board: every function that parts.h asks for, none written yet. Copy this directory, and
 * write them in this order, which is that of ../README.md. A call of a function that is not written is reported on
 * the console, and stops the program. */
#include "parts.h"

extern uint8_t image_end[]; /* link.ld */

/* -- Console ------------------------------------------------------------------------------------------------------- */

/* Without a console, only a debugger shows that the program stopped here. */
static _Noreturn void console_is_not_written(void)
{
    for (;;) {
    }
}

void v6nf_board_put(uint8_t byte)
{
    (void)byte; /* wait, for a bounded time, until the device can accept a byte; then write it */
    console_is_not_written();
}

static _Noreturn void not_written(const char *function)
{
    v6nf_board_say(function);
    v6nf_board_say("() is not written: env/README.md, \"A new board\"\n");
    for (;;) {
    }
}

/* -- End ----------------------------------------------------------------------------------------------------------- */

_Noreturn void v6nf_board_stop(int status)
{
    /* Pass the status on if the machine can; otherwise halt. Programs have stopped their ports (port.h). */
    (void)status;
    not_written(__func__);
}

/* -- Time ---------------------------------------------------------------------------------------------------------- */

uint64_t v6nf_board_counter(void)
{
    not_written(__func__); /* a counter of 32 bits is extended here */
}

uint64_t v6nf_board_counter_rate(void)
{
    not_written(__func__); /* its frequency in Hz */
}

void v6nf_board_pause(void)
{
    not_written(__func__); /* may do nothing */
}

void v6nf_board_idle(uint64_t counts)
{
    (void)counts; /* set the timer, sleep until its interrupt; v6nf_board_pause() is enough */
    not_written(__func__);
}

/* -- Memory -------------------------------------------------------------------------------------------------------- */

struct v6nf_board_range v6nf_board_memory(void)
{
    (void)image_end; /* usually from here to the end of what devices can reach, too */
    not_written(__func__);
}

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    (void)address; /* NULL for everything but registers of devices, mapped as such */
    (void)size;
    not_written(__func__);
}

/* -- PCI ----------------------------------------------------------------------------------------------------------- */

struct v6nf_board_pci v6nf_board_pci(void)
{
    not_written(__func__); /* all zero without PCI */
}

/* -- Entropy ------------------------------------------------------------------------------------------------------- */

bool v6nf_board_random(uint64_t *value)
{
    *value = 0;
    not_written(__func__); /* false without a source: entropy.c then uses the counter */
}

/* -- Command line -------------------------------------------------------------------------------------------------- */

const char *v6nf_board_command_line(void)
{
    not_written(__func__); /* "" without a command line */
}
