/* pf.h: what drivers of physical functions do alike: they make virtual functions, and answer their messages
 * (mailbox.h). All state of a virtual function is in the card's registers: one that may receive was reset, and may ask
 * for more. */
#ifndef DRIVERS_INTEL_PF_H
#define DRIVERS_INTEL_PF_H

#include "intel.h"
#include "mailbox.h"

#define CTRL_EXT_RESET_DONE (1u << 14) /* PFRSTD: virtual functions may send messages */

/* A pool's receive rules: VMOLR of the 82576, PFVML2FLT of the 82599. */
#define POOL_UNTAGGED (1u << 24)      /* AUPE */
#define POOL_HASHED_GROUPS (1u << 25) /* ROMPE */
#define POOL_BROADCAST (1u << 27)     /* BAM */

#define SHORTEST_FRAME 64u /* bytes with FCS (IEEE 802.3, 4.4.2) */

/* What is special about the physical functions of one family. Registers: byte offsets. */
struct pf_family {
    uint32_t filters;        /* exact filters, those of virtual functions included */
    uint32_t own_filter;     /* the first of the card's own, */
    uint32_t own_filters;    /* and the number of them whose addresses no function may have */
    uint32_t receive_enable; /* a bit for each function, 32 in a register */
    uint32_t transmit_enable;
    uint32_t pool_rules;       /* a register for each function, */
    uint32_t pool_defaults;    /* and its value after the function's reset */
    uint32_t mailbox_control;  /* a register for each function */
    uint32_t mailbox_messages; /* 64 bytes for each function */
    uint32_t mailbox_events;   /* for 16 functions each: requests in bits 0 to 15, acknowledgments in bits 16 to 31 */
    uint32_t resets[2];        /* which functions were reset, for 32 each; */
    uint32_t resets_clear[2];  /* writing here clears that */

    /* Return the filter of virtual function number `index`. */
    uint32_t (*filter)(uint32_t index);

    /* Write that filter. */
    void (*write_filter)(const struct v6nf_nic *nic, uint32_t index, const uint8_t *mac, bool is_valid);

    /* Do what a message asks for, of a type that only this family has, or MESSAGE_SET_LONGEST. Return false to
     * refuse. */
    bool (*grant)(const struct v6nf_nic *nic, uint32_t index, const uint32_t *message);
};

/* Make `count` virtual functions, of at most `pools` - 1: 0 pools for a card that has none.
 * Errors: those of v6nf_igb_enable_virtual(). */
enum v6nf_nic_status v6nf_pf_enable(struct v6nf_nic *nic, const struct pf_family *family, uint32_t pools,
                                    uint32_t count, uint64_t space);

/* Stop all virtual functions, as after their reset: they neither receive nor send. */
void v6nf_pf_stop_functions(const struct v6nf_nic *nic, const struct pf_family *family);

/* Forget resets and messages of before. */
void v6nf_pf_clear_events(const struct v6nf_nic *nic, const struct pf_family *family, uint32_t pools);

/* Handle resets, and answer at most one message of each function. */
void v6nf_pf_serve(const struct v6nf_nic *nic, const struct pf_family *family);

#endif
