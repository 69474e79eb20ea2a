/// Oracle: a loop over each window's places inside the image.
#include <math.h>

#include "check.h"

static const struct {
    ls_window y, x;
} windows[] = {
    {{.size = 1, .positions = 1, .taps = 1, .step = 1}, {.size = 1, .positions = 1, .taps = 1, .step = 1}},
    {{.size = 6, .positions = 3, .taps = 2, .step = 2}, {.size = 7, .positions = 3, .taps = 2, .step = 2}},
    {{.size = 9, .positions = 2, .taps = 6, .step = 3}, {.size = 5, .positions = 1, .taps = 5, .step = 5}},
    {{.size = 5, .positions = 3, .taps = 2, .step = 2}, {.size = 4, .positions = 1, .taps = 3, .step = 3}},
    {{.size = 5, .positions = 3, .taps = 3, .step = 2, .origin = -1}, {.size = 7, .positions = 7, .taps = 3, .step = 1, .origin = -1}},
};

/// Whole numbers, so that many are equal, and a few that are not numbers, which win.
static float *images_of(size_t place, size_t count) {
    float *input = sample(place, count);
    for (size_t i = 0; i < count; i++) input[i] = i % 29 == 7 ? NAN : roundf(input[i]);
    return input;
}

/// One window's winner among the elements of a channel.
static ptrdiff_t winner_of(ls_pool pool, ptrdiff_t py, ptrdiff_t px, const float *image) {
    ptrdiff_t winner = -1;
    for (ptrdiff_t ty = 0; ty < pool.y.taps; ty++) {
        for (ptrdiff_t tx = 0; tx < pool.x.taps; tx++) {
            const ptrdiff_t y = py * pool.y.step + pool.y.origin + ty, x = px * pool.x.step + pool.x.origin + tx;
            if (y < 0 || y >= pool.y.size || x < 0 || x >= pool.x.size) continue;
            const ptrdiff_t place = y * pool.x.size + x;
            const float candidate = image[(size_t)place * pool.channels], largest = winner < 0 ? 0 : image[(size_t)winner * pool.channels];
            if (winner < 0 || candidate > largest || (isnan(candidate) && !isnan(largest))) winner = place;
        }
    }
    return winner;
}

void check_max_pool(subject *subject) {
    EACH(window, windows) EACH(channels, counts) {
        if (*channels > 65) continue;
        const size_t images = 2;
        const ls_pool pool = {window->y, window->x, *channels};
        const size_t image = (size_t)(pool.y.size * pool.x.size) * *channels;
        const size_t positions = images * (size_t)(pool.y.positions * pool.x.positions);
        const float *input = images_of(0, images * image);
        float *output = blank(1, positions * *channels);
        int32_t *winners = (int32_t *)blank(2, positions * *channels);
        subject->kernels->max_pool(pool, images, input, output, winners);
        for (size_t at = 0; at < positions * *channels; at++) {
            const size_t channel = at % *channels, position = at / *channels;
            const ptrdiff_t x = (ptrdiff_t)position % pool.x.positions, y = (ptrdiff_t)position / pool.x.positions % pool.y.positions;
            const float *from = input + position / (positions / images) * image + channel;
            const ptrdiff_t winner = winner_of(pool, y, x, from);
            expect(subject, winners[at], winner, 0, "winner of channel %zu of %zu at (%td, %td)", channel, *channels, y, x);
            expect(subject, output[at], from[(size_t)winner * *channels], 0, "channel %zu of %zu at (%td, %td)", channel, *channels, y, x);
        }
    }
}

void check_max_pool_gradient(subject *subject) {
    EACH(window, windows) EACH(channels, counts) {
        if (*channels > 65) continue;
        const size_t images = 2;
        const ls_pool pool = {window->y, window->x, *channels};
        const size_t image = (size_t)(pool.y.size * pool.x.size) * *channels;
        const size_t count = (size_t)(pool.y.positions * pool.x.positions) * *channels;
        const float *input = images_of(0, images * image), *dy = sample(3, images * count);
        float *dx = blank(4, images * image);
        int32_t *winners = (int32_t *)blank(2, images * count);
        subject->kernels->max_pool(pool, images, input, blank(1, images * count), winners);
        subject->kernels->max_pool_gradient(pool, images, dy, winners, dx);
        for (size_t at = 0; at < images * image; at++) {
            double sum = 0;
            for (size_t k = at % *channels; k < count; k += *channels) {
                const size_t of = at / image * count + k;
                if ((size_t)winners[of] == at % image / *channels) sum += dy[of];
            }
            expect(subject, dx[at], sum, roundings(4), "element %zu of %zu channels", at, *channels);
        }
    }
}
