/* lan9118.c: the driver of the LAN9118 family: see lan9118.h. Sections are those of the LAN9118 data sheet (SMSC,
 * revision 1.5). */
#include "v6nf/driver/lan9118.h"

#include "../nic/nic_port.h"
#include "v6nf/env.h"

/* -- Registers (5) ------------------------------------------------------------------------------------------------- */

/* FIFOs (5.1, 5.2). */
#define RX_DATA 0x00u
#define TX_DATA 0x20u
#define RX_STATUS 0x40u
#define TX_STATUS 0x48u

/* System (5.3). */
#define ID_REV 0x50u
#define INT_STS 0x58u
#define INT_STS_RXSTOP (1u << 24)
#define BYTE_TEST 0x64u
#define BYTE_TEST_VALUE 0x87654321u
#define RX_CFG 0x6Cu
#define RX_CFG_DUMP (1u << 15)
#define RX_CFG_OFFSET(bytes) ((bytes) << 8)
#define TX_CFG 0x70u
#define TX_CFG_ON (1u << 1)
#define HW_CFG 0x74u
#define HW_CFG_MUST_BE_ONE (1u << 20)
#define HW_CFG_TX_FIFO_SIZE (5u << 16) /* KiB of the 16, statuses included */
#define HW_CFG_RESET 1u
#define RX_DP_CTRL 0x78u
#define RX_DP_CTRL_FAST_FORWARD (1u << 31)
#define RX_FIFO_INF 0x7Cu
#define TX_FIFO_INF 0x80u
#define PMT_CTRL 0x84u
#define PMT_CTRL_PHY_RESET (1u << 10)
#define PMT_CTRL_READY 1u
#define RX_DROP 0xA0u
#define MAC_CSR_CMD 0xA4u
#define MAC_CSR_CMD_BUSY (1u << 31)
#define MAC_CSR_CMD_READ (1u << 30)
#define MAC_CSR_DATA 0xA8u
#define E2P_CMD 0xB0u
#define E2P_CMD_BUSY (1u << 31)
#define REGISTERS_SIZE 0x100u

/* Fields of RX_FIFO_INF and TX_FIFO_INF (5.3.11, 5.3.12). */
#define INF_STATUSES(value) ((value) >> 16 & 0xFFu)
#define INF_BYTES(value) ((value) & 0xFFFFu)

/* MAC (5.4), accessed through MAC_CSR_CMD. */
#define MAC_CR 1u
#define MAC_CR_FULL_DUPLEX (1u << 20)
#define MAC_CR_ALL_MULTICAST (1u << 19)
#define MAC_CR_PROMISCUOUS (1u << 18)
#define MAC_CR_TRANSMIT (1u << 3)
#define MAC_CR_RECEIVE (1u << 2)
#define ADDRH 2u
#define ADDRL 3u
#define MII_ACC 6u
#define MII_ACC_PHY (1u << 11) /* the internal one has address 1 */
#define MII_ACC_INDEX(number) ((number) << 6)
#define MII_ACC_WRITE 2u
#define MII_ACC_BUSY 1u
#define MII_DATA 7u

/* PHY (5.5; IEEE 802.3, 22.2.4), accessed through MII_ACC. */
#define PHY_CONTROL 0u
#define PHY_CONTROL_NEGOTIATE ((1u << 12) + (1u << 9)) /* enable and restart it */
#define PHY_STATUS 1u
#define PHY_STATUS_LINK (1u << 2) /* latched low: 0 once after the link was down */
#define PHY_ADVERTISED 4u
#define PHY_PARTNER 5u
#define ABILITY_10_FULL (1u << 6)
#define ABILITY_100_HALF (1u << 7)
#define ABILITY_100_FULL (1u << 8)
#define ABILITIES 0x01E1u /* these, 10 Mbit/s half duplex, and IEEE 802.3 */

