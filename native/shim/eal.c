#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <rte_config.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_version.h>

#include "holdfast_dpdk.h"
#include "log.h"

uint32_t hf_version(void) { return HF_VERSION; }

const char *hf_dpdk_version(void) { return rte_version(); }

const char *hf_driver_directory(void) { return RTE_EAL_PMD_PATH; }

int hf_start(int count, const char *const *arguments)
{
    static int started;
    if (started) return 0;
    /* The EAL keeps pointers into its arguments, and reorders them. */
    char **own = calloc((size_t)count + 1, sizeof *own);
    if (own == NULL) return -ENOMEM;
    for (int i = 0; i < count; i++) {
        if ((own[i] = strdup(arguments[i])) == NULL) return -ENOMEM;
    }
    log_begin();
    /* rte_eal_init binds the calling thread to a core, and what it starts would inherit that. */
    cpu_set_t cores;
    int has_cores = sched_getaffinity(0, sizeof cores, &cores) == 0;
    int result = rte_eal_init(count, own);
    if (has_cores) (void)sched_setaffinity(0, sizeof cores, &cores);
    if (result < 0) return rte_errno > 0 ? -rte_errno : -EINVAL;
    started = 1;
    return 0;
}

int hf_uses_physical_addresses(void) { return rte_eal_iova_mode() == RTE_IOVA_PA; }
