/* phy.c: see phy.h. MDIC is as in Linux's igc (igc_defines.h, igc_phy.c). Registers of the PHY are those of IEEE 802.3.
 */
#include "phy.h"

/* MDIC: data in bits 0 to 15. The internal PHY has address 0. */
#define MDIC_REGISTER_SHIFT 16u
#define MDIC_READ (1u << 27)
#define MDIC_ERROR (1u << 30)

/* IEEE 802.3, 22.2.4, 40.5.1.1, 45.2.7.10 and annex 22D. */
#define CONTROL 0u
#define CONTROL_NEGOTIATE ((1u << 12) + (1u << 9)) /* enable and restart; neither power-down nor loopback */
#define ADVERTISE 4u
#define ADVERTISE_SLOW (0xFu << 5)                /* 10 and 100 Mb/s, half and full duplex */
#define ADVERTISE_PAUSE ((1u << 10) + (1u << 11)) /* PAUSE, and its asymmetric direction */
#define GIGABIT 9u
#define GIGABIT_HALF (1u << 8)
#define GIGABIT_FULL (1u << 9)
#define MMD_CONTROL 13u
#define MMD_DATA 14u
#define MMD_IS_DATA (1u << 14)
#define NEGOTIATION 7u /* the device whose registers are for auto-negotiation */
#define MULTIGIGABIT 32u
#define MULTIGIGABIT_2500 (1u << 7)

static bool command_phy(volatile uint32_t *registers, uint32_t command)
{
    register_write(registers, MDIC, command);
    return v6nf_register_wait(registers, MDIC, MDIC_READY, MDIC_READY) &&
           (register_read(registers, MDIC) & MDIC_ERROR) == 0u;
}

static bool write_phy(volatile uint32_t *registers, uint32_t number, uint32_t value)
{
    return command_phy(registers, MDIC_WRITE + (number << MDIC_REGISTER_SHIFT) + value);
}

static bool change_phy(volatile uint32_t *registers, uint32_t number, uint32_t mask, uint32_t value)
{
    if (!command_phy(registers, MDIC_READ + (number << MDIC_REGISTER_SHIFT))) {
        return false;
    }
    return write_phy(registers, number, (register_read(registers, MDIC) & 0xFFFFu & ~mask) + value);
}

/* Do the same in a register of an MMD, through registers 13 and 14. */
static bool change_mmd(volatile uint32_t *registers, uint32_t device, uint32_t number, uint32_t mask, uint32_t value)
{
    return write_phy(registers, MMD_CONTROL, device) && write_phy(registers, MMD_DATA, number) &&
           write_phy(registers, MMD_CONTROL, MMD_IS_DATA + device) && change_phy(registers, MMD_DATA, mask, value) &&
           write_phy(registers, MMD_CONTROL, 0u);
}

void v6nf_igc_negotiate(const struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    const uint32_t pause = nic->config.flow_control ? ADVERTISE_PAUSE : 0u;
    v6nf_gigabit_lock_phy(nic);
    (void)(change_phy(registers, ADVERTISE, ADVERTISE_SLOW + ADVERTISE_PAUSE, ADVERTISE_SLOW + pause) &&
           change_phy(registers, GIGABIT, GIGABIT_HALF + GIGABIT_FULL, GIGABIT_FULL) &&
           change_mmd(registers, NEGOTIATION, MULTIGIGABIT, MULTIGIGABIT_2500, MULTIGIGABIT_2500) &&
           write_phy(registers, CONTROL, CONTROL_NEGOTIATE));
    v6nf_gigabit_unlock_phy(nic);
}
