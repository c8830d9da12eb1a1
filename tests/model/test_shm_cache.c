/* test_shm_cache.c: queues in shared memory whose other side passes the buffers to a device, on a board whose DMA is
 * not coherent. The device does not see what is in the CPU's cache (fixture_device_memory.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../unit/driver/fixture_device_memory.h"
#include "v6nf/driver/shm.h"

#define BUFFER 2048u
#define RECEIVE 8u
#define ORIGINATE 4u
#define BUFFERS (RECEIVE + ORIGINATE)
#define CAPACITY 16u
#define FRAMES 2000u

enum { RECEIVE_ACTIVE, RECEIVE_FREE, TRANSMIT_ACTIVE, TRANSMIT_FREE, QUEUES };

static _Alignas(64) uint8_t queues[QUEUES][V6NF_SHM_QUEUE_SIZE(CAPACITY)];
static struct v6nf_shm_end ends[QUEUES]; /* those of the other side */
static struct v6nf_shm shm;
static uint8_t *data;
static uint32_t number; /* of the frame that the handler sees next */
static uint32_t next;   /* number of the frame that the device sends next */

static void ignore(unsigned int channel)
{
    (void)channel;
}

static volatile struct v6nf_shm_queue *queue(uint32_t which)
{
    return (volatile struct v6nf_shm_queue *)(void *)queues[which];
}

static struct v6nf_shm_config config_of(uint8_t *private_frames)
{
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 7};
    return (struct v6nf_shm_config){.receive_active = queue(RECEIVE_ACTIVE),
                                    .receive_free = queue(RECEIVE_FREE),
                                    .transmit_active = queue(TRANSMIT_ACTIVE),
                                    .transmit_free = queue(TRANSMIT_FREE),
                                    .receive_capacity = CAPACITY,
                                    .transmit_capacity = CAPACITY,
                                    .data = data,
                                    .buffer_size = BUFFER,
                                    .receive_buffers = RECEIVE,
                                    .originate_buffers = ORIGINATE,
                                    .private_frames = private_frames,
                                    .has_device = true,
                                    .mac = mac,
                                    .mtu = 1500,
                                    .notify = ignore};
}

static void start(uint8_t *private_frames)
{
    device_memory_free(UINT32_MAX);
    memset(queues, 0, sizeof queues);
    memset(&shm, 0, sizeof shm);
    number = next = 0;
    data = (uint8_t *)v6nf_env_buffers(BUFFERS * BUFFER, 64);
    const struct v6nf_shm_config config = config_of(private_frames);
    assert_int_equal(v6nf_shm_init(&shm, &config), V6NF_SHM_OPEN);
    v6nf_shm_producer_init(&ends[RECEIVE_ACTIVE], queue(RECEIVE_ACTIVE), CAPACITY);
    v6nf_shm_consumer_init(&ends[RECEIVE_FREE], queue(RECEIVE_FREE), CAPACITY);
    v6nf_shm_consumer_init(&ends[TRANSMIT_ACTIVE], queue(TRANSMIT_ACTIVE), CAPACITY);
    v6nf_shm_producer_init(&ends[TRANSMIT_FREE], queue(TRANSMIT_FREE), CAPACITY);
}

/* -- Frames: each has other bytes and another length --------------------------------------------------------------- */

static uint32_t length_of(uint32_t frame)
{
    return 60u + frame * 397u % 1400u;
}

static uint32_t reply_length_of(uint32_t frame)
{
    return frame % 3u == 0u ? 0u : 60u + frame * 211u % 1900u;
}

static void write_frame(uint8_t *bytes, uint32_t frame, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)(frame * 7u + i);
    }
}

static void check_frame(const uint8_t *bytes, uint32_t frame, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        assert_int_equal(bytes[i], (uint8_t)(frame * 7u + i));
    }
}

/* Change the whole buffer. */
static void answer(void *context, uint8_t *bytes, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    assert_int_equal(capacity, BUFFER);
    assert_int_equal(length, length_of(number));
    check_frame(bytes, number, length);
    write_frame(bytes, number + 100u, capacity);
    lengths[0] = reply_length_of(number);
    number++;
}

/* -- The device ---------------------------------------------------------------------------------------------------- */

