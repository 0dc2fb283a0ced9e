#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <rte_bus.h>
#include <rte_devargs.h>
#include <rte_errno.h>

#include "port.h"

enum { NAME = 64, LEAVING_US = 10000, LEAVING_VIRTUAL_US = 1000 };

/* Repeats every 16 bits, so that both directions of a connection have one hash, and reach one queue ("Scalable TCP
 * Session Monitoring with Symmetric Receive-side Scaling", Woo and Park 2012). */
static uint8_t key[64];

/* What nflib's FlowHash covers: addresses, and the ports of TCP and UDP that are no fragments. */
static const uint64_t hashed = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP
    | RTE_ETH_RSS_NONFRAG_IPV4_OTHER | RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_FRAG_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_TCP
    | RTE_ETH_RSS_NONFRAG_IPV6_UDP | RTE_ETH_RSS_NONFRAG_IPV6_OTHER;
static const uint64_t least = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV6_TCP
    | RTE_ETH_RSS_NONFRAG_IPV6_UDP;

static int find(const char *device, uint16_t *id)
{
    char name[NAME];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(device, ","), device);
    if (rte_eth_dev_get_port_by_name(name, id) == 0) return 0;
    struct rte_dev_iterator iterator;
    RTE_ETH_FOREACH_MATCHING_DEV(*id, device, &iterator) {
        rte_eth_iterator_cleanup(&iterator);
        return 0;
    }
    return -ENODEV;
}

static int is_virtual(struct rte_device *device)
{
    const struct rte_bus *bus = rte_dev_bus(device);
    return bus != NULL && strcmp(rte_bus_name(bus), "vdev") == 0;
}

static uint64_t wanted_offloads(const struct rte_eth_dev_info *info, int is_physical)
{
    /* A device's own check of checksums is free; a driver in software would compute them for each frame. */
    uint64_t wanted = RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
    if (is_physical) wanted |= RTE_ETH_RX_OFFLOAD_CHECKSUM | RTE_ETH_RX_OFFLOAD_RSS_HASH;
    return wanted & info->rx_offload_capa;
}

static int configure(struct hf_port *port, const struct rte_eth_dev_info *info, const struct hf_request *request, struct hf_facts *facts)
{
    struct rte_eth_conf conf = { .rxmode = { .mtu = (uint32_t)facts->mtu, .offloads = facts->receive_offloads } };
    if ((info->flow_type_rss_offloads & least) == least && facts->is_physical && info->hash_key_size <= sizeof key) {
        for (size_t i = 0; i < sizeof key; i += 2) key[i] = 0x6D, key[i + 1] = 0x5A;
        conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
        conf.rx_adv_conf.rss_conf = (struct rte_eth_rss_conf){
            .rss_key = key, .rss_key_len = info->hash_key_size > 0 ? info->hash_key_size : 40, .rss_hf = hashed & info->flow_type_rss_offloads };
        port->hashes = (facts->receive_offloads & RTE_ETH_RX_OFFLOAD_RSS_HASH) != 0;
    } else if (request->queues > 1 && info->flow_type_rss_offloads != 0 && facts->is_physical) {
        /* It spreads flows by a hash that is not ours: then nobody is told. */
        conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
        conf.rx_adv_conf.rss_conf.rss_hf = hashed & info->flow_type_rss_offloads;
        facts->receive_offloads &= ~RTE_ETH_RX_OFFLOAD_RSS_HASH;
        conf.rxmode.offloads = facts->receive_offloads;
    }
    facts->hashes = port->hashes;
    int result = rte_eth_dev_configure(port->id, (uint16_t)request->queues, 1, &conf);
    if (result != 0) return result;
    uint16_t receive = (uint16_t)request->descriptors, send = (uint16_t)request->descriptors;
    result = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &receive, &send);
    facts->receive_descriptors = receive;
    facts->send_descriptors = send;
    return result;
}

