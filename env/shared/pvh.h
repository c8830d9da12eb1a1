/* pvh.h: a reader of the start information of PVH (Xen, public/arch-x86/hvm/start_info.h, version 1).
 *
 * info: at the address that the loader passed. Without such information there, every function finds nothing. */
#ifndef ENV_SHARED_PVH_H
#define ENV_SHARED_PVH_H

#include "parts.h"

/* Return the range of memory from `image_end` on, up to `end` or before. Empty if none follows the image, which is in
 * the memory that begins at 1 MiB. */
struct v6nf_board_range v6nf_pvh_memory(const uint8_t *info, const uint8_t *image_end, uint64_t end);

/* Return the command line, "" if there is none. */
const char *v6nf_pvh_command_line(const uint8_t *info);

#endif
