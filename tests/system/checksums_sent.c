/* checksums_sent.c: an image with a node on the first card of a PCI bus, which inserts checksums. It returns UDP
 * datagrams by v6nf_udp_send(), not as the replies of a handler. The argument is its address. */
#include "v6nf/board/board.h"
#include "v6nf/driver/card.h"
#include "v6nf/print.h"
#include "v6nf/v6nf.h"

#define PORT 7u
#define PREFIX_LENGTH 64u
#define DATA_MAX 1452u

static struct {
    struct v6nf_udp_message to;
    uint8_t data[DATA_MAX];
    uint32_t length;
    bool is_there;
} last;

static uint32_t keep(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    last.is_there = datagram->length <= DATA_MAX;
    last.length = last.is_there ? datagram->length : 0u;
    last.to = (struct v6nf_udp_message){.local_port = PORT, .remote_port = datagram->source_port};
    for (uint32_t i = 0; i < sizeof last.to.remote.bytes; i++) {
        last.to.remote.bytes[i] = datagram->source[i];
    }
    for (uint32_t i = 0; i < last.length; i++) {
        last.data[i] = datagram->payload[i];
    }
    return 0;
}

/* Return the datagram. Report the first one whose checksum is left to the card. */
static void send_back(struct v6nf_node *node, struct v6nf_port *port, uint64_t now)
{
    static bool was_left;
    uint32_t length = 0;
    uint8_t *frame = port->operations->reserve(port);
    for (uint32_t i = 0; frame != NULL && i < last.length; i++) {
        frame[V6NF_UDP_PAYLOAD + i] = last.data[i];
    }
    if (frame != NULL) {
        (void)v6nf_udp_send(node, frame, last.length, port->capacity, &last.to, &length, now);
    }
    if (length > V6NF_PORT_LENGTH && !was_left) {
        was_left = true;
        v6nf_print_text("checksums: the first that is left to the card\n");
    }
    if (length > 0u) {
        v6nf_run_commit(port, frame, length);
    }
}

int main(void)
{
    static struct v6nf_card card;
    static struct v6nf_node node;
    static const struct v6nf_nic_config config = {.mtu = 1500, .checksums = true};
    char *arguments[2];
    struct v6nf_address address;
    if (v6nf_board_arguments(arguments, 2) < 2u || !v6nf_address_parse(&address, arguments[1]) ||
        v6nf_card_open_first(&card, 1, &config) != V6NF_NIC_READY) {
        v6nf_print_text("checksums: no address, or no card\n");
        return 1;
    }
    const struct v6nf_node_config settings = {
        .mac = card.port->mac, .mtu = card.port->mtu, .seed = 1, .checksums = card.port->checksums};
    if (v6nf_node_init(&node, &settings, v6nf_env_clock()) != V6NF_OK ||
        v6nf_node_add_address(&node, &address, PREFIX_LENGTH, v6nf_env_clock()) != V6NF_OK ||
        v6nf_udp_bind(&node, PORT, keep, NULL) != V6NF_OK) {
        return 1;
    }
    v6nf_print_text("checksums: the node runs\n");
    while (card.port->operations->status(card.port) == V6NF_PORT_RUNNING) {
        const uint64_t now = v6nf_env_clock();
        (void)v6nf_run(&node, card.port, now);
        if (last.is_there) {
            last.is_there = false;
            send_back(&node, card.port, now);
        }
    }
    return 1;
}
