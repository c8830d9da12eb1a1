/* device_tree.h: what a board without firmware is told by whoever starts it (Devicetree Specification 0.4, 5): a reader of the
 * flattened tree, which believes no length that leads out of it. Addresses and sizes are taken to have two cells each, as those of
 * 64-bit machines have.
 *
 * `tree` is what stands at the address that the loader passed; all functions find nothing in what is no tree. A node has its
 * name without the "@..." behind it; the first that has the property counts. */
#ifndef ENV_SHARED_DEVICE_TREE_H
#define ENV_SHARED_DEVICE_TREE_H

#include "parts.h"

/* A property's value: *size bytes. NULL, and 0, if there is none. */
const uint8_t *v6nf_device_tree_find(const uint8_t *tree, const char *node, const char *property, uint32_t *size);

/* A property that is one number; 0 if there is none. */
uint32_t v6nf_device_tree_number(const uint8_t *tree, const char *node, const char *property);

/* A property that is a text; "" if there is none. */
const char *v6nf_device_tree_text(const uint8_t *tree, const char *node, const char *property);

/* True if the property is a list of texts, and `text` is one of them. */
bool v6nf_device_tree_lists(const uint8_t *tree, const char *node, const char *property, const char *text);

/* What is free of the memory in which `image_end` is, from there on: up to `end`, or to the tree if that is in it. */
struct v6nf_board_range v6nf_device_tree_memory(const uint8_t *tree, const uint8_t *image_end, uint64_t end);

/* The PCI Express host bridge "pci-host-ecam-generic" of that name, whose bus 0 is the first, and its window below 4 GiB in which
 * devices and the CPU have the same addresses. */
struct v6nf_board_pci v6nf_device_tree_pci(const uint8_t *tree, const char *node);

#endif
