/* test_device_tree.c: the reader of flattened device trees (Devicetree Specification 0.4, 5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../env/shared/device_tree.h"

/* -- Construction of trees ----------------------------------------------------------------------------------------- */

#define HEADER_SIZE 40u
#define MAX_SIZE 2048u
#define BEGIN_NODE 1u
#define END_NODE 2u
#define PROPERTY 3u
#define NOTHING 4u
#define END 9u

struct tree {
    uint8_t bytes[MAX_SIZE];
    uint32_t size;
    char names[256];
    uint32_t names_size;
};

static void store(uint8_t *bytes, uint32_t value)
{
    for (uint32_t i = 0; i < 4u; i++) {
        bytes[i] = (uint8_t)(value >> (24u - 8u * i));
    }
}

static void add_number(struct tree *tree, uint32_t value)
{
    store(tree->bytes + tree->size, value);
    tree->size += 4u;
}

static void add_bytes(struct tree *tree, const void *bytes, uint32_t size)
{
    memcpy(tree->bytes + tree->size, bytes, size);
    tree->size += (size + 3u) & ~3u;
}

static void begin_node(struct tree *tree, const char *name)
{
    add_number(tree, BEGIN_NODE);
    add_bytes(tree, name, (uint32_t)strlen(name) + 1u);
}

static void end_node(struct tree *tree)
{
    add_number(tree, END_NODE);
}

static void add_property(struct tree *tree, const char *name, const void *value, uint32_t size)
{
    add_number(tree, PROPERTY);
    add_number(tree, size);
    add_number(tree, tree->names_size);
    memcpy(tree->names + tree->names_size, name, strlen(name) + 1u);
    tree->names_size += (uint32_t)strlen(name) + 1u;
    add_bytes(tree, value, size);
}

static void add_cells(struct tree *tree, const char *name, const uint32_t *cells, uint32_t count)
{
    uint8_t bytes[256];
    for (uint32_t i = 0; i < count; i++) {
        store(bytes + 4u * i, cells[i]);
    }
    add_property(tree, name, bytes, 4u * count);
}

static void begin_tree(struct tree *tree)
{
    memset(tree, 0, sizeof *tree);
    tree->size = HEADER_SIZE;
    begin_node(tree, "");
}

static void end_tree(struct tree *tree)
{
    end_node(tree);
    add_number(tree, END);
    const uint32_t strings = tree->size;
    add_bytes(tree, tree->names, tree->names_size);
    const uint32_t header[] = {0xD00DFEEDu, strings + tree->names_size, HEADER_SIZE,          strings, 0, 17, 16,
                               0,           tree->names_size,           strings - HEADER_SIZE};
    for (uint32_t i = 0; i < 10u; i++) {
        store(tree->bytes + 4u * i, header[i]);
    }
    tree->size = strings + tree->names_size;
}

/* Move the structure block behind the strings block. */
static void put_structure_last(struct tree *tree)
{
    uint8_t structure[MAX_SIZE];
    const uint32_t size = tree->size - tree->names_size - HEADER_SIZE;
    const uint32_t names_end = (tree->names_size + 3u) & ~3u;
    memcpy(structure, tree->bytes + HEADER_SIZE, size);
    memcpy(tree->bytes + HEADER_SIZE, tree->names, names_end);
    memcpy(tree->bytes + HEADER_SIZE + names_end, structure, size);
    tree->size = HEADER_SIZE + names_end + size;
    store(tree->bytes + 4, tree->size);
    store(tree->bytes + 8, HEADER_SIZE + names_end);
    store(tree->bytes + 12, HEADER_SIZE);
}

#define CELLS(...) (const uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / 4u

