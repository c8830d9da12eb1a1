/* igc_card.c: registers, PHY, queues and board of the model: see igc_card.h. */
#include "igc_card.h"

#include <stdio.h>
#include <string.h>

#include <sys/mman.h>

#include "../unit/driver/fixture_device_memory.h"

#define CTRL 0x0000u
#define CTRL_MASTER_DISABLE 0x4u
#define CTRL_SLU 0x40u
#define CTRL_FORCED 0x1800u
#define CTRL_RESET 0x4000000u
#define CTRL_RFCE 0x8000000u
#define CTRL_TFCE 0x10000000u
#define STATUS 0x0008u
#define EECD 0x0010u
#define CTRL_EXT 0x0018u
#define VET 0x0038u
#define MDIC 0x0020u
#define FCRTL 0x2160u
#define FCRTH 0x2168u
#define RXPBSIZE 0x2404u
#define TXPBSIZE 0x3404u
#define DTXMXPKTSZ 0x355Cu
#define RCTL 0x0100u
#define RCTL_EN 0x2u
#define TCTL 0x0400u
#define TCTL_EN 0x2u
#define TIPG 0x0410u
#define IMC 0x150Cu
#define EIMC 0x1528u
#define RFCTL 0x5008u
#define RXCSUM 0x5000u
#define RLPML 0x5004u
#define MTA 0x5200u
#define RAL 0x5400u
#define UTA 0xA000u
#define SWSM 0x5B50u
#define SW_FW_SYNC 0x5B5Cu
#define MRQC 0x5818u
#define RETA 0x5C00u
#define RSSRK 0x5C80u
#define CRCERRS 0x4000u
#define MPC 0x4010u
#define HTDPMC 0x403Cu
#define RLEC 0x4040u
#define GPRC 0x4074u
#define GPTC 0x4080u
#define GORCL 0x4088u
#define GOTCL 0x4090u
#define RNBC 0x40A0u
#define RUC 0x40A4u
#define RFC 0x40A8u
#define ROC 0x40ACu
#define RJC 0x40B0u
#define RECEIVE 0xC000u
#define TRANSMIT 0xE000u
#define ENABLE 0x2000000u

/* Offsets in the registers of a queue. */
#define BASE_LOW 0x00u
#define BASE_HIGH 0x04u
#define LENGTH 0x08u
#define SRRCTL 0x0Cu
#define HEAD 0x10u
#define TAIL 0x18u
#define CONTROL 0x28u
#define DROPPED 0x30u

#define MILLISECOND UINT64_C(1000)
#define HANDSHAKE UINT64_C(7) /* microseconds, if no source names a time */
#define FCS 4u
#define FRAME_MIN 60u /* without FCS */

#define PHYSICAL UINT64_C(0xE0000000)
#define SIZE (4u * IGC_REGISTERS)

struct igc_card igc_card;

static struct igc_card *const c = &igc_card;
static uint8_t *window; /* address of the registers, inaccessible memory: no access stays unseen */

static void fault(const char *source, const char *what)
{
    if (c->faults++ == 0u) {
        snprintf(c->fault, sizeof c->fault, "%s: %s", source, what);
    }
}

static void require(bool is_so, const char *source, const char *else_what)
{
    if (!is_so) {
        fault(source, else_what);
    }
}

static uint32_t *at(uint32_t offset)
{
    return &c->registers[offset / 4u % IGC_REGISTERS];
}

uint32_t igc_register(uint32_t offset)
{
    return *at(offset);
}

static bool is_in(uint32_t offset, uint32_t first, uint32_t count)
{
    return offset >= first && offset < first + 4u * count;
}

static uint64_t done_at(void)
{
    return c->now + HANDSHAKE + c->knobs.late;
}

/* -- Registers that exist ------------------------------------------------------------------------------------------ */

enum access {
    NONE,
    PLAIN,  /* holds what is written */
    READ,   /* the driver only reads it */
    COUNTER /* cleared when it is read */
};

static enum access access_of(uint32_t offset)
{
    static const struct {
        uint32_t first;
        uint32_t count;
        enum access access;
    } ranges[] = {
        {CTRL, 1, PLAIN},    {STATUS, 1, READ},    {EECD, 1, READ},      {CTRL_EXT, 1, PLAIN},
        {MDIC, 1, PLAIN},    {0x28u, 3, PLAIN},    {VET, 1, PLAIN},     {0x170u, 1, PLAIN},   {FCRTL, 1, PLAIN},
        {FCRTH, 1, PLAIN},   {RXPBSIZE, 1, PLAIN}, {TXPBSIZE, 1, PLAIN}, {DTXMXPKTSZ, 1, PLAIN},
        {RCTL, 1, PLAIN},    {TCTL, 1, PLAIN},     {TIPG, 1, PLAIN},     {IMC, 1, PLAIN},
        {EIMC, 1, PLAIN},    {RFCTL, 1, PLAIN},    {RXCSUM, 2, PLAIN},    {MTA, 128, PLAIN},
        {RAL, 32, PLAIN},    {UTA, 128, PLAIN},    {SWSM, 1, PLAIN},     {SW_FW_SYNC, 1, PLAIN},
        {MRQC, 1, PLAIN},    {RETA, 32, PLAIN},    {RSSRK, 10, PLAIN},   {CRCERRS, 1, COUNTER},
        {MPC, 1, COUNTER},   {HTDPMC, 2, COUNTER}, {GPRC, 1, COUNTER},   {GPTC, 1, COUNTER},
        {GORCL, 2, COUNTER}, {GOTCL, 2, COUNTER},  {RNBC, 1, COUNTER},   {RUC, 4, COUNTER},
    };
    static const uint32_t of_queue[] = {BASE_LOW, BASE_HIGH, LENGTH, HEAD, TAIL, CONTROL};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (is_in(offset, ranges[i].first, ranges[i].count)) {
            return ranges[i].access;
        }
    }
    const bool receives = is_in(offset, RECEIVE, 0x10u * IGC_QUEUES);
    if (!receives && !is_in(offset, TRANSMIT, 0x10u * IGC_QUEUES)) {
        return NONE;
    }
    for (size_t i = 0; i < sizeof of_queue / sizeof of_queue[0]; i++) {
        if (offset % 0x40u == of_queue[i]) {
            return PLAIN;
        }
    }
    return receives && (offset % 0x40u == SRRCTL || offset % 0x40u == DROPPED) ? PLAIN : NONE;
}

