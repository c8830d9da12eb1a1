/* board.h: what a board without operating system provides in addition to env.h: arguments, and an end. */
#ifndef V6NF_BOARD_BOARD_H
#define V6NF_BOARD_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Attribute of a function that does not return, in C and in C++. */
#ifdef __cplusplus
#define V6NF_BOARD_NO_RETURN [[noreturn]]
#else
#define V6NF_BOARD_NO_RETURN _Noreturn
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Split the command line that the boot loader has passed at its spaces. Call it once.
 * arguments: max_count pointers, the result. The first, where a C program finds its name, is "". The others point
 * into the command line, which the program may modify.
 * max_count: at least 1; further arguments are omitted.
 * Return the number of arguments, at least 1.
 * Context: the loop. */
uint32_t v6nf_board_arguments(char **arguments, uint32_t max_count);

/* Return the physical address of 16 MiB for the registers of devices without an address, such as virtual functions;
 * 0 if there is no such space.
 * Context: the loop. */
uint64_t v6nf_board_device_space(void);

/* Cores that a program can use, at most. */
#define V6NF_BOARD_CORES_MAX 16u

/* Run a function on another core, in addition to this program. The first core runs main().
 * core: its number. On a PC: its local APIC ID; in QEMU 0 is the first core.
 * function: called with `context` there. When it returns, the core sleeps forever.
 * stack: size bytes, at least 4096, which belong to that core from then on, also if the call fails. An exception there
 * is reported, and ends the program.
 * Return true if the function runs. It sees all that this core has written before.
 * False: the board has one core, or none of this number, or it is this one, or the call was made too often (below), or
 * it does not answer within a second, or the stack is too small.
 * A core whose function has returned can be started again. In all there are V6NF_BOARD_CORES_MAX - 1 starts.
 * Calls of this header, and those of env.h whose context is not "any", are for one core: the first. The console is not
 * locked: characters of several cores can mix. v6nf_env_clock(), v6nf_env_sleep() and v6nf_env_idle() are for every
 * core, after v6nf_env_clock() was called on the first.
 * Context: the loop, on the first core. */
bool v6nf_board_start_core(uint32_t core, void (*function)(void *context), void *context, void *stack, size_t size);

/* End the program: turn the machine off, or stop it. The board does not stop ports: the program does so before
 * (port.h). Other cores stop, too.
 * status: 0 to 127, reported to the starter of the machine if possible.
 * Context: any. */
V6NF_BOARD_NO_RETURN void v6nf_board_stop(int status);

#ifdef __cplusplus
}
#endif

#endif
