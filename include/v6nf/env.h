/* env.h: what a board gives the library. One board is one folder under env/; env/README.md is the porting guide.
 *
 * Everything that is not standard C stands behind this header: memory that a device can reach, PCI configuration space,
 * time, entropy and one console character. The functions are called by drivers, by tests and by example programs, never
 * by the protocol code. */
#ifndef V6NF_ENV_H
#define V6NF_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- Memory -------------------------------------------------------------------------------------------------------- */

/* The largest alignment that v6nf_env_memory() must be able to give, in bytes: a page, and the largest any supported
 * device asks for. */
#define V6NF_ENV_ALIGNMENT_MAX 4096u

/* What v6nf_env_device_address() answers for memory that no device can reach. */
#define V6NF_ENV_NO_ADDRESS UINT64_MAX

/* Gives `size` bytes of zeroed memory that stays where it is for as long as the program runs: physically contiguous,
 * never paged out, cache-coherent with devices. `alignment`, in bytes, is a power of two of at most
 * V6NF_ENV_ALIGNMENT_MAX and holds for the virtual and the device address. There is no call to free it.
 * Returns NULL if `size` is 0, if `alignment` is not as said, or if there is no such memory left. */
void *v6nf_env_memory(size_t size, size_t alignment);

/* The address under which a device reaches `memory`, which points into memory from v6nf_env_memory(). Consecutive bytes
 * of one such allocation have consecutive device addresses. Returns V6NF_ENV_NO_ADDRESS for any other pointer that the
 * board can tell apart, and where the process may not know (Linux without the right to read physical addresses). */
uint64_t v6nf_env_device_address(const volatile void *memory);

/* Maps `size` bytes of device registers at the physical address `address` (from a base address register) as uncached
 * device memory. Returns NULL if that is impossible. */
volatile void *v6nf_env_map_device(uint64_t address, size_t size);

/* -- PCI configuration space (PCI Local Bus Specification 3.0, 6.1) ------------------------------------------------- */

struct v6nf_env_pci_address {
    uint16_t segment;
    uint8_t bus;
    uint8_t device;   /* 0 to 31 */
    uint8_t function; /* 0 to 7 */
};

/* What v6nf_env_pci_read() answers where there is no device, as the bus itself does. */
#define V6NF_ENV_PCI_NO_DEVICE UINT32_MAX

/* Reads the aligned 32-bit register at byte `offset` (a multiple of 4, below 4096), in CPU byte order. Returns
 * V6NF_ENV_PCI_NO_DEVICE if there is no such device or register. */
uint32_t v6nf_env_pci_read(struct v6nf_env_pci_address address, uint16_t offset);

/* Writes it. Returns false, and writes nothing, if there is no such device or register. */
bool v6nf_env_pci_write(struct v6nf_env_pci_address address, uint16_t offset, uint32_t value);

/* -- Time, entropy, console ---------------------------------------------------------------------------------------- */

/* Microseconds since some fixed moment. Never goes backwards; at the rate of real time. */
uint64_t v6nf_env_clock(void);

/* Returns when at least `microseconds` have passed on v6nf_env_clock(). May give the CPU away. */
void v6nf_env_sleep(uint64_t microseconds);

/* Let the CPU sleep until `until`, or until something wakes it earlier.
 * until: microseconds, on v6nf_env_clock(). UINT64_MAX (V6NF_NEVER) sets no time.
 * Return at once if `until` has passed. The call may return early, without a reason: look again, and call it again.
 * Boards wake the CPU by their timer, after a second at the latest. On Linux a signal that has a handler also ends the
 * call. It returns later than `until` only by what the scheduler or the timer's interrupt takes. A board without a timer
 * that can wake the CPU returns at once: its programs poll. */
void v6nf_env_idle(uint64_t until);

