/// Counts the allocations of the whole process: linked into a test, it stands in for the C library's malloc and its kin.
#ifndef LOCKSTEP_ALLOCATION_COUNTER_H
#define LOCKSTEP_ALLOCATION_COUNTER_H

#include <stddef.h>

/// How many blocks have been allocated since the process started.
size_t allocation_count(void);

#endif
