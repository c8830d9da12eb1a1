/* gigabit_card.c: see gigabit_card.h. Sections are those of the 82576 data sheet, unless another one is named. */
#include "gigabit_card.h"

#define CTRL 0x0u
#define CTRL_RESET 0x4000000u
#define STATUS 0x8u
#define EECD 0x10u
#define CTRL_EXT 0x18u
#define VET 0x38u
#define DRIVER_LOADED 0x10000000u
#define MDIC 0x20u
#define RCTL 0x100u
#define TCTL 0x400u
#define EXTCNF_CTRL 0xF00u
#define FCRTL 0x2160u
#define FCRTH 0x2168u
#define TXPBS 0x3404u
#define PCS_CFG 0x4200u
#define PCS_LCTL 0x4208u
#define RXCSUM 0x5000u
#define RLPML 0x5004u
#define RAL 0x5400u
#define GCR 0x5B00u
#define SWSM 0x5B50u
#define SW_FW_SYNC 0x5B5Cu
#define GCR2 0x5B64u
#define LINK_CONTROL 0x80u /* in configuration space */

#define CRCERRS 0x4000u
#define MPC 0x4010u
#define RLEC 0x4040u
#define GPRC 0x4074u
#define GPTC 0x4080u
#define GORC 0x4088u
#define GOTC 0x4090u
#define RNBC 0x40A0u
#define RUC 0x40A4u
#define ROC 0x40ACu

#define FCS_SIZE 4u
#define FRAME_MIN 60u
#define FIFO_FRAMES 2048u

/* 82574: 20 KiB in each direction (PBA). 82576: 64 KiB (RXPBS). I350: 36 KiB, index 0. I210: 34 KiB, and 2 for the
 * management controller. */
const struct gigabit_device gigabit_devices[GIGABIT_DEVICES] = {
    {0x10D3, true, 2, 20, 0x1000u, 20u},    {0x10F6, true, 2, 20, 0x1000u, 20u},
    {0x10C9, false, 16, 64, 0x2404u, 64u},  {0x10E6, false, 16, 64, 0x2404u, 64u},
    {0x10E7, false, 16, 64, 0x2404u, 64u},  {0x10E8, false, 16, 64, 0x2404u, 64u},
    {0x1526, false, 16, 64, 0x2404u, 64u},  {0x150A, false, 16, 64, 0x2404u, 64u},
    {0x1518, false, 16, 64, 0x2404u, 64u},  {0x150D, false, 16, 64, 0x2404u, 64u},
    {0x1521, false, 8, 36, 0x2404u, 0u},    {0x1522, false, 8, 36, 0x2404u, 0u},
    {0x1523, false, 8, 36, 0x2404u, 0u},    {0x1524, false, 8, 36, 0x2404u, 0u},
    {0x1533, false, 4, 34, 0x2404u, 0xA2u}, {0x1536, false, 4, 34, 0x2404u, 0xA2u},
    {0x1537, false, 4, 34, 0x2404u, 0xA2u}, {0x1538, false, 4, 34, 0x2404u, 0xA2u},
    {0x157B, false, 4, 34, 0x2404u, 0xA2u}, {0x157C, false, 4, 34, 0x2404u, 0xA2u},
    {0x1539, false, 2, 34, 0x2404u, 0xA2u},
};

struct gigabit_knobs gigabit_knobs;
void (*gigabit_sent)(const uint8_t *bytes, uint32_t length);
const uint8_t *gigabit_bytes;

static const struct gigabit_device *device;
static uint32_t size_at_reset;         /* what the register of the packet buffer was at the reset, */
static uint32_t transmit_size_at_reset; /* and that of the other buffer */
static bool has_negotiated;            /* the PHY, after the reset */
static uint32_t fifo[FIFO_FRAMES];     /* lengths with FCS */
static bool is_counted[FIFO_FRAMES];   /* in RNBC */
static uint32_t fifo_first;
static uint32_t fifo_count;
static uint32_t fifo_bytes;
static bool has_context[2]; /* the two transmit queues */
static uint32_t context_tag[2];

