/* cards.h: what is special about each device of Intel's families, by its PCI device ID. cards.c has the table, with the
 * source of each figure. */
#ifndef DRIVERS_INTEL_CARDS_H
#define DRIVERS_INTEL_CARDS_H

#include <stdbool.h>
#include <stdint.h>

/* Which driver a device has. */
enum intel_family { INTEL_IXGBE, INTEL_IGB, INTEL_IGC, INTEL_E1000E, INTEL_IXGBE_VIRTUAL, INTEL_IGB_VIRTUAL };

/* A register that holds the size of a packet buffer, and its value after power-on. A reset by software keeps what an
 * earlier program wrote. */
struct intel_buffer {
    uint16_t at; /* byte offset; 0 for none */
    uint32_t value;
};

/* What devices of one model have alike. */
struct intel_model {
    enum intel_family family;
    uint8_t queues;            /* that the driver uses in each direction */
    uint8_t pools;             /* of queues, one for each virtual function and one for the card; 0: no functions */
    uint16_t receive_buffer;   /* KiB for received frames, */
    uint16_t transmit_buffer;  /* and for frames to send; 0 if the driver need not know */
    uint32_t receive_control;  /* thresholds of RXDCTL: prefetch, host, write-back */
    uint32_t transmit_control; /* thresholds of TXDCTL */
    bool strips_by_queue;      /* each receive queue removes VLAN tags by a register of its own */
    struct intel_buffer buffers[2];
};

/* What one device has in addition. */
enum intel_flag {
    INTEL_LASER = 1,        /* SDP3 turns off the laser of its module */
    INTEL_LINK_RESTART = 2, /* the MAC negotiates the link, by AUTOC */
    INTEL_5_GIGABIT = 4     /* the link can have 2.5 or 5 Gb/s */
};

/* A device. */
struct v6nf_nic_kind {
    uint16_t device; /* PCI device ID; the vendor is Intel */
    uint16_t flags;
    const struct intel_model *model;
};

/* Return the kind of the device with this PCI ID (the double word at 0), NULL if it is of another family. */
const struct v6nf_nic_kind *v6nf_intel_kind(uint32_t id, enum intel_family family);

#endif
