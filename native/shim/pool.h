#ifndef HOLDFAST_POOL_H
#define HOLDFAST_POOL_H

#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_reciprocal.h>

#include "holdfast_dpdk.h"

/* Neighbouring buffers that devices see as one piece. */
struct piece {
    uint64_t start, end; /* in bytes from memory.base, whole pages */
    rte_iova_t address;
};

struct hf_pool {
    struct hf_memory memory;
    struct rte_mempool *here;  /* what is lent and with no driver */
    struct rte_mbuf **mbufs;   /* of each buffer; NULL for one that no device can be given */
    uint32_t lent;
    uint32_t most;             /* buffers that could be lent */
    /* A stride is a power of two times an odd number; dividing by that costs more than all else here. */
    uint32_t stride_shift;
    struct rte_reciprocal odd_stride;
    struct piece *pieces;
    uint32_t piece_count;
    uint32_t in_container;     /* ports behind vfio, which share what is mapped for them */
};

static inline uint8_t *pool_first(const struct hf_pool *pool) { return (uint8_t *)pool->memory.base + pool->memory.first; }

/* The buffer that an mbuf holds; count when it is none of the pool's. */
static inline uint32_t pool_buffer_of(const struct hf_pool *pool, const struct rte_mbuf *mbuf)
{
    uint64_t bytes = (uint64_t)((uint8_t *)mbuf->buf_addr - pool_first(pool));
    uint32_t at = rte_reciprocal_divide((uint32_t)(bytes >> pool->stride_shift), pool->odd_stride);
    return at < pool->memory.count && pool->mbufs[at] == mbuf ? at : pool->memory.count;
}

#endif