static void require(bool is_so, const char *else_what)
{
    if (!is_so && card_fault == NULL) {
        card_fault = else_what;
    }
}

/* -- Counters (8.19): cleared when they are read; they stop at their maximum --------------------------------------- */

void gigabit_count(uint32_t offset, uint64_t number)
{
    const uint64_t sum = REG(offset) + number;
    REG(offset) = sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}

void gigabit_count_bytes(uint32_t offset, uint64_t number)
{
    const uint64_t sum = ((uint64_t)REG(offset + 4u) << 32) + REG(offset) + number;
    REG(offset) = (uint32_t)sum;
    REG(offset + 4u) = (uint32_t)(sum >> 32);
}

static uint32_t read_count(uint32_t offset, uint32_t value)
{
    const bool is_low = offset == GORC || offset == GOTC;
    REG(offset) = is_low ? value : 0u;
    if (offset == GORC + 4u || offset == GOTC + 4u) {
        REG(offset - 4u) = 0;
    }
    return value;
}

/* -- The link ------------------------------------------------------------------------------------------------------ */

static uint32_t phy_lock(void)
{
    static const uint32_t bits[4] = {0x02, 0x04, 0x20, 0x40};
    return bits[gigabit_knobs.number];
}

static bool link_is_up(void)
{
    const uint32_t control = REG(CTRL);
    const bool is_forced = (control & 0x1800u) == 0x1800u && (control & 0x301u) == 0x201u;
    const bool pcs_is_on = (REG(PCS_CFG) & 8u) != 0u && (REG(CTRL_EXT) & 0x80u) == 0u;
    const uint32_t rules = REG(PCS_LCTL) & 0x30039u;
    if ((control & 0x40u) == 0u || gigabit_knobs.link_down) { /* SLU */
        return false;
    }
    switch (gigabit_knobs.port) {
    case GIGABIT_COPPER:
        return has_negotiated && (control & 0x1800u) == 0u;
    case GIGABIT_BACKPLANE:
        return pcs_is_on && is_forced && rules == 0x18u; /* forced to 1000 full */
    case GIGABIT_SGMII:
        return pcs_is_on && (rules & 0x30031u) == 0x30000u && (REG(PCS_LCTL) & 0x40000u) == 0u && has_negotiated;
    default:
        return pcs_is_on && is_forced && rules == 0x30008u; /* negotiates */
    }
}

static uint32_t read_register(uint32_t offset, uint32_t value)
{
    const bool master = (REG(CTRL) & 4u) == 0u || card_never_ends;
    switch (offset) {
    case STATUS:
        return (link_is_up() ? 2u : 0u) + (master ? 0x80000u : 0u) + (gigabit_knobs.number << 2) + 0x80u;
    case EECD:
        return 0x200u;
    case MDIC:
        return value | 0x10000000u;
    case SWSM:
        REG(SWSM) |= 1u; /* who reads 0 has it */
        return gigabit_knobs.software_has_lock ? value | 1u : value;
    case SW_FW_SYNC:
        return value | (gigabit_knobs.firmware_has_phy ? phy_lock() << 16 : 0u);
    case 0xC030u: /* RQDPC: I210 and I211 clear it when 0 is written, others when it is read */
        REG(offset) = device->buffer == 34u ? value : 0u;
        return value;
    default:
        return offset >= CRCERRS && offset < 0x4100u ? read_count(offset, value) : value;
    }
}

/* -- What the driver must do --------------------------------------------------------------------------------------- */

