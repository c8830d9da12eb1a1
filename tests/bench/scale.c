/* scale.c: many peers in turn, each with a packet. Verify every reply.
 *
 *   scale on-link PEERS SAMPLE    Echo Requests of neighbors, which the subject resolves
 *   scale off-link PEERS SAMPLE   the same from behind one router
 *   scale flood PEERS SAMPLE      Neighbor Solicitations from ever new sources, after `on-link`
 *   scale tick PEERS SAMPLE       ticks when nothing is due, after `on-link`
 *
 * Print the number of answers and solicitations in the sample and, except under valgrind, nanoseconds per packet of
 * the subject. callgrind counts the sample alone if it starts without instrumentation. SCALE_SUBJECT is the subject. */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <valgrind/callgrind.h>

#include "packets.h"
#include "subject.h"

/* Requests before the sample, unless fewer are one round of the peers: enough to fill every table. */
#define WARM_UP 300000u

/* Peers beyond those of any round: the sources of the flood. */
#define FLOOD_FIRST 0x100000000u

static const struct subject *const subject = &SCALE_SUBJECT;

static const uint8_t router_mac[6] = {0x02, 0xff, 0, 0, 0, 0x01};
static const uint8_t router_address[16] = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x01};

/* What happened since reset_totals(). */
static struct {
    uint32_t requests;
    uint32_t answers;
    uint32_t solicitations;
    double nanoseconds;
} total;

static double clock_cost;

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "scale: %s: %s: %s\n", subject->name, what, why);
    exit(1);
}

static double nanoseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void measure_clock(void)
{
    clock_cost = 1e9;
    for (uint32_t i = 0; i < 10000u; i++) {
        double start = nanoseconds();
        double cost = nanoseconds() - start;
        clock_cost = cost < clock_cost ? cost : clock_cost;
    }
}

