/* start.S: from the boot loader to main(). PVH (Xen, docs/misc/pvh.pandoc): 32-bit protected mode, paging off,
 * interrupts off, the address of hvm_start_info in ebx. QEMU starts an ELF image so with -kernel, after its firmware
 * has set up PCI. */

        .section .note.pvh, "a", @note
        .long 4, 4, 18                  /* sizes of name and value; XEN_ELFNOTE_PHYS32_ENTRY */
        .asciz "Xen"
        .long start

#define PAGE_PRESENT_WRITABLE   0x3
#define PAGE_LARGE              0x83    /* 2 MiB (Intel SDM volume 3, 4.5.4) */
#define PAGE_UNCACHED           0x18    /* PWT and PCD */
#define LARGE_PAGES             2048    /* 4 GiB: memory and, from 2 GiB on, devices */
#define DEVICES_FIRST           1024
#define CR0_PG_AND_MP           0x80000002
#define CR0_EM_AND_TS           0xC
#define CR4_PAE_AND_SSE         0x620   /* PAE, OSFXSR, OSXMMEXCPT */
#define EFER                    0xC0000080
#define EFER_LME                0x100

        .section .text.start, "ax"
        .code32
        .globl start
start:
        movl    %ebx, start_info
        movl    $stack_end, %esp
        /* One table of 512 entries points to 4, those to 2 MiB each, mapped to themselves. */
        movl    $(table_3 + PAGE_PRESENT_WRITABLE), table_4
        movl    $(table_2 + PAGE_PRESENT_WRITABLE), %eax
        xorl    %ecx, %ecx
1:      movl    %eax, table_3(, %ecx, 8)
        addl    $4096, %eax
        incl    %ecx
        cmpl    $4, %ecx
        jne     1b
        xorl    %ecx, %ecx
2:      movl    %ecx, %eax
        shll    $21, %eax
        orl     $PAGE_LARGE, %eax
        cmpl    $DEVICES_FIRST, %ecx
        jb      3f
        orl     $PAGE_UNCACHED, %eax
3:      movl    %eax, table_2(, %ecx, 8)
        incl    %ecx
        cmpl    $LARGE_PAGES, %ecx
        jne     2b
        /* Long mode (Intel SDM volume 3, 9.8.5), with SSE, which the compiler uses to copy. */
        movl    $table_4, %eax
        movl    %eax, %cr3
        movl    %cr4, %eax
        orl     $CR4_PAE_AND_SSE, %eax
        movl    %eax, %cr4
        movl    $EFER, %ecx
        rdmsr
        orl     $EFER_LME, %eax
        wrmsr
        movl    %cr0, %eax
        andl    $~CR0_EM_AND_TS, %eax
        orl     $CR0_PG_AND_MP, %eax
        movl    %eax, %cr0
        lgdt    gdt_pointer
        ljmp    $8, $start_64

        .code64
start_64:
        xorl    %eax, %eax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movq    $stack_end, %rsp
        call    x86_64_catch_exceptions
        call    main
        movl    %eax, %edi
        call    v6nf_board_stop

/* An entry of 16 bytes for each exception. The CPU has reset the stack. The address of the instruction is the last of
 * the first five words that it pushed; some exceptions have an error code below them. */
        .globl  exceptions
        .balign 16
exceptions:
        .rept   32
        movl    $(. - exceptions) / 16, %edi
        jmp     exception
        .balign 16
        .endr
exception:
        movq    stack_end - 5 * 8, %rsi
        movq    $stack_end, %rsp
        call    x86_64_exception

        .data
        .globl  gdt
        .balign 8
gdt:    .quad   0
        .quad   0x00209A0000000000      /* 64-bit code */
        .quad   0, 0                    /* x86_64_catch_exceptions() */
gdt_pointer:
        .word   31
        .long   gdt

        .bss
        .globl start_info, stack_end, table_4
        .balign 4
start_info:
        .skip   4
        .balign 4096
table_4: .skip  4096
table_3: .skip  4096
table_2: .skip  4 * 4096
        .skip   65536
stack_end:

        .section .note.GNU-stack, "", @progbits
