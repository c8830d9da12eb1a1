/* fixture_attacks.c: what the attacks share; see fixture_attacks.h. */
#include "fixture_attacks.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

const struct test_station attack_host = {.mac = ATTACK_MAC, .address = "fe80::66"};
static struct test_frame in;

const char *attack_numbered(const char *prefix, unsigned number)
{
    static char text[INET6_ADDRSTRLEN];
    snprintf(text, sizeof text, "%s%x", prefix, number);
    return text;
}

void attack_put16(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value / 256u);
    p[1] = (uint8_t)value;
}

void attack_eavesdrop(struct segment *s, segment_listener *listener, uint32_t seconds)
{
    s->listener = listener;
    s->listens_until = s->f.now + seconds * SECOND;
}

/* A burst is at most one packet per millisecond. */
static void strike(struct segment *s)
{
    segment_strike(s, &in);
    segment_run_until(s, s->f.now + MILLISECOND);
}

void attack_solicit_as(struct segment *s, const char *source, const char *mac)
{
    const char *group = test_solicited_node(SEGMENT_NODE);
    frame_ns(&in, test_group_mac(group), ATTACK_MAC, source, group, SEGMENT_NODE, mac);
    strike(s);
}

void attack_advertise_as(struct segment *s, const char *target, uint8_t flags)
{
    frame_na(&in, ATTACK_ALL_NODES_MAC, ATTACK_MAC, target, ATTACK_ALL_NODES, target, flags & (uint8_t)~NA_S,
             ATTACK_MAC);
    if ((flags & NA_S) != 0u) {
        frame_na(&in, NODE_MAC, ATTACK_MAC, target, SEGMENT_NODE, target, flags, ATTACK_MAC);
    }
    strike(s);
}

void attack_ping_as(struct segment *s, const char *source, const char *mac)
{
    frame_echo(&in, NODE_MAC, mac, source, SEGMENT_NODE, 128, 6, 6, 0);
    strike(s);
}

void attack_answer_as_router(struct segment *s, const struct test_frame *frame)
{
    uint8_t target[16];
    char node[INET6_ADDRSTRLEN];
    test_address(target, attack_host.address);
    if (frame->bytes[20] == 58 && frame->bytes[54] == 135 && memcmp(frame->bytes + 62, target, 16) == 0) {
        inet_ntop(AF_INET6, frame->bytes + 22, node, sizeof node);
        frame_na(&in, NODE_MAC, ATTACK_MAC, attack_host.address, node, attack_host.address, NA_R | NA_S | NA_O,
                 ATTACK_MAC);
        segment_post(s, &in);
    }
}

void attack_nothing(struct segment *s)
{
    (void)s;
}
