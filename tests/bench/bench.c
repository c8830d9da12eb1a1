/* bench.c: drive a subject and verify every reply, so that a dropped packet never counts as a fast one.
 *
 *   bench count SUBJECT   under callgrind: one dump for each kind of work and number of packets
 *   bench time            nanoseconds per packet, the library and lwIP in alternating rounds
 *   bench floor           the same of the library and a bare responder, and of a checksum and loops that gcc vectorizes
 *   bench describe        version and options of the lwIP that is measured */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <valgrind/callgrind.h>

#include "packets.h"
#include "subject.h"

#define WARM_UP 50u

/* An odd number of rounds has a median. */
#define ROUNDS 101u
#define BATCHES_PER_ROUND 250u

/* Checksums of this length are timed. */
#define SUM_LENGTH 1400u
#define SUMS_PER_ROUND 1000u

/* Two numbers of packets, which must give the same instructions per packet. */
static const uint32_t counts[] = {100u, 300u};

static void fail(const struct subject *subject, const char *what, const char *why)
{
    fprintf(stderr, "bench: %s: %s: %s\n", subject->name, what, why);
    exit(1);
}

/* Send one request and verify the reply. */
static void exchange(const struct subject *subject, enum work work, const uint8_t *request, uint32_t length)
{
    subject->load(0, request, length);
    uint32_t sent = subject->handle(0);
    const char *fault = sent == 0u ? "nothing was sent" : packet_reply_fault(work, request, subject->reply(0), sent);
    if (fault != 0) {
        fail(subject, work_name(work), fault);
    }
}

/* Let the subject resolve its peer. The first reply waits, and is sent when the peer's advertisement arrives. */
static void resolve(const struct subject *subject)
{
    uint8_t request[FRAME_CAPACITY];
    uint8_t advertisement[FRAME_CAPACITY];
    uint32_t length = packet_write_request(request, WORK_ECHO_56);
    subject->load(0, request, length);
    uint32_t sent = subject->handle(0);
    if (sent == 0u || !packet_is_solicitation(subject->reply(0), sent)) {
        fail(subject, "address resolution", "no Neighbor Solicitation");
    }
    length = packet_write_advertisement(advertisement);
    subject->load(0, advertisement, length);
    sent = subject->handle(0);
    const char *fault =
        sent == 0u ? "nothing was sent" : packet_reply_fault(WORK_ECHO_56, request, subject->reply(0), sent);
    if (fault != 0) {
        fail(subject, "packet that waited for address resolution", fault);
    }
    if (!subject->resolved()) {
        fail(subject, "address resolution", "the neighbor is not REACHABLE");
    }
}

/* Refuse a subject that saves the work of verifying checksums. */
static void require_verification(const struct subject *subject, enum work work)
{
    uint8_t request[FRAME_CAPACITY];
    uint32_t length = packet_write_request(request, work);
    request[length - 1u] = (uint8_t)(request[length - 1u] ^ 1u);
    subject->load(0, request, length);
    if (subject->handle(0) != 0u) {
        fail(subject, work_name(work), "answered a packet with a wrong checksum");
    }
}

static void open_subject(const struct subject *subject)
{
    subject->open();
    resolve(subject);
    for (uint32_t i = 0; i < WORK_COUNT; i++) {
        require_verification(subject, (enum work)i);
    }
}

/* The bare responder knows its neighbor. It must do the rest as the others do. */
static void open_floor(void)
{
    subject_floor.open();
    for (uint32_t i = 0; i < WORK_COUNT; i++) {
        uint8_t request[FRAME_CAPACITY];
        uint32_t length = packet_write_request(request, (enum work)i);
        exchange(&subject_floor, (enum work)i, request, length);
        require_verification(&subject_floor, (enum work)i);
    }
}

static void count_work(const struct subject *subject, enum work work, uint32_t packets)
{
    uint8_t request[FRAME_CAPACITY];
    uint32_t length = packet_write_request(request, work);
    char label[64];
    snprintf(label, sizeof label, "%s %u", work_name(work), (unsigned)packets);
    for (uint32_t i = 0; i < WARM_UP; i++) {
        exchange(subject, work, request, length);
    }
    CALLGRIND_ZERO_STATS;
    for (uint32_t i = 0; i < packets; i++) {
        exchange(subject, work, request, length);
    }
    CALLGRIND_DUMP_STATS_AT(label);
}

static void count(const struct subject *subject)
{
    if (subject == &subject_floor) {
        open_floor();
    } else {
        open_subject(subject);
    }
    for (uint32_t i = 0; i < WORK_COUNT; i++) {
        for (uint32_t j = 0; j < sizeof counts / sizeof counts[0]; j++) {
            count_work(subject, (enum work)i, counts[j]);
        }
    }
    if (!subject->resolved()) {
        fail(subject, "counting", "the neighbor did not stay REACHABLE");
    }
}

