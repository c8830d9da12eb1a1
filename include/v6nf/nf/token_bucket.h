/* token_bucket.h: how much may pass: so many bytes a second on average, and so many at once. Exact, and without a division
 * for a packet: tokens are counted in millionths of a byte. */
#ifndef V6NF_NF_TOKEN_BUCKET_H
#define V6NF_NF_TOKEN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_TOKEN_BUCKET_SECOND 1000000u /* microseconds; so many parts has a byte */

/* Any number of buckets may share one. */
struct v6nf_token_bucket_limit {
    uint64_t rate;  /* bytes a second */
    uint64_t burst; /* millionths of a byte */
    uint64_t full;  /* microseconds that an empty bucket needs */
};

struct v6nf_token_bucket {
    uint64_t filled; /* when, in microseconds */
    uint64_t tokens; /* millionths of a byte */
};

/* `rate` in bytes a second, `burst` in bytes. */
static inline void v6nf_token_bucket_set_limit(struct v6nf_token_bucket_limit *limit, uint32_t rate, uint32_t burst)
{
    limit->rate = rate;
    limit->burst = (uint64_t)burst * V6NF_TOKEN_BUCKET_SECOND;
    limit->full = rate == 0u ? UINT64_MAX : (limit->burst + rate - 1u) / rate;
}

/* Makes a full bucket. */
static inline void v6nf_token_bucket_init(struct v6nf_token_bucket *bucket, const struct v6nf_token_bucket_limit *limit,
                                          uint64_t now)
{
    bucket->filled = now;
    bucket->tokens = limit->burst;
}

/* Takes `bytes` out of the bucket at `now`, microseconds. Returns false, and takes nothing, if they are not in it. Time that
 * goes back fills nothing. */
static inline bool v6nf_token_bucket_take(struct v6nf_token_bucket *bucket, const struct v6nf_token_bucket_limit *limit,
                                          uint32_t bytes, uint64_t now)
{
    const uint64_t cost = (uint64_t)bytes * V6NF_TOKEN_BUCKET_SECOND;
    const uint64_t elapsed = now > bucket->filled ? now - bucket->filled : 0u;
    /* At most `full` passed, so that the product is at most burst + rate. */
    uint64_t tokens = elapsed <= limit->full ? bucket->tokens + elapsed * limit->rate : limit->burst;
    tokens = tokens < limit->burst ? tokens : limit->burst;
    bucket->filled = now > bucket->filled ? now : bucket->filled;
    bucket->tokens = tokens >= cost ? tokens - cost : tokens;
    return tokens >= cost;
}

#ifdef __cplusplus
}
#endif

#endif
