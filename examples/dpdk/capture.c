/* capture.c: see capture.h. */
#include "capture.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define MAGIC_MICROSECONDS 0xA1B2C3D4u
#define MAGIC_NANOSECONDS 0xA1B23C4Du
#define ETHERNET 1u
#define SNAPLEN 65535u
#define RECORD_MAX 262144u /* bytes of a frame that a capture file may have (libpcap) */
#define NANOSECONDS 1000000000u

static struct dpdk_capture *capture_of(struct v6nf_port *port)
{
    return (struct dpdk_capture *)(void *)port; /* its first member */
}

static uint32_t number_of(const struct dpdk_capture *capture, uint32_t number)
{
    return capture->is_swapped ? __builtin_bswap32(number) : number;
}

/* -- Reading ------------------------------------------------------------------------------------------------------- */

/* Read the header of the file. Return NULL, or what is wrong. */
static const char *read_header(struct dpdk_capture *capture)
{
    uint32_t header[6];
    if (fread(header, sizeof header, 1, capture->input) != 1u) {
        return "it is no capture file: it is too short";
    }
    capture->is_swapped = header[0] != MAGIC_MICROSECONDS && header[0] != MAGIC_NANOSECONDS;
    const uint32_t magic = number_of(capture, header[0]);
    if (magic != MAGIC_MICROSECONDS && magic != MAGIC_NANOSECONDS) {
        return "it is no capture file of the classic format; write one with tcpdump -w";
    }
    return (number_of(capture, header[5]) & 0xFFFFu) == ETHERNET ? NULL : "its frames are not of Ethernet";
}

static bool skip(struct dpdk_capture *capture, uint32_t size)
{
    while (size > 0u) {
        const uint32_t part = size < DPDK_CAPTURE_FRAME ? size : DPDK_CAPTURE_FRAME;
        if (fread(capture->frame, part, 1, capture->input) != 1u) {
            return false;
        }
        size -= part;
    }
    return true;
}

/* Read the next frame that a buffer holds. Set *length to 0 if it is not shown. Return false at the end of the file,
 * also one in the middle of a record. */
static bool read_frame(struct dpdk_capture *capture, uint32_t *length)
{
    uint32_t header[4];
    *length = 0;
    if (capture->input == NULL || fread(header, sizeof header, 1, capture->input) != 1u) {
        return false;
    }
    const uint32_t size = number_of(capture, header[2]);
    if (size > RECORD_MAX) {
        capture->counters.receive_dropped++;
        (void)fclose(capture->input); /* what follows cannot be found */
        capture->input = NULL;
        return false;
    }
    if (!V6NF_PORT_IS_FRAME(size, DPDK_CAPTURE_FRAME)) {
        capture->counters.receive_dropped++;
        return skip(capture, size);
    }
    if (fread(capture->frame, size, 1, capture->input) != 1u) {
        return false;
    }
    *length = size;
    return true;
}

/* -- Writing ------------------------------------------------------------------------------------------------------- */

static void write_frame(struct dpdk_capture *capture, const uint8_t *frame, uint32_t length)
{
    struct timespec now = {0, 0};
    if (!V6NF_PORT_IS_FRAME(length, DPDK_CAPTURE_FRAME) || capture->output == NULL || capture->has_failed) {
        capture->counters.transmit_dropped++;
        return;
    }
    (void)timespec_get(&now, TIME_UTC);
    const uint32_t header[] = {(uint32_t)now.tv_sec, (uint32_t)now.tv_nsec, length, length};
    if (fwrite(header, sizeof header, 1, capture->output) != 1u || fwrite(frame, length, 1, capture->output) != 1u) {
        capture->has_failed = true;
        capture->counters.transmit_dropped++;
        return;
    }
    capture->counters.sent++;
    capture->counters.sent_bytes += length;
}

/* -- The port ------------------------------------------------------------------------------------------------------ */

static uint32_t capture_poll(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    struct dpdk_capture *capture = capture_of(port);
    uint32_t shown = 0;
    uint32_t length = 0;
    for (uint32_t i = 0; i < DPDK_CAPTURE_BURST && capture->is_running && read_frame(capture, &length); i++) {
        uint32_t lengths[V6NF_PORT_OUTPUTS_MAX] = {0};
        if (length > 0u) {
            capture->counters.received++;
            capture->counters.received_bytes += length;
            handler(context, capture->frame, length, DPDK_CAPTURE_FRAME, lengths);
            if (lengths[0] > 0u) {
                write_frame(capture, capture->frame, lengths[0]);
            }
            shown++;
        }
    }
    return shown;
}

/* A file never makes a program wait. */
static void capture_wait(struct v6nf_port *port, uint64_t until)
{
    (void)port;
    (void)until;
}

static uint8_t *capture_reserve(struct v6nf_port *port)
{
    struct dpdk_capture *capture = capture_of(port);
    return capture->is_running ? capture->originate : NULL;
}

static void capture_commit(struct v6nf_port *port, uint32_t length)
{
    struct dpdk_capture *capture = capture_of(port);
    if (capture->is_running) {
        write_frame(capture, capture->originate, length);
    }
}

static bool capture_link_up(struct v6nf_port *port)
{
    return capture_of(port)->is_running;
}

static void capture_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    *counters = capture_of(port)->counters;
}

static enum v6nf_port_status capture_status(struct v6nf_port *port)
{
    return capture_of(port)->is_running ? V6NF_PORT_RUNNING : V6NF_PORT_STOPPED;
}

/* No device accesses memory. */
static bool capture_stop(struct v6nf_port *port)
{
    struct dpdk_capture *capture = capture_of(port);
    if (capture->input != NULL) {
        (void)fclose(capture->input);
        capture->input = NULL;
    }
    if (capture->output != NULL) {
        capture->has_failed = fclose(capture->output) != 0 || capture->has_failed;
        capture->output = NULL;
    }
    capture->is_running = false;
    return true;
}

static const struct v6nf_port_operations operations = {
    .poll = capture_poll,
    .wait = capture_wait,
    .reserve = capture_reserve,
    .commit = capture_commit,
    .link_up = capture_link_up,
    .read_counters = capture_read_counters,
    .status = capture_status,
    .stop = capture_stop,
};

const char *dpdk_capture_open(struct dpdk_capture *capture, const char *input, const char *output)
{
    const uint32_t header[] = {MAGIC_NANOSECONDS, 0, 0, 0, SNAPLEN, ETHERNET};
    const uint16_t version[] = {2, 4};
    memset(capture, 0, sizeof *capture);
    capture->port = (struct v6nf_port){
        .operations = &operations, .mac = {0x02}, .mtu = 1500, .capacity = DPDK_CAPTURE_FRAME, .outputs = 1};
    capture->input = input != NULL ? fopen(input, "rb") : NULL;
    if (input != NULL && capture->input == NULL) {
        return strerror(errno);
    }
    const char *problem = input != NULL ? read_header(capture) : NULL;
    if (problem == NULL && output != NULL) {
        capture->output = fopen(output, "wb");
        if (capture->output == NULL || fwrite(header, 4, 1, capture->output) != 1u ||
            fwrite(version, sizeof version, 1, capture->output) != 1u ||
            fwrite(header + 2, sizeof header - 8u, 1, capture->output) != 1u) {
            problem = strerror(errno);
        }
    }
    capture->is_running = true;
    if (problem != NULL) {
        (void)capture_stop(&capture->port);
    }
    return problem;
}