/* Called when reception begins. */
static void check_set_up(void)
{
    const uint32_t high = REG(FCRTH);
    const uint32_t low = REG(FCRTL) & 0x7FFFFFFFu;
    const uint32_t buffer = 1024u * device->buffer;
    const uint32_t longest = (REG(RCTL) & 0x20u) == 0u ? 1522u : device->is_82574 ? 0u : REG(RLPML);
    require(REG(device->buffer_at) == device->buffer_is && size_at_reset == device->buffer_is,
            "8.3.3: the packet buffer has another size than after power-on");
    require(device->buffer != 34u || (REG(TXPBS) == 0x04000014u && transmit_size_at_reset == 0x04000014u),
            "I210, 8.3: the transmit buffer has another size than after power-on");
    require(high == 0u || high <= buffer - 48u, "I210, 8.5.6: FCRTH is beyond the packet buffer");
    require(high == 0u || high > longest, "I210, 8.5.6: FCRTH is less than a frame");
    require(high % 16u == 0u && low % 16u == 0u, "I210, 8.5.6: reserved bits of FCRTH or FCRTL");
    require(low == 0u || (low < high && low >= 48u), "I210, 8.5.5: FCRTL is not below FCRTH");
    require((REG(CTRL_EXT) & DRIVER_LOADED) != 0u, "8.2.3: firmware does not know of a driver");
    if (device->is_82574) {
        require((REG(GCR) & 0x400000u) != 0u && (REG(GCR2) & 1u) != 0u, "82574 errata: GCR, GCR2");
        require((REG(CTRL) & 0x20000000u) == 0u, "82574 errata: CTRL, bit 29");
        require((REG(CTRL_EXT) & 0xC00000u) == 0x400000u, "82574 errata: CTRL_EXT, bits 22 and 23");
        require((REG(0x3840u) & 0x7C000000u) == 0x4000000u, "82574 errata: TARC0, bits 26 to 30");
        require((card_configuration[LINK_CONTROL / 4u] & 3u) == 0u, "82574 errata: ASPM is on");
        require((card_configuration[LINK_CONTROL / 4u] & 0xFFFF0000u) == 0u, "PCI Express, 7.8.8: status is cleared");
    }
}

static void check_phy_lock(void)
{
    const uint32_t others = phy_lock() << 16;
    require(device->is_82574 || (REG(SW_FW_SYNC) & phy_lock()) != 0u,
            "I210, 4.6.1: the PHY without its lock in SW_FW_SYNC");
    require(device->is_82574 || gigabit_knobs.firmware_has_phy || (REG(SW_FW_SYNC) & others) == 0u,
            "I210, 4.6.1: the PHY, which firmware has");
    require(!device->is_82574 || (REG(EXTCNF_CTRL) & 0x20u) != 0u,
            "82574, 10.2: the PHY without its lock in EXTCNF_CTRL");
}

static void written(uint32_t offset, uint32_t value)
{
    switch (offset) {
    case CTRL:
        if ((value & CTRL_RESET) != 0u) {
            size_at_reset = REG(device->buffer_at);
            transmit_size_at_reset = REG(TXPBS);
            REG(CTRL) = 0x20001800u; /* reset, but for what an erratum or an EEPROM sets */
            REG(CTRL_EXT) &= ~DRIVER_LOADED;
            REG(RXCSUM) = 0;
            has_context[0] = has_context[1] = false;
            context_tag[0] = context_tag[1] = 0;
            has_negotiated = false;
        }
        break;
    case RCTL:
        if ((value & 2u) != 0u) {
            check_set_up();
        }
        break;
    case MDIC:
        check_phy_lock();
        require(gigabit_knobs.port == GIGABIT_COPPER || gigabit_knobs.port == GIGABIT_SGMII, "8.2.4: there is no PHY");
        has_negotiated = has_negotiated || (value & 0x1200u) == 0x1200u;
        break;
    case SW_FW_SYNC:
        require((REG(SWSM) & 3u) == 3u && !gigabit_knobs.software_has_lock, "I210, 4.6.1: SW_FW_SYNC without SWSM");
        break;
    case SWSM:
        gigabit_knobs.software_has_lock = gigabit_knobs.software_has_lock && (value & 1u) != 0u;
        break;
    default:
        break;
    }
}

/* -- Frames -------------------------------------------------------------------------------------------------------- */

