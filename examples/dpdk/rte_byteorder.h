/* rte_byteorder.h: numbers in network byte order. */
#ifndef RTE_BYTEORDER_H
#define RTE_BYTEORDER_H

#include "rte_common.h"

typedef uint16_t rte_be16_t;
typedef uint32_t rte_be32_t;
typedef uint64_t rte_be64_t;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define RTE_BE16(number) ((rte_be16_t)__builtin_bswap16(number))
#define RTE_BE32(number) ((rte_be32_t)__builtin_bswap32(number))
#define RTE_BE64(number) ((rte_be64_t)__builtin_bswap64(number))
#else
#define RTE_BE16(number) ((rte_be16_t)(number))
#define RTE_BE32(number) ((rte_be32_t)(number))
#define RTE_BE64(number) ((rte_be64_t)(number))
#endif

#define rte_cpu_to_be_16(number) RTE_BE16(number)
#define rte_cpu_to_be_32(number) RTE_BE32(number)
#define rte_cpu_to_be_64(number) RTE_BE64(number)
#define rte_be_to_cpu_16(number) RTE_BE16(number)
#define rte_be_to_cpu_32(number) RTE_BE32(number)
#define rte_be_to_cpu_64(number) RTE_BE64(number)

#endif