/* -- Reset --------------------------------------------------------------------------------------------------------- */

static void reset_queue(struct igc_queue *queue, uint32_t base, uint32_t number)
{
    *queue = (struct igc_queue){0};
    for (uint32_t i = 0; i < 16u; i++) {
        *at(base + 4u * i) = 0xA5A5A500u; /* undefined, or another value than the driver's */
    }
    *at(base + HEAD) = *at(base + TAIL) = *at(base + DROPPED) = 0;
    *at(base + CONTROL) = number == 0u ? ENABLE : 0u; /* queue 0 is on after a reset (I210, 4.5.9, 4.5.10) */
    queue->enabled = number == 0u;
}

static void reset(void)
{
    static uint32_t kept[IGC_REGISTERS];
    memcpy(kept, c->registers, sizeof kept);
    memset(c->registers, 0, sizeof c->registers);
    *at(RXPBSIZE) = c->knobs.keeps_sizes ? kept[RXPBSIZE / 4u] : 0xA2u; /* manual, 8.3.1 */
    *at(TXPBSIZE) = c->knobs.keeps_sizes ? kept[TXPBSIZE / 4u] : 0x04000014u;
    *at(DTXMXPKTSZ) = c->knobs.keeps_sizes ? kept[DTXMXPKTSZ / 4u] : 0x98u;
    if (c->knobs.keeps_sizes) {
        memcpy(at(UTA), &kept[UTA / 4u], 128u * 4u);
        memcpy(at(MTA), &kept[MTA / 4u], 128u * 4u);
        memcpy(at(RAL + 8u), &kept[RAL / 4u + 2u], 30u * 4u);
    }
    *at(TIPG) = 0x00601008u; /* I210, 8.12.3 */
    *at(CTRL) = CTRL_FORCED;
    *at(VET) = c->knobs.keeps_sizes ? kept[VET / 4u] : 0x81008100u;
    *at(CTRL_EXT) = c->knobs.left_running ? TAGS_DOUBLE : 0u; /* by the EEPROM (I210, 7.4.5) */
    *at(RAL) = c->knobs.no_address ? 0u : 0x99C9A000u; /* 00:a0:c9:99:00:05 */
    *at(RAL + 4u) = c->knobs.no_address ? 0u : 0x80000500u;
    *at(SW_FW_SYNC) = kept[SW_FW_SYNC / 4u];
    for (uint32_t i = 0; i < IGC_QUEUES; i++) {
        reset_queue(&c->receive[i], RECEIVE + 0x40u * i, i);
        reset_queue(&c->transmit[i], TRANSMIT + 0x40u * i, i);
    }
    c->fifo_count = c->fifo_bytes = 0;
    c->masked = false;
    c->reset_at = c->now;
    c->ready_at = c->knobs.reset_hangs ? IGC_NEVER : c->now + 3u * MILLISECOND + c->knobs.late;
}

void igc_power_on(void)
{
    struct igc_knobs knobs = c->knobs;
    void (*sent)(uint32_t, const uint8_t *, uint32_t) = c->sent;
    const uint32_t faults = c->faults;
    char first[sizeof c->fault];
    memcpy(first, c->fault, sizeof first);
    device_memory_free(UINT32_MAX);
    memset(c, 0, sizeof *c);
    memcpy(c->fault, first, sizeof first);
    c->faults = faults;
    c->knobs = knobs;
    c->sent = sent;
    c->random = 1;
    c->now = 10u * 1000u * MILLISECOND;
    c->substates = 0xFu;
    c->master_off_at = IGC_NEVER;
    memcpy(c->phy, (uint32_t[]){0x1000, 0x7949, 0x67C9, 0xDC00, 0x0DE1, 0, 0, 0, 0, 0x0300}, 10u * sizeof c->phy[0]);
    reset();
    c->reset_at -= 1000u * MILLISECOND;
    c->ready_at = c->reset_at;
    *at(SW_FW_SYNC) = knobs.firmware_has_phy ? 1u << 17 : 0u;
    if (knobs.left_running) {
        c->command = 6u;
        c->semaphore = 3u;
        *at(SW_FW_SYNC) = 2u;
        *at(RXPBSIZE) = 0xF08Fu; /* 15 KiB for express and other frames each */
        *at(TXPBSIZE) = 0x04145145u;
        *at(DTXMXPKTSZ) = 0x19u;
        *at(VET) = 0x91009100u;
        memset(at(UTA), 0xFF, 128u * 4u);
        memset(at(MTA), 0xFF, 128u * 4u);
        memset(at(RAL + 8u), 0x80, 30u * 4u);
        *at(RCTL) = RCTL_EN;
        *at(TCTL) = TCTL_EN;
    }
}

static bool is_reset_over(void)
{
    return c->now >= c->ready_at;
}

