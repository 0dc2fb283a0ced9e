/* DPDK tells why it refused something only in its log, so the last of it is kept for the error message. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <rte_log.h>

#include "holdfast_dpdk.h"
#include "log.h"

enum { KEPT = 2048 };
static char kept[KEPT];
static int length;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t take(void *cookie, const char *text, size_t size)
{
    (void)cookie;
    if (rte_log_cur_msg_loglevel() > (int)RTE_LOG_WARNING) return (ssize_t)size;
    (void)!write(STDERR_FILENO, text, size);
    size_t most = size > KEPT ? KEPT : size;
    pthread_mutex_lock(&lock);
    int lost = length + (int)most - KEPT;
    if (lost > 0) {
        memmove(kept, kept + lost, (size_t)(length - lost));
        length -= lost;
    }
    memcpy(kept + length, text + (size - most), most);
    length += (int)most;
    pthread_mutex_unlock(&lock);
    return (ssize_t)size;
}

void log_begin(void)
{
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = take });
    if (stream == NULL) return;
    setvbuf(stream, NULL, _IONBF, 0);
    rte_openlog_stream(stream);
}

int hf_log(char *text, int size)
{
    if (size <= 0) return 0;
    pthread_mutex_lock(&lock);
    int copied = length < size - 1 ? length : size - 1;
    memcpy(text, kept + (length - copied), (size_t)copied);
    pthread_mutex_unlock(&lock);
    text[copied] = 0;
    return copied;
}

void hf_log_clear(void)
{
    pthread_mutex_lock(&lock);
    length = 0;
    pthread_mutex_unlock(&lock);
}
