/* cc.h: what lwIP asks of a compiler. Its defaults suit gcc on Linux, and nothing else is needed. */
#ifndef BENCH_LWIP_ARCH_CC_H
#define BENCH_LWIP_ARCH_CC_H

#endif
