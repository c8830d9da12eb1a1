/* env_selftest.c: the checks of env_selftest.h. */
#include "env_selftest.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "v6nf/env.h"

static void print(const char *text)
{
    for (size_t i = 0; text[i] != '\0'; i++) {
        v6nf_env_console(text[i]);
    }
}

static void print_line(const char *kind, const char *text)
{
    print(kind);
    print(": ");
    print(text);
    print("\n");
}

/* Print the line of a check. Return the number of failures that it adds. */
static uint32_t report(bool good, const char *text)
{
    print_line(good ? "ok" : "FAILED", text);
    return good ? 0u : 1u;
}

/* -- Memory -------------------------------------------------------------------------------------------------------- */

/* Each alignment from 1 to V6NF_ENV_ALIGNMENT_MAX, with two sizes each after which the next piece needs padding. */
#define ALIGNMENTS 13u
#define PIECES (2u * ALIGNMENTS)

static size_t piece_alignment(uint32_t piece)
{
    return (size_t)1u << (piece / 2u);
}

static size_t piece_size(uint32_t piece)
{
    return piece % 2u == 0u ? 1u : piece_alignment(piece) + 3u;
}

static bool holds_only(const uint8_t *bytes, size_t size, uint8_t value)
{
    bool same = true;
    for (size_t i = 0; i < size; i++) {
        same = same && bytes[i] == value;
    }
    return same;
}

static uint32_t check_pieces(void)
{
    uint8_t *pieces[PIECES];
    bool allocated = true;
    bool aligned = true;
    bool zeroed = true;
    bool separate = true;
    for (uint32_t i = 0; i < PIECES; i++) {
        size_t alignment = piece_alignment(i);
        pieces[i] = v6nf_env_memory(piece_size(i), alignment);
        allocated = allocated && pieces[i] != NULL;
        if (pieces[i] != NULL) {
            uint64_t device = v6nf_env_device_address(pieces[i]);
            aligned = aligned && (uintptr_t)pieces[i] % alignment == 0u;
            aligned = aligned && (device == V6NF_ENV_NO_ADDRESS || device % alignment == 0u);
            zeroed = zeroed && holds_only(pieces[i], piece_size(i), 0u);
            for (size_t at = 0; at < piece_size(i); at++) {
                pieces[i][at] = (uint8_t)(i + 1u);
            }
        }
    }
    for (uint32_t i = 0; i < PIECES; i++) {
        separate = separate && (pieces[i] == NULL || holds_only(pieces[i], piece_size(i), (uint8_t)(i + 1u)));
    }
    uint32_t failures = report(allocated, "memory: allocated at every alignment from 1 to 4096");
    failures += report(aligned, "memory: aligned as requested, for the program and for devices");
    failures += report(zeroed, "memory: zeroed");
    return failures + report(separate, "memory: no two allocations overlap");
}

static uint32_t check_invalid_requests(void)
{
    bool odd = v6nf_env_memory(1, 3) == NULL && v6nf_env_memory(1, 4095) == NULL;
    bool large = v6nf_env_memory(1, 2u * V6NF_ENV_ALIGNMENT_MAX) == NULL;
    bool endless =
        v6nf_env_memory(SIZE_MAX, 1) == NULL && v6nf_env_memory(SIZE_MAX - 10u, V6NF_ENV_ALIGNMENT_MAX) == NULL;
    uint32_t failures = report(v6nf_env_memory(0, 1) == NULL, "memory: size 0 is refused");
    failures += report(v6nf_env_memory(1, 0) == NULL, "memory: alignment 0 is refused");
    failures += report(odd, "memory: an alignment that is not a power of two is refused");
    failures += report(large, "memory: an alignment above V6NF_ENV_ALIGNMENT_MAX is refused");
    return failures + report(endless, "memory: a size near SIZE_MAX is refused");
}

/* More than two pages: two page boundaries for a board that translates page by page. */
#define TRANSLATED ((size_t)2u * 4096u + 64u)

