/* bytes.c: the external definitions of the inline functions in bytes.h (C11, 6.7.4). */
#include "v6nf/wire/bytes.h"

extern inline uint64_t v6nf_word64(const uint8_t *p);
extern inline uint16_t v6nf_swap16(uint16_t value);
extern inline void v6nf_copy6(uint8_t *to, const uint8_t *from);
extern inline void v6nf_copy8(uint8_t *to, const uint8_t *from);
extern inline void v6nf_copy16(uint8_t *to, const uint8_t *from);