static uint64_t load(uint64_t address)
{
    const uint8_t *bytes = device_memory_at(address, 8);
    uint64_t word = 0;
    assert_non_null(bytes);
    memcpy(&word, bytes, sizeof word);
    return word;
}

static void store(uint64_t address, uint64_t word, uint32_t size)
{
    uint8_t *bytes = device_memory_at(address, size);
    assert_non_null(bytes);
    memcpy(bytes, &word, size);
}

static uint32_t receive_queue(void)
{
    return device->is_82574 ? 0x2800u : 0xC000u;
}

static uint64_t descriptor_at(uint32_t queue, uint32_t index)
{
    return ((uint64_t)REG(queue + 4u) << 32) + REG(queue) + 16u * index;
}

void gigabit_receive(uint32_t length, bool damaged)
{
    const bool is_long = length + FCS_SIZE > ((REG(RCTL) & 0x20u) != 0u && !device->is_82574 ? REG(RLPML) : 1522u);
    if ((REG(RCTL) & 2u) == 0u || !link_is_up()) {
        return;
    }
    if (damaged) {
        gigabit_count(CRCERRS, 1);
    } else if (length < FRAME_MIN || is_long) {
        gigabit_count(length < FRAME_MIN ? RUC : ROC, 1);
        gigabit_count(RLEC, 1); /* counts these frames once more (I210, 8.18.14) */
    } else if (fifo_bytes + length > 1024u * device->buffer || fifo_count == FIFO_FRAMES) {
        gigabit_count(MPC, 1);
    } else {
        gigabit_count(GPRC, 1); /* does not count those of MPC */
        gigabit_count_bytes(GORC, length + FCS_SIZE);
        const uint32_t at = (fifo_first + fifo_count) % FIFO_FRAMES;
        fifo[at] = length;
        is_counted[at] = false;
        fifo_count++;
        fifo_bytes += length;
    }
}

uint32_t gigabit_waiting(void)
{
    return fifo_count;
}

static void leave_fifo(void)
{
    fifo_bytes -= fifo[fifo_first];
    fifo_first = (fifo_first + 1u) % FIFO_FRAMES;
    fifo_count--;
}

/* With Drop_En a frame without a descriptor is dropped. An 82574 keeps it. RNBC counts it in both. */
static bool lacks_descriptor(uint32_t queue)
{
    if (REG(queue + 0x10u) != REG(queue + 0x18u)) {
        return false;
    }
    if (!is_counted[fifo_first] && !gigabit_knobs.rnbc_counts_times) {
        gigabit_count(RNBC, 1);
    }
    is_counted[fifo_first] = true;
    return true;
}

/* Return true if tags are removed and inserted (I210, 7.4.3; 82583, 7.5.2).
 * DOUBT: CTRL.VME is also needed for insertion in each of these cards. */
static bool has_tags(void)
{
    const bool is_on = (REG(CTRL) & TAGS_CTRL_VME) != 0u;
    require(!is_on || (REG(VET) & 0xFFFFu) == TAGS_TYPE, "7.4: tags of another EtherType");
    require(!is_on || device->is_82574 || (REG(CTRL_EXT) & TAGS_DOUBLE) == 0u, "7.4.5: frames with an external tag");
    return is_on;
}

/* Write the first frame to memory, without its tag if the queue removes it. Return the bits of its descriptor. */
static uint64_t write_frame(uint64_t address, uint32_t *length)
{
    static uint8_t bytes[16384];
    const bool is_i350 = device->buffer == 36u; /* it also has a register for each queue (Linux) */
    const bool strips = has_tags() && (!is_i350 || (REG(0xC038u) & 0x40000000u) != 0u);
    assert_non_null(device_memory_at(address, *length));
    if (gigabit_bytes == NULL) {
        return TAGS_NONE;
    }
    memcpy(bytes, gigabit_bytes, *length);
    const uint64_t tag = strips ? tags_strip(bytes, length, device->is_82574) : TAGS_NONE;
    memcpy(device_memory_at(address, *length), bytes, *length);
    return tag;
}

