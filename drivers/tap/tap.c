/* tap.c: see tap.h. One read and one write for each frame, and one buffer: a frame is sent from where it was read
 * to. */
#define _GNU_SOURCE
#include "v6nf/driver/tap.h"

#include "v6nf/env.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MTU_MIN 1280 /* RFC 8200, 5 */
#define ETHER_HEADER 14u
#define MAC_SIZE 6u
#define MICROSECONDS 1000000u /* in a second */
#define WAIT_MAX (UINT64_C(1000000) * MICROSECONDS) /* fits into any time_t; a wait may end early */

static struct v6nf_tap *tap_of(struct v6nf_port *port)
{
    return (struct v6nf_tap *)(void *)port; /* its first member */
}

/* -- Frames -------------------------------------------------------------------------------------------------------- */

/* Return true if frames can pass. An interface that is gone never returns: do not ask the kernel again. */
static bool is_running(const struct v6nf_tap *tap)
{
    return tap->file >= 0 && !tap->gone;
}

/* Note why a call on the file failed. EBADFD alone means that the file has lost its interface. */
static void look_at_error(struct v6nf_tap *tap, int error)
{
    tap->gone = tap->gone || error == EBADFD;
}

/* Send a frame, or count it as dropped: the interface is down (EIO) or gone, memory is short, or the length is not
 * valid. */
static void send_frame(struct v6nf_tap *tap, const uint8_t *bytes, uint32_t length)
{
    bool fits = V6NF_PORT_IS_FRAME(length, V6NF_TAP_CAPACITY);
    ssize_t written = fits ? write(tap->file, bytes, length) : 0;
    if (written < 0) {
        look_at_error(tap, errno);
    }
    if (fits && written == (ssize_t)length) {
        tap->counters.sent++;
        tap->counters.sent_bytes += length;
    } else {
        tap->counters.transmit_dropped++;
    }
}

static void handle_frame(struct v6nf_tap *tap, uint32_t length, v6nf_handler *handler, void *context)
{
    uint32_t lengths[V6NF_PORT_OUTPUTS_MAX] = {0};
    tap->counters.received++;
    tap->counters.received_bytes += length;
    handler(context, tap->frame, length, tap->port.capacity, lengths);
    if (lengths[0] > 0u) {
        send_frame(tap, tap->frame, lengths[0]);
    }
}

static uint32_t tap_poll(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    struct v6nf_tap *tap = tap_of(port);
    uint32_t shown = 0;
    ssize_t length = 1;
    for (uint32_t i = 0; i < V6NF_TAP_BURST && length > 0 && is_running(tap); i++) {
        length = read(tap->file, tap->frame, sizeof tap->frame);
        if (length < 0) { /* usually no frame is there (EAGAIN) */
            look_at_error(tap, errno);
        } else if (length > (ssize_t)V6NF_TAP_CAPACITY) {
            tap->counters.receive_dropped++;
        } else if (length > 0) {
            handle_frame(tap, (uint32_t)length, handler, context);
            shown++;
        }
    }
    return shown;
}

static uint8_t *tap_reserve(struct v6nf_port *port)
{
    struct v6nf_tap *tap = tap_of(port);
    tap->reserved = is_running(tap);
    return tap->reserved ? tap->originate : NULL; /* always free: write() copies it */
}

/* Without a reserved buffer there is nothing to send. */
static void tap_commit(struct v6nf_port *port, uint32_t length)
{
    struct v6nf_tap *tap = tap_of(port);
    if (tap->reserved) { /* if the interface is gone since then, write() fails, and the frame is counted */
        tap->reserved = false;
        send_frame(tap, tap->originate, length);
    }
}

static void tap_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    *counters = tap_of(port)->counters;
}

/* -- The interface ------------------------------------------------------------------------------------------------- */

/* Ask for the present name of the interface. */
static bool ask_name(struct v6nf_tap *tap, struct ifreq *answer)
{
    memset(answer, 0, sizeof *answer);
    if (!is_running(tap)) {
        return false;
    }
    bool known = ioctl(tap->file, TUNGETIFF, answer) == 0;
    if (!known) {
        look_at_error(tap, errno);
    }
    return known;
}

/* Ask `request` (SIOCGIF...) about the interface. */
static bool ask_interface(struct v6nf_tap *tap, unsigned long request, struct ifreq *answer)
{
    return ask_name(tap, answer) && ioctl(tap->control, request, answer) == 0;
}

