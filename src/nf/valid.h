/* valid.h: the invariants of the state of network functions, for tests. The library does not contain them: a file
 * X_valid.c is empty unless V6NF_INVARIANTS is defined. Each function is bounded by the capacity, for any contents.
 * Context: any. */
#ifndef V6NF_SRC_NF_VALID_H
#define V6NF_SRC_NF_VALID_H

#include <stdbool.h>

#include "v6nf/nf/firewall.h"
#include "v6nf/nf/maglev.h"

/* Return true if the table in use is full or empty, backends are in order, and the table that is being made has as many
 * entries as it counts. */
bool v6nf_maglev_is_valid(const struct v6nf_maglev *maglev);

/* Return true if each entry of the map is a flow in the list of its class, or an endpoint of as many flows as it says,
 * and if all shares together are as many as the entries. The maps are valid: v6nf_hash_map_is_valid(). */
bool v6nf_firewall_is_valid(const struct v6nf_firewall *firewall);

#endif
