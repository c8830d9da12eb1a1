/* host.c: what a debugger, or QEMU, does for the program ("Semihosting for AArch32 and AArch64", 2.0): it passes the
 * command line, and receives the status at the end. */
#include "local.h"
#include "parts.h"

#define SYS_GET_CMDLINE 0x15u
#define SYS_EXIT_EXTENDED 0x20u
#define APPLICATION_EXIT 0x20026u /* ADP_Stopped_ApplicationExit */

#define LINE_SIZE 512u /* bytes */

static char line[LINE_SIZE]; /* begins with the name of the program */
static bool is_absent;

/* Nothing but the call: the exception of an unanswered one recognizes it by its address. */
__attribute__((naked)) static uint32_t breakpoint(__attribute__((unused)) uint32_t operation,
                                                  __attribute__((unused)) void *parameters)
{
    __asm__("bkpt 0xAB\n\t"
            "bx lr");
}

static uint32_t call(uint32_t operation, void *parameters)
{
    return is_absent ? HOST_FAILED : breakpoint(operation, parameters);
}

bool host_is_absent(uint32_t instruction)
{
    bool is_call = instruction == ((uint32_t)(uintptr_t)breakpoint & ~1u);
    is_absent = is_absent || is_call;
    return is_call;
}

void host_start(void)
{
    struct {
        char *text;
        uint32_t size;
    } parameters = {line, sizeof line};
    if (call(SYS_GET_CMDLINE, &parameters) == HOST_FAILED) {
        v6nf_board_say(is_absent ? "" : "the command line is ignored: it has more than 511 bytes\n");
        line[0] = '\0';
    }
}

const char *host_command_line(void)
{
    const char *rest = line;
    while (*rest != '\0' && *rest != ' ') {
        rest++;
    }
    return rest;
}

void host_exit(int status)
{
    uint32_t parameters[2] = {APPLICATION_EXIT, (uint32_t)status};
    (void)call(SYS_EXIT_EXTENDED, parameters);
}
