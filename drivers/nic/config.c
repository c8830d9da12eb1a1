/* config.c: limits of a configuration, and texts for statuses. It is not part of nic.c, which drivers without a
 * descriptor ring do not need. */
#include "nic_port.h"

#define MTU_MIN 1280u /* RFC 8200, 5 */

enum v6nf_nic_status v6nf_nic_check_config(const struct v6nf_nic_config *config, uint32_t mtu_max, uint32_t inputs)
{
    if (config->mtu < MTU_MIN || config->mtu > mtu_max) {
        return V6NF_NIC_MTU_BAD;
    }
    if (config->mac != NULL && !nic_mac_is_station(config->mac)) {
        return V6NF_NIC_MAC_BAD;
    }
    return config->inputs > inputs ? V6NF_NIC_INPUTS_BAD : V6NF_NIC_READY;
}

const char *v6nf_nic_status_text(enum v6nf_nic_status status)
{
    switch (status) {
    case V6NF_NIC_READY:
        return "the card is ready";
    case V6NF_NIC_MTU_BAD:
        return "the card does not support this MTU: use 1280 to 9706 (vmxnet3: 9000, LAN9118: 1500)";
    case V6NF_NIC_MAC_BAD:
        return "the MAC address is a group address, or 0: use one whose first byte is even, or none for the card's own";
    case V6NF_NIC_INPUTS_BAD:
        return "the card has fewer inputs (82599: 16, 82576: 16, I350: 8, I210, I225, I226: 4, I211: 2, others: 1): "
               "configure fewer";
    case V6NF_NIC_PROMISCUOUS_BAD:
        return "a virtual function cannot be promiscuous: use the physical function";
    case V6NF_NIC_DEVICE_MTU_BAD:
        return "the MTU of the virtio device is below 1280: raise it in the hypervisor (QEMU: host_mtu=1500)";
    case V6NF_NIC_BUFFERS_BAD:
        return "the buffer size is bad: use a multiple of 1024 bytes, 2048 to 16384";
    case V6NF_NIC_COUNT_BAD:
        return "the card does not support this number of virtual functions: use 1 to 7 (82576) or 1 to 63 (82599)";
    case V6NF_NIC_NO_VIRTUAL:
        return "the card has no virtual functions (SR-IOV): use another card, or turn them on in its firmware";
    case V6NF_NIC_IN_USE:
        return "the card has rings, several inputs or virtual functions: initialize it again, and make virtual "
               "functions "
               "first";
    case V6NF_NIC_NOT_OPEN:
        return "the device does not run: call the driver's init first";
    case V6NF_NIC_OTHER_DEVICE:
        return "there is no card of this family at this address: check the address, or use another driver";
    case V6NF_NIC_NO_REGISTERS:
        return "the card's registers cannot be mapped: its base address register is empty, or the board cannot reach "
               "them";
    case V6NF_NIC_NO_RESET:
        return "the reset of the card does not end: turn the machine off and on";
    case V6NF_NIC_NO_EEPROM:
        return "the card's EEPROM is missing or damaged, or has no address: configure a MAC address, or replace the "
               "card";
    case V6NF_NIC_NO_START:
        return "the card does not start to receive or send: turn the machine off and on";
    case V6NF_NIC_NO_MEMORY:
        return "there is not enough memory that the card can reach: give the board more, or Linux more huge pages";
    case V6NF_NIC_NO_QUEUE:
        return "the card has no queue left, or does not start one: use fewer rings";
    case V6NF_NIC_LEGACY:
        return "the virtio device is a legacy device: let the hypervisor offer version 1.0 (QEMU: disable-legacy=on "
               "for "
               "PCI, -global virtio-mmio.force-legacy=false for MMIO)";
    case V6NF_NIC_NO_FEATURES:
        return "the virtio device does not accept the driver's features: let the hypervisor demand fewer";
    case V6NF_NIC_NO_REVISION:
        return "the vmxnet3 device does not offer revision 1: give the virtual machine another network adapter";
    case V6NF_NIC_REFUSED:
        return "the physical function does not answer, or refuses the address, MTU or groups: check its settings";
    }
    return "unknown status";
}