static bool tap_link_up(struct v6nf_port *port)
{
    const int needed = IFF_UP | IFF_RUNNING;
    struct ifreq answer;
    return ask_interface(tap_of(port), SIOCGIFFLAGS, &answer) && (answer.ifr_flags & needed) == needed;
}

static enum v6nf_port_status tap_status(struct v6nf_port *port)
{
    struct v6nf_tap *tap = tap_of(port);
    struct ifreq answer;
    (void)ask_name(tap, &answer);
    if (tap->file < 0) {
        return V6NF_PORT_STOPPED;
    }
    return tap->gone ? V6NF_PORT_GONE : V6NF_PORT_RUNNING;
}

/* -- Waiting ------------------------------------------------------------------------------------------------------- */

/* Return the time from now to `until`, WAIT_MAX at most. */
static struct timespec time_left(uint64_t until)
{
    const uint64_t now = v6nf_env_clock();
    uint64_t left = until > now ? until - now : 0u;
    left = left < WAIT_MAX ? left : WAIT_MAX;
    return (struct timespec){.tv_sec = (time_t)(left / MICROSECONDS), .tv_nsec = (long)(left % MICROSECONDS * 1000u)};
}

static void tap_wait(struct v6nf_port *port, uint64_t until)
{
    struct v6nf_tap *tap = tap_of(port);
    if (!is_running(tap)) {
        v6nf_env_idle_briefly(until);
        return;
    }
    const struct timespec left = time_left(until);
    struct pollfd file = {.fd = tap->file, .events = POLLIN};
    const int ready = ppoll(&file, 1, until < UINT64_MAX ? &left : NULL, NULL);
    if (ready < 0 && errno != EINTR) { /* the process may not (RLIMIT_NOFILE 0, seccomp): its loop would spin */
        v6nf_env_idle_briefly(until);
    }
    if (ready <= 0) { /* time is up, or a signal */
        return;
    }
    if ((file.revents & POLLNVAL) != 0) { /* the program has closed the file: gone, or its loop would spin */
        look_at_error(tap, EBADFD);
    } else if ((file.revents & POLLERR) != 0) {
        (void)tap_status(port);
    }
}

static bool tap_stop(struct v6nf_port *port)
{
    v6nf_tap_close(tap_of(port));
    return true; /* the kernel writes to the buffers only within read() */
}

static const struct v6nf_port_operations operations = {
    .poll = tap_poll,
    .wait = tap_wait,
    .reserve = tap_reserve,
    .commit = tap_commit,
    .link_up = tap_link_up,
    .read_counters = tap_read_counters,
    .status = tap_status,
    .stop = tap_stop,
};

static enum v6nf_tap_status status_of_error(int error)
{
    switch (error) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return V6NF_TAP_NO_DEVICE_FILE;
    case EPERM:
    case EACCES:
        return V6NF_TAP_NO_PERMISSION;
    case EBUSY:
        return V6NF_TAP_BUSY;
    case EINVAL:
        return V6NF_TAP_NOT_A_TAP;
    default:
        return V6NF_TAP_FAILED;
    }
}

/* Open the files, and attach the first to the interface `name`. */
static enum v6nf_tap_status attach(struct v6nf_tap *tap, const char *name)
{
    size_t length = strnlen(name, V6NF_TAP_NAME_SIZE);
    if (length == 0u || length == V6NF_TAP_NAME_SIZE) {
        return V6NF_TAP_NAME_BAD;
    }
    struct ifreq request;
    memset(&request, 0, sizeof request);
    memcpy(request.ifr_name, name, length);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    tap->file = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tap->file < 0 || ioctl(tap->file, TUNSETIFF, &request) != 0) {
        return status_of_error(errno);
    }
    memcpy(tap->name, request.ifr_name, V6NF_TAP_NAME_SIZE);
    /* Any kind of socket takes requests about interfaces. This one exists without IPv4, too. */
    tap->control = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return tap->control < 0 ? V6NF_TAP_FAILED : V6NF_TAP_OPEN;
}

static enum v6nf_tap_status learn_mtu(struct v6nf_tap *tap)
{
    struct ifreq answer;
    if (!ask_interface(tap, SIOCGIFMTU, &answer)) {
        return V6NF_TAP_FAILED;
    }
    if (answer.ifr_mtu < MTU_MIN || answer.ifr_mtu > (int)(V6NF_TAP_CAPACITY - ETHER_HEADER)) {
        return V6NF_TAP_MTU_BAD;
    }
    tap->port.mtu = (uint32_t)answer.ifr_mtu;
    return V6NF_TAP_OPEN;
}

