/// Counters in memory that threads, or processes that map it, share: one advances a counter, others wait for it.
#ifndef LOCKSTEP_LS_COUNTER_H
#define LOCKSTEP_LS_COUNTER_H

#include <stdint.h>

/// Of zeros at first, and on a cache line of its own.
typedef struct ls_counter {
    uint32_t value, sleepers;
} ls_counter;

/// What was written before the counter got this value is seen by whoever reads it.
static inline uint32_t ls_counter_read(const ls_counter *_Nonnull counter) { return __atomic_load_n(&counter->value, __ATOMIC_ACQUIRE); }

/// Gives the counter a value and wakes those that sleep on it.
void ls_counter_set(ls_counter *_Nonnull counter, uint32_t value);

/// Sleeps until the counter is set, unless it holds another value than `seen` already; or for a time; or for no reason.
void ls_counter_sleep(ls_counter *_Nonnull counter, uint32_t seen, uint32_t microseconds);

#endif
