/* any_paravirtual.h: the port on a hypervisor's device, for the proofs of its drivers: what they call of nic/, and a
 * device whose registers answer anything. */
#ifndef PROOF_DRIVERS_ANY_PARAVIRTUAL_H
#define PROOF_DRIVERS_ANY_PARAVIRTUAL_H

#include "drivers/paravirtual/paravirtual.c"

#include "any_driver.h"

enum v6nf_nic_status v6nf_nic_check_config(const struct v6nf_nic_config *config, uint32_t mtu_max, uint32_t inputs)
{
    (void)config;
    (void)mtu_max;
    (void)inputs;
    return V6NF_NIC_READY;
}

static enum v6nf_paravirtual_state any_look(const struct v6nf_paravirtual *common)
{
    (void)common;
    return any_bool() ? V6NF_PARAVIRTUAL_RUNS : V6NF_PARAVIRTUAL_GONE;
}

static bool any_answer(const struct v6nf_paravirtual *common)
{
    (void)common;
    return any_bool();
}

static void any_reset(const struct v6nf_paravirtual *common)
{
    (void)common;
}

static bool any_bus_master(const struct v6nf_paravirtual *common, bool on)
{
    (void)common;
    (void)on;
    return any_bool();
}

#define ANY_REGISTERS                                                                                                  \
    .look = any_look, .has_link = any_answer, .begin_reset = any_reset, .reset = any_answer,                           \
    .set_bus_master = any_bus_master

#endif
