/* parts.h: between a board without operating system and the parts that such boards share. A board defines the functions
 * below, v6nf_env_map_device() of env.h, and v6nf_board_stop() of board.h; the parts make all else of env.h and board.h of
 * them. Addresses are physical, and everything is mapped to itself. */
#ifndef ENV_SHARED_PARTS_H
#define ENV_SHARED_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "v6nf/board/board.h"
#include "v6nf/env.h"

/* Addresses from `first` to the byte before `end`; none if the two are the same. */
struct v6nf_board_range {
    uint64_t first;
    uint64_t end;
};

/* Memory for v6nf_env_memory(), which nothing else uses: behind the image, as a rule. Asked for once. What no pointer
 * of the CPU leads to is left out. */
struct v6nf_board_range v6nf_board_memory(void);

struct v6nf_board_pci {
    uint64_t configuration; /* memory-mapped configuration space of bus 0 (PCI Express 2.0, 7.2.2); 0: there is none */
    uint32_t buses;         /* it has room for: at most 256 */
    struct v6nf_board_range window; /* for base addresses, below 4 GiB; none: firmware has assigned them, */
    uint64_t free;                  /* and from there on 16 MiB are free */
};

/* Asked for once, before the first access. All of configuration space must be where a pointer leads, which has 32 bits
 * on some CPUs, and the window below 4 GiB: otherwise the console reports it, and the program stops with
 * V6NF_BOARD_EXCEPTION. */
struct v6nf_board_pci v6nf_board_pci(void);

/* A counter that never goes backwards, and how often it counts in a second: never 0, asked for once. */
uint64_t v6nf_board_counter(void);
uint64_t v6nf_board_counter_rate(void);

/* Tells the CPU that it waits. */
void v6nf_board_pause(void);

/* Let the CPU sleep until an interrupt, for `counts` of the counter at most: 1 to what the counter counts in a second.
 * Set the timer, sleep (WFI, HLT), and turn the timer off again: at all other times no interrupt may be pending or taken.
 * It may return early: a board without such a timer calls v6nf_board_pause(). */
void v6nf_board_idle(uint64_t counts);

/* 64 bits that nobody can predict; false if there are none. */
bool v6nf_board_random(uint64_t *value);

/* Writes a byte to the console, once it has room. */
void v6nf_board_put(uint8_t byte);

/* For boards: writes a text to the console (console.c). */
void v6nf_board_say(const char *text);

/* The command line that the boot loader passed, zero-terminated. */
const char *v6nf_board_command_line(void);

/* The status of a program that an exception ends, or a board that describes itself wrongly. */
#define V6NF_BOARD_EXCEPTION 3

/* Handle an exception (start.S): print what the CPU reports of it, and stop. */
_Noreturn void v6nf_board_exception(uint64_t cause, uint64_t instruction, uint64_t address);

#endif
