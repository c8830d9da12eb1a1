/* test_pcap.c: what the capture file holds, byte by byte, and that the port it wraps does not notice. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "v6nf/driver/cable.h"
#include "v6nf/driver/pcap.h"
#include "v6nf/wire/bytes.h"

#define CAPACITY 1514u
#define FILE_HEADER 24u

static struct v6nf_cable cable;
static struct v6nf_pcap pcap;
static struct v6nf_port *const port = &pcap.port;
static char path[64];
static uint8_t contents[1u << 20];

static int setup(void **state)
{
    (void)state;
    (void)strcpy(path, "/tmp/v6nf-test-pcap-XXXXXX");
    int file = mkstemp(path);
    if (file < 0) {
        return 1;
    }
    (void)close(file);
    return v6nf_cable_init(&cable, 1500, CAPACITY, 1) && v6nf_pcap_open(&pcap, &cable.b.port, path) ? 0 : 1;
}

static int teardown(void **state)
{
    (void)state;
    (void)v6nf_pcap_close(&pcap);
    (void)unlink(path);
    return 0;
}

/* Read the file to `contents`. Return its size. */
static size_t read_file(void)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(contents, 1, sizeof contents, file);
    (void)fclose(file);
    return size;
}

static void send_from_a(uint8_t value, uint32_t length)
{
    uint8_t frame[CAPACITY];
    memset(frame, value, sizeof frame);
    assert_true(v6nf_cable_send(&cable.a, frame, length));
}

/* Answers with the bytes inverted, in reply bytes. */
static void invert(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    const uint32_t *reply = context;
    for (uint32_t i = 0; i < capacity; i++) {
        frame[i] = (uint8_t)~frame[i];
    }
    (void)length;
    lengths[0] = *reply;
}

static uint32_t poll_port(uint32_t reply)
{
    return port->operations->poll(port, invert, &reply);
}

/* Check the record at byte `at` of `contents`: `length` bytes, the first of which is `first`. Return its end. */
static size_t check_record(size_t at, uint32_t length, uint8_t first)
{
    uint32_t seconds = v6nf_word32(contents + at);
    struct timespec now; /* time() may lag behind the clock of the time stamps */
    assert_int_equal(timespec_get(&now, TIME_UTC), TIME_UTC);
    assert_true((time_t)seconds <= now.tv_sec && (time_t)seconds >= now.tv_sec - 60);
    assert_true(v6nf_word32(contents + at + 4u) < 1000000000u);
    assert_int_equal(v6nf_word32(contents + at + 8u), length);
    assert_int_equal(v6nf_word32(contents + at + 12u), length);
    assert_int_equal(contents[at + 16u], first);
    return at + V6NF_PCAP_RECORD_HEADER + length;
}

static void test_empty_file_is_a_file_header(void **state)
{
    (void)state;
    /* draft-ietf-opsawg-pcap, 4: magic for nanoseconds, 2.4, two reserved words, snapshot length, link type. */
    const uint8_t header[FILE_HEADER] = {0x4D, 0x3C, 0xB2, 0xA1, 2,    0,    4, 0, 0, 0, 0, 0,
                                         0,    0,    0,    0,    0xFF, 0xFF, 0, 0, 1, 0, 0, 0};
    assert_int_equal(read_file(), FILE_HEADER);
    assert_memory_equal(contents, header, sizeof header);
    assert_true(v6nf_pcap_close(&pcap));
    assert_true(v6nf_pcap_close(&pcap));
}

static void test_looks_like_the_inner_port(void **state)
{
    (void)state;
    assert_memory_equal(port->mac, cable.b.port.mac, 6);
    assert_int_equal(port->mtu, 1500);
    assert_int_equal(port->capacity, CAPACITY);
    assert_int_equal(port->outputs, 1);
    assert_true(port->operations->link_up(port));
    v6nf_cable_set_link(&cable, false);
    assert_false(port->operations->link_up(port));
}

