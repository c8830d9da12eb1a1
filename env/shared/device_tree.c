/* device_tree.c: see device_tree.h. Section numbers are those of the Devicetree Specification 0.4. */
#include "device_tree.h"

/* The header (5.2); everything is big-endian, and offsets count from the header. */
#define MAGIC 0xD00DFEEDu
#define TOTAL_SIZE 4u
#define STRUCTURE 8u
#define STRINGS 12u
#define VERSION_COMPATIBLE 24u
#define VERSION 16u /* this file reads it, and all later versions that are compatible with it */
#define STRINGS_SIZE 32u
#define STRUCTURE_SIZE 36u
#define MAX_SIZE 0x1000000u

/* Tokens (5.4.1). */
#define BEGIN_NODE 1u
#define END_NODE 2u
#define PROPERTY 3u
#define NOTHING 4u

static uint32_t number_at(const uint8_t *bytes)
{
    return ((uint32_t)bytes[0] << 24) + ((uint32_t)bytes[1] << 16) + ((uint32_t)bytes[2] << 8) + bytes[3];
}

static uint64_t address_at(const uint8_t *bytes)
{
    return ((uint64_t)number_at(bytes) << 32) + number_at(bytes + 4);
}

/* -- Walking through the tree -------------------------------------------------------------------------------------- */

struct block {
    uint32_t next;
    uint32_t end;
};

/* Return a block of the tree. `where` and `size` are the offsets of its two fields in the header.
 * Empty if the block is not within the tree. */
static struct block block_of(const uint8_t *tree, uint32_t where, uint32_t size)
{
    struct block block = {0, 0};
    if (number_at(tree) == MAGIC && number_at(tree + VERSION_COMPATIBLE) <= VERSION) {
        uint64_t end = (uint64_t)number_at(tree + where) + number_at(tree + size);
        if (end <= number_at(tree + TOTAL_SIZE) && end <= MAX_SIZE) {
            block.next = number_at(tree + where);
            block.end = (uint32_t)end;
        }
    }
    return block;
}

/* Take `size` bytes of a block, and the padding of the last word. Return NULL if the block has fewer. */
static const uint8_t *take_bytes(const uint8_t *tree, struct block *block, uint32_t size)
{
    const uint64_t next = (uint64_t)block->next + size;
    if (next > block->end) {
        block->next = block->end;
        return NULL;
    }
    const uint8_t *bytes = tree + block->next;
    const uint64_t aligned = (next + 3u) & ~UINT64_C(3);
    block->next = aligned > block->end ? block->end : (uint32_t)aligned;
    return bytes;
}

/* Take a number. Return 0, which is no token, if there is none. */
static uint32_t take_number(const uint8_t *tree, struct block *block)
{
    const uint8_t *bytes = take_bytes(tree, block, 4);
    return bytes != NULL ? number_at(bytes) : 0u;
}

/* Return the length of the text at `from`, which ends with a zero or at `end`. */
static uint32_t text_length(const uint8_t *tree, uint32_t from, uint32_t end)
{
    uint32_t length = 0;
    while (from + length < end && tree[from + length] != 0u) {
        length++;
    }
    return length;
}

/* Return true if `text` consists of the `length` bytes. */
static bool is_text(const uint8_t *bytes, uint32_t length, const char *text)
{
    uint32_t i = 0;
    while (i < length && text[i] != '\0' && bytes[i] == (uint8_t)text[i]) {
        i++;
    }
    return i == length && text[i] == '\0';
}

/* Take a node's name. Return true if it is this one. */
static bool take_name(const uint8_t *tree, struct block *block, const char *name)
{
    uint32_t from = block->next;
    uint32_t length = text_length(tree, from, block->end);
    uint32_t plain = 0;
    while (plain < length && tree[from + plain] != '@') {
        plain++;
    }
    (void)take_bytes(tree, block, length + 1u);
    return is_text(tree + from, plain, name);
}

const uint8_t *v6nf_device_tree_find(const uint8_t *tree, const char *node, const char *property, uint32_t *size)
{
    *size = 0;
    struct block block = block_of(tree, STRUCTURE, STRUCTURE_SIZE);
    const struct block strings = block_of(tree, STRINGS, STRINGS_SIZE);
    bool inside = false; /* the node itself: its properties precede the nodes in it (5.4.2) */
    while (block.next < block.end) {
        uint32_t token = take_number(tree, &block);
        if (token == BEGIN_NODE) {
            inside = take_name(tree, &block, node);
        } else if (token == END_NODE) {
            inside = false;
        } else if (token == PROPERTY) {
            uint32_t length = take_number(tree, &block);
            uint64_t name = (uint64_t)strings.next + take_number(tree, &block);
            const uint8_t *value = take_bytes(tree, &block, length);
            if (inside && value != NULL && name < strings.end &&
                is_text(tree + name, text_length(tree, (uint32_t)name, strings.end), property)) {
                *size = length;
                return value;
            }
        } else if (token != NOTHING) {
            break;
        }
    }
    return NULL;
}

