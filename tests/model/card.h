/* card.h: an Intel 82599 made of its data sheet (revision 3.4), for drivers that have no card: what a driver does against the data
 * sheet is a fault, which names the section, and what the card does takes time, and comes in an order of its own.
 *
 * Nothing here is shared with the driver: the numbers of registers and bits were written down a second time. Time is that of
 * board.h. Whoever wants to know how a rule reads looks for its section in registers.c (what a register takes, and when) and
 * dma.c (descriptors and frames). */
#ifndef MODEL_CARD_H
#define MODEL_CARD_H

#include <stdbool.h>
#include <stdint.h>

#define CARD_REGISTERS (128u * 1024u / 4u) /* 8.1 */
#define CARD_QUEUES 64u                    /* of 128: drivers here use no more */
#define CARD_DESCRIPTORS 4096u             /* of 8192: ring.h has no more */
#define CARD_FRAME_MAX 15872u              /* 15.5 KB (7.2.3.2.2) */
#define CARD_FIFO_FRAMES 512u
#define CARD_HEADS_LATE 4u

/* What a card can have that others have not. All zero: it is well, and neither late nor slow. */
struct card_knobs {
    uint64_t late;             /* microseconds that a handshake takes longer, */
    uint64_t dma_late;         /* and DMA initialization, */
    uint64_t off_late;         /* and turning something off */
    bool left_running;         /* firmware has left a receive queue, interrupts and a reset's garbage behind */
    bool no_bar;
    bool asleep;               /* in D3hot, which has lost the base address register */
    bool no_eeprom;
    bool bad_eeprom;
    bool reset_hangs;
    bool master_hangs;         /* requests that nobody answers: PCIe Master Enable stays set */
    bool transaction_pending;  /* and the device status says so */
    bool receive_queue_hangs;  /* ENABLE is never set */
    bool transmit_queue_hangs;
    bool security_hangs;       /* SECRX_RDY is never set */
    bool link_down;
    bool gone;                 /* it was pulled out: all reads are all ones, and nothing happens any more */
    bool mute;                 /* its registers read as all ones, but it works: configuration space is left */
    bool heads_late;           /* head write-backs come a while after the packet has left */
    bool heads_wrong;          /* and before each comes one that cannot be */
    bool stalled[CARD_QUEUES]; /* what this transmit queue has waits */
    uint32_t slow;             /* one frame is sent in so many steps */
};

/* A ring as the card has it. */
struct card_queue {
    bool enabled;
    bool ends;              /* of sending: turned off, and not empty yet */
    uint64_t enabled_at;    /* ENABLE reads as set from then on */
    uint64_t disabled_at;   /* and as cleared from then on */
    bool tail_allowed;      /* ENABLE was read as set */
    uint32_t fetched;       /* descriptors up to here are on the card */
    uint64_t descriptors[CARD_DESCRIPTORS][2];
};

struct card_frame {
    uint32_t length; /* with FCS, if that is not stripped */
    uint32_t queue;
    uint8_t bytes[CARD_FRAME_MAX];
};

struct card_head {
    uint64_t address;
    uint32_t value;
    bool relaxed;
};

struct card;

/* A frame has left, without FCS. */
typedef void card_sent(struct card *card, uint32_t queue, const uint8_t *bytes, uint32_t length);

struct card {
    struct card_knobs knobs;
    card_sent *sent;
    uint32_t number;      /* as the board counts */
    uint32_t faults;
    char fault[160];      /* the first: its section, and what it is */
    uint32_t random;

    uint32_t pci_command;
    uint32_t pci_power;
    bool pci_bar_lost;
    uint64_t pci_awake_at;

    uint32_t registers[CARD_REGISTERS];
    bool undefined[CARD_REGISTERS]; /* not written since the reset, which leaves anything there */
    bool arbiter_cleared[128];      /* RTTDT1C of each queue, which RTTDQSEL selects */
    uint64_t reset_at;
    bool interrupts_masked;
    uint32_t resets;                /* since the master was disabled */
    bool was_master;                /* since the last reset */
    bool needs_two_resets;          /* requests were under way at the first (5.2.5.3.2) */
    bool master_flushed;
    uint64_t flush_began_at;
    uint64_t master_disabled_at;
    uint64_t security_stopped_at;
    uint64_t paused_until;
    uint32_t pauses_sent;
    uint32_t filtered;              /* frames for others */
    uint32_t lost;                  /* frames that came while nothing was received */
    uint32_t step;

