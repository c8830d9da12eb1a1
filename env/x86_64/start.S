/* start.S: from the boot loader to main(). PVH (Xen, docs/misc/pvh.pandoc): 32-bit protected mode, paging off,
 * interrupts off, the address of hvm_start_info in ebx. QEMU starts an ELF image so with -kernel, after its firmware
 * has set up PCI. */

        .section .note.pvh, "a", @note
        .long 4, 4, 18                  /* sizes of name and value; XEN_ELFNOTE_PHYS32_ENTRY */
        .asciz "Xen"
        .long start

#define PAGE_TABLE              0x3     /* present, writable */
#define PAGE_LARGE              0x83    /* 2 MiB (Intel SDM volume 3, 4.5.4) */
#define PAGE_UNCACHED           0x18    /* PWT and PCD */
#define LARGE_PAGES             2048    /* 4 GiB: memory and, from 2 GiB on, devices */
#define CR0_PG_AND_MP           0x80000002
#define CR0_CD_NW_EM_AND_TS     0x6000000C      /* caches are off in a core that was reset */
#define CR4_PAE_AND_SSE         0x620   /* PAE, OSFXSR, OSXMMEXCPT */
#define EFER                    0xC0000080
#define EFER_LME                0x100

        .section .text.start, "ax"
        .code32
        .globl start
start:
        movl    %ebx, start_info
        /* Long mode (Intel SDM volume 3, 9.8.5), with SSE, which the compiler uses to copy. */
long_mode:
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
        andl    $~CR0_CD_NW_EM_AND_TS, %eax
        orl     $CR0_PG_AND_MP, %eax
        movl    %eax, %cr0
        lgdt    %cs:gdt_pointer
        ljmp    $8, $start_64

        .code64
start_64:
        xorl    %eax, %eax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movq    core_stack, %rsp
        call    x86_64_catch_exceptions
        call    *core_entry
        movl    %eax, %edi
        call    v6nf_board_stop

        /* Another core starts here, in a copy below 1 MiB, in real mode. */
        .code16
        .globl  core_start, core_start_end
core_start:
        lgdtl   %cs:gdt_pointer - core_start
        movw    $1, %ax
        lmsw    %ax
        ljmpl   $32, $long_mode
gdt_pointer:
        .word   39
        .long   gdt
core_start_end:
        .code64

/* An entry of 16 bytes for each exception. The CPU has reset the stack, whose end is a multiple of 16. The address of
 * the instruction is the last of the first five words that it pushed; some exceptions have an error code below them. */
        .globl  exceptions
        .balign 16
exceptions:
        .rept   32
        movl    $(. - exceptions) / 16, %edi
        jmp     exception
        .balign 16
        .endr
exception:
        orq     $15, %rsp               /* 33 bytes below its end */
        movq    -7(%rsp), %rsi
        andq    $-16, %rsp
        call    x86_64_exception

        .data
        .globl  gdt, core_stack, core_entry, table_4
        .balign 8
gdt:    .quad   0
        .quad   0x00209A0000000000      /* 64-bit code */
        .quad   0, 0                    /* x86_64_catch_exceptions() */
        .quad   0x00CF9A000000FFFF      /* 32-bit code, for core_start */
core_stack: .quad stack_end             /* of the core that starts: the first, and then others */
core_entry: .quad main
        /* One table of 512 entries points to 4, those to 2 MiB each, mapped to themselves. */
        .balign 4096
table_4: .quad  table_3 + PAGE_TABLE
        .skip   4096 - 8
table_3: .quad  table_2 + PAGE_TABLE, table_2 + 0x1003, table_2 + 0x2003, table_2 + 0x3003
        .skip   4096 - 32
        .set    page, 0
table_2:
        .rept   LARGE_PAGES
        .quad   page + PAGE_LARGE + (page >> 31) * PAGE_UNCACHED
        .set    page, page + 0x200000
        .endr

        .bss
        .globl start_info
        .balign 16
start_info:
        .skip   16 + 65536
stack_end:

        .section .note.GNU-stack, "", @progbits
