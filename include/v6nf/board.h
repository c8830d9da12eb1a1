/* board.h: what a board without an operating system gives a program beside env.h: its arguments, and an end. */
#ifndef V6NF_BOARD_H
#define V6NF_BOARD_H

#include <stdint.h>

/* The command line that the boot loader passed, without the image's name, zero-terminated; "" if there is none. */
const char *v6nf_board_arguments(void);

/* A physical address from which on 16 MiB are free for the registers of devices that the firmware gave no address, such
 * as virtual functions. */
uint64_t v6nf_board_device_space(void);

/* Ends the program: turns the machine off, with `status` for whoever started it where that can be told, or stops it. */
_Noreturn void v6nf_board_stop(int status);

#endif