static uint8_t *as_device_sees(uint64_t offset, uint32_t length)
{
    uint8_t *bytes = device_memory_at(v6nf_env_device_address(data) + offset, length);
    assert_non_null(bytes);
    return bytes;
}

static bool receive(uint32_t frame)
{
    if (v6nf_shm_waiting(&ends[RECEIVE_FREE]) == 0u) {
        return false;
    }
    const struct v6nf_shm_descriptor buffer = v6nf_shm_take(&ends[RECEIVE_FREE]);
    v6nf_shm_release(&ends[RECEIVE_FREE]);
    write_frame(as_device_sees(buffer.offset, length_of(frame)), frame, length_of(frame));
    v6nf_shm_put(&ends[RECEIVE_ACTIVE], buffer.offset, length_of(frame));
    v6nf_shm_publish(&ends[RECEIVE_ACTIVE]);
    return true;
}

/* Send all frames. Return their number. */
static uint32_t send_all(void)
{
    uint32_t sent = 0;
    for (; v6nf_shm_waiting(&ends[TRANSMIT_ACTIVE]) > 0u; sent++) {
        const struct v6nf_shm_descriptor buffer = v6nf_shm_take(&ends[TRANSMIT_ACTIVE]);
        v6nf_shm_release(&ends[TRANSMIT_ACTIVE]);
        while (reply_length_of(next) == 0u) {
            next++;
        }
        assert_int_equal(buffer.length, reply_length_of(next));
        check_frame(as_device_sees(buffer.offset, buffer.length), next + 100u, buffer.length);
        v6nf_shm_put(&ends[TRANSMIT_FREE], buffer.offset, 0);
        v6nf_shm_publish(&ends[TRANSMIT_FREE]);
        next++;
    }
    return sent;
}

/* -- Tests --------------------------------------------------------------------------------------------------------- */

static void check_answers(uint8_t *private_frames)
{
    uint32_t sent = 0;
    start(private_frames);
    for (uint32_t frame = 0; frame < FRAMES;) {
        while (frame < FRAMES && receive(frame)) {
            frame++;
        }
        while (shm.port.operations->poll(&shm.port, answer, NULL) > 0u) {
        }
        sent += send_all();
    }
    assert_int_equal(number, FRAMES);
    assert_in_range(sent, FRAMES / 2u, FRAMES);
}

static void frames_are_received_and_answered(void **state)
{
    (void)state;
    check_answers(NULL);
}

static void copied_frames_are_received_and_answered(void **state)
{
    (void)state;
    static uint8_t frames[2][BUFFER];
    check_answers(frames[0]);
}

static void check_originated(uint8_t *private_frames)
{
    start(private_frames);
    for (uint32_t frame = 0; frame < FRAMES; frame++) {
        if (reply_length_of(frame) > 0u) {
            uint8_t *bytes = shm.port.operations->reserve(&shm.port);
            assert_non_null(bytes);
            write_frame(bytes, frame + 100u, reply_length_of(frame));
            shm.port.operations->commit(&shm.port, reply_length_of(frame));
            assert_int_equal(send_all(), 1);
        }
    }
}

static void originated_frames_are_sent(void **state)
{
    (void)state;
    static uint8_t frames[2][BUFFER];
    check_originated(NULL);
    check_originated(frames[0]);
}

/* A line with parts of two buffers would be written back over a received frame. */
static void buffers_that_share_a_cache_line_are_refused(void **state)
{
    (void)state;
    start(NULL);
    memset(queues, 0, sizeof queues);
    struct v6nf_shm_config config = config_of(NULL);
    config.buffer_size = BUFFER - 8u;
    assert_int_equal(v6nf_shm_init(&shm, &config), V6NF_SHM_BUFFERS_BAD);
    config.buffer_size = BUFFER;
    config.data = data + 8;
    assert_int_equal(v6nf_shm_init(&shm, &config), V6NF_SHM_BUFFERS_BAD);
    config.has_device = false;
    assert_int_equal(v6nf_shm_init(&shm, &config), V6NF_SHM_OPEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_received_and_answered),
        cmocka_unit_test(copied_frames_are_received_and_answered),
        cmocka_unit_test(originated_frames_are_sent),
        cmocka_unit_test(buffers_that_share_a_cache_line_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
