/* program.c: see program.h. The program is assembled here, loaded by bpf(2), and held by a BPF link: it ends with the
 * last file of the link (Linux documentation, bpf/). */
#define _GNU_SOURCE
#include "program.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ETHER_TYPE 12
#define ETHER_HEADER 14
#define ETHER_TAG 18 /* end of the header with a VLAN tag */
#define IPV6_END 54  /* of its header, after that of Ethernet */
#define IPV6_DESTINATION 38
#define TYPE_IPV6 0x86DD
#define TYPE_VLAN 0x8100
#define TYPE_SERVICE_VLAN 0x88A8
#define VLAN_MASK 0x0FFF

/* -- Instructions (Linux documentation, bpf/standardization/instruction-set) --------------------------------------- */

#define LOAD(size, to, from, offset)                                                                                   \
    ((struct bpf_insn){.code = BPF_LDX | BPF_MEM | (size), .dst_reg = (to), .src_reg = (from), .off = (offset)})
#define COPY(to, from) ((struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (to), .src_reg = (from)})
#define SET(to, value) ((struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (to), .imm = (value)})
#define ADD(to, value) ((struct bpf_insn){.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = (to), .imm = (value)})
#define AND(to, value) ((struct bpf_insn){.code = BPF_ALU64 | BPF_AND | BPF_K, .dst_reg = (to), .imm = (value)})
#define IF(condition, a, value, target)                                                                                \
    ((struct bpf_insn){.code = BPF_JMP | BPF_K | (condition), .dst_reg = (a), .imm = (value), .off = (target)})
#define IF_GREATER(a, b, target)                                                                                       \
    ((struct bpf_insn){.code = BPF_JMP | BPF_JGT | BPF_X, .dst_reg = (a), .src_reg = (b), .off = (target)})
/* The address of a map takes two instructions. */
#define MAP(to, file)                                                                                                  \
    ((struct bpf_insn){                                                                                                \
        .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = (to), .src_reg = BPF_PSEUDO_MAP_FD, .imm = (file)}),             \
        ((struct bpf_insn){.code = 0})
#define CALL(function) ((struct bpf_insn){.code = BPF_JMP | BPF_CALL, .imm = (function)})
#define EXIT() ((struct bpf_insn){.code = BPF_JMP | BPF_EXIT})

/* Target of jumps until the program is complete: pass the frame to the kernel. */
#define TO_PASS 0x7FFF

/* Registers: the argument, which points to struct xdp_md; the frame; its end; a field of the frame. */
enum { CONTEXT = BPF_REG_1, FRAME = BPF_REG_2, END = BPF_REG_3, FIELD = BPF_REG_5 };

#define INSTRUCTIONS_MAX 64u

struct assembler {
    struct bpf_insn code[INSTRUCTIONS_MAX];
    uint32_t count;
};

/* Append an instruction. The longest program has 38. */
static void emit(struct assembler *assembler, struct bpf_insn instruction)
{
    assembler->code[assembler->count] = instruction;
    assembler->count++;
}

/* Load 16 bits of the frame, in the order in which they are in memory. They are aligned on every CPU. */
static void emit_load(struct assembler *assembler, int16_t offset)
{
    emit(assembler, LOAD(BPF_H, FIELD, FRAME, offset));
}

/* Pass the frame to the kernel if its field at `offset`, masked, is not that of `bytes`. */
static void emit_compare(struct assembler *assembler, int16_t offset, const uint8_t *bytes, uint16_t mask)
{
    uint16_t wanted = 0;
    memcpy(&wanted, bytes, sizeof wanted);
    emit_load(assembler, offset);
    if (mask != 0xFFFFu) {
        emit(assembler, AND(FIELD, htons(mask)));
    }
    emit(assembler, IF(BPF_JNE, FIELD, wanted & htons(mask), TO_PASS));
}

/* Pass frames shorter than `length` to the kernel: the verifier demands to see this before each access. */
static void emit_bounds(struct assembler *assembler, int32_t length)
{
    emit(assembler, LOAD(BPF_W, FRAME, CONTEXT, offsetof(struct xdp_md, data)));
    emit(assembler, LOAD(BPF_W, END, CONTEXT, offsetof(struct xdp_md, data_end)));
    emit(assembler, COPY(FIELD, FRAME));
    emit(assembler, ADD(FIELD, length));
    emit(assembler, IF_GREATER(FIELD, END, TO_PASS));
}

