/* fixture_kernel.h: ports of a Linux kernel under test, in a network namespace of its own that ends with the program.
 * A packet socket on the other end of the port's interface is the wire. A call that fails fails the test. */
#ifndef UNIT_DRIVER_FIXTURE_KERNEL_H
#define UNIT_DRIVER_FIXTURE_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/netlink.h>
#include <net/if.h>
#include <sys/types.h>

#include "v6nf/port.h"

#define EXPERIMENTAL 0x88B5u      /* an EtherType that nothing else sends (IEEE 802, 9.2.3: local experimental) */
#define PATIENCE 5000             /* milliseconds for a frame */
#define QUIET 50                  /* milliseconds in which no frame arrives */
#define A_WHILE 30000u            /* microseconds */
#define AT_ONCE UINT64_C(5000000) /* microseconds: a busy machine may take so long */

/* Enter a new namespace, in which the kernel sends nothing by itself if that may be set. Return false if the kernel
 * refuses. */
bool kernel_enter(void);

/* -- Interfaces ---------------------------------------------------------------------------------------------------- */

/* Make a request (SIOC...) about an interface. Return what ioctl() does. */
int kernel_control(const char *name, unsigned long request, struct ifreq *question);

void kernel_set_up(const char *name, bool up);

/* Return 0 if the kernel accepts it. */
int kernel_set_mtu(const char *name, uint32_t mtu);

/* Send a request to rtnetlink. It must succeed. */
void kernel_request(struct nlmsghdr *message);

/* Delete an interface, as "ip link delete" does, also while a program has it open. */
void kernel_delete(const char *name);

/* -- The wire: a packet socket ------------------------------------------------------------------------------------- */

/* Return a packet socket for frames with the EtherType `type`. */
int kernel_socket(const char *name, uint16_t type);

/* Write a frame from the wire's station, whose payload is `value`. */
void kernel_fill(uint8_t *frame, const uint8_t *to, uint16_t type, uint8_t value, uint32_t length);

/* Send a frame of EXPERIMENTAL type to the station `to`. */
void kernel_send(int file, const uint8_t *to, uint8_t value, uint32_t length);

/* Return the length of the next frame within `patience` milliseconds, 0 for none. *value is its last byte. */
uint32_t kernel_receive(int file, uint8_t *value, int patience);

/* -- The port ------------------------------------------------------------------------------------------------------ */

/* What a port has shown of the frames of the wire's station. Others are passed over. */
struct seen {
    uint32_t frames;
    uint32_t length;
    uint32_t capacity;
    uint8_t last;
    const uint8_t *frame;
    uint32_t replies[V6NF_PORT_OUTPUTS_MAX];
};

/* Poll once. Each frame of the wire is noted in `seen`, gets the bytes 0x77 behind it, and the lengths of `replies`. */
uint32_t kernel_poll(struct v6nf_port *port, struct seen *seen);

struct v6nf_port_counters kernel_counters(struct v6nf_port *port);

enum v6nf_port_status kernel_status(struct v6nf_port *port);

/* Return true if the port reports this link state within ten seconds. The kernel reports a change later: it collects
 * changes of all interfaces, at most once in a second. */
bool kernel_link_becomes(struct v6nf_port *port, bool is_up);

/* Wait for the port. SIGALRM ends a test whose wait does not end. */
void kernel_wait(struct v6nf_port *port, uint64_t until);

/* Wait until a time a while from now. The port may return early, and does not spin. */
void kernel_check_timed_wait(struct v6nf_port *port);

/* -- Processes ----------------------------------------------------------------------------------------------------- */

/* Run `body` in a child. Return its exit status. */
int kernel_in_child(int (*body)(void));

/* Run `body` in a child, a while from now. */
pid_t kernel_later(void (*body)(int wire), int wire);

void kernel_check_ended(pid_t child);

#endif
