/* link.h: the wire between the testing nodes and the node under test (NUT), and what the NUT's side of it can do.
 * One link is a node of this library on virtual time; another is a device on a network interface, on real time. */
#ifndef CONFORMANCE_LINK_H
#define CONFORMANCE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "../unit/node/fixture_node.h"

enum knowledge { UNKNOWN, KNOWN, CANNOT_TELL };

/* Optional features of a node. */
enum feature {
    LABELS = 1,             /* the policy table of RFC 6724, 2.1 */
    TEMPORARY = 2,          /* RFC 8981 */
    OPTIMISTIC = 4,         /* RFC 4429 */
    ENHANCED_DETECTION = 8, /* RFC 7527 */
    ANNOUNCEMENTS = 16,     /* RFC 9131 */
    ANYCAST = 32,           /* the anycast address ANYCAST_ADDRESS (RFC 4291, 2.6) */
    DELEGATION = 64         /* the DHCPv6 client asks for a prefix (RFC 9915, 6.3) */
};

/* Times in microseconds. */
struct link {
    const char *mac; /* the NUT's Ethernet address */

    uint64_t (*now)(void);

    void (*send)(const struct test_frame *frame);

    /* Return the next frame that the NUT sends, and wait for it until `until` at most. Return false if there is
     * none. */
    bool (*receive)(struct test_frame *frame, uint64_t until);

    /* Restart the NUT, with its interface down before, so that Duplicate Address Detection runs. Return false if
     * this NUT cannot do it. */
    bool (*restart)(void);

    /* Enable these features (enum feature) from the next start on, and none of the others that would change other
     * cases. Return false if this NUT does not have them. */
    bool (*enable)(unsigned features);

    /* Take the NUT's link down and up again, without a restart. Return false if this NUT cannot do it. */
    bool (*reconnect)(void);

    /* Configure by hand what this NUT does not learn from the common Router Advertisement, which was sent. TR1 is a
     * router only with `router`. */
    void (*configure)(bool router);

    /* Let the NUT send one Echo Request with `size` bytes of data. Return false if this NUT cannot do it. */
    bool (*ping)(const char *destination, uint32_t size);

    /* The NUT uses Route Information options (RFC 4191, a host of type C), as far as is known. */
    bool uses_routes;

    /* The NUT has a DHCPv6 client that starts when routers advertise M or O, as far as is known. */
    bool has_dhcpv6;

    /* Return whether the NUT knows that DNS server, or that search domain (RFC 8106). */
    enum knowledge (*dns_server)(const char *address);
    enum knowledge (*dns_domain)(const char *name);
};

extern const struct link virtual_link;

/* The device on the other end of a network interface. */
struct device {
    const char *interface;
    const char *mac;
    const char *restart; /* shell command that takes its interface down and up; NULL: none */
    /* Shell command that lets it send an Echo Request with $SIZE bytes of data to $DESTINATION; NULL: none. */
    const char *ping;
};

/* Return NULL, with the reason on stderr, if the interface cannot be used. *device must stay valid. */
const struct link *device_link_open(const struct device *device);

#endif
