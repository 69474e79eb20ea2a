#include "ls_pool.h"

#include <math.h>
#include <string.h>

static size_t image_size(ls_pool pool) { return (size_t)(pool.y.size * pool.x.size) * pool.channels; }
static size_t output_size(ls_pool pool) { return (size_t)(pool.y.positions * pool.x.positions) * pool.channels; }

/// The part of a window that lies inside the image, [first, last).
typedef struct span {
    ptrdiff_t first, last;
} span;

static span inside(ls_window window, ptrdiff_t position) {
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

void ls_max_pool(ls_pool pool, size_t images, const float *input, float *output, int32_t *winners) {
    const size_t channels = pool.channels;
    for (size_t i = 0; i < images; i++, input += image_size(pool), output += output_size(pool), winners += output_size(pool)) {
        EACH_WINDOW(pool, ys, xs, at) {
            float *largest = output + at;
            int32_t *winner = winners + at;
            const int32_t start = (int32_t)(ys.first * pool.x.size + xs.first);
            for (size_t c = 0; c < channels; c++) {
                largest[c] = -INFINITY;
                winner[c] = start;
            }
            EACH_PLACE(ys, xs, y, x) {
                const int32_t place = (int32_t)(y * pool.x.size + x);
                const float *from = input + (size_t)place * channels;
                for (size_t c = 0; c < channels; c++) {
                    // A NaN is taken, and stays.
                    const int isLarger = !(from[c] <= largest[c]) && largest[c] == largest[c];
                    largest[c] = isLarger ? from[c] : largest[c];
                    winner[c] = isLarger ? place : winner[c];
                }
            }
        }
    }
}

void ls_max_pool_gradient(ls_pool pool, size_t images, const float *dy, const int32_t *winners, float *dx) {
    memset(dx, 0, images * image_size(pool) * sizeof *dx);
    for (size_t i = 0; i < images; i++, dx += image_size(pool)) {
        for (size_t at = 0; at < output_size(pool); at += pool.channels, dy += pool.channels, winners += pool.channels) {
            for (size_t c = 0; c < pool.channels; c++) dx[(size_t)winners[c] * pool.channels + c] += dy[c];
        }
    }
}

static float share(span ys, span xs) { return 1.0f / (float)((ys.last - ys.first) * (xs.last - xs.first)); }

void ls_average_pool(ls_pool pool, size_t images, const float *input, float *output) {
    const size_t channels = pool.channels;
    for (size_t i = 0; i < images; i++, input += image_size(pool), output += output_size(pool)) {
        EACH_WINDOW(pool, ys, xs, at) {
            float *mean = output + at;
            for (size_t c = 0; c < channels; c++) mean[c] = 0;
            EACH_PLACE(ys, xs, y, x) {
                const float *from = input + (size_t)(y * pool.x.size + x) * channels;
                for (size_t c = 0; c < channels; c++) mean[c] += from[c];
            }
            for (size_t c = 0; c < channels; c++) mean[c] *= share(ys, xs);
        }
    }
}

void ls_average_pool_gradient(ls_pool pool, size_t images, const float *dy, float *dx) {
    const size_t channels = pool.channels;
    memset(dx, 0, images * image_size(pool) * sizeof *dx);
    for (size_t i = 0; i < images; i++, dy += output_size(pool), dx += image_size(pool)) {
        EACH_WINDOW(pool, ys, xs, at) {
            const float part = share(ys, xs);
            EACH_PLACE(ys, xs, y, x) {
                float *to = dx + (size_t)(y * pool.x.size + x) * channels;
                for (size_t c = 0; c < channels; c++) to[c] += dy[at + (ptrdiff_t)c] * part;
            }
        }
    }
}
