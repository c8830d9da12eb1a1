/* start.S: from reset to main(), with interrupts off. Nothing is written yet; the guide, ../README.md, says what each step is for. */

        .section .text.start, "ax"
        .globl  start
start:
        .long   0               /* no instruction is the same everywhere, and 0 is none on most */
        /* All CPUs but one wait for ever. */
        /* An exception leads to `exception`. */
        /* The unit that floating point, or SIMD, is done with is on if the compiler may use it. */
        /* Memory is cached, and devices are not: translation, where the CPU has it. */
        /* What a loader has not done: .data is copied, .bss is zero. */
        /* The stack: stack_end. */
        /* main(), then v6nf_board_stop() with what it returned. */

exception:
        .long   0
        /* The stack, anew: it may be what was wrong. */
        /* v6nf_board_exception(), with what the CPU says of the cause, the instruction and the address. */

        .bss
        .balign 16
        .skip   65536
stack_end:

        .section .note.GNU-stack, "", %progbits
