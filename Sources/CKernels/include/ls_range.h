/// Searches for numbers that are out of a range, at the speed of memory.
#ifndef LOCKSTEP_LS_RANGE_H
#define LOCKSTEP_LS_RANGE_H

#include <stddef.h>

/// The position of the first number that is not from `low` to `high`; `count` if there is none. NaN is never in range.
size_t ls_first_outside(size_t count, const float *_Nonnull x, float low, float high);

#endif
