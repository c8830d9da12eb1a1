/* env.h: what a board provides. Each board is a directory under env/; env/README.md is the porting guide.
 *
 * This is all that is not standard C: memory that a device can reach, PCI configuration space, time, entropy and the
 * console. Drivers and programs call these functions, protocol code never does. */
#ifndef V6NF_ENV_H
#define V6NF_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- Memory -------------------------------------------------------------------------------------------------------- */

/* Maximum alignment of v6nf_env_memory(), in bytes: a page, and the maximum that any supported device needs. */
#define V6NF_ENV_ALIGNMENT_MAX 4096u

/* Result of v6nf_env_device_address() for memory that no device can reach. */
#define V6NF_ENV_NO_ADDRESS UINT64_MAX

/* Allocate zeroed memory for as long as the program runs: physically contiguous, never paged, cache-coherent with
 * devices (on a board whose DMA is not coherent: not cached). It cannot be freed.
 * size: bytes.
 * alignment: bytes: a power of two, at most V6NF_ENV_ALIGNMENT_MAX; of the virtual and of the device address.
 * Return NULL if `size` is 0, if `alignment` is not allowed, or if no such memory is left.
 * Context: the loop, before other threads call env.h. */
void *v6nf_env_memory(size_t size, size_t alignment);

/* Return the address under which a device reaches `memory`, which is in memory from v6nf_env_memory() or
 * v6nf_env_buffers(). Consecutive bytes of one allocation have consecutive device addresses.
 * V6NF_ENV_NO_ADDRESS for any other pointer that the board can detect, and if the process may not know (Linux without
 * the right to read physical addresses).
 * Context: any. */
uint64_t v6nf_env_device_address(const volatile void *memory);

/* Map device registers as uncached device memory.
 * address: physical address, from a base address register.
 * size: bytes.
 * Return NULL if it is impossible.
 * Context: the loop, before other threads call env.h. */
volatile void *v6nf_env_map_device(uint64_t address, size_t size);

/* -- Caches: where devices do not see what is in them -------------------------------------------------------------- */

/* 1 if devices see what is in the caches of the CPU, as on PCs. 0 on a board whose DMA is not coherent: its toolchain
 * file defines that, for the library and every program (env/README.md). With 1 this section costs no instruction. */
#ifndef V6NF_ENV_DMA_COHERENT
#define V6NF_ENV_DMA_COHERENT 1
#endif

/* Bytes of a cache line, or of the longest of several caches: a power of two. No two buffers share one. */
#ifndef V6NF_ENV_CACHE_LINE
#define V6NF_ENV_CACHE_LINE 64u
#endif

#if V6NF_ENV_DMA_COHERENT
/* Allocate memory for frames, which may be cached: the same as v6nf_env_memory(), but a program must call
 * v6nf_env_cache_clean() before a device reads or writes it, and v6nf_env_cache_invalidate() before it reads what a
 * device has written. Descriptors, and all else that both write, are in memory from v6nf_env_memory().
 * size, alignment: as of v6nf_env_memory(). No other allocation shares its cache lines.
 * Return as v6nf_env_memory().
 * Context: the loop, before other threads call env.h. */
static inline void *v6nf_env_buffers(size_t size, size_t alignment)
{
    return v6nf_env_memory(size, alignment);
}

/* Write what the CPU has changed back to memory, in all cache lines with a byte of it. Call it before the write that
 * hands memory over to a device: to read it, or to write to it. A line that is written back later would overwrite what
 * the device has written.
 * memory: from v6nf_env_buffers(). size: bytes.
 * The lines are in memory when it returns.
 * Context: any. */
static inline void v6nf_env_cache_clean(const void *memory, size_t size)
{
    (void)memory;
    (void)size;
}

/* Discard all cache lines with a byte of this memory, which a device has written. Call it after the read that shows
 * that the device has finished, and before reading the memory. An earlier call is not enough: the CPU may read a line
 * in advance.
 * memory: from v6nf_env_buffers(), and not changed by the CPU since v6nf_env_cache_clean(). size: bytes.
 * Later reads are not made before it returns.
 * Context: any. */
static inline void v6nf_env_cache_invalidate(void *memory, size_t size)
{
    (void)memory;
    (void)size;
}
#else
void *v6nf_env_buffers(size_t size, size_t alignment);
void v6nf_env_cache_clean(const void *memory, size_t size);
void v6nf_env_cache_invalidate(void *memory, size_t size);
#endif

/* -- PCI configuration space (PCI Local Bus Specification 3.0, 6.1) ------------------------------------------------ */

/* Address of a PCI function. */
struct v6nf_env_pci_address {
    uint16_t segment; /* segment group */
    uint8_t bus;      /* bus number */
    uint8_t device;   /* 0 to 31 */
    uint8_t function; /* 0 to 7 */
};

/* Result of v6nf_env_pci_read() without a device, as on the bus itself. */
#define V6NF_ENV_PCI_NO_DEVICE UINT32_MAX

/* Read a register of 32 bits.
 * address: of the function.
 * offset: bytes: a multiple of 4, below 4096.
 * Return it in CPU byte order; V6NF_ENV_PCI_NO_DEVICE if there is no such device or register.
 * Context: the loop. */