static void test_arrival_and_answer(void **state)
{
    (void)state;
    assert_int_equal(poll_port(0), 0);
    send_from_a(0x0F, 100);
    assert_int_equal(poll_port(80), 1);
    assert_int_equal(v6nf_cable_receive(&cable.a, NULL, 0), 80);
    size_t size = read_file();                        /* there without a close */
    size_t at = check_record(FILE_HEADER, 100, 0x0F); /* as it came, not as the handler left it */
    assert_int_equal(contents[at - 1u], 0x0F);
    at = check_record(at, 80, 0xF0);
    assert_int_equal(at, size);
    assert_int_equal(pcap.recorded, 2);
    struct v6nf_port_counters counters;
    port->operations->read_counters(port, &counters);
    assert_int_equal(counters.received, 1); /* the inner port's own */
    assert_int_equal(counters.sent_bytes, 80);
}

static void test_dropped_frame_is_there_once(void **state)
{
    (void)state;
    send_from_a(1, 60);
    assert_int_equal(poll_port(0), 1);
    send_from_a(2, 60);
    assert_int_equal(poll_port(CAPACITY + 1u),
                     1); /* a handler's mistake: nothing leaves, nothing is read past the end */
    size_t size = read_file();
    assert_int_equal(check_record(check_record(FILE_HEADER, 60, 1), 60, 2), size);
}

static void test_originated_frames(void **state)
{
    (void)state;
    const struct v6nf_port_operations *operations = port->operations;
    operations->commit(port, 60); /* nothing reserved */
    uint8_t *buffer = operations->reserve(port);
    assert_non_null(buffer);
    memset(buffer, 0x33, CAPACITY);
    operations->commit(port, 61);
    operations->commit(port, 61); /* the reservation is used up */
    assert_int_equal(v6nf_cable_receive(&cable.a, NULL, 0), 61);
    assert_int_equal(v6nf_cable_receive(&cable.a, NULL, 0), 0);
    assert_non_null(operations->reserve(port));
    operations->commit(port, CAPACITY + 1u);
    assert_non_null(operations->reserve(port));
    operations->commit(port, V6NF_PORT_FRAME_MIN - 1u);
    size_t size = read_file();
    assert_int_equal(check_record(FILE_HEADER, 61, 0x33), size);
    cable.b.knobs.busy = 10;
    for (uint32_t i = 0; i < V6NF_CABLE_ORIGINATE; i++) {
        assert_non_null(operations->reserve(port));
        operations->commit(port, 60);
    }
    assert_null(operations->reserve(port));
    operations->commit(port, 60);
    assert_int_equal(pcap.recorded, 1u + V6NF_CABLE_ORIGINATE);
}

/* The inner port is stopped, and the file is still to be closed. */
static void test_wait_is_that_of_the_inner_port(void **state)
{
    (void)state;
    cable.a.knobs.latency = 70;
    send_from_a(1, 60);
    port->operations->wait(port, 50);
    assert_int_equal(cable.now, 50);
    port->operations->wait(port, 500);
    assert_int_equal(cable.now, 70);
    assert_int_equal(poll_port(0), 1);
}

static void test_stop(void **state)
{
    (void)state;
    const struct v6nf_port_operations *operations = port->operations;
    assert_int_equal(operations->status(port), V6NF_PORT_RUNNING);
    assert_non_null(operations->reserve(port));
    assert_true(operations->stop(port));
    operations->commit(port, 60);
    assert_int_equal(operations->status(port), V6NF_PORT_STOPPED);
    assert_int_equal(cable.b.port.operations->status(&cable.b.port), V6NF_PORT_STOPPED);
    assert_false(operations->link_up(port));
    assert_null(operations->reserve(port));
    send_from_a(1, 60);
    assert_int_equal(poll_port(0), 0);
    assert_int_equal(read_file(), FILE_HEADER);
    assert_true(v6nf_pcap_close(&pcap));
}

/* More than the buffer holds in one poll. */
static void test_a_whole_burst(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < V6NF_CABLE_BURST; i++) {
        send_from_a(i, CAPACITY);
    }
    assert_int_equal(poll_port(CAPACITY), V6NF_CABLE_BURST);
    size_t size = read_file();
    assert_true(size > V6NF_PCAP_BUFFER);
    size_t at = FILE_HEADER;
    for (uint8_t i = 0; i < V6NF_CABLE_BURST; i++) {
        at = check_record(at, CAPACITY, i);
        at = check_record(at, CAPACITY, (uint8_t)~i);
    }
    assert_int_equal(at, size);
}

