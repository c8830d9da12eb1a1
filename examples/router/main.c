/* main.c: a router on Linux, between TAP interfaces and network interfaces (AF_XDP). A file and a control socket
 * configure it (lines.h). SIGINT and SIGTERM end it. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "control.h"
#include "lines.h"
#include "v6nf/driver/forward.h"
#include "v6nf/driver/tap.h"
#include "v6nf/driver/xdp.h"
#include "v6nf/env.h"
#include "v6nf/text.h"

#define PORTS_MAX V6NF_ROUTER_INTERFACES_MAX
#define ROUTES 4096u
#define ROUTES_MAX (1u << 20)
#define CONTROL_INTERVAL 1000u /* microseconds: so often clients are served while packets arrive */
#define LOOK_INTERVAL 100000u  /* microseconds: so often links are looked at */
#define XDP_PAUSE 50000u       /* nanoseconds for which AF_XDP is not looked at while nothing arrives */
#define TICKS_MAX 64u          /* frames that are due and sent between two rounds of polls */
#define FRAME_SIZE 65536u
#define LAST_WAIT (3u * V6NF_SECOND + LOOK_INTERVAL) /* microseconds: so long the end waits for last advertisements */
#define LAST_PAUSE 10000000L                         /* nanoseconds between two looks at them */

/* A port of the command line. */
struct router_port {
    const char *name;
    bool is_xdp;
    bool was_up;
    bool is_gone;
    struct v6nf_port *port; /* NULL: not open */
    struct v6nf_forward forward;
    struct v6nf_tap tap;
    struct v6nf_xdp_interface interface;
    struct v6nf_xdp xdp; /* of this one alone */
};

static struct program program;
static struct router_port ports[PORTS_MAX];
static struct v6nf_xdp group; /* all ports, if all are by AF_XDP */
static bool is_group;
static uint32_t routes = ROUTES;
static const char *config_path;
static const char *control_path;
static volatile sig_atomic_t must_end;

static void request_stop(int number)
{
    (void)number;
    must_end = 1;
}

static bool fail(const char *subject, const char *problem)
{
    (void)fprintf(stderr, "v6nf-router: %s: %s\n", subject, problem);
    return false;
}

/* -- The command line ---------------------------------------------------------------------------------------------- */

static void print_usage(void)
{
    (void)printf("usage: v6nf-router INTERFACE...   (2 to 8 of them)\n"
                 "  --tap NAME\n        a TAP interface\n"
                 "  --xdp NAME\n        a network interface, by AF_XDP: the router gets all of its frames\n"
                 "  --config FILE\n        read lines from this file at the start\n"
                 "  --control PATH\n        take lines on this Unix socket: each is answered by ok, or by what is"
                 " wrong\n"
                 "  --routes NUMBER\n        maximum number of routes, 64 to 1048576; default 4096\n"
                 "  --help\n        print this\n"
                 "lines (IF: number of an interface, from 0, or its name; no before a line: the opposite):\n"
                 "  address IF ADDRESS/LENGTH                  no address IF ADDRESS\n"
                 "  route PREFIX via ADDRESS IF                no route PREFIX\n"
                 "  route PREFIX unreachable|prohibited|policy|reject|discard\n"
                 "  mtu IF BYTES                               in the file of --config only\n"
                 "  advertise IF [interval MIN MAX] [hop-limit N] [managed] [other] [lifetime S] [reachable MS]\n"
                 "    [retrans MS] [mtu BYTES] [preference low|medium|high]\n"
                 "  prefix IF PREFIX [lifetimes VALID PREFERRED] [off-link] [no-autonomous]\n"
                 "  rdnss IF ADDRESS...                        dnssl IF DOMAIN...\n"
                 "  route-information IF PREFIX LIFETIME [low|medium|high]\n"
                 "  show routes|neighbors|counters|addresses\n");
}

static bool add_port(const char *name, bool is_xdp)
{
    if (program.count == PORTS_MAX) {
        return fail(name, "is one interface too many: 8 at most");
    }
    for (uint32_t i = 0; i < program.count; i++) {
        if (v6nf_text_equals(ports[i].name, name)) {
            return fail(name, "is named twice");
        }
    }
    ports[program.count].name = name;
    ports[program.count].is_xdp = is_xdp;
    program.names[program.count] = name;
    program.count++;
    return true;
}

