/* link.h: the wire between the testing nodes and the node under test (NUT), and what can be asked of the NUT's side
 * of it. One of these is a node of this library on virtual time; another is a device on a network interface, on
 * real time. */
#ifndef CONFORMANCE_LINK_H
#define CONFORMANCE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "../unit/node/fixture_node.h"

enum knowledge { UNKNOWN, KNOWN, CANNOT_TELL };

/* What a node need not do, or not always. */
enum feature {
    LABELS = 1,             /* the policy table of RFC 6724, 2.1 */
    TEMPORARY = 2,          /* RFC 8981 */
    OPTIMISTIC = 4,         /* RFC 4429 */
    ENHANCED_DETECTION = 8, /* RFC 7527 */
    ANNOUNCEMENTS = 16,     /* RFC 9131 */
    ANYCAST = 32            /* the anycast address ANYCAST_ADDRESS (RFC 4291, 2.6) */
};

/* Times in microseconds. */
struct link {
    const char *mac; /* the NUT's Ethernet address */

    uint64_t (*now)(void);

    void (*send)(const struct test_frame *frame);

    /* Takes the next frame that the NUT sends, waiting for it until `until` at most. Returns false if none came. */
    bool (*receive)(struct test_frame *frame, uint64_t until);

    /* The NUT starts anew, with its interface down until now: Duplicate Address Detection and all. Returns false if
     * this NUT cannot be made to. */
    bool (*restart)(void);

    /* From the next start on, the NUT does these, of enum feature, and none of the others that would change what it does in the other
     * cases. Returns false if this NUT cannot be made to. */
    bool (*enable)(unsigned features);

    /* The NUT's link goes down and up again, and the NUT stays what it is. Returns false if this NUT cannot be made to. */
    bool (*reconnect)(void);

    /* The common Router Advertisement has been sent: gives the NUT by hand what it does not take from there. It
     * said that TR1 is a router only with `router`. */
    void (*configure)(bool router);

    /* The NUT sends one Echo Request with `size` bytes of data. Returns false if this NUT cannot be made to. */
    bool (*ping)(const char *destination, uint32_t size);

    /* The NUT takes Route Information options into account (RFC 4191, a host of type C), as far as is known. */
    bool takes_routes;

    /* The NUT has a DHCPv6 client that starts when routers advertise M or O, as far as is known. */
    bool has_dhcpv6;

    /* Whether the NUT knows that DNS server, or that domain to search (RFC 8106). */
    enum knowledge (*dns_server)(const char *address);
    enum knowledge (*dns_domain)(const char *name);
};

extern const struct link virtual_link;

/* The device on the other end of a network interface. */
struct device {
    const char *interface;
    const char *mac;
    const char *restart; /* a shell command that takes its interface down and up; NULL: none */
    /* One that has it send an Echo Request with $SIZE bytes of data to $DESTINATION; NULL: none. */
    const char *ping;
};

/* Returns NULL, with the reason on stderr, if the interface cannot be used. *device stays in use. */
const struct link *device_link_open(const struct device *device);

#endif
