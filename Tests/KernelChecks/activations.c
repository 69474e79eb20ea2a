/// Oracles: the formulas of `keras/src/activations` in double precision, and their central differences.
#include <math.h>

#include "check.h"

/// The functions with parameters that show in their values.
static const struct activation {
    ls_activation function;
    const char *name;
    float a, b;
} activations[] = {
    {LS_LINEAR, "linear", 0, 0}, {LS_RELU, "relu", 0, 0}, {LS_LEAKY_RELU, "leaky_relu", 0.2f, 0},
    {LS_LEAKY_RELU, "leaky_relu, rising", -0.1f, 0}, {LS_RELU6, "relu6", 0, 0}, {LS_ELU, "elu", 2, 0}, {LS_SELU, "selu", 0, 0},
    {LS_CELU, "celu", 1.5f, 0}, {LS_SOFTPLUS, "softplus", 0, 0}, {LS_SOFTSIGN, "softsign", 0, 0},
    {LS_SOFT_SHRINK, "soft_shrink", 0.5f, 0}, {LS_HARD_SHRINK, "hard_shrink", 0.5f, 0}, {LS_SPARSE_PLUS, "sparse_plus", 0, 0},
    {LS_SQUAREPLUS, "squareplus", 4, 0}, {LS_SILU, "silu", 0, 0}, {LS_GELU, "gelu", 0, 0}, {LS_GELU_TANH, "gelu_tanh", 0, 0},
    {LS_TANH, "tanh", 0, 0}, {LS_TANH_SHRINK, "tanh_shrink", 0, 0}, {LS_THRESHOLD, "threshold", 0.3f, -2},
    {LS_SIGMOID, "sigmoid", 0, 0}, {LS_SPARSE_SIGMOID, "sparse_sigmoid", 0, 0}, {LS_EXPONENTIAL, "exponential", 0, 0},
    {LS_HARD_SIGMOID, "hard_sigmoid", 0, 0}, {LS_KERAS2_HARD_SIGMOID, "hard_sigmoid of Keras 2", 0, 0},
    {LS_HARD_SILU, "hard_silu", 0, 0}, {LS_HARD_TANH, "hard_tanh", 0, 0},
    {LS_MISH, "mish", 0, 0}, {LS_LOG_SIGMOID, "log_sigmoid", 0, 0},
};
_Static_assert(sizeof activations / sizeof *activations == LS_LOG_SIGMOID + 2, "each function once, leaky_relu twice");

static double softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }
static double clipped(double x, double low, double high) { return fmin(fmax(x, low), high); }

static double formula(const struct activation *of, double x) {
    const double a = of->a;
    switch (of->function) {
        case LS_LINEAR: return x;
        case LS_RELU: return fmax(x, 0);
        case LS_LEAKY_RELU: return x < 0 ? a * x : x;
        case LS_RELU6: return clipped(x, 0, 6);
        case LS_ELU: return x > 0 ? x : a * expm1(x);
        case LS_SELU: return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * expm1(x));
        case LS_CELU: return x > 0 ? x : a * expm1(x / a);
        case LS_SOFTPLUS: return softplus(x);
        case LS_SOFTSIGN: return x / (1 + fabs(x));
        case LS_SOFT_SHRINK: return x > a ? x - a : x < -a ? x + a : 0;
        case LS_HARD_SHRINK: return fabs(x) > a ? x : 0;
        case LS_SPARSE_PLUS: return x <= -1 ? 0 : x < 1 ? (x + 1) * (x + 1) / 4 : x;
        case LS_SQUAREPLUS: return (x + sqrt(x * x + a)) / 2;
        case LS_SILU: return x / (1 + exp(-x));
        case LS_GELU: return x * 0.5 * erfc(-x / sqrt(2));
        case LS_GELU_TANH: return 0.5 * x * (1 + tanh(0.79788456080286536 * (x + 0.044715 * x * x * x)));
        case LS_TANH: return tanh(x);
        case LS_TANH_SHRINK: return x - tanh(x);
        case LS_THRESHOLD: return x > a ? x : of->b;
        case LS_SIGMOID: return 1 / (1 + exp(-x));
        case LS_SPARSE_SIGMOID: return clipped((x + 1) / 2, 0, 1);
        case LS_EXPONENTIAL: return exp(x);
        case LS_HARD_SIGMOID: return clipped(x / 6 + 0.5, 0, 1);
        case LS_KERAS2_HARD_SIGMOID: return clipped(0.2 * x + 0.5, 0, 1);
        case LS_HARD_SILU: return x * clipped(x / 6 + 0.5, 0, 1);
        case LS_HARD_TANH: return clipped(x, -1, 1);
        case LS_MISH: return x * tanh(softplus(x));
        case LS_LOG_SIGMOID: return -softplus(-x);
    }
    return NAN;
}

