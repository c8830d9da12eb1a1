/* queues.h: the queues of an 82576, which drivers of physical and virtual functions open alike. Sections are those of
 * its data sheet. */
#ifndef DRIVERS_INTEL_IGB_QUEUES_H
#define DRIVERS_INTEL_IGB_QUEUES_H

#include "../gigabit.h"

#define EIMC 0x01528u  /* 8.8.11, and VTEIMC of a virtual function */
#define RLPML 0x05004u /* 8.10.3 */

/* A message of the functions of an 82576, in addition to those of ../mailbox.h. */
#define MESSAGE_SET_PROMISCUOUS 6u
#define PROMISCUOUS_GROUPS (2u << 16) /* info: all groups */

/* With virtual functions, queues n and n + 8 belong to function or pool n (7.10.3.1). */
#define POOLS 8u

/* Open the queue whose registers begin at the byte offset `queue` (4.5.9, 4.5.10): see add_input and add_output in
 * ring.h. *tail is unchanged if the queue does not start. */
bool v6nf_igb_open_input(struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t buffer_size,
                         volatile uint32_t **tail);
bool v6nf_igb_open_output(struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t count, uint64_t head,
                          volatile uint32_t **tail);

#endif
