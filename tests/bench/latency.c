/* latency.c: send frames at a rate, and measure how long each takes until it is received: open loop, IPv6 and UDP, on
 * packet sockets of Linux. README.md describes method and columns.
 *
 *   latency --out NAME [--in NAME] [OPTION...]       --help lists the options
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <math.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A frame: Ethernet, IPv6, UDP, then the run, the number and the time of the frame, then zeros. */
#define FCS 4u
#define IPV6 14u
#define SOURCE (IPV6 + 8u)
#define DESTINATION (IPV6 + 24u)
#define FLOW (SOURCE + 4u) /* the low half of the /64 of the source */
#define UDP (IPV6 + 40u)
#define PORT_FROM UDP
#define CHECKSUM (UDP + 6u)
#define RUN (UDP + 8u)
#define NUMBER (RUN + 4u)
#define SENT_AT (NUMBER + 4u) /* nanoseconds, modulo 2^32 */
#define HEADERS (SENT_AT + 4u)
#define SIZE_MIN (HEADERS + FCS)
#define SIZE_MAX_ETHERNET 1518u
#define NEXT_UDP 17u
#define NEXT_ICMPV6 58u
#define SOLICITATION_SIZE (IPV6 + 64u)
#define ADVERTISEMENT_SIZE (IPV6 + 72u)

#define SECOND UINT64_C(1000000000)
#define NUMBERS_MAX (UINT32_C(1) << 27) /* frames of a run: a bit for each */
#define BEHIND_MAX 32u                  /* frames that are sent late, but not omitted */
#define SECONDS_MAX 600u
#define RATE_MAX 20000000u
#define LATENCY_MAX (2u * SECOND) /* below 2^32: a frame that arrives later is lost */

#define CLOCK_CHANGE_MAX 1000 /* nanoseconds in a run */

/* The ring of received frames: only headers are copied into it. */
#define SLOT 256u
#define SLOTS (UINT32_C(1) << 16)
#define BLOCK (UINT32_C(1) << 20)
#define RECEIVE_BURST 64u
#define BURST 8u /* frames that are sent at once if this program is late: the last of them has waited for the others */

/* Buckets of latencies: 128 for each power of two, so that a bucket is at most 0.8 % wide. */
#define STEPS 128u
#define STEPS_LOG2 7u
#define BUCKETS (26u * STEPS)

/* What the command line asks for. */
struct options {
    const char *out;
    const char *in;
    const char *ccdf; /* a file, or NULL */
    uint32_t rate;
    uint32_t size; /* with FCS, as in RFC 2544 */
    uint32_t flows;
    uint32_t times[3]; /* milliseconds of warm-up, measurement and cool-down */
    uint32_t wait;     /* milliseconds for the last frames */
    uint32_t pid;      /* whose CPU time is measured, or 0 */
    uint8_t mac[6];    /* destination */
    struct in6_addr source;
    struct in6_addr destination;
    bool announce; /* a first frame from the other side, so that a bridge learns where the destination is */
};

/* What happened to the frames that are measured. */
struct result {
    uint64_t sent;
    uint64_t refused; /* of them by the interface, which had no space */
    uint64_t omitted; /* not sent, because this program was late */
    uint64_t received;
    uint64_t duplicates;
    uint64_t foreign;     /* frames of others */
    uint64_t not_counted; /* frames that the ring of this program had no slot for */
    uint64_t span;        /* nanoseconds in which they were sent */
    uint64_t cpu;         /* nanoseconds of the process --pid in this time */
    uint64_t min;
    uint64_t max;
    double sum;
    double squares;
    uint64_t buckets[BUCKETS];
};

static struct options options = {.rate = 1000u,
                                 .size = SIZE_MIN,
                                 .flows = 1u,
                                 .times = {500u, 2000u, 100u},
                                 .wait = 500u,
                                 .mac = {2, 0, 0, 0, 0, 2}};
static struct result result = {.min = UINT64_MAX};
static uint8_t frame[SIZE_MAX_ETHERNET];
static uint32_t frame_sum; /* of everything that the UDP checksum covers, but what write_frame() writes */
static uint8_t own_mac[6]; /* of the interface that sends */
static uint8_t *seen;      /* a bit for each number */
static uint8_t *ring;
static uint32_t ring_slot;
static uint64_t stamp_difference; /* between the stamps of received frames and read_clock() */
static int sender;
static int receiver;
static uint32_t next_number;
static uint32_t measured_begin = UINT32_MAX; /* the numbers that are measured */
static uint32_t measured_end = UINT32_MAX;

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fputs("latency: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
    exit(2);
}

