/* board.h: what a board without an operating system gives a program beside env.h: its arguments, and an end. */
#ifndef V6NF_BOARD_BOARD_H
#define V6NF_BOARD_BOARD_H

#include <stdint.h>

/* Marks a function that does not return, in C and in C++. */
#ifdef __cplusplus
#define V6NF_BOARD_NO_RETURN [[noreturn]]
#else
#define V6NF_BOARD_NO_RETURN _Noreturn
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Splits the command line that the boot loader passed at its spaces. arguments[0], where a C program finds its name, is "";
 * from arguments[1] on they are the line's, which are the program's to change. Returns how many there are, at least 1 and at
 * most `most`, which is at least 1; what is beyond is left out. Not to be called twice. */
uint32_t v6nf_board_arguments(char **arguments, uint32_t most);

/* A physical address from which on 16 MiB are free for the registers of devices that have no address yet, such as virtual
 * functions; 0 where there is no such place. */
uint64_t v6nf_board_device_space(void);

/* Ends the program: turns the machine off, with `status` (0 to 127) for whoever started it where that can be told, or
 * stops it. It does not know what devices the program runs: ports are stopped before it (port.h). */
V6NF_BOARD_NO_RETURN void v6nf_board_stop(int status);

#ifdef __cplusplus
}
#endif

#endif
