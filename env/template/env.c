/* env.c: what a new board starts from: every function that ../shared/parts.h asks for, none written yet. Copy this folder, and
 * write them in this order, which is that of ../README.md. One that is called before it is written says so on the console,
 * and the program stands still. */
#include "parts.h"

extern uint8_t image_end[]; /* link.ld */

/* -- Console ----------------------------------------------------------------------------------------------------------------- */

/* Until there is one, only a debugger can tell: the program stands here. */
static _Noreturn void console_is_not_written(void)
{
    for (;;) {
    }
}

void v6nf_board_put(uint8_t byte)
{
    (void)byte; /* waits, for a time that is bounded, until the device has room; then gives it the byte */
    console_is_not_written();
}

static _Noreturn void not_written(const char *function)
{
    v6nf_board_say(function);
    v6nf_board_say("() is not written: env/README.md, \"A new board\"\n");
    for (;;) {
    }
}

/* -- End ----------------------------------------------------------------------------------------------------------------------- */

_Noreturn void v6nf_board_stop(int status)
{
    /* Pass the status to the program's starter if the machine can; otherwise halt. Devices are quiet by then: programs
     * stop their ports (port.h). */
    (void)status;
    not_written(__func__);
}

/* -- Time ---------------------------------------------------------------------------------------------------------------------- */

uint64_t v6nf_board_counter(void)
{
    not_written(__func__); /* a counter of 32 bits is extended here */
}

uint64_t v6nf_board_counter_rate(void)
{
    not_written(__func__); /* counts in a second */
}

void v6nf_board_pause(void)
{
    not_written(__func__); /* may do nothing */
}

void v6nf_board_idle(uint64_t counts)
{
    (void)counts; /* sets the timer, and has the CPU sleep until its interrupt; v6nf_board_pause() will do */
    not_written(__func__);
}

/* -- Memory -------------------------------------------------------------------------------------------------------------------- */

struct v6nf_board_range v6nf_board_memory(void)
{
    (void)image_end; /* from here, as a rule, to the end of what devices can reach, too */
    not_written(__func__);
}

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    (void)address; /* NULL for all that is not the registers of a device, mapped as such */
    (void)size;
    not_written(__func__);
}

/* -- PCI ----------------------------------------------------------------------------------------------------------------------- */

struct v6nf_board_pci v6nf_board_pci(void)
{
    not_written(__func__); /* all zero if there is none */
}

/* -- Entropy ------------------------------------------------------------------------------------------------------------------- */

bool v6nf_board_random(uint64_t *value)
{
    *value = 0;
    not_written(__func__); /* false if there is none: env/shared makes do */
}

/* -- Command line -------------------------------------------------------------------------------------------------------------- */

const char *v6nf_board_command_line(void)
{
    not_written(__func__); /* "" if there is none */
}