static uint64_t read_any_clock(clockid_t clock)
{
    struct timespec time;
    (void)clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static uint64_t read_clock(void)
{
    return read_any_clock(CLOCK_MONOTONIC);
}

/* Return the difference to the clock that the kernel stamps received frames with. It stays, unless someone sets that
 * clock. Of several readings, that of the shortest time counts. */
static uint64_t read_difference(void)
{
    uint64_t shortest = UINT64_MAX;
    uint64_t difference = 0;
    for (uint32_t i = 0; i < 100u; i++) {
        uint64_t before = read_clock();
        uint64_t stamp = read_any_clock(CLOCK_REALTIME);
        uint64_t after = read_clock();
        if (after - before < shortest) {
            shortest = after - before;
            difference = stamp - (before + shortest / 2u);
        }
    }
    return difference;
}

/* -- Frames -------------------------------------------------------------------------------------------------------- */

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xFFFFu);
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t sum_words(uint32_t sum, const uint8_t *data, uint32_t length)
{
    for (uint32_t i = 0; i + 1u < length; i += 2) {
        sum += (uint32_t)data[i] << 8 | data[i + 1u];
    }
    return length % 2u == 0u ? sum : sum + ((uint32_t)data[length - 1u] << 8);
}

/* Return the checksum to write (RFC 8200, 8.1; RFC 768: 0 is sent as all ones). */
static uint32_t finish_sum(uint32_t sum)
{
    while (sum > 0xFFFFu) {
        sum = (sum >> 16) + (sum & 0xFFFFu);
    }
    return sum == 0xFFFFu ? 0xFFFFu : ~sum & 0xFFFFu;
}

/* Write the headers of an IPv6 packet from the interface that sends. */
static void write_headers(uint8_t *to, const uint8_t *mac, uint32_t payload, uint32_t next, uint32_t hops)
{
    memcpy(to, mac, 6);
    memcpy(to + 6, own_mac, 6);
    put16(to + 12, ETH_P_IPV6);
    put32(to + IPV6, UINT32_C(6) << 28);
    put16(to + IPV6 + 4, payload);
    to[IPV6 + 6] = (uint8_t)next;
    to[IPV6 + 7] = (uint8_t)hops;
    memcpy(to + SOURCE, &options.source, 16);
}

/* Write what all frames have in common: from port 9 (discard) to port 7 (echo). */
static void prepare_frame(void)
{
    uint32_t length = options.size - FCS - UDP;
    write_headers(frame, options.mac, length, NEXT_UDP, 64);
    memcpy(frame + DESTINATION, &options.destination, 16);
    put16(frame + PORT_FROM, 9);
    put16(frame + UDP + 2, 7);
    put16(frame + UDP + 4, length);
    if (getrandom(frame + RUN, 4, 0) != 4) {
        fail("no random number for this run: %s", strerror(errno));
    }
    put32(frame + FLOW, 0);
    frame_sum = sum_words(length + NEXT_UDP, frame + SOURCE, options.size - FCS - SOURCE);
}

static void write_frame(uint32_t number, uint64_t now)
{
    uint32_t flow = number % options.flows;
    put32(frame + FLOW, flow);
    put32(frame + NUMBER, number);
    put32(frame + SENT_AT, (uint32_t)now);
    uint32_t sum = frame_sum + (flow >> 16) + (flow & 0xFFFFu);
    put16(frame + CHECKSUM, finish_sum(sum_words(sum, frame + NUMBER, 8)));
}

/* Answer a Neighbor Solicitation for the source address, so that a node can reply (RFC 4861, 7.2.4). */
static void answer_solicitation(const uint8_t *from)
{
    uint8_t answer[ADVERTISEMENT_SIZE] = {0};
    struct in6_addr unspecified = IN6ADDR_ANY_INIT;
    const uint8_t *icmpv6 = from + UDP;
    if (icmpv6[0] != 135u || from[IPV6 + 7u] != 255u || memcmp(icmpv6 + 8, &options.source, 16) != 0 ||
        memcmp(from + SOURCE, &unspecified, 16) == 0) {
        return;
    }
    write_headers(answer, from + 6, 32, NEXT_ICMPV6, 255);
    memcpy(answer + DESTINATION, from + SOURCE, 16);
    answer[UDP] = 136;
    answer[UDP + 4] = 0x60; /* solicited, override */
    memcpy(answer + UDP + 8, &options.source, 16);
    answer[UDP + 24] = 2; /* target link-layer address */
    answer[UDP + 25] = 1;
    memcpy(answer + UDP + 26, own_mac, 6);
    put16(answer + UDP + 2, finish_sum(sum_words(32 + NEXT_ICMPV6, answer + SOURCE, ADVERTISEMENT_SIZE - SOURCE)));
    (void)send(sender, answer, sizeof answer, MSG_DONTWAIT);
}

