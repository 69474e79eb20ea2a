/// Oracle: Keras's formulas (`keras/src/optimizers`) in double precision, one element by itself, over three steps.
#include <math.h>

#include "check.h"

static const ls_optimizer_rates rates = {
    .learning_rate = 0.05f, .momentum = 0.9f, .decay1 = 0.8f, .rest1 = 0.2f, .decay2 = 0.99f, .rest2 = 0.01f, .epsilon = 1e-6f};
/// What the gradient is multiplied by in each step.
static const float factors[] = {0.125f, 0.25f, -0.0625f};

static float *zeros(size_t place, size_t count) {
    float *elements = blank(place, count);
    for (size_t i = 0; i < count; i++) elements[i] = 0;
    return elements;
}

static void compare(subject *subject, const float *received, size_t i, size_t count, double expected, const char *what) {
    if (received) expect(subject, received[i], expected, roundings(expected), "%s, element %zu of %zu", what, i, count);
}

void check_sgd(subject *subject) {
    EACH(count, counts) for (int variant = 0; variant < 3; variant++) {
        const bool nesterov = variant == 2;
        const float *gradient = sample(0, *count), *start = sample(1, *count);
        float *value = copy(2, *count, start), *velocity = variant > 0 ? zeros(3, *count) : NULL;
        EACH(factor, factors) subject->kernels->sgd(*count, rates, nesterov, *factor, gradient, value, velocity);
        for (size_t i = 0; i < *count; i++) {
            double w = start[i], m = 0;
            EACH(factor, factors) {
                const double step = (double)rates.learning_rate * gradient[i] * *factor;
                m = (velocity ? rates.momentum * m : 0) - step;
                w += nesterov ? rates.momentum * m - step : m;
            }
            compare(subject, value, i, *count, w, nesterov ? "value, nesterov" : velocity ? "value, momentum" : "value");
            compare(subject, velocity, i, *count, m, "velocity");
        }
    }
}

void check_rmsprop(subject *subject) {
    EACH(count, counts) for (int variant = 0; variant < 4; variant++) {
        const float *gradient = sample(0, *count), *start = sample(1, *count);
        float *value = copy(2, *count, start), *square = zeros(3, *count);
        float *mean = variant & 1 ? zeros(4, *count) : NULL, *velocity = variant & 2 ? zeros(5, *count) : NULL;
        EACH(factor, factors) subject->kernels->rmsprop(*count, rates, *factor, gradient, value, square, mean, velocity);
        for (size_t i = 0; i < *count; i++) {
            double w = start[i], v = 0, average = 0, m = 0;
            EACH(factor, factors) {
                const double g = (double)gradient[i] * *factor;
                v = rates.decay1 * v + rates.rest1 * g * g;
                average = rates.decay1 * average + rates.rest1 * g;
                const double change = rates.learning_rate * g / sqrt(v - (mean ? average * average : 0) + rates.epsilon);
                m = (velocity ? rates.momentum * m : 0) + change;
                w -= m;
            }
            compare(subject, value, i, *count, w, mean ? "value, centered" : velocity ? "value, momentum" : "value");
            compare(subject, square, i, *count, v, "square");
            compare(subject, mean, i, *count, average, "mean");
            compare(subject, velocity, i, *count, m, "velocity");
        }
    }
}

void check_adam(subject *subject) {
    EACH(count, counts) for (int amsgrad = 0; amsgrad <= 1; amsgrad++) {
        const float *gradient = sample(0, *count), *start = sample(1, *count);
        float *value = copy(2, *count, start), *mean = zeros(3, *count), *square = zeros(4, *count);
        float *largest = amsgrad ? zeros(5, *count) : NULL;
        EACH(factor, factors) subject->kernels->adam(*count, rates, *factor, gradient, value, mean, square, largest);
        for (size_t i = 0; i < *count; i++) {
            double w = start[i], m = 0, v = 0, most = 0;
            EACH(factor, factors) {
                const double g = (double)gradient[i] * *factor;
                m += (g - m) * rates.rest1;
                v += (g * g - v) * rates.rest2;
                most = fmax(most, v);
                w -= rates.learning_rate * m / (sqrt(amsgrad ? most : v) + rates.epsilon);
            }
            compare(subject, value, i, *count, w, amsgrad ? "value, amsgrad" : "value");
            compare(subject, mean, i, *count, m, "mean");
            compare(subject, square, i, *count, v, "square");
            compare(subject, largest, i, *count, most, "largest square");
        }
    }
}

/// Positive elements, for slots that begin with more than 0.
static float *filled(size_t place, size_t count, float number) {
    float *elements = blank(place, count);
    for (size_t i = 0; i < count; i++) elements[i] = number;
    return elements;
}

