/* packets.h: the requests of the benchmark's peer, and the replies that it must get. Written without the library, so
 * that a wrong reply of the library is detected. */
#ifndef BENCH_PACKETS_H
#define BENCH_PACKETS_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_CAPACITY 2048u

/* The port that returns a datagram unchanged, and the port whose reply has its checksum computed again. */
#define PORT_ECHO 7u
#define PORT_ECHO_RECOMPUTED 1007u

enum work { WORK_ECHO_56, WORK_UDP_18, WORK_UDP_1400, WORK_SOLICITATION, WORK_UDP_1400_RECOMPUTED, WORK_COUNT };

extern const uint8_t host_mac[6];
extern const uint8_t host_address[16];
extern const uint8_t peer_mac[6];
extern const uint8_t peer_address[16];

const char *work_name(enum work work);

/* Write the request to frame, of FRAME_CAPACITY bytes. Return its length. */
uint32_t packet_write_request(uint8_t *frame, enum work work);

/* Write the peer's answer to the Neighbor Solicitation for its address. Return its length. */
uint32_t packet_write_advertisement(uint8_t *frame);

/* Write a Router Advertisement to the host alone. Return its length. */
uint32_t packet_write_router_advertisement(uint8_t *frame, const uint8_t *mac, const uint8_t *address);

/* Let a frame of one of the functions above come from another peer. Return its length. */
uint32_t packet_set_peer(uint8_t *frame, const uint8_t *mac, const uint8_t *address);

/* Return true if the frame is a Neighbor Solicitation. */
bool packet_is_solicitation(const uint8_t *frame, uint32_t length);

/* Return a description of what is wrong with the reply to the request, NULL if it is right. It must go to
 * where the request came from. */
const char *packet_reply_fault(enum work work, const uint8_t *request, const uint8_t *reply, uint32_t length);

#endif
