/// Oracles: the functions of a row in double precision, and their central differences.
#include <math.h>
#include <stdlib.h>

#include "check.h"

enum { LONGEST_ROW = 64 };

static const struct {
    ls_row_activation function;
    const char *name;
} functions[] = {{LS_SOFTMAX, "softmax"}, {LS_LOG_SOFTMAX, "log_softmax"}, {LS_SPARSEMAX, "sparsemax"}, {LS_GLU, "glu"}};

static const struct {
    size_t rows, columns;
} shapes[] = {{0, 3}, {3, 0}, {1, 1}, {5, 4}, {7, 17}, {3, 31}, {2, LONGEST_ROW}};

static size_t inputs(ls_row_activation function, size_t columns) { return function == LS_GLU ? 2 * columns : columns; }

static int descending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/// The sparsemax threshold by sorting (Martins and Astudillo, algorithm 1).
static double sparsemax_threshold(size_t columns, const double *x) {
    double sorted[LONGEST_ROW], sum = 0, threshold = 0;
    for (size_t j = 0; j < columns; j++) sorted[j] = x[j];
    qsort(sorted, columns, sizeof *sorted, descending);
    for (size_t j = 0; j < columns; j++) {
        sum += sorted[j];
        if (1 + (double)(j + 1) * sorted[j] > sum) threshold = (sum - 1) / (double)(j + 1);
    }
    return threshold;
}

static void formula(ls_row_activation function, size_t columns, const double *x, double *y) {
    double sum = 0;
    for (size_t j = 0; j < columns; j++) sum += exp(x[j]);
    const double threshold = sparsemax_threshold(columns, x);
    for (size_t j = 0; j < columns; j++) {
        switch (function) {
            case LS_SOFTMAX: y[j] = exp(x[j]) / sum; break;
            case LS_LOG_SOFTMAX: y[j] = x[j] - log(sum); break;
            case LS_SPARSEMAX: y[j] = fmax(x[j] - threshold, 0); break;
            case LS_GLU: y[j] = x[j] / (1 + exp(-x[columns + j])); break;
        }
    }
}

/// A row that holds something that is not a number gives none; sparsemax promises nothing of it.
void check_row_activation(subject *subject) {
    EACH(of, functions) EACH(shape, shapes) {
        const size_t columns = shape->columns, width = inputs(of->function, columns), count = shape->rows * columns;
        float *x = sample(0, shape->rows * width), *y = blank(1, count);
        if (count > 0 && of->function != LS_SPARSEMAX) x[shape->rows * width - 1] = NAN;
        subject->kernels->row_activation(of->function, shape->rows, columns, x, y);
        for (size_t i = 0; i < shape->rows; i++) {
            double row[2 * LONGEST_ROW], expected[LONGEST_ROW];
            for (size_t j = 0; j < width; j++) row[j] = x[i * width + j];
            formula(of->function, columns, row, expected);
            for (size_t j = 0; j < columns; j++) {
                const double tolerance = roundings(expected[j]);
                const float received = y[i * columns + j];
                expect(subject, received, expected[j], tolerance, "%s, (%zu, %zu) of %zu×%zu", of->name, i, j, shape->rows, columns);
            }
        }
        if (of->function == LS_GLU) continue;  // the only one that cannot be in place
        subject->kernels->row_activation(of->function, shape->rows, columns, x, x);
        for (size_t i = 0; i < count; i++) expect(subject, x[i], y[i], 0, "%s in place, element %zu", of->name, i);
    }
}

void check_row_activation_gradient(subject *subject) {
    EACH(of, functions) EACH(shape, shapes) {
        const size_t columns = shape->columns, width = inputs(of->function, columns), count = shape->rows * columns;
        const float *x = sample(0, shape->rows * width), *dy = sample(1, count);
        float *y = blank(2, count), *dx = blank(3, shape->rows * width);
        double row[2 * LONGEST_ROW], up[LONGEST_ROW], down[LONGEST_ROW];
        for (size_t i = 0; i < shape->rows; i++) {
            for (size_t j = 0; j < width; j++) row[j] = x[i * width + j];
            formula(of->function, columns, row, up);
            for (size_t j = 0; j < columns; j++) y[i * columns + j] = (float)up[j];
        }
        subject->kernels->row_activation_gradient(of->function, shape->rows, columns, x, y, dy, dx);
        for (size_t i = 0; i < shape->rows; i++) {
            for (size_t j = 0; j < width; j++) row[j] = x[i * width + j];
            for (size_t j = 0; j < width; j++) {
                const double step = 1e-6, point = row[j];
                row[j] = point + step;
                formula(of->function, columns, row, up);
                row[j] = point - step;
                formula(of->function, columns, row, down);
                row[j] = point;
                double expected = 0;
                for (size_t k = 0; k < columns; k++) expected += dy[i * columns + k] * (up[k] - down[k]) / (2 * step);
                expect(subject, dx[i * width + j], expected, 1e-5, "%s′, (%zu, %zu) of %zu×%zu", of->name, i, j, shape->rows, columns);
            }
        }
    }
}
