/* v6nf.h: all of the library that every program has. A driver's own header (tap.h, cable.h, pcap.h) is included beside it. */
#ifndef V6NF_V6NF_H
#define V6NF_V6NF_H

#include "address.h"
#include "bytes.h"
#include "checksum.h"
#include "config.h"
#include "counters.h"
#include "dhcpv6.h"
#include "dhcpv6_message.h"
#include "env.h"
#include "ether.h"
#include "ext.h"
#include "flow_map.h"
#include "icmpv6.h"
#include "ipv6.h"
#include "mld.h"
#include "multicast.h"
#include "ndp.h"
#include "node.h"
#include "ping.h"
#include "port.h"
#include "run.h"
#include "siphash.h"
#include "token_bucket.h"
#include "udp.h"

#endif
