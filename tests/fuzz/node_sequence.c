/* node_sequence.c: a libFuzzer target for sequences of received frames, passing time, and calls of a program.
 *
 * An input is a sequence of records of 16 bytes (choices.h): the node's configuration, then one step each. Packets are
 * built as hosts, routers and servers build them, from few addresses. Then they may be damaged, fragmented or repeated.
 * After each call of the library its tables and its output are checked (node_checks.h). Each input runs twice
 * (twice.c). */
#include "packets.h"
#include "steps.h"

#define STEPS_MAX 128u /* mutate.c makes no more */

/* -- What the node sent -------------------------------------------------------------------------------------------- */

static uint8_t frames[SENT_FRAMES][FRAME_MAX];
static uint32_t lengths[SENT_FRAMES];
static uint32_t frames_count;
uint32_t frames_since_link;

/* Solicitations that no host has answered yet. */
#define SOLICITATIONS 4u
static uint8_t solicitations[SOLICITATIONS][86];
static uint32_t solicitations_count;

const uint8_t *frame_sent(uint32_t back, uint32_t *length)
{
    if (back >= frames_count || back >= SENT_FRAMES) {
        return NULL;
    }
    uint32_t at = (frames_count - 1u - back) % SENT_FRAMES;
    *length = lengths[at];
    return frames[at];
}

void note_sent(const uint8_t *frame, uint32_t length, uint64_t now)
{
    (void)now;
    if (length > FRAME_MAX) {
        return;
    }
    memcpy(frames[frames_count % SENT_FRAMES], frame, length);
    lengths[frames_count % SENT_FRAMES] = length;
    frames_count++;
    frames_since_link++;
    if (frame[20] == 58u && frame[54] == 135u && !is_zero(frame + 22, 16) && solicitations_count < SOLICITATIONS) {
        memcpy(solicitations[solicitations_count], frame, sizeof solicitations[0]);
        solicitations_count++;
    }
}

/* Answer the solicitations of the node as the solicited hosts do. */
void answer_solicitations(uint64_t now)
{
    uint32_t count = solicitations_count;
    solicitations_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        build_answer(solicitations[i]);
        deliver_bytes(built.bytes, built.length, now);
    }
}

/* -- A run --------------------------------------------------------------------------------------------------------- */

static void make_node(void)
{
    static const uint8_t secret[16] = {1, 2, 3};
    static const uint16_t mtus[8] = {1500, 1500, 1500, 1500, 1280, 1400, 9000, 1500};
    static const struct v6nf_address own = {{0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    static const struct v6nf_address gateway = {{0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xA0}};
    uint8_t how = any8();
    uint8_t what = any8();
    start_program();
    link_mtu = mtus[any8() % 8u];
    const struct v6nf_node_config config = {.mac = mac,
                                            .mtu = link_mtu,
                                            .dad_transmits = (how & 1u) != 0u ? below(4) : 0u,
                                            .seed = any8(),
                                            .checksums = device_checksums(),
                                            .predictable = true,
                                            .autoconfigure = (how & 2u) != 0u,
                                            .secret = (how & 4u) != 0u ? secret : NULL,
                                            .temporary_addresses = (how & 8u) != 0u,
                                            .optimistic = (how & 16u) != 0u,
                                            .announce = (how & 32u) != 0u,
                                            .plain_detection = (how & 64u) == 0u,
                                            .ignore_redirects = (how & 128u) != 0u,
                                            .router = (how & 2u) == 0u && (what & 96u) == 96u};
    forget_path_mtus();
    CHECK(v6nf_node_init(&node, &config, 0) == V6NF_OK);
    CHECK(v6nf_udp_bind(&node, ECHO_PORT, echo_handler, NULL) == V6NF_OK);
    (void)v6nf_udp_bind(&node, SILENT_PORT, silent_handler, NULL);
    (void)v6nf_udp_bind(&node, LENGTH_PORT, length_handler, NULL);
    (void)v6nf_udp_on_error(&node, SILENT_PORT, error_handler);
    (void)v6nf_udp_allow_no_checksum(&node, SILENT_PORT, what >> 2 & V6NF_UDP_SEND);
    if ((what & 1u) == 0u) {
        (void)v6nf_node_add_address(&node, &own, 64, 0);
    }
    if ((what & 2u) == 0u) {
        (void)v6nf_node_set_gateway(&node, &gateway);
    }
    poison_tables();
}

static void run_input(const uint8_t *data, size_t size)
{
    uint64_t now = 0;
    start_choices(data, size);
    frames_count = frames_since_link = solicitations_count = 0;
    (void)next_record();
    make_node();
    for (uint32_t i = 0; i < STEPS_MAX && next_record(); i++) {
        now = execute_step(now);
    }
    end_steps(now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    run_twice(run_input, data, size);
    return 0;
}
