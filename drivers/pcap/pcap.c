/* pcap.c: see pcap.h. */
#define _POSIX_C_SOURCE 200809L
#include "v6nf/driver/pcap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "v6nf/env.h"

#define MAGIC_NANOSECONDS 0xA1B23C4Du
#define VERSION_2_4 0x00040002u /* as one little-endian number: major 2 in the low half, minor 4 in the high one */
#define LINKTYPE_ETHERNET 1u

/* -- The file ------------------------------------------------------------------------------------------------------ */

/* Write all bytes, to a pipe in pieces if necessary. Return true if that succeeds. */
static bool write_pieces(int file, const void *bytes, size_t size)
{
    const uint8_t *rest = (const uint8_t *)bytes;
    while (size > 0u) {
        ssize_t written = write(file, rest, size);
        if (written == 0 || (written < 0 && errno != EINTR)) {
            return false;
        }
        rest += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0u;
    }
    return true;
}

/* Discard a signal that is pending for this thread. */
static void discard_signal(int number)
{
    const struct timespec at_once = {0, 0};
    sigset_t only;
    (void)sigemptyset(&only);
    (void)sigaddset(&only, number);
    while (sigtimedwait(&only, NULL, &at_once) < 0 && errno == EINTR) {
    }
}

/* Write all bytes. Return 0, or errno of the write that failed. A pipe without a reader (SIGPIPE) and a file that may
 * not grow (SIGXFSZ) would end the program. Both signals are therefore blocked meanwhile, and discarded unless they
 * were pending before. */
