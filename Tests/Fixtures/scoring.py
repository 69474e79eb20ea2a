"""Makes what losses and metrics are tested with, from real Keras. `scoring.json` holds each as Keras serializes it.
`scoring.npz` holds outputs, targets and sample weights, and what Keras computes from them. The tests only read them.

    KERAS_BACKEND=jax "$(Tests/Keras/environment)" Tests/Fixtures/scoring.py

Random numbers are seeded by the row's name, so a new row changes no other. The script ends if a class of `keras.losses`
or `keras.metrics` has no row, unless `LEFT_OUT` names it.
"""

import json
import os
import zlib

os.environ.setdefault("KERAS_BACKEND", "jax")
import jax
import jax.numpy as jnp
import keras
import numpy as np

FOLDER = os.path.dirname(os.path.abspath(__file__))
L, M = keras.losses, keras.metrics

# Classes that are no loss or metric of outputs and targets, or that are not supported; the README says so.
LEFT_OUT = {
    "Loss", "Metric", "Mean", "Sum", "MeanMetricWrapper",
    "Circle",
}


def softmax(x):
    return np.exp(x) / np.exp(x).sum(-1, keepdims=True)


def onehot(random, shape):
    return np.eye(shape[-1], dtype=np.float32)[random.integers(0, shape[-1], shape[:-1])]


# Outputs and targets of each kind: functions of a random generator and the outputs' shape.
DATA = {
    "real": lambda r, s: (r.normal(size=s), r.normal(size=s)),
    "positive": lambda r, s: (r.uniform(0.1, 3, s), r.uniform(0.1, 3, s)),
    "binary": lambda r, s: (1 / (1 + np.exp(-r.normal(size=s))), r.integers(0, 2, s)),
    "binary_logits": lambda r, s: (2 * r.normal(size=s), r.integers(0, 2, s)),
    "onehot": lambda r, s: (softmax(r.normal(size=s)), onehot(r, s)),
    "onehot_logits": lambda r, s: (2 * r.normal(size=s), onehot(r, s)),
    "distribution": lambda r, s: (softmax(r.normal(size=s)), softmax(r.normal(size=s))),
    "labels": lambda r, s: (softmax(r.normal(size=s)), r.integers(0, s[-1], s[:-1])),
    "labels_logits": lambda r, s: (2 * r.normal(size=s), r.integers(0, s[-1], s[:-1])),
    "signs": lambda r, s: (r.normal(size=s), 2 * r.integers(0, 2, s) - 1),
    "zeros_ones": lambda r, s: (r.normal(size=s), r.integers(0, 2, s)),
    "classes": lambda r, s: (r.integers(0, 3, s), r.integers(0, 3, s)),
    "class_columns": lambda r, s: (softmax(r.normal(size=s)), r.integers(0, s[-1], s[:-1])),
    "sorted_ids": lambda r, s: (np.stack([r.permutation(s[-1]) for _ in range(s[0])]), r.integers(0, s[-1], s[:-1])),
    "coarse": lambda r, s: (r.integers(0, 11, s) / 10, r.integers(0, 2, s)),
    "spoken": lambda r, s: (2 * r.normal(size=s), np.array([[1, 2, 3], [2, 2, 0], [3, 0, 0], [0, 0, 0], [1, 1, 1]] + [[3, 1, 3]] * (s[0] - 5))),
    "equal": lambda r, s: (r.integers(0, 3, s), r.integers(0, 3, s)),
}
ROW, STEPS, IMAGES, SPEECH = (13, 4), (7, 3, 4), (6, 4, 4, 2), (7, 6, 4)

