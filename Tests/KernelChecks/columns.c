/// Oracle: plain loops in double precision. Tolerance: the rounding errors that float sums of as many rows can have.
#include <math.h>

#include "check.h"

static const struct {
    size_t rows, columns;
} shapes[] = {{0, 5}, {1, 1}, {7, 17}, {100, 3}, {61, 1030}, {509, 40}, {3, 32}, {2, 64}, {5, 71}};

/// Compares Σ of `term` over the rows with one column's result.
#define EXPECT_SUM(received, term)                                                                                              \
    do {                                                                                                                        \
        double sum = 0, size = 0;                                                                                               \
        for (size_t i = 0; i < of->rows; i++) {                                                                                 \
            const size_t at = i * of->columns + j;                                                                              \
            const double value = (term);                                                                                        \
            sum += value;                                                                                                       \
            size += fabs(value);                                                                                                \
        }                                                                                                                       \
        expect(subject, received, sum, size * (double)(of->rows + 4) * 0x1p-23, "column %zu of %zu×%zu", j, of->rows, of->columns); \
    } while (0)

void check_column_sums(subject *subject) {
    EACH(of, shapes) {
        const float *x = sample(0, of->rows * of->columns);
        float *out = blank(1, of->columns);
        subject->kernels->column_sums(of->rows, of->columns, x, out);
        for (size_t j = 0; j < of->columns; j++) EXPECT_SUM(out[j], x[at]);
    }
}

void check_column_squares(subject *subject) {
    EACH(of, shapes) {
        const float *x = sample(0, of->rows * of->columns), *center = sample(1, of->columns);
        float *out = blank(2, of->columns);
        subject->kernels->column_squares(of->rows, of->columns, x, center, out);
        for (size_t j = 0; j < of->columns; j++) EXPECT_SUM(out[j], ((double)x[at] - center[j]) * ((double)x[at] - center[j]));
    }
}

void check_column_products(subject *subject) {
    EACH(of, shapes) {
        const float *x = sample(0, of->rows * of->columns), *center = sample(1, of->columns), *y = sample(2, of->rows * of->columns);
        float *out = blank(3, 2 * of->columns);
        subject->kernels->column_products(of->rows, of->columns, x, center, y, out);
        for (size_t j = 0; j < of->columns; j++) {
            EXPECT_SUM(out[j], y[at]);
            // The deviation is rounded once before it is multiplied.
            EXPECT_SUM(out[of->columns + j], (double)(x[at] - center[j]) * y[at]);
        }
    }
}

void check_affine_columns(subject *subject) {
    EACH(of, shapes) {
        const float *x = sample(0, of->rows * of->columns), *a = sample(1, of->columns), *c = sample(2, of->columns);
        float *out = blank(3, of->rows * of->columns);
        subject->kernels->affine_columns(of->rows, of->columns, x, a, c, out);
        for (size_t i = 0; i < of->rows * of->columns; i++) {
            const size_t j = i % of->columns;
            expect(subject, out[i], (double)x[i] * a[j] + c[j], 6 * 0x1p-23, "element %zu of %zu×%zu", i, of->rows, of->columns);
        }
    }
}

void check_affine_columns_of_two(subject *subject) {
    EACH(of, shapes) {
        const float *x = sample(0, of->rows * of->columns), *a = sample(1, of->columns), *c = sample(2, of->columns);
        const float *y = sample(3, of->rows * of->columns), *b = sample(4, of->columns);
        float *out = blank(5, of->rows * of->columns);
        subject->kernels->affine_columns_of_two(of->rows, of->columns, x, a, y, b, c, out);
        for (size_t i = 0; i < of->rows * of->columns; i++) {
            const size_t j = i % of->columns;
            const double expected = (double)x[i] * a[j] + (double)y[i] * b[j] + c[j];
            expect(subject, out[i], expected, 12 * 0x1p-23, "element %zu of %zu×%zu", i, of->rows, of->columns);
        }
    }
}