/* Words of the FIFOs (3.12.2, 3.12.4, 3.13.3). */
#define TX_A_OFFSET(bytes) ((bytes) << 16)
#define TX_A_WHOLE ((1u << 13) + (1u << 12)) /* the first segment is the last */
#define TX_B_TAG(tag) ((tag) << 16)
#define STATUS_ERROR (1u << 15)                      /* in both directions */
#define RX_LENGTH(status) ((status) >> 16 & 0x3FFFu) /* with the FCS */
#define TX_TAG(status) ((status) >> 16)

#define OFFSET 2u /* of a frame in its first word */
#define ETHER_HEADER 14u
#define FCS 4u
#define CAPACITY (ETHER_HEADER + V6NF_LAN9118_MTU)
#define WORD 4u
#define WORDS_OF(length) ((OFFSET + (length) + WORD - 1u) / WORD)
#define TX_COMMANDS 2u
#define FAST_FORWARD_MIN 4u /* words (3.13.1.1) */

#define WAIT_STEP 10u /* microseconds */
#define WAIT_STEPS 10000u
#define MII_STEPS 100u /* a transaction takes 26 us */
#define MAC_READS 1000u
#define PHY_RESET_TIME 1000u /* microseconds; the data sheet demands 100 before the PHY's clock is used (3.11) */
#define LINK_INTERVAL 500000u

static struct v6nf_lan9118 *lan9118_of(struct v6nf_port *port)
{
    return (struct v6nf_lan9118 *)(void *)port; /* its first member */
}

static uint32_t read_now(const struct v6nf_lan9118 *lan9118, uint32_t offset)
{
    return v6nf_env_read_register(lan9118->registers + offset / WORD);
}

static void write_register(const struct v6nf_lan9118 *lan9118, uint32_t offset, uint32_t value)
{
    v6nf_env_write_register(lan9118->registers + offset / WORD, value);
}

/* Return the number of reads of BYTE_TEST, 45 ns each, that must come between a write or a read of a FIFO and a read of
 * the register. Earlier, it has its old value (6.1, tables 6.1 and 6.2). */
static uint32_t reads_before(uint32_t offset)
{
    switch (offset) {
    case PMT_CTRL:
        return 7;
    case RX_FIFO_INF:
    case TX_FIFO_INF:
        return 3;
    case INT_STS:
        return 2;
    default:
        return 1;
    }
}

static uint32_t read_register(const struct v6nf_lan9118 *lan9118, uint32_t offset)
{
    for (uint32_t i = reads_before(offset); i > 0u; i--) {
        (void)read_now(lan9118, BYTE_TEST);
    }
    return read_now(lan9118, offset);
}

/* Return true if the driver is stopped or the card is gone: it must not be accessed. */
static bool is_off(const struct v6nf_lan9118 *lan9118)
{
    return lan9118->receiver <= V6NF_LAN9118_GONE;
}

/* Return true if the card does not answer: BYTE_TEST is constant (5.3.8). Called after an unlikely value. */
static bool lan9118_is_gone(struct v6nf_lan9118 *lan9118)
{
    if (!is_off(lan9118) && read_now(lan9118, BYTE_TEST) != BYTE_TEST_VALUE) {
        lan9118->receiver = V6NF_LAN9118_GONE;
    }
    return lan9118->receiver == V6NF_LAN9118_GONE;
}

/* Wait until these bits of the register are `value`, 0.1 s at most. Return true if they are. */
static bool wait_for(const struct v6nf_lan9118 *lan9118, uint32_t offset, uint32_t bits, uint32_t value)
{
    for (uint32_t i = 0; i < WAIT_STEPS; i++) {
        if ((read_register(lan9118, offset) & bits) == value) {
            return true;
        }
        v6nf_env_sleep(WAIT_STEP);
    }
    return false;
}

/* -- Registers of the MAC (5.3.20) --------------------------------------------------------------------------------- */

static bool mac_command(const struct v6nf_lan9118 *lan9118, uint32_t command)
{
    write_register(lan9118, MAC_CSR_CMD, MAC_CSR_CMD_BUSY + command);
    for (uint32_t i = 0; i < MAC_READS; i++) {
        if ((read_register(lan9118, MAC_CSR_CMD) & MAC_CSR_CMD_BUSY) == 0u) {
            return true;
        }
    }
    return false;
}

