/* vlans.c: an image with three nodes on the first network card: on the link without a tag, and on VLANs 10 and 20. The
 * card removes and inserts the tags, and does the checksums, as far as it can. Each node returns datagrams. */
#include "v6nf/driver/card.h"
#include "v6nf/driver/vlan.h"
#include "v6nf/print.h"
#include "v6nf/v6nf.h"

#define NODES 3u
#define ECHO_PORT 7u

static struct v6nf_card card;
static struct v6nf_vlan_trunk trunk;
static struct v6nf_vlan vlans[NODES];
static struct v6nf_node nodes[NODES];
static struct v6nf_run_context contexts[NODES];

static uint32_t echo(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    return datagram->length;
}

/* Start the node with the address fdab:ID::2, whose text has the decimal digits of the VLAN ID. */
static bool start_node(uint32_t i, uint32_t id)
{
    const uint8_t digits = (uint8_t)(id / 10u * 16u + id % 10u);
    const struct v6nf_address address = {{0xFD, 0xAB, 0, digits, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}};
    if (!v6nf_vlan_open(&vlans[i], &trunk, id)) {
        return false;
    }
    const struct v6nf_port *port = &vlans[i].port;
    const struct v6nf_node_config config = {
        .mac = port->mac, .mtu = port->mtu, .seed = id + 1u, .checksums = port->checksums};
    contexts[i].node = &nodes[i];
    v6nf_vlan_attach(&vlans[i], v6nf_run_handler, &contexts[i]);
    const uint64_t now = v6nf_env_clock();
    return v6nf_node_init(&nodes[i], &config, now) == V6NF_OK &&
           v6nf_node_add_address(&nodes[i], &address, 64, now) == V6NF_OK &&
           v6nf_udp_bind(&nodes[i], ECHO_PORT, echo, NULL) == V6NF_OK;
}

int main(void)
{
    static const uint32_t ids[NODES] = {V6NF_VLAN_UNTAGGED, 10, 20};
    static const struct v6nf_nic_config config = {.mtu = 1500, .checksums = true, .tags = true};
    const enum v6nf_nic_status status = v6nf_card_open_first(&card, 1, &config);
    bool is_ready = status == V6NF_NIC_READY && v6nf_vlan_trunk_init(&trunk, card.port);
    for (uint32_t i = 0; i < NODES && is_ready; i++) {
        is_ready = start_node(i, ids[i]);
    }
    v6nf_print_text(is_ready && card.port->tags ? "vlans: tags by the card\n" : "vlans: no tags by the card\n");
    while (is_ready && card.port->operations->status(card.port) == V6NF_PORT_RUNNING) {
        const uint64_t now = v6nf_env_clock();
        for (uint32_t i = 0; i < NODES; i++) {
            contexts[i].now = now;
        }
        (void)v6nf_vlan_poll(&trunk);
        for (uint32_t i = 0; i < NODES; i++) {
            (void)v6nf_run_tick(&nodes[i], &vlans[i].port, now);
        }
    }
    return 1;
}