static int write_all(int file, const void *bytes, size_t size)
{
    const int numbers[] = {SIGPIPE, SIGXFSZ};
    sigset_t held;
    sigset_t before;
    sigset_t pending;
    (void)sigemptyset(&held);
    (void)sigaddset(&held, SIGPIPE);
    (void)sigaddset(&held, SIGXFSZ);
    (void)sigemptyset(&pending);
    (void)sigpending(&pending);
    (void)pthread_sigmask(SIG_BLOCK, &held, &before);
    int error = write_pieces(file, bytes, size) ? 0 : errno;
    for (uint32_t i = 0; i < 2u && error != 0; i++) {
        if (sigismember(&pending, numbers[i]) == 0) {
            discard_signal(numbers[i]);
        }
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

/* Write the buffer, which holds whole records, by one call. A file then ends inside a record only if the system itself
 * stops in the middle, as it may for a program that is killed meanwhile. */
static void flush(struct v6nf_pcap *pcap)
{
    if (pcap->used > 0u && pcap->error == 0) {
        pcap->error = write_all(pcap->file, pcap->buffer, pcap->used);
    }
    *(pcap->error == 0 ? &pcap->recorded : &pcap->missed) += pcap->waiting;
    pcap->used = 0;
    pcap->waiting = 0;
}

/* Add `size` bytes, for which the buffer has space. */
static void add(struct v6nf_pcap *pcap, const void *bytes, uint32_t size)
{
    memcpy(pcap->buffer + pcap->used, bytes, size);
    pcap->used += size;
}

/* Record a frame. Flags of its length (port.h) are not recorded. */
static void record(struct v6nf_pcap *pcap, const uint8_t *bytes, uint32_t length_and_flags)
{
    const uint32_t length = length_and_flags & V6NF_PORT_LENGTH;
    uint32_t kept = length < V6NF_PCAP_SNAPLEN ? length : V6NF_PCAP_SNAPLEN;
    struct timespec now = {0, 0};
    (void)timespec_get(&now, TIME_UTC);
    const uint32_t header[] = {
        v6nf_env_le32((uint32_t)now.tv_sec), /* unsigned: good until 2106 */
        v6nf_env_le32((uint32_t)now.tv_nsec),
        v6nf_env_le32(kept),
        v6nf_env_le32(length),
    };
    if (pcap->used + V6NF_PCAP_RECORD_HEADER + kept > V6NF_PCAP_BUFFER) {
        flush(pcap);
    }
    add(pcap, header, sizeof header);
    add(pcap, bytes, kept);
    pcap->waiting++;
}

/* Return as write_all(). */
static int write_file_header(int file)
{
    const uint32_t header[] = {
        v6nf_env_le32(MAGIC_NANOSECONDS),
        v6nf_env_le32(VERSION_2_4),
        0, /* time zone and accuracy: not used */
        0,
        v6nf_env_le32(V6NF_PCAP_SNAPLEN),
        v6nf_env_le32(LINKTYPE_ETHERNET),
    };
    return write_all(file, header, sizeof header);
}

/* -- The port ------------------------------------------------------------------------------------------------------ */

static struct v6nf_pcap *pcap_of(struct v6nf_port *port)
{
    return (struct v6nf_pcap *)(void *)port; /* its first member */
}

static void record_and_handle(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct v6nf_pcap *pcap = context;
    record(pcap, frame, length);
    pcap->handler(pcap->context, frame, length, capacity, lengths);
    for (uint32_t i = 0; i < pcap->port.outputs; i++) {
        if (V6NF_PORT_IS_FRAME(lengths[i] & V6NF_PORT_LENGTH, capacity)) {
            record(pcap, frame, lengths[i]);
        }
    }
}

static uint32_t pcap_poll(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    struct v6nf_pcap *pcap = pcap_of(port);
    pcap->handler = handler;
    pcap->context = context;
    uint32_t shown = pcap->inner->operations->poll(pcap->inner, record_and_handle, pcap);
    flush(pcap);
    return shown;
}

static void pcap_wait(struct v6nf_port *port, uint64_t until)
{
    struct v6nf_port *inner = pcap_of(port)->inner;
    inner->operations->wait(inner, until);
}

static uint8_t *pcap_reserve(struct v6nf_port *port)
{
    struct v6nf_pcap *pcap = pcap_of(port);
    uint8_t *buffer = pcap->inner->operations->reserve(pcap->inner);
    pcap->reserved = buffer;
    return buffer;
}

static void pcap_commit(struct v6nf_port *port, uint32_t length)
{
    struct v6nf_pcap *pcap = pcap_of(port);
    if (pcap->reserved != NULL && V6NF_PORT_IS_FRAME(length & V6NF_PORT_LENGTH, port->capacity)) {
        record(pcap, pcap->reserved, length);
        flush(pcap);
    }
    pcap->reserved = NULL;
    pcap->inner->operations->commit(pcap->inner, length);
}

static void pcap_release(struct v6nf_port *port)
{
    pcap_of(port)->reserved = NULL;
    v6nf_port_release(pcap_of(port)->inner);
}

static bool pcap_link_up(struct v6nf_port *port)
{
    struct v6nf_port *inner = pcap_of(port)->inner;
    return inner->operations->link_up(inner);
}

static void pcap_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    struct v6nf_port *inner = pcap_of(port)->inner;
    inner->operations->read_counters(inner, counters);
}

static enum v6nf_port_status pcap_status(struct v6nf_port *port)
{
    struct v6nf_port *inner = pcap_of(port)->inner;
    return inner->operations->status(inner);
}

/* Stop the inner port. The file stays open until v6nf_pcap_close(), which returns whether it is complete. */
static bool pcap_stop(struct v6nf_port *port)
{
    struct v6nf_port *inner = pcap_of(port)->inner;
    pcap_of(port)->reserved = NULL;
    return inner->operations->stop(inner);
}

static const struct v6nf_port_operations operations = {
    .poll = pcap_poll,
    .wait = pcap_wait,
    .reserve = pcap_reserve,
    .commit = pcap_commit,
    .release = pcap_release,
    .link_up = pcap_link_up,
    .read_counters = pcap_read_counters,
    .status = pcap_status,
    .stop = pcap_stop,
};

bool v6nf_pcap_open(struct v6nf_pcap *pcap, struct v6nf_port *inner, const char *file)
{
    memset(pcap, 0, sizeof *pcap);
    pcap->port = *inner;
    pcap->port.operations = &operations;
    pcap->inner = inner;
    pcap->file = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (pcap->file < 0) {
        return false;
    }
    int error = write_file_header(pcap->file);
    if (error != 0) {
        (void)close(pcap->file);
        pcap->file = -1;
        errno = error;
        return false;
    }
    return true;
}

bool v6nf_pcap_close(struct v6nf_pcap *pcap)
{
    flush(pcap);
    if (pcap->file >= 0 && close(pcap->file) != 0 && pcap->error == 0) {
        pcap->error = errno;
    }
    pcap->file = -1;
    return pcap->error == 0;
}
