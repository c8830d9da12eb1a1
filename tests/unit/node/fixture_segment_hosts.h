/* fixture_segment_hosts.h: the honest hosts of a segment, as fixture_segment.c drives them. */
#ifndef UNIT_NODE_FIXTURE_SEGMENT_HOSTS_H
#define UNIT_NODE_FIXTURE_SEGMENT_HOSTS_H

#include "fixture_segment.h"

#define FRAME_MAX 1514u
#define FAR_MTU 1400u /* of the path to the peer beyond the router */
#define PEER_PORT 2000u
#define CLOSED_PORT 9999u
#define DNS_SERVER "2001:db8::53"
#define DNS_DOMAIN "example.org"

/* What an attempt waits for, in struct segment. */
enum awaited { NOTHING, ECHO_REPLY, DATAGRAM, PING_RESULT, PORT_UNREACHABLE, ERROR_CALLBACK, ADVERTISEMENT };

/* On the link, and beyond the router. */
extern const struct test_station near_peer;
extern const struct test_station far_peer;

bool is_address(const uint8_t *bytes, const char *text);

/* Note an event at a host or in the program: the current attempt may wait for it. */
void hosts_hear(struct segment *s, enum awaited what, const struct test_station *by, uint32_t length);

/* Let the router advertise, and query for groups. */
void hosts_advertise(struct segment *s);

/* Deliver a frame of the node to all hosts. */
void hosts_carry(struct segment *s, const struct test_frame *frame);

#endif