static bool is_master(void)
{
    const bool is_allowed = (c->command & 4u) != 0u;
    require(is_allowed || c->resets == 0u, "PCI, 6.2.2", "DMA of a card that is no bus master");
    return is_allowed && !c->knobs.gone && (*at(CTRL) & CTRL_MASTER_DISABLE) == 0u;
}

static void begin_reset(void)
{
    require(c->masked, "I210, 4.5.4", "a reset before interrupts are disabled");
    require((*at(CTRL) & CTRL_MASTER_DISABLE) != 0u, "I210, 5.2.3.3", "a reset without master disable");
    require(c->now >= c->master_off_at || c->knobs.master_hangs, "I210, 5.2.3.3", "a reset while requests are pending");
    require((*at(RCTL) & RCTL_EN) == 0u && (*at(TCTL) & TCTL_EN) == 0u, "Linux, igc_reset_hw_base()",
            "a reset while the card receives or sends");
    c->resets++;
    reset();
    *at(CTRL) |= CTRL_RESET;
}

/* -- PHY (I210, 8.2.4; IEEE 802.3) --------------------------------------------------------------------------------- */

static uint32_t *phy_register(uint32_t number)
{
    if (number != 14u) {
        return &c->phy[number];
    }
    if (c->phy[13] == 7u) {
        return &c->mmd_address;
    }
    return c->phy[13] == 0x4007u && c->mmd_address == 32u ? &c->phy_2500 : &c->phy[14];
}

static void write_mdic(uint32_t value)
{
    const uint32_t number = (value >> 16) & 31u;
    require((*at(SW_FW_SYNC) & 2u) != 0u, "I210, 4.6", "the PHY without its semaphore");
    require((*at(SW_FW_SYNC) & 1u << 17) == 0u, "I210, 4.6", "the PHY while firmware uses it");
    require(((value >> 21) & 31u) == 0u, "Linux, igc_phy.c", "another PHY than the internal one");
    require(c->now >= c->phy_ready_at, "I210, 8.2.4", "a command before the last one has ended");
    c->phy_ready_at = c->knobs.phy_mute ? IGC_NEVER : done_at();
    if (((value >> 26) & 3u) == 1u) {
        *phy_register(number) = value & 0xFFFFu;
        c->negotiations += number == 0u && (value & 0x1200u) == 0x1200u ? 1u : 0u;
        require(number != 0u || (value & 0x4800u) == 0u, "IEEE 802.3, 22.2.4.1", "loopback, or power down");
        *at(MDIC) = value & 0x3FFFFFFu;
    } else {
        require(((value >> 26) & 3u) == 2u, "I210, 8.2.4", "neither a read nor a write of the PHY");
        *at(MDIC) = (value & 0x3FF0000u) + *phy_register(number);
    }
}

/* -- Reading ------------------------------------------------------------------------------------------------------- */

static struct igc_queue *queue_at(uint32_t offset, uint32_t *base)
{
    *base = offset & ~0x3Fu;
    if (is_in(offset, RECEIVE, 0x10u * IGC_QUEUES)) {
        return &c->receive[(offset - RECEIVE) / 0x40u];
    }
    return is_in(offset, TRANSMIT, 0x10u * IGC_QUEUES) ? &c->transmit[(offset - TRANSMIT) / 0x40u] : NULL;
}

static uint32_t read_control(struct igc_queue *queue, uint32_t base)
{
    if (queue->ends && *at(base + HEAD) == queue->fetched) {
        queue->enabled = queue->ends = false;
        queue->changes_at = done_at();
    }
    const bool reads_on = c->now >= queue->changes_at ? queue->enabled : !queue->enabled;
    queue->seen = queue->seen || (queue->enabled && reads_on);
    return (*at(base + CONTROL) & ~ENABLE) + (reads_on && !c->knobs.queue_hangs ? ENABLE : 0u);
}

static uint32_t read_status(void)
{
    const uint32_t speed = c->knobs.speed >= 1000u ? 2u : c->knobs.speed >= 100u ? 1u : 0u;
    const bool is_on = (*at(CTRL) & CTRL_MASTER_DISABLE) == 0u || c->knobs.master_hangs || c->now < c->master_off_at;
    return 1u + (c->knobs.link_down ? 0u : 2u) + (speed << 6) + (is_on ? 1u << 19 : 0u) +
           (c->knobs.speed == 2500u ? 1u << 22 : 0u);
}

static uint32_t read_counter(uint32_t offset)
{
    const uint32_t value = *at(offset);
    if (offset == GORCL + 4u || offset == GOTCL + 4u) {
        *at(offset - 4u) = 0; /* reading the upper half clears both */
    }
    if (offset != GORCL && offset != GOTCL) {
        *at(offset) = 0;
    }
    return value;
}

static uint32_t read_value(uint32_t offset)
{
    uint32_t base = 0;
    struct igc_queue *queue = queue_at(offset, &base);
    if (queue != NULL && offset - base == CONTROL) {
        return read_control(queue, base);
    }
    switch (offset) {
    case CTRL:
        *at(CTRL) &= is_reset_over() ? ~CTRL_RESET : UINT32_MAX;
        return *at(CTRL);
    case STATUS:
        return read_status();
    case EECD:
        return is_reset_over() ? 0x200u : 0u;
    case MDIC:
        return *at(MDIC) + (c->now >= c->phy_ready_at ? 1u << 28 : 0u);
    case SW_FW_SYNC:
        return *at(SW_FW_SYNC);
    case SWSM: {
        const uint32_t before = c->semaphore;
        c->semaphore |= 1u;
        return before;
    }
    default:
        return access_of(offset) == COUNTER ? read_counter(offset) : *at(offset);
    }
}