/* Choose the address of the port: another than that of the kernel, which is another station. */
static enum v6nf_tap_status choose_mac(struct v6nf_tap *tap, const uint8_t *mac)
{
    const uint8_t none[MAC_SIZE] = {0};
    uint8_t *chosen = tap->port.mac;
    struct ifreq answer;
    if (!ask_interface(tap, SIOCGIFHWADDR, &answer)) {
        return V6NF_TAP_FAILED;
    }
    const void *kernels = answer.ifr_hwaddr.sa_data;
    if (mac != NULL) {
        memcpy(chosen, mac, MAC_SIZE);
        bool good = (mac[0] & 1u) == 0u && memcmp(mac, none, MAC_SIZE) != 0 && memcmp(mac, kernels, MAC_SIZE) != 0;
        return good ? V6NF_TAP_OPEN : V6NF_TAP_MAC_BAD;
    }
    /* The bytes need not be unpredictable: Duplicate Address Detection finds a second node with the same ones. */
    (void)v6nf_env_entropy(chosen, MAC_SIZE);
    chosen[0] = (uint8_t)((chosen[0] & 0xFCu) + 2u); /* locally administered, of one station (IEEE 802, 8.4) */
    if (memcmp(chosen, kernels, MAC_SIZE) == 0) {
        chosen[MAC_SIZE - 1u] ^= 1u;
    }
    return V6NF_TAP_OPEN;
}

enum v6nf_tap_status v6nf_tap_open(struct v6nf_tap *tap, const char *name, const uint8_t *mac)
{
    uint8_t copy[MAC_SIZE] = {0}; /* the caller's may be that of *tap */
    char name_copy[V6NF_TAP_NAME_SIZE] = {0};
    memcpy(name_copy, name, strnlen(name, V6NF_TAP_NAME_SIZE));
    if (mac != NULL) {
        memcpy(copy, mac, MAC_SIZE);
    }
    memset(tap, 0, sizeof *tap);
    tap->file = -1;
    tap->control = -1;
    tap->port.operations = &operations;
    tap->port.capacity = V6NF_TAP_CAPACITY;
    tap->port.outputs = 1;
    enum v6nf_tap_status status = attach(tap, name_copy);
    if (status == V6NF_TAP_OPEN) {
        status = learn_mtu(tap);
    }
    if (status == V6NF_TAP_OPEN) {
        status = choose_mac(tap, mac != NULL ? copy : NULL);
    }
    if (status != V6NF_TAP_OPEN) {
        int error = errno;
        v6nf_tap_close(tap);
        errno = error; /* belongs to V6NF_TAP_FAILED */
    }
    return status;
}

int v6nf_tap_descriptor(const struct v6nf_tap *tap)
{
    return tap->gone ? -1 : tap->file;
}

void v6nf_tap_close(struct v6nf_tap *tap)
{
    if (tap->file >= 0) {
        (void)close(tap->file);
    }
    if (tap->control >= 0) {
        (void)close(tap->control);
    }
    tap->file = -1;
    tap->control = -1;
    tap->reserved = false;
}

const char *v6nf_tap_status_text(enum v6nf_tap_status status)
{
    switch (status) {
    case V6NF_TAP_OPEN:
        return "the TAP is open";
    case V6NF_TAP_NAME_BAD:
        return "an interface name has 1 to 15 characters; choose another name";
    case V6NF_TAP_NO_DEVICE_FILE:
        return "there is no /dev/net/tun; load the kernel module (modprobe tun) or give the container the device";
    case V6NF_TAP_NO_PERMISSION:
        return "no right to open this TAP; have root make it for this user (ip tuntap add dev NAME mode tap user "
               "USER), or run with CAP_NET_ADMIN";
    case V6NF_TAP_BUSY:
        return "another program has this TAP open, or its name is taken; end that program, or choose another name";
    case V6NF_TAP_NOT_A_TAP:
        return "this name belongs to an interface that is not a TAP, or is no interface name; choose another name";
    case V6NF_TAP_MTU_BAD:
        return "the interface's MTU is below 1280 or too large for the buffers; set another one (ip link set dev NAME "
               "mtu 1500)";
    case V6NF_TAP_MAC_BAD:
        return "the port needs the address of one station, other than that of the kernel's side; choose another MAC "
               "address";
    case V6NF_TAP_FAILED:
        return "the kernel refused, see errno";
    }
    return "unknown status";
}