/* Maximum microseconds between two polls of a device that cannot wake the CPU. Frames wait for so long in an idle
 * program. The receive buffers of a port hold more than arrives in this time: a ring of 256 slots takes 172 us at
 * 1 Gbit/s, and a card with 10 Gbit/s has 0.3 ms in its packet buffer (82599 data sheet, 7.1.1). */
#ifndef V6NF_ENV_POLL_INTERVAL
#define V6NF_ENV_POLL_INTERVAL 100u
#endif

/* Idle until `until`, but for V6NF_ENV_POLL_INTERVAL at most: wait() of a port (port.h) whose device cannot wake the
 * CPU. */
static inline void v6nf_env_idle_briefly(uint64_t until)
{
    const uint64_t latest = v6nf_env_clock() + V6NF_ENV_POLL_INTERVAL;
    v6nf_env_idle(until < latest ? until : latest);
}

/* Fills `size` bytes with unpredictable bytes. Returns false if the board has no source of entropy it can vouch for; the
 * bytes are then as varied as the board could make them, and the caller decides whether that will do. */
bool v6nf_env_entropy(uint8_t *bytes, size_t size);

/* Writes one character to the console; '\n' ends a line. Waits if the console is busy; is never an error. */
void v6nf_env_console(char character);

/* -- Byte order: devices are little-endian (PCI); the CPU may not be --------------------------------------------------- */

#if !defined(__BYTE_ORDER__)
#error "env.h: this compiler does not define __BYTE_ORDER__; say here how byte order is known"
#endif

static inline uint32_t v6nf_env_le32(uint32_t value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return value;
#else
    return (value << 24) + ((value & 0xFF00u) << 8) + ((value >> 8) & 0xFF00u) + (value >> 24);
#endif
}

static inline uint64_t v6nf_env_le64(uint64_t value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return value;
#else
    return ((uint64_t)v6nf_env_le32((uint32_t)value) << 32) + v6nf_env_le32((uint32_t)(value >> 32));
#endif
}

static inline uint16_t v6nf_env_le16(uint16_t value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return value;
#else
    return (uint16_t)((value << 8) + (value >> 8));
#endif
}

/* -- Device registers: little-endian, in what v6nf_env_map_device() gave; of 32 bits where the name has no number ------------- */

/* With V6NF_ENV_REGISTER_CALLS these are functions that the program defines, so that it can be the device. */
#ifdef V6NF_ENV_REGISTER_CALLS
uint32_t v6nf_env_read_register(const volatile uint32_t *address);
void v6nf_env_write_register(volatile uint32_t *address, uint32_t value);
uint16_t v6nf_env_read_register16(const volatile uint16_t *address);
void v6nf_env_write_register16(volatile uint16_t *address, uint16_t value);
uint8_t v6nf_env_read_register8(const volatile uint8_t *address);
void v6nf_env_write_register8(volatile uint8_t *address, uint8_t value);
#else
static inline uint32_t v6nf_env_read_register(const volatile uint32_t *address)
{
    return v6nf_env_le32(*address);
}

static inline void v6nf_env_write_register(volatile uint32_t *address, uint32_t value)
{
    *address = v6nf_env_le32(value);
}

static inline uint16_t v6nf_env_read_register16(const volatile uint16_t *address)
{
    return v6nf_env_le16(*address);
}

static inline void v6nf_env_write_register16(volatile uint16_t *address, uint16_t value)
{
    *address = v6nf_env_le16(value);
}

static inline uint8_t v6nf_env_read_register8(const volatile uint8_t *address)
{
    return *address;
}

static inline void v6nf_env_write_register8(volatile uint8_t *address, uint8_t value)
{
    *address = value;
}
#endif

/* -- DMA barriers: order between this CPU's accesses and what a device sees --------------------------------------------- */

/* Declared and never defined: on an architecture whose barriers are not below, a driver that needs one does not link, and a
 * program without such a driver does. */
void v6nf_env_barrier_is_missing(void);

