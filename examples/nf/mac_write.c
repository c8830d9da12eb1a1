/* mac_write.c: forward every frame to one station, with the address of another as its source. */
#include "nf.h"
#include "v6nf/wire/ether.h"

const char nf_name[] = "mac_write";
const uint32_t nf_state_size = NF_NO_STATE;
const struct nf_extra nf_extras = NF_NO_EXTRAS;

static const uint8_t destination[V6NF_ETHER_ADDRESS_SIZE] = {0x02, 0x00, 0x00, 0x00, 0x00, 0x01};
static const uint8_t source[V6NF_ETHER_ADDRESS_SIZE] = {0x02, 0x00, 0x00, 0x00, 0x00, 0x02};

void nf_start(void *state, const uint8_t *secret)
{
    (void)state;
    (void)secret;
}

static inline void mac_write(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)capacity;
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, destination);
    v6nf_ether_address_copy(frame + V6NF_ETHER_SOURCE, source);
    nf_send_all(length, lengths);
}

uint32_t nf_poll(void *state, struct nf_path *path, uint32_t input, uint64_t now)
{
    (void)state;
    (void)input;
    (void)now;
    return NF_POLL(path, mac_write, NULL);
}