/// Points off the kinks: from tiny to where exponentials leave float, then close together around zero.
static float *points(size_t place, size_t count) {
    static const float far[] = {1e-4f, -1e-4f, 30, -30, 80, -80};
    float *x = blank(place, count);
    for (size_t i = 0; i < count; i++) x[i] = i < 6 ? far[i] : (float)(-9.0131 + 0.01797 * (double)(i - 6));
    return x;
}

/// Another way, such as writing over the input, must give the same bits.
static void expect_same(subject *subject, size_t count, const float *received, const float *expected, const char *name) {
    for (size_t i = 0; i < count; i++) expect(subject, received[i], expected[i], 0, "%s another way, element %zu of %zu", name, i, count);
}

/// What is not a number must stay one; the last point is none. The tolerance in proportion to x is for functions that multiply it by a
/// difference of numbers of about one.
void check_activation(subject *subject) {
    EACH(of, activations) EACH(count, counts) {
        float *x = points(0, *count), *y = blank(1, *count);
        if (*count > 1) x[*count - 1] = NAN;
        subject->kernels->activation(of->function, of->a, of->b, *count, x, y);
        for (size_t i = 0; i < *count; i++) {
            const double value = isnan(x[i]) ? NAN : formula(of, x[i]);
            const double tolerance = 4e-6 * fmax(fabs(value), 0.05) + 4e-8 * fabs(x[i]);
            expect(subject, y[i], value, tolerance, "%s(%g), element %zu of %zu", of->name, x[i], i, *count);
        }
        subject->kernels->activation(of->function, of->a, of->b, *count, x, x);
        expect_same(subject, *count, x, y, of->name);
    }
}

/// The bits of affine_columns with the activation behind it, over shapes with whole vectors and with parts.
static const struct {
    size_t rows, columns;
} matrices[] = {{0, 3}, {1, 1}, {5, 7}, {3, 16}, {2, 40}};

void check_affine_activation(subject *subject) {
    EACH(of, activations) EACH(matrix, matrices) {
        const size_t rows = matrix->rows, columns = matrix->columns, count = rows * columns;
        const float *x = sample(0, count), *factors = sample(1, columns), *offsets = sample(2, columns);
        float *z = blank(3, count), *y = blank(4, count), *expected = blank(5, count);
        subject->kernels->affine_columns(rows, columns, x, factors, offsets, z);
        subject->kernels->activation(of->function, of->a, of->b, count, z, expected);
        subject->kernels->affine_activation(of->function, of->a, of->b, rows, columns, x, factors, offsets, y);
        expect_same(subject, count, y, expected, of->name);
    }
}

void check_affine_gradient(subject *subject) {
    EACH(of, activations) EACH(matrix, matrices) {
        const size_t rows = matrix->rows, columns = matrix->columns, count = rows * columns;
        const float *x = sample(0, count), *factors = sample(1, columns), *offsets = sample(2, columns);
        const float *dy = sample(3, count);
        float *z = blank(4, count), *y = blank(5, count), *dz = blank(6, count), *expected = blank(7, count);
        subject->kernels->affine_columns(rows, columns, x, factors, offsets, z);
        subject->kernels->activation(of->function, of->a, of->b, count, z, y);
        subject->kernels->activation_gradient(of->function, of->a, of->b, count, z, y, dy, expected);
        subject->kernels->affine_gradient(of->function, of->a, of->b, rows, columns, x, factors, offsets, dy, dz);
        expect_same(subject, count, dz, expected, of->name);
    }
}

void check_activation_gradient(subject *subject) {
    EACH(of, activations) EACH(count, counts) {
        float *x = points(0, *count), *y = blank(1, *count), *dy = sample(2, *count), *dx = blank(3, *count);
        for (size_t i = 0; i < *count; i++) y[i] = (float)formula(of, x[i]);
        subject->kernels->activation_gradient(of->function, of->a, of->b, *count, x, y, dy, dx);
        for (size_t i = 0; i < *count; i++) {
            const double point = x[i], step = 1e-6 * fmax(1, fabs(point));
            const double slope = (formula(of, point + step) - formula(of, point - step)) / (2 * step);
            const double tolerance = 2e-5 * fmax(fabs(slope), 1) * fabs(dy[i]);
            expect(subject, dx[i], slope * dy[i], tolerance, "%s′(%g), element %zu of %zu", of->name, point, i, *count);
        }
        subject->kernels->activation_gradient(of->function, of->a, of->b, *count, x, y, dy, dy);
        expect_same(subject, *count, dy, dx, of->name);
    }
}
