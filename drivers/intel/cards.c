/* cards.c: the devices of Intel's families: see cards.h. "Linux" is what its drivers ixgbe, igb and e1000e use, where
 * the data sheet was not available.
 * DOUBT: no figure has been checked on a card. `../README.md` lists what a first run should check. */
#include "cards.h"

#include <stddef.h>

#include "../pci/pci.h"

/* TXDCTL of an 82599: with fewer than 36 descriptors on chip, 4 are fetched at a time, a cache line (7.2.3.4.1).
 * WTHRESH is 0: head write-back needs it (7.2.3.5.2), and each descriptor is reported at once. */
#define IXGBE_TRANSMIT (36u + (4u << 8))

/* RXDCTL and TXDCTL of an 82576 (8.10.11, 8.12.15), for 16 descriptors on chip (I210: 7.1.3.3, 8.10.9). Head write-back
 * needs a WTHRESH of 0 (7.2.3.2). */
#define IGB_RECEIVE (8u + (8u << 8) + (1u << 16))
#define IGB_TRANSMIT (8u + (1u << 8))

/* TXDCTL of an 82574 (10.2.6.8): a descriptor is written back as soon as it is sent. Thresholds count descriptors, and
 * bit 22 must be 1. */
#define E1000E_TRANSMIT ((1u << 24) + (1u << 22) + (1u << 16))

/* Registers of packet buffers. */
#define PBA 0x01000u   /* 82574: KiB for receiving in bits 0 to 15; what is left of 40 is for sending (10.2) */
#define RXPBS 0x02404u /* 82576: KiB in bits 0 to 6; I350: an index of sizes; I210: KiB in bits 0 to 5 */
#define TXPBS 0x03404u /* I210 */

/* Queues: 64 of 128. Receive queues after these have their registers elsewhere (8.2.3.8). Buffers: 8.2.3.8.9,
 * 4.6.11.3.4. */
static const struct intel_model model_82599 = {.family = INTEL_IXGBE,
                                               .queues = 64,
                                               .pools = 64,
                                               .receive_buffer = 512,
                                               .transmit_buffer = 160,
                                               .transmit_control = IXGBE_TRANSMIT};

/* X550 data sheet (333369-009), 8.2.2.9.12 and 8.2.2.10.15. Of the X540 only the size for receiving is known, by Linux.
 * DOUBT: the transmit buffer of the X540 has the size of both others, or another one. */
static const struct intel_model model_x540 = {.family = INTEL_IXGBE,
                                              .queues = 64,
                                              .pools = 64,
                                              .receive_buffer = 384,
                                              .transmit_buffer = 160,
                                              .transmit_control = IXGBE_TRANSMIT};

/* 7.10.3.1: queues n and n + 8 belong to pool n. */
static const struct intel_model model_82576 = {.family = INTEL_IGB,
                                               .queues = 16,
                                               .pools = 8,
                                               .receive_buffer = 64,
                                               .receive_control = IGB_RECEIVE,
                                               .transmit_control = IGB_TRANSMIT,
                                               .buffers = {{RXPBS, 64}}};

/* Linux: index 0 is 36 KiB, and DVMOLR has a bit for VLAN tags. */
static const struct intel_model model_i350 = {.family = INTEL_IGB,
                                              .queues = 8,
                                              .strips_by_queue = true,
                                              .receive_buffer = 36,
                                              .receive_control = IGB_RECEIVE,
                                              .transmit_control = IGB_TRANSMIT,
                                              .buffers = {{RXPBS, 0}}};

/* I210: 36 KiB on chip (7.1.3.2). Linux: the values after power-on, of which 34 KiB are for received frames, and 2 for
 * those from the management controller. */
static const struct intel_model model_i210 = {.family = INTEL_IGB,
                                              .queues = 4,
                                              .receive_buffer = 34,
                                              .receive_control = IGB_RECEIVE,
                                              .transmit_control = IGB_TRANSMIT,
                                              .buffers = {{RXPBS, 0xA2}, {TXPBS, 0x04000014}}};

/* DOUBT: Linux treats an I211 as an I210, apart from its queues. Its data sheet was not available. */
static const struct intel_model model_i211 = {.family = INTEL_IGB,
                                              .queues = 2,
                                              .receive_buffer = 34,
                                              .receive_control = IGB_RECEIVE,
                                              .transmit_control = IGB_TRANSMIT,
                                              .buffers = {{RXPBS, 0xA2}, {TXPBS, 0x04000014}}};

/* I225 and I226: queues as in Linux, igc.h. 64 KiB, at most 34 for one direction ("SW User Manual", 4.7.9, 8.3.1,
 * 8.3.2, as cited by Linux, igc_defines.h): the values after power-on, which are those of the I210. 20 KiB are for
 * sending, by all queues. WTHRESH is 0: only descriptors with RS are reported (I210, 8.12.15). */
static const struct intel_model model_i225 = {.family = INTEL_IGC,
                                              .queues = 4,
                                              .receive_buffer = 34,
                                              .receive_control = IGB_RECEIVE,
                                              .transmit_control = IGB_TRANSMIT,
                                              .buffers = {{RXPBS, 0xA2}, {TXPBS, 0x04000014}}};

/* 40 KiB, 20 in each direction. Linux sets 32 for receiving: with 8 for sending, a long frame would not fit. */
static const struct intel_model model_82574 = {.family = INTEL_E1000E,
                                               .queues = 2,
                                               .receive_buffer = 20,
                                               .transmit_control = E1000E_TRANSMIT,
                                               .buffers = {{PBA, 20}}};

