/* v6nf.h: all that a program needs: the node, its protocols, the ports. Wire formats (v6nf/wire/), tables (v6nf/table/),
 * building blocks of network functions (v6nf/nf/), drivers (v6nf/driver/) and boards (v6nf/board/) have headers of their
 * own. */
#ifndef V6NF_V6NF_H
#define V6NF_V6NF_H

#include "address.h"
#include "config.h"
#include "counters.h"
#include "dhcpv6.h"
#include "dns.h"
#include "env.h"
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