static void emit_mac(struct assembler *assembler, const uint8_t *mac)
{
    for (int16_t i = 0; i < 6; i += 2) {
        emit_compare(assembler, i, mac + i, 0xFFFFu);
    }
}

static void emit_vlan(struct assembler *assembler, uint32_t vlan)
{
    const uint8_t identifier[2] = {(uint8_t)(vlan >> 8), (uint8_t)vlan};
    emit_load(assembler, ETHER_TYPE);
    emit(assembler, IF(BPF_JEQ, FIELD, htons(TYPE_VLAN), 1)); /* over the next instruction */
    emit(assembler, IF(BPF_JNE, FIELD, htons(TYPE_SERVICE_VLAN), TO_PASS));
    emit_compare(assembler, ETHER_HEADER, identifier, VLAN_MASK);
}

static void emit_prefix(struct assembler *assembler, const uint8_t *prefix, uint32_t length)
{
    const uint8_t type[2] = {TYPE_IPV6 >> 8, TYPE_IPV6 & 0xFF};
    emit_compare(assembler, ETHER_TYPE, type, 0xFFFFu);
    for (uint32_t bit = 0; bit < length; bit += 16u) {
        const uint32_t cut = length - bit < 16u ? 16u - (length - bit) : 0u;
        emit_compare(assembler, (int16_t)(IPV6_DESTINATION + bit / 8u), prefix + bit / 8u, (uint16_t)(0xFFFFu << cut));
    }
}

static void emit_filter(struct assembler *assembler, const uint8_t *mac, const struct v6nf_xdp_config *config)
{
    switch (config->claim) {
    case V6NF_XDP_CLAIM_MAC:
        emit_bounds(assembler, ETHER_HEADER);
        emit_mac(assembler, mac);
        break;
    case V6NF_XDP_CLAIM_PREFIX:
        emit_bounds(assembler, IPV6_END);
        emit_mac(assembler, mac);
        emit_prefix(assembler, config->prefix, config->prefix_length);
        break;
    case V6NF_XDP_CLAIM_VLAN:
        emit_bounds(assembler, ETHER_TAG);
        emit_vlan(assembler, config->vlan);
        break;
    case V6NF_XDP_CLAIM_ALL:
        break;
    }
}

/* Append what ends the program, and resolve its jumps. A queue without a socket passes its frames to the kernel. */
static void finish(struct assembler *assembler, int map)
{
    const struct bpf_insn claim[] = {
        LOAD(BPF_W, BPF_REG_2, CONTEXT, offsetof(struct xdp_md, rx_queue_index)),
        MAP(BPF_REG_1, map),
        SET(BPF_REG_3, XDP_PASS),
        CALL(BPF_FUNC_redirect_map),
        EXIT(),
    };
    const uint32_t pass = assembler->count + sizeof claim / sizeof claim[0];
    for (uint32_t i = 0; i < assembler->count; i++) {
        if (assembler->code[i].off == TO_PASS) {
            assembler->code[i].off = (int16_t)(pass - i - 1u);
        }
    }
    for (uint32_t i = 0; i < sizeof claim / sizeof claim[0]; i++) {
        emit(assembler, claim[i]);
    }
    if (pass > sizeof claim / sizeof claim[0]) { /* the kernel refuses instructions that no jump reaches */
        emit(assembler, SET(BPF_REG_0, XDP_PASS));
        emit(assembler, EXIT());
    }
}

/* -- The kernel ---------------------------------------------------------------------------------------------------- */

enum v6nf_xdp_status xdp_status_of_error(int error)
{
    switch (error) {
    case ENODEV:
    case ENXIO:
        return V6NF_XDP_NO_INTERFACE;
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
    case ENOPROTOOPT:
    case ENOSYS:
        return V6NF_XDP_NOT_SUPPORTED;
    case EPERM:
    case EACCES:
        return V6NF_XDP_NO_PERMISSION;
    case ENOBUFS:
        return V6NF_XDP_MEMORY_LOCKED;
    case ENETDOWN:
        return V6NF_XDP_DOWN;
    default:
        return V6NF_XDP_FAILED;
    }
}

