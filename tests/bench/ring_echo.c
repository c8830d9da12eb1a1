/* ring_echo.c: a node that answers ping, compiled into the loop of the ring; its frames, and its replies. */
#include "../../examples/nf/nf.h"
#include "ring_frames.h"
#include "ring_node.h"

/* Ethernet and IPv6 headers, Echo Request, 56 bytes. */
const uint32_t ring_frame_length = 14u + 40u + 8u + 56u;
const char *const ring_options[] = {NULL};

const char nf_name[] = "echo";
const uint32_t nf_state_size = NF_NO_STATE; /* the benchmark has one agent */
const struct nf_extra nf_extras = NF_NO_EXTRAS;

static struct v6nf_node node;

void nf_start(void *state, const uint8_t *secret)
{
    (void)state;
    (void)secret;
    ring_node_start(&node, 0u);
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
