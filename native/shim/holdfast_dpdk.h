/* What nfmgr uses of DPDK. All of it that is called while packets flow is called by one thread, the root's; the rest
 * before that thread starts or after it has ended, but for hf_counters, hf_link and hf_log, which any thread may call.
 * Functions that can fail return 0 or a negative errno. Nothing here allocates after hf_port_start. */
#ifndef HOLDFAST_DPDK_H
#define HOLDFAST_DPDK_H

#include <stdint.h>

#define HF_API __attribute__((visibility("default")))

/* Raised whenever a signature, a structure or a meaning below changes. */
#define HF_VERSION 1

/* --- the environment (eal.c): once in a process --- */

HF_API uint32_t hf_version(void);

/* DPDK's own version, as "DPDK 22.11.11". */
HF_API const char *hf_dpdk_version(void);

/* Where DPDK looks for its drivers' libraries. */
HF_API const char *hf_driver_directory(void);

/* Starts the EAL. The calling thread may run where it could before. A second call does nothing. */
HF_API int hf_start(int count, const char *const *arguments);

/* Whether devices are given physical addresses, as no IOMMU translates for them. */
HF_API int hf_uses_physical_addresses(void);

/* The last lines, at most size - 1 bytes, that DPDK has said at level warning or worse; they go to stderr too.
 * Returns the bytes written, without the zero behind them. */
HF_API int hf_log(char *text, int size);

/* Forgets them. */
HF_API void hf_log_clear(void);

/* --- the packet pool as DPDK sees it (pool.c) --- */

/* Where the buffers are. The memory is mapped and page_bytes aligned, and outlives the pool. */
struct hf_memory {
    void *base;          /* of the mapping */
    uint64_t bytes;      /* of the mapping, whole pages */
    uint64_t page_bytes;
    uint64_t first;      /* the first buffer, in bytes from base */
    uint32_t stride;     /* from one buffer to the next */
    uint32_t room;       /* bytes of a buffer */
    uint32_t count;      /* of buffers */
    uint32_t numa_node;  /* where DPDK keeps what it has to say about them; UINT32_MAX for any */
};

struct hf_pool;

/* Registers the memory with DPDK and makes a pool of pinned external buffers on it, with nothing in it yet: buffers are
 * lent to it, and drivers take from it and give back to it. */
HF_API int hf_pool_create(const struct hf_memory *memory, struct hf_pool **pool);

/* Whether a device can be given this buffer. With physical addresses one that lies across two pages can't. */
HF_API int hf_pool_can_lend(const struct hf_pool *pool, uint32_t buffer);

/* Lends buffers, which the caller must have; none that can't be lent. */
HF_API void hf_pool_lend(struct hf_pool *pool, const uint32_t *buffers, uint32_t count);

/* Buffers that are here and not with a driver. */
HF_API uint32_t hf_pool_here(const struct hf_pool *pool);

/* Buffers that are lent, here or with a driver. */
HF_API uint32_t hf_pool_lent(const struct hf_pool *pool);

/* Takes buffers back, any that are here, but leaves reserve of them.
 * Returns how many are in buffers now, at most count. */
HF_API uint32_t hf_pool_take(struct hf_pool *pool, uint32_t *buffers, uint32_t count, uint32_t reserve);

/* Ends it. Returns how many buffers drivers have not given back, of which there are none when all ports are closed. */
HF_API uint32_t hf_pool_destroy(struct hf_pool *pool);

/* --- ports (port.c) --- */

/* What went wrong last in opening a port. */
enum hf_stage {
    HF_PROBING = 1,      /* DPDK has no such device, or its driver does not take it */
    HF_FINDING,          /* the device is no Ethernet port */
    HF_CONFIGURING,
    HF_RECEIVE_QUEUE,
    HF_SEND_QUEUE,
    HF_MAPPING,          /* the IOMMU does not take the packet pool */
    HF_STARTING,
    HF_QUEUES,           /* the device has fewer queues */
};

struct hf_request {
    uint32_t queues;     /* to receive from */
    uint32_t descriptors; /* of each queue; the device may need more or fewer */
};

struct hf_facts {
    char driver[32];
    uint8_t address[6];  /* its MAC address */
    uint8_t is_physical; /* on a bus of the machine, not made by a driver out of nothing */
    uint8_t hashes;      /* frames carry our hash (see burst.c) */
    uint8_t hears_all;   /* also frames for others; known when it has started */
    uint32_t receive_descriptors; /* of each queue */
    uint32_t send_descriptors;
    uint32_t most_queues;
    uint32_t mtu;
    uint32_t stage;      /* where it failed, an hf_stage */
    uint64_t receive_offloads; /* that are on, RTE_ETH_RX_OFFLOAD_* */
};

struct hf_counters {
    uint64_t received, sent;
    uint64_t missed;     /* lost for lack of room in a queue, or of buffers */
    uint64_t receive_errors, send_errors;
};

struct hf_link {
    uint32_t is_up;
    uint32_t megabits;   /* a second; UINT32_MAX when nobody knows */
};

struct hf_port;

/* Makes the device ("0000:03:00.0", "net_tap0,iface=x") DPDK's and prepares a port on it. */
HF_API int hf_port_open(struct hf_pool *pool, const char *device, const struct hf_request *request,
    struct hf_facts *facts, struct hf_port **port);

/* Frames may come from now on; buffers for them are lent before. */
HF_API int hf_port_start(struct hf_port *port, struct hf_facts *facts);

HF_API int hf_counters(struct hf_port *port, struct hf_counters *counters);

HF_API int hf_link(struct hf_port *port, struct hf_link *link);

/* Lets the driver give sent buffers back that it would keep until its queue is full. */
HF_API void hf_reclaim(struct hf_port *port);

/* Gives what is being sent a moment to leave, then takes all buffers from the driver and the device from DPDK. */
HF_API void hf_port_close(struct hf_port *port);

/* --- frames (burst.c) --- */

enum hf_flags {
    HF_HASHED = 1,       /* hash is the device's */
    HF_UNFINISHED = 2,   /* received: the sender left the TCP or UDP checksum to its device */
    HF_BAD_CHECKSUM = 4, /* received: the device found a checksum wrong */
    HF_TAGGED = 8,       /* received: tag was taken out of the frame */
};

struct hf_frame {
    uint32_t buffer;
    uint16_t offset;     /* of the frame in its buffer */
    uint16_t length;
    uint32_t hash;
    uint16_t flags;
    uint16_t tag;        /* a VLAN tag's control information */
};

/* First lends buffers, as hf_pool_lend; then takes frames, at most count, from one queue after the other, each of which
 * keeps its order. The frames' buffers are the caller's from then on. Returns how many. */
HF_API uint32_t hf_receive(struct hf_port *port, const uint32_t *lent, uint32_t lent_count, struct hf_frame *frames, uint32_t count);

/* Sends frames, in order; their buffers are lent from then on. Returns how many the device had room for. */
HF_API uint32_t hf_send(struct hf_port *port, const struct hf_frame *frames, uint32_t count);

/* Does nothing, to measure what a call costs. */
HF_API uint32_t hf_nothing(struct hf_port *port, const uint32_t *lent, uint32_t lent_count, struct hf_frame *frames, uint32_t count);

/* --- layout.c, for a test --- */

/* Sizes and offsets of the structures above, in the order that layout.c says. Returns how many; writes at most count. */
HF_API uint32_t hf_layout(uint32_t *numbers, uint32_t count);

#endif
