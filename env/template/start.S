/* start.S: from reset to main(), with interrupts off. Nothing is written yet; ../README.md explains each step. */

        .section .text.start, "ax"
        .globl  start
start:
        .long   0               /* 0 is no instruction on most CPUs */
        /* All CPUs but one wait forever. */
        /* Exceptions lead to `exception`. */
        /* Turn on floating point, or SIMD, if the compiler may use it. */
        /* Memory is cached, and devices are not: set up translation, where the CPU has it. */
        /* Copy .data and clear .bss, if the loader does not. */
        /* Set the stack pointer to stack_end. */
        /* Call main(), then v6nf_board_stop() with its result. */

exception:
        .long   0
        /* Reset the stack: it may be the cause. */
        /* Call v6nf_board_exception() with what the CPU reports of the cause, the instruction and the address. */

        .bss
        .balign 16
        .skip   65536
stack_end:

        .section .note.GNU-stack, "", %progbits