LOSSES = {
    "mean_squared_error": (L.MeanSquaredError(), "real", ROW),
    "mean_squared_error_steps": (L.MeanSquaredError(), "real", STEPS),
    "mean_squared_error_sum": (L.MeanSquaredError(reduction="sum"), "real", ROW),
    "mean_squared_error_weighted": (L.MeanSquaredError(reduction="mean_with_sample_weight"), "real", STEPS),
    "mean_absolute_error": (L.MeanAbsoluteError(), "real", ROW),
    "mean_absolute_percentage_error": (L.MeanAbsolutePercentageError(), "positive", ROW),
    "mean_squared_logarithmic_error": (L.MeanSquaredLogarithmicError(), "positive", STEPS),
    "binary_crossentropy": (L.BinaryCrossentropy(), "binary", ROW),
    "binary_crossentropy_logits": (L.BinaryCrossentropy(from_logits=True, label_smoothing=0.1), "binary_logits", ROW),
    "binary_crossentropy_sum": (L.BinaryCrossentropy(reduction="sum"), "binary", STEPS),
    "binary_focal": (L.BinaryFocalCrossentropy(), "binary", ROW),
    "binary_focal_balanced": (
        L.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.4, gamma=1.5, from_logits=True, label_smoothing=0.1),
        "binary_logits", STEPS),
    "categorical_crossentropy": (L.CategoricalCrossentropy(label_smoothing=0.1), "onehot", STEPS),
    "categorical_crossentropy_logits": (L.CategoricalCrossentropy(from_logits=True), "onehot_logits", ROW),
    "categorical_focal": (L.CategoricalFocalCrossentropy(), "onehot", ROW),
    "categorical_focal_classes": (
        L.CategoricalFocalCrossentropy(alpha=[0.1, 0.2, 0.3, 0.4], gamma=1.5, from_logits=True, label_smoothing=0.2),
        "onehot_logits", STEPS),
    "categorical_generalized": (L.CategoricalGeneralizedCrossEntropy(q=0.7), "labels", ROW),
    "sparse_categorical_crossentropy": (L.SparseCategoricalCrossentropy(), "labels", STEPS),
    "sparse_categorical_crossentropy_ignored": (L.SparseCategoricalCrossentropy(ignore_class=2), "labels", STEPS),
    "sparse_categorical_crossentropy_logits": (
        L.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0, reduction="sum"), "labels_logits", ROW),
    "categorical_hinge": (L.CategoricalHinge(), "onehot", ROW),
    "hinge": (L.Hinge(), "signs", ROW),
    "hinge_binary": (L.Hinge(), "zeros_ones", ROW),
    "squared_hinge": (L.SquaredHinge(), "zeros_ones", STEPS),
    "huber": (L.Huber(), "real", ROW),
    "huber_wide": (L.Huber(delta=0.3), "real", STEPS),
    "log_cosh": (L.LogCosh(), "real", ROW),
    "kl_divergence": (L.KLDivergence(), "distribution", STEPS),
    "poisson": (L.Poisson(), "positive", ROW),
    "cosine_similarity": (L.CosineSimilarity(), "real", STEPS),
    "ctc": (L.CTC(), "spoken", SPEECH),
    "dice": (L.Dice(), "binary", IMAGES),
    "dice_samples": (L.Dice(axis=(1, 2, 3)), "binary", IMAGES),
    "dice_channels": (L.Dice(axis=[1, 2]), "binary", IMAGES),
    "tversky": (L.Tversky(alpha=0.3, beta=0.7), "binary", IMAGES),
    "tversky_samples": (L.Tversky(axis=(1, 2, 3)), "binary", IMAGES),
}

