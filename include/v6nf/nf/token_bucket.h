/* token_bucket.h: a limit of bytes per second on average, and of bytes at one time. It is exact, without a division per
 * packet: tokens are millionths of a byte.
 * Context: any. */
#ifndef V6NF_NF_TOKEN_BUCKET_H
#define V6NF_NF_TOKEN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_TOKEN_BUCKET_SECOND 1000000u /* microseconds per second, and tokens per byte */

/* A limit. Several buckets may share one. */
struct v6nf_token_bucket_limit {
    uint64_t rate;  /* bytes per second: tokens per microsecond */
    uint64_t burst; /* tokens of a full bucket */
    uint64_t full;  /* microseconds in which an empty bucket becomes full */
};

/* A bucket. */
struct v6nf_token_bucket {
    uint64_t filled; /* time at which it was last filled, in microseconds */
    uint64_t tokens; /* tokens in it then */
};

/* Set a limit.
 * limit: the result.
 * rate: bytes per second.
 * burst: bytes at one time. */
static inline void v6nf_token_bucket_set_limit(struct v6nf_token_bucket_limit *limit, uint32_t rate, uint32_t burst)
{
    limit->rate = rate;
    limit->burst = (uint64_t)burst * V6NF_TOKEN_BUCKET_SECOND;
    limit->full = rate == 0u ? UINT64_MAX : (limit->burst + rate - 1u) / rate;
}

/* Initialize a full bucket.
 * bucket: any contents.
 * limit: set; used during the call only.
 * now: microseconds. */
static inline void v6nf_token_bucket_init(struct v6nf_token_bucket *bucket, const struct v6nf_token_bucket_limit *limit,
                                          uint64_t now)
{
    bucket->filled = now;
    bucket->tokens = limit->burst;
}

/* Remove the tokens for a packet, if they are in the bucket. Time that goes backwards adds no tokens.
 * bucket: initialized.
 * limit: set; used during the call only.
 * bytes: bytes of the packet.
 * now: microseconds.
 * Return false if they are not in the bucket: none is removed. */
static inline bool v6nf_token_bucket_take(struct v6nf_token_bucket *bucket, const struct v6nf_token_bucket_limit *limit,
                                          uint32_t bytes, uint64_t now)
{
    const uint64_t cost = (uint64_t)bytes * V6NF_TOKEN_BUCKET_SECOND;
    const uint64_t elapsed = now > bucket->filled ? now - bucket->filled : 0u;
    /* The product is at most burst + rate, because `elapsed` is at most `full`. */
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