static int set_queues_up(struct hf_port *port, struct hf_facts *facts)
{
    int node = rte_eth_dev_socket_id(port->id), result;
    struct rte_eth_dev_info info;
    facts->stage = HF_RECEIVE_QUEUE;
    if ((result = rte_eth_dev_info_get(port->id, &info)) != 0) return result;
    struct rte_eth_rxconf receive = info.default_rxconf;
    receive.rx_drop_en = 1; /* a full queue must not hold up the others, nor the switch */
    receive.offloads = facts->receive_offloads;
    for (uint16_t queue = 0; queue < port->queues; queue++) {
        result = rte_eth_rx_queue_setup(port->id, queue, (uint16_t)facts->receive_descriptors, (unsigned)node, &receive, port->pool->here);
        if (result != 0) return result;
    }
    facts->stage = HF_SEND_QUEUE;
    return rte_eth_tx_queue_setup(port->id, 0, (uint16_t)facts->send_descriptors, (unsigned)node, NULL);
}

static int is_of_vfio(struct rte_device *device)
{
    char link[128], target[256];
    snprintf(link, sizeof link, "/sys/bus/pci/devices/%s/driver", rte_dev_name(device));
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length < 0) return 0;
    target[length] = 0;
    const char *name = strrchr(target, '/');
    return name != NULL && strcmp(name + 1, "vfio-pci") == 0;
}

static void unmap_pieces(struct rte_device *device, const struct hf_pool *pool, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct piece *piece = &pool->pieces[i];
        (void)rte_dev_dma_unmap(device, (uint8_t *)pool->memory.base + piece->start, piece->address, piece->end - piece->start);
    }
}

/* Only devices behind an IOMMU know this; to others memory needs no introduction. All devices of vfio-pci share one container,
 * which must be told once, and told to forget once: not while another of them still receives into the pool. */
static int map(struct hf_port *port)
{
    struct hf_pool *pool = port->pool;
    int shares = is_of_vfio(port->device);
    for (uint32_t i = 0; i < pool->piece_count && (!shares || pool->in_container == 0); i++) {
        const struct piece *piece = &pool->pieces[i];
        if (rte_dev_dma_map(port->device, (uint8_t *)pool->memory.base + piece->start, piece->address, piece->end - piece->start) == 0) continue;
        int error = rte_errno;
        if (error == ENOTSUP && i == 0) return 0;
        unmap_pieces(port->device, pool, i);
        return -error;
    }
    port->in_container = (uint8_t)shares;
    port->has_own_map = (uint8_t)!shares;
    pool->in_container += shares ? 1 : 0;
    return 0;
}

static void unmap(struct hf_port *port)
{
    int is_last = port->in_container && --port->pool->in_container == 0;
    if (is_last || port->has_own_map) unmap_pieces(port->device, port->pool, port->pool->piece_count);
}

static int prepare(struct hf_port *port, const char *device, const struct hf_request *request, struct hf_facts *facts)
{
    facts->stage = HF_FINDING;
    int result = find(device, &port->id);
    struct rte_eth_dev_info info;
    if (result != 0 || (result = rte_eth_dev_info_get(port->id, &info)) != 0) return result;
    port->device = info.device;
    port->queues = (uint16_t)request->queues;
    snprintf(facts->driver, sizeof facts->driver, "%s", info.driver_name);
    facts->is_physical = port->is_physical = (uint8_t)!is_virtual(info.device);
    facts->most_queues = info.max_rx_queues;
    facts->receive_offloads = wanted_offloads(&info, facts->is_physical);
    uint16_t mtu = RTE_ETHER_MTU;
    (void)rte_eth_dev_get_mtu(port->id, &mtu);
    facts->mtu = mtu;
    struct rte_ether_addr address;
    if (rte_eth_macaddr_get(port->id, &address) == 0) memcpy(facts->address, address.addr_bytes, sizeof facts->address);
    facts->stage = HF_QUEUES;
    if (request->queues > info.max_rx_queues) return -ERANGE;
    facts->stage = HF_MAPPING;
    if ((result = map(port)) != 0) return result;
    facts->stage = HF_CONFIGURING;
    return configure(port, &info, request, facts);
}

