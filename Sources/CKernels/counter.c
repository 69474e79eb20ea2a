#if defined(__linux__)
#define _GNU_SOURCE
#include <linux/futex.h>
#include <sys/syscall.h>
#endif
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "ls_counter.h"

void ls_counter_set(ls_counter *counter, uint32_t value) {
    __atomic_store_n(&counter->value, value, __ATOMIC_SEQ_CST);
#if defined(__linux__)
    // A thread that adds itself to the sleepers after this look sees the new value.
    if (__atomic_load_n(&counter->sleepers, __ATOMIC_SEQ_CST) > 0) syscall(SYS_futex, &counter->value, FUTEX_WAKE, INT_MAX, 0, 0, 0);
#endif
}

void ls_counter_sleep(ls_counter *counter, uint32_t seen, uint32_t microseconds) {
    __atomic_fetch_add(&counter->sleepers, 1, __ATOMIC_SEQ_CST);
#if defined(__linux__)
    const struct timespec limit = {microseconds / 1000000, microseconds % 1000000 * 1000};
    // Not FUTEX_PRIVATE_FLAG, because other processes may share the memory.
    syscall(SYS_futex, &counter->value, FUTEX_WAIT, seen, &limit, 0, 0);
#else
    if (__atomic_load_n(&counter->value, __ATOMIC_SEQ_CST) == seen) usleep(microseconds < 50 ? microseconds : 50);
#endif
    __atomic_fetch_sub(&counter->sleepers, 1, __ATOMIC_SEQ_CST);
}