/* Mix a number to another, each to one alone (the finalizer of SplitMix64). */
static uint64_t mix(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

/* Write the address of peer `number`: of the host's on-link prefix, or of 2001:db8:1::/48. */
static void write_address(uint8_t *address, uint64_t number, bool on_link)
{
    uint64_t identifier = mix(number);
    memcpy(address, host_address, 8u);
    address[5] = on_link ? 0u : 1u;
    address[7] = on_link ? 0u : (uint8_t)number;
    for (uint32_t i = 0; i < 8u; i++) {
        address[8u + i] = (uint8_t)(identifier >> (8u * i));
    }
}

static void write_mac(uint8_t *mac, uint64_t number)
{
    mac[0] = 0x02;
    for (uint32_t i = 0; i < 5u; i++) {
        mac[5u - i] = (uint8_t)(number >> (8u * i));
    }
}

/* Let the subject handle a frame. Return the length of the frame that it sent. */
static uint32_t handle(const uint8_t *frame, uint32_t length)
{
    uint32_t slot = total.requests % SLOTS;
    subject->load(slot, frame, length);
    double start = nanoseconds();
    uint32_t sent = subject->handle(slot);
    total.nanoseconds += nanoseconds() - start - clock_cost;
    return sent;
}

static const uint8_t *reply(void)
{
    return subject->reply(total.requests % SLOTS);
}

/* Send a request. If the subject solicits the neighbor, advertise it. */
static void exchange(enum work work, const uint8_t *request, uint32_t length, const uint8_t *neighbor)
{
    uint32_t sent = handle(request, length);
    if (packet_is_solicitation(reply(), sent)) {
        uint8_t advertisement[FRAME_CAPACITY];
        total.solicitations++;
        (void)packet_write_advertisement(advertisement);
        sent = handle(advertisement, packet_set_peer(advertisement, request + 6, neighbor));
    }
    if (sent != 0u) {
        const char *fault = packet_reply_fault(work, request, reply(), sent);
        if (fault != 0) {
            fail(work_name(work), fault);
        }
        total.answers++;
    }
    total.requests++;
}

/* Send the request of peer `number`. */
static void send_request(enum work work, uint64_t number, bool on_link)
{
    uint8_t request[FRAME_CAPACITY];
    uint8_t mac[6];
    uint8_t address[16];
    write_mac(mac, number);
    write_address(address, number, on_link);
    (void)packet_write_request(request, work);
    uint32_t length = packet_set_peer(request, on_link ? mac : router_mac, address);
    exchange(work, request, length, on_link ? address : router_address);
}

static void hear_router(void)
{
    uint8_t frame[FRAME_CAPACITY];
    uint32_t length = packet_write_router_advertisement(frame, router_mac, router_address);
    (void)handle(frame, length);
    subject->set_router(router_address);
}

static void begin_sample(void)
{
    memset(&total, 0, sizeof total);
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
}

static void end_sample(const char *name, uint32_t peers, uint32_t sample)
{
    char label[64];
    snprintf(label, sizeof label, "%s-%u %u", name, (unsigned)peers, (unsigned)sample);
    CALLGRIND_DUMP_STATS_AT(label);
    CALLGRIND_STOP_INSTRUMENTATION;
    printf("%s-%u sample %u answers %u solicitations %u", name, (unsigned)peers, (unsigned)sample,
           (unsigned)total.answers, (unsigned)total.solicitations);
    if (!RUNNING_ON_VALGRIND) {
        printf(" nanoseconds %.1f", total.nanoseconds / sample);
    }
    printf("\n");
}

/* Let the peers send in turn, one whole round at least. */
static void run_peers(const char *name, bool on_link, uint32_t peers, uint32_t sample)
{
    uint32_t warm_up = on_link ? 2u * peers : peers;
    warm_up = warm_up > WARM_UP ? WARM_UP : warm_up < 100u ? 100u : warm_up;
    for (uint32_t i = 0; i < warm_up; i++) {
        send_request(WORK_ECHO_56, i % peers, on_link);
    }
    if (sample != 0u) {
        begin_sample();
        for (uint32_t i = 0; i < sample; i++) {
            send_request(WORK_ECHO_56, (warm_up + i) % peers, on_link);
        }
        end_sample(name, peers, sample);
    }
}

/* Flood as long as the warm-up is, before the sample. */
static void run_flood(uint32_t peers, uint32_t sample)
{
    uint64_t number = FLOOD_FIRST;
    run_peers("", true, peers, 0);
    for (uint32_t i = 0; i < 2u * peers && i < WARM_UP; i++) {
        send_request(WORK_SOLICITATION, number++, true);
    }
    begin_sample();
    for (uint32_t i = 0; i < sample; i++) {
        send_request(WORK_SOLICITATION, number++, true);
    }
    end_sample("flood", peers, sample);
}

/* Tick each millisecond, ten seconds long without counting: what is due after a start is done then. No neighbor stops
 * being REACHABLE before the end. */
static void run_ticks(uint32_t peers, uint32_t sample)
{
    run_peers("", true, peers, 0);
    for (uint32_t i = 0; i < 10000u; i++) {
        (void)subject->tick(1000u);
    }
    begin_sample();
    for (uint32_t i = 0; i < sample; i++) {
        if (subject->tick(1000u) != 0u) {
            fail("tick", "a frame was due");
        }
    }
    end_sample("tick", peers, sample);
}

int main(int argument_count, char **arguments)
{
    const char *command = argument_count > 1 ? arguments[1] : "";
    uint32_t peers = argument_count > 3 ? (uint32_t)strtoul(arguments[2], 0, 10) : 0u;
    uint32_t sample = argument_count > 3 ? (uint32_t)strtoul(arguments[3], 0, 10) : 0u;
    if (peers == 0u || sample == 0u) {
        fprintf(stderr, "usage: scale on-link|off-link|flood|tick PEERS SAMPLE\n");
        return 2;
    }
    measure_clock();
    subject->open();
    if (strcmp(command, "off-link") == 0) {
        hear_router();
        run_peers(command, false, peers, sample);
    } else if (strcmp(command, "on-link") == 0) {
        run_peers(command, true, peers, sample);
    } else if (strcmp(command, "flood") == 0) {
        run_flood(peers, sample);
    } else if (strcmp(command, "tick") == 0) {
        run_ticks(peers, sample);
    } else {
        fail(command, "no such command");
    }
    return 0;
}