/* -- Sockets ------------------------------------------------------------------------------------------------------- */

static int open_socket(const char *name, uint32_t protocol)
{
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons((uint16_t)protocol)};
    int its = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (its < 0) {
        fail("no packet socket: %s: run it as root (CAP_NET_RAW)", strerror(errno));
    }
    address.sll_ifindex = (int)if_nametoindex(name);
    if (address.sll_ifindex == 0) {
        fail("%s: there is no interface of this name", name);
    }
    if (protocol != 0u) {
        struct packet_mreq all = {.mr_ifindex = address.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
        struct tpacket_req request = {BLOCK, SLOTS / (BLOCK / SLOT), SLOT, SLOTS};
        int version = TPACKET_V2;
        if (setsockopt(its, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) < 0 ||
            setsockopt(its, SOL_PACKET, PACKET_VERSION, &version, sizeof version) < 0 ||
            setsockopt(its, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) < 0) {
            fail("%s: no ring of %u frames: %s", name, SLOTS, strerror(errno));
        }
    }
    if (bind(its, (struct sockaddr *)&address, sizeof address) < 0) {
        fail("%s: %s", name, strerror(errno));
    }
    return its;
}

static void read_mac(const char *name)
{
    struct ifreq request = {0};
    (void)snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    if (ioctl(sender, SIOCGIFHWADDR, &request) < 0) {
        fail("%s: no Ethernet address: %s", name, strerror(errno));
    }
    memcpy(own_mac, request.ifr_hwaddr.sa_data, 6);
}

static void open_interfaces(void)
{
    int bypass = 1;
    receiver = open_socket(options.in, ETH_P_IPV6);
    sender = open_socket(options.out, 0);
    if (setsockopt(sender, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof bypass) < 0) {
        fail("%s: frames are queued by the kernel: %s", options.out, strerror(errno));
    }
    read_mac(options.out);
    ring = mmap(NULL, (size_t)SLOT * SLOTS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, receiver, 0);
    if (ring == MAP_FAILED) {
        fail("%s: no memory for %u frames: %s", options.in, SLOTS, strerror(errno));
    }
}

/* Send a frame from the station that frames are for, on the interface that they arrive on. */
static void announce_destination(void)
{
    uint8_t first[SIZE_MIN - FCS] = {0};
    int other = open_socket(options.in, 0);
    write_headers(first, own_mac, sizeof first - UDP, 59, 64); /* no next header */
    memcpy(first + 6, options.mac, 6);
    if (send(other, first, sizeof first, 0) < 0) {
        fail("%s: cannot send: %s", options.in, strerror(errno));
    }
    (void)close(other);
    (void)usleep(10000);
}

/* -- Receiving ----------------------------------------------------------------------------------------------------- */

/* Return the bucket of a latency. The first buckets are one nanosecond wide. */
static uint32_t bucket_of(uint64_t latency)
{
    uint32_t shift = 0;
    while (latency >> shift >= 2u * STEPS) {
        shift++;
    }
    return shift * STEPS + (uint32_t)(latency >> shift);
}

/* Return the latency in the middle of a bucket, in nanoseconds. */
static double bucket_value(uint32_t bucket)
{
    uint32_t shift = bucket < 2u * STEPS ? 0u : bucket / STEPS - 1u;
    return ((double)(bucket - shift * STEPS) + 0.5) * (double)(UINT64_C(1) << shift);
}

static void count_latency(uint64_t latency)
{
    result.received++;
    result.min = latency < result.min ? latency : result.min;
    result.max = latency > result.max ? latency : result.max;
    result.sum += (double)latency;
    result.squares += (double)latency * (double)latency;
    result.buckets[bucket_of(latency)]++;
}