static bool mac_read(const struct v6nf_lan9118 *lan9118, uint32_t number, uint32_t *value)
{
    *value = 0;
    if (!mac_command(lan9118, MAC_CSR_CMD_READ + number)) {
        return false;
    }
    *value = read_register(lan9118, MAC_CSR_DATA);
    return true;
}

static bool mac_write(const struct v6nf_lan9118 *lan9118, uint32_t number, uint32_t value)
{
    write_register(lan9118, MAC_CSR_DATA, value);
    return mac_command(lan9118, number);
}

/* -- Registers of the PHY (5.4.6) ---------------------------------------------------------------------------------- */

/* Return false if the last transaction has not ended: MII_ACC and MII_DATA must not be written then. */
static bool phy_is_idle(const struct v6nf_lan9118 *lan9118)
{
    uint32_t state = MII_ACC_BUSY;
    return mac_read(lan9118, MII_ACC, &state) && (state & MII_ACC_BUSY) == 0u;
}

static bool phy_command(const struct v6nf_lan9118 *lan9118, uint32_t number, uint32_t direction)
{
    bool answers = mac_write(lan9118, MII_ACC, MII_ACC_PHY + MII_ACC_INDEX(number) + direction + MII_ACC_BUSY);
    for (uint32_t i = 0; i < MII_STEPS && answers; i++) {
        if (phy_is_idle(lan9118)) {
            return true;
        }
        v6nf_env_sleep(WAIT_STEP);
    }
    return false;
}

static bool phy_read(const struct v6nf_lan9118 *lan9118, uint32_t number, uint32_t *value)
{
    *value = 0;
    return phy_is_idle(lan9118) && phy_command(lan9118, number, 0u) && mac_read(lan9118, MII_DATA, value);
}

static bool phy_write(const struct v6nf_lan9118 *lan9118, uint32_t number, uint32_t value)
{
    return phy_is_idle(lan9118) && mac_write(lan9118, MII_DATA, value) &&
           phy_command(lan9118, number, MII_ACC_WRITE);
}

/* -- The link ------------------------------------------------------------------------------------------------------ */

/* Return true if the best mode of both sides is full duplex (IEEE 802.3, 28B.3). A side that does not negotiate has
 * half duplex. */
static bool is_full_duplex(const struct v6nf_lan9118 *lan9118)
{
    uint32_t own = 0;
    uint32_t partner = 0;
    if (!phy_read(lan9118, PHY_ADVERTISED, &own) || !phy_read(lan9118, PHY_PARTNER, &partner)) {
        return false;
    }
    const uint32_t common = own & partner;
    return (common & ABILITY_100_FULL) != 0u || (common & (ABILITY_100_HALF + ABILITY_10_FULL)) == ABILITY_10_FULL;
}

/* Check the link, and set the MAC to the duplex mode that the PHY has negotiated: the card does not do it by itself. */
static void check_link(struct v6nf_lan9118 *lan9118, uint64_t now)
{
    uint32_t status = 0;
    const bool was_up = lan9118->is_up;
    lan9118->link_looked = now;
    lan9118->is_up = phy_read(lan9118, PHY_STATUS, &status) && (status & PHY_STATUS_LINK) != 0u;
    lan9118->was_down = lan9118->was_down || !lan9118->is_up;
    if (!lan9118->is_up || was_up) {
        return;
    }
    lan9118->mac_control &= ~MAC_CR_FULL_DUPLEX;
    lan9118->mac_control |= is_full_duplex(lan9118) ? MAC_CR_FULL_DUPLEX : 0u;
    if (lan9118->receiver == V6NF_LAN9118_RECEIVES || lan9118->receiver == V6NF_LAN9118_SKIPS) {
        (void)mac_write(lan9118, MAC_CR, lan9118->mac_control); /* otherwise when the receiver starts again */
    }
}

