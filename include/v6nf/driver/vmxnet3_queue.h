/* vmxnet3_queue.h: the rings of a vmxnet3 device, as a part of its structure: vmxnet3.h. The fields are private.
 * Context: the loop: the thread of the device or port, not a handler. */
#ifndef V6NF_DRIVER_VMXNET3_QUEUE_H
#define V6NF_DRIVER_VMXNET3_QUEUE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- Sizes: the library and the program must agree on them --------------------------------------------------------- */

/* Descriptors of a ring. There is a buffer for each, except one. A buffer has 2048 or 4096 bytes, or the longest frame,
 * rounded up to 64. */
#ifndef V6NF_VMXNET3_SIZE
#define V6NF_VMXNET3_SIZE 256u
#endif

#if V6NF_VMXNET3_SIZE < 32u || V6NF_VMXNET3_SIZE > 4096u || (V6NF_VMXNET3_SIZE & (V6NF_VMXNET3_SIZE - 1u)) != 0
#error "vmxnet3_queue.h: V6NF_VMXNET3_SIZE must be a power of two, 32 to 4096"
#endif

/* A ring of descriptors, and that of their completions. The counts go up forever, and wrap. */
struct v6nf_vmxnet3_ring {
    volatile uint32_t *descriptors; /* four words each */
    volatile uint32_t *completions; /* four words each */
    uint32_t generation;            /* the bit in the third word of a descriptor */
    uint32_t next;                  /* descriptors with a buffer, those that are not published included */
    uint32_t published;             /* descriptors that the device was given */
    uint32_t done;                  /* descriptors that the device has given back */
    uint32_t seen;                  /* completions that were handled */
    uint16_t slots[V6NF_VMXNET3_SIZE];   /* the slot whose buffer each descriptor has */
    uint32_t words[V6NF_VMXNET3_SIZE];   /* the third word of each, without the generation */
};

#ifdef __cplusplus
}
#endif

#endif
