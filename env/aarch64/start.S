/* start.S: from the boot loader to main(): EL1, EL2 or EL3, MMU and caches off, interrupts masked. QEMU's machine
 * "virt" starts an ELF image so, with the device tree at the start of memory. Only the first CPU runs. */

#define CURRENT_EL2             0x8
/* EL1 is non-secure and 64-bit. HVC and SMC are undefined, because no one is there to answer (Arm ARM, SCR_EL3). */
#define SCR_NS_RW_SMD           0x4B1
#define HCR_RW                  (1 << 31)       /* EL1 is 64-bit (Arm ARM, D17.2.48) */
#define CPTR_NO_SIMD_TRAP       0x33FF          /* the bits that are 1 on CPUs without SVE (Arm ARM, CPTR_EL2) */
#define SPSR_EL1H_MASKED        0x3C5
/* GICv2 (IHI 0048B): interrupts of this CPU are non-secure (GICD_IGROUPR0), and so may be its priority mask
 * (GICC_PMR). */
#define GIC_GROUPS              0x08000080
#define GIC_PRIORITIES          0x08010004
#define CPACR_FPEN              (3 << 20)       /* SIMD: the compiler copies with it */

/* Translation (Arm ARM, D8): two tables of 512 entries, 1 GiB each, mapped to themselves: the second, from 512 GiB on,
 * has the devices that v6nf_env_map_device() maps (env.c). Devices need Device memory.
 * Everything else is Normal memory, where caches work and accesses need not be aligned. The device tree declares the
 * host bridge coherent, and Inner Shareable memory takes part in that. Configuration space is nGnRnE, because writes
 * to it are non-posted (PCI Express 2.0, 2.1.1.2). */
#define MAIR                    0x0004FF        /* 0: Normal, write-back; 1: Device-nGnRE; 2: Device-nGnRnE */
#define BLOCK                   0x401           /* accessed, a block */
#define BLOCK_SHAREABLE         0x300
#define BLOCK_NGNRE             (1 << 2)
#define BLOCK_NGNRNE            (2 << 2)
#define BLOCK_NO_EXECUTE        (3 << 53)
#define GIB                     (1 << 30)
/* 0 to 1 GiB: devices, and the window for their base addresses; 1 to 2 GiB: memory; 256 to 257 GiB: configuration
 * space. */
#define DEVICES                 (BLOCK | BLOCK_NGNRE | BLOCK_NO_EXECUTE)
#define MEMORY                  (GIB | BLOCK | BLOCK_SHAREABLE)
#define PCI                     ((256 * GIB) | BLOCK | BLOCK_NGNRNE | BLOCK_NO_EXECUTE)
#define TABLE                   3
/* 40 bits of virtual address, 4 KiB granule, walks inner shareable and write-back, no TTBR1, 40 bits of physical
 * address. */
#define TCR                     ((2 << 32) | (1 << 23) | (3 << 12) | (1 << 10) | (1 << 8) | 24)
/* I, C and M, and the bits that are 1 on CPUs without the extensions they control. */
#define SCTLR                   0x30D01805
#define SCTLR_OFF               0x30D00800      /* the same without I, C and M */

        .section .text.start, "ax"
        .globl  start
start:
        mrs     x0, CurrentEL
        cmp     x0, #CURRENT_EL2
        b.lo    1f
        ldr     x1, =HCR_RW
        msr     hcr_el2, x1             /* without an EL2, EL3 may write its registers, without effect */
        ldr     x1, =CPTR_NO_SIMD_TRAP
        msr     cptr_el2, x1
        msr     cntvoff_el2, xzr
        ldr     x1, =SCTLR_OFF          /* unknown after a reset to EL2 or EL3 (Arm ARM, SCTLR_EL1) */
        msr     sctlr_el1, x1
        mov     x1, #SPSR_EL1H_MASKED
        adr     x2, 1f
        b.hi    3f
        msr     spsr_el2, x1
        msr     elr_el2, x2
        eret
3:      ldr     x0, =SCR_NS_RW_SMD
        msr     scr_el3, x0
        msr     cptr_el3, xzr           /* SIMD does not lead to EL3 */
        ldr     x0, =GIC_GROUPS         /* for v6nf_board_idle(), which cannot do that from EL1 */
        mov     w3, #-1
        str     w3, [x0]
        ldr     x0, =GIC_PRIORITIES
        str     w3, [x0]
        msr     spsr_el3, x1
        msr     elr_el3, x2
        eret
1:      ldr     x0, =vectors
        msr     vbar_el1, x0
        ldr     x0, =CPACR_FPEN
        msr     cpacr_el1, x0
        ldr     x0, =tables
        msr     ttbr0_el1, x0
        ldr     x0, =MAIR
        msr     mair_el1, x0
        ldr     x0, =TCR
        msr     tcr_el1, x0
        dsb     sy                      /* the tables are in memory before they are walked */
        tlbi    vmalle1
        ic      iallu
        dsb     sy
        isb
        ldr     x0, =SCTLR
        msr     sctlr_el1, x0
        isb
        ldr     x0, =stack_end
        mov     sp, x0
        bl      main
        bl      v6nf_board_stop

/* No exception returns. Reset the stack: it may be the cause. */
exception:
        ldr     x0, =stack_end
        mov     sp, x0
        mrs     x0, esr_el1
        mrs     x1, elr_el1
        mrs     x2, far_el1
        bl      aarch64_exception

        .balign 2048
vectors:
        .rept   16
        b       exception
        .balign 128
        .endr

        .data
        .balign 4096
low:    .quad   DEVICES, MEMORY
        .skip   254 * 8
        .quad   PCI
        .skip   255 * 8
tables: .quad   low + TABLE, aarch64_high + TABLE

        .bss
        .balign 16
        .skip   65536
stack_end:

        .section .note.GNU-stack, "", @progbits