/* Report a link that was down since the last call, even if a poll has seen it up again. */
static bool lan9118_link_up(struct v6nf_port *port)
{
    struct v6nf_lan9118 *lan9118 = lan9118_of(port);
    if (is_off(lan9118)) {
        return false;
    }
    check_link(lan9118, v6nf_env_clock());
    const bool is_up = !lan9118->was_down;
    lan9118->was_down = false;
    return is_up;
}

/* -- Sending ------------------------------------------------------------------------------------------------------- */

/* Count what was sent since the last call. Return the free words in the data FIFO. The status FIFO never fills up,
 * which
 * would stop the transmitter: it holds 128 statuses, and the data FIFO 115 frames of at least 27 bytes (3.12.4,
 * 5.3.9). */
static uint32_t read_statuses(struct v6nf_lan9118 *lan9118)
{
    const uint32_t inf = read_register(lan9118, TX_FIFO_INF);
    for (uint32_t i = INF_STATUSES(inf); i > 0u; i--) {
        const uint32_t status = read_now(lan9118, TX_STATUS);
        if ((status & STATUS_ERROR) != 0u) {
            if (lan9118_is_gone(lan9118)) {
                return 0;
            }
            lan9118->counters.transmit_dropped++;
        } else {
            lan9118->counters.sent++;
            lan9118->counters.sent_bytes += TX_TAG(status);
        }
    }
    return INF_BYTES(inf) / WORD;
}

/* Send the first `length` bytes of a frame, or count a drop. The card pads it, and adds the FCS. */
static void write_frame(struct v6nf_lan9118 *lan9118, const uint32_t *frame, uint32_t length)
{
    const uint32_t free_words = read_statuses(lan9118);
    const uint32_t words = WORDS_OF(length);
    if (!V6NF_PORT_IS_FRAME(length, CAPACITY) || TX_COMMANDS + words > free_words) {
        lan9118->counters.transmit_dropped++;
        return;
    }
    write_register(lan9118, TX_DATA, TX_A_OFFSET(OFFSET) + TX_A_WHOLE + length);
    write_register(lan9118, TX_DATA, TX_B_TAG(length) + length);
    for (uint32_t i = 0; i < words; i++) {
        write_register(lan9118, TX_DATA, v6nf_env_le32(frame[i]));
    }
}

static uint8_t *lan9118_reserve(struct v6nf_port *port)
{
    struct v6nf_lan9118 *lan9118 = lan9118_of(port);
    lan9118->reserved = !is_off(lan9118) &&
                        read_statuses(lan9118) >= TX_COMMANDS + WORDS_OF(CAPACITY);
    return lan9118->reserved ? (uint8_t *)lan9118->originate + OFFSET : NULL;
}

/* Send nothing without a reserved buffer. */
static void lan9118_commit(struct v6nf_port *port, uint32_t length)
{
    struct v6nf_lan9118 *lan9118 = lan9118_of(port);
    if (lan9118->reserved) {
        lan9118->reserved = false;
        write_frame(lan9118, lan9118->originate, length);
    }
}

/* -- Receiving ----------------------------------------------------------------------------------------------------- */

/* Begin to empty the FIFOs, which contradict each other. The receiver must stop first (3.13.1.2, 3.13.4). */
static void stop_receiver(struct v6nf_lan9118 *lan9118)
{
    lan9118->receiver = V6NF_LAN9118_STOPS;
    write_register(lan9118, INT_STS, INT_STS_RXSTOP); /* writing 1 clears it */
    (void)mac_write(lan9118, MAC_CR, lan9118->mac_control & ~MAC_CR_RECEIVE);
}

