/* card.h: a model of the Intel 82599, made from its data sheet (revision 3.4), and of what an X540 or X550 has
 * otherwise. A violation of the data sheet by the driver is a fault, with the section. Actions of the card take time,
 * and happen in their own order.
 *
 * Nothing is shared with the driver: the numbers of registers and bits were written a second time. Time is that of
 * board.h. Rules are in registers.c (values and times of register accesses) and dma.c (descriptors and frames), by
 * section. */
#ifndef MODEL_CARD_H
#define MODEL_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include "checksums.h"
#include "tags.h"

#define CARD_REGISTERS (128u * 1024u / 4u) /* 8.1 */
#define CARD_QUEUES 64u                    /* of 128: the driver uses no more */
#define CARD_DESCRIPTORS 4096u             /* of 8192: ring.h has no more */
#define CARD_FRAME_MAX 15872u              /* 15.5 KB (7.2.3.2.2) */
#define CARD_FIFO_FRAMES 512u
#define CARD_HEADS_LATE 4u

/* Faults and delays of a card. All zero: it works, and is neither late nor slow. */
struct card_knobs {
    uint32_t device;           /* PCI device ID, 0 for an 82599 with SFP+ */
    bool laser_off;            /* another driver has turned the laser off, */
    bool link_off;             /* or the link */
    uint32_t links;            /* LINKS while the link is up, 0 for 10 Gb/s */
    uint64_t late;             /* additional microseconds of a handshake, */
    uint64_t dma_late;         /* of DMA initialization, */
    uint64_t off_late;         /* and of turning something off */
    bool left_running;         /* firmware has left a receive queue, interrupts and garbage in registers */
    bool no_bar;
    bool asleep;               /* in D3hot; the base address register is lost */
    bool no_eeprom;
    bool bad_eeprom;
    bool reset_hangs;
    bool master_hangs;         /* requests are never answered: PCIe Master Enable stays set */
    bool transaction_pending;  /* and Device Status shows it */
    bool receive_queue_hangs;  /* ENABLE is never set */
    bool transmit_queue_hangs;
    bool security_hangs;       /* SECRX_RDY is never set */
    bool link_down;
    bool gone;                 /* removed: all reads are all ones, and nothing happens any more */
    bool mute;                 /* registers read as all ones, but it works; configuration space answers */
    enum checksum_verdict verdict; /* on received frames */
    bool heads_late;           /* head write-backs are later than the packet */
    bool heads_wrong;          /* an impossible head is written before each */
    bool stalled[CARD_QUEUES]; /* this transmit queue sends nothing */
    uint32_t slow;             /* steps for each sent frame */
};

/* The card's state of a ring. */
struct card_queue {
    bool enabled;
    bool ends;              /* transmit ring: turned off, and not empty yet */
    uint64_t enabled_at;    /* from this time on ENABLE reads as set */
    uint64_t disabled_at;   /* from this time on it reads as cleared */
    bool tail_allowed;      /* ENABLE was read as set */
    bool has_context;       /* transmit ring: for checksums and tags */
    uint32_t context_tag;
    uint32_t fetched;       /* the card has fetched descriptors up to here */
    uint64_t descriptors[CARD_DESCRIPTORS][2];
};

struct card_frame {
    uint32_t length; /* with FCS, if that is not stripped */
    uint64_t tag;    /* bits of its descriptor */
    uint32_t queue;
    uint8_t bytes[CARD_FRAME_MAX];
};

struct card_head {
    uint64_t address;
    uint32_t value;
    bool relaxed;
};

struct card;

/* Called for each sent frame, without FCS. */
typedef void card_sent(struct card *card, uint32_t queue, const uint8_t *bytes, uint32_t length);

struct card {
    struct card_knobs knobs;
    card_sent *sent;
    uint32_t number;      /* on the board */
    uint32_t faults;
    char fault[160];      /* the first fault, with its section */
    uint32_t random;

    uint32_t pci_command;
    uint32_t pci_power;
    bool pci_bar_lost;
    uint64_t pci_awake_at;

    uint32_t registers[CARD_REGISTERS];
    bool undefined[CARD_REGISTERS]; /* undefined since the reset: not written yet */
    bool arbiter_cleared[128];      /* RTTDT1C of each queue, which RTTDQSEL selects */
    uint64_t reset_at;
    bool link_restarted;
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
    uint32_t filtered;              /* frames that no filter accepts */
    uint32_t lost;                  /* frames that arrived while nothing was received */
    uint32_t step;

