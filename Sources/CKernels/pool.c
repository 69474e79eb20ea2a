#include "ls_pool.h"

#include <string.h>

#include "pool_windows.h"

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
