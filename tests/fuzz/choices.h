/* choices.h: choices that an input of node_sequence makes, in records of 16 bytes. Addresses come from small pools, so
 * that one step continues what another began. */
#ifndef CHOICES_H
#define CHOICES_H

#include "node_checks.h"

#define RECORD 16u

/* Read the next record. Return false after the last. Choices past its last byte are derived from its bytes. */
void start_choices(const uint8_t *data, size_t size);
bool next_record(void);

uint8_t any8(void);
uint32_t below(uint32_t count);
bool one_in(uint32_t count);

/* Return a time in seconds or milliseconds: small, large, or the maximum. */
uint32_t any_time(void);

/* Return a length up to a little more than 9000: near a limit of the node, or any. */
uint32_t any_length(void);

/* Write an address of the kind. */
void any_own(uint8_t *to);      /* the node's, perhaps not in use */
void any_neighbor(uint8_t *to); /* of another host on the link */
void any_far(uint8_t *to);      /* of a host that is not on the link */
void any_router(uint8_t *to);
void any_group(uint8_t *to);
void any_odd(uint8_t *to);         /* invalid in a packet */
void any_candidate(uint8_t *to);   /* that the program or a server gives the node; perhaps a neighbor's */
void any_remote(uint8_t *to);      /* that the program sends to */
void any_source(uint8_t *to);      /* of a received packet */
void any_destination(uint8_t *to); /* of a received packet */
void any_prefix(uint8_t *to);      /* of 64 bits */
void solicited_node(uint8_t *to, const uint8_t *address);

/* Write the Ethernet address of the host with the address; any_mac_of(): sometimes another one. */
void mac_of(uint8_t *to, const uint8_t *address);
void any_mac_of(uint8_t *to, const uint8_t *address);

#endif
