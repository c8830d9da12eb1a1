/* vmxnet3.h: the network device of VMware's hypervisors, vmxnet3, which QEMU has as well. The driver uses revision 1 of
 * the device, one transmit and one receive queue.
 *
 * A packet takes the path of ring.h, with one output. A frame that arrives in a buffer is sent from it.
 *
 *     the device fills a buffer --> the handler returns a length --> transmit ring --> the device has sent it
 *             ^                                  | 0                                            |
 *             +----------------------------------+----------------------------------------------+
 *
 * The device is not trusted. Each value of the device is read once, and compared with what the driver knows:
 *   - A frame with an error, longer than its buffer, in several buffers, or too short to be a frame, is dropped and
 *     counted (receive_dropped). The owners of buffers stay known.
 *   - A completion of a descriptor that the device does not have stops the port: the owners of buffers are no longer
 *     known. The device is reset, `state` has the reason, and v6nf_vmxnet3_restart() begins again.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_VMXNET3_H
#define V6NF_DRIVER_VMXNET3_H

#include <stdbool.h>
#include <stdint.h>

#include "../env.h"
#include "nic.h"
#include "paravirtual.h"
#include "../port.h"
#include "vmxnet3_queue.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Frames of the originate queue that can be under way. They use a part of the transmit ring, at most half. */
#if V6NF_VMXNET3_SIZE < 128u
#define V6NF_VMXNET3_ORIGINATE (V6NF_VMXNET3_SIZE / 2u)
#else
#define V6NF_VMXNET3_ORIGINATE V6NF_PARAVIRTUAL_ORIGINATE
#endif

/* Groups that a device accepts, at most, unless it accepts all. */
#define V6NF_VMXNET3_GROUPS 64u

/* Maximum of config.mtu. */
#define V6NF_VMXNET3_MTU_MAX 9000u

/* Counters of the device that the driver reads. */
#define V6NF_VMXNET3_COUNTERS 4u

/* -- The device ---------------------------------------------------------------------------------------------------- */

/* A device. Fields without a comment are private. */
struct v6nf_vmxnet3 {
    struct v6nf_paravirtual common; /* the device as a port, and its state */
    volatile uint32_t *rings;       /* registers of the rings: base address register 0 */
    volatile uint32_t *control;     /* all other registers: base address register 1 */
    volatile uint32_t *memory;      /* rings, and what is shared with the device */
    uint64_t device_memory;
    uint32_t announced;             /* receive descriptors when their register was last written */
    uint32_t groups_count;
    uint64_t errors;                /* frames that the device completed with an error */
    uint64_t losses[V6NF_VMXNET3_COUNTERS];  /* what the device has counted, */
    uint64_t counted[V6NF_VMXNET3_COUNTERS]; /* and its counters when they were last read */
    struct v6nf_vmxnet3_ring receive;
    struct v6nf_vmxnet3_ring transmit;
};

/* Reset the PCI device at `address`, set it up, and open *vmxnet3 as a port: vmxnet3->common.port.
 * vmxnet3: overwritten; the caller's, until the port has stopped.
 * address: of the PCI function.
 * config: copied. `mtu` (1280 to V6NF_VMXNET3_MTU_MAX), `mac`, `promiscuous`, `few_groups` and `checksums` have an
 * effect; `inputs` must be 0 or 1. Frames of all VLANs are accepted, with their tags.
 * With config.checksums, the port has V6NF_PORT_VERIFIES and V6NF_PORT_INSERTS. The device cannot refuse either. Of a
 * checksum that it does not find right, nothing is stated: there is no V6NF_PORT_CHECKSUM_WRONG.
 * Return V6NF_NIC_READY. On any other status the device does nothing.
 * Errors: V6NF_NIC_MTU_BAD, _MAC_BAD, _INPUTS_BAD, _OTHER_DEVICE, _NO_REGISTERS, _NO_REVISION, _NO_RESET, _NO_EEPROM
 * (no valid address), _NO_MEMORY, _NO_START.
 * Waits for the device, a second at most. Memory comes from v6nf_env_memory(), and is never returned. */
enum v6nf_nic_status v6nf_vmxnet3_init(struct v6nf_vmxnet3 *vmxnet3, struct v6nf_env_pci_address address,
                                       const struct v6nf_nic_config *config);

/* Reset the device, and start it again in the same memory. Frames that were under way are lost.
 * vmxnet3: its `state` is not V6NF_PARAVIRTUAL_RUNS any more, after stop() too.
 * Return V6NF_NIC_READY, V6NF_NIC_NOT_OPEN if init failed, or a status of v6nf_vmxnet3_init().
 * Waits for the device, a second at most. */
enum v6nf_nic_status v6nf_vmxnet3_restart(struct v6nf_vmxnet3 *vmxnet3);

/* Accept frames to this group, too: for a device with config.few_groups. A restart keeps the groups.
 * vmxnet3: initialized.
 * mac: 6 bytes, a group address.
 * Return true if the device accepts them, also because it accepts all groups or had this one. False if `mac` is no
 * group, if there are V6NF_VMXNET3_GROUPS already, or if the port does not run. */
bool v6nf_vmxnet3_add_group(struct v6nf_vmxnet3 *vmxnet3, const uint8_t *mac);

#ifdef __cplusplus
}
#endif

#endif