static void receive_frame(const uint8_t *data, uint32_t length, uint64_t now)
{
    if (length >= SOLICITATION_SIZE && data[IPV6 + 6u] == NEXT_ICMPV6) {
        answer_solicitation(data);
        return;
    }
    uint32_t number = length < HEADERS ? UINT32_MAX : get32(data + NUMBER);
    if (length < HEADERS || data[IPV6 + 6u] != NEXT_UDP || memcmp(data + RUN, frame + RUN, 4) != 0 ||
        number >= next_number) {
        result.foreign++;
        return;
    }
    uint8_t bit = (uint8_t)(1u << number % 8u);
    uint32_t latency = (uint32_t)now - get32(data + SENT_AT);
    if (number < measured_begin || number >= measured_end || latency > LATENCY_MAX) {
        return; /* of the warm-up or the cool-down, or lost */
    }
    if ((seen[number / 8u] & bit) != 0u) {
        result.duplicates++;
        return;
    }
    seen[number / 8u] |= bit;
    count_latency(latency);
}

/* Handle some of the frames in the ring. */
static void receive_burst(void)
{
    for (uint32_t i = 0; i < RECEIVE_BURST; i++) {
        uint8_t *slot = ring + (size_t)ring_slot * SLOT;
        struct tpacket2_hdr *header = (struct tpacket2_hdr *)slot;
        if ((__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0u) {
            return;
        }
        receive_frame(slot + header->tp_mac, header->tp_snaplen,
                      header->tp_sec * SECOND + header->tp_nsec - stamp_difference);
        __atomic_store_n(&header->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
        ring_slot = (ring_slot + 1u) % SLOTS;
    }
}

/* -- Sending ------------------------------------------------------------------------------------------------------- */

/* Return the CPU time of a process in nanoseconds, or 0. */
static uint64_t read_cpu(void)
{
    char name[64];
    uint64_t spent = 0;
    (void)snprintf(name, sizeof name, "/proc/%u/schedstat", options.pid);
    FILE *file = options.pid == 0u ? NULL : fopen(name, "re");
    if (file != NULL) {
        spent = fscanf(file, "%" SCNu64, &spent) == 1 ? spent : 0u;
        (void)fclose(file);
    }
    return spent;
}

/* Count the frames that should have been sent by a time as omitted, and go on with the next one.
 * due: when the next frame is due. Both are nanoseconds since the first frame. */
static void omit_frames(double elapsed, double *due, double interval)
{
    double count = floor((elapsed - *due) / interval);
    result.omitted += (uint64_t)count;
    *due += count * interval;
}

/* Send frames by one system call. Frames that the interface refuses are lost. */
static void send_frames(uint32_t count, uint64_t now)
{
    static uint8_t heads[BURST][HEADERS];
    static struct iovec parts[BURST][2];
    static struct mmsghdr messages[BURST];
    if (count > NUMBERS_MAX - next_number) {
        fail("more than %u frames in one run", NUMBERS_MAX);
    }
    for (uint32_t i = 0; i < count; i++) {
        write_frame(next_number++, now);
        memcpy(heads[i], frame, HEADERS);
        parts[i][0] = (struct iovec){heads[i], HEADERS};
        parts[i][1] = (struct iovec){frame + HEADERS, options.size - FCS - HEADERS};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = parts[i], .msg_iovlen = 2};
    }
    for (uint32_t i = 0; i < count;) {
        int sent = sendmmsg(sender, messages + i, count - i, MSG_DONTWAIT);
        if (sent < 0 && errno != ENOBUFS && errno != EAGAIN) {
            fail("%s: cannot send: %s", options.out, strerror(errno));
        }
        result.refused += sent < 0;
        i += sent < 0 ? 1u : (uint32_t)sent;
    }
}

/* Send frames at the rate until a time. Never wait for a reply. What this program is late with is sent at once, as far
 * as it is little: a burst would be a test of its own.
 * due: as above; a double has no nanoseconds of the whole clock. */
static void send_until(uint64_t end, uint64_t origin, double *due)
{
    double interval = (double)SECOND / options.rate;
    uint64_t now = read_clock();
    while (now < end) {
        double elapsed = (double)(now - origin);
        if (elapsed >= *due) {
            if (elapsed - *due > BEHIND_MAX * interval) {
                omit_frames(elapsed, due, interval);
            }
            uint32_t count = (uint32_t)((elapsed - *due) / interval) + 1u;
            count = count < BURST ? count : BURST;
            *due += count * interval;
            send_frames(count, now);
        }
        receive_burst();
        now = read_clock();
    }
    double last = (double)(end - origin);
    if (*due < last) {
        omit_frames(last + interval, due, interval);
    }
}

static void measure(void)
{
    const uint64_t millisecond = SECOND / 1000u;
    stamp_difference = read_difference();
    const uint64_t origin = read_clock();
    double due = 0;
    send_until(origin + options.times[0] * millisecond, origin, &due);
    result.refused = result.omitted = 0;
    measured_begin = next_number;
    uint64_t begin = read_clock();
    uint64_t cpu = read_cpu();
    send_until(begin + options.times[1] * millisecond, origin, &due);
    result.cpu = read_cpu() - cpu;
    result.span = read_clock() - begin;
    measured_end = next_number;
    result.sent = measured_end - measured_begin;
    uint64_t refused = result.refused;
    uint64_t omitted = result.omitted;
    begin = read_clock();
    send_until(begin + options.times[2] * millisecond, origin, &due);
    result.refused = refused;
    result.omitted = omitted;
    uint64_t end = read_clock() + options.wait * millisecond;
    while (read_clock() < end && result.received < result.sent) {
        receive_burst();
    }
    int64_t changed = (int64_t)(read_difference() - stamp_difference);
    if (changed > CLOCK_CHANGE_MAX || changed < -CLOCK_CHANGE_MAX) {
        fail("the clock was set by %" PRId64 " ns meanwhile: measure again", changed);
    }
    struct tpacket_stats statistics = {0};
    socklen_t size = sizeof statistics;
    (void)getsockopt(receiver, SOL_PACKET, PACKET_STATISTICS, &statistics, &size);
    result.not_counted = statistics.tp_drops;
}

/* -- The report ---------------------------------------------------------------------------------------------------- */

/* Return a quantile of the latencies in microseconds, or NAN if there are none. */
static double quantile(double share)
{
    uint64_t rank = (uint64_t)ceil(share * (double)result.received);
    uint64_t count = 0;
    for (uint32_t i = 0; i < BUCKETS && result.received > 0u; i++) {
        count += result.buckets[i];
        if (count >= rank && count > 0u) {
            return bucket_value(i) / 1000.0;
        }
    }
    return NAN;
}

static void print_result(void)
{
    double seconds = (double)result.span / (double)SECOND;
    double count = (double)result.received;
    double mean = result.sum / count;
    double variance = result.squares / count - mean * mean;
    (void)printf("# requested received sent size min mean max stddev median cpu%% p99 lost refused duplicates omitted"
                 " foreign not-counted\n");
    (void)printf("%u %.0f %.0f %u", options.rate, count / seconds, (double)result.sent / seconds, options.size);
    if (result.received == 0u) {
        (void)printf(" nan nan nan nan nan");
    } else {
        (void)printf(" %.2f %.2f %.2f %.2f %.2f", (double)result.min / 1000.0, mean / 1000.0,
                     (double)result.max / 1000.0, sqrt(variance > 0.0 ? variance : 0.0) / 1000.0, quantile(0.5));
    }
    (void)printf(" %.1f %.2f %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                 100.0 * (double)result.cpu / (double)result.span, quantile(0.99), result.sent - result.received,
                 result.refused, result.duplicates, result.omitted, result.foreign, result.not_counted);
}

/* Write the share of frames that took longer, over the latency in microseconds. */
static void write_ccdf(void)
{
    FILE *file = fopen(options.ccdf, "we");
    uint64_t longer = result.received;
    if (file == NULL) {
        fail("%s: %s", options.ccdf, strerror(errno));
    }
    (void)fprintf(file, "# latency, in microseconds; share of the frames that took longer\n");
    for (uint32_t i = 0; i < BUCKETS; i++) {
        if (result.buckets[i] > 0u) {
            longer -= result.buckets[i];
            (void)fprintf(file, "%.3f %.7f\n", bucket_value(i) / 1000.0, (double)longer / (double)result.received);
        }
    }
    if (fclose(file) != 0) {
        fail("%s: %s", options.ccdf, strerror(errno));
    }
}

/* -- The command line ---------------------------------------------------------------------------------------------- */

static void print_usage(void)
{
    (void)printf("usage: latency --out NAME [OPTION...]\n"
                 "  --out NAME             the interface that sends\n"
                 "  --in NAME              the interface that receives; without it, the same\n"
                 "  --rate NUMBER          frames a second (1000)\n"
                 "  --size BYTES           of a frame with its FCS, %u to %u (%u)\n"
                 "  --warmup, --time, --cooldown MILLISECONDS\n"
                 "                         before, of and after what is measured (500, 2000, 100)\n"
                 "  --wait MILLISECONDS    for the last frames (500)\n"
                 "  --flows NUMBER         prefixes (/64) that frames come from, in turn (1)\n"
                 "  --to MAC               their destination (02:00:00:00:00:02)\n"
                 "  --source, --destination ADDRESS\n"
                 "                         IPv6 addresses (2001:db8::1, 2001:db8::2); a reply to a node needs 1 flow\n"
                 "  --announce             send one frame from the destination first, so that a bridge learns it\n"
                 "  --pid NUMBER           report the CPU time of this process\n"
                 "  --ccdf FILE            write the distribution of latencies\n",
                 SIZE_MIN, SIZE_MAX_ETHERNET, SIZE_MIN);
}

static uint32_t read_number(const char *option, const char *text, uint32_t least, uint32_t limit)
{
    char *end = NULL;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || value < least || value > limit) {
        fail("--%s %s: not a number from %u to %u", option, text, least, limit);
    }
    return (uint32_t)value;
}

