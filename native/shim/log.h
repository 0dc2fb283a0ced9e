#ifndef HOLDFAST_LOG_H
#define HOLDFAST_LOG_H

/* What DPDK says goes here from now on. */
void log_begin(void);

#endif
