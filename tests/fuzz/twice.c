/* twice.c: detection of stale bytes in the output. Each input runs twice, with another pattern in all memory that the
 * node has not written. Each output byte was received, reassembled, stored or written: the output of both runs must be
 * equal. The node of the second run has a device that verifies and inserts checksums (device.c). */
#include "node_checks.h"

#define LOG_SIZE (8u << 20)

uint8_t poison;

static uint8_t log_bytes[LOG_SIZE];
static size_t log_end;
static size_t log_length; /* of the first run */
static bool is_second;

static void fail(const uint8_t *bytes, size_t length, size_t at)
{
    fprintf(stderr, "output differs from the first run: byte %zu of %zu, byte %zu in all:", at, length, log_end + at);
    for (size_t i = 0; i < length; i++) {
        fprintf(stderr, "%s%02x", i % 32u == 0u ? "\n    " : "", bytes[i]);
    }
    fprintf(stderr, "\n");
    abort();
}

void record_output(const void *bytes, size_t length)
{
    if (log_end + length > LOG_SIZE) {
        return;
    }
    if (!is_second) {
        memcpy(log_bytes + log_end, bytes, length);
    } else {
        CHECK(log_end + length <= log_length);
        for (size_t i = 0; i < length; i++) {
            if (log_bytes[log_end + i] != ((const uint8_t *)bytes)[i]) {
                fail(bytes, length, i);
            }
        }
    }
    log_end += length;
}

void trace(const char *what, const uint8_t *bytes, uint32_t length, uint64_t now)
{
    if (is_second || getenv("TRACE") == NULL) {
        return;
    }
    fprintf(stderr, "%llu %s ", (unsigned long long)now, what);
    for (uint32_t i = 0; i < length; i++) {
        fprintf(stderr, "%02x", bytes[i]);
    }
    fprintf(stderr, "\n");
}

/* -- Buffers of the node ------------------------------------------------------------------------------------------- */

/* Identity of the content of each slot when it was poisoned. A slot with another content is poisoned again. */
#define UNKNOWN UINT64_MAX
static uint64_t waiting_keys[V6NF_WAITING];
static uint64_t reassembly_keys[V6NF_REASSEMBLIES];
static uint64_t fragmentation_keys[V6NF_FRAGMENTATIONS];

static void start_poison(void)
{
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        waiting_keys[i] = UNKNOWN;
    }
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        reassembly_keys[i] = UNKNOWN;
    }
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        fragmentation_keys[i] = UNKNOWN;
    }
}

static bool is_new(uint64_t *key, uint64_t value)
{
    bool changed = *key != value;
    *key = value;
    return changed;
}

static bool is_covered(const struct v6nf_reassembly *row, uint32_t at)
{
    if (at < V6NF_REASSEMBLY_HEAD) {
        return at + row->head >= V6NF_REASSEMBLY_HEAD;
    }
    for (uint32_t i = 0; i < row->pieces_count; i++) {
        if (at >= V6NF_REASSEMBLY_HEAD + row->pieces[i].start && at < V6NF_REASSEMBLY_HEAD + row->pieces[i].end) {
            return true;
        }
    }
    return false;
}

static void poison_reassembly(struct v6nf_reassembly *row)
{
    if (!row->used) {
        memset(row->bytes, poison, sizeof row->bytes);
        memset(row->header, poison, sizeof row->header);
        return;
    }
    for (uint32_t i = 0; i < sizeof row->bytes; i++) {
        row->bytes[i] = is_covered(row, i) ? row->bytes[i] : poison;
    }
}

void poison_tables(void)
{
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        struct v6nf_waiting *slot = &node.waiting[i];
        bool is_used = slot->neighbor != V6NF_NEIGHBORS;
        if (is_new(&waiting_keys[i], is_used ? slot->order + 1u : 0u)) {
            uint32_t end = is_used ? slot->length : 0u;
            memset(slot->frame + end, poison, sizeof slot->frame - end);
        }
    }
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        struct v6nf_reassembly *row = &node.reassemblies[i];
        if (is_new(&reassembly_keys[i], row->used ? row->order + 1u : 0u)) {
            poison_reassembly(row);
        }
    }
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        struct v6nf_fragmentation *slot = &node.fragmentations[i];
        if (is_new(&fragmentation_keys[i], slot->used ? (uint64_t)slot->identification + 1u : 0u)) {
            uint32_t end = slot->used ? slot->length : 0u;
            memset(slot->frame + end, poison, sizeof slot->frame - end);
        }
    }
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        struct v6nf_neighbor *neighbor = &node.neighbors[i];
        if (neighbor->state == V6NF_NEIGHBOR_FREE) {
            memset(neighbor->mac, poison, sizeof neighbor->mac);
        }
    }
}

void run_twice(void (*run)(const uint8_t *data, size_t size), const uint8_t *data, size_t size)
{
    static const uint8_t patterns[2] = {FIRST_POISON, SECOND_POISON};
    for (uint32_t i = 0; i < 2u; i++) {
        is_second = i == 1u;
        poison = patterns[i];
        log_end = 0;
        start_poison();
        run(data, size);
        log_length = log_end;
    }
}