/* Two queues in each of the 64 pools of an 82599, and of the 8 of an 82576 (7.10.3.1). One in those of an I350
 * (Linux). */
static const struct intel_model model_82599_virtual = {
    .family = INTEL_IXGBE_VIRTUAL, .queues = 2, .transmit_control = IXGBE_TRANSMIT};
static const struct intel_model model_82576_virtual = {
    .family = INTEL_IGB_VIRTUAL, .queues = 2, .receive_control = IGB_RECEIVE, .transmit_control = IGB_TRANSMIT};
static const struct intel_model model_i350_virtual = {
    .family = INTEL_IGB_VIRTUAL, .queues = 1, .receive_control = IGB_RECEIVE, .transmit_control = IGB_TRANSMIT};

/* Flags: Linux, ixgbe_get_media_type_82599(). What an 82576 has at its port is in a register, CTRL_EXT, instead. */
static const struct v6nf_nic_kind kinds[] = {
    {0x10FB, INTEL_LINK_RESTART + INTEL_LASER, &model_82599}, /* SFP+, X520 */
    {0x1507, INTEL_LINK_RESTART + INTEL_LASER, &model_82599}, /* SFP+, external module */
    {0x154A, INTEL_LINK_RESTART + INTEL_LASER, &model_82599}, /* SFP+, four ports */
    {0x154D, INTEL_LINK_RESTART + INTEL_LASER, &model_82599}, /* SFP+, two ports */
    {0x1557, INTEL_LINK_RESTART + INTEL_LASER, &model_82599}, /* SFP+, 82599EN */
    {0x1558, INTEL_LINK_RESTART, &model_82599},               /* QSFP+ */
    {0x154F, INTEL_LINK_RESTART, &model_82599},               /* fiber on the board */
    {0x10F7, INTEL_LINK_RESTART, &model_82599},               /* backplane, KX4 */
    {0x10F8, INTEL_LINK_RESTART, &model_82599},               /* backplane */
    {0x10F9, INTEL_LINK_RESTART, &model_82599},               /* CX4 */
    {0x10FC, INTEL_LINK_RESTART, &model_82599},               /* XAUI */
    {0x151C, INTEL_LINK_RESTART, &model_82599},               /* XAUI to a 10GBASE-T PHY */
    {0x1528, 0, &model_x540},                                 /* 10GBASE-T, two ports */
    {0x1560, 0, &model_x540},                                 /* 10GBASE-T, one port */
    {0x1563, INTEL_5_GIGABIT, &model_x540},                   /* X550, 10GBASE-T, two ports */
    {0x15D1, INTEL_5_GIGABIT, &model_x540},                   /* X550, 10GBASE-T, one port */
    {0x10C9, 0, &model_82576},                                /* copper */
    {0x10E6, 0, &model_82576},                                /* fiber */
    {0x10E7, 0, &model_82576},                                /* SerDes */
    {0x10E8, 0, &model_82576},                                /* copper, four ports */
    {0x1526, 0, &model_82576},                                /* copper, four ports, ET2 */
    {0x150A, 0, &model_82576},                                /* copper, NS */
    {0x1518, 0, &model_82576},                                /* SerDes, NS */
    {0x150D, 0, &model_82576},                                /* SerDes, four ports */
    {0x1521, 0, &model_i350},                                 /* copper */
    {0x1522, 0, &model_i350},                                 /* fiber */
    {0x1523, 0, &model_i350},                                 /* SerDes */
    {0x1524, 0, &model_i350},                                 /* SGMII */
    {0x1533, 0, &model_i210},                                 /* copper */
    {0x1536, 0, &model_i210},                                 /* fiber */
    {0x1537, 0, &model_i210},                                 /* SerDes */
    {0x1538, 0, &model_i210},                                 /* SGMII */
    {0x157B, 0, &model_i210},                                 /* copper, without flash */
    {0x157C, 0, &model_i210},                                 /* SerDes, without flash */
    {0x1539, 0, &model_i211},                                 /* copper */
    {0x15F2, 0, &model_i225},                                 /* I225 and I220 (Linux, igc_hw.h), to 0D9F */
    {0x15F3, 0, &model_i225},
    {0x15F7, 0, &model_i225},
    {0x15F8, 0, &model_i225},
    {0x3100, 0, &model_i225},
    {0x3101, 0, &model_i225},
    {0x5502, 0, &model_i225},
    {0x0D9F, 0, &model_i225},
    {0x125B, 0, &model_i225}, /* I226 and I221, to 5503 */
    {0x125C, 0, &model_i225},
    {0x125D, 0, &model_i225},
    {0x125E, 0, &model_i225},
    {0x3102, 0, &model_i225},
    {0x5503, 0, &model_i225},
    {0x10D3, 0, &model_82574},         /* 82574L */
    {0x10F6, 0, &model_82574},         /* 82574LA */
    {0x10ED, 0, &model_82599_virtual}, /* of an 82599 */
    {0x1515, 0, &model_82599_virtual}, /* of an X540 */
    {0x1565, 0, &model_82599_virtual}, /* of an X550 */
    {0x10CA, 0, &model_82576_virtual}, /* of an 82576 */
    {0x1520, 0, &model_i350_virtual},  /* of an I350 */
};

const struct v6nf_nic_kind *v6nf_intel_kind(uint32_t id, enum intel_family family)
{
    for (uint32_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (id == ((uint32_t)kinds[i].device << 16) + PCI_VENDOR_INTEL && kinds[i].model->family == family) {
            return &kinds[i];
        }
    }
    return NULL;
}