METRICS = {
    "accuracy_class": (M.Accuracy(), "equal", ROW),
    "binary_accuracy": (M.BinaryAccuracy(), "binary", ROW),
    "binary_accuracy_threshold": (M.BinaryAccuracy(threshold=0.3), "binary", STEPS),
    "categorical_accuracy": (M.CategoricalAccuracy(), "onehot", STEPS),
    "sparse_categorical_accuracy": (M.SparseCategoricalAccuracy(), "labels", STEPS),
    "top_k": (M.TopKCategoricalAccuracy(k=2), "onehot", ROW),
    "sparse_top_k": (M.SparseTopKCategoricalAccuracy(k=3), "labels", ROW),
    "sparse_top_k_sorted": (M.SparseTopKCategoricalAccuracy(k=2, from_sorted_ids=True), "sorted_ids", ROW),
    "mean_squared_error": (M.MeanSquaredError(), "real", STEPS),
    "mean_absolute_error": (M.MeanAbsoluteError(), "real", ROW),
    "mean_absolute_percentage_error": (M.MeanAbsolutePercentageError(), "positive", ROW),
    "mean_squared_logarithmic_error": (M.MeanSquaredLogarithmicError(), "positive", ROW),
    "root_mean_squared_error": (M.RootMeanSquaredError(), "real", STEPS),
    "cosine_similarity": (M.CosineSimilarity(), "real", ROW),
    "log_cosh": (M.LogCoshError(), "real", ROW),
    "hinge": (M.Hinge(), "signs", ROW),
    "squared_hinge": (M.SquaredHinge(), "signs", ROW),
    "categorical_hinge": (M.CategoricalHinge(), "onehot", ROW),
    "kl_divergence": (M.KLDivergence(), "distribution", ROW),
    "poisson": (M.Poisson(), "positive", ROW),
    "binary_crossentropy": (M.BinaryCrossentropy(from_logits=True, label_smoothing=0.1), "binary_logits", ROW),
    "categorical_crossentropy": (M.CategoricalCrossentropy(label_smoothing=0.1), "onehot", STEPS),
    "sparse_categorical_crossentropy": (M.SparseCategoricalCrossentropy(from_logits=True), "labels_logits", STEPS),
    "huber_function": (M.MeanMetricWrapper(L.huber, name="wide", delta=2.0), "real", ROW),
    "binary_focal_function": (M.MeanMetricWrapper(L.binary_focal_crossentropy, name="focal", gamma=1.5), "binary", ROW),
    "r2": (M.R2Score(), "real", ROW),
    "r2_weighted": (M.R2Score(class_aggregation="variance_weighted_average"), "real", ROW),
    "r2_adjusted": (M.R2Score(num_regressors=3), "real", ROW),
    "pearson": (M.PearsonCorrelation(), "real", STEPS),
    "concordance": (M.ConcordanceCorrelation(), "real", ROW),
    "true_positives": (M.TruePositives(), "binary", ROW),
    "true_positives_threshold": (M.TruePositives(thresholds=[0.3]), "binary", ROW),
    "false_positives": (M.FalsePositives(thresholds=0.7), "binary", STEPS),
    "true_negatives": (M.TrueNegatives(), "coarse", ROW),
    "false_negatives": (M.FalseNegatives(), "coarse", ROW),
    "precision": (M.Precision(), "binary", ROW),
    "precision_top_k": (M.Precision(top_k=2), "onehot", ROW),
    "precision_top_k_ties": (M.Precision(top_k=2, thresholds=0.4), "coarse", ROW),
    "precision_class": (M.Precision(class_id=1, thresholds=0.3), "onehot", ROW),
    "recall": (M.Recall(), "binary", STEPS),
    "recall_top_k": (M.Recall(top_k=3, class_id=2), "onehot", ROW),
    "sensitivity_at_specificity": (M.SensitivityAtSpecificity(0.6, num_thresholds=50), "binary", ROW),
    "specificity_at_sensitivity": (M.SpecificityAtSensitivity(0.6), "binary", STEPS),
    "precision_at_recall": (M.PrecisionAtRecall(0.5), "coarse", ROW),
    "recall_at_precision": (M.RecallAtPrecision(0.5, class_id=1), "binary", ROW),
    "recall_at_precision_one": (M.RecallAtPrecision(0.4, num_thresholds=1), "binary", ROW),
    "auc": (M.AUC(), "binary", ROW),
    "auc_coarse": (M.AUC(num_thresholds=11), "coarse", ROW),
    "auc_pr": (M.AUC(curve="PR"), "binary", STEPS),
    "auc_pr_majoring": (M.AUC(curve="PR", summation_method="majoring"), "binary", ROW),
    "auc_gain": (M.AUC(curve="PRGAIN", num_thresholds=40), "binary", ROW),
    "auc_minoring": (M.AUC(summation_method="minoring", thresholds=[0.2, 0.5, 0.6]), "coarse", ROW),
    "auc_labels": (M.AUC(multi_label=True), "binary", ROW),
    "auc_labels_weighted": (M.AUC(multi_label=True, num_labels=4, label_weights=[0.1, 0.2, 0.3, 0.4], curve="PR"), "binary", ROW),
    "auc_weights": (M.AUC(label_weights=[0.1, 0.2, 0.3, 0.4]), "binary", ROW),
    "auc_logits": (M.AUC(from_logits=True, num_thresholds=100), "binary_logits", ROW),
    "f_beta": (M.FBetaScore(average="macro", beta=2.0), "onehot", ROW),
    "f_beta_micro": (M.FBetaScore(average="micro", beta=0.5, threshold=0.3), "onehot", ROW),
    "f1": (M.F1Score(average="weighted"), "onehot", ROW),
    "f1_threshold": (M.F1Score(average="macro", threshold=0.4), "binary", ROW),
    "iou": (M.IoU(3, [0, 2], dtype="float32"), "classes", ROW),
    "iou_columns": (M.IoU(4, [1], sparse_y_pred=False, ignore_class=3, dtype="float32"), "class_columns", STEPS),
    "binary_iou": (M.BinaryIoU(threshold=0.4, dtype="float32"), "binary", ROW),
    "mean_iou": (M.MeanIoU(3, dtype="float32"), "classes", STEPS),
    "mean_iou_ignored": (M.MeanIoU(3, ignore_class=1, dtype="float32"), "classes", ROW),
    "one_hot_iou": (M.OneHotIoU(4, [0, 3], dtype="float32"), "onehot", STEPS),
    "one_hot_mean_iou": (M.OneHotMeanIoU(4, dtype="float32"), "onehot", ROW),
}


