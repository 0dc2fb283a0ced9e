#ifndef HOLDFAST_PORT_H
#define HOLDFAST_PORT_H

#include <rte_dev.h>
#include <rte_ethdev.h>

#include "pool.h"

struct hf_port {
    struct hf_pool *pool;
    struct rte_device *device;
    uint16_t id;
    uint16_t queues;
    uint16_t next;        /* the queue to look at first */
    uint8_t is_started;
    uint8_t is_physical;
    uint8_t has_own_map;  /* the device's driver knows the pool */
    uint8_t in_container; /* vfio's container does, for all its devices */
    uint8_t hashes;
};

#endif
