/* choices.h: what an input of node_sequence decides, read a record of 16 bytes at a time, and addresses from small
 * pools, so that what one step begins another goes on with. */
#ifndef CHOICES_H
#define CHOICES_H

#include "node_checks.h"

#define RECORD 16u

/* Read the next record. Return false after the last. Choices that it has no bytes for follow from those that it has. */
void start_choices(const uint8_t *data, size_t size);
bool next_record(void);

uint8_t any8(void);
uint32_t below(uint32_t count);
bool one_in(uint32_t count);

/* Times in seconds or milliseconds: small numbers, large ones, and the last. */
uint32_t any_time(void);

/* Lengths up to 9000 and a little more, at the edges of what fits somewhere, or anywhere. */
uint32_t any_length(void);

/* Write an address of that kind. */
void any_own(uint8_t *to);        /* the node's, perhaps in no use */
void any_neighbor(uint8_t *to);   /* of another host on the link */
void any_far(uint8_t *to);        /* of a host that is not on the link */
void any_router(uint8_t *to);
void any_group(uint8_t *to);
void any_odd(uint8_t *to);        /* that no packet may have */
void any_candidate(uint8_t *to);  /* that the program or a server gives the node; perhaps a neighbor's */
void any_remote(uint8_t *to);     /* that the program sends to */
void any_source(uint8_t *to);     /* of a packet that the node receives, */
void any_destination(uint8_t *to);
void any_prefix(uint8_t *to);     /* of 64 bits */
void solicited_node(uint8_t *to, const uint8_t *address);

/* The Ethernet address of the host with that address; in some cases another one. */
void mac_of(uint8_t *to, const uint8_t *address);
void any_mac_of(uint8_t *to, const uint8_t *address);

#endif