/* Check that the register may be accessed now. */
static void check_time(uint32_t offset, bool writes)
{
    require((c->command & 2u) != 0u, "PCI, 6.2.2", "a register, but memory access is off");
    require(c->now >= c->reset_at + MILLISECOND, "I210, 8.2.1", "a register within 1 ms of a reset");
    if (writes && offset != CTRL && offset != IMC && offset != EIMC) {
        const bool is_before = offset == RCTL || offset == TCTL || offset == RXPBSIZE || offset == TXPBSIZE;
        const bool is_new =
            c->resets == 0u || c->now >= c->reset_at + 1000u * MILLISECOND; /* the driver waits no longer */
        require((c->resets > 0u && is_reset_over()) || (is_new && is_before), "I210, 4.5.4",
                "set up before the reset is over");
    }
}

/* -- Writing ------------------------------------------------------------------------------------------------------- */

static void enable_queue(struct igc_queue *queue, uint32_t base)
{
    const uint32_t length = *at(base + LENGTH);
    require((c->command & 4u) != 0u, "PCI, 6.2.2", "a queue is on before the card may reach memory");
    require(*at(base + BASE_LOW) % 128u == 0u, "I210, 8.10.4", "descriptors that are not aligned to 128 bytes");
    require(length % 128u == 0u && length >= 128u && length <= sizeof queue->descriptors, "I210, 8.10.6",
            "a bad number of descriptors");
    require(*at(base + HEAD) == 0u && *at(base + TAIL) == 0u, "I210, 4.5.9", "head or tail is not 0");
    require(base >= TRANSMIT || (*at(base + SRRCTL) & 0x0E00007Fu) > 0x02000000u, "Linux, igc_configure_rx_ring()",
            "no advanced descriptors, or no buffer size");
    require(base >= TRANSMIT || (*at(base + SRRCTL) & 0x71FFFF80u) == 0u, "I210, 8.10.2", "other bits of SRRCTL");
    *queue = (struct igc_queue){.enabled = true, .changes_at = c->knobs.queue_hangs ? IGC_NEVER : done_at()};
}

static void write_tail(struct igc_queue *queue, uint32_t base, uint32_t value)
{
    const uint32_t count = *at(base + LENGTH) / 16u;
    if (!queue->enabled && value == 0u) {
        *at(base + TAIL) = 0; /* before it is turned on */
        return;
    }
    require(queue->enabled && queue->seen, "I210, 8.10.8", "the tail of a queue that is off");
    require(value < count, "I210, 8.10.8", "a tail outside of the ring");
    if (value < count && queue->enabled) {
        const uint32_t head = *at(base + HEAD);
        require((value - head + count) % count >= (*at(base + TAIL) - head + count) % count, "I210, 7.1.4.5",
                "a tail that went back");
        *at(base + TAIL) = value;
    }
}

static void write_queue(struct igc_queue *queue, uint32_t base, uint32_t offset, uint32_t value)
{
    const uint32_t before = *at(base + offset);
    if (offset == TAIL) {
        write_tail(queue, base, value);
        return;
    }
    if (offset == DROPPED) {
        require(value == 0u, "Linux, igc_update_stats()", "a counter is set");
    } else if (offset != CONTROL) {
        require(!queue->enabled && c->now >= queue->changes_at, "I210, 8.10.4", "a queue is changed while it is on");
    }
    *at(base + offset) = value;
    if (offset == CONTROL && (value & ENABLE) != 0u && (before & ENABLE) == 0u) {
        enable_queue(queue, base);
    }
    if (offset == CONTROL && (value & ENABLE) == 0u && queue->enabled) {
        queue->seen = false;
        queue->has_context = false;
        queue->context_tag = 0;
        queue->ends = base >= TRANSMIT;
        queue->enabled = queue->ends;
        queue->changes_at = queue->ends ? 0u : done_at();
    }
}

static void check_sizes(uint32_t offset)
{
    const uint32_t receive = *at(RXPBSIZE);
    const uint32_t transmit = *at(TXPBSIZE);
    uint32_t total = (receive & 63u) + ((receive >> 6) & 63u) + ((receive >> 12) & 63u);
    uint32_t sent = 0;
    for (uint32_t i = 0; i < 30u; i += 6u) {
        sent += (transmit >> i) & 63u;
    }
    require((*at(RCTL) & RCTL_EN) == 0u && (*at(TCTL) & TCTL_EN) == 0u, "I210, 8.3.1",
            "the size of a packet buffer changes while something is sent or received");
    require(offset != TXPBSIZE || (total + sent <= 64u && (receive & 63u) <= 34u), "manual, 4.7.9",
            "packet buffers larger than the memory");
}

static void check_receive_start(void)
{
    require((*at(RFCTL) & 0x10000u) != 0u, "Linux, igc_rx_fifo_flush_base()", "IPv6 options are parsed");
    require((*at(RCTL) & 0x4000000u) != 0u, "I210, 8.10.1", "the FCS is not stripped");
    require((*at(CTRL_EXT) & 1u << 28) != 0u, "Linux, igc_get_hw_control()", "firmware knows of no driver");
    require((*at(CTRL) & (CTRL_SLU + CTRL_FORCED)) == CTRL_SLU, "I210, 8.2.1", "the link is not set up");
    for (uint32_t i = 0; i < 16u; i++) {
        require((*at(RAL + 8u * i + 4u) & 0x7FFF0000u) == 0u, "NuttX, igc.h", "a filter that also selects something");
    }
    if ((*at(CTRL) & CTRL_TFCE) != 0u) {
        const uint32_t high = *at(FCRTH);
        const uint32_t low = *at(FCRTL) & 0xFFFFu;
        require(high % 16u == 0u && high + 48u <= (*at(RXPBSIZE) & 63u) * 1024u && high > *at(RLPML), "I210, 8.5.6",
                "a bad threshold for XOFF");
        require(low % 16u == 0u && low >= 48u && low < high, "I210, 8.5.5", "a bad threshold for XON");
    }
}

