/* ring_udp.c: a node that returns datagrams of 1400 bytes, compiled into the loop of a ring whose card verifies their
 * checksums and inserts those of the replies. */
#include <string.h>

#include "../../examples/nf/nf.h"
#include "ring_frames.h"
#include "ring_node.h"

/* Ethernet, IPv6 and UDP headers, 1400 bytes. */
const uint32_t ring_frame_length = 14u + 40u + 8u + 1400u;
const char *const ring_options[] = {NULL};

const char nf_name[] = "udp";
const uint32_t nf_state_size = NF_NO_STATE;
const struct nf_extra nf_extras = NF_NO_EXTRAS;

static struct v6nf_node node;

/* The node does not know that the payload is unchanged: each reply has a new checksum. */
static uint32_t echo(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    return datagram->length;
}

void nf_start(void *state, const uint8_t *secret)
{
    (void)state;
    (void)secret;
    ring_node_start(&node, V6NF_PORT_VERIFIES | V6NF_PORT_INSERTS);
    (void)v6nf_udp_bind(&node, PORT_ECHO_RECOMPUTED, echo, 0);
}

uint32_t nf_poll(void *state, struct nf_path *path, uint32_t input, uint64_t now)
{
    struct v6nf_run_context context = {.node = &node, .now = now};
    (void)state;
    (void)input;
    return v6nf_ring_poll(&path->ring, V6NF_RING_LEGACY_CHECKSUMS, NF_OUTPUTS, v6nf_run_handler, &context);
}

void ring_frame_write(uint8_t *frame, uint32_t number, bool back)
{
    (void)number;
    (void)back;
    (void)packet_write_request(frame, WORK_UDP_1400_RECOMPUTED);
}

/* Return true if the reply has the sum of the pseudo-header: its one's complement, written by software, is right. */
bool ring_frame_is_good(const uint8_t *frame)
{
    uint8_t request[FRAME_CAPACITY];
    uint8_t reply[FRAME_CAPACITY];
    uint32_t sum = 0;
    (void)packet_write_request(request, WORK_UDP_1400_RECOMPUTED);
    memcpy(reply, frame, ring_frame_length);
    for (uint32_t i = 54; i < ring_frame_length; i += 2u) {
        sum += ((uint32_t)reply[i] << 8) + reply[i + 1u];
    }
    sum = (sum & 0xFFFFu) + (sum >> 16);
    sum = 0xFFFFu - ((sum & 0xFFFFu) + (sum >> 16));
    reply[60] = (uint8_t)(sum >> 8);
    reply[61] = (uint8_t)sum;
    return packet_reply_fault(WORK_UDP_1400_RECOMPUTED, request, reply, ring_frame_length) == NULL;
}
