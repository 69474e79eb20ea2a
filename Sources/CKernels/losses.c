#include "ls_losses.h"

#include <math.h>
#include <stdint.h>

/// Keras's epsilon; the clipping bounds are those of float.
static const float EPSILON = 1e-7f;

static float clip(float p) { return p < EPSILON ? EPSILON : p > 1.0f - EPSILON ? 1.0f - EPSILON : p; }
static bool is_clipped(float p) { return p < EPSILON || p > 1.0f - EPSILON; }

/// The sum over all rows at once, in four sums that do not wait for one another.
static double squared_error_sum(size_t rows, size_t columns, const float *outputs, const float *targets, float *gradient) {
    enum { CHAINS = 4 };
    const size_t count = rows * columns;
    const double slope = 2 / (double)columns;
    double sums[CHAINS] = {0};
    for (size_t first = 0; first < count; first += CHAINS) {
        const size_t last = count - first < CHAINS ? count - first : CHAINS;
        for (size_t i = 0; i < last; i++) {
            const double difference = (double)outputs[first + i] - targets[first + i];
            sums[i] += difference * difference;
            if (gradient) gradient[first + i] = (float)(slope * difference);
        }
    }
    return (sums[0] + sums[1] + (sums[2] + sums[3])) / (double)columns;
}

static double absolute_error_row(size_t n, const float *output, const float *target, float *gradient) {
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        const double difference = (double)output[j] - target[j];
        sum += fabs(difference);
        if (gradient) gradient[j] = difference > 0 ? 1.0f / (float)n : difference < 0 ? -1.0f / (float)n : 0;
    }
    return sum / (double)n;
}

/// −t ln p − (1 − t) ln(1 − p); for logits z: max(z, 0) − z·t + ln(1 + e^−|z|), whose derivative is sigmoid(z) − t.
static double binary_crossentropy_row(ls_loss_options options, size_t n, const float *output, const float *logits,
                                      const float *target, float *gradient) {
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        const double t = target[j] * (1 - (double)options.label_smoothing) + 0.5 * (double)options.label_smoothing;
        const double x = output[j];
        double slope;
        if (options.from_logits) {
            sum += fmax(x, 0) - x * t + log1p(exp(-fabs(x)));
            slope = 1 / (1 + exp(-x)) - t;
        } else if (logits) {
            const double z = logits[j];
            sum += fmax(z, 0) - z * t - log(z > 0 ? x : 1 - x);  // ln(1 + e^−|z|) is −ln of the larger of p and 1 − p
            slope = x - t;
        } else {
            const double p = clip(output[j]);
            sum += -t * log(p) - (1 - t) * log(1 - p);
            slope = is_clipped(output[j]) ? 0 : (1 - t) / (1 - p) - t / p;
        }
        // fmax drops a NaN; the loss must not.
        if (x != x) sum = x;
        if (gradient) gradient[j] = (float)(slope / (double)n);
    }
    return sum / (double)n;
}

static size_t largest_column(size_t columns, const float *row) {
    size_t largest = 0;
    for (size_t j = 1; j < columns; j++) {
        if (row[j] > row[largest]) largest = j;
    }
    return largest;
}

static double log_sum_exp(size_t n, const float *x) {
    double largest = x[0], sum = 0;
    for (size_t j = 1; j < n; j++) largest = x[j] > largest ? x[j] : largest;
    for (size_t j = 0; j < n; j++) sum += exp(x[j] - largest);
    return largest + log(sum);
}

/// Cross-entropy of one row with the targets that `target_of` gives: −Σ t ln(p / Σp).
typedef double (*target_of)(const void *context, size_t column);