void check_adamax(subject *subject) {
    EACH(count, counts) {
        const float *gradient = sample(0, *count), *start = sample(1, *count);
        float *value = copy(2, *count, start), *mean = zeros(3, *count), *norm = zeros(4, *count);
        EACH(factor, factors) subject->kernels->adamax(*count, rates, *factor, gradient, value, mean, norm);
        for (size_t i = 0; i < *count; i++) {
            double w = start[i], m = 0, u = 0;
            EACH(factor, factors) {
                const double g = (double)gradient[i] * *factor;
                m += (g - m) * rates.rest1;
                u = fmax(rates.decay2 * u, fabs(g));
                w -= rates.learning_rate * m / (u + rates.epsilon);
            }
            compare(subject, value, i, *count, w, "value");
            compare(subject, mean, i, *count, m, "mean");
            compare(subject, norm, i, *count, u, "norm");
        }
    }
}

void check_nadam(subject *subject) {
    const ls_nadam_rates factors_of = {.mean = 1.5f, .gradient = 0.75f, .square = 3};
    EACH(count, counts) {
        const float *gradient = sample(0, *count), *start = sample(1, *count);
        float *value = copy(2, *count, start), *mean = zeros(3, *count), *square = zeros(4, *count);
        EACH(factor, factors) subject->kernels->nadam(*count, rates, factors_of, *factor, gradient, value, mean, square);
        for (size_t i = 0; i < *count; i++) {
            double w = start[i], m = 0, v = 0;
            EACH(factor, factors) {
                const double g = (double)gradient[i] * *factor;
                m += (g - m) * rates.rest1;
                v += (g * g - v) * rates.rest2;
                w -= rates.learning_rate * (m * factors_of.mean + g * factors_of.gradient) / (sqrt(v * factors_of.square) + rates.epsilon);
            }
            compare(subject, value, i, *count, w, "value");
            compare(subject, mean, i, *count, m, "mean");
            compare(subject, square, i, *count, v, "square");
        }
    }
}

void check_adagrad(subject *subject) {
    EACH(count, counts) {
        const float *gradient = sample(0, *count), *start = sample(1, *count);
        float *value = copy(2, *count, start), *sum = filled(3, *count, 0.1f);
        EACH(factor, factors) subject->kernels->adagrad(*count, rates, *factor, gradient, value, sum);
        for (size_t i = 0; i < *count; i++) {
            double w = start[i], a = 0.1f;
            EACH(factor, factors) {
                const double g = (double)gradient[i] * *factor;
                a += g * g;
                w -= rates.learning_rate * g / sqrt(a + rates.epsilon);
            }
            compare(subject, value, i, *count, w, "value");
            compare(subject, sum, i, *count, a, "sum");
        }
    }
}

void check_adadelta(subject *subject) {
    EACH(count, counts) {
        const float *gradient = sample(0, *count), *start = sample(1, *count);
        float *value = copy(2, *count, start), *square = zeros(3, *count), *change = zeros(4, *count);
        EACH(factor, factors) subject->kernels->adadelta(*count, rates, *factor, gradient, value, square, change);
        for (size_t i = 0; i < *count; i++) {
            double w = start[i], a = 0, x = 0;
            EACH(factor, factors) {
                const double g = (double)gradient[i] * *factor;
                a = rates.decay1 * a + rates.rest1 * g * g;
                const double d = sqrt(x + rates.epsilon) * g / sqrt(a + rates.epsilon);
                x = rates.decay1 * x + rates.rest1 * d * d;
                w -= rates.learning_rate * d;
            }
            compare(subject, value, i, *count, w, "value");
            compare(subject, square, i, *count, a, "square");
            compare(subject, change, i, *count, x, "change");
        }
    }
}

void check_lion(subject *subject) {
    EACH(count, counts) {
        const float *gradient = sample(0, *count), *start = sample(1, *count);
        float *value = copy(2, *count, start), *mean = zeros(3, *count);
        EACH(factor, factors) subject->kernels->lion(*count, rates, *factor, gradient, value, mean);
        for (size_t i = 0; i < *count; i++) {
            double w = start[i], m = 0;
            EACH(factor, factors) {
                const double g = (double)gradient[i] * *factor, direction = m * rates.decay1 + g * rates.rest1;
                w -= rates.learning_rate * ((direction > 0) - (direction < 0));
                m = rates.decay2 * m + rates.rest2 * g;
            }
            compare(subject, value, i, *count, w, "value");
            compare(subject, mean, i, *count, m, "mean");
        }
    }
}

void check_ftrl(subject *subject) {
    static const float powers[] = {0.5f, 0.7f};
    EACH(count, counts) EACH(power, powers) {
        const ls_ftrl_rates of = {.learning_rate = 0.05f, .power = *power, .l1 = 0.1f, .l2 = 0.2f, .shrinkage = 0.3f};
        const float *gradient = sample(0, *count), *start = sample(1, *count);
        float *value = copy(2, *count, start), *sum = filled(3, *count, 0.1f), *linear = zeros(4, *count);
        EACH(factor, factors) subject->kernels->ftrl(*count, of, *factor, gradient, value, sum, linear);
        for (size_t i = 0; i < *count; i++) {
            double w = start[i], a = 0.1f, z = 0;
            EACH(factor, factors) {
                const double g = (double)gradient[i] * *factor, after = a + g * g;
                z += g + 2 * of.shrinkage * w - (pow(after, of.power) - pow(a, of.power)) / of.learning_rate * w;
                a = after;
                w = (fmin(fmax(z, -of.l1), of.l1) - z) / (pow(a, of.power) / of.learning_rate + 2 * of.l2);
            }
            compare(subject, value, i, *count, w, "value");
            compare(subject, sum, i, *count, a, "sum");
            // Differences of powers are divided by the learning rate.
            if (linear) expect(subject, linear[i], z, 20 * roundings(z), "linear, element %zu of %zu", i, *count);
        }
    }
}

