/// Oracle: the operation element by element. Sums and products of two floats are exact in double, so rounding them once is what a kernel
/// must have done.
#include <math.h>

#include "check.h"

void check_add(subject *subject) {
    EACH(count, counts) {
        const float *x = sample(0, *count), *y = sample(1, *count);
        float *out = blank(2, *count);
        subject->kernels->add(*count, x, y, out);
        for (size_t i = 0; i < *count; i++) expect(subject, out[i], (float)((double)x[i] + y[i]), 0, "element %zu of %zu", i, *count);
    }
}

void check_multiply(subject *subject) {
    EACH(count, counts) {
        const float *x = sample(0, *count), *y = sample(1, *count);
        float *out = blank(2, *count);
        subject->kernels->multiply(*count, x, y, out);
        for (size_t i = 0; i < *count; i++) expect(subject, out[i], (float)((double)x[i] * y[i]), 0, "element %zu of %zu", i, *count);
    }
}

void check_scale(subject *subject) {
    EACH(count, counts) {
        const float *x = sample(0, *count), factor = -0.3f;
        float *out = blank(1, *count);
        subject->kernels->scale(*count, factor, x, out);
        for (size_t i = 0; i < *count; i++) expect(subject, out[i], (float)((double)x[i] * factor), 0, "element %zu of %zu", i, *count);
    }
}

/// Oracle: the words of the stream, one by one.
void check_dropout_mask(subject *subject) {
    static const float rates[] = {0, 0.2f, 0.5f, 0.999f};
    static const struct {
        uint64_t first;
        size_t count;
    } parts[] = {{0, 200}, {1, 64}, {63, 2}, {64, 0}, {100, 37}, {UINT64_C(1) << 36, 130}, {5, 5000}};
    const ls_random_stream stream = {.seed = UINT64_C(0x123456789ABCDEF0), .step = 17, .purpose = 3};
    EACH(rate, rates) EACH(part, parts) {
        float *mask = blank(0, part->count);
        subject->kernels->dropout_mask(stream, part->first, part->count, *rate, mask);
        for (size_t i = 0; i < part->count; i++) {
            uint32_t word;
            ls_random_words(stream, part->first + i, 1, &word);
            const float expected = word < (uint32_t)(*rate * 0x1p32) ? 0 : 1 / (1 - *rate);
            expect(subject, mask[i], expected, 0, "rate %g, element %zu of %zu from %llu", (double)*rate, i, part->count,
                   (unsigned long long)part->first);
        }
    }
}