/* Return a new file, or -1 with errno. */
static int call_bpf(int command, union bpf_attr *attributes)
{
    return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static uint64_t pointer_to(const void *memory)
{
    return (uint64_t)(uintptr_t)memory;
}

static enum v6nf_xdp_status make_map(struct v6nf_xdp_interface *interface)
{
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.map_type = BPF_MAP_TYPE_XSKMAP;
    attributes.key_size = sizeof(uint32_t);
    attributes.value_size = sizeof(int);
    attributes.max_entries = V6NF_XDP_QUEUES;
    interface->map = call_bpf(BPF_MAP_CREATE, &attributes);
    if (interface->map >= 0) {
        return V6NF_XDP_OPEN;
    }
    return errno == EINVAL ? V6NF_XDP_NOT_SUPPORTED : xdp_status_of_error(errno); /* no such kind of map */
}

/* Load the program. If the kernel refuses, load it again for its report. */
static enum v6nf_xdp_status load(struct v6nf_xdp_interface *interface, const struct assembler *assembler)
{
    static const char license[] = "MIT";
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.prog_type = BPF_PROG_TYPE_XDP;
    attributes.expected_attach_type = BPF_XDP;
    attributes.insns = pointer_to(assembler->code);
    attributes.insn_cnt = assembler->count;
    attributes.license = pointer_to(license);
    memcpy(attributes.prog_name, "v6nf_xdp", sizeof "v6nf_xdp");
    interface->program = call_bpf(BPF_PROG_LOAD, &attributes);
    if (interface->program >= 0) {
        return V6NF_XDP_OPEN;
    }
    const int error = errno;
    attributes.log_level = 1;
    attributes.log_buf = pointer_to(interface->log);
    attributes.log_size = sizeof interface->log;
    interface->program = call_bpf(BPF_PROG_LOAD, &attributes);
    interface->log[sizeof interface->log - 1u] = '\0';
    errno = error;
    if (interface->program >= 0 || interface->log[0] != '\0') { /* EACCES is also what the verifier says */
        return interface->program >= 0 ? V6NF_XDP_OPEN : V6NF_XDP_REFUSED;
    }
    return xdp_status_of_error(error);
}

/* Link the program to the interface in one mode. Return 0, or the errno. */
static int link_in_mode(struct v6nf_xdp_interface *interface, uint32_t mode)
{
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.link_create.prog_fd = (uint32_t)interface->program;
    attributes.link_create.target_ifindex = interface->index;
    attributes.link_create.attach_type = BPF_XDP;
    attributes.link_create.flags = mode;
    interface->link = call_bpf(BPF_LINK_CREATE, &attributes);
    return interface->link >= 0 ? 0 : errno;
}

static enum v6nf_xdp_status link_program(struct v6nf_xdp_interface *interface, enum v6nf_xdp_mode mode)
{
    int error = mode != V6NF_XDP_GENERIC ? link_in_mode(interface, XDP_FLAGS_DRV_MODE) : 0;
    interface->is_native = interface->link >= 0;
    /* Drivers refuse for many reasons: they cannot, or not with this MTU, or with these settings of the card. */
    if (!interface->is_native && (mode == V6NF_XDP_GENERIC || (mode == V6NF_XDP_AUTO && error != EBUSY))) {
        error = link_in_mode(interface, XDP_FLAGS_SKB_MODE);
    }
    if (interface->link >= 0) {
        return V6NF_XDP_OPEN;
    }
    errno = error;
    if (error == EBUSY || error == EEXIST) {
        return V6NF_XDP_INTERFACE_BUSY;
    }
    const enum v6nf_xdp_status status = error == EINVAL ? V6NF_XDP_NOT_SUPPORTED : xdp_status_of_error(error);
    return mode == V6NF_XDP_NATIVE && status != V6NF_XDP_NO_PERMISSION ? V6NF_XDP_NOT_NATIVE : status;
}

enum v6nf_xdp_status xdp_program_start(struct v6nf_xdp_interface *interface, const struct v6nf_xdp_config *config)
{
    struct assembler assembler = {.count = 0};
    enum v6nf_xdp_status status = make_map(interface);
    if (status == V6NF_XDP_OPEN) {
        emit_filter(&assembler, interface->mac, config);
        finish(&assembler, interface->map);
        status = load(interface, &assembler);
    }
    return status == V6NF_XDP_OPEN ? link_program(interface, config->mode) : status;
}

bool xdp_program_add(const struct v6nf_xdp_interface *interface, uint32_t queue, int socket)
{
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.map_fd = (uint32_t)interface->map;
    attributes.key = pointer_to(&queue);
    attributes.value = pointer_to(&socket);
    attributes.flags = BPF_ANY;
    return call_bpf(BPF_MAP_UPDATE_ELEM, &attributes) == 0;
}
