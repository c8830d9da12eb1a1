/* fixture_firewall.h: a firewall, and the packets that are sent through it at a virtual time. */
#ifndef UNIT_NF_FIXTURE_FIREWALL_H
#define UNIT_NF_FIXTURE_FIREWALL_H

#include "v6nf/nf/firewall.h"

#include "../wire/fixture_wire.h"

#define ETHER 14u
#define HERE "2a00:1::1"    /* inside */
#define HERE_2 "2a00:1::2"  /* inside */
#define THERE "2a00:2::1"   /* outside */
#define THERE_2 "2a00:2::2" /* outside */
#define ROUTER "2a00:3::1"  /* outside */
#define TCP V6NF_CHAIN_TCP
#define UDP V6NF_NEXT_HEADER_UDP
#define UDP_LITE V6NF_CHAIN_UDP_LITE
#define ICMPV6 V6NF_NEXT_HEADER_ICMPV6
#define SCTP V6NF_CHAIN_SCTP
#define DCCP V6NF_CHAIN_DCCP
#define AH V6NF_EXT_AUTHENTICATION
#define FRG V6NF_EXT_FRAGMENT
#define SECONDS UINT64_C(1000000)
#define FIN 0x01u
#define SYN 0x02u
#define RST 0x04u
#define ACK 0x10u
#define FLOWS 64u
#define FRAGMENTS 8u
#define SHARES 16u

extern struct v6nf_firewall firewall;
extern struct v6nf_firewall_config config; /* for restart() */
extern uint64_t now;
extern uint8_t frame[2048];
extern uint32_t frame_size;

/* Begin a test: the default configuration, 2a00:1::/32 is inside, no rules. */
int set_up(void **state);

/* Initialize the firewall with `config`. */
void restart(void);

/* Return true if the firewall and its maps are valid. */
bool is_valid(void);

/* Make `config` have this one rule, with all addresses, and return it. */
struct v6nf_firewall_rule *set_rule(uint8_t protocol, uint16_t first_port, uint16_t last_port, bool is_inbound);

/* Begin a frame with a packet between these addresses. */
void begin(const char *source, const char *destination, uint8_t next_header);

/* Append bytes, and set Payload Length. */
void append(const uint8_t *bytes, uint32_t length);

/* Append a Fragment header: the offset in bytes, and whether more fragments follow. */
void append_fragment(uint8_t next_header, uint32_t offset, bool has_more, uint32_t identification);

/* Append an upper layer of 24 bytes with ports. `what`: the flags of TCP, the first chunk of SCTP, the type of DCCP. */
void append_ports(uint8_t protocol, uint16_t source, uint16_t destination, uint8_t what);

/* Make the frame an ICMPv6 error from `source` about its packet. */
void make_error(uint8_t type, const char *source, const char *destination);

/* Pass the frame, in memory of exact size. The firewall counts one frame, and its state is valid. */
enum v6nf_firewall_result pass(bool is_inbound);

/* Pass a packet with ports. */
enum v6nf_firewall_result outward(uint8_t protocol, uint16_t source, uint16_t destination, uint8_t what);
enum v6nf_firewall_result inward(uint8_t protocol, uint16_t source, uint16_t destination, uint8_t what);

/* Pass an ICMPv6 message with this Hop Limit. */
enum v6nf_firewall_result message(const char *source, const char *destination, uint8_t type, uint8_t hop_limit,
                                  bool is_inbound);

/* Pass an inbound error of this type about the last packet, which was outbound. */
enum v6nf_firewall_result error_about_it(uint8_t type);

#endif