static void read_text(const char *option, const char *text)
{
    unsigned int mac[6];
    char rest = 0;
    if (strcmp(option, "to") == 0) {
        if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5], &rest) !=
            6) {
            fail("--to %s: not an Ethernet address", text);
        }
        for (uint32_t i = 0; i < 6u; i++) {
            options.mac[i] = (uint8_t)mac[i];
        }
    } else if (inet_pton(AF_INET6, text, option[0] == 's' ? &options.source : &options.destination) != 1) {
        fail("--%s %s: not an IPv6 address", option, text);
    }
}

static void read_options(int count, char **texts)
{
    static const struct option known[] = {
        {"out", 1, NULL, 'o'},    {"in", 1, NULL, 'i'},       {"rate", 1, NULL, 'r'},     {"size", 1, NULL, 's'},
        {"warmup", 1, NULL, '0'}, {"time", 1, NULL, '1'},     {"cooldown", 1, NULL, '2'}, {"wait", 1, NULL, 'w'},
        {"flows", 1, NULL, 'f'},  {"to", 1, NULL, 't'},       {"source", 1, NULL, 't'},   {"destination", 1, NULL, 't'},
        {"ccdf", 1, NULL, 'c'},   {"announce", 0, NULL, 'a'}, {"pid", 1, NULL, 'p'},      {"help", 0, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    int which = 0;
    int index = 0;
    while ((which = getopt_long(count, texts, "", known, &index)) != -1) {
        const char *name = known[index].name;
        switch (which) {
        case 'o':
            options.out = optarg;
            break;
        case 'i':
            options.in = optarg;
            break;
        case 'c':
            options.ccdf = optarg;
            break;
        case 'a':
            options.announce = true;
            break;
        case 't':
            read_text(name, optarg);
            break;
        case 'r':
            options.rate = read_number(name, optarg, 1, RATE_MAX);
            break;
        case 's':
            options.size = read_number(name, optarg, SIZE_MIN, SIZE_MAX_ETHERNET);
            break;
        case 'f':
            options.flows = read_number(name, optarg, 1, UINT32_MAX);
            break;
        case 'w':
            options.wait = read_number(name, optarg, 0, SECONDS_MAX * 1000u);
            break;
        case 'p':
            options.pid = read_number(name, optarg, 1, UINT32_MAX);
            break;
        case '0':
        case '1':
        case '2':
            options.times[which - '0'] = read_number(name, optarg, which == '1', SECONDS_MAX * 1000u);
            break;
        case 'h':
            print_usage();
            exit(0);
        default:
            fail("--help lists the options");
        }
    }
    if (optind < count || options.out == NULL) {
        fail("an interface is missing, or something follows the options; --help lists them");
    }
    options.in = options.in == NULL ? options.out : options.in;
    uint64_t time = (uint64_t)options.times[0] + options.times[1] + options.times[2];
    if (options.rate * time / 1000u >= NUMBERS_MAX) {
        fail("more than %u frames: a lower --rate or less --time is needed", NUMBERS_MAX);
    }
}

int main(int count, char **texts)
{
    (void)inet_pton(AF_INET6, "2001:db8::1", &options.source);
    (void)inet_pton(AF_INET6, "2001:db8::2", &options.destination);
    read_options(count, texts);
    seen = calloc(NUMBERS_MAX / 8u, 1);
    if (seen == NULL) {
        fail("no memory for %u bits", NUMBERS_MAX);
    }
    open_interfaces();
    prepare_frame();
    if (options.announce) {
        announce_destination();
    }
    measure();
    print_result();
    if (options.ccdf != NULL) {
        write_ccdf();
    }
    return result.received > 0u ? 0 : 1;
}