static bool read_option(const char *option, const char *value)
{
    const bool is_xdp = v6nf_text_equals(option, "--xdp");
    const char **path = v6nf_text_equals(option, "--config")    ? &config_path
                        : v6nf_text_equals(option, "--control") ? &control_path
                                                                : NULL;
    const bool is_routes = v6nf_text_equals(option, "--routes");
    if (!is_xdp && !v6nf_text_equals(option, "--tap") && path == NULL && !is_routes) {
        return fail(option, "unknown option; --help lists the options");
    }
    if (value == NULL) {
        return fail(option, "needs a value after it; --help lists the options");
    }
    if (path != NULL) {
        *path = value;
        return true;
    }
    if (!is_routes) {
        return add_port(value, is_xdp);
    }
    return (v6nf_text_parse_number(&routes, value, ROUTES_MAX) && routes >= 64u) ||
           fail(value, "is not a number of routes, 64 to 1048576");
}

/* Read the command line. Set *help if that is all that the user wants. */
static bool read_arguments(int arguments, char **texts, bool *help)
{
    for (int i = 1; i < arguments; i++) {
        if (v6nf_text_equals(texts[i], "--help")) {
            *help = true;
            return true;
        }
        const char *option = texts[i++];
        if (!read_option(option, i < arguments ? texts[i] : NULL)) {
            return false;
        }
    }
    return program.count >= 2u ||
           fail("--tap or --xdp", "at least two interfaces are needed; --help lists the options");
}

/* Do the lines of the file. Return false after a message about the first bad one. */
static bool read_config(uint64_t now)
{
    char text[LINE_SIZE + 1u];
    char answer[ANSWER_SIZE];
    struct show show;
    uint32_t number = 0;
    bool is_good = true;
    FILE *file = config_path == NULL ? NULL : fopen(config_path, "re");
    if (file == NULL) {
        return config_path == NULL || fail(config_path, strerror(errno));
    }
    while (is_good && fgets(text, sizeof text, file) != NULL) {
        const size_t length = strcspn(text, "\n");
        number++;
        if (length >= LINE_SIZE) {
            (void)snprintf(answer, sizeof answer, "error: line: longer than 512 characters");
            is_good = false;
        } else {
            text[length] = '\0';
            is_good = read_line(&program, text, answer, &show, now);
        }
        if (!is_good) {
            (void)fprintf(stderr, "v6nf-router: %s:%u: %s\n", config_path, number, answer);
        }
    }
    is_good = is_good && (ferror(file) == 0 || fail(config_path, strerror(errno)));
    (void)fclose(file);
    return is_good;
}

/* -- Ports --------------------------------------------------------------------------------------------------------- */

static bool check_xdp(const struct router_port *its, enum v6nf_xdp_status status)
{
    if (status == V6NF_XDP_REFUSED) {
        (void)fail(its->name, its->interface.log);
    }
    return status == V6NF_XDP_OPEN ||
           fail(its->name, status == V6NF_XDP_FAILED ? strerror(errno) : v6nf_xdp_status_text(status));
}

static bool open_port(struct router_port *its)
{
    if (its->is_xdp) {
        const struct v6nf_xdp_config all = {.name = its->name, .claim = V6NF_XDP_CLAIM_ALL};
        const struct v6nf_xdp_interface *const one[] = {&its->interface};
        its->port = &its->xdp.ports[0].port;
        return check_xdp(its, v6nf_xdp_attach(&its->interface, &all)) &&
               (is_group || check_xdp(its, v6nf_xdp_open(&its->xdp, one, 1, 0)));
    }
    const enum v6nf_tap_status status = v6nf_tap_open(&its->tap, its->name, NULL);
    its->port = &its->tap.port;
    return status == V6NF_TAP_OPEN ||
           fail(its->name, status == V6NF_TAP_FAILED ? strerror(errno) : v6nf_tap_status_text(status));
}

/* Open all interfaces as one group, which shares the memory of frames. */
static bool open_group(void)
{
    const struct v6nf_xdp_interface *all[PORTS_MAX];
    for (uint32_t i = 0; i < program.count; i++) {
        all[i] = &ports[i].interface;
        ports[i].port = &group.ports[i].port;
    }
    return check_xdp(&ports[0], v6nf_xdp_open(&group, all, program.count, 0));
}

