/* board.c: the board of the modelled cards: see board.h. */
#include "board.h"

#include <sys/mman.h>

#include "../unit/driver/fixture_device_memory.h"

#define REGISTERS_SIZE (4u * CARD_REGISTERS)
#define PHYSICAL UINT64_C(0x00E0000000)

struct card board_cards[BOARD_CARDS];
void (*board_meanwhile)(void);

static uint64_t now;    /* microseconds; cards were on before */
static uint8_t *window; /* address of the cards' registers, inaccessible memory: no access stays unseen */

void board_power_on(void)
{
    device_memory_free(UINT32_MAX);
    board_meanwhile = NULL;
    now = 10000000;
    for (uint32_t i = 0; i < BOARD_CARDS; i++) {
        board_cards[i].number = i;
        card_power_on(&board_cards[i]);
    }
}

uint8_t *board_memory(struct card *card, uint64_t address, uint32_t size)
{
    uint8_t *memory = device_memory_at(address, size);
    if (memory == NULL) {
        card_report(card, "5.2", "DMA outside of allocated memory, or into freed memory");
    }
    return memory;
}

void board_change_program(void)
{
    device_memory_give_up();
    for (uint32_t i = 0; i < BOARD_CARDS; i++) {
        card_change_program(&board_cards[i]);
    }
}

static void go_on(void)
{
    static bool is_within; /* the called function may sleep, too */
    if (board_meanwhile != NULL && !is_within) {
        is_within = true;
        board_meanwhile();
        is_within = false;
    }
}

uint64_t board_now(void)
{
    return now;
}

void board_pass(uint64_t microseconds)
{
    now += microseconds;
}

void board_run(uint32_t steps)
{
    bool moves = true;
    for (uint32_t i = 0; i < steps && moves; i++) {
        moves = false;
        for (uint32_t j = 0; j < BOARD_CARDS; j++) {
            moves = card_step(&board_cards[j]) || moves;
        }
    }
}

/* -- env.h --------------------------------------------------------------------------------------------------------- */

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    if (address < PHYSICAL || address % REGISTERS_SIZE != 0u || size > REGISTERS_SIZE ||
        address >= PHYSICAL + BOARD_CARDS * REGISTERS_SIZE) {
        return NULL;
    }
    if (window == NULL) {
        void *mapped = mmap(NULL, BOARD_CARDS * REGISTERS_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        window = mapped == MAP_FAILED ? NULL : (uint8_t *)mapped;
    }
    return window == NULL ? NULL : window + (address - PHYSICAL);
}

static struct card *card_of(const volatile uint32_t *address, uint32_t *offset)
{
    size_t at = (size_t)((const volatile uint8_t *)address - window);
    *offset = (uint32_t)(at % REGISTERS_SIZE);
    return &board_cards[at / REGISTERS_SIZE % BOARD_CARDS];
}

uint32_t v6nf_env_read_register(const volatile uint32_t *address)
{
    uint32_t offset = 0;
    struct card *card = card_of(address, &offset);
    go_on();
    return card_read(card, offset);
}

void v6nf_env_write_register(volatile uint32_t *address, uint32_t value)
{
    uint32_t offset = 0;
    if ((volatile uint8_t *)address < window || (volatile uint8_t *)address >= window + BOARD_CARDS * REGISTERS_SIZE) {
        *address = value; /* the tail of an output that is parked */
        return;
    }
    struct card *card = card_of(address, &offset);
    card_write(card, offset, value);
    go_on();
}

static struct card *card_at(struct v6nf_env_pci_address address)
{
    bool is_there =
        address.segment == 0u && address.bus == 1u && address.device == 0u && address.function < BOARD_CARDS;
    return is_there ? &board_cards[address.function] : NULL;
}

uint32_t v6nf_env_pci_read(struct v6nf_env_pci_address address, uint16_t offset)
{
    struct card *card = card_at(address);
    if (card == NULL || offset % 4u != 0u || offset >= 4096u) {
        return V6NF_ENV_PCI_NO_DEVICE;
    }
    /* Base address register 0: 64 bits (9.3.6.1). */
    uint64_t bar = card->knobs.no_bar || card->pci_bar_lost ? 0u : PHYSICAL + card->number * REGISTERS_SIZE;
    if (offset == 0x10u) {
        return (uint32_t)(bar & UINT32_MAX) + 0x4u;
    }
    return offset == 0x14u ? (uint32_t)(bar >> 32) : card_pci_read(card, offset);
}

bool v6nf_env_pci_write(struct v6nf_env_pci_address address, uint16_t offset, uint32_t value)
{
    struct card *card = card_at(address);
    if (card == NULL || offset % 4u != 0u || offset >= 4096u) {
        return false;
    }
    card_pci_write(card, offset, value);
    return true;
}

uint64_t v6nf_env_clock(void)
{
    return now;
}

void v6nf_env_idle(uint64_t until)
{
    now = until > now ? until : now;
}

void v6nf_env_sleep(uint64_t microseconds)
{
    now += microseconds;
    go_on();
}

bool v6nf_env_entropy(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(card_random(&board_cards[0]) >> 8);
    }
    return true;
}

void v6nf_env_console(char character)
{
    (void)character;
}
