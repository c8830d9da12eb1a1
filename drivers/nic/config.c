/* config.c: what a configuration may be, and what a status means; apart from nic.c, which drivers without a descriptor
 * ring do not need. */
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
        return "the MTU is not one that the card can have: give it 1280 to 9706 (LAN9118: 1500)";
    case V6NF_NIC_MAC_BAD:
        return "the MAC address is a group's, or 0: give it one whose first byte is even, or none for the card's own";
    case V6NF_NIC_INPUTS_BAD:
        return "the card has fewer inputs (82599: 16, 82576: 16, I350: 8, I210: 4, I211: 2, others: 1): ask for fewer";
    case V6NF_NIC_PROMISCUOUS_BAD:
        return "a virtual function cannot be promiscuous: take the physical one";
    case V6NF_NIC_DEVICE_MTU_BAD:
        return "the virtio device's own MTU is below 1280: have the hypervisor raise it (QEMU: host_mtu=1500)";
    case V6NF_NIC_BUFFERS_BAD:
        return "buffers are multiples of 1024 bytes, up to 16384";
    case V6NF_NIC_COUNT_BAD:
        return "the card cannot have so many virtual functions: ask for 1 to 7 (82576) or 63 (82599)";
    case V6NF_NIC_NO_VIRTUAL:
        return "the card has no virtual functions (SR-IOV): take another, or turn them on in its firmware";
    case V6NF_NIC_IN_USE:
        return "the card has rings, several inputs or virtual functions: set it up again, and make virtual functions "
               "first";
    case V6NF_NIC_NOT_OPEN:
        return "the device does not run: call its init first";
    case V6NF_NIC_OTHER_DEVICE:
        return "there is no card of this family at this address; look for its address, or take another driver";
    case V6NF_NIC_NO_REGISTERS:
        return "the card's registers cannot be reached: its base address register is empty, or the board cannot map it";
    case V6NF_NIC_NO_RESET:
        return "the card does not come out of reset: turn the machine off and on";
    case V6NF_NIC_NO_EEPROM:
        return "the card's EEPROM is missing or damaged: it has no address of its own and no settings";
    case V6NF_NIC_NO_START:
        return "the card does not start to receive or send";
    case V6NF_NIC_NO_MEMORY:
        return "there is not enough memory that the card can reach";
    case V6NF_NIC_NO_QUEUE:
        return "the card has no queue left, or does not start one";
    case V6NF_NIC_LEGACY:
        return "the virtio device is a legacy one; have the hypervisor offer version 1.0 (QEMU: disable-legacy=on for "
               "PCI, -global virtio-mmio.force-legacy=false for MMIO)";
    case V6NF_NIC_NO_FEATURES:
        return "the virtio device does not accept the features that it was asked for; have the hypervisor demand fewer";
    case V6NF_NIC_REFUSED:
        return "the physical function of this virtual one does not answer, or does not grant it its address or MTU";
    }
    return "unknown status";
}
