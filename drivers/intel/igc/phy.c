/* phy.c: see phy.h. Registers of the MAC are those of Linux's igc (igc_regs.h, igc_defines.h, igc_i225.c, igc_phy.c).
 * Registers of the PHY are those of IEEE 802.3. */
#include "phy.h"

/* Semaphore between firmware and drivers (I210 data sheet, 4.6): SWSM protects SW_FW_SYNC, which protects the PHY. */
#define SWSM 0x05B50u
#define SWSM_TAKEN (1u << 0)   /* SMBI: a read that returns 0 takes it */
#define SWSM_GRANTED (1u << 1) /* SWESMBI: stays 0 while firmware has it */
#define SWSM_STEP 500u         /* microseconds */
#define SWSM_STEPS 100u
#define SW_FW_SYNC 0x05B5Cu
#define SYNC_PHY (1u << 1)
#define SYNC_PHY_FIRMWARE (1u << 17)
#define SYNC_STEP 50000u /* microseconds */
#define SYNC_STEPS 20u

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

/* -- Semaphore ----------------------------------------------------------------------------------------------------- */

static void give_semaphore(volatile uint32_t *registers)
{
    register_clear(registers, SWSM, SWSM_TAKEN + SWSM_GRANTED);
}

static bool try_semaphore(volatile uint32_t *registers)
{
    bool is_taken = false;
    for (uint32_t i = 0; i < SWSM_STEPS; i++) {
        is_taken = is_taken || (register_read(registers, SWSM) & SWSM_TAKEN) == 0u;
        if (is_taken) {
            register_set(registers, SWSM, SWSM_GRANTED);
            const uint32_t word = register_read(registers, SWSM);
            if (word != UINT32_MAX && (word & SWSM_GRANTED) != 0u) {
                return true;
            }
        }
        v6nf_env_sleep(SWSM_STEP);
    }
    give_semaphore(registers);
    return false;
}

/* A program that was killed may have kept the semaphore, which no other program uses: try twice. */
static bool take_semaphore(volatile uint32_t *registers)
{
    return try_semaphore(registers) || try_semaphore(registers);
}

static bool acquire_phy(volatile uint32_t *registers)
{
    for (uint32_t i = 0; i < SYNC_STEPS; i++) {
        if (!take_semaphore(registers)) {
            return false;
        }
        const uint32_t users = register_read(registers, SW_FW_SYNC);
        const bool is_free = (users & SYNC_PHY_FIRMWARE) == 0u;
        if (is_free) {
            register_write(registers, SW_FW_SYNC, users | SYNC_PHY);
        }
        give_semaphore(registers);
        if (is_free) {
            return true;
        }
        v6nf_env_sleep(SYNC_STEP);
    }
    return false;
}

static void release_phy(volatile uint32_t *registers)
{
    const bool is_taken = take_semaphore(registers);
    register_clear(registers, SW_FW_SYNC, SYNC_PHY); /* otherwise firmware could not use the PHY any more */
    if (is_taken) {
        give_semaphore(registers);
    }
}

/* -- Registers of the PHY ------------------------------------------------------------------------------------------ */

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
    if (!acquire_phy(registers)) {
        return;
    }
    (void)(change_phy(registers, ADVERTISE, ADVERTISE_SLOW + ADVERTISE_PAUSE, ADVERTISE_SLOW + pause) &&
           change_phy(registers, GIGABIT, GIGABIT_HALF + GIGABIT_FULL, GIGABIT_FULL) &&
           change_mmd(registers, NEGOTIATION, MULTIGIGABIT, MULTIGIGABIT_2500, MULTIGIGABIT_2500) &&
           write_phy(registers, CONTROL, CONTROL_NEGOTIATE));
    release_phy(registers);
}