uint32_t v6nf_env_pci_read(struct v6nf_env_pci_address address, uint16_t offset);

/* Write a register of 32 bits.
 * address: of the function.
 * offset: bytes: a multiple of 4, below 4096.
 * value: in CPU byte order.
 * Return false, and write nothing, if there is no such device or register.
 * Context: the loop. */
bool v6nf_env_pci_write(struct v6nf_env_pci_address address, uint16_t offset, uint32_t value);

/* -- Time, entropy, console ---------------------------------------------------------------------------------------- */

/* Return the time in microseconds since some fixed moment. It never goes backwards, and advances as real time.
 * Context: any. */
uint64_t v6nf_env_clock(void);

/* Sleep for at least `microseconds` on v6nf_env_clock(). Other programs may use the CPU.
 * Context: the loop. */
void v6nf_env_sleep(uint64_t microseconds);

/* Let the CPU sleep until `until`, or until something wakes it earlier.
 * until: microseconds, on v6nf_env_clock(). UINT64_MAX (V6NF_NEVER) sets no time.
 * The call returns at once if `until` has passed. It may return early, without a reason: look again, and call it again.
 * Boards wake the CPU by their timer, after a second at the latest. On Linux a signal that has a handler also ends the
 * call. It returns later than `until` only by what the scheduler or the timer's interrupt takes. A board without a
 * timer that can wake the CPU returns at once: its programs poll.
 * Context: the loop. */
void v6nf_env_idle(uint64_t until);

/* Maximum microseconds between two polls of a device that cannot wake the CPU. Frames wait for so long in an idle
 * program. The receive buffers of a port hold more than arrives in this time: a ring of 256 slots takes 172 us at
 * 1 Gbit/s, and a card with 10 Gbit/s has 0.3 ms in its packet buffer (82599 data sheet, 7.1.1). */
#ifndef V6NF_ENV_POLL_INTERVAL
#define V6NF_ENV_POLL_INTERVAL 100u
#endif

/* Idle until `until`, but for V6NF_ENV_POLL_INTERVAL at most: wait() of a port (port.h) whose device cannot wake the
 * CPU.
 * until: microseconds, on v6nf_env_clock().
 * Context: the loop. */
static inline void v6nf_env_idle_briefly(uint64_t until)
{
    const uint64_t latest = v6nf_env_clock() + V6NF_ENV_POLL_INTERVAL;
    v6nf_env_idle(until < latest ? until : latest);
}

/* Write unpredictable bytes.
 * bytes: size bytes, the result.
 * size: number of bytes.
 * Return false if the board has no source of entropy. The bytes then vary as much as the board can make them, and the
 * caller decides whether that suffices.
 * Context: any. */
bool v6nf_env_entropy(uint8_t *bytes, size_t size);

/* Write one character to the console, and wait while it is busy. It cannot fail.
 * character: '\n' ends a line.
 * Context: any. */
void v6nf_env_console(char character);

/* -- Byte order: devices are little-endian (PCI); the CPU may not be ----------------------------------------------- */

#if !defined(__BYTE_ORDER__)
#error "env.h: this compiler does not define __BYTE_ORDER__; say here how byte order is known"
#endif

/* Return `value` converted between CPU byte order and little-endian.
 * Context: any. */
static inline uint32_t v6nf_env_le32(uint32_t value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return value;
#else
    return (value << 24) + ((value & 0xFF00u) << 8) + ((value >> 8) & 0xFF00u) + (value >> 24);
#endif
}

/* Return `value` converted between CPU byte order and little-endian.
 * Context: any. */
static inline uint64_t v6nf_env_le64(uint64_t value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return value;
#else
    return ((uint64_t)v6nf_env_le32((uint32_t)value) << 32) + v6nf_env_le32((uint32_t)(value >> 32));
#endif
}

/* Return `value` converted between CPU byte order and little-endian.
 * Context: any. */
static inline uint16_t v6nf_env_le16(uint16_t value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return value;
#else
    return (uint16_t)((value << 8) + (value >> 8));
#endif
}

/* -- Device registers: little-endian, in memory from v6nf_env_map_device() ----------------------------------------- */

#ifdef V6NF_ENV_REGISTER_CALLS /* the program defines the functions, and is the device */
uint32_t v6nf_env_read_register(const volatile uint32_t *address);
void v6nf_env_write_register(volatile uint32_t *address, uint32_t value);
uint16_t v6nf_env_read_register16(const volatile uint16_t *address);
void v6nf_env_write_register16(volatile uint16_t *address, uint16_t value);
uint8_t v6nf_env_read_register8(const volatile uint8_t *address);
void v6nf_env_write_register8(volatile uint8_t *address, uint8_t value);
#else
/* Return the register of 32 bits at `address`, in CPU byte order.
 * Context: the thread of the device. */
static inline uint32_t v6nf_env_read_register(const volatile uint32_t *address)
{
    return v6nf_env_le32(*address);
}

