/* gigabit_card.h: a model of an Intel 82574, 82576, I350, I210 or I211, by PCI device ID: what its packet buffer, its
 * link, its locks and its counters demand, and frames to and from its first queues. Configuration space and the board
 * are those of virtual_card.h. A violation of a data sheet by the driver is a fault, with the section.
 *
 * Nothing is shared with the driver: the numbers of registers, bits and devices were written a second time. */
#ifndef MODEL_GIGABIT_CARD_H
#define MODEL_GIGABIT_CARD_H

#include "checksums.h"
#include "tags.h"
#include "virtual_card.h"

/* What is at the port: CTRL_EXT.LINK_MODE, which an EEPROM sets. */
enum gigabit_port { GIGABIT_COPPER, GIGABIT_BACKPLANE, GIGABIT_SGMII, GIGABIT_FIBER };

/* A device. */
struct gigabit_device {
    uint16_t id;
    bool is_82574;
    uint8_t queues;
    uint16_t buffer;     /* KiB for received frames after power-on */
    uint32_t buffer_at;  /* the register with its size, */
    uint32_t buffer_is;  /* and the value for that */
};

#define GIGABIT_DEVICES 21u
extern const struct gigabit_device gigabit_devices[GIGABIT_DEVICES];

/* Faults and other states of a card. All zero: it works. */
struct gigabit_knobs {
    enum gigabit_port port;
    uint32_t number;        /* of the port on the chip, 0 to 3 */
    bool software_has_lock; /* SWSM is held by a driver that is dead, */
    bool firmware_has_phy;  /* or the PHY by firmware that is */
    bool link_down;
    enum checksum_verdict verdict; /* on received frames, if RXCSUM asks for one */
    bool rnbc_counts_times; /* without a descriptor, and none of the frames of these tests */
};

extern struct gigabit_knobs gigabit_knobs;

/* What is in frames that arrive, unless it is NULL. Then only one can be in the packet buffer. */
extern const uint8_t *gigabit_bytes;

/* Called for each frame that is sent, unless it is NULL. */
extern void (*gigabit_sent)(const uint8_t *bytes, uint32_t length);

/* Power on the device, with garbage that an earlier program has left: another size of the packet buffer, a forced link,
 * and a module that is turned off. The knobs are kept. */
void gigabit_power_on(const struct gigabit_device *device);

/* A frame arrives, without FCS. `damaged`: its FCS is wrong. */
void gigabit_receive(uint32_t length, bool damaged);

/* Move frames from the packet buffer to memory, and send, until there is nothing left to do. */
void gigabit_run(void);

/* Let the card count traffic, as its counters do. */
void gigabit_count(uint32_t offset, uint64_t number);
void gigabit_count_bytes(uint32_t offset, uint64_t number);

/* Frames in the packet buffer. */
uint32_t gigabit_waiting(void);

#endif
