/* fixture_shm.h: the other side of a shm port, for tests: it takes the part of a driver or virtualiser. It is a header
 * because tests are also compiled with other sizes than the library. */
#ifndef UNIT_DRIVER_FIXTURE_SHM_H
#define UNIT_DRIVER_FIXTURE_SHM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "v6nf/env.h"
#include "v6nf/driver/shm.h"

#define SHM_MTU 1500u
#define SHM_BUFFER 2048u
#define SHM_RECEIVE 8u
#define SHM_ORIGINATE 4u
#define SHM_BUFFERS (SHM_RECEIVE + SHM_ORIGINATE)
#define SHM_RECEIVE_CAPACITY 8u
#define SHM_TRANSMIT_CAPACITY 16u

/* Memory that both sides have mapped: a queue with its descriptors, and bytes after it that must not change. */
struct shm_receive_queue {
    _Alignas(64) uint8_t bytes[V6NF_SHM_QUEUE_SIZE(SHM_RECEIVE_CAPACITY)];
    uint8_t behind[64];
};

struct shm_transmit_queue {
    _Alignas(64) uint8_t bytes[V6NF_SHM_QUEUE_SIZE(SHM_TRANSMIT_CAPACITY)];
    uint8_t behind[64];
};

struct shm_memory {
    struct shm_receive_queue receive_active;
    struct shm_receive_queue receive_free;
    struct shm_transmit_queue transmit_active;
    struct shm_transmit_queue transmit_free;
    uint8_t data[SHM_BUFFERS][SHM_BUFFER];
    uint8_t behind[64];
};

static inline volatile struct v6nf_shm_queue *shm_queue(void *bytes)
{
    return (volatile struct v6nf_shm_queue *)bytes;
}

enum { SHM_RECEIVE_CHANNEL = 3, SHM_TRANSMIT_CHANNEL = 5 };

static inline struct v6nf_shm_config shm_config(struct shm_memory *memory, void (*notify)(unsigned int channel))
{
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 7};
    return (struct v6nf_shm_config){
        .receive_active = shm_queue(memory->receive_active.bytes),
        .receive_free = shm_queue(memory->receive_free.bytes),
        .transmit_active = shm_queue(memory->transmit_active.bytes),
        .transmit_free = shm_queue(memory->transmit_free.bytes),
        .receive_capacity = SHM_RECEIVE_CAPACITY,
        .transmit_capacity = SHM_TRANSMIT_CAPACITY,
        .data = memory->data[0],
        .buffer_size = SHM_BUFFER,
        .receive_buffers = SHM_RECEIVE,
        .originate_buffers = SHM_ORIGINATE,
        .mac = mac,
        .mtu = SHM_MTU,
        .notify = notify,
        .receive_channel = SHM_RECEIVE_CHANNEL,
        .transmit_channel = SHM_TRANSMIT_CHANNEL,
    };
}

struct shm_peer {
    struct shm_memory *memory;
    struct v6nf_shm_end receive_active;
    struct v6nf_shm_end receive_free;
    struct v6nf_shm_end transmit_active;
    struct v6nf_shm_end transmit_free;
};

static inline void shm_peer_init(struct shm_peer *peer, struct shm_memory *memory)
{
    peer->memory = memory;
    v6nf_shm_producer_init(&peer->receive_active, shm_queue(memory->receive_active.bytes), SHM_RECEIVE_CAPACITY);
    v6nf_shm_consumer_init(&peer->receive_free, shm_queue(memory->receive_free.bytes), SHM_RECEIVE_CAPACITY);
    v6nf_shm_consumer_init(&peer->transmit_active, shm_queue(memory->transmit_active.bytes), SHM_TRANSMIT_CAPACITY);
    v6nf_shm_producer_init(&peer->transmit_free, shm_queue(memory->transmit_free.bytes), SHM_TRANSMIT_CAPACITY);
}

/* Send a frame of `length` bytes whose first four are `value`. Return false if there is no receive buffer. */
static inline bool shm_peer_send(struct shm_peer *peer, uint32_t value, uint32_t length)
{
    if (v6nf_shm_waiting(&peer->receive_free) == 0u) {
        return false;
    }
    struct v6nf_shm_descriptor buffer = v6nf_shm_take(&peer->receive_free);
    assert_true(buffer.offset % SHM_BUFFER == 0u && buffer.offset < SHM_RECEIVE * SHM_BUFFER);
    memcpy(peer->memory->data[buffer.offset / SHM_BUFFER], &value, sizeof value);
    v6nf_shm_release(&peer->receive_free);
    v6nf_shm_put(&peer->receive_active, buffer.offset, length);
    v6nf_shm_publish(&peer->receive_active);
    return true;
}

/* Take the next frame to send. Return false if there is none. */
static inline bool shm_peer_take(struct shm_peer *peer, struct v6nf_shm_descriptor *frame)
{
    bool waits = v6nf_shm_waiting(&peer->transmit_active) > 0u;
    *frame = waits ? v6nf_shm_take(&peer->transmit_active) : (struct v6nf_shm_descriptor){.offset = 0};
    if (waits) {
        v6nf_shm_release(&peer->transmit_active);
    }
    return waits;
}

/* Return a sent buffer. */
static inline void shm_peer_return(struct shm_peer *peer, uint64_t offset)
{
    v6nf_shm_put(&peer->transmit_free, offset, 0);
    v6nf_shm_publish(&peer->transmit_free);
}

static inline uint32_t shm_value(const uint8_t *frame)
{
    uint32_t value = 0;
    memcpy(&value, frame, sizeof value);
    return value;
}

#endif