    struct card_queue receive[CARD_QUEUES];
    struct card_queue transmit[CARD_QUEUES];
    struct card_frame fifo[CARD_FIFO_FRAMES]; /* the receive packet buffer */
    uint32_t fifo_first;
    uint32_t fifo_count;
    uint32_t fifo_bytes;
    uint32_t receive_phase;                   /* phase of the first frame in the buffer */
    uint32_t receive_done;                    /* bytes of it in memory */
    struct card_head heads[CARD_HEADS_LATE];  /* not in memory yet */
    uint32_t heads_count;
};

/* Registers of both files, as byte offsets (8.2.2). */
#define CARD_RXCTRL 0x3000u
#define CARD_RDRXCTL 0x2F00u
#define CARD_HLREG0 0x4240u
#define CARD_MAXFRS 0x4268u
#define CARD_FCTRL 0x5080u
#define CARD_VLNCTRL 0x5088u
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
#define CARD_ESDP 0x0020u
#define CARD_AUTOC 0x42A0u
#define CARD_RQSMR 0x2300u
#define CARD_RECEIVE_QUEUE(n) (0x1000u + 0x40u * (n))
#define CARD_TRANSMIT_QUEUE(n) (0x6000u + 0x40u * (n))

/* Offsets in the registers of a queue. */
#define CARD_BASE_LOW 0x00u
#define CARD_BASE_HIGH 0x04u
#define CARD_LENGTH 0x08u
#define CARD_DCA 0x0Cu
#define CARD_HEAD 0x10u
#define CARD_SRRCTL 0x14u
#define CARD_TAIL 0x18u
#define CARD_CONTROL 0x28u
#define CARD_QUEUE_COUNTS 0x30u /* QPRC, QBRC_L and QBRC_H; after 16 queues QPRDC */
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
#define CARD_QPRC(n) (0x1030u + 0x40u * (n))
#define CARD_QBRC(n) (0x1034u + 0x40u * (n))
#define CARD_QPRDC(n) (0x1430u + 0x40u * (n))

/* Power the card on. The knobs are kept. */
void card_power_on(struct card *card);

/* Accesses by the driver. `offset` is in bytes. */
uint32_t card_pci_read(struct card *card, uint32_t offset);
void card_pci_write(struct card *card, uint32_t offset, uint32_t value);
uint32_t card_read(struct card *card, uint32_t offset);
void card_write(struct card *card, uint32_t offset, uint32_t value);

/* A frame arrives, without FCS. `damaged`: its FCS is wrong. */
void card_receive(struct card *card, const uint8_t *bytes, uint32_t length, bool damaged);

/* A PAUSE frame arrives. */
void card_pause(struct card *card, uint64_t microseconds);

/* Do one thing of each kind. Return false if there was nothing to do. */
bool card_step(struct card *card);

/* The program ends, and another begins: accesses before its own reset are checked again. */
void card_change_program(struct card *card);

/* Report a fault if a stopped card goes on. */
void card_check_stopped(struct card *card);

/* Report that the driver violates the section of the data sheet. */
void card_report(struct card *card, const char *section, const char *what);

/* -- Between the files --------------------------------------------------------------------------------------------- */

static inline uint32_t *card_register(struct card *card, uint32_t offset)
{
    return &card->registers[offset / 4u % CARD_REGISTERS];
}

/* Return true if a ring's registers are valid. Otherwise report a fault. */
bool card_ring_is_good(struct card *card, uint32_t at, const char *base_section, const char *length_section);

/* Fetch the descriptors up to the tail. */
void card_fetch(struct card *card, struct card_queue *queue, uint32_t at);

/* Write all delayed heads to memory. */
void card_write_heads(struct card *card);

uint32_t card_random(struct card *card);

/* Return the bytes of the receive packet buffer. */
uint32_t card_buffer_size(const struct card *card);

bool card_link_is_up(struct card *card);

/* Return true while the card may access memory. If it wants to and may not, report a fault of the driver, unless the
 * driver has not reset it since an earlier program. */
bool card_is_master(struct card *card);

#endif
