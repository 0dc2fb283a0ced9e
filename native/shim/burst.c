#include "port.h"

enum { BURST = 32 };

static uint16_t flags_of(const struct hf_port *port, const struct rte_mbuf *mbuf)
{
    uint64_t said = mbuf->ol_flags;
    uint16_t flags = 0;
    if (port->hashes && (said & RTE_MBUF_F_RX_RSS_HASH)) flags |= HF_HASHED;
    if ((said & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_NONE) flags |= HF_UNFINISHED;
    if ((said & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_BAD
        || (said & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_BAD) flags |= HF_BAD_CHECKSUM;
    if (said & RTE_MBUF_F_RX_VLAN_STRIPPED) flags |= HF_TAGGED;
    return flags;
}

uint32_t hf_receive(struct hf_port *port, const uint32_t *lent, uint32_t lent_count, struct hf_frame *frames, uint32_t count)
{
    struct hf_pool *pool = port->pool;
    if (lent_count > 0) hf_pool_lend(pool, lent, lent_count);
    uint32_t filled = 0;
    for (uint16_t look = 0; look < port->queues && filled < count; look++) {
        uint16_t queue = port->next;
        port->next = (uint16_t)(queue + 1 == port->queues ? 0 : queue + 1);
        struct rte_mbuf *mbufs[BURST];
        uint32_t most = count - filled < BURST ? count - filled : BURST;
        uint16_t received = rte_eth_rx_burst(port->id, queue, mbufs, (uint16_t)most);
        for (uint16_t i = 0; i < received; i++) {
            struct rte_mbuf *mbuf = mbufs[i];
            uint32_t buffer = pool_buffer_of(pool, mbuf);
            uint32_t length = mbuf->data_len;
            if (buffer == pool->memory.count || mbuf->nb_segs != 1) {
                /* A chain of several was not asked for; its frame fits no buffer, and the caller refuses it by its length. A buffer
                 * of another pool no driver has any business with. */
                length = 0;
                if (buffer == pool->memory.count) {
                    rte_pktmbuf_free(mbuf);
                    continue;
                }
                rte_pktmbuf_free(mbuf->next);
                mbuf->next = NULL;
                mbuf->nb_segs = 1;
            }
            frames[filled++] = (struct hf_frame){
                .buffer = buffer, .offset = mbuf->data_off, .length = (uint16_t)length, .hash = mbuf->hash.rss,
                .flags = flags_of(port, mbuf), .tag = mbuf->vlan_tci };
        }
    }
    pool->lent -= filled;
    return filled;
}

uint32_t hf_send(struct hf_port *port, const struct hf_frame *frames, uint32_t count)
{
    struct hf_pool *pool = port->pool;
    uint32_t sent = 0;
    while (sent < count) {
        struct rte_mbuf *mbufs[BURST];
        uint16_t burst = (uint16_t)(count - sent < BURST ? count - sent : BURST);
        for (uint16_t i = 0; i < burst; i++) {
            const struct hf_frame *frame = &frames[sent + i];
            struct rte_mbuf *mbuf = pool->mbufs[frame->buffer];
            mbuf->data_off = frame->offset;
            mbuf->data_len = frame->length;
            mbuf->pkt_len = frame->length;
            mbuf->nb_segs = 1;
            mbuf->next = NULL;
            mbuf->ol_flags = RTE_MBUF_F_EXTERNAL;
            mbufs[i] = mbuf;
        }
        uint16_t taken = rte_eth_tx_burst(port->id, 0, mbufs, burst);
        pool->lent += taken;
        sent += taken;
        if (taken < burst) break;
    }
    return sent;
}

uint32_t hf_nothing(struct hf_port *port, const uint32_t *lent, uint32_t lent_count, struct hf_frame *frames, uint32_t count)
{
    (void)port, (void)lent, (void)lent_count, (void)frames, (void)count;
    return 0;
}