/* Continue an operation of the receiver that takes time, without waiting. Return true if frames can be read. */
static bool receiver_is_ready(struct v6nf_lan9118 *lan9118)
{
    if (lan9118->receiver == V6NF_LAN9118_STOPS && (read_register(lan9118, INT_STS) & INT_STS_RXSTOP) != 0u) {
        write_register(lan9118, RX_CFG, RX_CFG_OFFSET(OFFSET) + RX_CFG_DUMP);
        lan9118->receiver = V6NF_LAN9118_EMPTIES;
    }
    if (lan9118->receiver == V6NF_LAN9118_EMPTIES && (read_register(lan9118, RX_CFG) & RX_CFG_DUMP) == 0u &&
        mac_write(lan9118, MAC_CR, lan9118->mac_control)) {
        lan9118->receiver = V6NF_LAN9118_RECEIVES;
    }
    if (lan9118->receiver == V6NF_LAN9118_SKIPS &&
        (read_register(lan9118, RX_DP_CTRL) & RX_DP_CTRL_FAST_FORWARD) == 0u) {
        lan9118->receiver = V6NF_LAN9118_RECEIVES;
    }
    return lan9118->receiver == V6NF_LAN9118_RECEIVES;
}

/* Drop a frame of `words` words in the FIFO. The card can skip one of at least FAST_FORWARD_MIN words. Read a frame
 * that
 * the card reports as good: QEMU's card does not report some frames that are too long, and miscounts when it skips
 * these. */
static void skip(struct v6nf_lan9118 *lan9118, uint32_t words, bool is_damaged)
{
    if (is_damaged && words >= FAST_FORWARD_MIN) {
        write_register(lan9118, RX_DP_CTRL, RX_DP_CTRL_FAST_FORWARD);
        lan9118->receiver = V6NF_LAN9118_SKIPS;
        return;
    }
    for (uint32_t i = 0; i < words; i++) {
        (void)read_now(lan9118, RX_DATA);
    }
}

static void pass_frame(struct v6nf_lan9118 *lan9118, uint32_t words, uint32_t length, v6nf_handler *handler,
                       void *context)
{
    uint32_t lengths[V6NF_PORT_OUTPUTS_MAX] = {0};
    for (uint32_t i = 0; i < words; i++) {
        lan9118->frame[i] = v6nf_env_le32(read_now(lan9118, RX_DATA));
    }
    lan9118->counters.received++;
    lan9118->counters.received_bytes += length;
    handler(context, (uint8_t *)lan9118->frame + OFFSET, length, CAPACITY, lengths);
    if (lengths[0] > 0u) {
        write_frame(lan9118, lan9118->frame, lengths[0]);
    }
}

/* Read the next frame, which exists. The data FIFO has `bytes` bytes. Return true if the handler was called. */
static bool read_frame(struct v6nf_lan9118 *lan9118, uint32_t bytes, v6nf_handler *handler, void *context)
{
    const uint32_t status = read_now(lan9118, RX_STATUS);
    const uint32_t length = RX_LENGTH(status);
    const uint32_t words = WORDS_OF(length);
    const bool is_damaged = (status & STATUS_ERROR) != 0u;
    const bool is_short = length < ETHER_HEADER + FCS;
    if (!is_damaged && !is_short && length <= CAPACITY + FCS && words * WORD <= bytes) {
        pass_frame(lan9118, words, length - FCS, handler, context);
        return true;
    }
    if (lan9118_is_gone(lan9118)) {
        return false;
    }
    lan9118->counters.receive_dropped++;
    if (words * WORD > bytes || (is_short && !is_damaged)) {
        stop_receiver(lan9118);
    } else {
        skip(lan9118, words, is_damaged);
    }
    return false;
}

static uint32_t lan9118_poll(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    struct v6nf_lan9118 *lan9118 = lan9118_of(port);
    uint32_t shown = 0;
    if (is_off(lan9118)) {
        return 0;
    }
    const uint64_t now = v6nf_env_clock();
    if (now - lan9118->link_looked >= LINK_INTERVAL) {
        check_link(lan9118, now);
    }
    for (uint32_t i = 0; i < V6NF_LAN9118_BURST && receiver_is_ready(lan9118); i++) {
        const uint32_t inf = read_register(lan9118, RX_FIFO_INF);
        if (INF_STATUSES(inf) == 0u) {
            break;
        }
        shown += read_frame(lan9118, INF_BYTES(inf), handler, context) ? 1u : 0u;
    }
    return shown;
}