static bool open_ports(void)
{
    struct v6nf_port *all[PORTS_MAX];
    is_group = true;
    for (uint32_t i = 0; i < program.count; i++) {
        is_group = is_group && ports[i].is_xdp;
    }
    for (uint32_t i = 0; i < program.count; i++) {
        if (!open_port(&ports[i])) {
            return false; /* the kernel closes the others with the process */
        }
    }
    if (is_group && !open_group()) {
        return false;
    }
    for (uint32_t i = 0; i < program.count; i++) {
        all[i] = ports[i].port;
        program.macs[i] = ports[i].port->mac;
        program.port_mtus[i] = ports[i].port->mtu;
        program.mtus[i] = ports[i].port->mtu;
    }
    for (uint32_t i = 0; i < program.count; i++) {
        if (!is_group && !v6nf_forward_init(&ports[i].forward, all[i], program.count, all)) {
            return fail(ports[i].name, "its port cannot forward");
        }
        ports[i].was_up = all[i]->operations->link_up(all[i]);
    }
    return true;
}

/* Report links that are up again to their nodes. Return false if all ports are gone. */
static bool look_at_ports(uint64_t now)
{
    bool is_any_left = false;
    for (uint32_t i = 0; i < program.count; i++) {
        struct router_port *its = &ports[i];
        const bool is_gone = its->port->operations->status(its->port) != V6NF_PORT_RUNNING;
        const bool is_up = its->port->operations->link_up(its->port);
        if (is_gone && !its->is_gone) {
            (void)fail(its->name, "is gone; the router goes on without it");
        }
        if (is_up && !its->was_up) {
            v6nf_node_link_up(&program.nodes[i], now);
        }
        its->is_gone = is_gone;
        its->was_up = is_up;
        is_any_left = is_any_left || !is_gone;
    }
    return is_any_left || fail("interfaces", "all are gone");
}

/* -- The loop ------------------------------------------------------------------------------------------------------ */

/* Show a burst of each port to the router. Return the number of frames. */
static uint32_t poll_ports(uint64_t now)
{
    uint32_t frames = 0;
    for (uint32_t i = 0; i < program.count; i++) {
        struct v6nf_router_context context = {&program.router, i, now};
        struct v6nf_port *port = ports[i].port;
        frames += is_group ? port->operations->poll(port, v6nf_router_handler, &context)
                           : v6nf_forward_poll(&ports[i].forward, v6nf_router_handler, &context);
    }
    return frames;
}

/* Send a frame that was due. Without a buffer it is dropped: a dead output stops no other. */
static void send_frame(uint32_t number, const uint8_t *frame, uint32_t length)
{
    struct v6nf_port *port = ports[number].port;
    uint8_t *buffer = port->operations->reserve(port);
    if (buffer == NULL || !V6NF_PORT_IS_FRAME(length, port->capacity)) {
        program.output_drops[number]++;
        return;
    }
    memcpy(buffer, frame, length);
    port->operations->commit(port, length);
}

/* Send what is due: a bounded number of frames. */
static void send_due(uint64_t now)
{
    static uint8_t frame[FRAME_SIZE];
    uint32_t lengths[PORTS_MAX];
    for (uint32_t i = 0; i < TICKS_MAX; i++) {
        if (!v6nf_router_tick(&program.router, frame, sizeof frame, lengths, now)) {
            return;
        }
        for (uint32_t j = 0; j < program.count; j++) {
            if (lengths[j] != 0u) {
                send_frame(j, frame, lengths[j]);
            }
        }
    }
}

/* Wait for a frame, a client, or the time at which something is due. */
static void wait_for_work(void)
{
    struct pollfd polls[PORTS_MAX + CONTROL_POLLS];
    bool has_xdp = false;
    for (uint32_t i = 0; i < program.count; i++) {
        polls[i] = (struct pollfd){.fd = ports[i].is_xdp ? -1 : v6nf_tap_descriptor(&ports[i].tap), .events = POLLIN};
        has_xdp = has_xdp || ports[i].is_xdp;
    }
    const bool has_work = control_wait_for(polls + program.count);
    const uint64_t due = v6nf_router_next_due(&program.router);
    const uint64_t now = v6nf_env_clock();
    uint64_t pause = due > now ? due - now : 0u;
    pause = has_work ? 0u : pause < LOOK_INTERVAL ? pause : LOOK_INTERVAL;
    struct timespec time = {.tv_nsec = (long)(1000u * pause)};
    time.tv_nsec = has_xdp && time.tv_nsec > (long)XDP_PAUSE ? (long)XDP_PAUSE : time.tv_nsec;
    (void)ppoll(polls, program.count + CONTROL_POLLS, &time, NULL); /* all are looked at in any case */
}