/* Make a tree like that of a machine of QEMU. */
static void make_machine(struct tree *tree)
{
    begin_tree(tree);
    add_cells(tree, "#address-cells", CELLS(2));
    begin_node(tree, "memory@80000000");
    add_property(tree, "device_type", "memory", 7);
    add_cells(tree, "reg", CELLS(0, 0x1000, 0, 0x1000, 0, 0x80000000u, 0, 0x8000000));
    end_node(tree);
    begin_node(tree, "cpus");
    add_number(tree, NOTHING);
    begin_node(tree, "cpu@0");
    add_property(tree, "riscv,isa-extensions", "i\0m\0zkr\0zicsr", 14);
    end_node(tree);
    begin_node(tree, "late");
    end_node(tree);
    end_node(tree);
    begin_node(tree, "soc");
    begin_node(tree, "pci@30000000");
    add_property(tree, "compatible", "other\0pci-host-ecam-generic", 28);
    add_cells(tree, "ranges",
              CELLS(0x01000000, 0, 0, 0, 0x3000000, 0, 0x10000, 0x02000000, 0, 0x40000000, 0, 0x40000000, 0, 0x40000000,
                    0x43000000, 4, 0, 4, 0, 3, 0x80000000u));
    add_cells(tree, "reg", CELLS(0, 0x30000000, 0, 0x10000000));
    end_node(tree);
    end_node(tree);
    begin_node(tree, "chosen");
    add_property(tree, "bootargs", "--address fd00::2/64", 21);
    add_cells(tree, "timebase-frequency", CELLS(10000000));
    end_node(tree);
    end_tree(tree);
}

/* -- Valid trees --------------------------------------------------------------------------------------------------- */

static void test_values_of_nodes_by_name(void **state)
{
    (void)state;
    struct tree tree;
    make_machine(&tree);
    assert_string_equal(v6nf_device_tree_text(tree.bytes, "chosen", "bootargs"), "--address fd00::2/64");
    assert_int_equal(v6nf_device_tree_number(tree.bytes, "chosen", "timebase-frequency"), 10000000);
    assert_int_equal(v6nf_device_tree_number(tree.bytes, "", "#address-cells"), 2);
    assert_true(v6nf_device_tree_lists(tree.bytes, "cpu", "riscv,isa-extensions", "zkr"));
    assert_true(v6nf_device_tree_lists(tree.bytes, "cpu", "riscv,isa-extensions", "i"));
    assert_true(v6nf_device_tree_lists(tree.bytes, "cpu", "riscv,isa-extensions", "zicsr"));
}

static void test_missing_nodes_and_properties(void **state)
{
    (void)state;
    struct tree tree;
    make_machine(&tree);
    uint32_t size = 1;
    assert_null(v6nf_device_tree_find(tree.bytes, "chosen", "reg", &size));
    assert_int_equal(size, 0);
    assert_null(v6nf_device_tree_find(tree.bytes, "cpus", "riscv,isa-extensions", &size)); /* of its child */
    assert_null(v6nf_device_tree_find(tree.bytes, "chose", "bootargs", &size));
    assert_null(v6nf_device_tree_find(tree.bytes, "chosen", "bootarg", &size));
    assert_string_equal(v6nf_device_tree_text(tree.bytes, "chosen", "stdout-path"), "");
    assert_string_equal(v6nf_device_tree_text(tree.bytes, "chosen", "timebase-frequency"), "");
    assert_int_equal(v6nf_device_tree_number(tree.bytes, "chosen", "bootargs"), 0);
    assert_false(v6nf_device_tree_lists(tree.bytes, "cpu", "riscv,isa-extensions", "zk"));
    assert_false(v6nf_device_tree_lists(tree.bytes, "cpu", "riscv,isa-extensions", "zkrx"));
}

static void test_memory_behind_the_image(void **state)
{
    (void)state;
    struct tree tree;
    make_machine(&tree);
    const uint8_t *image_end = (const uint8_t *)(uintptr_t)0x80100000u;
    struct v6nf_board_range range = v6nf_device_tree_memory(tree.bytes, image_end, UINT64_MAX);
    assert_true(range.first == 0x80100000u && range.end == 0x88000000u);
    range = v6nf_device_tree_memory(tree.bytes, image_end, 0x84000000u);
    assert_true(range.first == 0x80100000u && range.end == 0x84000000u);
    range = v6nf_device_tree_memory(tree.bytes, (const uint8_t *)(uintptr_t)0x88000000u, UINT64_MAX);
    assert_true(range.first == range.end);
}