/* Reading clears RX_DROP (5.3.19). Two reads must be 180 ns apart (table 6.2): reading the statuses takes longer. */
static void lan9118_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    struct v6nf_lan9118 *lan9118 = lan9118_of(port);
    if (!is_off(lan9118)) {
        (void)read_statuses(lan9118);
        const uint32_t dropped = read_register(lan9118, RX_DROP);
        lan9118->counters.receive_dropped += lan9118_is_gone(lan9118) ? 0u : dropped;
    }
    *counters = lan9118->counters;
}

static enum v6nf_port_status lan9118_status(struct v6nf_port *port)
{
    struct v6nf_lan9118 *lan9118 = lan9118_of(port);
    return lan9118_is_gone(lan9118) ? V6NF_PORT_GONE : is_off(lan9118) ? V6NF_PORT_STOPPED : V6NF_PORT_RUNNING;
}

/* The card has no DMA: it never reaches memory. */
static bool lan9118_stop(struct v6nf_port *port)
{
    struct v6nf_port_counters last;
    struct v6nf_lan9118 *lan9118 = lan9118_of(port);
    lan9118_read_counters(port, &last);
    if (!is_off(lan9118)) {
        (void)mac_write(lan9118, MAC_CR, 0u);
        lan9118->receiver = V6NF_LAN9118_STOPPED;
    }
    lan9118->reserved = false;
    return true;
}

static const struct v6nf_port_operations port_operations = {
    .poll = lan9118_poll,
    .wait = nic_wait,
    .reserve = lan9118_reserve,
    .commit = lan9118_commit,
    .link_up = lan9118_link_up,
    .read_counters = lan9118_read_counters,
    .status = lan9118_status,
    .stop = lan9118_stop,
};

/* -- Initialization ------------------------------------------------------------------------------------------------ */

/* Return true for the LAN9118 and cards that Linux's smsc911x.c drives alike. Other cards of SMSC have other
 * registers. */
static bool is_of_family(uint32_t id)
{
    static const uint16_t family[] = {
        0x0115, 0x0116, 0x0117, 0x0118, 0x115A, 0x116A, 0x117A, 0x118A, 0x9210, 0x9220, 0x9221};
    return nic_is_one_of(id >> 16, family, sizeof family / sizeof family[0]);
}

/* Wake up a card that saves power: it answers only reads of PMT_CTRL until BYTE_TEST is written (3.10.2). */
static bool wake_up_lan9118(const struct v6nf_lan9118 *lan9118)
{
    for (uint32_t i = 0; i < WAIT_STEPS; i++) {
        v6nf_env_sleep(WAIT_STEP); /* first: an earlier program may have written just before */
        if ((read_now(lan9118, PMT_CTRL) & PMT_CTRL_READY) != 0u) {
            return true;
        }
        if (i == 0u) {
            write_register(lan9118, BYTE_TEST, 0u);
        }
    }
    return false;
}

/* Reset the PHY first, as it may be powered down: the soft reset needs its clock (5.3.9). The soft reset makes the card
 * read its address from the EEPROM again. */
static bool reset_lan9118(const struct v6nf_lan9118 *lan9118)
{
    write_register(lan9118, PMT_CTRL, PMT_CTRL_PHY_RESET);
    if (!wait_for(lan9118, PMT_CTRL, PMT_CTRL_PHY_RESET, 0u)) {
        return false;
    }
    v6nf_env_sleep(PHY_RESET_TIME);
    write_register(lan9118, HW_CFG, HW_CFG_RESET);
    return wait_for(lan9118, HW_CFG, HW_CFG_RESET, 0u) && wait_for(lan9118, PMT_CTRL, PMT_CTRL_READY, PMT_CTRL_READY) &&
           wait_for(lan9118, E2P_CMD, E2P_CMD_BUSY, 0u);
}

