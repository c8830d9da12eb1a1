/* vlan.c: frames with a VLAN tag. Under callgrind, count what retag() executes: it removes the tag of each frame, and
 * inserts one. Count v6nf_vlan_poll() for the same on a VLAN port, whose user sends each frame back. Its arguments are
 * the name of one of these functions, how many frames, and "device" if the device removes and inserts the tags. */
#include <stdlib.h>
#include <string.h>

#include "v6nf/driver/vlan.h"
#include "v6nf/wire/ether.h"

#define CAPACITY 2048u
#define LENGTH 64u
#define ID 10u

static uint8_t frame[CAPACITY];
static uint32_t sent;
static uint32_t length = LENGTH; /* of each frame, with its VLAN ID if the device has removed the tag */

/* What stands between both tags: the user of the frame, which can read and write it. */
static inline void use(const uint8_t *untagged)
{
    __asm__ volatile("" : : "r"(untagged) : "memory");
}

void retag(uint8_t *first, uint32_t count);

/* callgrind counts this function by its name, so it must stay one of its own. */
__attribute__((noinline)) void retag(uint8_t *first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        use(v6nf_ether_strip_tag(first));
        v6nf_ether_insert_tag(first, ID);
    }
}

/* A port with frames of VLAN ID at any time, which arrive one by one. */
static uint32_t poll(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    uint32_t lengths[1] = {0};
    handler(context, frame, length, port->capacity, lengths);
    sent += lengths[0] == length ? 1u : 0u;
    return 1;
}

static void send_back(void *context, uint8_t *received, uint32_t bytes, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)received;
    (void)capacity;
    lengths[0] = bytes;
}

int main(int argc, char **argv)
{
    static const struct v6nf_port_operations operations = {.poll = poll};
    static struct v6nf_port port = {.operations = &operations, .mtu = 1500, .capacity = CAPACITY, .outputs = 1};
    static struct v6nf_vlan_trunk trunk;
    static struct v6nf_vlan vlan;
    const uint32_t count = argc >= 3 ? (uint32_t)atoi(argv[2]) : 0u;
    port.tags = argc == 4 && strcmp(argv[3], "device") == 0;
    length += port.tags ? ID << V6NF_PORT_VLAN_SHIFT : 0u;
    v6nf_store32(frame + V6NF_ETHER_TYPE, (V6NF_ETHER_TYPE_VLAN << 16) + ID);
    if (argc == 3 && strcmp(argv[1], "retag") == 0) {
        retag(frame, count);
        return v6nf_load16(frame + V6NF_ETHER_TYPE + 2u) == ID ? 0 : 1;
    }
    if (!v6nf_vlan_trunk_init(&trunk, &port) || !v6nf_vlan_open(&vlan, &trunk, ID)) {
        return 1;
    }
    v6nf_vlan_attach(&vlan, send_back, NULL);
    for (uint32_t i = 0; i < count; i++) {
        (void)v6nf_vlan_poll(&trunk);
    }
    return sent == count && count > 0u ? 0 : 1;
}
