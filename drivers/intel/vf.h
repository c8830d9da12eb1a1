/* vf.h: what drivers of virtual functions do alike. A function asks its physical function for what it may not set
 * itself (mailbox.h). */
#ifndef DRIVERS_INTEL_VF_H
#define DRIVERS_INTEL_VF_H

#include "cards.h"
#include "mailbox.h"

/* What is special about the virtual functions of one family. Registers and queues: byte offsets. */
struct v6nf_nic_family {
    enum intel_family devices; /* whose functions they are */
    const struct v6nf_port_operations *port_operations;
    bool writes_heads;
    uint32_t frame_overhead; /* added to the MTU for the longest frame that is asked for */
    uint32_t mailbox;
    uint32_t messages;
    uint32_t receive_queue;
    uint32_t transmit_queue;
    uint32_t transmit_queue_step;

    /* Reset the function, and wait for the end. Return false if it does not come. */
    bool (*reset)(struct v6nf_nic *nic);

    /* Open the queue whose registers begin at `queue`: see add_input and add_output in ring.h. */
    bool (*open_input)(struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t buffer_size,
                       volatile uint32_t **tail);
    bool (*open_output)(struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t count, uint64_t head,
                        volatile uint32_t **tail);

    /* Ask for all groups. Return false if they are refused. */
    bool (*ask_for_all_groups)(const struct v6nf_nic *nic);

    /* Answer messages, as the physical function of the same family. */
    void (*serve)(struct v6nf_nic *physical);
};

/* Initialize a virtual function: the contract is that of v6nf_igb_virtual_init(). `family` must outlive *nic. */
enum v6nf_nic_status v6nf_vf_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                  const struct v6nf_nic_config *config, struct v6nf_nic *physical,
                                  const struct v6nf_nic_family *family);

/* Ask for a group, in addition to earlier ones. Return false if it is refused, or if there are V6NF_NIC_GROUPS. */
bool v6nf_vf_add_group(struct v6nf_nic *nic, const uint8_t *mac);

/* Add what the function's counters counted since the last call. They wrap, and reading does not clear them. shown:
 * frames received, their bytes with FCS, frames sent, their bytes. Frames wrap at 2^32, bytes after `bytes_mask`.
 * dropped: frames dropped since the last call. */
void v6nf_vf_count(struct v6nf_nic *nic, const uint64_t *shown, uint64_t bytes_mask, uint32_t dropped);

#endif