static void write_ctrl(uint32_t value)
{
    const uint32_t before = *at(CTRL);
    *at(CTRL) = value & ~CTRL_RESET;
    if ((value & ~before & CTRL_MASTER_DISABLE) != 0u) {
        c->master_off_at = c->knobs.master_hangs ? IGC_NEVER : done_at();
    }
    /* A reset that does not end is no new one while the master is being disabled. */
    if ((value & CTRL_RESET) != 0u && ((before & CTRL_RESET) == 0u || (before & CTRL_MASTER_DISABLE) != 0u)) {
        begin_reset();
    } else {
        *at(CTRL) |= before & CTRL_RESET;
    }
}

static void write_semaphore(uint32_t value)
{
    if ((value & 2u) != 0u) {
        require((c->semaphore & 1u) != 0u, "I210, 4.6", "SWESMBI before SMBI");
    }
    c->semaphore = value & 3u;
}

static void write_value(uint32_t offset, uint32_t value)
{
    const uint32_t before = *at(offset);
    *at(offset) = value;
    switch (offset) {
    case CTRL:
        *at(CTRL) = before;
        write_ctrl(value);
        break;
    case MDIC:
        write_mdic(value);
        break;
    case SWSM:
        write_semaphore(value);
        break;
    case SW_FW_SYNC:
        require(c->semaphore == 3u, "I210, 4.6", "SW_FW_SYNC without SWSM");
        require((before & ~value & 1u << 17) == 0u || c->now >= c->reset_at + 1000u * MILLISECOND, "I210, 4.6",
                "the PHY is taken from firmware within a second");
        break;
    case IMC:
        c->masked = c->masked || value == UINT32_MAX;
        break;
    case RXPBSIZE:
    case TXPBSIZE:
        check_sizes(offset);
        break;
    case RCTL:
        if ((value & ~before & RCTL_EN) != 0u) {
            check_receive_start();
        }
        break;
    case TCTL:
        require((value & TCTL_EN) == 0u || (value & 8u) != 0u, "I210, 8.12.1", "short frames are not padded");
        break;
    default:
        break;
    }
}

/* -- Filters and choice of a queue (I210, 7.1.1, 7.1.2) ------------------------------------------------------------ */

static bool has_bit(uint32_t table, const uint8_t *destination)
{
    const uint32_t bit = ((uint32_t)destination[4] >> 4) + ((uint32_t)destination[5] << 4);
    return (*at(table + bit / 32u * 4u) & (1u << (bit % 32u))) != 0u;
}