static double nanoseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Return the nanoseconds per packet of one round. */
static double time_round(const struct subject *subject, enum work work, const uint8_t *request, uint32_t length)
{
    double total = 0;
    uint32_t answered = 0;
    for (uint32_t i = 0; i < BATCHES_PER_ROUND; i++) {
        for (uint32_t slot = 0; slot < SLOTS; slot++) {
            subject->load(slot, request, length);
        }
        double start = nanoseconds();
        for (uint32_t slot = 0; slot < SLOTS; slot++) {
            answered += subject->handle(slot) == length ? 1u : 0u;
        }
        total += nanoseconds() - start;
    }
    if (answered != BATCHES_PER_ROUND * SLOTS) {
        fail(subject, work_name(work), "not every packet was answered");
    }
    return total / (double)(BATCHES_PER_ROUND * SLOTS);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof values[0], compare_doubles);
    return values[ROUNDS / 2u];
}

static void time_work(enum work work)
{
    static double ours[ROUNDS];
    static double theirs[ROUNDS];
    static double ratios[ROUNDS];
    uint8_t request[FRAME_CAPACITY];
    uint32_t length = packet_write_request(request, work);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        ours[i] = time_round(&subject_v6nf, work, request, length);
        theirs[i] = time_round(&subject_lwip, work, request, length);
        ratios[i] = ours[i] / theirs[i];
    }
    printf("%s ours %.1f lwip %.1f ratio %.3f\n", work_name(work), median(ours), median(theirs), median(ratios));
}

static void time_all(void)
{
    open_subject(&subject_v6nf);
    open_subject(&subject_lwip);
    subject_lwip_copies_replies = false;
    for (uint32_t i = 0; i < WORK_COUNT; i++) {
        time_work((enum work)i);
    }
}

/* Print the best round of each: a lower bound is disturbed least by what else the machine does. */
static void time_floor(enum work work)
{
    double ours = 1e9;
    double best = 1e9;
    uint8_t request[FRAME_CAPACITY];
    uint32_t length = packet_write_request(request, work);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        double time = time_round(&subject_v6nf, work, request, length);
        ours = time < ours ? time : ours;
        time = time_round(&subject_floor, work, request, length);
        best = time < best ? time : best;
    }
    printf("%s ours %.1f floor %.1f ratio %.3f\n", work_name(work), ours, best, ours / best);
}

/* Return a sum as 16 bits. */
static uint32_t fold_sum(uint64_t sum)
{
    while (sum > 0xFFFFu) {
        sum = (sum & 0xFFFFu) + (sum >> 16);
    }
    return (uint32_t)sum;
}

/* Print the best round of each way to sum. The first byte is where it is in a frame. */
static void time_sums(void)
{
    static uint8_t frame[FRAME_CAPACITY];
    double best[FLOOR_SUMS];
    volatile uint64_t result = 0;
    for (uint32_t i = 0; i < sizeof frame; i++) {
        frame[i] = (uint8_t)(i * 37u + i / 251u);
    }
    for (uint32_t i = 0; i < FLOOR_SUMS; i++) {
        best[i] = 1e9;
        uint64_t sum = floor_sums[i].sum(frame + 54, SUM_LENGTH);
        if (fold_sum(sum) != fold_sum(floor_sums[0].sum(frame + 54, SUM_LENGTH))) {
            fail(&subject_floor, floor_sums[i].name, "wrong sum");
        }
    }
    for (uint32_t round = 0; round < 4u * ROUNDS; round++) {
        for (uint32_t i = 0; i < FLOOR_SUMS; i++) {
            double start = nanoseconds();
            for (uint32_t j = 0; j < SUMS_PER_ROUND; j++) {
                result = result + floor_sums[i].sum(frame + 54, SUM_LENGTH);
            }
            double time = (nanoseconds() - start) / SUMS_PER_ROUND;
            best[i] = time < best[i] ? time : best[i];
        }
    }
    for (uint32_t i = 0; i < FLOOR_SUMS; i++) {
        printf("sum-%s %.1f\n", floor_sums[i].name, best[i]);
    }
}

static void time_floors(void)
{
    open_subject(&subject_v6nf);
    open_floor();
    for (uint32_t i = 0; i < WORK_COUNT; i++) {
        time_floor((enum work)i);
    }
    time_sums();
}

int main(int argument_count, char **arguments)
{
    const char *command = argument_count > 1 ? arguments[1] : "";
    const char *name = argument_count > 2 ? arguments[2] : "";
    if (strcmp(command, "count") == 0 && strcmp(name, "v6nf") == 0) {
        count(&subject_v6nf);
    } else if (strcmp(command, "count") == 0 && strcmp(name, "lwip") == 0) {
        count(&subject_lwip);
    } else if (strcmp(command, "count") == 0 && strcmp(name, "floor") == 0) {
        count(&subject_floor);
    } else if (strcmp(command, "time") == 0) {
        time_all();
    } else if (strcmp(command, "floor") == 0) {
        time_floors();
    } else if (strcmp(command, "describe") == 0) {
        subject_lwip_describe();
    } else {
        fprintf(stderr, "usage: bench count v6nf|lwip|floor, bench time, bench floor, bench describe\n");
        return 2;
    }
    return 0;
}
