/* board.h: what a board without operating system provides in addition to env.h: arguments, and an end. */
#ifndef V6NF_BOARD_BOARD_H
#define V6NF_BOARD_BOARD_H

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

/* End the program: turn the machine off, or stop it. The board does not stop ports: the program does so before
 * (port.h).
 * status: 0 to 127, reported to the starter of the machine if possible.
 * Context: any. */
V6NF_BOARD_NO_RETURN void v6nf_board_stop(int status);

#ifdef __cplusplus
}
#endif

#endif
