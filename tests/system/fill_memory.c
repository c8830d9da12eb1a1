/* fill_memory.c: fill nearly all free memory with a pattern, wait, and count the words that have changed. A device that
 * writes to memory of an ended program changes some. linux_pci.py runs it in the machine that it boots. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define PATTERN UINT64_C(0x5555555555555555) /* no address that a device could write a frame to */
#define LEFT ((size_t)16u * 1024u * 1024u)   /* for the kernel */

int main(int argc, char **argv)
{
    struct sysinfo info;
    unsigned int seconds = argc > 1 ? (unsigned int)atoi(argv[1]) : 0u;
    if (sysinfo(&info) != 0 || (size_t)info.freeram * info.mem_unit <= LEFT) {
        return 2;
    }
    size_t size = (size_t)info.freeram * info.mem_unit - LEFT;
    size_t words = size / sizeof(uint64_t);
    uint64_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return 2;
    }
    for (size_t i = 0; i < words; i++) {
        memory[i] = PATTERN;
    }
    (void)printf("filled %zu MiB\n", size >> 20);
    (void)fflush(stdout);
    (void)sleep(seconds);
    size_t changed = 0;
    for (size_t i = 0; i < words; i++) {
        changed += ((volatile uint64_t *)memory)[i] != PATTERN ? 1u : 0u;
    }
    (void)printf("changed %zu words\n", changed);
    return changed == 0u ? 0 : 1;
}