static bool is_for_host(const uint8_t *destination)
{
    static const uint8_t broadcast[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    const uint32_t control = *at(RCTL);
    const bool is_group = (destination[0] & 1u) != 0u;
    const uint32_t low = (uint32_t)destination[0] + ((uint32_t)destination[1] << 8) + ((uint32_t)destination[2] << 16) +
                         ((uint32_t)destination[3] << 24);
    const uint32_t high = 0x80000000u + destination[4] + ((uint32_t)destination[5] << 8);
    for (uint32_t i = 0; i < 16u; i++) {
        if (*at(RAL + 8u * i) == low && (*at(RAL + 8u * i + 4u) & 0x8000FFFFu) == high) {
            return true;
        }
    }
    if (memcmp(destination, broadcast, sizeof broadcast) == 0 && (control & 0x8000u) != 0u) {
        return true;
    }
    return (control & (is_group ? 0x10u : 0x8u)) != 0u || has_bit(is_group ? MTA : UTA, destination);
}

/* Toeplitz hash. */
static uint32_t hash(const uint8_t *bytes, uint32_t count)
{
    uint32_t result = 0;
    for (uint32_t i = 0; i < 8u * count; i++) {
        for (uint32_t j = 0; j < 32u && (bytes[i / 8u] & (0x80u >> (i % 8u))) != 0u; j++) {
            const uint32_t bit = i + j;
            const uint32_t byte = (*at(RSSRK + bit / 32u * 4u) >> (bit / 8u % 4u * 8u)) & 0xFFu;
            result ^= ((byte >> (7u - bit % 8u)) & 1u) << (31u - j);
        }
    }
    return result;
}

static uint32_t queue_for(const uint8_t *bytes, uint32_t length)
{
    uint8_t tuple[36];
    const uint32_t mode = *at(MRQC);
    if ((mode & 7u) != 2u || length < 58u || bytes[12] != 0x86u || bytes[13] != 0xDDu || (mode & (1u << 20)) == 0u) {
        return 0;
    }
    memcpy(tuple, bytes + 22, 32);
    memcpy(tuple + 32, bytes + 54, 4);
    const bool with_ports =
        (bytes[20] == 17u && (mode & (1u << 23)) != 0u) || (bytes[20] == 6u && (mode & (1u << 21)) != 0u);
    const uint32_t entry = hash(tuple, with_ports ? 36u : 32u) % 128u;
    return (*at(RETA + entry / 4u * 4u) >> (entry % 4u * 8u)) & 3u;
}

/* -- Receiving ----------------------------------------------------------------------------------------------------- */

static void count_bytes(uint32_t low, uint32_t number)
{
    const uint32_t before = *at(low);
    *at(low) = before + number;
    *at(low + 4u) += before + number < before ? 1u : 0u;
}

static void put_in_fifo(const uint8_t *bytes, uint32_t length)
{
    if (c->fifo_count == IGC_FIFO_FRAMES || c->fifo_bytes + length > (*at(RXPBSIZE) & 63u) * 1024u) {
        ++*at(MPC);
        return;
    }
    ++*at(GPRC); /* packets that MPC counts are not in it (I210, 8.18.26) */
    count_bytes(GORCL, length + FCS);
    struct igc_frame *frame = &c->fifo[(c->fifo_first + c->fifo_count) % IGC_FIFO_FRAMES];
    memcpy(frame->bytes, bytes, length);
    frame->length = length;
    frame->queue = queue_for(bytes, length);
    c->fifo_count++;
    c->fifo_bytes += length;
    if ((*at(CTRL) & CTRL_TFCE) != 0u && c->fifo_bytes >= *at(FCRTH)) {
        c->pauses_sent++;
    }
}

void igc_receive(const uint8_t *bytes, uint32_t length, bool damaged)
{
    const uint32_t longest = (*at(RCTL) & 0x20u) != 0u ? *at(RLPML) : 1522u;
    if (c->knobs.gone || c->knobs.link_down || (*at(RCTL) & RCTL_EN) == 0u || length + FCS > IGC_FRAME_MAX) {
        c->lost++;
    } else if (length < FRAME_MIN) {
        ++*at(damaged ? RFC : RUC);
    } else if (damaged || length + FCS > longest) {
        ++*at(damaged ? CRCERRS : ROC);
        *at(RJC) += damaged && length + FCS > longest ? 1u : 0u; /* counted twice */
        *at(RLEC) += length + FCS > longest ? 1u : 0u;
    } else if (!is_for_host(bytes)) {
        c->filtered++;
    } else {
        put_in_fifo(bytes, length);
    }
}

void igc_pause(uint64_t microseconds)
{
    if ((*at(CTRL) & CTRL_RFCE) != 0u) {
        c->paused_until = c->now + microseconds;
    }
}

static uint64_t base_of(uint32_t base)
{
    return ((uint64_t)*at(base + BASE_HIGH) << 32) + *at(base + BASE_LOW);
}

static uint8_t *memory(uint64_t address, uint32_t size)
{
    uint8_t *bytes = device_memory_at(address, size);
    require(bytes != NULL, "PCI", "DMA outside of allocated memory, or into freed memory");
    return bytes;
}

static uint64_t load_word(uint64_t address)
{
    const uint8_t *bytes = memory(address, 8);
    uint64_t word = 0;
    for (uint32_t i = 8; i > 0u && bytes != NULL; i--) {
        word = (word << 8) + bytes[i - 1u];
    }
    return word;
}

static void store_word(uint64_t address, uint64_t word)
{
    uint8_t *bytes = memory(address, 8);
    for (uint32_t i = 0; i < 8u && bytes != NULL; i++) {
        bytes[i] = (uint8_t)(word >> (8u * i));
    }
}

static void fetch(struct igc_queue *queue, uint32_t base)
{
    const uint32_t count = *at(base + LENGTH) / 16u % 4097u;
    for (uint32_t i = 0; i < count && queue->fetched != *at(base + TAIL); i++) {
        const uint64_t address = base_of(base) + 16u * queue->fetched;
        queue->descriptors[queue->fetched][0] = load_word(address);
        queue->descriptors[queue->fetched][1] = load_word(address + 8u);
        queue->fetched = (queue->fetched + 1u) % count;
    }
}

static void leave_fifo(void)
{
    c->fifo_bytes -= c->fifo[c->fifo_first].length;
    c->fifo_first = (c->fifo_first + 1u) % IGC_FIFO_FRAMES;
    c->fifo_count--;
}

/* Return true if tags are removed and inserted. Without CTRL.VME there are none of either (I210, 7.4.3). */
static bool removes_tags(void)
{
    const bool is_on = (*at(CTRL) & TAGS_CTRL_VME) != 0u;
    require(!is_on || (*at(VET) & 0xFFFFu) == TAGS_TYPE, "I210, 7.4", "tags of another EtherType");
    require(!is_on || (*at(CTRL_EXT) & TAGS_DOUBLE) == 0u, "I210, 7.4.5", "frames with an external tag");
    return is_on;
}

/* Advanced descriptors, one buffer (I210, 7.1.4.2): the hash overwrites the address. */
static void write_received(const struct igc_frame *frame, struct igc_queue *queue, uint32_t base)
{
    const uint32_t head = *at(base + HEAD);
    const uint32_t size = (*at(base + SRRCTL) & 0x7Fu) * 1024u;
    static uint8_t stripped[IGC_FRAME_MAX + 100u];
    uint32_t length = frame->length;
    uint8_t *bytes = memory(queue->descriptors[head][0], size);
    const uint64_t status =
        checksum_status((*at(RXCSUM) & 0x200u) != 0u ? c->knobs.verdict : CHECKSUM_UNKNOWN, false, 29u);
    memcpy(stripped, frame->bytes, length);
    const uint64_t tag = removes_tags() ? tags_strip(stripped, &length, false) : TAGS_NONE;
    require(length <= size, "ring.h", "a frame longer than a buffer");
    if (bytes != NULL && length <= size) {
        memcpy(bytes, stripped, length);
    }
    store_word(base_of(base) + 16u * head, UINT64_C(0x1122334455660000) + c->random++ % 16u);
    store_word(base_of(base) + 16u * head + 8u, ((uint64_t)length << 32) + 3u + status + tag);
    *at(base + HEAD) = (head + 1u) % (*at(base + LENGTH) / 16u);
}

static bool step_receive(void)
{
    if (c->fifo_count == 0u) {
        return false;
    }
    const uint32_t number = c->fifo[c->fifo_first].queue;
    const uint32_t base = RECEIVE + 0x40u * number;
    struct igc_queue *queue = &c->receive[number];
    if (!queue->enabled || c->now < queue->changes_at) {
        leave_fifo();
        c->lost++;
        return true;
    }
    if (!is_master()) {
        return false;
    }
    fetch(queue, base);
    if (*at(base + HEAD) == queue->fetched) {
        ++*at(RNBC);
        if ((*at(base + SRRCTL) & 0x80000000u) == 0u) {
            return false; /* without Drop_En it waits, and blocks all others */
        }
        ++*at(base + DROPPED);
        leave_fifo();
        return true;
    }
    write_received(&c->fifo[c->fifo_first], queue, base);
    leave_fifo();
    return true;
}

/* -- Sending (I210, 7.2.2.3) --------------------------------------------------------------------------------------- */

/* Load a context. Return true if the descriptor is one. */
static bool load_context(struct igc_queue *queue, const uint64_t *descriptor)
{
    if (!checksum_is_context(descriptor[1], false)) {
        return false;
    }
    const char *fault = checksum_context_fault(descriptor, false);
    require(fault == NULL, "I210", fault != NULL ? fault : "");
    require(checksum_context_tag(descriptor) == 0u || removes_tags(), "I210, 7.2.2.2", "an unwanted tag");
    queue->has_context = true;
    queue->context_tag = checksum_context_tag(descriptor);
    return true;
}

static void check_command(const struct igc_queue *queue, uint64_t word)
{
    require((word & TAGS_VLE) == 0u || (queue->has_context && removes_tags()), "I210, 7.4.3.1",
            "a tag without a context, or without CTRL.VME");
    word &= ~TAGS_VLE;
    require((word & CHECKSUM_TXSM) == 0u || queue->has_context, "I210, 7.2.5.2", "a checksum without a context");
    const uint64_t length = word & 0xFFFFu;
    require((word & 0x20F00000u) == 0x20300000u, "I210, 7.2.2.3", "no advanced data descriptor");
    require((word & 0x03000000u) == 0x03000000u, "I210, 7.2.2.3.5", "no EOP, or no FCS");
    require((word >> 46) == length, "I210, 7.2.2.3.11", "another length of the payload");
    require(length == 0u || length >= 17u, "I210, 7.2.2.1.2", "a packet of fewer than 17 bytes");
    require(length <= *at(DTXMXPKTSZ) * 64u && length + FCS <= IGC_FRAME_MAX, "I210, 7.2.2.1.2",
            "a packet that is too long");
    require(length <= (*at(TXPBSIZE) & 63u) * 1024u, "I210, 7.2.2.1.2", "a packet longer than the packet buffer");
    require((word & UINT64_C(0x00003DFFD40F0000)) == 0u, "I210, 7.2.2.3", "reserved bits, or an unwanted offload");
}

static void send_frame(struct igc_queue *queue, uint32_t number, const uint64_t *descriptor)
{
    static uint8_t bytes[IGC_FRAME_MAX + 4u];
    uint32_t length = (uint32_t)(descriptor[1] & 0xFFFFu);
    if (load_context(queue, descriptor)) {
        return;
    }
    check_command(queue, descriptor[1]);
    const uint8_t *from = length > 0u && length <= IGC_FRAME_MAX ? memory(descriptor[0], length) : NULL;
    if (from == NULL) {
        return; /* a null descriptor sends nothing */
    }
    memset(bytes, 0, FRAME_MIN);
    memcpy(bytes, from, length);
    if ((descriptor[1] & CHECKSUM_TXSM) != 0u) {
        checksum_insert(bytes, length);
    }
    const uint32_t tag = tags_wanted(descriptor[1], true, queue->context_tag);
    length = tag != UINT32_MAX ? tags_insert(bytes, length, tag) : length;
    length = length < FRAME_MIN ? FRAME_MIN : length;
    ++*at(GPTC);
    count_bytes(GOTCL, length + FCS);
    c->short_gaps += c->knobs.speed == 2500u && (*at(TIPG) & 0x3FFu) < 11u ? 1u : 0u;
    if (c->sent != NULL) {
        c->sent(number, bytes, length);
    }
}

/* With a WTHRESH, the card waits until that many can be reported. */
static void report_sent(struct igc_queue *queue, uint32_t base, uint32_t sent)
{
    const uint32_t count = *at(base + LENGTH) / 16u;
    if (++queue->reported < ((*at(base + CONTROL) >> 16) & 31u)) {
        return;
    }
    for (uint32_t i = 0; i < queue->reported; i++) {
        const uint64_t address = base_of(base) + 16u * ((sent + count - i) % count);
        if (!c->knobs.keeps_addresses) {
            store_word(address, UINT64_C(0xDEADDEADDEADDEAD));
        }
        store_word(address + 8u, UINT64_C(1) << 32);
    }
    queue->reported = 0;
}

static bool step_transmit(uint32_t number)
{
    struct igc_queue *queue = &c->transmit[number];
    const uint32_t base = TRANSMIT + 0x40u * number;
    const uint32_t head = *at(base + HEAD);
    if (!queue->enabled || c->now < queue->changes_at || head == *at(base + TAIL) || (*at(TCTL) & TCTL_EN) == 0u ||
        !is_master()) {
        return false;
    }
    if (head == queue->fetched && !queue->ends) {
        fetch(queue, base);
    }
    if (head == queue->fetched || c->knobs.link_down || c->knobs.stalled[number] || c->now < c->paused_until) {
        return false;
    }
    const uint64_t *descriptor = queue->descriptors[head];
    send_frame(queue, number, descriptor);
    *at(base + HEAD) = (head + 1u) % (*at(base + LENGTH) / 16u);
    if ((descriptor[1] & (UINT64_C(1) << 27)) != 0u) {
        report_sent(queue, base, head);
    }
    return true;
}

static bool step(void)
{
    bool moves = !c->knobs.gone && step_receive();
    for (uint32_t i = 0; i < IGC_QUEUES && !c->knobs.gone; i++) {
        moves = step_transmit(i) || moves;
    }
    return moves;
}

void igc_run(uint32_t steps)
{
    for (uint32_t i = 0; i < steps && step(); i++) {
    }
}

/* -- Life cycle ---------------------------------------------------------------------------------------------------- */

void igc_change_program(void)
{
    device_memory_give_up();
    c->resets = 0;
    c->masked = false;
}

void igc_check_stopped(void)
{
    if (c->knobs.gone) {
        return;
    }
    require((c->command & 4u) == 0u, "PCI, 6.2.2", "a bus master after the stop");
    require((*at(RCTL) & RCTL_EN) == 0u && (*at(TCTL) & TCTL_EN) == 0u, "I210, 4.5.10.1", "it receives or sends");
    require((*at(CTRL_EXT) & 1u << 28) == 0u, "Linux, igc_release_hw_control()", "firmware waits for the driver");
    require((*at(CTRL) & CTRL_MASTER_DISABLE) != 0u, "I210, 5.2.3.3", "no master disable before the stop");
    for (uint32_t i = 0; i < IGC_QUEUES; i++) {
        require(!c->receive[i].enabled, "I210, 4.5.9.1", "a receive queue that is on after the stop");
        require(!c->transmit[i].enabled || c->transmit[i].ends, "I210, 4.5.10.1", "a transmit queue that is on");
    }
}

/* -- Board: env.h -------------------------------------------------------------------------------------------------- */

struct v6nf_env_pci_address igc_address(void)
{
    return (struct v6nf_env_pci_address){.bus = 3};
}

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    if (address != PHYSICAL || size > SIZE) {
        return NULL;
    }
    if (window == NULL) {
        void *mapped = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        window = mapped == MAP_FAILED ? NULL : (uint8_t *)mapped;
    }
    return window;
}

