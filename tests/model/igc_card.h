/* igc_card.h: a model of an Intel I225 or I226, and its board. Their manual is not public. The model is made from the
 * data sheet of the I210 (revision 3.6, "I210"), the sections of the manual that Linux's igc cites ("manual"), and the
 * registers in the drivers of Linux and NuttX. A violation by the driver is a fault, with its source.
 *
 * Nothing is shared with the driver: the numbers of registers and bits were written a second time. */
#ifndef MODEL_IGC_CARD_H
#define MODEL_IGC_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include "checksums.h"
#include "tags.h"
#include "v6nf/env.h"

#define IGC_REGISTERS (128u * 1024u / 4u)
#define IGC_QUEUES 4u
#define IGC_FRAME_MAX 9728u /* with FCS (I210, 7.1.1.4) */
#define IGC_FIFO_FRAMES 600u
#define IGC_NEVER UINT64_MAX

/* What is special about a card. All zero: it works, at 10 Mb/s. */
struct igc_knobs {
    uint32_t id;           /* device ID; 0 for 15F3h */
    uint32_t speed;        /* Mb/s */
    uint64_t late;         /* additional microseconds of a handshake */
    bool left_running;     /* an earlier program has left queues, interrupts, buffers and the semaphore */
    bool keeps_sizes;      /* a reset does not change sizes of packet buffers, nor tables of filters */
    bool keeps_addresses;  /* a reported descriptor keeps its address; otherwise it is overwritten */
    bool firmware_has_phy; /* and is dead */
    bool phy_mute;
    bool no_address;
    bool reset_hangs;
    bool master_hangs; /* requests are never answered */
    bool queue_hangs;  /* ENABLE is never set */
    bool link_down;
    bool stalled[IGC_QUEUES]; /* this transmit queue sends nothing */
    bool gone;
    uint64_t gone_after; /* accesses, 0 for never */
    enum checksum_verdict verdict; /* on received frames, if RXCSUM asks for one */
    bool no_substates;   /* no capability for L1 PM substates */
};

struct igc_queue {
    bool enabled;
    bool ends;           /* transmit: turned off, and not empty yet */
    bool seen;           /* ENABLE was read as set */
    bool has_context;    /* transmit: for checksums and tags */
    uint32_t context_tag;
    uint64_t changes_at; /* from this time on, ENABLE reads as `enabled` */
    uint32_t fetched;
    uint32_t reported; /* descriptors that wait for a write-back, if WTHRESH is not 0 */
    uint64_t descriptors[4096][2];
};

struct igc_frame {
    uint32_t length;
    uint32_t queue;
    uint8_t bytes[IGC_FRAME_MAX];
};

struct igc_card {
    struct igc_knobs knobs;
    /* Called for each sent frame, without FCS. */
    void (*sent)(uint32_t queue, const uint8_t *bytes, uint32_t length);
    bool works_alone; /* it does one thing at each access by the driver, and during sleeps */

    uint32_t faults;
    char fault[160]; /* the first fault, with its source */
    uint64_t now;
    uint64_t accesses;
    uint32_t random;

    uint32_t registers[IGC_REGISTERS];
    uint32_t command; /* of configuration space */
    uint32_t substates;
    uint64_t reset_at;
    uint64_t ready_at; /* the reset is over */
    uint64_t master_off_at;
    uint32_t resets; /* by this program */
    bool masked;     /* interrupts */

    uint32_t semaphore; /* SWSM */
    uint32_t phy[32];
    uint32_t phy_2500; /* register 32 of MMD 7 */
    uint32_t mmd_address;
    uint32_t negotiations;
    uint64_t phy_ready_at;

    uint64_t paused_until;
    uint32_t pauses_sent;
    uint32_t short_gaps; /* frames sent at 2.5 Gb/s after a gap of fewer than 15 bytes */
    uint32_t filtered;   /* frames that no filter accepts */
    uint32_t lost;       /* frames that arrived while nothing was received */

    struct igc_queue receive[IGC_QUEUES];
    struct igc_queue transmit[IGC_QUEUES];
    struct igc_frame fifo[IGC_FIFO_FRAMES];
    uint32_t fifo_first;
    uint32_t fifo_count;
    uint32_t fifo_bytes;
};

extern struct igc_card igc_card;

/* Start a new machine with empty memory. The knobs and the faults are kept. */
void igc_power_on(void);

/* End the program: another one owns its memory. The card goes on. */
void igc_change_program(void);

/* A frame arrives, without FCS. `damaged`: its FCS is wrong. */
void igc_receive(const uint8_t *bytes, uint32_t length, bool damaged);

/* A PAUSE frame arrives. */
void igc_pause(uint64_t microseconds);

/* Let the card work until there is nothing left to do, at most `steps` times. */
void igc_run(uint32_t steps);

/* Report a fault if a stopped card goes on. */
void igc_check_stopped(void);

/* The value of a register, without effects of a read. */
uint32_t igc_register(uint32_t offset);

struct v6nf_env_pci_address igc_address(void);

#endif
