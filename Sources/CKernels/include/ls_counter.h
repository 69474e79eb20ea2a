/// Counters in memory that threads share, or processes that map it. One advances a counter, others wait for it.
#ifndef LOCKSTEP_LS_COUNTER_H
#define LOCKSTEP_LS_COUNTER_H

#include <stdint.h>

/// A counter. It must begin with zeros, on its own cache line.
typedef struct ls_counter {
    uint32_t value, sleepers;
} ls_counter;

/// A thread that reads a value also sees what was written before the counter got this value.
static inline uint32_t ls_counter_read(const ls_counter *_Nonnull counter) { return __atomic_load_n(&counter->value, __ATOMIC_ACQUIRE); }

/// Gives the counter a value and wakes the threads that sleep on it.
void ls_counter_set(ls_counter *_Nonnull counter, uint32_t value);

/// Sleeps until the counter is set, for at most `microseconds`. It does not sleep if the counter holds another value
/// than `seen` already. It may also return earlier for no reason.
void ls_counter_sleep(ls_counter *_Nonnull counter, uint32_t seen, uint32_t microseconds);

#endif
