#include <stddef.h>

#include "holdfast_dpdk.h"

#define OFFSET(type, field) (uint32_t)offsetof(struct type, field)

static const uint32_t layout[] = {
    sizeof(struct hf_memory), OFFSET(hf_memory, base), OFFSET(hf_memory, bytes), OFFSET(hf_memory, page_bytes), OFFSET(hf_memory, first),
    OFFSET(hf_memory, stride), OFFSET(hf_memory, room), OFFSET(hf_memory, count), OFFSET(hf_memory, numa_node),
    sizeof(struct hf_request), OFFSET(hf_request, queues), OFFSET(hf_request, descriptors),
    sizeof(struct hf_facts), OFFSET(hf_facts, driver), OFFSET(hf_facts, address), OFFSET(hf_facts, is_physical), OFFSET(hf_facts, hashes), OFFSET(hf_facts, hears_all),
    OFFSET(hf_facts, receive_descriptors), OFFSET(hf_facts, send_descriptors), OFFSET(hf_facts, most_queues), OFFSET(hf_facts, mtu),
    OFFSET(hf_facts, stage), OFFSET(hf_facts, receive_offloads),
    sizeof(struct hf_counters), OFFSET(hf_counters, received), OFFSET(hf_counters, sent), OFFSET(hf_counters, missed),
    OFFSET(hf_counters, receive_errors), OFFSET(hf_counters, send_errors),
    sizeof(struct hf_link), OFFSET(hf_link, is_up), OFFSET(hf_link, megabits),
    sizeof(struct hf_frame), OFFSET(hf_frame, buffer), OFFSET(hf_frame, offset), OFFSET(hf_frame, length), OFFSET(hf_frame, hash),
    OFFSET(hf_frame, flags), OFFSET(hf_frame, tag),
};

uint32_t hf_layout(uint32_t *numbers, uint32_t count)
{
    const uint32_t all = sizeof layout / sizeof layout[0];
    for (uint32_t i = 0; i < all && i < count; i++) numbers[i] = layout[i];
    return all;
}