/* Set the card's address, or read it. Without an EEPROM, ADDRH and ADDRL are all ones: a group address (5.4.2,
 * 5.4.3). */
static enum v6nf_nic_status choose_lan9118_mac(struct v6nf_lan9118 *lan9118, const uint8_t *mac)
{
    uint32_t words[2] = {0};
    if (mac != NULL) {
        nic_mac_to_words(words, mac);
        if (!mac_write(lan9118, ADDRL, words[0]) || !mac_write(lan9118, ADDRH, words[1])) {
            return V6NF_NIC_NO_START;
        }
    } else if (!mac_read(lan9118, ADDRL, &words[0]) || !mac_read(lan9118, ADDRH, &words[1])) {
        return V6NF_NIC_NO_START;
    }
    nic_mac_of_words(words, lan9118->port.mac);
    return nic_mac_is_station(lan9118->port.mac) ? V6NF_NIC_READY : V6NF_NIC_NO_EEPROM;
}

/* Accept all groups, and the card's address exactly (3.3). A hash of groups is not used: a port does not learn the
 * groups that a node joins later, and 64 hash bits would let others pass. Early revisions must not change the hash
 * while they receive. */
static enum v6nf_nic_status start_lan9118(struct v6nf_lan9118 *lan9118, const struct v6nf_nic_config *config)
{
    lan9118->mac_control = MAC_CR_ALL_MULTICAST + MAC_CR_TRANSMIT + MAC_CR_RECEIVE +
                           (config->promiscuous ? MAC_CR_PROMISCUOUS : 0u);
    write_register(lan9118, HW_CFG, HW_CFG_MUST_BE_ONE + HW_CFG_TX_FIFO_SIZE);
    write_register(lan9118, RX_CFG, RX_CFG_OFFSET(OFFSET));
    write_register(lan9118, TX_CFG, TX_CFG_ON);
    if (!phy_write(lan9118, PHY_ADVERTISED, ABILITIES) || !phy_write(lan9118, PHY_CONTROL, PHY_CONTROL_NEGOTIATE) ||
        !mac_write(lan9118, MAC_CR, lan9118->mac_control)) {
        return V6NF_NIC_NO_START;
    }
    lan9118->link_looked = v6nf_env_clock();
    lan9118->receiver = V6NF_LAN9118_RECEIVES;
    return V6NF_NIC_READY;
}

enum v6nf_nic_status v6nf_lan9118_init(struct v6nf_lan9118 *lan9118, uint64_t address,
                                       const struct v6nf_nic_config *config)
{
    struct v6nf_port port = {
        .operations = &port_operations, .mtu = V6NF_LAN9118_MTU, .capacity = CAPACITY, .outputs = 1};
    struct v6nf_nic_config copy = *config; /* its address may be part of *lan9118 */
    nic_copy_mac(&port, &copy);
    *lan9118 = (struct v6nf_lan9118){.port = port};
    if (config->mtu != V6NF_LAN9118_MTU) {
        return V6NF_NIC_MTU_BAD;
    }
    if (config->inputs > 1u) {
        return V6NF_NIC_INPUTS_BAD;
    }
    if (copy.mac != NULL && !nic_mac_is_station(copy.mac)) {
        return V6NF_NIC_MAC_BAD;
    }
    lan9118->registers = (volatile uint32_t *)v6nf_env_map_device(address, REGISTERS_SIZE);
    if (lan9118->registers == NULL) {
        return V6NF_NIC_NO_REGISTERS;
    }
    if (!wake_up_lan9118(lan9118) || read_now(lan9118, BYTE_TEST) != BYTE_TEST_VALUE ||
        !is_of_family(read_now(lan9118, ID_REV))) {
        return V6NF_NIC_OTHER_DEVICE;
    }
    if (!reset_lan9118(lan9118)) {
        return V6NF_NIC_NO_RESET;
    }
    enum v6nf_nic_status status = choose_lan9118_mac(lan9118, copy.mac);
    return status == V6NF_NIC_READY ? start_lan9118(lan9118, config) : status;
}
