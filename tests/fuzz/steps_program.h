/* steps_program.h: steps of the program around a node and changes of the link. */
#ifndef STEPS_PROGRAM_H
#define STEPS_PROGRAM_H

#include "packets.h"

void send_something(uint64_t now);
void change_addresses(uint64_t now);
void change_groups(uint64_t now);
void change_applications(uint64_t now); /* ports, the Echo client, the DHCPv6 client */
void change_link(uint64_t now);

/* Stop the clients; check that they stop in bounded time. */
void end_applications(uint64_t now);

#endif
