/// Oracle: the formulas of ls_lstm.h and their derivatives in double precision.
#include <math.h>

#include "check.h"

static const struct {
    size_t rows, units;
    ls_activation activation, recurrent_activation;
} cases[] = {{0, 3, LS_TANH, LS_SIGMOID}, {1, 1, LS_TANH, LS_SIGMOID},  {5, 7, LS_TANH, LS_SIGMOID}, {3, 128, LS_TANH, LS_SIGMOID},
             {2, 259, LS_TANH, LS_SIGMOID}, {2, 520, LS_TANH, LS_SIGMOID}, {4, 17, LS_SIGMOID, LS_TANH}};

static double value(ls_activation function, double x) { return function == LS_TANH ? tanh(x) : 1 / (1 + exp(-x)); }
static double slope(ls_activation function, double y) { return function == LS_TANH ? 1 - y * y : y * (1 - y); }

/// Units of rounding after a handful of operations on numbers of about one.
static const double TOLERANCE = 64 * 0x1p-24;

void check_lstm_forward(subject *subject) {
    EACH(of, cases) {
        for (int has_previous = 0; has_previous < 2; has_previous++) {
            const size_t units = of->units, count = of->rows * units;
            const ls_lstm lstm = {units, of->activation, of->recurrent_activation};
            const float *z = sample(0, 4 * count), *previous = has_previous ? sample(1, count) : NULL;
            float *gates = copy(2, 4 * count, z), *c = blank(3, count), *h = blank(4, count);
            subject->kernels->lstm_forward(lstm, of->rows, gates, previous, c, h);
            for (size_t at = 0; at < count; at++) {
                const float *zs = z + at / units * 4 * units + at % units;
                const double i = value(of->recurrent_activation, zs[0]), f = value(of->recurrent_activation, zs[units]);
                const double g = value(of->activation, zs[2 * units]), o = value(of->recurrent_activation, zs[3 * units]);
                const double state = f * (previous ? previous[at] : 0) + i * g;
                expect(subject, c[at], state, TOLERANCE, "c of element %zu of %zu×%zu", at, of->rows, units);
                expect(subject, h[at], o * value(of->activation, state), TOLERANCE, "h of element %zu of %zu×%zu", at, of->rows, units);
                const float *received = gates + (zs - z);
                const double gate[] = {i, f, g, o};
                for (size_t k = 0; k < 4; k++) {
                    expect(subject, received[k * units], gate[k], TOLERANCE, "gate %zu of element %zu of %zu×%zu", k, at, of->rows, units);
                }
            }
        }
    }
}

void check_lstm_backward(subject *subject) {
    EACH(of, cases) {
        for (int has_previous = 0; has_previous < 2; has_previous++) {
            const size_t units = of->units, count = of->rows * units;
            const ls_lstm lstm = {units, of->activation, of->recurrent_activation};
            const float *values = sample(0, 4 * count), *previous = has_previous ? sample(1, count) : NULL;
            const float *c = sample(3, count), *dh = sample(4, count), *behind = sample(5, count);
            float *gates = copy(2, 4 * count, values), *dc = copy(6, count, behind);
            subject->kernels->lstm_backward(lstm, of->rows, gates, previous, c, dh, dc);
            for (size_t at = 0; at < count; at++) {
                const float *gate = values + at / units * 4 * units + at % units;
                const double i = gate[0], f = gate[units], g = gate[2 * units], o = gate[3 * units], out = value(of->activation, c[at]);
                const double d = behind[at] + dh[at] * o * slope(of->activation, out);
                const double dz[] = {d * g * slope(of->recurrent_activation, i),
                                     d * (previous ? previous[at] : 0) * slope(of->recurrent_activation, f),
                                     d * i * slope(of->activation, g), dh[at] * out * slope(of->recurrent_activation, o)};
                // Factors of up to 6: the state, the gradients and 1 − y² for samples in ±2.
                for (size_t k = 0; k < 4; k++) {
                    expect(subject, gates[gate - values + (ptrdiff_t)(k * units)], dz[k], 256 * TOLERANCE,
                           "dz of gate %zu of element %zu of %zu×%zu", k, at, of->rows, units);
                }
                expect(subject, dc[at], d * f, 64 * TOLERANCE, "dc of element %zu of %zu×%zu", at, of->rows, units);
            }
        }
    }
}