void check_schedule_free(subject *subject) {
    static const ls_schedule_free_rates steps[] = {{.weight = 1, .square = 100}, {.weight = 0.5f, .square = 50}, {.weight = 0.25f, .square = 30}};
    EACH(count, counts) {
        const float *gradient = sample(0, *count), *start = sample(1, *count);
        float *value = copy(2, *count, start), *iterate = copy(3, *count, start), *square = zeros(4, *count);
        for (size_t step = 0; step < 3; step++)
            subject->kernels->schedule_free(*count, rates, steps[step], factors[step], gradient, value, iterate, square);
        for (size_t i = 0; i < *count; i++) {
            double w = start[i], z = start[i], v = 0;
            for (size_t step = 0; step < 3; step++) {
                const double g = (double)gradient[i] * factors[step], x = (w - rates.rest1 * z) / rates.decay1;
                v += (g * g - v) * rates.rest2;
                z -= rates.learning_rate * g / (sqrt(v * steps[step].square) + rates.epsilon);
                w = rates.rest1 * z + rates.decay1 * ((1 - steps[step].weight) * x + steps[step].weight * z);
            }
            compare(subject, value, i, *count, w, "value");
            compare(subject, iterate, i, *count, z, "iterate");
            compare(subject, square, i, *count, v, "square");
        }
    }
}

void check_lamb(subject *subject) {
    static const ls_lamb_rates steps[] = {{.mean = 5, .square = 100}, {.mean = 2.8f, .square = 50}, {.mean = 2, .square = 33}};
    EACH(count, counts) {
        const float *start = sample(0, *count);
        float *gradient = copy(1, *count, start), *mean = zeros(2, *count), *square = zeros(3, *count);
        for (size_t step = 0; step < 3; step++) {
            for (size_t i = 0; i < *count; i++) gradient[i] = start[i];
            subject->kernels->lamb(*count, rates, steps[step], factors[step], gradient, mean, square);
        }
        for (size_t i = 0; i < *count; i++) {
            double m = 0, v = 0, direction = 0;
            for (size_t step = 0; step < 3; step++) {
                const double g = (double)start[i] * factors[step];
                m += (g - m) * rates.rest1;
                v += (g * g - v) * rates.rest2;
                direction = m * steps[step].mean / (sqrt(v * steps[step].square) + rates.epsilon);
            }
            compare(subject, gradient, i, *count, direction, "direction");
            compare(subject, mean, i, *count, m, "mean");
            compare(subject, square, i, *count, v, "square");
        }
    }
}

void check_adafactor(subject *subject) {
    static const ls_adafactor_rates steps[] = {
        {.decay = 0, .rest = 1, .epsilon = 1e-6f}, {.decay = 0.4f, .rest = 0.6f, .epsilon = 1e-6f}, {.decay = 0.6f, .rest = 0.4f, .epsilon = 0}};
    EACH(count, counts) {
        const float *start = sample(0, *count);
        float *gradient = copy(1, *count, start), *square = zeros(2, *count);
        for (size_t step = 0; step < 3; step++) {
            for (size_t i = 0; i < *count; i++) gradient[i] = start[i] * factors[step];
            subject->kernels->adafactor(*count, steps[step], gradient, square);
        }
        for (size_t i = 0; i < *count; i++) {
            double v = 0, direction = 0;
            for (size_t step = 0; step < 3; step++) {
                const double g = (double)start[i] * factors[step];
                v = steps[step].decay * v + steps[step].rest * (g * g + steps[step].epsilon);
                direction = g / sqrt(v);
            }
            compare(subject, gradient, i, *count, direction, "direction");
            compare(subject, square, i, *count, v, "square");
        }
    }
}

void check_adafactor_row(subject *subject) {
    static const float rows[] = {1, 0.01f, 1e-30f};
    EACH(count, counts) EACH(row, rows) {
        const float *start = sample(0, *count);
        float *gradient = copy(1, *count, start), *columns = copy(2, *count, start), *square = zeros(3, *count);
        for (size_t i = 0; i < *count; i++) columns[i] = start[i] * start[i] + 1e-3f;
        subject->kernels->adafactor_row(*count, *row, columns, gradient, square);
        for (size_t i = 0; i < *count; i++) {
            compare(subject, square, i, *count, (double)*row * columns[i], "square");
            expect(subject, gradient[i] * sqrt(*row), start[i] / sqrt(columns[i]), roundings(start[i] / sqrt(columns[i])),
                   "direction, element %zu of %zu, row %g", i, *count, *row);
        }
    }
}