static uint32_t check_translation(void)
{
    uint8_t *memory = v6nf_env_memory(TRANSLATED, 64);
    if (memory == NULL) {
        return report(false, "translation: 8256 bytes of memory are available");
    }
    uint64_t first = v6nf_env_device_address(memory);
    bool consecutive = true;
    for (size_t i = 0; i < TRANSLATED; i++) {
        uint64_t expected = first == V6NF_ENV_NO_ADDRESS ? first : first + i;
        consecutive = consecutive && v6nf_env_device_address(memory + i) == expected;
    }
    if (first == V6NF_ENV_NO_ADDRESS) {
        print_line("note", "translation: not available to this program on this board; it cannot drive a device");
    }
    uint8_t local = 0;
    bool checks =
        v6nf_env_device_address(NULL) == V6NF_ENV_NO_ADDRESS && v6nf_env_device_address(&local) == V6NF_ENV_NO_ADDRESS;
    print_line("note", checks ? "translation: NULL and the stack have no device address"
                              : "translation: this board translates NULL or the stack like memory for devices");
    return report(consecutive, "translation: consecutive bytes have consecutive device addresses (or none)");
}

/* -- PCI ----------------------------------------------------------------------------------------------------------- */

static bool pci_absent(struct v6nf_env_pci_address address, uint16_t offset)
{
    return v6nf_env_pci_read(address, offset) == V6NF_ENV_PCI_NO_DEVICE && !v6nf_env_pci_write(address, offset, 0u);
}

static uint32_t check_pci(void)
{
    const struct v6nf_env_pci_address first = {0, 0, 0, 0};
    const struct v6nf_env_pci_address nowhere = {0xFFFFu, 0xFFu, 31, 7};
    const struct v6nf_env_pci_address device = {0, 0, 32, 0};
    const struct v6nf_env_pci_address function = {0, 0, 0, 8};
    bool present = v6nf_env_pci_read(first, 0) != V6NF_ENV_PCI_NO_DEVICE;
    print_line("note", present ? "PCI: a device at 0000:00:00.0" : "PCI: no device at 0000:00:00.0");
    uint32_t failures = report(pci_absent(nowhere, 0), "PCI: no device in the last segment");
    failures += report(pci_absent(device, 0) && pci_absent(function, 0), "PCI: no device 32, no function 8");
    failures += report(pci_absent(first, 4096) && pci_absent(first, 0xFFFCu), "PCI: no register past byte 4095");
    return failures + report(pci_absent(first, 1) && pci_absent(first, 2), "PCI: no unaligned register");
}

/* -- Time, entropy ------------------------------------------------------------------------------------------------- */

#define READS_MAX 10000000u /* enough to see a clock tick in milliseconds */
#define NAP 20000u          /* microseconds */
#define NAP_MAX 10000000u   /* longer than on a busy machine, shorter than by a wrong unit or a lost carry */

static bool clock_ticks(void)
{
    uint64_t start = v6nf_env_clock();
    bool ticked = false;
    for (uint32_t i = 0; i < READS_MAX && !ticked; i++) {
        ticked = v6nf_env_clock() != start;
    }
    return ticked;
}

static uint32_t check_time(void)
{
    bool ticks = clock_ticks();
    uint32_t failures = report(ticks, "clock: it moves");
    if (!ticks) {
        return failures; /* a sleep might never return */
    }
    uint64_t last = v6nf_env_clock();
    bool forward = true;
    for (uint32_t i = 0; i < 100000u; i++) {
        uint64_t now = v6nf_env_clock();
        forward = forward && now >= last && now - last < NAP_MAX;
        last = now;
    }
    failures += report(forward, "clock: never goes backwards, and does not jump");
    uint64_t start = v6nf_env_clock();
    v6nf_env_sleep(NAP);
    uint64_t elapsed = v6nf_env_clock() - start;
    failures += report(elapsed >= NAP, "sleep: not shorter than requested, by the clock");
    failures += report(elapsed < NAP_MAX, "sleep: not much longer than requested, by the clock");
    start = v6nf_env_clock();
    v6nf_env_sleep(0);
    return failures + report(v6nf_env_clock() - start < NAP_MAX, "sleep: a sleep of 0 returns");
}

#define IDLE_TIME 20000u /* microseconds */
#define IDLE_LATE 2000u
#define IDLE_TRIES 10u
#define IDLE_LOOKS 200u /* limit of the calls in one wait; a board that returns immediately needs more */

/* Idle until the time. Return the number of calls that it took. */
static uint32_t idle_until(uint64_t until)
{
    uint32_t calls = 0;
    while (v6nf_env_clock() < until) {
        v6nf_env_idle(until);
        calls++;
    }
    return calls;
}

