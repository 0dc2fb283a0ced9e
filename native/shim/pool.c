#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include "pool.h"

/* Without an IOMMU pages that are neighbours here lie anywhere for a device. */
static int find_pieces(struct hf_pool *pool, rte_iova_t *pages)
{
    const struct hf_memory *memory = &pool->memory;
    uint64_t count = memory->bytes / memory->page_bytes;
    int physical = hf_uses_physical_addresses();
    for (uint64_t i = 0; i < count; i++) {
        void *page = (uint8_t *)memory->base + i * memory->page_bytes;
        pages[i] = physical ? rte_mem_virt2iova(page) : (rte_iova_t)(uintptr_t)page;
        if (pages[i] == RTE_BAD_IOVA) return -EFAULT;
        int follows = i > 0 && pages[i] == pages[i - 1] + memory->page_bytes;
        if (!follows) {
            pool->pieces[pool->piece_count++] = (struct piece){ .start = i * memory->page_bytes, .address = pages[i] };
        }
        pool->pieces[pool->piece_count - 1].end = (i + 1) * memory->page_bytes;
    }
    return 0;
}

/* Of each piece the buffers that lie in it as a whole, for the pool of pinned external buffers. */
static uint32_t whole_buffers(const struct hf_pool *pool, struct rte_pktmbuf_extmem *pieces, uint32_t *used)
{
    const struct hf_memory *memory = &pool->memory;
    uint32_t next = 0, all = 0;
    *used = 0;
    for (uint32_t i = 0; i < pool->piece_count && next < memory->count; i++) {
        const struct piece *piece = &pool->pieces[i];
        while (next < memory->count && memory->first + (uint64_t)next * memory->stride < piece->start) next++;
        uint64_t start = memory->first + (uint64_t)next * memory->stride;
        uint32_t count = 0;
        while (next < memory->count && memory->first + (uint64_t)next * memory->stride + memory->room <= piece->end) next++, count++;
        if (count == 0) continue;
        pieces[(*used)++] = (struct rte_pktmbuf_extmem){
            .buf_ptr = (uint8_t *)memory->base + start,
            .buf_iova = piece->address + (start - piece->start),
            .buf_len = (size_t)count * memory->stride, /* the last one's distance to the next included */
            .elt_size = (uint16_t)memory->stride,
        };
        all += count;
    }
    return all;
}

static void note(struct rte_mempool *here, void *argument, void *object, unsigned index)
{
    (void)here;
    (void)index;
    struct hf_pool *pool = argument;
    struct rte_mbuf *mbuf = object;
    pool->mbufs[(uint64_t)((uint8_t *)mbuf->buf_addr - pool_first(pool)) / pool->memory.stride] = mbuf;
}

/* The pool is made full, and begins empty: nothing is lent yet. */
static int empty(struct hf_pool *pool)
{
    void *mbufs[64];
    for (uint32_t left = pool->most; left > 0;) {
        uint32_t count = left < 64 ? left : 64;
        if (rte_mempool_get_bulk(pool->here, mbufs, count) != 0) return -ENOBUFS;
        left -= count;
    }
    return 0;
}

static int make(struct hf_pool *pool, struct rte_pktmbuf_extmem *pieces)
{
    static unsigned made; /* lives of a node follow one another in one process */
    uint32_t used;
    pool->most = whole_buffers(pool, pieces, &used);
    if (pool->most == 0) return -ENOTSUP;
    char name[RTE_MEMPOOL_NAMESIZE];
    snprintf(name, sizeof name, "holdfast%u", made++);
    /* Any thread may give a buffer back, as some drivers do from their own; without a cache the count is exact. */
    int node = pool->memory.numa_node == UINT32_MAX ? SOCKET_ID_ANY : (int)pool->memory.numa_node;
    pool->here = rte_pktmbuf_pool_create_extbuf(name, pool->most, 0, 0, (uint16_t)pool->memory.room, node, pieces, used);
    if (pool->here == NULL) return -rte_errno;
    rte_mempool_obj_iter(pool->here, note, pool);
    return empty(pool);
}

int hf_pool_create(const struct hf_memory *memory, struct hf_pool **created)
{
    uint64_t count = memory->bytes / memory->page_bytes;
    struct hf_pool *pool = calloc(1, sizeof *pool);
    rte_iova_t *pages = calloc(count, sizeof *pages);
    struct rte_pktmbuf_extmem *pieces = calloc(count, sizeof *pieces);
    int result = -ENOMEM;
    if (pool == NULL || pages == NULL || pieces == NULL) goto out;
    pool->memory = *memory;
    pool->stride_shift = (uint32_t)__builtin_ctz(memory->stride);
    pool->odd_stride = rte_reciprocal_value(memory->stride >> pool->stride_shift);
    pool->mbufs = calloc(memory->count, sizeof *pool->mbufs);
    pool->pieces = calloc(count, sizeof *pool->pieces);
    if (pool->mbufs == NULL || pool->pieces == NULL) goto out;
    if ((result = find_pieces(pool, pages)) != 0) goto out;
    if (rte_extmem_register(memory->base, memory->bytes, pages, (unsigned)count, memory->page_bytes) != 0) {
        result = -rte_errno;
        goto out;
    }
    result = make(pool, pieces);
    if (result != 0) {
        rte_mempool_free(pool->here);
        (void)rte_extmem_unregister(memory->base, memory->bytes);
    }
out:
    free(pages);
    free(pieces);
    if (result == 0) {
        *created = pool;
        return 0;
    }
    if (pool != NULL) {
        free(pool->mbufs);
        free(pool->pieces);
        free(pool);
    }
    return result;
}

int hf_pool_can_lend(const struct hf_pool *pool, uint32_t buffer)
{
    return buffer < pool->memory.count && pool->mbufs[buffer] != NULL;
}

void hf_pool_lend(struct hf_pool *pool, const uint32_t *buffers, uint32_t count)
{
    void *mbufs[64];
    for (uint32_t done = 0; done < count;) {
        uint32_t burst = count - done < 64 ? count - done : 64;
        for (uint32_t i = 0; i < burst; i++) mbufs[i] = pool->mbufs[buffers[done + i]];
        rte_mempool_put_bulk(pool->here, mbufs, burst);
        done += burst;
    }
    pool->lent += count;
}

uint32_t hf_pool_here(const struct hf_pool *pool) { return rte_mempool_avail_count(pool->here); }

uint32_t hf_pool_lent(const struct hf_pool *pool) { return pool->lent; }

uint32_t hf_pool_take(struct hf_pool *pool, uint32_t *buffers, uint32_t count, uint32_t reserve)
{
    void *mbufs[64];
    uint32_t here = hf_pool_here(pool), taken = 0;
    uint32_t most = here > reserve ? here - reserve : 0;
    if (most > count) most = count;
    while (taken < most) {
        uint32_t burst = most - taken < 64 ? most - taken : 64;
        if (rte_mempool_get_bulk(pool->here, mbufs, burst) != 0) break;
        for (uint32_t i = 0; i < burst; i++) buffers[taken + i] = pool_buffer_of(pool, mbufs[i]);
        taken += burst;
    }
    pool->lent -= taken;
    return taken;
}

uint32_t hf_pool_destroy(struct hf_pool *pool)
{
    uint32_t lost = pool->lent - hf_pool_here(pool);
    rte_mempool_free(pool->here);
    (void)rte_extmem_unregister(pool->memory.base, pool->memory.bytes);
    free(pool->mbufs);
    free(pool->pieces);
    free(pool);
    return lost;
}