static void test_memory_ends_where_the_tree_begins(void **state)
{
    (void)state;
    struct tree tree;
    const uint64_t start = (uint64_t)(uintptr_t)tree.bytes;
    const uint64_t first = start - 0x1000u;
    begin_tree(&tree);
    begin_node(&tree, "memory");
    add_cells(&tree, "reg", CELLS((uint32_t)(first >> 32), (uint32_t)first, 0, 0x10000));
    end_node(&tree);
    end_tree(&tree);
    struct v6nf_board_range range =
        v6nf_device_tree_memory(tree.bytes, (const uint8_t *)(uintptr_t)(first + 16u), UINT64_MAX);
    assert_true(range.first == first + 16u && range.end == start);
}

static void test_pci_host_bridge(void **state)
{
    (void)state;
    struct tree tree;
    make_machine(&tree);
    struct v6nf_board_pci pci = v6nf_device_tree_pci(tree.bytes, "pci");
    assert_true(pci.configuration == 0x30000000u && pci.buses == 256u);
    assert_true(pci.window.first == 0x40000000u && pci.window.end == 0x80000000u);
    assert_true(pci.high.first == UINT64_C(0x400000000) && pci.high.end == UINT64_C(0x780000000));
    assert_true(v6nf_device_tree_pci(tree.bytes, "pcie").configuration == 0u);
    assert_true(v6nf_device_tree_pci(tree.bytes, "memory").configuration == 0u); /* not a host bridge */
}

static void test_unterminated_text_is_ignored(void **state)
{
    (void)state;
    struct tree tree;
    begin_tree(&tree);
    begin_node(&tree, "chosen");
    add_property(&tree, "bootargs", "endless", 7);
    end_node(&tree);
    end_tree(&tree);
    assert_string_equal(v6nf_device_tree_text(tree.bytes, "chosen", "bootargs"), "");
}

static void test_property_behind_a_node_belongs_to_its_parent(void **state)
{
    (void)state;
    struct tree tree;
    begin_tree(&tree);
    begin_node(&tree, "chosen");
    end_node(&tree);
    add_property(&tree, "bootargs", "late", 5);
    end_tree(&tree);
    assert_string_equal(v6nf_device_tree_text(tree.bytes, "chosen", "bootargs"), "");
}

/* A window is unusable if it is truncated, or on the other side of 4 GiB than its kind, or if its addresses differ for
 * devices and the CPU. */
static void test_unusable_pci_windows(void **state)
{
    (void)state;
    struct tree tree;
    begin_tree(&tree);
    begin_node(&tree, "pci");
    add_property(&tree, "compatible", "pci-host-ecam-generic", 22);
    add_cells(&tree, "reg", CELLS(0x40, 0x10000000, 0, 0x200000));
    add_cells(
        &tree, "ranges",
        CELLS(0x02000000, 0, 0x40000000, 0, 0x50000000, 0, 0x1000000, 0x02000000, 0, 0x60000000, 0, 0x60000000, 0));
    end_node(&tree);
    begin_node(&tree, "far");
    add_property(&tree, "compatible", "pci-host-ecam-generic", 22);
    add_cells(&tree, "reg", CELLS(0x40, 0x10000000, 0, 0x200000));
    add_cells(&tree, "ranges",
              CELLS(0x02000000, 2, 0, 2, 0, 0, 0x1000000, 0x02000000, 0, 0xFF000000u, 0, 0xFF000000u, 0, 0x1000001,
                    0x03000000, 0, 0x40000000, 0, 0x40000000, 0, 0x1000000, 0x03000000, 4, 0, 5, 0, 1, 0, 0x03000000,
                    0xFFFFFFFFu, 0, 0xFFFFFFFFu, 0, 1, 0));
    end_node(&tree);
    end_tree(&tree);
    struct v6nf_board_pci pci = v6nf_device_tree_pci(tree.bytes, "pci");
    assert_true(pci.configuration == UINT64_C(0x4010000000) && pci.buses == 2u);
    assert_true(pci.window.first == pci.window.end);
    pci = v6nf_device_tree_pci(tree.bytes, "far");
    assert_true(pci.buses == 2u && pci.window.first == pci.window.end);
    assert_true(pci.high.first == pci.high.end);
}