static double crossentropy_row(ls_loss_options options, size_t n, const float *output, const float *logits, target_of target,
                               const void *context, float *gradient) {
    double loss = 0, total = 0, weight = 0;
    if (options.from_logits) {
        const double shift = log_sum_exp(n, output);
        for (size_t j = 0; j < n; j++) weight += target(context, j);
        for (size_t j = 0; j < n; j++) {
            const double t = target(context, j);
            if (t != 0) loss += t * (shift - output[j]);
            if (gradient) gradient[j] = (float)(exp(output[j] - shift) * weight - t);
        }
        return shift == shift ? loss : shift;
    }
    if (logits) {
        // ln Σ e^z is exact to a float's rounding at the largest column, whose probability is at least 1 / n.
        const size_t largest = largest_column(n, output);
        const double shift = logits[largest] - log(output[largest]);
        for (size_t j = 0; j < n; j++) weight += target(context, j);
        for (size_t j = 0; j < n; j++) {
            const double t = target(context, j);
            if (t != 0) loss += t * (shift - logits[j]);
            if (gradient) gradient[j] = (float)(output[j] * weight - t);
        }
        return shift == shift ? loss : shift;
    }
    for (size_t j = 0; j < n; j++) total += output[j];
    double unclipped = 0;
    for (size_t j = 0; j < n; j++) {
        const double t = target(context, j);
        const float p = (float)(output[j] / total);
        weight += t;
        if (t != 0) loss -= t * log(clip(p));
        if (!is_clipped(p)) unclipped += t;
    }
    for (size_t j = 0; gradient && j < n; j++) {
        const double t = target(context, j);
        const float p = (float)(output[j] / total);
        // ln(p/Σp) of each unclipped column depends on all columns through Σp.
        gradient[j] = (float)((is_clipped(p) ? 0 : -t / output[j]) + unclipped / total);
    }
    return total == total ? loss : total;
}

typedef struct dense_target {
    const float *values;
    double scale, shift;
} dense_target;

static double dense_target_of(const void *context, size_t column) {
    const dense_target *target = context;
    return target->values[column] * target->scale + target->shift;
}

static double sparse_target_of(const void *context, size_t column) { return *(const size_t *)context == column; }

static double loss_row(ls_loss loss, ls_loss_options options, size_t columns, const float *output, const float *logits,
                       const float *targets, size_t row, float *gradient) {
    const float *target = targets + row * columns;
    switch (loss) {
        case LS_MEAN_SQUARED_ERROR: return squared_error_sum(1, columns, output, target, gradient);
        case LS_MEAN_ABSOLUTE_ERROR: return absolute_error_row(columns, output, target, gradient);
        case LS_BINARY_CROSSENTROPY: return binary_crossentropy_row(options, columns, output, logits, target, gradient);
        case LS_CATEGORICAL_CROSSENTROPY: {
            const dense_target dense = {target, 1 - (double)options.label_smoothing,
                                        (double)options.label_smoothing / (double)columns};
            return crossentropy_row(options, columns, output, logits, dense_target_of, &dense, gradient);
        }
        case LS_SPARSE_CATEGORICAL_CROSSENTROPY: {
            const size_t class_number = (size_t)targets[row];
            return crossentropy_row(options, columns, output, logits, sparse_target_of, &class_number, gradient);
        }
    }
    return 0;
}

double ls_loss_sum(ls_loss loss, ls_loss_options options, size_t rows, size_t columns, const float *outputs, const float *logits,
                   const float *targets, const float *weights, float *gradient) {
    if (loss == LS_MEAN_SQUARED_ERROR && !weights) return squared_error_sum(rows, columns, outputs, targets, gradient);
    double sum = 0;
    for (size_t i = 0; i < rows; i++) {
        float *slope = gradient ? gradient + i * columns : NULL;
        const float *row_logits = logits ? logits + i * columns : NULL;
        const double value = loss_row(loss, options, columns, outputs + i * columns, row_logits, targets, i, slope);
        sum += weights ? weights[i] * value : value;
        for (size_t j = 0; weights && slope && j < columns; j++) slope[j] *= weights[i];
    }
    return sum;
}

double ls_accuracy_sum(ls_accuracy accuracy, size_t rows, size_t columns, const float *outputs, const float *targets) {
    double sum = 0;
    for (size_t i = 0; i < rows; i++) {
        const float *output = outputs + i * columns;
        switch (accuracy) {
            case LS_BINARY_ACCURACY: {
                size_t right = 0;
                for (size_t j = 0; j < columns; j++) right += (output[j] > 0.5f ? 1.0f : 0.0f) == targets[i * columns + j];
                sum += (double)right / (double)columns;
            } break;
            case LS_CATEGORICAL_ACCURACY:
                sum += largest_column(columns, output) == largest_column(columns, targets + i * columns);
                break;
            case LS_SPARSE_CATEGORICAL_ACCURACY:
                sum += (float)largest_column(columns, output) == targets[i];
                break;
        }
    }
    return sum;
}
