/* conflict.c: another node has one of the node's addresses (RFC 4862, 5.4.5; RFC 7217, 6; RFC 8981, 3.4). */
#include "conflict.h"

#include "../base/random.h"
#include "../output/admission.h"
#include "../state/own_address.h"
#include "dad.h"
#include "interface.h"
#include "temporary.h"

/* RFC 7217, 7, whose IDGEN_DELAY is the delay before detection; RFC 8981, 3.8: TEMP_IDGEN_RETRIES. */
#define IDGEN_RETRIES 3u

/* Give the address another identifier (RFC 7217, 6; RFC 8981, 3.4). Return false if the node did not choose the
 * identifier, or if all retries are used up. */
static bool form_another(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    bool is_temporary = own->origin == V6NF_ADDRESS_TEMPORARY;
    bool is_opaque = own->origin == V6NF_ADDRESS_FORMED && node->has_secret;
    if ((!is_temporary && !is_opaque) || own->dad_counter >= IDGEN_RETRIES) {
        return false;
    }
    own->dad_counter++;
    count_change(node, V6NF_CHANGE_ADDRESSES); /* its state may stay the same */
    v6nf_dad_leave_group(node, own);
    v6nf_own_address_unlink(node, (uint32_t)(own - node->addresses));
    if (is_temporary) {
        v6nf_temporary_form(node, own->address.bytes);
    } else {
        v6nf_identifier_form(node, own->address.bytes, &own->dad_counter);
    }
    v6nf_own_address_link(node, (uint32_t)(own - node->addresses));
    count_change(node, V6NF_CHANGE_ADDRESSES); /* also if the state stays TENTATIVE */
    v6nf_interface_begin_detection(node, own, now);
    v6nf_interface_claim(node, own);
    return true;
}

void v6nf_conflict_found(struct v6nf_node *node, uint32_t own, uint64_t now)
{
    count(node, V6NF_DUPLICATE_ADDRESSES);
    if (form_another(node, &node->addresses[own], now)) {
        return;
    }
    v6nf_own_address_set_state(node, &node->addresses[own], V6NF_ADDRESS_DUPLICATE);
    v6nf_dad_leave_group(node, &node->addresses[own]);
    if (node->addresses[own].origin == V6NF_ADDRESS_TEMPORARY) {
        v6nf_temporary_abandon(node, &node->addresses[own]);
    }
    if (!interface_is_disabled(node)) {
        return;
    }
    for (uint32_t i = 1; i < node->addresses_used; i++) {
        v6nf_own_address_set_state(node, &node->addresses[i], V6NF_ADDRESS_DUPLICATE);
    }
    v6nf_admission_end_all(node);
}
