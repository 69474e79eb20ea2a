#include "ls_range.h"

/// Blocks are checked without a branch, so that compilers use vectors.
size_t ls_first_outside(size_t count, const float *x, float low, float high) {
    enum { BLOCK = 1024 };
    for (size_t first = 0; first < count; first += BLOCK) {
        const size_t end = count - first < BLOCK ? count : first + BLOCK;
        int inside = 1;
        for (size_t i = first; i < end; i++) inside &= (x[i] >= low) & (x[i] <= high);
        if (inside) continue;
        for (size_t i = first; i < end; i++) {
            if (!(x[i] >= low && x[i] <= high)) return i;
        }
    }
    return count;
}