/* Return false if all ports are gone. */
static bool run(void)
{
    uint64_t looked = 0;
    uint64_t served = 0;
    while (must_end == 0) {
        const uint64_t now = v6nf_env_clock();
        const uint32_t frames = poll_ports(now);
        send_due(now);
        if (frames == 0u || now - served >= CONTROL_INTERVAL) {
            served = now;
            control_run(&program, now);
        }
        if (now - looked >= LOOK_INTERVAL) {
            looked = now;
            if (!look_at_ports(now)) {
                return false;
            }
        }
        if (frames == 0u) {
            wait_for_work();
        }
    }
    return true;
}

/* -- Start and end ------------------------------------------------------------------------------------------------- */

static bool start_router(void)
{
    uint8_t secret[V6NF_ROUTER_SECRET_SIZE];
    const size_t words = V6NF_FIB_WORDS(routes, routes, program_hops(routes), 16u);
    void *memory = mmap(NULL, 8u * words, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return fail("--routes", "there is not enough memory; name fewer");
    }
    if (!v6nf_env_entropy(secret, sizeof secret)) {
        return fail("entropy", "the system has none");
    }
    const uint64_t now = v6nf_env_clock();
    if (!read_config(now)) { /* MTUs only */
        return false;
    }
    if (!program_start(&program, (uint64_t *)memory, routes, secret, now)) {
        return fail("router", "cannot start with these interfaces");
    }
    return read_config(now);
}

static bool open_control(void)
{
    const int problem = control_path == NULL ? 0 : control_open(control_path);
    return problem == 0 || fail(control_path, strerror(problem));
}

/* Return the number of last advertisements that interfaces have still to begin with. */
static uint32_t count_unsent(const uint64_t *sent)
{
    uint32_t unsent = 0;
    for (uint32_t i = 0; i < program.count; i++) {
        const struct v6nf_advertiser *its = &program.interfaces[i].advertiser;
        unsent += its->state == V6NF_ADVERTISER_STOPPING && its->sent == sent[i] ? 1u : 0u;
    }
    return unsent;
}

/* Send one last advertisement on each interface that has advertised: this is a router no longer. Of the at most 3 that
 * RFC 4861, 6.2.5 permits, one is sent. It is due 3 seconds after the one before, and waited for. */
static void withdraw(void)
{
    uint64_t sent[PORTS_MAX];
    uint64_t now = v6nf_env_clock();
    const uint64_t end = now + LAST_WAIT;
    for (uint32_t i = 0; i < program.count; i++) {
        v6nf_router_advertise(&program.router, i, false, now);
        sent[i] = program.interfaces[i].advertiser.sent;
    }
    send_due(now);
    while (count_unsent(sent) != 0u && now < end) {
        const struct timespec pause = {.tv_nsec = LAST_PAUSE};
        (void)nanosleep(&pause, NULL); /* a further signal only shortens it */
        now = v6nf_env_clock();
        (void)poll_ports(now);
        send_due(now);
    }
}

int main(int argc, char **argv)
{
    const struct sigaction action = {.sa_handler = request_stop};
    bool help = false;
    if (!read_arguments(argc, argv, &help)) {
        return 1;
    }
    if (help) {
        print_usage();
        return 0;
    }
    (void)sigaction(SIGINT, &action, NULL); /* cannot fail for these two */
    (void)sigaction(SIGTERM, &action, NULL);
    if (!open_ports() || !start_router() || !open_control()) {
        return 1;
    }
    (void)printf("v6nf-router: running\n");
    (void)fflush(stdout);
    const bool is_good = run();
    withdraw();
    control_close();
    for (uint32_t i = 0; i < program.count; i++) {
        (void)ports[i].port->operations->stop(ports[i].port);
    }
    return is_good ? 0 : 1;
}