/* Return the offset of the register, after what happens at each access. */
static uint32_t accessed(const volatile uint32_t *address)
{
    c->accesses++;
    c->knobs.gone = c->knobs.gone || (c->knobs.gone_after != 0u && c->accesses > c->knobs.gone_after);
    if (c->works_alone) {
        igc_run(1);
    }
    return (uint32_t)((const volatile uint8_t *)address - window);
}

uint32_t v6nf_env_read_register(const volatile uint32_t *address)
{
    const uint32_t offset = accessed(address);
    if (c->knobs.gone) {
        return UINT32_MAX;
    }
    check_time(offset, false);
    require(access_of(offset) != NONE, "I210, 8.1.3", "a register that is none is read");
    return read_value(offset);
}

void v6nf_env_write_register(volatile uint32_t *address, uint32_t value)
{
    if ((volatile uint8_t *)address < window || (volatile uint8_t *)address >= window + SIZE) {
        *address = value; /* the tail of an output that is parked */
        return;
    }
    const uint32_t offset = accessed(address);
    uint32_t base = 0;
    struct igc_queue *queue = queue_at(offset, &base);
    if (c->knobs.gone) {
        return;
    }
    check_time(offset, true);
    require(access_of(offset) == PLAIN, "I210, 8.1.3", "a register that is none, or only for reading, is written");
    if (queue != NULL) {
        write_queue(queue, base, offset - base, value);
    } else {
        write_value(offset, value);
    }
}

