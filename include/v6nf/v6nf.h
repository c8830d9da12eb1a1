/* v6nf.h: all that a program needs: the node, its protocols, the ports. Wire formats (v6nf/wire/), tables
 * (v6nf/table/), parts of network functions (v6nf/nf/), drivers (v6nf/driver/) and boards (v6nf/board/) have headers
 * of their own.
 *
 * A program opens a port (port.h and a driver), makes a node (node.h) and runs both (run.h). It adds addresses
 * (address.h) and a gateway (router.h), or lets routers and a DHCPv6 server configure the node (dns.h, dhcpv6.h). It
 * exchanges datagrams (udp.h, multicast.h), pings (ping.h) and reads what the node counts (counters.h).
 *
 * Conventions of every header:
 * - Times are microseconds on one clock that never goes backwards, such as v6nf_env_clock(). Lifetimes in messages
 *   are seconds.
 * - Lengths, sizes and offsets are bytes. A length counts from the first byte of the structure that is named: a
 *   frame has an Ethernet header, a packet begins with the IPv6 header, a message with the ICMPv6 header.
 * - Addresses, and all other parts of a packet, are in network byte order, and may be unaligned. Numbers in
 *   parameters and fields, ports included, are in host byte order.
 * - A pointer argument is used during the call only, unless the contract states otherwise. It is not NULL unless the
 *   contract allows it.
 * - A structure belongs to one thread. Different nodes and ports may belong to different threads.
 *
 * "Context" states where a function may be called:
 * - any: in any thread and any handler; the function changes nothing but what its arguments point to;
 * - the loop: in the thread of the node or port, not in a handler that the node or port calls;
 * - UDP handlers: in a v6nf_udp_handler of the same node, too;
 * - error handlers: in a v6nf_udp_error_handler of the same node, too. */
#ifndef V6NF_V6NF_H
#define V6NF_V6NF_H

#include "address.h"
#include "config.h"
#include "counters.h"
#include "dhcpv6.h"
#include "dns.h"
#include "env.h"
#include "forward.h"
#include "multicast.h"
#include "node.h"
#include "ping.h"
#include "port.h"
#include "print.h"
#include "router.h"
#include "run.h"
#include "status.h"
#include "text.h"
#include "udp.h"
#include "version.h"

#endif