static bool step_receive(void)
{
    const uint32_t queue = receive_queue();
    if (fifo_count == 0u) {
        return false;
    }
    if (lacks_descriptor(queue)) {
        if (device->is_82574) {
            return false;
        }
        require((REG(queue + 0xCu) & 0x80000000u) != 0u, "8.10.2: no Drop_En");
        const uint32_t refused = REG(queue + 0x30u); /* 12 bits of an 82576 */
        REG(queue + 0x30u) = device->buffer == 64u && refused >= 0xFFFu ? 0xFFFu : refused + 1u;
        leave_fifo();
        return true;
    }
    const uint32_t head = REG(queue + 0x10u);
    const uint64_t at = descriptor_at(queue, head);
    uint32_t length = fifo[fifo_first];
    const uint64_t tag = write_frame(load(at), &length);
    const uint64_t status = checksum_status((REG(RXCSUM) & 0x200u) != 0u ? gigabit_knobs.verdict : CHECKSUM_UNKNOWN,
                                            device->is_82574, 29u);
    if (device->is_82574) {
        store(at + 8u, length + (UINT64_C(3) << 32) + status + tag, 8);
    } else {
        store(at, 0x5A5A, 8);
        store(at + 8u, ((uint64_t)length << 32) + 3u + status + tag, 8);
    }
    REG(queue + 0x10u) = (head + 1u) % (REG(queue + 8u) / 16u);
    leave_fifo();
    return true;
}

/* Check a descriptor (7.2.2; 82574, 7.2), and load a context. Return true if it was one. */
static bool load_context(const uint64_t *descriptor, uint32_t number)
{
    uint64_t word = descriptor[1];
    const uint64_t type = word & 0x20F00000u;
    if (checksum_is_context(word, device->is_82574)) {
        const char *fault = checksum_context_fault(descriptor, device->is_82574);
        require(fault == NULL, fault);
        has_context[number] = true;
        context_tag[number] = device->is_82574 ? 0u : checksum_context_tag(descriptor);
        require(context_tag[number] == 0u || has_tags(), "7.2.2.2: an unwanted tag");
        return true;
    }
    require((word & TAGS_VLE) == 0u || (has_tags() && (device->is_82574 || has_context[number])),
            "7.4.3.1: a tag without a context, or without CTRL.VME");
    if ((word & TAGS_VLE) != 0u) {
        word &= ~(TAGS_VLE + (device->is_82574 ? TAGS_FIELD : 0u));
    }
    if (device->is_82574) {
        require(type == 0u || type == 0x20100000u, "82574, 7.2: a descriptor of no type");
        require(type != 0u || (word & UINT64_C(0xFFFFFFFFF4FF0000)) == 0u, "82574, 7.2.5: an unwanted offload");
        require(type == 0u || (word & UINT64_C(0xFFFFFFFFD40F0000)) == CHECKSUM_TXSM, "82574, 7.2: an unwanted bit");
    } else {
        require(type == 0x20300000u, "7.2.2.3: no advanced data descriptor");
        require((word & UINT64_C(0x00003DFFD40F0000)) == 0u, "7.2.2.3: an unwanted offload");
        require(word >> 46 == (word & 0xFFFFu), "7.2.2.3.11: another length of the payload");
    }
    require((word & CHECKSUM_TXSM) == 0u || has_context[number], "7.2.5.2: a checksum without a context");
    return false;
}

/* Send a frame, with its checksum if the descriptor asks for it. */
static void send_frame(const uint64_t *descriptor, uint32_t number, uint32_t length)
{
    static uint8_t bytes[16384];
    assert_non_null(device_memory_at(descriptor[0], length));
    memcpy(bytes, device_memory_at(descriptor[0], length), length);
    if ((descriptor[1] & CHECKSUM_TXSM) != 0u) {
        checksum_insert(bytes, length);
    }
    const uint32_t tag = tags_wanted(descriptor[1], !device->is_82574, context_tag[number]);
    length = tag != UINT32_MAX ? tags_insert(bytes, length, tag) : length;
    if (gigabit_sent != NULL) {
        gigabit_sent(bytes, length);
    }
    gigabit_count(GPTC, 1);
    gigabit_count_bytes(GOTC, (length < FRAME_MIN ? FRAME_MIN : length) + FCS_SIZE);
}