/* A device that is no Ethernet port goes back at once. */
static void forget(const char *device)
{
    struct rte_devargs name;
    if (rte_devargs_parse(&name, device) != 0) return;
    (void)rte_eal_hotplug_remove(rte_bus_name(name.bus), name.name);
    rte_devargs_reset(&name);
}

int hf_port_open(struct hf_pool *pool, const char *device, const struct hf_request *request, struct hf_facts *facts, struct hf_port **opened)
{
    memset(facts, 0, sizeof *facts);
    struct hf_port *port = calloc(1, sizeof *port);
    if (port == NULL) return -ENOMEM;
    port->pool = pool;
    facts->stage = HF_PROBING;
    /* DPDK would give the same one twice. */
    int result = find(device, &port->id) == 0 ? -EEXIST : rte_dev_probe(device);
    if (result == 0) {
        result = prepare(port, device, request, facts);
        if (result == 0) {
            facts->stage = 0;
            *opened = port;
            return 0;
        }
        if (port->device == NULL) forget(device);
        hf_port_close(port);
        return result;
    }
    free(port);
    return result;
}

int hf_port_start(struct hf_port *port, struct hf_facts *facts)
{
    /* Some drivers take their first buffers here. */
    int result = set_queues_up(port, facts);
    if (result != 0) return result;
    facts->stage = HF_STARTING;
    result = rte_eth_dev_start(port->id);
    if (result != 0) return result;
    port->is_started = 1;
    /* The chain carries what is for others. Some virtual devices have no such switch. */
    facts->hears_all = rte_eth_promiscuous_enable(port->id) == 0 && rte_eth_promiscuous_get(port->id) == 1;
    (void)rte_eth_allmulticast_enable(port->id);
    facts->stage = 0;
    return 0;
}

int hf_counters(struct hf_port *port, struct hf_counters *counters)
{
    struct rte_eth_stats stats;
    int result = rte_eth_stats_get(port->id, &stats);
    if (result != 0) return result;
    *counters = (struct hf_counters){
        .received = stats.ipackets, .sent = stats.opackets, .missed = stats.imissed + stats.rx_nombuf,
        .receive_errors = stats.ierrors, .send_errors = stats.oerrors };
    return 0;
}

int hf_link(struct hf_port *port, struct hf_link *link)
{
    struct rte_eth_link now;
    int result = rte_eth_link_get_nowait(port->id, &now);
    if (result != 0) return result;
    *link = (struct hf_link){ .is_up = now.link_status == RTE_ETH_LINK_UP, .megabits = now.link_speed };
    return 0;
}

/* Some drivers forget what they have not handed over, and those with memory for a wire even what they took. */
static void drain(struct hf_port *port)
{
    uint32_t left = port->pool->most; /* some never run dry */
    for (uint16_t queue = 0; queue < port->queues; queue++) {
        struct rte_mbuf *mbufs[32];
        uint16_t received;
        while (left > 0 && (received = rte_eth_rx_burst(port->id, queue, mbufs, 32)) > 0) {
            rte_pktmbuf_free_bulk(mbufs, received);
            left -= received < left ? received : left;
        }
    }
}

void hf_reclaim(struct hf_port *port) { (void)rte_eth_tx_done_cleanup(port->id, 0, 0); }

void hf_port_close(struct hf_port *port)
{
    if (port->is_started) {
        /* A full queue of long frames: virtual devices have sent theirs already. */
        usleep(port->is_physical ? LEAVING_US : LEAVING_VIRTUAL_US);
        drain(port);
        (void)rte_eth_dev_stop(port->id);
    }
    if (port->device != NULL) {
        (void)rte_eth_dev_close(port->id);
        unmap(port);
        /* So that the next life can have it anew. */
        (void)rte_dev_remove(port->device);
    }
    free(port);
}
