/* device_tree.h: a reader of the flattened device tree that a loader passes (Devicetree Specification 0.4, 5).
 * It checks every length against the end of the tree. Addresses and sizes must have two cells each, as on 64-bit
 * machines: those with one are not found.
 *
 * tree: at the address that the loader passed. Without a tree there, every function finds nothing.
 * node: the name without the "@..." behind it. The first node of that name that has the property counts. */
#ifndef ENV_SHARED_DEVICE_TREE_H
#define ENV_SHARED_DEVICE_TREE_H

#include "parts.h"

/* Return the value of a property, *size bytes. NULL, and a size of 0, if there is none. */
const uint8_t *v6nf_device_tree_find(const uint8_t *tree, const char *node, const char *property, uint32_t *size);

/* Return a property that is one number of 32 bits, 0 if there is none. */
uint32_t v6nf_device_tree_number(const uint8_t *tree, const char *node, const char *property);

/* Return a property that is a text, "" if there is none. */
const char *v6nf_device_tree_text(const uint8_t *tree, const char *node, const char *property);

/* Return true if the property is a list of texts, and `text` is one of them. */
bool v6nf_device_tree_lists(const uint8_t *tree, const char *node, const char *property, const char *text);

/* Return the range of memory from `image_end` on, up to `end`, or to the tree if that is before it.
 * Empty if no memory of the tree contains `image_end`. */
struct v6nf_board_range v6nf_device_tree_memory(const uint8_t *tree, const uint8_t *image_end, uint64_t end);

/* Return the PCI Express host bridge "pci-host-ecam-generic" of that name, whose first bus is 0, and its windows below
 * and above 4 GiB in which devices and the CPU have the same addresses. All zero if there is none. */
struct v6nf_board_pci v6nf_device_tree_pci(const uint8_t *tree, const char *node);

#endif
