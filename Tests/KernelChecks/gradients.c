/// Oracle: the formulas in CKernels.h in double precision, one element by itself.
#include <math.h>

#include "check.h"

void check_gradient_terms(subject *subject) {
    static const ls_gradient_terms variants[] = {
        {.scale = 0.125f, .l1 = 0.25f, .l2 = 0.5f, .limit = INFINITY}, {.scale = 2, .limit = 0.75f}, {.scale = 1, .l1 = 3, .limit = 1.5f}};
    EACH(count, counts) EACH(terms, variants) {
        const float *given = sample(0, *count);
        float *value = copy(1, *count, sample(3, *count)), *gradient = copy(2, *count, given);
        // Neither side of zero has a slope there, and no number stays none.
        if (*count > 3) value[3] = 0;
        if (*count > 7) gradient[7] = NAN;
        subject->kernels->gradient_terms(*count, *terms, value, gradient);
        for (size_t i = 0; i < *count; i++) {
            const double slope = value[i] > 0 ? 1 : value[i] < 0 ? -1 : 0;
            const double sum = (double)given[i] * terms->scale + terms->l1 * slope + (double)terms->l2 * value[i];
            const double expected = fmin(fmax(sum, -terms->limit), terms->limit);
            if (i == 7) {
                expect(subject, isnan(gradient[i]), 1, 0, "no number, element %zu of %zu", i, *count);
            } else {
                expect(subject, gradient[i], expected, roundings(expected), "element %zu of %zu", i, *count);
            }
        }
    }
}

void check_decay(subject *subject) {
    EACH(count, counts) {
        const float *start = sample(0, *count), rate = 0.05f;
        float *value = copy(1, *count, start);
        subject->kernels->decay(*count, rate, value);
        for (size_t i = 0; i < *count; i++) {
            const double expected = start[i] - (double)rate * start[i];
            expect(subject, value[i], expected, roundings(expected), "element %zu of %zu", i, *count);
        }
    }
}

void check_move_average(subject *subject) {
    EACH(count, counts) {
        const float *value = sample(0, *count), *start = sample(1, *count), momentum = 0.75f, rest = 0.25f;
        float *average = copy(2, *count, start);
        subject->kernels->move_average(*count, momentum, rest, value, average);
        for (size_t i = 0; i < *count; i++) {
            const double expected = (double)momentum * start[i] + (double)rest * value[i];
            expect(subject, average[i], expected, roundings(expected), "element %zu of %zu", i, *count);
        }
    }
}

void check_line_squares(subject *subject) {
    EACH(count, counts) {
        const size_t lines = (*count + 15) / 16;
        const float *x = sample(0, *count);
        float *out = blank(1, lines);
        subject->kernels->line_squares(*count, x, out);
        for (size_t i = 0; i < lines; i++) {
            double expected = 0;
            for (size_t j = 16 * i; j < 16 * i + 16 && j < *count; j++) expected += (double)x[j] * x[j];
            expect(subject, out[i], expected, 4 * roundings(expected), "line %zu of %zu elements", i, *count);
        }
    }
}

void check_penalty(subject *subject) {
    EACH(count, counts) {
        const float *x = sample(0, *count), l1 = 0.25f, l2 = 0.125f;
        double expected = 0;
        for (size_t i = 0; i < *count; i++) expected += l1 * fabs((double)x[i]) + (double)l2 * x[i] * x[i];
        expect(subject, subject->kernels->penalty(*count, l1, l2, x), expected, 1e-6 * (1 + expected), "of %zu elements", *count);
    }
}
