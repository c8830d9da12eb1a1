/* generator.c: send frames on a network interface of Linux, and measure what arrives: a forwarder's output, or replies.
 *
 *   generator --interface NAME --from MAC --to MAC --source ADDRESS --destination ADDRESS [OPTION]...
 *
 * One thread sends and receives, by packet sockets without a queueing discipline. README.md describes the options. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/if_packet.h>

#define SECOND 1000000000u /* nanoseconds */
#define IPV6 14u
#define SOURCE (IPV6 + 8u)
#define DESTINATION (IPV6 + 24u)
#define UPPER (IPV6 + 40u) /* UDP or ICMPv6 */
#define DATA (UPPER + 8u)  /* a mark and the number of the packet, 4 bytes each */
#define TARGET DATA        /* of a Neighbor Solicitation */
#define OPTION (TARGET + 16u)
#define ADVERTISEMENT_SIZE (OPTION + 8u)
#define MIN_SIZE 8u
#define MAX_SIZE 1452u
#define MAX_PREFIXES 65536u
#define MAX_COUNT 100000000u /* packets with a rate */
#define MARK 0x76366e66u
#define UDP_PORT 9u /* discard */
#define PROTOCOL_UDP 17u
#define PROTOCOL_ICMPV6 58u
#define ECHO_REQUEST 128u
#define ECHO_REPLY 129u
#define SOLICITATION 135u
#define ADVERTISEMENT 136u
#define SOLICITED_OVERRIDE 0x60u
#define BURST 64u
#define SLOT 256u /* bytes of a received frame that are kept, with their header */
#define SLOTS 16384u
#define BLOCK (SLOT * 64u)
#define LATE 100000u     /* nanoseconds after which a packet was sent late */
#define DRAIN 200000000u /* nanoseconds in which the last packets arrive */

/* What is sent, from the command line. */
struct load {
    const char *interface;
    const char *receive; /* NULL: Echo Requests, whose replies arrive on the same interface */
    uint8_t from[6];
    uint8_t to[6];
    struct in6_addr source;
    struct in6_addr destination;
    uint32_t size;     /* bytes behind the header of UDP or ICMPv6 */
    uint32_t prefixes; /* /64 of the sources, one after the other */
    uint32_t rate;     /* packets per second; 0: as many as possible */
    double seconds;
};

/* The packet socket that receives, and its ring. */
struct receiver {
    int socket;
    uint8_t *ring;
    uint32_t next;
};

/* What has happened. */
struct result {
    uint64_t sent;
    uint64_t refused; /* by the interface, of those sent */
    uint64_t late;
    uint64_t received;
    uint64_t again;      /* received more than once */
    uint64_t *stamps;    /* when each packet was sent, by the wall clock, as the kernel stamps received ones */
    uint32_t *latencies; /* of each packet; 0: not received */
};

static void stop(const char *what)
{
    fprintf(stderr, "generator: %s: %s\n", what, strerror(errno));
    exit(2);
}

