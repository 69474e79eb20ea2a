/// Oracle: Keras's formulas (`keras/src/optimizers`) in double precision, one element by itself, over three steps.
#include <math.h>

#include "check.h"

static const ls_optimizer_rates rates = {
    .learning_rate = 0.05f, .momentum = 0.9f, .decay1 = 0.8f, .rest1 = 0.2f, .rest2 = 0.01f, .epsilon = 1e-6f};
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
