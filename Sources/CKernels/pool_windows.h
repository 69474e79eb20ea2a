/// The windows of a pool, for the files that implement one.
#ifndef LOCKSTEP_POOL_WINDOWS_H
#define LOCKSTEP_POOL_WINDOWS_H

#include "ls_pool.h"

static inline size_t image_size(ls_pool pool) { return (size_t)(pool.y.size * pool.x.size) * pool.channels; }
static inline size_t output_size(ls_pool pool) { return (size_t)(pool.y.positions * pool.x.positions) * pool.channels; }

/// The part of a window that lies inside the image, [first, last).
typedef struct span {
    ptrdiff_t first, last;
} span;

static inline span inside(ls_window window, ptrdiff_t position) {
    const ptrdiff_t start = position * window.step + window.origin, end = start + window.taps;
    return (span){start < 0 ? 0 : start, end > window.size ? window.size : end};
}

/// Runs over the windows of an image: `ys` and `xs` are the places of one, `output` the offset of its result.
#define EACH_WINDOW(pool, ys, xs, output)                                                                            \
    for (ptrdiff_t py = 0, output = 0; py < (pool).y.positions; py++)                                                \
        for (ptrdiff_t px = 0; px < (pool).x.positions; px++, output += (ptrdiff_t)(pool).channels)                  \
            for (span ys = inside((pool).y, py), xs = inside((pool).x, px), *once = &ys; once; once = NULL)

#define EACH_PLACE(ys, xs, y, x)                     \
    for (ptrdiff_t y = ys.first; y < ys.last; y++)   \
        for (ptrdiff_t x = xs.first; x < xs.last; x++)

#endif