/* -- Invalid trees: AddressSanitizer detects reads past the end ---------------------------------------------------- */

/* Read everything, in memory of exactly `size` bytes. */
static void read_all(const uint8_t *bytes, uint32_t size)
{
    uint8_t *copy = malloc(size);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    uint32_t found;
    (void)v6nf_device_tree_find(copy, "absent", "missing", &found);
    const char *text = v6nf_device_tree_text(copy, "chosen", "bootargs");
    assert_true(strlen(text) < size);
    (void)v6nf_device_tree_number(copy, "chosen", "timebase-frequency");
    (void)v6nf_device_tree_lists(copy, "cpu", "riscv,isa-extensions", "zicsr");
    (void)v6nf_device_tree_memory(copy, (const uint8_t *)(uintptr_t)0x80100000u, UINT64_MAX);
    (void)v6nf_device_tree_pci(copy, "pci");
    free(copy);
}

static void test_truncated(void **state)
{
    (void)state;
    struct tree tree;
    make_machine(&tree);
    const uint32_t whole = tree.size;
    for (uint32_t size = HEADER_SIZE; size < whole; size++) {
        store(tree.bytes + 4, size);
        read_all(tree.bytes, size);
        assert_string_equal(v6nf_device_tree_text(tree.bytes, "chosen", "bootargs"), "");
    }
}

/* The structure block is last, and its size in the header is too small. */
static void test_truncated_structure(void **state)
{
    (void)state;
    struct tree tree;
    make_machine(&tree);
    put_structure_last(&tree);
    assert_string_equal(v6nf_device_tree_text(tree.bytes, "chosen", "bootargs"), "--address fd00::2/64");
    const uint32_t whole = tree.size;
    for (uint32_t size = whole - 1u; size > HEADER_SIZE + tree.names_size + 3u; size--) {
        store(tree.bytes + 4, size);
        store(tree.bytes + 36, size - HEADER_SIZE - ((tree.names_size + 3u) & ~3u));
        read_all(tree.bytes, size);
    }
}

static void test_damaged(void **state)
{
    (void)state;
    static const uint8_t others[] = {0x00, 0x01, 0x7F, 0x80, 0xFF};
    struct tree tree;
    make_machine(&tree);
    for (uint32_t i = 0; i < tree.size; i++) {
        for (uint32_t j = 0; j < sizeof others; j++) {
            uint8_t was = tree.bytes[i];
            bool is_size = i >= 4u && i < 8u; /* unchanged: the reader must trust the total size */
            tree.bytes[i] = is_size ? was : others[j];
            read_all(tree.bytes, tree.size);
            tree.bytes[i] = was;
        }
    }
}

static void test_wrong_magic_and_version(void **state)
{
    (void)state;
    struct tree tree;
    uint32_t size;
    make_machine(&tree);
    tree.bytes[0] = 0;
    assert_null(v6nf_device_tree_find(tree.bytes, "chosen", "bootargs", &size));
    make_machine(&tree);
    store(tree.bytes + 24, 18); /* last compatible version: not readable by a reader of version 17 */
    assert_null(v6nf_device_tree_find(tree.bytes, "chosen", "bootargs", &size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_of_nodes_by_name),
        cmocka_unit_test(test_missing_nodes_and_properties),
        cmocka_unit_test(test_memory_behind_the_image),
        cmocka_unit_test(test_memory_ends_where_the_tree_begins),
        cmocka_unit_test(test_pci_host_bridge),
        cmocka_unit_test(test_unterminated_text_is_ignored),
        cmocka_unit_test(test_property_behind_a_node_belongs_to_its_parent),
        cmocka_unit_test(test_unusable_pci_windows),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_truncated_structure),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_wrong_magic_and_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