/* -- Values -------------------------------------------------------------------------------------------------------- */

uint32_t v6nf_device_tree_number(const uint8_t *tree, const char *node, const char *property)
{
    uint32_t size;
    const uint8_t *value = v6nf_device_tree_find(tree, node, property, &size);
    return size == 4u ? number_at(value) : 0u;
}

const char *v6nf_device_tree_text(const uint8_t *tree, const char *node, const char *property)
{
    uint32_t size;
    const uint8_t *value = v6nf_device_tree_find(tree, node, property, &size);
    return size > 0u && value[size - 1u] == 0u ? (const char *)value : "";
}

bool v6nf_device_tree_lists(const uint8_t *tree, const char *node, const char *property, const char *text)
{
    uint32_t size;
    const uint8_t *value = v6nf_device_tree_find(tree, node, property, &size);
    uint32_t from = 0;
    while (from < size) {
        uint32_t length = text_length(value, from, size);
        if (is_text(value + from, length, text)) {
            return true;
        }
        from += length + 1u;
    }
    return false;
}

/* -- Memory, PCI --------------------------------------------------------------------------------------------------- */

#define PAIR_SIZE 16u   /* an address and a size */
#define WINDOW_SIZE 28u /* kind, address for devices, address for the CPU, size (IEEE 1275 PCI binding 2.1, 2.2.1.1) */
#define WINDOW_KIND 0x03000000u
#define WINDOW_MEMORY_32 0x02000000u
#define WINDOW_MEMORY_64 0x03000000u
#define GIB4 (UINT64_C(1) << 32)
#define BUS_SIZE (1u << 20) /* bytes of configuration space */
#define MAX_BUSES 256u

struct v6nf_board_range v6nf_device_tree_memory(const uint8_t *tree, const uint8_t *image_end, uint64_t end)
{
    const uint64_t tree_first = (uint64_t)(uintptr_t)tree;
    struct v6nf_board_range range = {(uint64_t)(uintptr_t)image_end, (uint64_t)(uintptr_t)image_end};
    uint32_t size;
    const uint8_t *pairs = v6nf_device_tree_find(tree, "memory", "reg", &size);
    for (uint32_t i = 0; i + PAIR_SIZE <= size; i += PAIR_SIZE) {
        uint64_t first = address_at(pairs + i);
        uint64_t bytes = address_at(pairs + i + 8u);
        if (first <= range.first && range.first - first < bytes) {
            range.end = bytes < end - first ? first + bytes : end;
        }
    }
    if (tree_first >= range.first && tree_first < range.end) {
        range.end = tree_first;
    }
    return range;
}

/* Add a window of the bridge, if devices and the CPU have the same addresses there. A window of 64 bits that is below
 * 4 GiB is not needed. */
static void add_window(struct v6nf_board_pci *pci, const uint8_t *window)
{
    const uint32_t kind = number_at(window) & WINDOW_KIND;
    const uint64_t first = address_at(window + 4);
    const uint64_t bytes = address_at(window + 20);
    if (first != address_at(window + 12)) {
        return;
    }
    if (kind == WINDOW_MEMORY_32 && first <= UINT32_MAX && bytes <= GIB4 - first) {
        pci->window = (struct v6nf_board_range){first, first + bytes};
    } else if (kind == WINDOW_MEMORY_64 && first >= GIB4 && bytes <= UINT64_MAX - first) {
        pci->high = (struct v6nf_board_range){first, first + bytes};
    }
}

struct v6nf_board_pci v6nf_device_tree_pci(const uint8_t *tree, const char *node)
{
    struct v6nf_board_pci pci = {.configuration = 0};
    uint32_t size;
    const uint8_t *space = v6nf_device_tree_find(tree, node, "reg", &size);
    if (size < PAIR_SIZE || !v6nf_device_tree_lists(tree, node, "compatible", "pci-host-ecam-generic")) {
        return pci;
    }
    pci.configuration = address_at(space);
    uint64_t buses = address_at(space + 8) / BUS_SIZE;
    pci.buses = buses < MAX_BUSES ? (uint32_t)buses : MAX_BUSES;
    const uint8_t *windows = v6nf_device_tree_find(tree, node, "ranges", &size);
    for (uint32_t i = 0; i + WINDOW_SIZE <= size; i += WINDOW_SIZE) {
        add_window(&pci, windows + i);
    }
    return pci;
}