/* A port with frames too long for a capture file, and two outputs. */
static uint8_t giant[70000];

static uint32_t giant_poll(struct v6nf_port *inner, v6nf_handler *handler, void *context)
{
    uint32_t lengths[V6NF_PORT_OUTPUTS_MAX] = {0};
    handler(context, giant, sizeof giant, inner->capacity, lengths);
    return 1;
}

static void answer_on_the_second_output(void *context, uint8_t *frame, uint32_t length, uint32_t capacity,
                                        uint32_t *lengths)
{
    (void)context;
    (void)frame;
    (void)length;
    (void)capacity;
    lengths[1] = 77;
}

static void test_giant_frames_and_outputs(void **state)
{
    (void)state;
    const struct v6nf_port_operations operations = {.poll = giant_poll};
    struct v6nf_port inner = {.operations = &operations,
                              .mac = {2, 0, 0, 0, 0, 1},
                              .mtu = sizeof giant - 14u,
                              .capacity = sizeof giant,
                              .outputs = 2};
    assert_true(v6nf_pcap_close(&pcap));
    assert_true(v6nf_pcap_open(&pcap, &inner, path));
    assert_int_equal(port->outputs, 2);
    assert_int_equal(port->operations->poll(port, answer_on_the_second_output, NULL), 1);
    size_t size = read_file();
    assert_int_equal(v6nf_word32(contents + FILE_HEADER + 8u), 65535);
    assert_int_equal(v6nf_word32(contents + FILE_HEADER + 12u), sizeof giant);
    assert_int_equal(check_record(FILE_HEADER + V6NF_PCAP_RECORD_HEADER + 65535u, 77, 0), size);
}

/* A port whose device verifies and inserts checksums. */
static uint32_t flagged_poll(struct v6nf_port *inner, v6nf_handler *handler, void *context)
{
    uint32_t lengths[V6NF_PORT_OUTPUTS_MAX] = {0};
    handler(context, giant, 100u | V6NF_PORT_CHECKSUM_GOOD, inner->capacity, lengths);
    return lengths[0];
}

static void answer_with_a_flag(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)frame;
    (void)capacity;
    assert_int_equal(length, 100u | V6NF_PORT_CHECKSUM_GOOD);
    lengths[0] = 60u | V6NF_PORT_CHECKSUM_PARTIAL;
}

static uint8_t *giant_reserve(struct v6nf_port *inner)
{
    (void)inner;
    return giant;
}

static uint32_t committed;

static void giant_commit(struct v6nf_port *inner, uint32_t length)
{
    (void)inner;
    committed = length;
}

static void test_flags_of_lengths(void **state)
{
    (void)state;
    const struct v6nf_port_operations operations = {
        .poll = flagged_poll, .reserve = giant_reserve, .commit = giant_commit};
    struct v6nf_port inner = {.operations = &operations,
                              .checksums = V6NF_PORT_VERIFIES | V6NF_PORT_INSERTS,
                              .mtu = 1500,
                              .capacity = 2048,
                              .outputs = 1};
    assert_true(v6nf_pcap_close(&pcap));
    assert_true(v6nf_pcap_open(&pcap, &inner, path));
    assert_int_equal(port->checksums, inner.checksums);
    assert_int_equal(port->operations->poll(port, answer_with_a_flag, NULL), 60u | V6NF_PORT_CHECKSUM_PARTIAL);
    assert_ptr_equal(port->operations->reserve(port), giant);
    port->operations->commit(port, 70u | V6NF_PORT_CHECKSUM_PARTIAL);
    assert_int_equal(committed, 70u | V6NF_PORT_CHECKSUM_PARTIAL);
    size_t size = read_file();
    size_t at = check_record(check_record(FILE_HEADER, 100, 0), 60, 0);
    assert_int_equal(check_record(at, 70, 0), size);
}

static uint32_t released;

static void count_release(struct v6nf_port *inner)
{
    (void)inner;
    released++;
}

