/* packets.h: what the benchmark's peer sends, and what it must get back. Written without the library, so that a wrong
 * answer of the library is seen. */
#ifndef BENCH_PACKETS_H
#define BENCH_PACKETS_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_CAPACITY 2048u

/* The port that gives back what came, and the port whose answer has its checksum computed anew. */
#define PORT_ECHO 7u
#define PORT_ECHO_RECOMPUTED 1007u

enum work {
    WORK_ECHO_56,
    WORK_UDP_18,
    WORK_UDP_1400,
    WORK_SOLICITATION,
    WORK_UDP_1400_RECOMPUTED,
    WORK_COUNT
};

extern const uint8_t host_mac[6];
extern const uint8_t host_address[16];
extern const uint8_t peer_mac[6];
extern const uint8_t peer_address[16];

const char *work_name(enum work work);

/* Writes the request to `frame`, of FRAME_CAPACITY bytes. Returns its length. */
uint32_t packet_write_request(uint8_t *frame, enum work work);

/* Writes the peer's answer to the Neighbor Solicitation for its address. Returns its length. */
uint32_t packet_write_advertisement(uint8_t *frame);

/* True if the frame is a Neighbor Solicitation. */
bool packet_is_solicitation(const uint8_t *frame, uint32_t length);

/* What is wrong with the reply to the request, in words; NULL if nothing is. */
const char *packet_reply_fault(enum work work, const uint8_t *request, const uint8_t *reply, uint32_t length);

#endif