static uint64_t read_clock(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

/* -- Frames -- */

static void write_16(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

static void write_32(uint8_t *bytes, uint32_t value)
{
    write_16(bytes, value >> 16);
    write_16(bytes + 2, value & 0xffff);
}

static uint32_t read_32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint32_t add_words(uint32_t sum, const uint8_t *bytes, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
    }
    return sum;
}

/* Write the checksum of UDP or ICMPv6 (RFC 8200, 8.1), whose field is 0. */
static void write_checksum(uint8_t *frame, uint32_t length)
{
    uint32_t protocol = frame[IPV6 + 6];
    uint32_t sum = add_words(length - UPPER + protocol, frame + SOURCE, length - SOURCE);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~sum & 0xffff;
    write_16(frame + UPPER + (protocol == PROTOCOL_UDP ? 6 : 2), sum == 0 ? 0xffff : sum);
}

static void write_ipv6(uint8_t *frame, uint32_t length, uint32_t protocol, uint32_t hop_limit)
{
    write_16(frame + 12, ETHERTYPE_IPV6);
    write_32(frame + IPV6, 6u << 28);
    write_16(frame + IPV6 + 4, length - UPPER);
    frame[IPV6 + 6] = (uint8_t)protocol;
    frame[IPV6 + 7] = (uint8_t)hop_limit;
}

/* Write a whole packet of DATA + size bytes. */
static void write_packet(const struct load *load, uint8_t *frame, uint32_t prefix, uint32_t number)
{
    uint32_t length = DATA + load->size;
    memset(frame, 0, length);
    memcpy(frame, load->to, sizeof load->to);
    memcpy(frame + 6, load->from, sizeof load->from);
    write_ipv6(frame, length, load->receive != NULL ? PROTOCOL_UDP : PROTOCOL_ICMPV6, 64);
    memcpy(frame + SOURCE, &load->source, sizeof load->source);
    write_16(frame + SOURCE + 6, (uint32_t)(frame[SOURCE + 6] << 8 | frame[SOURCE + 7]) + prefix);
    memcpy(frame + DESTINATION, &load->destination, sizeof load->destination);
    if (load->receive != NULL) {
        write_16(frame + UPPER, UDP_PORT);
        write_16(frame + UPPER + 2, UDP_PORT);
        write_16(frame + UPPER + 4, length - UPPER);
    } else {
        frame[UPPER] = ECHO_REQUEST;
    }
    write_32(frame + DATA, MARK);
    write_32(frame + DATA + 4, number);
    write_checksum(frame, length);
}

/* Write the answer to a solicitation for the source of the load (RFC 4861, 7.2.4). Return its length, 0 if none. */
static uint32_t write_advertisement(const struct load *load, const uint8_t *solicitation, uint8_t *frame)
{
    static const uint8_t unspecified[16];
    if (memcmp(solicitation + TARGET, &load->source, 16) != 0 || memcmp(solicitation + SOURCE, unspecified, 16) == 0) {
        return 0;
    }
    memset(frame, 0, ADVERTISEMENT_SIZE);
    memcpy(frame, solicitation + 6, 6);
    memcpy(frame + 6, load->from, 6);
    write_ipv6(frame, ADVERTISEMENT_SIZE, PROTOCOL_ICMPV6, 255);
    memcpy(frame + SOURCE, &load->source, 16);
    memcpy(frame + DESTINATION, solicitation + SOURCE, 16);
    frame[UPPER] = ADVERTISEMENT;
    frame[UPPER + 4] = SOLICITED_OVERRIDE;
    memcpy(frame + TARGET, &load->source, 16);
    frame[OPTION] = 2; /* target link-layer address, 8 bytes */
    frame[OPTION + 1] = 1;
    memcpy(frame + OPTION + 2, load->from, 6);
    write_checksum(frame, ADVERTISEMENT_SIZE);
    return ADVERTISEMENT_SIZE;
}

/* -- Sockets -- */

static int open_socket(const char *interface, uint32_t protocol)
{
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons((uint16_t)protocol)};
    int one = 1;
    int opened = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    address.sll_ifindex = (int)if_nametoindex(interface);
    if (opened < 0 || address.sll_ifindex == 0 ||
        setsockopt(opened, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one) != 0 ||
        bind(opened, (struct sockaddr *)&address, sizeof address) != 0) {
        stop(interface);
    }
    return opened;
}

/* Receive only Neighbor Solicitations: the interface counts everything else. */
static void filter_solicitations(int socket)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, IPV6 + 6),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROTOCOL_ICMPV6, 0, 3),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, UPPER),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SOLICITATION, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SLOT),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
    if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
        stop("SO_ATTACH_FILTER");
    }
}