/* Write `value`, in CPU byte order, to the register of 32 bits at `address`.
 * Context: the thread of the device. */
static inline void v6nf_env_write_register(volatile uint32_t *address, uint32_t value)
{
    *address = v6nf_env_le32(value);
}

/* Return the register of 16 bits at `address`, in CPU byte order.
 * Context: the thread of the device. */
static inline uint16_t v6nf_env_read_register16(const volatile uint16_t *address)
{
    return v6nf_env_le16(*address);
}

/* Write `value`, in CPU byte order, to the register of 16 bits at `address`.
 * Context: the thread of the device. */
static inline void v6nf_env_write_register16(volatile uint16_t *address, uint16_t value)
{
    *address = v6nf_env_le16(value);
}

/* Return the register of 8 bits at `address`, in CPU byte order.
 * Context: the thread of the device. */
static inline uint8_t v6nf_env_read_register8(const volatile uint8_t *address)
{
    return *address;
}

/* Write `value`, in CPU byte order, to the register of 8 bits at `address`.
 * Context: the thread of the device. */
static inline void v6nf_env_write_register8(volatile uint8_t *address, uint8_t value)
{
    *address = value;
}
#endif

/* -- DMA barriers: order between the accesses of this CPU and what a device observes ------------------------------- */

/* Declared and never defined. On an architecture without barriers below, a driver that needs one does not link;
 * programs without such a driver do.
 * Context: none. */
void v6nf_env_barrier_is_missing(void);

/* A device that reads and writes memory over PCI is one more observer of it. Its accesses to v6nf_env_memory() are
 * cache-coherent, so that order is sufficient: none of the barriers waits until an access is completed. Frames may need
 * the calls of "Caches", too. */

/* Order reads of memory that a device has written. Call it after reading the word that marks the rest as written,
 * such as Descriptor Done, and before reading the rest.
 * Context: any. */
static inline void v6nf_env_dma_read_barrier(void)
{
#if defined(__x86_64__) || defined(__i386__)
    /* Loads are not reordered with loads (Intel SDM volume 3, 8.2.2). Only the compiler must not reorder them. */
    __asm__ volatile("" ::: "memory");
#elif defined(__aarch64__)
    /* Loads before it are observed before all accesses after it. Outer Shareable, because a device may be outside
     * the Inner Shareable domain of the CPUs (Arm ARM, B2.3.12). */
    __asm__ volatile("dmb oshld" ::: "memory");
#elif defined(__arm__)
    __asm__ volatile("dmb" ::: "memory");
#elif defined(__riscv)
    /* Loads from memory (r) and registers (i): a fence orders only the kinds that it names (RISC-V Unprivileged ISA
     * 20191213, 2.7). */
    __asm__ volatile("fence ir, ir" ::: "memory");
#else
    v6nf_env_barrier_is_missing();
#endif
}

/* Order writes to memory that a device will read. Call it after them, and before writing the register or word that
 * notifies the device.
 * Context: any. */
static inline void v6nf_env_dma_write_barrier(void)
{
#if defined(__x86_64__) || defined(__i386__)
    /* Stores are not reordered with stores to write-back memory, and an uncached store drains them (Intel SDM volume 3,
     * 8.2.2 and 11.3). Only the compiler must not reorder them. */
    __asm__ volatile("" ::: "memory");
#elif defined(__aarch64__)
    /* Stores, also those to Normal memory with those to Device memory. The observer is the device, which sees the
     * write to its register and then reads memory (Arm ARM, B2.3.12). A DSB would also wait, which is not necessary. */
    __asm__ volatile("dmb oshst" ::: "memory");
#elif defined(__arm__)
    __asm__ volatile("dmb" ::: "memory");
#elif defined(__riscv)
    /* Stores to memory (w) and registers (o): "w, w" would not order a register. */
    __asm__ volatile("fence ow, ow" ::: "memory");
#else
    v6nf_env_barrier_is_missing();
#endif
}

/* Order reads and writes of memory before the write that hands it over to a device, which may then write to it.
 * Context: any. */
static inline void v6nf_env_dma_release_barrier(void)
{
#if defined(__x86_64__) || defined(__i386__)
    /* Stores are not reordered with earlier loads or stores (Intel SDM volume 3, 8.2.2). Only the compiler must not
     * reorder them. */
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

/* Order a write before a later read: for example writing an index, then reading whether the other side has gone to
 * sleep.
 * Context: any. */
static inline void v6nf_env_dma_barrier(void)
{
#if defined(__x86_64__) || defined(__i386__)
    /* The only reordering on x86: a load may pass an earlier store (Intel SDM volume 3, 8.2.2). */
    __asm__ volatile("mfence" ::: "memory");
#elif defined(__aarch64__)
    __asm__ volatile("dmb osh" ::: "memory");
#elif defined(__arm__)
    __asm__ volatile("dmb" ::: "memory");
#elif defined(__riscv)
    /* Also a write to a register with a read of memory, and conversely. */
    __asm__ volatile("fence iorw, iorw" ::: "memory");
#else
    v6nf_env_barrier_is_missing();
#endif
}

#ifdef __cplusplus
}
#endif

#endif
