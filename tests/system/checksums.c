/* checksums.c: an image that returns UDP datagrams on the first virtio-net device of a PCI bus, which may leave their
 * checksums to it. There is no node: a partial checksum must be the same when it is sent. */
#include "v6nf/driver/virtio.h"
#include "v6nf/print.h"

#define DEVICES 32u /* of bus 0 */
#define UDP_FRAME_MIN 62u
#define IPV6_SOURCE 22u
#define IPV6_ADDRESS 16u
#define UDP_AT 54u

static bool was_partial;

static void exchange(uint8_t *one, uint8_t *other, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        const uint8_t byte = one[i];
        one[i] = other[i];
        other[i] = byte;
    }
}

/* Return a datagram to its sender. Its checksum stays right, or partial. */
static void answer(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    const uint32_t bytes = length & V6NF_PORT_LENGTH;
    const uint32_t partial = length & V6NF_PORT_CHECKSUM_PARTIAL;
    (void)context;
    (void)capacity;
    if (bytes < UDP_FRAME_MIN || (frame[0] & 1u) != 0u || frame[12] != 0x86u || frame[13] != 0xDDu ||
        frame[20] != 17u) {
        return;
    }
    if (partial != 0u && !was_partial) {
        was_partial = true;
        v6nf_print_text("checksums: the first partial one\n");
    }
    exchange(frame, frame + 6, 6);
    exchange(frame + IPV6_SOURCE, frame + IPV6_SOURCE + IPV6_ADDRESS, IPV6_ADDRESS);
    exchange(frame + UDP_AT, frame + UDP_AT + 2u, 2);
    lengths[0] = bytes + partial;
}

int main(void)
{
    static struct v6nf_virtio virtio;
    static const struct v6nf_nic_config config = {.mtu = 1500, .checksums = true};
    enum v6nf_nic_status status = V6NF_NIC_OTHER_DEVICE;
    for (uint32_t i = 0; i < DEVICES && status == V6NF_NIC_OTHER_DEVICE; i++) {
        const struct v6nf_env_pci_address address = {.device = (uint8_t)i};
        status = v6nf_virtio_init_pci(&virtio, address, &config);
    }
    if (status != V6NF_NIC_READY) {
        v6nf_print_text(v6nf_nic_status_text(status));
        v6nf_print_text("\n");
        return 1;
    }
    struct v6nf_port *port = &virtio.common.port;
    v6nf_print_text("checksums: the port has ");
    v6nf_print_unsigned(port->checksums);
    v6nf_print_text("\n");
    while (port->operations->status(port) == V6NF_PORT_RUNNING) {
        (void)port->operations->poll(port, answer, NULL);
    }
    return 1;
}