static bool step_transmit(uint32_t queue, uint32_t number)
{
    const uint32_t head = REG(queue + 0x10u);
    if (head == REG(queue + 0x18u) || REG(queue + 8u) == 0u || (REG(TCTL) & 2u) == 0u || !link_is_up()) {
        return false;
    }
    const uint64_t at = descriptor_at(queue, head);
    const uint64_t descriptor[2] = {load(at), load(at + 8u)};
    const uint64_t command = descriptor[1];
    const uint32_t length = load_context(descriptor, number) ? 0u : (uint32_t)(command & 0xFFFFu);
    const uint32_t next = (head + 1u) % (REG(queue + 8u) / 16u);
    if (length > 0u) {
        send_frame(descriptor, number, length);
    }
    REG(queue + 0x10u) = next;
    if ((command & (UINT64_C(1) << 27)) != 0u && device->is_82574) {
        store(at + 8u, command | (UINT64_C(1) << 32), 8);
    } else if ((command & (UINT64_C(1) << 27)) != 0u) {
        store(((uint64_t)REG(queue + 0x3Cu) << 32) + (REG(queue + 0x38u) & ~3u), next, 4);
    }
    return true;
}

void gigabit_run(void)
{
    const uint32_t first = device->is_82574 ? 0x3800u : 0xE000u;
    const uint32_t second = first + (device->is_82574 ? 0x100u : 0x40u);
    for (uint32_t i = 0; i < 100000u; i++) {
        const bool moves = step_receive();
        const bool sends = step_transmit(first, 0u);
        if (!step_transmit(second, 1u) && !moves && !sends) {
            return;
        }
    }
}

/* -- Power --------------------------------------------------------------------------------------------------------- */

static void reset_function(uint32_t n)
{
    (void)n;
}

static bool clears(uint32_t offset)
{
    (void)offset;
    return false;
}

static bool begins(uint32_t offset, uint32_t value, bool is_virtual)
{
    const bool is_queue = !device->is_82574 && ((offset & 0x1FC3Fu) == 0xC028u || (offset & 0x1FC3Fu) == 0xE028u);
    return !is_virtual && ((is_queue && (value & 0x2000000u) != 0u) ||
                           (device->is_82574 && offset == RCTL && (value & 2u) != 0u));
}

static struct card_kind kind = {
    .mailbox = REGISTERS_SIZE,
    .requests_each = 1,
    .control_extended = 0x18u,
    .read = read_register,
    .written = written,
    .reset_function = reset_function,
    .begins = begins,
    .clears = clears,
};

void gigabit_power_on(const struct gigabit_device *powered)
{
    device = powered;
    fifo_first = fifo_count = fifo_bytes = 0;
    has_negotiated = false;
    kind.id = ((uint32_t)device->id << 16) + 0x8086u;
    card_power_on(&kind);
    card_configuration[0x100 / 4] = 0; /* no SR-IOV */
    card_configuration[LINK_CONTROL / 4u] = 0xD0110043u;
    REG(RAL) = 0x12211B00u; /* 00:1b:21:12:34:56 */
    REG(RAL + 4u) = 0x80005634u;
    REG(device->buffer_at) = 8;
    REG(TXPBS) = 0x1234;
    REG(CTRL_EXT) = ((uint32_t)gigabit_knobs.port << 22) + 0x80u + (device->is_82574 ? 0x800000u : 0u);
    REG(PCS_LCTL) = 0x60035u;
    REG(VET) = 0x88A89100u;
    REG(CTRL_EXT) |= device->is_82574 ? 0u : TAGS_DOUBLE;
    REG(0x3840u) = 0x78000000u + 0x403u;
}