uint32_t v6nf_env_pci_read(struct v6nf_env_pci_address address, uint16_t offset)
{
    if (c->knobs.gone || address.bus != 3u || address.device != 0u || address.function != 0u) {
        return V6NF_ENV_PCI_NO_DEVICE;
    }
    switch (offset) {
    case 0x00u:
        return ((c->knobs.id != 0u ? c->knobs.id : 0x15F3u) << 16) + 0x8086u;
    case 0x04u:
        return 0x00100000u + c->command;
    case 0x10u:
        return (uint32_t)PHYSICAL;
    case 0x34u:
        return 0xA0u;
    case 0xA0u:
        return 0x00020010u; /* PCI Express */
    case 0xA8u:
        return c->knobs.master_hangs ? 1u << 21 : 0u;
    case 0x100u:
        return 0x1C020001u; /* Advanced Error Reporting; next at 1C0h */
    case 0x1C0u:
        return c->knobs.no_substates ? 0u : 0x0001001Eu;
    case 0x1C8u:
        return c->substates;
    default:
        return 0;
    }
}

bool v6nf_env_pci_write(struct v6nf_env_pci_address address, uint16_t offset, uint32_t value)
{
    if (c->knobs.gone || address.bus != 3u) {
        return false;
    }
    require(offset == 0x04u || (offset == 0x1C8u && !c->knobs.no_substates), "PCI, 6.1", "another register is written");
    if (offset == 0x04u) {
        require((value & ~c->command & 4u) == 0u || (c->resets > 0u && is_reset_over()), "PCI, 6.2.2",
                "a bus master before its reset is over");
        c->command = value & 0xFFFFu;
    } else {
        c->substates = value;
    }
    return true;
}

uint64_t v6nf_env_clock(void)
{
    return c->now;
}

void v6nf_env_idle(uint64_t until)
{
    c->now = until > c->now ? until : c->now;
}

void v6nf_env_sleep(uint64_t microseconds)
{
    c->now += microseconds;
    if (c->works_alone) {
        igc_run(4);
    }
}

bool v6nf_env_entropy(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        c->random = c->random * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(c->random >> 16);
    }
    return true;
}

void v6nf_env_console(char character)
{
    (void)character;
}
