/* ring_echo.c: a node that answers ping, compiled into the loop of the ring; its frames, and its replies. */
#include <string.h>

#include "../../examples/nf/nf.h"
#include "packets.h"
#include "ring_frames.h"
#include "v6nf/v6nf.h"

/* Ethernet and IPv6 headers, Echo Request, 56 bytes. */
const uint32_t ring_frame_length = 14u + 40u + 8u + 56u;

const char nf_name[] = "echo";
const uint32_t nf_state_size = NF_NO_STATE; /* the benchmark has one agent */

static struct v6nf_node node;

/* Let the node solicit its peer's address once, and answer it. */
static void resolve(void)
{
    uint8_t frame[FRAME_CAPACITY];
    uint32_t length = packet_write_request(frame, WORK_ECHO_56);
    (void)v6nf_node_input(&node, frame, length, FRAME_CAPACITY, 0);
    length = packet_write_advertisement(frame);
    (void)v6nf_node_input(&node, frame, length, FRAME_CAPACITY, 0);
}

void nf_start(void *state, const uint8_t *secret)
{
    struct v6nf_node_config config = {.mac = host_mac, .mtu = 1500u, .dad_transmits = 0u, .seed = 1u};
    struct v6nf_address address;
    (void)state;
    (void)secret;
    memcpy(address.bytes, host_address, sizeof host_address);
    (void)v6nf_node_init(&node, &config, 0);
    (void)v6nf_node_add_address(&node, &address, 64u, 0);
    resolve();
}

uint32_t nf_poll(void *state, struct nf_path *path, uint32_t input, uint64_t now)
{
    struct v6nf_run_context context = {.node = &node, .now = now};
    (void)state;
    (void)input;
    return NF_POLL(path, v6nf_run_handler, &context);
}

void ring_frame_write(uint8_t *frame, uint32_t number, bool back)
{
    (void)number;
    (void)back;
    (void)packet_write_request(frame, WORK_ECHO_56);
}

bool ring_frame_is_good(const uint8_t *frame)
{
    uint8_t request[FRAME_CAPACITY];
    (void)packet_write_request(request, WORK_ECHO_56);
    return packet_reply_fault(WORK_ECHO_56, request, frame, ring_frame_length) == NULL;
}
