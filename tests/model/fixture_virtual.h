/* fixture_virtual.h: a card and its virtual functions, and the tests of their life cycle, for each family of cards. */
#ifndef FIXTURE_VIRTUAL_H
#define FIXTURE_VIRTUAL_H

#include "virtual_card.h"

#define VALID 0x80000000u /* of a filter */

/* The calls of a driver, and its card. A test defines this. */
struct virtual_family {
    const struct card_kind *kind;
    uint32_t own_filter; /* byte offset of the filter with the card's own address */
    enum v6nf_nic_status (*init)(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                 const struct v6nf_nic_config *config);
    enum v6nf_nic_status (*enable_virtual)(struct v6nf_nic *nic, uint32_t count, uint64_t space);
    enum v6nf_nic_status (*virtual_init)(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                         const struct v6nf_nic_config *config, struct v6nf_nic *physical);
    void (*serve_virtual)(struct v6nf_nic *nic);
    void (*add_address)(struct v6nf_nic *nic, const uint8_t *mac);
    uint64_t (*link_speed)(const struct v6nf_nic *nic);

    /* Assert that the card neither receives nor sends, for itself or a function. */
    void (*assert_all_is_off)(void);
    uint32_t counters[4];     /* of a function: frames received, their bytes, frames sent, their bytes */
    uint64_t counters_mask;   /* of bytes: more than 32 bits are in two registers */
};

extern const struct virtual_family virtual_family;

extern const struct v6nf_nic_config plain; /* an MTU of 1500 */
extern struct v6nf_nic card;
extern struct v6nf_nic function;

/* Power the card on. Its address is 00:1b:21:12:34:56. */
int set_up(void **state);

/* Initialize the card, and make functions. */
void make_functions(uint32_t count);

/* Return the address of function `n`. */
struct v6nf_env_pci_address address_of(uint32_t n);

/* Make functions, and initialize number `n`. */
void make_and_open(uint32_t count, uint32_t n, const struct v6nf_nic_config *config);

/* Function `n` sends a message, and the card is served once. Return the first word of the answer. */
uint32_t say(uint32_t n, uint32_t first, uint32_t second, uint32_t third);

/* Assert that function 0 of two, with address 02:01:00:00:01:00, is refused each message, and that no register
 * changes. */
void assert_refused(const uint32_t messages[][3], size_t count);

/* Tests of the life cycle. */
void stopped_function_stays_stopped(void **state);
void stop_of_a_card_removes_its_functions(void **state);
void init_removes_functions_of_an_earlier_program(void **state);
void removed_devices_are_reported_as_gone(void **state);
void stop_of_a_hanging_function_ends(void **state);
void function_level_reset_ends_what_hangs(void **state);
void configured_address_is_copied(void **state);
void year_of_a_function_is_counted(void **state);

#define LIFE_CYCLE_TESTS                                                                                               \
    cmocka_unit_test_setup(stopped_function_stays_stopped, set_up),                                                    \
        cmocka_unit_test_setup(stop_of_a_card_removes_its_functions, set_up),                                          \
        cmocka_unit_test_setup(init_removes_functions_of_an_earlier_program, set_up),                                  \
        cmocka_unit_test_setup(removed_devices_are_reported_as_gone, set_up),                                          \
        cmocka_unit_test_setup(stop_of_a_hanging_function_ends, set_up),                                               \
        cmocka_unit_test_setup(function_level_reset_ends_what_hangs, set_up),                                          \
        cmocka_unit_test_setup(configured_address_is_copied, set_up),                                                  \
        cmocka_unit_test_setup(year_of_a_function_is_counted, set_up)

#endif