static void test_buffer_is_given_back_to_the_inner_port(void **state)
{
    (void)state;
    const struct v6nf_port_operations operations = {
        .reserve = giant_reserve, .commit = giant_commit, .release = count_release};
    struct v6nf_port inner = {.operations = &operations, .mtu = 1500, .capacity = 2048, .outputs = 1};
    released = 0;
    assert_true(v6nf_pcap_close(&pcap));
    assert_true(v6nf_pcap_open(&pcap, &inner, path));
    assert_ptr_equal(port->operations->reserve(port), giant);
    v6nf_port_release(port);
    assert_int_equal(released, 1);
    port->operations->commit(port, 60); /* nothing is reserved */
    assert_int_equal(read_file(), FILE_HEADER);
    assert_true(v6nf_pcap_close(&pcap));
    assert_true(v6nf_pcap_open(&pcap, &cable.b.port, path)); /* which has its buffers for itself */
    assert_non_null(port->operations->reserve(port));
    v6nf_port_release(port);
}

static void test_file_that_cannot_be_made(void **state)
{
    (void)state;
    static struct v6nf_pcap other;
    assert_false(v6nf_pcap_open(&other, &cable.b.port, "/nonexistent/file.pcap"));
    assert_int_equal(errno, ENOENT);
    assert_false(v6nf_pcap_open(&other, &cable.b.port, "/dev/full"));
    assert_int_equal(errno, ENOSPC);
}

/* Run `body` in a child. Return its wait status. */
static int in_child(void (*body)(void))
{
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        body();
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void record_and_die(void)
{
    for (uint8_t i = 0; i < 10u; i++) {
        send_from_a(i, 1000);
        (void)poll_port(1000);
    }
    (void)raise(SIGKILL);
}

static void test_killed_program_leaves_a_whole_file(void **state)
{
    (void)state;
    assert_true(WIFSIGNALED(in_child(record_and_die)));
    size_t size = read_file();
    size_t at = FILE_HEADER;
    for (uint8_t i = 0; i < 10u; i++) {
        at = check_record(check_record(at, 1000, i), 1000, (uint8_t)~i);
    }
    assert_int_equal(at, size);
}

/* Exit status: which expectation failed, 0 for none. */
static void fill_the_disk(void)
{
    struct rlimit limit = {4000, RLIM_INFINITY};
    for (uint8_t i = 0; i < 10u; i++) {
        limit.rlim_cur = i < 5u ? 4000u : RLIM_INFINITY; /* free space is too late: the file is already cut */
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0) {
            _exit(1);
        }
        send_from_a(i, 1000);
        if (poll_port(1000) != 1u || v6nf_cable_receive(&cable.a, NULL, 0) != 1000u) {
            _exit(2); /* the network goes on */
        }
    }
    if (pcap.recorded != 2u || pcap.missed != 18u || pcap.error != EFBIG) {
        _exit(3);
    }
    _exit(v6nf_pcap_close(&pcap) ? 4 : 0);
}

static void test_full_disk_is_reported(void **state)
{
    (void)state;
    int status = in_child(fill_the_disk);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(read_file(), 4000);
    (void)check_record(check_record(FILE_HEADER, 1000, 0), 1000, 0xFF);
}

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
    (void)number;
    signals++;
}

/* Records to a pipe whose reader goes after the first frame. */
static int record_to_a_pipe(void)
{
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (reader < 0 || !v6nf_pcap_open(&pcap, &cable.b.port, path)) {
        return 1;
    }
    for (uint8_t i = 0; i < 5u; i++) {
        send_from_a(i, 1000);
        if (poll_port(1000) != 1u || v6nf_cable_receive(&cable.a, NULL, 0) != 1000u) {
            return 2; /* the network goes on */
        }
        if (i == 0u) {
            (void)close(reader);
        }
    }
    (void)port->operations->reserve(port);
    port->operations->commit(port, 60);
    if (v6nf_cable_receive(&cable.a, NULL, 0) != 60u) {
        return 3;
    }
    if (pcap.recorded != 2u || pcap.missed != 9u || pcap.error != EPIPE) {
        return 4;
    }
    return v6nf_pcap_close(&pcap) ? 5 : 0;
}

