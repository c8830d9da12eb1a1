/* pvh.c: see pvh.h. */
#include "pvh.h"

#define MAGIC 0x336EC578u
#define COMMAND_LINE 24u /* offsets: 64 bits */
#define MAP 40u          /* 64 bits */
#define MAP_ENTRIES 48u
#define ENTRY_SIZE 24u
#define MAX_ENTRIES 128u
#define TYPE_RAM 1u
#define MEMORY_FIRST 0x100000u

static uint32_t read_little32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] + ((uint32_t)bytes[1] << 8) + ((uint32_t)bytes[2] << 16) + ((uint32_t)bytes[3] << 24);
}

static uint64_t read_little64(const uint8_t *bytes)
{
    return read_little32(bytes) + ((uint64_t)read_little32(bytes + 4) << 32);
}

static const uint8_t *pointer_at(const uint8_t *bytes)
{
    return (const uint8_t *)(uintptr_t)read_little64(bytes);
}

struct v6nf_board_range v6nf_pvh_memory(const uint8_t *info, const uint8_t *image_end, uint64_t end)
{
    const uint8_t *entry = pointer_at(info + MAP);
    uint32_t count = read_little32(info) == MAGIC ? read_little32(info + MAP_ENTRIES) : 0u;
    struct v6nf_board_range range = {(uint64_t)(uintptr_t)image_end, (uint64_t)(uintptr_t)image_end};
    for (uint32_t i = 0; i < count && i < MAX_ENTRIES; i++, entry += ENTRY_SIZE) {
        uint64_t first = read_little64(entry);
        uint64_t last = first + read_little64(entry + 8);
        if (read_little32(entry + 16) == TYPE_RAM && first <= MEMORY_FIRST && last > range.end) {
            range.end = last < end ? last : end;
        }
    }
    return range;
}

const char *v6nf_pvh_command_line(const uint8_t *info)
{
    const uint8_t *line = read_little32(info) == MAGIC ? pointer_at(info + COMMAND_LINE) : NULL;
    return line != NULL ? (const char *)line : "";
}
