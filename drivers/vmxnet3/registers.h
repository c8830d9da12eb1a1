/* registers.h: the registers of a vmxnet3 device, its commands and the memory that it shares with the driver. VMware
 * has published no data sheet. The facts are those on which the drivers of Linux (by VMware), FreeBSD, OpenBSD and iPXE
 * agree with QEMU's device. DOUBT marks the others. */
#ifndef DRIVERS_VMXNET3_REGISTERS_H
#define DRIVERS_VMXNET3_REGISTERS_H

#include "v6nf/driver/vmxnet3.h"

#include "../paravirtual/paravirtual.h"
#include "../pci/pci.h"
#include "../vmxnet3_queue/vmxnet3_queue.h"

/* Registers of the rings, in base address register 0: indexes of the next descriptor that has no buffer. */
#define RINGS_BAR 0u
#define TRANSMIT_PRODUCER 0x600u
#define RECEIVE_PRODUCER 0x800u
#define RECEIVE_PRODUCER_2 0xA00u /* of the second receive ring */

/* All other registers, in base address register 1. */
#define CONTROL_BAR 1u
#define REVISIONS 0x00u    /* read: a bit for each revision of the device; never all ones. Write: the chosen one */
#define UPT_VERSIONS 0x08u /* the same for the format of queues (uniform pass-through) */
#define SHARED_LOW 0x10u   /* the address of the shared memory */
#define SHARED_HIGH 0x18u
#define COMMAND 0x20u /* write: a command; read: its result */
#define MAC_LOW 0x28u
#define MAC_HIGH 0x30u
#define BAR_SIZE 4096u

#define REVISION_1 1u

/* Commands. */
#define ACTIVATE 0xCAFE0000u /* the result is 0 if the device runs */
#define QUIESCE 0xCAFE0001u
#define RESET 0xCAFE0002u
#define UPDATE_RECEIVE_MODE 0xCAFE0003u
#define UPDATE_MAC_FILTERS 0xCAFE0004u
#define UPDATE_VLAN_FILTERS 0xCAFE0005u
#define GET_STATISTICS 0xF00D0001u /* writes them to the queues' memory */
#define GET_LINK 0xF00D0002u       /* the result: bit 0 is set if the link is up; the speed in bits 16 to 31 */
#define GET_MAC_LOW 0xF00D0003u    /* of the address that the hypervisor has configured */
#define GET_MAC_HIGH 0xF00D0004u

/* Layout of the memory: rings, queues, then what is shared. Rings must begin at multiples of 512, queues of 128. The
 * second receive ring never has buffers: it must exist, because devices read its first descriptor for a frame that
 * needs two buffers. The completions of both have one ring, as large as both: a device does not check that it has
 * space. */
#define RING_BYTES (DESCRIPTOR_SIZE * V6NF_VMXNET3_SIZE)
#define RECEIVE_COMPLETIONS (2u * V6NF_VMXNET3_SIZE)
#define RECEIVE_RING_AT 0u
#define RECEIVE_RING_2_AT RING_BYTES
#define TRANSMIT_RING_AT (2u * RING_BYTES)
#define TRANSMIT_COMPLETIONS_AT (3u * RING_BYTES)
#define RECEIVE_COMPLETIONS_AT (4u * RING_BYTES)
#define QUEUES_AT (6u * RING_BYTES)
#define QUEUE_SIZE 256u
#define TRANSMIT_QUEUE_AT QUEUES_AT
#define RECEIVE_QUEUE_AT (QUEUES_AT + QUEUE_SIZE)
#define SHARED_AT (QUEUES_AT + 2u * QUEUE_SIZE)
#define SHARED_SIZE 720u
#define GROUPS_AT (SHARED_AT + SHARED_SIZE)
#define GROUP_SIZE 6u
#define MEMORY_SIZE (GROUPS_AT + GROUP_SIZE * V6NF_VMXNET3_GROUPS)
#define MEMORY_ALIGNMENT 512u

/* Fields of a queue, in bytes. */
#define QUEUE_UPDATE_PRODUCER 0u /* of the receive queue, a byte: write the register when there are buffers */
#define QUEUE_RINGS 16u          /* addresses: of the ring, and of the second ring or of a ring of headers */
#define QUEUE_COMPLETIONS 32u    /* an address */
#define QUEUE_SIZES 56u          /* two words, for the two rings, and one for the completions */
#define QUEUE_STATISTICS 88u
#define TRANSMIT_ERRORS (QUEUE_STATISTICS + 64u) /* frames that were not sent: errors, and others */
#define TRANSMIT_DISCARDED (QUEUE_STATISTICS + 72u)
#define RECEIVE_OUT_OF_BUFFERS (QUEUE_STATISTICS + 64u)
#define RECEIVE_ERRORS (QUEUE_STATISTICS + 72u)

/* Fields of the shared memory, in bytes. */
#define SHARED_MAGIC 0u
#define SHARED_DRIVER_VERSION 8u
#define SHARED_REVISIONS 16u /* of the device, and of the format of queues, that the driver supports */
#define SHARED_UPT_VERSIONS 20u
#define SHARED_FEATURES 24u
#define FEATURE_CHECKSUMS 1u /* of received frames */
#define SHARED_QUEUES 40u    /* an address, */
#define SHARED_QUEUES_SIZE 52u
#define SHARED_MTU 56u
#define SHARED_COUNTS 60u     /* 16 bits: buffers of a frame; a byte each: transmit and receive queues */
#define SHARED_INTERRUPTS 80u /* bytes: mask automatically, number of interrupts, that of events */
#define SHARED_INTERRUPT_CONTROL 108u
#define SHARED_RECEIVE_MODE 120u
#define SHARED_GROUPS_SIZE 124u
#define SHARED_GROUPS 128u /* an address */
#define SHARED_VLANS 136u  /* a bit for each VLAN */
#define SHARED_VLANS_SIZE 512u
#define SHARED_EVENTS 696u
#define EVENTS_QUEUE_ERROR 3u /* bit 0: a receive queue has stopped; bit 1: a transmit queue has */

static inline struct v6nf_vmxnet3 *vmxnet3_of(struct v6nf_paravirtual *common)
{
    return (struct v6nf_vmxnet3 *)(void *)common;
}

/* Read a word of the memory, at an offset in bytes. */
static inline uint32_t vmxnet3_get(const struct v6nf_vmxnet3 *vmxnet3, uint32_t at)
{
    return v6nf_env_le32(vmxnet3->memory[at / 4u]);
}

/* Give the device a command. Return its result. */
static inline uint32_t vmxnet3_command(const struct v6nf_vmxnet3 *vmxnet3, uint32_t command)
{
    register_write(vmxnet3->control, COMMAND, command);
    return register_read(vmxnet3->control, COMMAND);
}

/* Take the device's counters as they are for 0: a reset may keep them. */
void v6nf_vmxnet3_begin_counting(struct v6nf_vmxnet3 *vmxnet3);

/* read_counters() of port.h. */
void v6nf_vmxnet3_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters);

/* Operations of paravirtual.h. */
enum v6nf_paravirtual_state v6nf_vmxnet3_look(const struct v6nf_paravirtual *common);
bool v6nf_vmxnet3_has_link(const struct v6nf_paravirtual *common);
void v6nf_vmxnet3_begin_reset(const struct v6nf_paravirtual *common);
bool v6nf_vmxnet3_reset(const struct v6nf_paravirtual *common);
bool v6nf_vmxnet3_set_bus_master(const struct v6nf_paravirtual *common, bool on);

#endif