static void lose_the_reader(void)
{
    _exit(record_to_a_pipe());
}

/* The program has a handler of its own, which is for its own pipes. */
static void lose_the_reader_with_a_handler(void)
{
    (void)signal(SIGPIPE, count_signal);
    int failed = record_to_a_pipe();
    _exit(failed != 0 ? failed : signals == 0 ? 0 : 10);
}

/* The program has blocked the signal, and one waits: that one is the program's, and stays. */
static void lose_the_reader_with_a_signal_pending(void)
{
    sigset_t set;
    sigset_t after;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGPIPE);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)raise(SIGPIPE);
    int failed = record_to_a_pipe();
    (void)sigpending(&set);
    (void)sigprocmask(SIG_BLOCK, NULL, &after);
    bool left =
        sigismember(&set, SIGPIPE) == 1 && sigismember(&after, SIGPIPE) == 1 && sigismember(&after, SIGXFSZ) == 0;
    _exit(failed != 0 ? failed : left ? 0 : 11);
}

static void test_reader_that_goes_ends_the_recording_alone(void **state)
{
    (void)state;
    void (*const bodies[3])(void) = {lose_the_reader, lose_the_reader_with_a_handler,
                                     lose_the_reader_with_a_signal_pending};
    for (uint32_t i = 0; i < 3u; i++) {
        (void)v6nf_pcap_close(&pcap);
        (void)unlink(path);
        assert_int_equal(mkfifo(path, 0600), 0);
        int status = in_child(bodies[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

static void make_a_file_where_there_may_be_none(void)
{
    struct rlimit limit = {0, 0};
    (void)v6nf_pcap_close(&pcap);
    bool failed = setrlimit(RLIMIT_FSIZE, &limit) == 0 && !v6nf_pcap_open(&pcap, &cable.b.port, path);
    _exit(failed && errno == EFBIG ? 0 : 1);
}

static void test_header_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    int status = in_child(make_a_file_where_there_may_be_none);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* How many lines of output `command` has; fails if it fails. */
static uint32_t count_lines(const char *command)
{
    uint32_t lines = 0;
    FILE *output = popen(command, "r");
    assert_non_null(output);
    for (int character = fgetc(output); character != EOF; character = fgetc(output)) {
        lines += character == '\n' ? 1u : 0u;
    }
    assert_int_equal(pclose(output), 0);
    return lines;
}

static void check_with(const char *tool, const char *format)
{
    char command[256];
    (void)snprintf(command, sizeof command, "command -v %s > /dev/null 2>&1", tool);
    if (system(command) != 0) {
        print_message("%s is not installed\n", tool);
        skip();
    }
    for (uint8_t i = 0; i < 5u; i++) {
        send_from_a(i, 100);
        assert_int_equal(poll_port(90), 1);
    }
    (void)snprintf(command, sizeof command, format, path);
    assert_int_equal(count_lines(command), 10);
}

static void test_tcpdump_reads_it(void **state)
{
    (void)state;
    check_with("tcpdump", "tcpdump -Z root -tt -r %s 2> /dev/null | grep '^[0-9]'");
}

static void test_tshark_reads_it(void **state)
{
    (void)state;
    check_with("tshark", "tshark -r %s -T fields -e frame.number -e frame.len 2> /dev/null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_empty_file_is_a_file_header, setup, teardown),
        cmocka_unit_test_setup_teardown(test_looks_like_the_inner_port, setup, teardown),
        cmocka_unit_test_setup_teardown(test_arrival_and_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dropped_frame_is_there_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_originated_frames, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wait_is_that_of_the_inner_port, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stop, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_whole_burst, setup, teardown),
        cmocka_unit_test_setup_teardown(test_giant_frames_and_outputs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flags_of_lengths, setup, teardown),
        cmocka_unit_test_setup_teardown(test_buffer_is_given_back_to_the_inner_port, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_that_cannot_be_made, setup, teardown),
        cmocka_unit_test_setup_teardown(test_killed_program_leaves_a_whole_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_disk_is_reported, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reader_that_goes_ends_the_recording_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_header_that_cannot_be_written_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tcpdump_reads_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tshark_reads_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