/* The machine may be busy: one try that is not late is enough. */
static uint32_t check_idle(void)
{
    bool is_on_time = false;
    bool sleeps = true;
    for (uint32_t i = 0; i < IDLE_TRIES && !is_on_time; i++) {
        const uint64_t until = v6nf_env_clock() + IDLE_TIME;
        sleeps = idle_until(until) < IDLE_LOOKS && sleeps;
        is_on_time = v6nf_env_clock() - until < IDLE_LATE;
    }
    print_line("note",
               sleeps ? "idle: the CPU sleeps" : "idle: no timer of this board wakes the CPU; its programs poll");
    uint32_t failures = report(is_on_time, "idle: ends at the time, by the clock");
    uint64_t start = v6nf_env_clock();
    v6nf_env_idle(start);
    v6nf_env_idle(0);
    failures += report(v6nf_env_clock() - start < NAP_MAX, "idle: returns if the time has passed");
    start = v6nf_env_clock();
    v6nf_env_idle_briefly(UINT64_MAX);
    return failures + report(v6nf_env_clock() - start < NAP_MAX, "idle: ends although nothing wakes the CPU");
}

#define ENTROPY 32u

static uint32_t check_entropy(void)
{
    uint8_t first[ENTROPY + 1u] = {0};
    uint8_t second[ENTROPY + 1u] = {0};
    first[ENTROPY] = 0x5Au;
    second[0] = 0x5Au;
    bool is_random =
        v6nf_env_entropy(first, ENTROPY) && v6nf_env_entropy(second + 1, ENTROPY) && v6nf_env_entropy(second, 0);
    print_line("note", is_random ? "entropy: the board vouches for it" : "entropy: the board does not vouch for it");
    if (!is_random) {
        (void)v6nf_env_entropy(second + 1, ENTROPY); /* the condition above skipped it */
    }
    bool inside = first[ENTROPY] == 0x5Au && second[0] == 0x5Au;
    bool differs = false;
    for (uint32_t i = 0; i < ENTROPY; i++) {
        differs = differs || first[i] != second[i + 1u];
    }
    bool varied = !holds_only(first, ENTROPY, first[0]) && !holds_only(second + 1, ENTROPY, second[1]);
    uint32_t failures = report(inside, "entropy: fills the buffer and no more");
    failures += report(varied, "entropy: the bytes vary");
    return failures + report(differs, "entropy: two calls return different bytes");
}

/* -- Inline functions of env.h ------------------------------------------------------------------------------------- */

/* Return true if the `size` bytes at `value` are 1, 2, 3, ... */
static bool counts_up(const void *value, size_t size)
{
    const uint8_t *bytes = value;
    bool good = true;
    for (size_t i = 0; i < size; i++) {
        good = good && bytes[i] == (uint8_t)(i + 1u);
    }
    return good;
}

static uint32_t check_order(void)
{
    uint16_t two = v6nf_env_le16(0x0201u);
    uint32_t four = v6nf_env_le32(0x04030201u);
    uint64_t eight = v6nf_env_le64(UINT64_C(0x0807060504030201));
    bool memory = counts_up(&two, sizeof two) && counts_up(&four, sizeof four) && counts_up(&eight, sizeof eight);
    bool back = v6nf_env_le16(two) == 0x0201u && v6nf_env_le32(four) == 0x04030201u &&
                v6nf_env_le64(eight) == UINT64_C(0x0807060504030201);
    /* Check that the CPU has the instructions. Their effect is not visible here. */
    v6nf_env_dma_read_barrier();
    v6nf_env_dma_write_barrier();
    v6nf_env_dma_barrier();
    print_line("note", "barriers: the CPU executes them");
    uint32_t failures = report(memory, "byte order: v6nf_env_le* convert to little-endian");
    return failures + report(back, "byte order: v6nf_env_le* twice return the number");
}

/* -- Caches -------------------------------------------------------------------------------------------------------- */

#define FRAMES ((size_t)3u * V6NF_ENV_CACHE_LINE)

