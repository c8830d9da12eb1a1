/* start.S: from reset to main(): machine mode, a0 the number of the hart, a1 the device tree. QEMU's machine "virt"
 * starts an ELF image so with -bios none. Nothing is mapped: in machine mode addresses are physical, and the machine
 * knows which of them are devices (RISC-V Privileged Architecture 1.12, 3.6). */

#define MSTATUS_FS_INITIAL      0x2000          /* floating point, whose registers the compiler may use to copy */

        .section .text.start, "ax"
        .globl  start
start:
        bnez    a0, other
        la      t0, v6nf_board_device_tree
        sd      a1, (t0)
        la      t0, exception
        csrw    mtvec, t0
        li      t0, MSTATUS_FS_INITIAL
        csrs    mstatus, t0
        la      sp, stack_end
        call    main
        call    v6nf_board_stop

/* A program has one thread. */
other:  wfi
        j       other

/* No exception returns. Reset the stack: it may be the cause. */
        .balign 4
exception:
        la      sp, stack_end
        csrr    a0, mcause
        csrr    a1, mepc
        csrr    a2, mtval
        call    v6nf_board_exception

        .bss
        .balign 8
        .globl  v6nf_board_device_tree
v6nf_board_device_tree:
        .skip   8
        .balign 16
        .skip   65536
stack_end:

        .section .note.GNU-stack, "", @progbits