    struct card_queue receive[CARD_QUEUES];
    struct card_queue transmit[CARD_QUEUES];
    struct card_frame fifo[CARD_FIFO_FRAMES]; /* the receive packet buffer */
    uint32_t fifo_first;
    uint32_t fifo_count;
    uint32_t fifo_bytes;
    uint32_t receive_phase;                   /* of the first frame in the buffer */
    uint32_t receive_done;                    /* bytes of it that are in memory */
    struct card_head heads[CARD_HEADS_LATE];  /* on their way to memory */
    uint32_t heads_count;
};

/* Registers of both files, as byte offsets (8.2.2). */
#define CARD_RXCTRL 0x3000u
#define CARD_RDRXCTL 0x2F00u
#define CARD_HLREG0 0x4240u
#define CARD_MAXFRS 0x4268u
#define CARD_FCTRL 0x5080u
#define CARD_MCSTCTRL 0x5090u
#define CARD_MTA 0x5200u
#define CARD_RAL 0xA200u
#define CARD_MRQC 0xEC80u
#define CARD_RETA 0xEB00u
#define CARD_RSSRK 0xEB80u
#define CARD_MFLCN 0x4294u
#define CARD_FCCFG 0x3D00u
#define CARD_FCRTH 0x3260u
#define CARD_DMATXCTL 0x4A80u
#define CARD_SECRXCTRL 0x8D00u
#define CARD_CTRL_EXT 0x0018u
#define CARD_RECEIVE_QUEUE(n) (0x1000u + 0x40u * (n))
#define CARD_TRANSMIT_QUEUE(n) (0x6000u + 0x40u * (n))

/* In the registers of a queue. */
#define CARD_BASE_LOW 0x00u
#define CARD_BASE_HIGH 0x04u
#define CARD_LENGTH 0x08u
#define CARD_DCA 0x0Cu
#define CARD_HEAD 0x10u
#define CARD_SRRCTL 0x14u
#define CARD_TAIL 0x18u
#define CARD_CONTROL 0x28u
#define CARD_QUEUE_COUNT 0x30u
#define CARD_WRITE_BACK_LOW 0x38u
#define CARD_WRITE_BACK_HIGH 0x3Cu

/* Statistics (8.2.3.23). */
#define CARD_CRCERRS 0x4000u
#define CARD_RXMPC 0x3FA0u
#define CARD_GPRC 0x4074u
#define CARD_GPTC 0x4080u
#define CARD_GORC 0x4088u
#define CARD_GOTC 0x4090u
#define CARD_RUC 0x40A4u
#define CARD_ROC 0x40ACu
#define CARD_QPRDC(n) (0x1430u + 0x40u * (n))

/* A new card, as it is when the machine has started. The knobs are kept. */
void card_power_on(struct card *card);

/* What the driver does. `offset` is in bytes. */
uint32_t card_pci_read(struct card *card, uint32_t offset);
void card_pci_write(struct card *card, uint32_t offset, uint32_t value);
uint32_t card_read(struct card *card, uint32_t offset);
void card_write(struct card *card, uint32_t offset, uint32_t value);

/* A frame, without FCS, comes by the wire; with one that is wrong if it is `damaged`. */
void card_receive(struct card *card, const uint8_t *bytes, uint32_t length, bool damaged);

/* A PAUSE frame comes. */
void card_pause(struct card *card, uint64_t microseconds);

/* Does one thing of each kind that it could do. Returns whether there was any. */
bool card_step(struct card *card);

/* The program ends, and another one begins: its accesses before its own reset are checked again. */
void card_change_program(struct card *card);

/* Notes what of a card that was stopped goes on. */
void card_check_stopped(struct card *card);

/* Notes that the driver did what the data sheet's section forbids. */
void card_report(struct card *card, const char *section, const char *what);

/* -- Between the files ---------------------------------------------------------------------------------------------------- */

static inline uint32_t *card_register(struct card *card, uint32_t offset)
{
    return &card->registers[offset / 4u % CARD_REGISTERS];
}

/* A ring's registers are right; else it reports. */
bool card_ring_is_good(struct card *card, uint32_t at, const char *base_section, const char *length_section);

/* Takes onto the card the descriptors up to the tail. */
void card_fetch(struct card *card, struct card_queue *queue, uint32_t at);

/* Writes to memory all heads that are on their way there. */
void card_write_heads(struct card *card);

uint32_t card_random(struct card *card);

/* True while the card may read and write memory. One that wants to and may not is the fault of a driver that has set it
 * up, and not of one that has yet to reset what an earlier program left. */
bool card_is_master(struct card *card);

#endif