static uint32_t check_caches(void)
{
    uint8_t *frames = (uint8_t *)v6nf_env_buffers(FRAMES, V6NF_ENV_CACHE_LINE);
    if (frames == NULL) {
        return report(false, "caches: memory for frames is available");
    }
    bool is_zero = holds_only(frames, FRAMES, 0u);
    const uint64_t first = v6nf_env_device_address(frames);
    const uint64_t last = first == V6NF_ENV_NO_ADDRESS ? first : first + FRAMES - 1u;
    bool is_reached = v6nf_env_device_address(frames + FRAMES - 1u) == last;
    for (size_t i = 0; i < FRAMES; i++) {
        frames[i] = (uint8_t)(i + 1u);
    }
    v6nf_env_cache_clean(frames + 1, FRAMES - 2u); /* whole lines */
    v6nf_env_cache_invalidate(frames, FRAMES);
    uint32_t failures = report(is_zero, "caches: memory for frames is zeroed");
    failures += report(is_reached, "caches: memory for frames has consecutive device addresses (or none)");
    return failures + report(counts_up(frames, FRAMES), "caches: what was cleaned is in memory");
}

/* -- The functions of the C library that the library needs --------------------------------------------------------- */

#define BUFFER 80u   /* bytes */
#define MAX_SIZE 24u /* three words: one has words before and after it */
#define SHIFT 20u    /* distance of source and target, with and without overlap */

static void fill(uint8_t *bytes)
{
    for (uint32_t i = 0; i < BUFFER; i++) {
        bytes[i] = (uint8_t)(i + 1u);
    }
}

/* Return true if the `size` bytes at `to` are those of fill() at `from`, and all others are unchanged. */
static bool is_moved(const uint8_t *bytes, uint32_t to, uint32_t from, uint32_t size)
{
    bool good = true;
    for (uint32_t i = 0; i < BUFFER; i++) {
        uint32_t expected = i >= to && i < to + size ? i - to + from : i;
        good = good && bytes[i] == (uint8_t)(expected + 1u);
    }
    return good;
}

/* Copy `size` bytes at every alignment of source and target. */
static bool copies_well(uint32_t size)
{
    uint8_t bytes[BUFFER];
    bool good = true;
    for (uint32_t to = 8; to < 16u; to++) {
        for (uint32_t from = 40; from < 48u; from++) {
            fill(bytes);
            good = good && memcpy(bytes + to, bytes + from, size) == bytes + to && is_moved(bytes, to, from, size);
        }
    }
    for (uint32_t to = 8; to < 8u + 2u * SHIFT; to++) {
        fill(bytes);
        good =
            good && memmove(bytes + to, bytes + 8 + SHIFT, size) == bytes + to && is_moved(bytes, to, 8u + SHIFT, size);
    }
    return good;
}

static bool sets_well(uint32_t size)
{
    uint8_t bytes[BUFFER];
    bool good = true;
    for (uint32_t to = 8; to < 16u; to++) {
        fill(bytes);
        good = good && memset(bytes + to, 0x1A5, size) == bytes + to && holds_only(bytes + to, size, 0xA5u) &&
               bytes[to - 1u] == to && bytes[to + size] == to + size + 1u;
    }
    return good;
}

/* Check that the first different byte decides, as an unsigned number. */
static bool compares_well(uint32_t size)
{
    uint8_t left[BUFFER];
    uint8_t right[BUFFER];
    bool good = true;
    for (uint32_t i = 0; i < size; i++) {
        fill(left);
        fill(right);
        good = good && memcmp(left + 8, right + 8, size) == 0;
        right[8u + i] = 0xFFu;
        right[8u + size] = 0;
        good = good && memcmp(left + 8, right + 8, size) < 0 && memcmp(right + 8, left + 8, size) > 0;
    }
    return good;
}

static uint32_t check_strings(void)
{
    bool copied = true;
    bool set = true;
    bool compared = true;
    for (uint32_t size = 0; size <= MAX_SIZE; size++) {
        copied = copied && copies_well(size);
        set = set && sets_well(size);
        compared = compared && compares_well(size);
    }
    uint32_t failures = report(copied, "string functions: memcpy and memmove copy at every alignment");
    failures += report(set, "string functions: memset sets the requested bytes and no more");
    return failures + report(compared, "string functions: memcmp returns the order");
}

uint32_t env_selftest(void)
{
    uint32_t failures = check_pieces();
    failures += check_invalid_requests();
    failures += check_translation();
    failures += check_pci();
    failures += check_time();
    failures += check_idle();
    failures += check_entropy();
    failures += check_order();
    failures += check_caches();
    failures += check_strings();
    return failures;
}
