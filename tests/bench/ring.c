/* ring.c: cards in memory, for a network function on the descriptor ring. They are as the 82599. */
#include "ring_bursts.h"

#include "../unit/driver/fixture_ring_device.h"

static struct ring_device input;
static struct ring_device outputs[BENCH_WAYS_MAX];

void bench_open(struct nf_path *path, bool has_argument)
{
    struct v6nf_ring_device *devices[BENCH_WAYS_MAX];
    (void)has_argument;
    path->kind = NF_LEGACY;
    device_memory_free(UINT32_MAX);
    ring_device_init(&input, V6NF_RING_LEGACY, true);
    for (uint32_t i = 0; i < bench_ways(); i++) {
        ring_device_init(&outputs[i], V6NF_RING_LEGACY, true);
#ifdef BENCH_CHECKSUMS
        input.verdict = UINT64_C(0x30) << 32; /* UDPCS and TCPCS: right */
        ring_device_insert(&outputs[i]);
#endif
        devices[i] = &outputs[i].device;
    }
    if (v6nf_ring_open(&path->ring, &input.device, bench_ways(), devices, BUFFER_SIZE) != V6NF_RING_OPEN) {
        bench_fail("no ring");
    }
}

bool bench_receive(const uint8_t *frame, uint32_t length)
{
    return ring_device_receive(&input, frame, length);
}

uint32_t bench_send(uint32_t output, const uint8_t **frame)
{
    const uint32_t length = ring_device_send(&outputs[output], 0, frame);
    if (outputs[output].fault != NULL) {
        bench_fail(outputs[output].fault);
    }
    return length;
}