static void open_receiver(const struct load *load, struct receiver *receiver)
{
    int version = TPACKET_V2;
    struct tpacket_req request = {
        .tp_block_size = BLOCK, .tp_block_nr = SLOTS * SLOT / BLOCK, .tp_frame_size = SLOT, .tp_frame_nr = SLOTS};
    receiver->socket = open_socket(load->receive != NULL ? load->receive : load->interface, ETHERTYPE_IPV6);
    if (load->rate == 0) {
        filter_solicitations(receiver->socket);
    }
    if (setsockopt(receiver->socket, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0 ||
        setsockopt(receiver->socket, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) != 0) {
        stop("PACKET_RX_RING");
    }
    receiver->ring = mmap(NULL, SLOTS * SLOT, PROT_READ | PROT_WRITE, MAP_SHARED, receiver->socket, 0);
    if (receiver->ring == MAP_FAILED) {
        stop("mmap");
    }
    receiver->next = 0;
}

/* -- Reception -- */

/* Count a packet of the load. stamp: when the kernel received it. */
static void count_packet(struct result *result, const uint8_t *frame, uint64_t stamp)
{
    uint32_t number = read_32(frame + DATA + 4);
    if (read_32(frame + DATA) != MARK || number >= result->sent) {
        return;
    }
    uint64_t latency = stamp > result->stamps[number] ? stamp - result->stamps[number] : 1;
    if (result->latencies[number] != 0) {
        result->again++;
        return;
    }
    result->received++;
    result->latencies[number] = latency < UINT32_MAX ? (uint32_t)latency : UINT32_MAX;
}

static void handle_frame(const struct load *load, struct result *result, int socket, const uint8_t *frame,
                         uint32_t length, uint64_t stamp)
{
    uint8_t answer[ADVERTISEMENT_SIZE];
    uint32_t protocol = load->receive != NULL ? PROTOCOL_UDP : PROTOCOL_ICMPV6;
    if (length < DATA + MIN_SIZE || frame[IPV6 + 6] != protocol) {
        return;
    }
    if (protocol == PROTOCOL_UDP || frame[UPPER] == ECHO_REPLY) {
        if (load->rate != 0) {
            count_packet(result, frame, stamp);
        }
    } else if (frame[UPPER] == SOLICITATION && length >= OPTION && write_advertisement(load, frame, answer) > 0) {
        (void)!send(socket, answer, sizeof answer, 0);
    }
}

/* Handle what has arrived, at most a full ring. */
static void receive(const struct load *load, struct result *result, struct receiver *receiver)
{
    for (uint32_t i = 0; i < SLOTS; i++) {
        struct tpacket2_hdr *head = (struct tpacket2_hdr *)(receiver->ring + (size_t)receiver->next * SLOT);
        if ((__atomic_load_n(&head->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0) {
            return;
        }
        handle_frame(load, result, receiver->socket, (uint8_t *)head + head->tp_mac, head->tp_snaplen,
                     (uint64_t)head->tp_sec * SECOND + head->tp_nsec);
        __atomic_store_n(&head->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
        receiver->next = (receiver->next + 1) % SLOTS;
    }
}

/* Return how many frames the interface has received (/proc/net/dev). */
static uint64_t read_received(const char *interface)
{
    char line[512];
    uint64_t received = 0;
    size_t length = strlen(interface);
    FILE *file = fopen("/proc/net/dev", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *name = line + strspn(line, " ");
        if (strncmp(name, interface, length) == 0 && name[length] == ':') {
            sscanf(name + length + 1, "%*s %" SCNu64, &received);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return received;
}

/* -- Sending -- */

/* Let bridges learn where the destination is, by a frame from there. */
static void send_back(const struct load *load, int socket)
{
    uint8_t frame[DATA + MAX_SIZE];
    struct load back = *load;
    memcpy(back.from, load->to, sizeof back.from);
    memcpy(back.to, load->from, sizeof back.to);
    back.source = load->destination;
    back.destination = load->source;
    write_packet(&back, frame, 0, UINT32_MAX);
    if (send(socket, frame, DATA + load->size, 0) < 0) {
        stop("send");
    }
}

/* Send evenly, and do not wait for anything. */
static void send_evenly(const struct load *load, struct result *result, int socket, struct receiver *receiver)
{
    uint8_t frame[DATA + MAX_SIZE];
    uint64_t count = (uint64_t)(load->seconds * load->rate);
    uint64_t begin = read_clock(CLOCK_MONOTONIC);
    while (result->sent < count) {
        uint64_t due = begin + result->sent * SECOND / load->rate;
        uint64_t now = read_clock(CLOCK_MONOTONIC);
        if (now < due) {
            receive(load, result, receiver);
            continue;
        }
        result->late += now - due > LATE;
        write_packet(load, frame, (uint32_t)(result->sent % load->prefixes), (uint32_t)result->sent);
        result->stamps[result->sent] = read_clock(CLOCK_REALTIME);
        result->refused += send(socket, frame, DATA + load->size, MSG_DONTWAIT) < 0;
        result->sent++;
    }
}

/* Send bursts that were written before, as many as possible. */
static void send_bursts(const struct load *load, struct result *result, int socket, struct receiver *receiver)
{
    uint32_t length = DATA + load->size;
    uint32_t frames_count = load->prefixes < BURST ? BURST : (load->prefixes + BURST - 1) / BURST * BURST;
    uint8_t *frames = malloc((size_t)frames_count * length);
    struct iovec *parts = calloc(frames_count, sizeof *parts);
    struct mmsghdr *messages = calloc(frames_count, sizeof *messages);
    if (frames == NULL || parts == NULL || messages == NULL) {
        stop("memory");
    }
    for (uint32_t i = 0; i < frames_count; i++) {
        parts[i] = (struct iovec){.iov_base = frames + (size_t)i * length, .iov_len = length};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
        write_packet(load, parts[i].iov_base, i % load->prefixes, 0);
    }
    uint64_t end = read_clock(CLOCK_MONOTONIC) + (uint64_t)(load->seconds * SECOND);
    for (uint32_t first = 0; read_clock(CLOCK_MONOTONIC) < end;) {
        uint32_t rest = BURST - first % BURST;
        int done = sendmmsg(socket, messages + first, rest, MSG_DONTWAIT);
        result->refused += done < 0;
        result->sent += done < 0 ? 1 : (uint64_t)done;
        first = (first + (done < 0 ? 1 : (uint32_t)done)) % frames_count;
        receive(load, result, receiver);
    }
    free(frames);
    free(parts);
    free(messages);
}

/* -- The run -- */

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static void print_latencies(const struct load *load, struct result *result)
{
    if (load->rate == 0 || result->received == 0) {
        return;
    }
    qsort(result->latencies, result->sent, sizeof *result->latencies, compare);
    const uint32_t *first = result->latencies + (result->sent - result->received); /* behind those that were lost */
    printf("latency median %" PRIu32 " p99 %" PRIu32 " maximum %" PRIu32 "\n", first[result->received / 2],
           first[result->received * 99 / 100], first[result->received - 1]);
}

static void prepare(const struct load *load, struct result *result)
{
    size_t count = (size_t)(load->seconds * load->rate) + 1;
    result->stamps = calloc(count, sizeof *result->stamps);
    result->latencies = calloc(count, sizeof *result->latencies);
    if (result->stamps == NULL || result->latencies == NULL) {
        stop("memory");
    }
}

/* Send, and print what was sent: the caller of the program reads the CPU time of others at both lines. */
static void send_all(const struct load *load, struct result *result, int socket, struct receiver *receiver)
{
    printf("sending\n");
    uint64_t begin = read_clock(CLOCK_MONOTONIC);
    uint64_t used = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    (load->rate != 0 ? send_evenly : send_bursts)(load, result, socket, receiver);
    used = read_clock(CLOCK_PROCESS_CPUTIME_ID) - used;
    double seconds = (double)(read_clock(CLOCK_MONOTONIC) - begin) / SECOND;
    printf("sent %" PRIu64 " seconds %.6f cpu %" PRIu64 " refused %" PRIu64 " late %" PRIu64 "\n", result->sent,
           seconds, used, result->refused, result->late);
}

static void run(const struct load *load)
{
    struct result result = {.sent = 0};
    struct receiver receiver;
    const char *output = load->receive != NULL ? load->receive : load->interface;
    int socket = open_socket(load->interface, 0);
    open_receiver(load, &receiver);
    prepare(load, &result);
    if (load->receive != NULL) {
        send_back(load, receiver.socket);
    }
    uint64_t before = read_received(output);
    send_all(load, &result, socket, &receiver);
    for (uint64_t end = read_clock(CLOCK_MONOTONIC) + DRAIN; read_clock(CLOCK_MONOTONIC) < end;) {
        receive(load, &result, &receiver);
    }
    if (load->rate == 0) {
        result.received = read_received(output) - before;
    }
    printf("received %" PRIu64 " again %" PRIu64 "\n", result.received, result.again);
    print_latencies(load, &result);
    free(result.stamps);
    free(result.latencies);
}

/* -- The command line -- */

static void refuse(const char *option, const char *value, const char *what)
{
    fprintf(stderr, "generator: --%s %s: %s\n", option, value != NULL ? value : "is missing", what);
    exit(2);
}

static void parse_mac(const char *option, const char *text, uint8_t *mac)
{
    int end = 0;
    if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5],
               &end) != 6 ||
        text[end] != '\0') {
        refuse(option, text, "write an Ethernet address, such as 02:00:00:00:00:01");
    }
}

static void parse_address(const char *option, const char *text, struct in6_addr *address)
{
    if (inet_pton(AF_INET6, text, address) != 1) {
        refuse(option, text, "write an IPv6 address");
    }
}

static double parse_number(const char *option, const char *text, double min, double max)
{
    char *end = NULL;
    double number = strtod(text, &end);
    if (end == text || *end != '\0' || !(number >= min && number <= max)) {
        char what[64];
        snprintf(what, sizeof what, "write a number from %.10g to %.10g", min, max);
        refuse(option, text, what);
    }
    return number;
}

static const struct option options[] = {
    {"interface", required_argument, NULL, 'i'},
    {"receive", required_argument, NULL, 'r'},
    {"from", required_argument, NULL, 'f'},
    {"to", required_argument, NULL, 't'},
    {"source", required_argument, NULL, 's'},
    {"destination", required_argument, NULL, 'd'},
    {"size", required_argument, NULL, 'z'},
    {"prefixes", required_argument, NULL, 'p'},
    {"rate", required_argument, NULL, 'n'},
    {"seconds", required_argument, NULL, 'e'},
    {0},
};

/* Set one option. Return its letter. */
static int set_option(struct load *load, int option, const char *name)
{
    switch (option) {
    case 'i':
        load->interface = optarg;
        break;
    case 'r':
        load->receive = optarg;
        break;
    case 'f':
        parse_mac(name, optarg, load->from);
        break;
    case 't':
        parse_mac(name, optarg, load->to);
        break;
    case 's':
        parse_address(name, optarg, &load->source);
        break;
    case 'd':
        parse_address(name, optarg, &load->destination);
        break;
    case 'z':
        load->size = (uint32_t)parse_number(name, optarg, MIN_SIZE, MAX_SIZE);
        break;
    case 'p':
        load->prefixes = (uint32_t)parse_number(name, optarg, 1, MAX_PREFIXES);
        break;
    case 'n':
        load->rate = (uint32_t)parse_number(name, optarg, 1, 10e6);
        break;
    case 'e':
        load->seconds = parse_number(name, optarg, 0.001, 3600);
        break;
    default:
        refuse(name, optarg, "unknown; see tests/bench/README.md");
        break;
    }
    return option;
}

int main(int count, char **arguments)
{
    struct load load = {.size = 56, .prefixes = 1, .seconds = 1};
    char given[256] = {0};
    int number = 0;
    for (int option; (option = getopt_long(count, arguments, "", options, &number)) != -1;) {
        if (option == '?') {
            return 2;
        }
        given[set_option(&load, option, options[number].name)] = 1;
    }
    for (const struct option *each = options; each->name != NULL; each++) {
        if (strchr("iftsd", each->val) != NULL && !given[each->val]) {
            refuse(each->name, NULL, "it has no default");
        }
    }
    if (load.seconds * load.rate > MAX_COUNT) {
        refuse("rate", "", "the run is too long for this rate");
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    run(&load);
    return 0;
}