/* A device that writes and reads memory by PCI is one more observer of it. Where its accesses are cache-coherent, as
 * v6nf_env_memory() has them, order is all that is wanted; none of the barriers below waits for an access to be completed. */

/* After reading from memory that a device has written the word that says the rest is there (Descriptor Done), before
 * reading the rest. */
static inline void v6nf_env_dma_read_barrier(void)
{
#if defined(__x86_64__) || defined(__i386__)
    /* Loads are not reordered with loads (Intel SDM volume 3, 8.2.2); only the compiler must be held. */
    __asm__ volatile("" ::: "memory");
#elif defined(__aarch64__)
    /* Loads before it are observed before all that comes after it. Outer Shareable, because a device need not be in the
     * Inner Shareable domain of the CPUs (Arm ARM, B2.3.12). */
    __asm__ volatile("dmb oshld" ::: "memory");
#elif defined(__arm__)
    __asm__ volatile("dmb" ::: "memory");
#elif defined(__riscv)
    /* Loads of memory (r) and of registers (i) with loads of both: a fence orders only the kinds that it names (RISC-V
     * Unprivileged ISA 20191213, 2.7). */
    __asm__ volatile("fence ir, ir" ::: "memory");
#else
    v6nf_env_barrier_is_missing();
#endif
}

/* After writing what a device will read, before writing the register or word that tells it to. */
static inline void v6nf_env_dma_write_barrier(void)
{
#if defined(__x86_64__) || defined(__i386__)
    /* Stores are not reordered with stores to write-back memory, and an uncached store drains them (Intel SDM volume 3,
     * 8.2.2 and 11.3); only the compiler must be held. */
    __asm__ volatile("" ::: "memory");
#elif defined(__aarch64__)
    /* Stores with stores, those to Normal memory with those to Device memory too: the device that sees its register written
     * and then reads memory is the observer (Arm ARM, B2.3.12). It need not be a DSB, which would wait until it has. */
    __asm__ volatile("dmb oshst" ::: "memory");
#elif defined(__arm__)
    __asm__ volatile("dmb" ::: "memory");
#elif defined(__riscv)
    /* Stores to memory (w) and to registers (o) with stores to both: "w, w" would not order a register. */
    __asm__ volatile("fence ow, ow" ::: "memory");
#else
    v6nf_env_barrier_is_missing();
#endif
}

/* After reading from memory and writing to it, before the write that gives it to a device, which may then write to it, too. */
static inline void v6nf_env_dma_release_barrier(void)
{
#if defined(__x86_64__) || defined(__i386__)
    /* Stores pass neither loads nor stores before them (Intel SDM volume 3, 8.2.2); only the compiler must be held. */
    __asm__ volatile("" ::: "memory");
#elif defined(__aarch64__)
    __asm__ volatile("dmb osh" ::: "memory");
#elif defined(__arm__)
    __asm__ volatile("dmb" ::: "memory");
#elif defined(__riscv)
    __asm__ volatile("fence iorw, ow" ::: "memory");
#else
    v6nf_env_barrier_is_missing();
#endif
}

/* Between a write and a later read that must not overtake it (writing an index, then looking whether the other side has
 * gone to sleep). */
static inline void v6nf_env_dma_barrier(void)
{
#if defined(__x86_64__) || defined(__i386__)
    /* The one reordering x86 does: a load may pass an earlier store. */
    __asm__ volatile("mfence" ::: "memory");
#elif defined(__aarch64__)
    __asm__ volatile("dmb osh" ::: "memory");
#elif defined(__arm__)
    __asm__ volatile("dmb" ::: "memory");
#elif defined(__riscv)
    /* Also a write to a register with a read of memory, and the reverse. */
    __asm__ volatile("fence iorw, iorw" ::: "memory");
#else
    v6nf_env_barrier_is_missing();
#endif
}

#ifdef __cplusplus
}
#endif

#endif
