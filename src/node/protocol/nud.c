/* nud.c: solicitations of address resolution and of Neighbor Unreachability Detection (RFC 4861, 7.2.2 and 7.3.3). */
#include "nud.h"

#include "../output/admission.h"
#include "../output/solicit.h"
#include "../state/neighbor.h"
#include "../state/pending.h"

/* Maximum number of steps without a frame in one turn of a tick. */
#define STEPS_MAX 64u

uint32_t v6nf_nud_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    for (uint32_t i = 0; i < STEPS_MAX; i++) {
        struct v6nf_neighbor *neighbor = v6nf_neighbor_first_due(node, now);
        if (neighbor == NULL) {
            return 0;
        }
        if (v6nf_neighbor_step(node, neighbor, now) == NEIGHBOR_UNREACHABLE) {
            count(node, V6NF_NEIGHBORS_UNREACHABLE);
            v6nf_pending_give_up(node, neighbor_index(node, neighbor));
            v6nf_admission_end(node, neighbor, V6NF_DROP_UNREACHABLE);
            continue;
        }
        uint32_t length = v6nf_solicit_neighbor(node, frame, capacity, neighbor);
        v6nf_neighbor_solicited(node, neighbor, length != 0u, now);
        if (length != 0u) {
            return length;
        }
    }
    return 0;
}