def classes(module):
    return {n for n in dir(module) if n[0].isupper()} - LEFT_OUT


def class_names(rows):
    return {type(item).__name__ for item, _, _ in rows.values()}


for kind, module, rows in [("loss", L, LOSSES), ("metric", M, METRICS)]:
    missing = classes(module) - class_names(rows)
    assert not missing, f"no row for the {kind} {sorted(missing)}"

arrays, described = {}, {"losses": {}, "metrics": {}}


def data(kind, name, what, shape):
    random = np.random.default_rng(zlib.crc32(f"{kind}/{name}".encode()))
    outputs, targets = (np.asarray(x, np.float32) for x in DATA[what](random, shape))
    weights = random.uniform(0, 2, shape[:1]).astype(np.float32)
    weights[1] = 0
    arrays[f"{kind}/{name}/outputs"], arrays[f"{kind}/{name}/targets"], arrays[f"{kind}/{name}/weights"] = outputs, targets, weights
    return outputs, targets, weights


for name, (loss, what, shape) in LOSSES.items():
    described["losses"][name] = keras.saving.serialize_keras_object(loss)
    # Keras leaves some arguments out of what it writes, though it reads them.
    for argument, value in getattr(loss, "_fn_kwargs", {}).items():
        described["losses"][name]["config"].setdefault(argument, value)
    outputs, targets, weights = data("losses", name, what, shape)
    # A loss of each position or of each sample; weights of samples count for all positions.
    values = np.asarray(loss.call(targets, jnp.asarray(outputs)))
    full = weights.reshape(weights.shape + (1,) * max(values.ndim - 1, 0)) * np.ones(values.shape or weights.shape, np.float32)
    for suffix, given in [("", None), ("_weighted", full)]:
        def value(p):
            return jnp.asarray(loss(targets, p, sample_weight=given))
        v, gradient = jax.value_and_grad(value)(jnp.asarray(outputs))
        arrays[f"losses/{name}/value{suffix}"] = np.asarray(v, np.float32)
        arrays[f"losses/{name}/gradient{suffix}"] = np.asarray(gradient, np.float32)

for name, (metric, what, shape) in METRICS.items():
    described["metrics"][name] = keras.saving.serialize_keras_object(metric)
    outputs, targets, weights = data("metrics", name, what, shape)
    # Keras takes weights of samples for confusion matrices only in the outputs' shape, where these have steps.
    width = metric.num_classes if hasattr(metric, "num_classes") else None
    for suffix, given in [("", None), ("_weighted", weights)]:
        metric.reset_state()
        if given is not None and hasattr(metric, "total_cm"):
            count = int(np.prod(targets.shape)) // (1 if metric.sparse_y_true else width)
            given = np.repeat(given, count // len(given))
        elif given is not None and len(shape) > 2:
            given = np.repeat(given[:, None], shape[1], 1)
        metric.update_state(targets, outputs, sample_weight=given)
        arrays[f"metrics/{name}/value{suffix}"] = np.asarray(metric.result(), np.float32)

with open(os.path.join(FOLDER, "scoring.json"), "w") as file:
    json.dump(described, file, indent=1, sort_keys=True)
    file.write("\n")
np.savez_compressed(os.path.join(FOLDER, "scoring.npz"), **arrays)
print(f"{len(LOSSES)} losses, {len(METRICS)} metrics")
