"""Makes the rows that every layer is tested with, in Tests/Fixtures/layers, from real Keras; the tests only read them.

    KERAS_BACKEND=jax "$(Tests/Keras/environment)" Tests/Fixtures/layers.py [row…]

A row is one layer with its arguments and the shape of its input. `NAME.json` holds the layer as Keras serializes it; `NAME.npz` holds
inputs, weights, outputs in inference and in training, and the gradients of Σ y·dy. Random numbers are seeded by the row's name, so a new
row changes no other. The rows of HashedCrossing, Hashing and IntegerLookup, and the model `vocabularies`, need a Python that has TensorFlow too.
"""

import inspect
import json
import os
import sys
import zlib

os.environ.setdefault("KERAS_BACKEND", "jax")
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras.src import backend
from keras.src.applications import convnext, inception_resnet_v2
from keras.src.utils import image_utils

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "layers")
L = keras.layers
FIRST = "channels_first"

# Name: the layer, the shape of its input with the batch, and for whole numbers how many there are. A layer with several inputs gets the
# same one `inputs` times, or in the shapes `reshaped`, each without the batch. `random` is a layer that has no oracle in training, and
# `whole` one that gives whole numbers, or computes in TensorFlow, and has no gradient. `call` are more arguments of its call. `masks` are for each
# input the value of a Masking layer in front, or None; steps of the input have these values. `output` is the output of several that counts.
ROWS = {
    "activation": (lambda: L.Activation("tanh"), (5, 7)),
    "activation_mask": (lambda: L.Activation("tanh"), (4, 5, 3), {"masks": [0]}),
    "activation_softmax": (lambda: L.Activation("softmax"), (4, 3, 5)),
    "add": (lambda: L.Add(), (4, 3), {"inputs": 2}),
    "add_mask": (lambda: L.Add(), (4, 6, 3), {"inputs": 2, "masks": [0, 1]}),
    "add_mask_one": (lambda: L.Add(), (4, 6, 3), {"inputs": 2, "masks": [0, None]}),
    "add_three": (lambda: L.Add(), (3, 2, 5), {"inputs": 3}),
    "attention": (lambda: L.MultiHeadAttention(3, 4), (4, 5, 6), {"inputs": 2}),
    "attention_axes": (
        lambda: L.MultiHeadAttention(2, 3, value_dim=2, output_shape=(2, 4), attention_axes=2), (2, 3, 4, 5), {"inputs": 3}),
    "attention_causal": (
        lambda: L.MultiHeadAttention(2, 3), (4, 5, 6), {"inputs": 2, "call": {"use_causal_mask": True}}),
    "attention_cross": (
        lambda: L.MultiHeadAttention(2, 3, value_dim=5, use_bias=False), (3, 5, 4), {"reshaped": [[5, 4], [10, 2]]}),
    "attention_dropout": (lambda: L.MultiHeadAttention(2, 3, dropout=0.3), (3, 5, 4), {"inputs": 2}),
    "attention_key": (
        lambda: L.MultiHeadAttention(2, 3, value_dim=4, output_shape=7), (3, 6, 4), {"reshaped": [[6, 4], [3, 8], [3, 8]]}),
    "attention_mask": (lambda: L.MultiHeadAttention(3, 4), (4, 5, 6), {"inputs": 2, "masks": [0, 1]}),
    "attention_mask_axes": (
        lambda: L.MultiHeadAttention(2, 3, attention_axes=2), (2, 3, 4, 5), {"inputs": 3, "masks": [0, 1, 0]}),
    "attention_mask_causal": (
        lambda: L.MultiHeadAttention(2, 3), (5, 6, 4), {"inputs": 2, "call": {"use_causal_mask": True}, "masks": [None, 0]}),
    "attention_mask_causal_other": (
        lambda: L.MultiHeadAttention(2, 3, value_dim=4), (5, 6, 4), {"inputs": 2, "call": {"use_causal_mask": True}, "masks": [1, 0]}),
    "attention_mask_cross": (
        lambda: L.MultiHeadAttention(2, 3, value_dim=5), (3, 5, 4), {"reshaped": [[5, 4], [10, 2]], "masks": [None, 0]}),
    "attention_mask_dropout": (lambda: L.MultiHeadAttention(2, 3, dropout=0.3), (3, 5, 4), {"inputs": 2, "masks": [0, 0]}),
    "average_inputs": (lambda: L.Average(), (3, 2, 5), {"inputs": 3}),
    "average": (lambda: L.AveragePooling2D(2), (2, 6, 7, 3)),
    "average_same": (lambda: L.AveragePooling2D((3, 2), strides=(2, 1), padding="same"), (2, 7, 5, 4)),
    "bidirectional": (lambda: L.Bidirectional(L.LSTM(6)), (5, 7, 4)),
    "bidirectional_ave": (lambda: L.Bidirectional(L.SimpleRNN(5, return_sequences=True), merge_mode="ave"), (4, 3, 6)),
    "bidirectional_mask": (lambda: L.Bidirectional(L.LSTM(4, return_sequences=True)), (5, 7, 3), {"masks": [0]}),
    "bidirectional_mask_ave": (
        lambda: L.Bidirectional(L.SimpleRNN(5, return_sequences=True), merge_mode="ave"), (4, 3, 6), {"masks": [0]}),
    "bidirectional_mask_last": (lambda: L.Bidirectional(L.GRU(5), merge_mode="sum"), (4, 6, 3), {"masks": [1]}),
    "bidirectional_mul": (lambda: L.Bidirectional(L.LSTM(4, return_sequences=True), merge_mode="mul"), (4, 6, 3)),
    "bidirectional_other": (
        lambda: L.Bidirectional(
            L.GRU(5, return_sequences=True),
            backward_layer=L.LSTM(3, go_backwards=True, return_sequences=True, activation="softsign", name="other")),
        (3, 5, 4),
    ),
    "bidirectional_sum": (lambda: L.Bidirectional(L.GRU(5, name="mine"), merge_mode="sum", name="both"), (4, 6, 3)),
    "concatenate": (lambda: L.Concatenate(), (4, 3), {"inputs": 2}),
    "concatenate_mask": (lambda: L.Concatenate(), (4, 6, 3), {"inputs": 2, "masks": [0, 1]}),
    "concatenate_mask_middle": (lambda: L.Concatenate(axis=1), (4, 6, 3), {"inputs": 3, "masks": [0, None, 1]}),
    "concatenate_mask_one": (lambda: L.Concatenate(), (4, 6, 3), {"inputs": 2, "masks": [None, 0]}),
    "concatenate_middle": (lambda: L.Concatenate(axis=2), (3, 2, 4, 5), {"inputs": 3}),
    "conv": (lambda: L.Conv2D(5, 3), (2, 7, 6, 4)),
    "conv1d": (lambda: L.Conv1D(5, 3, activation="softplus"), (3, 8, 4)),
    "conv1d_causal": (lambda: L.Conv1D(3, 3, padding="causal", dilation_rate=2, activation="silu"), (4, 7, 5)),
    "conv1d_causal_strides": (lambda: L.Conv1D(6, 4, padding="causal", strides=3, use_bias=False), (33, 11, 2)),
    "conv1d_mask": (lambda: L.Conv1D(4, 3), (3, 8, 4), {"masks": [0]}),
    "conv1d_same": (lambda: L.Conv1D(4, 4, padding="same", strides=2, activation="tanh", kernel_initializer="he_normal"), (2, 9, 3)),
    "conv_dilation": (lambda: L.Conv2D(3, (3, 2), dilation_rate=(2, 3)), (2, 9, 8, 2)),
    "conv_dilation_same": (lambda: L.Conv2D(3, 3, dilation_rate=2, padding="same"), (2, 6, 5, 2)),
    "conv_even": (lambda: L.Conv2D(2, 4, padding="same"), (1, 6, 7, 3)),
    "conv_gelu": (lambda: L.Conv2D(7, 3, activation="gelu", use_bias=False), (2, 6, 6, 2)),
    "conv_initializers": (
        lambda: L.Conv2D(3, (2, 3), strides=(1, 4), activation="tanh", kernel_initializer="he_normal", bias_initializer="ones"),
        (3, 5, 9, 2),
    ),
    "conv_lora": (lambda: L.Conv2D(5, 3, activation="sigmoid", lora_rank=2, lora_alpha=3), (2, 7, 6, 4)),
    "conv_lora_first": (lambda: L.Conv2D(3, (2, 3), strides=(2, 1), lora_rank=2, data_format=FIRST), (2, 4, 7, 6)),
    "conv_one": (lambda: L.Conv2D(8, 1), (2, 4, 3, 6)),
    "conv_same": (lambda: L.Conv2D(3, 3, padding="same"), (2, 5, 6, 1)),
    "conv_strides": (lambda: L.Conv2D(4, (3, 2), strides=(2, 3), padding="same"), (2, 8, 9, 3)),
    "conv_strides_valid": (lambda: L.Conv2D(6, 2, strides=3), (2, 9, 7, 2)),
    "conv_wide": (lambda: L.Conv2D(33, 3, activation="relu"), (3, 12, 11, 19)),
    "dense": (lambda: L.Dense(5), (7, 4)),
    "dense_lora": (lambda: L.Dense(5, activation="tanh", kernel_regularizer="l2", lora_rank=2), (7, 4)),
    "dense_lora_sequences": (lambda: L.Dense(6, use_bias=False, lora_rank=3), (4, 3, 5)),
    "dense_mask": (lambda: L.Dense(5, activation="tanh"), (4, 6, 3), {"masks": [0]}),
    "dense_one": (lambda: L.Dense(1, activation="sigmoid"), (6, 3)),
    "dense_sequences": (
        lambda: L.Dense(6, activation="silu", use_bias=False, kernel_initializer="orthogonal"), (3, 2, 5),
    ),
    "dense_wide": (lambda: L.Dense(67, activation="relu", bias_initializer="ones"), (9, 130)),
    "dropout": (lambda: L.Dropout(0.4), (6, 5)),
    "dropout_mask": (lambda: L.Dropout(0.4), (4, 6, 3), {"masks": [0]}),
    "embedding": (lambda: L.Embedding(11, 6), (5, 4), {"integers": 11}),
    "embedding_lora": (lambda: L.Embedding(11, 6, lora_rank=3), (5, 4), {"integers": 11}),
    "embedding_mask": (lambda: L.Embedding(4, 6, mask_zero=True), (5, 4), {"integers": 4, "masks": [None]}),
    "embedding_single": (lambda: L.Embedding(5, 3), (7,), {"integers": 5}),
    "embedding_wide": (lambda: L.Embedding(3, 37, embeddings_initializer="glorot_normal"), (14, 5), {"integers": 3}),
    "flatten": (lambda: L.Flatten(), (3, 2, 4, 5)),
    "flatten_single": (lambda: L.Flatten(), (5,)),
    "flatten_mask": (lambda: L.Flatten(), (3, 4, 5), {"masks": [0]}),
    "global_average": (lambda: L.GlobalAveragePooling2D(), (3, 5, 4, 6)),
    "global_average_kept": (lambda: L.GlobalAveragePooling2D(keepdims=True), (3, 5, 4, 6)),
    "global_max": (lambda: L.GlobalMaxPooling2D(), (3, 5, 4, 6)),
    "global_max_kept": (lambda: L.GlobalMaxPooling2D(keepdims=True), (2, 3, 4, 5)),
    "gru": (lambda: L.GRU(6), (5, 7, 4)),
    "gru_backwards": (lambda: L.GRU(5, go_backwards=True, return_sequences=True), (2, 6, 3)),
    "gru_dropout": (lambda: L.GRU(4, dropout=0.4), (4, 5, 6), {"masks": [0]}),
    "gru_mask": (lambda: L.GRU(6, bias_initializer="ones"), (5, 7, 4), {"masks": [0]}),
    "gru_mask_backwards": (lambda: L.GRU(5, go_backwards=True, return_sequences=True), (4, 6, 3), {"masks": [0]}),
    "gru_mask_wide": (lambda: L.GRU(34, return_sequences=True), (27, 3, 20), {"masks": [1]}),
    "gru_plain": (lambda: L.GRU(9, activation="softsign", recurrent_activation="tanh", use_bias=False), (4, 5, 6)),
    "gru_before": (lambda: L.GRU(6, reset_after=False), (5, 7, 4)),
    "gru_before_backwards": (
        lambda: L.GRU(5, reset_after=False, go_backwards=True, return_sequences=True, bias_initializer="ones"), (2, 6, 3)),
    "gru_before_mask": (lambda: L.GRU(6, reset_after=False, return_sequences=True), (5, 7, 4), {"masks": [0]}),
    "gru_before_mask_backwards": (
        lambda: L.GRU(5, reset_after=False, go_backwards=True, zero_output_for_mask=True), (4, 6, 3), {"masks": [0]}),
    "gru_before_plain": (
        lambda: L.GRU(9, reset_after=False, activation="softsign", recurrent_activation="tanh", use_bias=False), (4, 5, 6)),
    "gru_before_wide": (lambda: L.GRU(34, reset_after=False, return_sequences=True), (27, 3, 20)),
    "gru_wide": (lambda: L.GRU(34, return_sequences=True, bias_initializer="ones"), (27, 3, 20)),
    "input": (lambda: L.InputLayer(shape=(3, 4)), (2, 3, 4)),
    "layer_norm": (lambda: L.LayerNormalization(), (7, 5)),
    "layer_norm_axis": (lambda: L.LayerNormalization(axis=3, center=False), (2, 3, 4, 8)),
    "layer_norm_mask": (lambda: L.LayerNormalization(), (4, 6, 5), {"masks": [0]}),
    "layer_norm_plain": (lambda: L.LayerNormalization(center=False, scale=False, epsilon=1e-2), (6, 33)),
    "layer_norm_images": (
        lambda: L.LayerNormalization(axis=[1, 3, 2], beta_regularizer="l2", gamma_constraint="max_norm"), (3, 4, 2, 5)),
    "layer_norm_rms": (lambda: L.LayerNormalization(rms_scaling=True, scale=False), (4, 3, 6)),
    "layer_norm_rms_axis": (lambda: L.LayerNormalization(axis=[1], rms_scaling=True), (4, 9, 6)),
    "layer_norm_rules": (lambda: L.LayerNormalization(gamma_regularizer="l1", beta_constraint="non_neg"), (4, 6)),
    "layer_norm_some": (lambda: L.LayerNormalization(axis=[3, 1]), (3, 4, 2, 5)),
    "layer_norm_times": (lambda: L.LayerNormalization(axis=-2, beta_initializer="ones"), (4, 3, 6)),
    "layer_norm_wide": (lambda: L.LayerNormalization(scale=False, beta_initializer="ones"), (2, 130)),
    "lstm": (lambda: L.LSTM(6), (5, 7, 4)),
    "lstm_backwards": (lambda: L.LSTM(5, go_backwards=True, return_sequences=True), (2, 6, 3)),
    "lstm_dropout": (lambda: L.LSTM(4, dropout=0.3, return_sequences=True), (4, 5, 6)),
    "lstm_initializers": (
        lambda: L.LSTM(
            3, kernel_initializer="he_uniform", recurrent_initializer=keras.initializers.Orthogonal(2.0), bias_initializer="ones",
            unit_forget_bias=False),
        (4, 3, 2),
    ),
    "lstm_mask": (lambda: L.LSTM(6), (5, 7, 4), {"masks": [0]}),
    "lstm_mask_backwards": (lambda: L.LSTM(5, go_backwards=True, return_sequences=True), (4, 6, 3), {"masks": [0]}),
    "lstm_mask_sequences": (lambda: L.LSTM(19, return_sequences=True), (13, 3, 5), {"masks": [1]}),
    "lstm_mask_wide": (lambda: L.LSTM(66, activation="softsign", use_bias=False), (20, 4, 20), {"masks": [0]}),
    "lstm_mask_zero": (
        lambda: L.LSTM(5, go_backwards=True, return_sequences=True, zero_output_for_mask=True), (4, 6, 3), {"masks": [0]}),
    "lstm_one": (lambda: L.LSTM(4), (3, 1, 2)),
    "lstm_plain": (lambda: L.LSTM(9, activation="relu", recurrent_activation="hard_sigmoid", use_bias=False), (4, 5, 6)),
    "lstm_sequences": (lambda: L.LSTM(19, return_sequences=True), (13, 3, 5)),
    "lstm_wide": (lambda: L.LSTM(66, activation="softsign"), (3, 4, 20)),
    "masking": (lambda: L.Masking(), (4, 6, 3), {"masks": [None]}),
    "masking_value": (lambda: L.Masking(1.0), (3, 2, 6, 3), {"masks": [1.0]}),
    "max": (lambda: L.MaxPooling2D(2), (2, 6, 7, 3)),
    "maximum": (lambda: L.Maximum(), (3, 2, 5), {"inputs": 3}),
    "maximum_mask": (lambda: L.Maximum(), (4, 6, 3), {"inputs": 3, "masks": [0, 1, 0]}),
    "max_same": (lambda: L.MaxPooling2D((3, 2), strides=(2, 1), padding="same"), (2, 7, 5, 4)),
    "minimum": (lambda: L.Minimum(), (4, 3), {"inputs": 2}),
    "minimum_mask": (lambda: L.Minimum(), (4, 6, 3), {"inputs": 3, "masks": [None, 1, 0]}),
    "multiply": (lambda: L.Multiply(), (4, 3), {"inputs": 2}),
    "multiply_mask": (lambda: L.Multiply(), (4, 6, 3), {"inputs": 2, "masks": [0, 1]}),
    "multiply_mask_one": (lambda: L.Multiply(), (4, 6, 3), {"inputs": 2, "masks": [None, 1]}),
    "multiply_three": (lambda: L.Multiply(), (3, 2, 5), {"inputs": 3}),
    "norm": (lambda: L.BatchNormalization(), (7, 5)),
    "norm_images": (lambda: L.BatchNormalization(momentum=0.8, epsilon=1e-2), (3, 4, 5, 9)),
    "norm_initializers": (
        lambda: L.BatchNormalization(
            beta_initializer="ones", gamma_initializer="zeros", moving_mean_initializer="ones", moving_variance_initializer="zeros"),
        (5, 3),
    ),
    "norm_mask": (lambda: L.BatchNormalization(momentum=0.8), (4, 6, 5), {"masks": [0]}),
    "norm_mask_images": (lambda: L.BatchNormalization(center=False), (3, 4, 5, 9), {"masks": [1]}),
    "norm_plain": (lambda: L.BatchNormalization(center=False, scale=False), (6, 33)),
    "norm_scale": (lambda: L.BatchNormalization(center=False), (9, 8)),
    "permute": (lambda: L.Permute((2, 1)), (3, 7, 5)),
    "permute_three": (lambda: L.Permute((3, 1, 2)), (2, 3, 4, 6)),
    "repeat": (lambda: L.RepeatVector(3), (5, 7)),
    "reshape": (lambda: L.Reshape((2, -1, 3)), (4, 6, 5)),
    "rnn": (lambda: L.SimpleRNN(6), (5, 7, 4)),
    "rnn_backwards": (lambda: L.SimpleRNN(5, go_backwards=True, return_sequences=True), (2, 6, 3)),
    "rnn_dropout": (lambda: L.SimpleRNN(4, dropout=0.2), (4, 5, 6)),
    "rnn_mask": (lambda: L.SimpleRNN(6, return_sequences=True), (5, 7, 4), {"masks": [0]}),
    "rnn_mask_backwards": (lambda: L.SimpleRNN(5, go_backwards=True), (4, 6, 3), {"masks": [0]}),
    "rnn_mask_zero": (lambda: L.SimpleRNN(5, zero_output_for_mask=True), (8, 4, 3), {"masks": [0]}),
    "rnn_plain": (lambda: L.SimpleRNN(9, activation="sigmoid", use_bias=False, recurrent_initializer="he_normal"), (4, 5, 6)),
    "rnn_wide": (lambda: L.SimpleRNN(66, return_sequences=True), (27, 3, 20)),
    "subtract": (lambda: L.Subtract(), (4, 3), {"inputs": 2}),
    "subtract_mask": (lambda: L.Subtract(), (4, 6, 3), {"inputs": 2, "masks": [0, 1]}),
    "time": (lambda: L.TimeDistributed(L.Dense(5, activation="tanh")), (4, 3, 6)),
    "time_conv": (lambda: L.TimeDistributed(L.Conv2D(4, 2, activation="silu")), (3, 2, 5, 4, 3)),
    "time_dropout": (lambda: L.TimeDistributed(L.Dropout(0.4)), (4, 3, 5)),
    "time_flatten": (lambda: L.TimeDistributed(L.Flatten()), (3, 2, 4, 5)),
    "time_layer_norm": (lambda: L.TimeDistributed(L.LayerNormalization()), (4, 3, 5)),
    "time_lstm": (lambda: L.TimeDistributed(L.LSTM(5)), (3, 4, 6, 2)),
    "time_mask": (lambda: L.TimeDistributed(L.Dense(5)), (4, 6, 3), {"masks": [0]}),
    "time_mask_lstm": (lambda: L.TimeDistributed(L.LSTM(5)), (3, 4, 6, 2), {"masks": [0]}),
    "time_mask_norm": (lambda: L.TimeDistributed(L.BatchNormalization(momentum=0.8)), (6, 3, 5), {"masks": [0]}),
    "time_norm": (lambda: L.TimeDistributed(L.BatchNormalization(momentum=0.8), name="steps"), (6, 3, 5)),
    "time_pool": (lambda: L.TimeDistributed(L.MaxPooling2D(2)), (2, 3, 6, 4, 2)),
    "time_time": (lambda: L.TimeDistributed(L.TimeDistributed(L.Dense(4))), (3, 2, 4, 5)),
    "add_broadcast": (lambda: L.Add(), (3, 4), {"inputs": 2, "reshaped": [[4, 1], [1, 4]]}),
    "adaptive_average1d": (lambda: L.AdaptiveAveragePooling1D(3), (2, 7, 4)),
    "adaptive_average2d": (lambda: L.AdaptiveAveragePooling2D((2, 4)), (2, 5, 7, 3)),
    "adaptive_average3d": (lambda: L.AdaptiveAveragePooling3D(2), (2, 4, 5, 2, 3)),
    "adaptive_max1d": (lambda: L.AdaptiveMaxPooling1D(4), (2, 9, 3)),
    "adaptive_max2d": (lambda: L.AdaptiveMaxPooling2D(3), (2, 3, 8, 2)),
    "adaptive_max3d": (lambda: L.AdaptiveMaxPooling3D((1, 2, 3)), (2, 3, 5, 4, 2)),
    "average3d": (lambda: L.AveragePooling3D((2, 1, 3), strides=2, padding="same"), (2, 5, 3, 4, 3)),
    "average3d_valid": (lambda: L.AveragePooling3D(2), (2, 4, 5, 3, 2)),
    "conv1d_lora": (lambda: L.Conv1D(6, 3, padding="causal", groups=3, lora_rank=2, lora_alpha=1), (3, 8, 9)),
    "conv1d_groups": (lambda: L.Conv1D(6, 3, groups=3, padding="causal", activation="tanh"), (3, 8, 9)),
    "conv3d": (lambda: L.Conv3D(5, (2, 3, 2), activation="tanh"), (2, 3, 4, 4, 3)),
    "conv3d_dilation": (lambda: L.Conv3D(3, 2, padding="same", dilation_rate=(2, 1, 2), use_bias=False), (2, 4, 3, 5, 2)),
    "conv3d_groups": (lambda: L.Conv3D(4, 2, groups=2, padding="same"), (2, 3, 2, 3, 6)),
    "conv3d_lora": (lambda: L.Conv3D(4, 2, groups=2, padding="same", lora_rank=3), (2, 3, 2, 3, 6)),
    "conv3d_strides": (
        lambda: L.Conv3D(4, (3, 2, 3), strides=(2, 1, 2), padding="same", activation="gelu", bias_initializer="ones"), (3, 5, 3, 4, 2)),
    "conv_depthwise": (lambda: L.Conv2D(8, 3, groups=4), (2, 5, 6, 4)),
    "conv_groups": (lambda: L.Conv2D(6, (3, 2), groups=2, strides=(2, 1), padding="same", activation="relu"), (3, 6, 5, 4)),
    "depthwise": (lambda: L.DepthwiseConv2D(3), (2, 6, 5, 7)),
    "depthwise_same": (
        lambda: L.DepthwiseConv2D((3, 5), strides=2, padding="same", depth_multiplier=2, activation="silu", bias_initializer="ones"),
        (3, 7, 8, 5)),
    "depthwise_dilation": (lambda: L.DepthwiseConv2D(3, padding="same", dilation_rate=(2, 3), use_bias=False), (2, 8, 9, 17)),
    "depthwise1d": (lambda: L.DepthwiseConv1D(3, depth_multiplier=3, activation="silu"), (3, 8, 4)),
    "depthwise1d_same": (lambda: L.DepthwiseConv1D(4, strides=3, padding="same", depthwise_initializer="he_normal"), (2, 10, 16)),
    "max3d": (lambda: L.MaxPooling3D((2, 1, 3), strides=2, padding="same"), (2, 5, 3, 4, 3)),
    "max3d_valid": (lambda: L.MaxPooling3D(2), (2, 4, 5, 3, 2)),
    "separable": (lambda: L.SeparableConv2D(5, 3, activation="relu"), (2, 6, 5, 4)),
    "separable_same": (
        lambda: L.SeparableConv2D(
            6, (2, 3), strides=2, padding="same", depth_multiplier=3, use_bias=False, pointwise_initializer="he_normal"),
        (3, 7, 6, 2)),
    "separable1d": (lambda: L.SeparableConv1D(5, 3, padding="same", dilation_rate=2, activation="tanh"), (3, 8, 4)),
    "scale": (lambda: convnext.LayerScale(0.3, 5), (3, 2, 5)),
    "scale_residual": (lambda: inception_resnet_v2.CustomScaleLayer(0.17), (3, 4, 5), {"inputs": 2}),
    "transpose": (lambda: L.Conv2DTranspose(5, 3), (2, 4, 3, 4)),
    "transpose_dilation": (lambda: L.Conv2DTranspose(3, (2, 3), dilation_rate=2, padding="same", use_bias=False), (2, 4, 5, 3)),
    "transpose_large": (lambda: L.Conv2DTranspose(2, 2, strides=(3, 4), activation="tanh"), (2, 3, 2, 5)),
    "transpose_padding": (
        lambda: L.Conv2DTranspose(3, (3, 4), strides=(2, 3), padding="same", output_padding=(1, 2), bias_initializer="ones"),
        (3, 4, 3, 2)),
    "transpose_padding_valid": (lambda: L.Conv2DTranspose(3, 3, strides=2, output_padding=1), (2, 3, 4, 2)),
    "transpose_same": (lambda: L.Conv2DTranspose(4, (3, 4), strides=2, padding="same", activation="silu"), (3, 5, 4, 6)),
    "transpose1d": (lambda: L.Conv1DTranspose(4, 4, strides=2, padding="same", activation="gelu"), (3, 6, 5)),
    "transpose1d_valid": (lambda: L.Conv1DTranspose(3, 2, strides=3, output_padding=2), (2, 5, 4)),
    "transpose3d": (lambda: L.Conv3DTranspose(3, (3, 2, 3), strides=(2, 1, 2), padding="same", activation="relu"), (2, 2, 3, 2, 4)),
    "transpose3d_valid": (lambda: L.Conv3DTranspose(2, 2, strides=(3, 2, 1), use_bias=False), (2, 3, 2, 3, 3)),
    "activity": (lambda: L.ActivityRegularization(l1=0.01, l2=0.02), (4, 3)),
    "alpha_dropout": (lambda: L.AlphaDropout(0.3, noise_shape=(None, 1, 5)), (4, 3, 5)),
    "dropout_shape": (lambda: L.Dropout(0.4, noise_shape=(None, 1, 5)), (4, 3, 5)),
    "first_adaptive": (lambda: L.AdaptiveAveragePooling2D((2, 3), data_format=FIRST), (2, 3, 5, 7)),
    "first_average": (lambda: L.AveragePooling2D(2, padding="same", data_format=FIRST), (2, 3, 5, 4)),
    "first_conv": (lambda: L.Conv2D(5, (2, 3), strides=2, padding="same", activation="tanh", data_format=FIRST), (3, 4, 6, 5)),
    "first_conv1d": (lambda: L.Conv1D(4, 3, padding="causal", data_format=FIRST), (3, 5, 8)),
    "first_conv3d": (lambda: L.Conv3D(4, 2, groups=2, data_format=FIRST), (2, 4, 3, 2, 3)),
    "first_cropping": (lambda: L.Cropping2D(((1, 0), (0, 2)), data_format=FIRST), (2, 3, 4, 5)),
    "first_depthwise": (lambda: L.DepthwiseConv2D(3, depth_multiplier=2, data_format=FIRST), (2, 4, 5, 6)),
    "first_flatten": (lambda: L.Flatten(data_format=FIRST), (3, 2, 4, 5)),
    "first_global_average": (lambda: L.GlobalAveragePooling2D(data_format=FIRST), (3, 4, 5, 2)),
    "first_global_max": (lambda: L.GlobalMaxPooling1D(data_format=FIRST, keepdims=True), (3, 4, 5)),
    "first_max": (lambda: L.MaxPooling3D(2, data_format=FIRST), (2, 3, 4, 5, 2)),
    "first_padding": (lambda: L.ZeroPadding3D((1, 0, 2), data_format=FIRST), (2, 3, 2, 4, 3)),
    "first_separable": (lambda: L.SeparableConv2D(5, 3, padding="same", activation="elu", data_format=FIRST), (2, 3, 5, 4)),
    "first_spectral": (
        lambda: L.SpectralNormalization(L.Conv2D(4, (2, 3), data_format=FIRST), power_iterations=40), (2, 3, 5, 4)),
    "first_time": (lambda: L.TimeDistributed(L.Conv2D(3, 2, data_format=FIRST)), (2, 3, 2, 4, 5)),
    "first_transpose": (lambda: L.Conv2DTranspose(3, 3, strides=2, padding="same", data_format=FIRST), (2, 4, 3, 2)),
    "first_up": (lambda: L.UpSampling2D((2, 3), data_format=FIRST), (2, 3, 2, 4)),
    "gaussian_dropout": (lambda: L.GaussianDropout(0.3), (4, 5)),
    "gaussian_noise": (lambda: L.GaussianNoise(0.3), (4, 5)),
    "spatial1d": (lambda: L.SpatialDropout1D(0.4), (4, 3, 5)),
    "spatial2d": (lambda: L.SpatialDropout2D(0.4), (4, 3, 2, 5)),
    "spatial3d": (lambda: L.SpatialDropout3D(0.4), (4, 3, 2, 2, 5)),
    "average1d": (lambda: L.AveragePooling1D(3, strides=2, padding="same"), (3, 8, 4)),
    "average1d_valid": (lambda: L.AveragePooling1D(2), (2, 7, 3)),
    "cropping1d": (lambda: L.Cropping1D((2, 1)), (3, 7, 4)),
    "cropping2d": (lambda: L.Cropping2D(((1, 0), (2, 1))), (2, 5, 7, 3)),
    "cropping3d": (lambda: L.Cropping3D((1, 0, (0, 2))), (2, 4, 3, 5, 2)),
    "elu": (lambda: L.ELU(0.7), (5, 7)),
    "global_average1d": (lambda: L.GlobalAveragePooling1D(), (3, 5, 6)),
    "global_average1d_kept": (lambda: L.GlobalAveragePooling1D(keepdims=True), (3, 5, 6)),
    "global_average1d_mask": (lambda: L.GlobalAveragePooling1D(), (4, 6, 3), {"masks": [0]}),
    "global_average3d": (lambda: L.GlobalAveragePooling3D(), (2, 3, 4, 2, 5)),
    "global_max1d": (lambda: L.GlobalMaxPooling1D(), (3, 5, 6)),
    "global_max3d": (lambda: L.GlobalMaxPooling3D(keepdims=True), (2, 3, 4, 2, 5)),
    "group_norm": (lambda: L.GroupNormalization(3), (4, 3, 2, 6)),
    "group_norm_axis": (lambda: L.GroupNormalization(2, axis=1, beta_initializer="ones"), (3, 4, 2, 5)),
    "group_norm_each": (lambda: L.GroupNormalization(-1, center=False), (4, 5, 6)),
    "group_norm_one": (lambda: L.GroupNormalization(1, epsilon=1e-2, scale=False), (4, 6)),
    "identity": (lambda: L.Identity(), (4, 3)),
    "leaky": (lambda: L.LeakyReLU(0.2), (5, 7)),
    "max1d": (lambda: L.MaxPooling1D(3, strides=2, padding="same"), (3, 8, 4)),
    "max1d_valid": (lambda: L.MaxPooling1D(2), (2, 7, 3)),
    "padding1d": (lambda: L.ZeroPadding1D((2, 1)), (3, 5, 4)),
    "padding2d": (lambda: L.ZeroPadding2D(((1, 0), (2, 3))), (2, 3, 4, 2)),
    "padding2d_even": (lambda: L.ZeroPadding2D((1, 2)), (2, 3, 4, 2)),
    "padding3d": (lambda: L.ZeroPadding3D(((1, 0), 1, (0, 2))), (2, 3, 2, 4, 2)),
    "prelu": (lambda: L.PReLU(alpha_initializer="glorot_uniform"), (5, 3, 7)),
    "prelu_shared": (lambda: L.PReLU(shared_axes=[1, 2]), (2, 3, 4, 5)),
    "relu": (lambda: L.ReLU(), (5, 7)),
    "relu_mask": (lambda: L.ReLU(max_value=6), (4, 5, 3), {"masks": [0]}),
    "relu_options": (lambda: L.ReLU(max_value=1.5, negative_slope=0.2, threshold=0.3), (9, 7)),
    "rescaling": (lambda: L.Rescaling(1 / 127.5, offset=-1), (3, 4, 5)),
    "rescaling_list": (lambda: L.Rescaling([0.5, 2.0, 3.0], offset=[1.0, 0.0, -1.0]), (2, 4, 3)),
    "rms_norm": (lambda: L.RMSNormalization(epsilon=1e-3), (4, 3, 6)),
    "rms_norm_axes": (lambda: L.RMSNormalization(axis=[-1, -2]), (4, 2, 3, 6)),
    "softmax": (lambda: L.Softmax(), (4, 3, 5)),
    "softmax_axis": (lambda: L.Softmax(axis=1), (4, 3, 2, 5)),
    "unit_norm": (lambda: L.UnitNormalization(), (4, 3, 6)),
    "unit_norm_axes": (lambda: L.UnitNormalization(axis=[1, 3]), (2, 3, 4, 5)),
    "up1d": (lambda: L.UpSampling1D(3), (3, 4, 5)),
    "up2d": (lambda: L.UpSampling2D((2, 3)), (2, 3, 4, 5)),
    "normalization": (lambda: L.Normalization(), (4, 3, 5)),
    "normalization_all": (lambda: L.Normalization(axis=None), (4, 3)),
    "normalization_axes": (lambda: L.Normalization(axis=(1, 3)), (2, 3, 4, 5)),
    "normalization_given": (lambda: L.Normalization(mean=3.0, variance=2.0), (4, 3)),
    "normalization_given_list": (lambda: L.Normalization(axis=[1, -1], mean=[1.0, -2.0], variance=[0.5, 2.0]), (3, 4, 5, 2)),
    "normalization_given_lists": (
        lambda: L.Normalization(axis=(1, 2), mean=[[1.0, 2.0], [-3.0, 0.5], [0.0, 1.5]], variance=[[2.0, 0.5], [1.0, 3.0], [0.25, 4.0]]),
        (2, 3, 2)),
    "normalization_invert": (lambda: L.Normalization(axis=1, invert=True), (4, 3, 5)),
    "normalization_invert_given": (lambda: L.Normalization(axis=None, mean=3.0, variance=2.0, invert=True), (4, 3)),
    "normalization_mask": (lambda: L.Normalization(), (4, 6, 3), {"masks": [0]}),
    "norm_axis": (lambda: L.BatchNormalization(axis=1, momentum=0.8), (5, 3, 4)),
    "norm_axis_images": (lambda: L.BatchNormalization(axis=-3, scale=False), (3, 4, 5, 2)),
    "norm_renorm": (lambda: L.BatchNormalization(momentum=0.8, renorm=True, renorm_momentum=0.7), (7, 5)),
    "norm_renorm_axis": (
        lambda: L.BatchNormalization(axis=1, center=False, moving_variance_initializer=keras.initializers.Constant(0.25), renorm=True), (3, 4, 5)),
    "norm_renorm_clipping": (
        lambda: L.BatchNormalization(scale=False, renorm=True, renorm_clipping={"rmin": 0.8, "rmax": 1.1, "dmax": 0.3}), (4, 6, 5),
        {"masks": [0]}),
    "up2d_bilinear": (lambda: L.UpSampling2D((2, 3), interpolation="bilinear"), (2, 3, 4, 5)),
    "up2d_bicubic": (lambda: L.UpSampling2D((3, 2), interpolation="bicubic"), (2, 5, 4, 3)),
    "up2d_lanczos3": (lambda: L.UpSampling2D((2, 1), interpolation="lanczos3"), (2, 7, 4, 2)),
    "up2d_lanczos5": (lambda: L.UpSampling2D(2, interpolation="lanczos5"), (2, 12, 5, 1)),
    "up3d": (lambda: L.UpSampling3D((2, 1, 3)), (2, 3, 2, 4, 2)),
    "dot": (lambda: L.Dot(1), (4, 3), {"inputs": 2}),
    "dot_axes": (lambda: L.Dot((2, 1)), (3, 4, 3), {"reshaped": [[4, 3], [3, 4]]}),
    "dot_normalize": (lambda: L.Dot(-1, normalize=True), (3, 4, 5), {"inputs": 2}),
    "dot_many": (lambda: L.Dot((1, 2)), (2, 24), {"reshaped": [[3, 8], [2, 3, 4]]}),
    "dot_mask": (lambda: L.Dot((2, 2)), (4, 6, 3), {"inputs": 2, "masks": [0, 1]}),
    "dot_vector": (lambda: L.Dot((1, 1)), (3, 12), {"reshaped": [[12], [12, 1]]}),
    "einsum": (lambda: L.EinsumDense("ab,bc->ac", 7, activation="tanh"), (4, 5)),
    "einsum_alone": (lambda: L.EinsumDense("abcd,ce->abe", (3, 6), bias_axes="e"), (4, 3, 2, 5)),
    "einsum_bert": (lambda: L.EinsumDense("abc,cde->abde", (None, 3, 4), bias_axes="e", activation="silu"), (3, 2, 5)),
    "einsum_bias": (lambda: L.EinsumDense("abc,cde->abde", (2, 3, 4), bias_axes="be"), (3, 2, 5)),
    "einsum_bias_middle": (lambda: L.EinsumDense("abc,cde->abde", (2, 3, 4), bias_axes="d", bias_initializer="ones"), (3, 2, 5)),
    "einsum_bias_turned": (lambda: L.EinsumDense("abc,cde->aebd", (4, 2, 3), bias_axes="eb"), (3, 2, 5)),
    "einsum_left": (lambda: L.EinsumDense("...b,bc->...c", 4, bias_axes="c", kernel_initializer="he_normal"), (2, 3, 5)),
    "einsum_left_bias": (lambda: L.EinsumDense("...c,cde->...de", (3, 4), bias_axes="d"), (2, 3, 5)),
    "einsum_left_shared": (lambda: L.EinsumDense("...bc,bc->...b", 3), (4, 3, 5)),
    "einsum_lm": (lambda: L.EinsumDense("ibd,nd->ibn", (None, 6)), (3, 2, 4)),
    "einsum_lora": (lambda: L.EinsumDense("ab,bcd->acd", (8, 32), lora_rank=2), (2, 3)),
    "einsum_lora_both": (lambda: L.EinsumDense("abd,cd->abcd", (2, 3, 4), lora_rank=2, bias_axes="c"), (3, 2, 4)),
    "einsum_lora_shared": (
        lambda: L.EinsumDense("abc,bcd->abd", (3, 5), bias_axes="bd", activation="tanh", lora_rank=3, lora_alpha=2),
        (4, 3, 2)),
    "einsum_lora_summed": (lambda: L.EinsumDense("ibd,nd->ibn", (None, 6), lora_rank=2), (3, 2, 4)),
    "einsum_mask": (lambda: L.EinsumDense("abc,cd->abd", (None, 4)), (4, 6, 3), {"masks": [0]}),
    "einsum_projection": (lambda: L.EinsumDense("BFNH,NHD->BFD", (None, 4), bias_axes="D"), (3, 2, 4, 3)),
    "einsum_right": (lambda: L.EinsumDense("bc...,cd->bd...", 4), (2, 3, 2, 5)),
    "einsum_right_bias": (lambda: L.EinsumDense("bc...,cde->bde...", (3, 4), bias_axes="e"), (3, 5, 2)),
    "einsum_shared": (lambda: L.EinsumDense("abc,bcd->abd", (3, 5), bias_axes="bd"), (4, 3, 2)),
    "luong": (lambda: L.Attention(), (4, 5, 6), {"inputs": 2}),
    "luong_causal": (lambda: L.Attention(use_scale=True), (4, 5, 6), {"inputs": 2, "call": {"use_causal_mask": True}}),
    "luong_concat": (lambda: L.Attention(score_mode="concat"), (4, 5, 6), {"inputs": 3}),
    "luong_concat_scale": (lambda: L.Attention(use_scale=True, score_mode="concat"), (3, 4, 5), {"inputs": 2}),
    "luong_dropout": (lambda: L.Attention(dropout=0.3), (4, 5, 6), {"inputs": 2}),
    "luong_images": (lambda: L.Attention(), (3, 2, 5, 4), {"inputs": 2}),
    "luong_mask": (lambda: L.Attention(use_scale=True), (4, 5, 6), {"inputs": 2, "masks": [0, 1]}),
    "luong_mask_causal": (
        lambda: L.Attention(), (4, 5, 6), {"inputs": 3, "call": {"use_causal_mask": True}, "masks": [None, 0, 1]}),
    "luong_scores": (lambda: L.Attention(), (4, 5, 6), {"inputs": 2, "call": {"return_attention_scores": True}, "output": 1}),
    "additive": (lambda: L.AdditiveAttention(), (4, 5, 6), {"inputs": 2}),
    "additive_causal": (
        lambda: L.AdditiveAttention(use_scale=False), (4, 5, 6), {"inputs": 3, "call": {"use_causal_mask": True}}),
    "additive_dropout": (lambda: L.AdditiveAttention(dropout=0.3), (4, 5, 6), {"inputs": 2}),
    "additive_mask": (lambda: L.AdditiveAttention(), (4, 5, 6), {"inputs": 2, "masks": [0, 1]}),
    "additive_scores": (
        lambda: L.AdditiveAttention(), (3, 4, 5),
        {"inputs": 2, "call": {"return_attention_scores": True, "use_causal_mask": True}, "output": 1}),
    "attention_gate": (lambda: L.MultiHeadAttention(2, 3, value_dim=4, use_gate=True), (4, 5, 6), {"inputs": 2}),
    "attention_pairs": (
        lambda: L.MultiHeadAttention(2, 3, value_dim=4), (5, 4, 4), {"inputs": 4, "integers": 3, "call": {"use_causal_mask": True}}),
    "attention_pairs_axes": (
        lambda: L.MultiHeadAttention(2, 3), (4, 3, 4, 12), {"integers": 3, "reshaped": [[3, 4, 12]] * 3 + [[3, 4, 3, 4]]}),
    "attention_pairs_heads": (
        lambda: L.MultiHeadAttention(3, 3), (4, 4, 12), {"integers": 3, "reshaped": [[4, 12]] * 3 + [[3, 4, 4]]}),
    "attention_rules": (
        lambda: L.MultiHeadAttention(
            2, 3, kernel_regularizer="l2", bias_regularizer="l1", kernel_constraint="max_norm", bias_constraint="non_neg"),
        (4, 5, 6), {"inputs": 2}),
    "attention_scores": (
        lambda: L.MultiHeadAttention(2, 3), (4, 5, 6), {"inputs": 2, "call": {"return_attention_scores": True}, "output": 1}),
    "attention_scores_axes": (
        lambda: L.MultiHeadAttention(2, 3), (2, 3, 2, 5), {"inputs": 2, "call": {"return_attention_scores": True}, "output": 1}),
    "attention_scores_mask": (
        lambda: L.MultiHeadAttention(2, 3), (4, 5, 6),
        {"inputs": 2, "call": {"return_attention_scores": True, "use_causal_mask": True}, "masks": [0, 1]}),
    "attention_window": (lambda: L.MultiHeadAttention(2, 3, sliding_window=2), (4, 5, 6), {"inputs": 2}),
    "attention_window_causal": (
        lambda: L.MultiHeadAttention(2, 3, sliding_window=3), (4, 5, 6), {"inputs": 2, "call": {"use_causal_mask": True}}),
    "attention_window_mask": (
        lambda: L.MultiHeadAttention(2, 3, value_dim=4, sliding_window=2), (4, 5, 6), {"inputs": 2, "masks": [0, 1]}),
    "group": (lambda: L.GroupQueryAttention(3, 4, 2), (4, 5, 6), {"inputs": 2}),
    "group_causal": (
        lambda: L.GroupQueryAttention(3, 4, 1, use_bias=False), (4, 5, 6), {"inputs": 3, "call": {"use_causal_mask": True}}),
    "group_dropout": (lambda: L.GroupQueryAttention(3, 4, 2, dropout=0.3), (4, 5, 6), {"inputs": 2}),
    "group_gate": (lambda: L.GroupQueryAttention(3, 2, 2, use_gate=True), (4, 5, 6), {"inputs": 2}),
    "group_mask": (lambda: L.GroupQueryAttention(3, 4, 2), (4, 5, 6), {"inputs": 2, "masks": [0, 1]}),
    "group_pairs": (
        lambda: L.GroupQueryAttention(3, 4, 2), (5, 4, 4), {"inputs": 4, "integers": 3, "call": {"use_causal_mask": True}}),
    "group_scores": (
        lambda: L.GroupQueryAttention(3, 4, 2), (4, 5, 6), {"inputs": 2, "call": {"return_attention_scores": True}, "output": 1}),
    "group_window": (
        lambda: L.GroupQueryAttention(3, 4, 2, sliding_window=2), (4, 5, 6),
        {"inputs": 2, "call": {"use_causal_mask": True}, "masks": [None, 0]}),
    "spectral": (lambda: L.SpectralNormalization(L.Dense(5, activation="tanh")), (4, 3)),
    "spectral_conv": (lambda: L.SpectralNormalization(L.Conv2D(4, (2, 3), activation="silu", padding="same"), power_iterations=40), (2, 5, 4, 3)),
    "spectral_einsum": (lambda: L.SpectralNormalization(L.EinsumDense("abc,cde->abde", (2, 3, 4), bias_axes="e")), (3, 2, 5)),
    "spectral_embedding": (lambda: L.SpectralNormalization(L.Embedding(7, 6)), (5, 4), {"integers": 7}),
    "spectral_mask": (lambda: L.SpectralNormalization(L.Dense(5)), (4, 6, 3), {"masks": [0]}),
    "category_count": (lambda: L.CategoryEncoding(5, output_mode="count"), (4, 6), {"integers": 6}),
    "category_count_weights": (lambda: L.CategoryEncoding(5, output_mode="count"), (4, 6), {"integers": 5, "inputs": 2}),
    "category_multi_hot": (lambda: L.CategoryEncoding(5), (4, 3), {"integers": 5}),
    "category_one_hot": (lambda: L.CategoryEncoding(5, output_mode="one_hot"), (4, 3), {"integers": 5}),
    "category_one_hot_alone": (lambda: L.CategoryEncoding(4, output_mode="one_hot"), (5, 1), {"integers": 4}),
    "discretization": (lambda: L.Discretization([-0.5, 0.0, 0.75]), (4, 6), {"whole": True}),
    "discretization_count": (lambda: L.Discretization([-1.0, 0.25], output_mode="count"), (4, 6), {"whole": True}),
    "discretization_multi_hot": (lambda: L.Discretization([-0.5, 0.0, 0.75], output_mode="multi_hot"), (5, 3), {"whole": True}),
    "discretization_one_hot": (lambda: L.Discretization([-0.5, 0.5], output_mode="one_hot"), (4, 3), {"whole": True}),
    "crossing": (lambda: L.HashedCrossing(7), (9, 1), {"integers": 50, "inputs": 2, "whole": True}),
    "crossing_one_hot": (
        lambda: L.HashedCrossing(5, output_mode="one_hot"), (6, 1), {"integers": 50, "inputs": 3, "whole": True}),
    "reversible_embedding": (lambda: L.ReversibleEmbedding(7, 4), (5, 3), {"integers": 7}),
    "reversible_embedding_lora": (lambda: L.ReversibleEmbedding(7, 4, lora_rank=2), (5, 3), {"integers": 7}),
    "reversible_embedding_lora_reverse": (
        lambda: L.ReversibleEmbedding(6, 5, lora_rank=2), (3, 5), {"call": {"reverse": True}}),
    "reversible_embedding_masked": (
        lambda: L.ReversibleEmbedding(6, 3, tie_weights=False, mask_zero=True), (4, 5), {"integers": 4, "masks": [None]}),
    "reversible_embedding_reverse": (
        lambda: L.ReversibleEmbedding(7, 4, embeddings_regularizer="l2"), (5, 3, 4), {"call": {"reverse": True}}),
    "reversible_embedding_cap": (
        lambda: L.ReversibleEmbedding(5, 4, tie_weights=False, logit_soft_cap=0.7), (3, 4), {"call": {"reverse": True}}),
    "hashing": (lambda: L.Hashing(11), (8, 5), {"integers": 100000, "whole": True}),
    "hashing_mask": (lambda: L.Hashing(4, mask_value=0, output_mode="count"), (4, 6), {"integers": 8, "whole": True}),
    "hashing_one_hot": (lambda: L.Hashing(4, output_mode="one_hot"), (4, 1), {"integers": 30, "whole": True}),
    "hashing_salt": (lambda: L.Hashing(13, salt=[7, 11]), (8, 5), {"integers": 100000, "whole": True}),
    "integer_lookup": (lambda: L.IntegerLookup(vocabulary=[12, 3, 8, 5]), (4, 6), {"integers": 14, "whole": True}),
    "integer_lookup_count": (
        lambda: L.IntegerLookup(vocabulary=[2, 3, 5, 0], mask_token=1, output_mode="count"), (4, 6), {"integers": 7, "whole": True}),
    "integer_lookup_hash": (
        lambda: L.IntegerLookup(vocabulary=[4, 2], num_oov_indices=3, oov_method="farmhash", salt=9), (4, 6),
        {"integers": 40, "whole": True}),
    "integer_lookup_idf": (
        lambda: L.IntegerLookup(vocabulary=[4, 2, 1], idf_weights=[0.5, 1.25, 2.0], output_mode="tf_idf"), (4, 6),
        {"integers": 6, "whole": True}),
    "integer_lookup_invert": (
        lambda: L.IntegerLookup(vocabulary=[12, 3, 8, 5], mask_token=0, invert=True), (4, 6), {"integers": 8, "whole": True}),
    "integer_lookup_mask": (
        lambda: L.IntegerLookup(vocabulary=[4, 2, 7], mask_token=0, num_oov_indices=3), (4, 6), {"integers": 9, "whole": True}),
    "integer_lookup_pad": (
        lambda: L.IntegerLookup(max_tokens=6, vocabulary=[4, 2], output_mode="multi_hot", pad_to_max_tokens=True), (4, 3),
        {"integers": 6, "whole": True}),
    "auto_contrast": (lambda: L.AutoContrast(), (3, 5, 4, 3), {"integers": 256}),
    "auto_contrast_range": (lambda: L.AutoContrast(value_range=(-4, 4)), (2, 4, 3, 2)),
    "center_crop": (lambda: L.CenterCrop(3, 2), (2, 6, 5, 3)),
    "center_crop_small": (lambda: L.CenterCrop(7, 4), (2, 5, 6, 2)),
    "clahe": (lambda: L.ContrastLimitedAdaptiveHistogramEqualization(), (2, 5, 6, 1), {"integers": 256}),
    "clahe_grid": (
        lambda: L.ContrastLimitedAdaptiveHistogramEqualization((0, 101), clip_limit=2.5, tile_grid_size=(2, 3)), (2, 7, 8, 3),
        {"integers": 101}),
    "equalization": (lambda: L.Equalization(), (1, 7, 6, 3), {"integers": 256}),
    "equalization_bins": (lambda: L.Equalization(value_range=(0, 100), bins=20), (1, 5, 6, 2), {"integers": 101}),
    "first_resizing": (lambda: L.Resizing(3, 7, data_format=FIRST), (2, 3, 4, 5)),
    "first_rotation": (lambda: L.RandomRotation((0.1, 0.1), data_format=FIRST), (2, 3, 4, 5)),
    "random_blur": (lambda: L.RandomGaussianBlur((1, 1), kernel_size=(3, 5), sigma=(0.7, 0.7), value_range=(-6, 6)), (2, 6, 5, 2)),
    "random_blur_range": (lambda: L.RandomGaussianBlur(0.7, kernel_size=5, value_range=(-6, 6)), (4, 6, 5, 2), {"random": True}),
    "random_brightness": (lambda: L.RandomBrightness((0.3, 0.3)), (3, 4, 5, 3), {"integers": 256}),
    "random_brightness_range": (lambda: L.RandomBrightness(0.2, value_range=(-1.5, 1.5)), (4, 4, 5, 3), {"random": True}),
    "random_brightness_unclipped": (lambda: L.RandomBrightness((-0.1, -0.1), value_range=(-4, 4)), (3, 4, 5, 3)),
    "random_contrast": (lambda: L.RandomContrast((0, 0), value_range=(-9, 9)), (3, 4, 5, 3)),
    "random_contrast_range": (lambda: L.RandomContrast((0.2, 0.5)), (4, 4, 5, 3), {"integers": 256, "random": True}),
    "random_crop": (lambda: L.RandomCrop(3, 2, seed=0), (4, 5, 6, 3), {"random": True}),
    "random_crop_small": (lambda: L.RandomCrop(8, 8, seed=0), (2, 4, 4, 2)),
    "random_degeneration": (lambda: L.RandomColorDegeneration((0.4, 0.4)), (3, 4, 5, 3), {"integers": 256}),
    "random_degeneration_range": (
        lambda: L.RandomColorDegeneration(0.5, value_range=(-9, 9)), (4, 4, 5, 3), {"random": True}),
    "random_elastic": (lambda: L.RandomElasticTransform(0.8, scale=0.9), (3, 9, 12, 2), {"integers": 256, "random": True}),
    "random_elastic_none": (lambda: L.RandomElasticTransform((0, 0)), (2, 6, 5, 2)),
    "random_elastic_constant": (
        lambda: L.RandomElasticTransform((1, 1), scale=(0.5, 1.0), fill_mode="constant", fill_value=0.5, value_range=(-9, 9)),
        (3, 12, 15, 2), {"random": True}),
    "random_erasing": (lambda: L.RandomErasing((1, 1), scale=(1, 1), fill_value=0.5), (2, 4, 5, 2)),
    "random_erasing_noise": (lambda: L.RandomErasing(0.8), (4, 6, 5, 3), {"integers": 256, "random": True}),
    "mix_up": (lambda: L.MixUp(), (4, 3, 5, 2), {"random": True}),
    "mix_up_alpha": (lambda: L.MixUp(1.5, seed=0), (5, 4, 3, 1), {"random": True}),
    "cut_mix": (lambda: L.CutMix(), (4, 6, 5, 2), {"random": True}),
    "cut_mix_range": (lambda: L.CutMix((0.2, 0.6)), (5, 4, 7, 3), {"random": True}),
    "max_boxes": (lambda: L.MaxNumBoundingBoxes(3), (4, 3, 5, 2), {}),
    "random_flip": (lambda: L.RandomFlip(), (4, 3, 5, 2), {"random": True}),
    "random_flip_horizontal": (lambda: L.RandomFlip("horizontal"), (4, 3, 5, 2), {"random": True}),
    "random_grayscale": (lambda: L.RandomGrayscale(1.0), (2, 4, 5, 3)),
    "random_grayscale_half": (lambda: L.RandomGrayscale(), (4, 4, 5, 3), {"random": True}),
    "random_hue": (lambda: L.RandomHue((1, 1)), (2, 4, 5, 3), {"integers": 256}),
    "random_hue_range": (lambda: L.RandomHue(0.6), (4, 4, 5, 3), {"integers": 256, "random": True}),
    "random_invert": (lambda: L.RandomInvert((1, 1), value_range=(0, 1)), (3, 4, 5, 3)),
    "random_invert_half": (lambda: L.RandomInvert((0.5, 0.5), value_range=(0, 1)), (4, 4, 5, 3), {"random": True}),
    "random_jitter": (
        lambda: L.RandomColorJitter(
            brightness_factor=(0.1, 0.1), contrast_factor=(0, 0), saturation_factor=(0.3, 0.3), hue_factor=(1, 1)),
        (2, 4, 5, 3), {"integers": 256}),
    "random_jitter_range": (
        lambda: L.RandomColorJitter(brightness_factor=0.2, contrast_factor=0.3, hue_factor=0.1), (4, 4, 5, 3),
        {"integers": 256, "random": True}),
    "random_perspective": (lambda: L.RandomPerspective((1, 1), scale=0.0), (2, 5, 4, 3)),
    "random_perspective_range": (lambda: L.RandomPerspective(0.8, scale=0.6, fill_value=0.5), (4, 6, 5, 2), {"random": True}),
    "random_posterization": (lambda: L.RandomPosterization((3, 3)), (2, 4, 5, 3), {"integers": 256}),
    "random_posterization_range": (
        lambda: L.RandomPosterization((2, 6), value_range=(0, 255)), (4, 4, 5, 3), {"integers": 256, "random": True}),
    "random_rotation": (lambda: L.RandomRotation((0.1, 0.1)), (2, 5, 7, 3)),
    "random_rotation_constant": (
        lambda: L.RandomRotation((-0.23, -0.23), fill_mode="constant", fill_value=0.7), (2, 6, 5, 2)),
    "random_rotation_nearest": (
        lambda: L.RandomRotation((0.07, 0.07), fill_mode="nearest", interpolation="nearest"), (2, 5, 6, 2)),
    "random_rotation_range": (lambda: L.RandomRotation(0.3), (4, 5, 7, 2), {"random": True}),
    "random_rotation_wrap": (lambda: L.RandomRotation((0.4, 0.4), fill_mode="wrap"), (2, 4, 7, 2)),
    "random_saturation": (lambda: L.RandomSaturation((0.3, 0.3)), (2, 4, 5, 3), {"integers": 256}),
    "random_saturation_range": (lambda: L.RandomSaturation((0.1, 0.8)), (4, 4, 5, 3), {"integers": 256, "random": True}),
    "random_sharpness": (lambda: L.RandomSharpness((0.2, 0.2), value_range=(-9, 9)), (2, 5, 4, 3)),
    "random_sharpness_range": (lambda: L.RandomSharpness(0.9), (4, 5, 4, 3), {"integers": 256, "random": True}),
    "random_shear": (lambda: L.RandomShear((0, 0), (0, 0)), (2, 5, 4, 2)),
    "random_shear_range": (lambda: L.RandomShear((0.1, 0.4), (0, 0.3), fill_mode="wrap"), (4, 5, 6, 2), {"random": True}),
    "random_translation": (lambda: L.RandomTranslation((0.3, 0.3), (-0.45, -0.45)), (2, 5, 6, 3)),
    "random_translation_constant": (
        lambda: L.RandomTranslation((-0.7, -0.7), (0.25, 0.25), fill_mode="constant", fill_value=0.7), (2, 5, 7, 2)),
    "random_translation_nearest": (
        lambda: L.RandomTranslation((0.33, 0.33), (0.2, 0.2), fill_mode="nearest", interpolation="nearest"), (2, 5, 6, 2)),
    "random_translation_range": (lambda: L.RandomTranslation(0.4, (-0.3, 0.1)), (4, 5, 6, 2), {"random": True}),
    "random_translation_wrap": (lambda: L.RandomTranslation((0.9, 0.9), (-1, -1), fill_mode="wrap"), (2, 5, 7, 2)),
    "random_zoom": (lambda: L.RandomZoom((0.3, 0.3)), (2, 5, 6, 3)),
    "random_zoom_both": (
        lambda: L.RandomZoom((-0.4, -0.4), (0.75, 0.75), fill_mode="constant", fill_value=-0.5), (2, 6, 5, 2)),
    "random_zoom_range": (lambda: L.RandomZoom(0.5, (-0.2, 0.1), fill_mode="nearest"), (4, 5, 6, 2), {"random": True}),
    "resizing": (lambda: L.Resizing(7, 3), (2, 5, 4, 3)),
    "resizing_antialias": (lambda: L.Resizing(3, 2, antialias=True), (2, 8, 7, 2)),
    "resizing_bicubic": (lambda: L.Resizing(3, 9, interpolation="bicubic", antialias=True), (2, 7, 4, 2)),
    "resizing_crop": (lambda: L.Resizing(4, 6, crop_to_aspect_ratio=True), (2, 5, 4, 3)),
    "resizing_lanczos3": (lambda: L.Resizing(4, 7, interpolation="lanczos3", antialias=True), (2, 9, 6, 1)),
    "resizing_lanczos5": (lambda: L.Resizing(5, 13, interpolation="lanczos5"), (1, 12, 8, 2)),
    "resizing_nearest": (lambda: L.Resizing(2, 9, interpolation="nearest"), (2, 4, 6, 2)),
    "resizing_pad": (lambda: L.Resizing(6, 4, pad_to_aspect_ratio=True, fill_value=0.5), (2, 3, 7, 2)),
    "solarization": (lambda: L.Solarization(), (2, 4, 5, 3), {"integers": 256}),
    "solarization_range": (
        lambda: L.Solarization((0.1, 0.3), 0.6, value_range=(0, 255)), (4, 4, 5, 3), {"integers": 256, "random": True}),
    "aug_mix": (lambda: L.AugMix(num_chains=2, chain_depth=2), (3, 5, 6, 3), {"integers": 256, "random": True}),
    "aug_mix_few": (lambda: L.AugMix(factor=(0.1, 0.2), alpha=0.4, all_ops=False), (3, 4, 5, 3), {"integers": 256, "random": True}),
    "mel": (lambda: L.MelSpectrogram(32, 8, sampling_rate=1000, num_mel_bins=5, min_power=1.0, top_db=30.0), (1, 60), {"integers": 7}),
    "mel_power": (
        lambda: L.MelSpectrogram(8, 8, sequence_length=6, window="hamming", sampling_rate=1000, num_mel_bins=2, power_to_db=False),
        (3, 8)),
    "mel_window": (
        lambda: L.MelSpectrogram(
            8, 6, window=None, sampling_rate=800, num_mel_bins=3, min_freq=30.0, max_freq=300, top_db=20.0, min_power=1.0, ref_power=2.0),
        (1, 24), {"integers": 7}),
    "pipeline": (
        lambda: L.Pipeline([L.Rescaling(0.5, 1.0), L.CenterCrop(3, 2), L.RandomBrightness((0.1, 0.1), value_range=(-2, 2))]), (2, 5, 4, 3)),
    "pipeline_random": (lambda: L.Pipeline([L.RandomFlip(), L.RandomZoom(0.3)], name="both"), (4, 5, 4, 3), {"random": True}),
    "rand_augment": (lambda: L.RandAugment(), (4, 5, 6, 3), {"integers": 256, "random": True}),
    "rand_augment_none": (lambda: L.RandAugment(num_ops=0), (2, 4, 5, 3)),
    "stft": (lambda: L.STFTSpectrogram(frame_length=4, frame_step=3), (2, 7, 1), {"integers": 7}),
    "stft_expanded": (
        lambda: L.STFTSpectrogram("psd", frame_length=10, fft_length=16, window="hamming", scaling="spectrum", expand_dims=True), (2, 33, 3)),
    "stft_first": (
        lambda: L.STFTSpectrogram("stft", frame_length=8, periodic=True, padding="same", data_format=FIRST, expand_dims=True), (2, 3, 20)),
    "stft_imag": (lambda: L.STFTSpectrogram("imag", frame_length=8, scaling=None), (2, 20, 1)),
    "stft_magnitude": (lambda: L.STFTSpectrogram("magnitude", frame_length=4, padding="same", window=None), (2, 5, 2), {"integers": 3}),
    "stft_real": (lambda: L.STFTSpectrogram("real", frame_length=8, frame_step=8, data_format=FIRST), (2, 2, 24)),
    "time_two": (lambda: L.TimeDistributed(L.Bidirectional(L.GRU(4, return_sequences=True))), (3, 2, 5, 3)),
    # Recurrent layers: any activation, states that are given and returned, cells, and convolutions in time.
    "bidirectional_conv": (
        lambda: L.Bidirectional(L.ConvLSTM1D(3, 2, return_sequences=True, padding="same"), merge_mode="ave"), (2, 4, 5, 2)),
    "bidirectional_none": (lambda: L.Bidirectional(L.SimpleRNN(4), merge_mode=None), (4, 5, 3), {"output": 1}),
    "bidirectional_none_mask": (
        lambda: L.Bidirectional(L.GRU(4, return_sequences=True), merge_mode=None), (4, 5, 3), {"masks": [0], "output": 1}),
    "bidirectional_rnn": (lambda: L.Bidirectional(L.RNN(L.GRUCell(5), return_sequences=True)), (4, 5, 3)),
    "bidirectional_stacked": (
        lambda: L.Bidirectional(L.RNN([L.LSTMCell(5), L.GRUCell(4)]), merge_mode="sum"), (4, 5, 3), {"masks": [0]}),
    "bidirectional_state": (
        lambda: L.Bidirectional(L.GRU(6, return_state=True), merge_mode="sum"), (3, 2, 3),
        {"reshaped": [[2, 3], [6], [6]], "output": 2}),
    "bidirectional_states": (
        lambda: L.Bidirectional(L.LSTM(12)), (4, 4, 3),
        {"reshaped": [[4, 3], [12], [12], [12], [12]], "masks": [0, None, None, None, None]}),
    "bidirectional_states_returned": (
        lambda: L.Bidirectional(L.LSTM(6, return_state=True, return_sequences=True)), (3, 2, 3),
        {"reshaped": [[2, 3], [6], [6], [6], [6]], "output": 3}),
    "conv_lstm1d": (lambda: L.ConvLSTM1D(3, 3), (3, 4, 6, 2)),
    "conv_lstm1d_dilation": (
        lambda: L.ConvLSTM1D(2, 2, dilation_rate=2, padding="same", use_bias=False, return_sequences=True), (2, 3, 6, 3)),
    "conv_lstm1d_first": (
        lambda: L.ConvLSTM1D(4, 3, data_format=FIRST, padding="same", return_sequences=True, go_backwards=True), (2, 3, 2, 5)),
    "conv_lstm1d_plain": (
        lambda: L.ConvLSTM1D(4, 3, activation="gelu", recurrent_activation="hard_sigmoid", unit_forget_bias=False), (2, 3, 6, 2)),
    "conv_lstm2d": (lambda: L.ConvLSTM2D(3, (2, 3)), (2, 3, 5, 6, 2)),
    "conv_lstm2d_dropout": (
        lambda: L.ConvLSTM2D(3, 2, dropout=0.3, recurrent_dropout=0.2, return_sequences=True), (2, 3, 4, 5, 2)),
    "conv_lstm2d_first": (lambda: L.ConvLSTM2D(3, 3, data_format=FIRST, strides=2), (2, 3, 2, 7, 6)),
    "conv_lstm2d_initial": (
        lambda: L.ConvLSTM2D(4, 3, padding="same", return_sequences=True, return_state=True), (2, 2, 3, 4, 2),
        {"reshaped": [[2, 3, 4, 2], [3, 4, 4], [3, 4, 4]], "output": 2}),
    "conv_lstm2d_initial_first": (
        lambda: L.ConvLSTM2D(4, 3, padding="same", return_state=True, data_format=FIRST), (2, 2, 2, 3, 4),
        {"reshaped": [[2, 2, 3, 4], [4, 3, 4], [4, 3, 4]], "output": 1}),
    "conv_lstm2d_same": (
        lambda: L.ConvLSTM2D(3, 3, padding="same", strides=2, return_sequences=True, go_backwards=True), (2, 3, 5, 4, 2)),
    "conv_lstm3d": (lambda: L.ConvLSTM3D(2, 2, return_state=True), (2, 3, 3, 4, 3, 2), {"output": 2}),
    "conv_lstm3d_dropout": (lambda: L.ConvLSTM3D(2, 2, padding="same", recurrent_dropout=0.3), (2, 2, 3, 2, 2, 3)),
    "conv_lstm3d_same": (
        lambda: L.ConvLSTM3D(2, (1, 2, 3), padding="same", return_sequences=True, recurrent_activation="softsign"), (2, 2, 2, 3, 3, 2)),
    "gru_any": (lambda: L.GRU(6, activation="gelu", recurrent_activation="silu", return_sequences=True), (3, 5, 4)),
    "gru_any_before_mask": (
        lambda: L.GRU(
            5, activation="silu", recurrent_activation="softmax", reset_after=False, zero_output_for_mask=True,
            return_sequences=True),
        (4, 6, 3), {"masks": [0]}),
    "gru_cell": (lambda: L.GRUCell(6), (5, 6), {"inputs": 2}),
    "gru_cell_before": (lambda: L.GRUCell(4, reset_after=False, use_bias=False), (5, 4), {"inputs": 2, "output": 1}),
    "gru_cell_dropout": (lambda: L.GRUCell(4, dropout=0.2, recurrent_dropout=0.3, reset_after=False), (5, 4), {"inputs": 2}),
    "gru_initial": (
        lambda: L.GRU(6, return_sequences=True, return_state=True, go_backwards=True), (5, 2, 3),
        {"reshaped": [[2, 3], [6]], "output": 1}),
    "gru_initial_before_mask": (
        lambda: L.GRU(12, reset_after=False, return_state=True), (5, 4, 3),
        {"reshaped": [[4, 3], [12]], "masks": [0, None], "output": 1}),
    "gru_initial_mask": (
        lambda: L.GRU(12, return_sequences=True), (5, 4, 3), {"reshaped": [[4, 3], [12]], "masks": [0, None]}),
    "gru_initial_wide": (
        lambda: L.GRU(40, return_sequences=True), (21, 4, 10), {"reshaped": [[4, 10], [40]]}),
    "gru_recurrent_dropout": (lambda: L.GRU(4, dropout=0.2, recurrent_dropout=0.3), (4, 5, 6)),
    "gru_recurrent_dropout_before": (
        lambda: L.GRU(4, recurrent_dropout=0.3, reset_after=False, return_sequences=True), (4, 5, 6), {"masks": [0]}),
    "gru_state": (lambda: L.GRU(6, return_sequences=True, return_state=True), (5, 7, 4), {"output": 1}),
    "lstm_any": (lambda: L.LSTM(6, activation="gelu", recurrent_activation="silu"), (3, 5, 4)),
    "lstm_any_mask": (
        lambda: L.LSTM(6, activation="mish", recurrent_activation="softmax", return_sequences=True, go_backwards=True), (4, 5, 3),
        {"masks": [0]}),
    "lstm_cell": (lambda: L.LSTMCell(6), (5, 6), {"inputs": 3}),
    "lstm_cell_dropout": (lambda: L.LSTMCell(4, dropout=0.2, recurrent_dropout=0.3), (5, 4), {"inputs": 3}),
    "lstm_cell_state": (lambda: L.LSTMCell(6, activation="gelu", use_bias=False), (5, 6), {"inputs": 3, "output": 2}),
    "lstm_initial": (lambda: L.LSTM(6), (5, 2, 3), {"reshaped": [[2, 3], [6], [6]]}),
    "lstm_initial_mask": (
        lambda: L.LSTM(12, return_sequences=True, return_state=True, zero_output_for_mask=True), (5, 4, 3),
        {"reshaped": [[4, 3], [12], [12]], "masks": [0, None, None]}),
    "lstm_initial_state": (
        lambda: L.LSTM(6, go_backwards=True, return_state=True, activation="softsign"), (5, 2, 3),
        {"reshaped": [[2, 3], [6], [6]], "output": 2}),
    "lstm_initial_wide": (
        lambda: L.LSTM(40, return_sequences=True, return_state=True), (21, 4, 10),
        {"reshaped": [[4, 10], [40], [40]], "output": 2}),
    "lstm_recurrent_dropout": (lambda: L.LSTM(4, dropout=0.2, recurrent_dropout=0.3, return_sequences=True), (4, 5, 6)),
    "lstm_recurrent_dropout_mask": (lambda: L.LSTM(4, recurrent_dropout=0.3), (4, 5, 6), {"masks": [0]}),
    "lstm_state": (lambda: L.LSTM(6, return_state=True), (5, 7, 4), {"output": 1}),
    "lstm_state_mask": (lambda: L.LSTM(6, return_state=True, return_sequences=True), (5, 7, 4), {"masks": [0], "output": 2}),
    "lstm_unrolled": (lambda: L.LSTM(6, unroll=True, go_backwards=True), (3, 4, 5)),
    "lstm_unrolled_initial_mask": (
        lambda: L.LSTM(12, unroll=True, return_sequences=True), (5, 4, 3),
        {"reshaped": [[4, 3], [12], [12]], "masks": [0, None, None]}),
    "lstm_unrolled_mask": (
        lambda: L.LSTM(6, unroll=True, return_sequences=True, zero_output_for_mask=True), (4, 5, 3), {"masks": [0]}),
    "rnn_any": (lambda: L.SimpleRNN(6, activation="gelu", return_sequences=True), (5, 7, 4)),
    "rnn_cell": (lambda: L.SimpleRNNCell(6), (5, 6), {"inputs": 2}),
    "rnn_cell_dropout": (lambda: L.SimpleRNNCell(6, dropout=0.2, recurrent_dropout=0.3), (5, 6), {"inputs": 2}),
    "rnn_cell_plain": (lambda: L.SimpleRNNCell(4, activation="silu", use_bias=False), (5, 4), {"inputs": 2, "output": 1}),
    "rnn_initial": (
        lambda: L.SimpleRNN(6, return_sequences=True, return_state=True), (5, 2, 3), {"reshaped": [[2, 3], [6]], "output": 1}),
    "rnn_initial_mask": (
        lambda: L.SimpleRNN(12, return_sequences=True, go_backwards=True), (5, 4, 3), {"reshaped": [[4, 3], [12]], "masks": [0, None]}),
    "rnn_of_gru": (lambda: L.RNN(L.GRUCell(5, reset_after=False), return_sequences=True, go_backwards=True), (3, 5, 4)),
    "rnn_of_lstm": (lambda: L.RNN(L.LSTMCell(5), return_sequences=True, return_state=True), (3, 5, 4), {"masks": [0], "output": 2}),
    "rnn_of_lstm_initial": (
        lambda: L.RNN(L.LSTMCell(12), zero_output_for_mask=True, return_sequences=True), (3, 4, 3),
        {"reshaped": [[4, 3], [12], [12]], "masks": [0, None, None]}),
    "rnn_of_simple": (lambda: L.RNN(L.SimpleRNNCell(5, activation="elu"), unroll=True), (3, 5, 4)),
    "rnn_recurrent_dropout": (lambda: L.SimpleRNN(4, dropout=0.2, recurrent_dropout=0.3), (4, 5, 6)),
    "rnn_stacked": (lambda: L.RNN([L.SimpleRNNCell(5), L.SimpleRNNCell(4), L.SimpleRNNCell(3)]), (3, 4, 6)),
    "rnn_stacked_dropout": (
        lambda: L.RNN(
            [L.GRUCell(3, dropout=0.1, recurrent_dropout=0.1), L.LSTMCell(4, dropout=0.2, recurrent_dropout=0.1)],
            return_sequences=True),
        (3, 4, 6)),
    "rnn_stacked_initial": (
        lambda: L.RNN([L.LSTMCell(6), L.GRUCell(6)], return_state=True), (3, 2, 3),
        {"reshaped": [[2, 3], [6], [6], [6]], "output": 2}),
    "rnn_stacked_mask": (
        lambda: L.RNN([L.LSTMCell(5), L.LSTMCell(4)], return_sequences=True, zero_output_for_mask=True), (4, 5, 3), {"masks": [0]}),
    "rnn_stacked_mask_kept": (
        lambda: L.RNN([L.LSTMCell(5), L.GRUCell(4)], return_sequences=True), (4, 5, 3), {"masks": [0]}),
    "rnn_stacked_state": (
        lambda: L.RNN([L.GRUCell(5), L.LSTMCell(4)], return_sequences=True, return_state=True), (3, 4, 3), {"output": 3}),
    "rnn_state": (lambda: L.SimpleRNN(6, return_state=True), (5, 7, 4), {"output": 1}),
    "rnn_stateful": (lambda: L.SimpleRNN(6, stateful=True, activation="gelu", return_sequences=True), (5, 3, 4)),
    "rnn_stacked_stateful": (
        lambda: L.RNN([L.GRUCell(5), L.LSTMCell(4)], stateful=True, return_state=True), (3, 4, 3), {"output": 2}),
    "bidirectional_stateful": (lambda: L.Bidirectional(L.GRU(4, stateful=True, return_sequences=True)), (4, 3, 5), {"masks": [0]}),
    "conv_lstm1d_stateful": (lambda: L.ConvLSTM1D(3, 2, stateful=True), (2, 3, 5, 2)),
    "conv_lstm2d_stateful": (
        lambda: L.ConvLSTM2D(3, 2, stateful=True, data_format=FIRST, return_sequences=True), (2, 3, 2, 5, 4)),
    "conv_lstm3d_stateful": (lambda: L.ConvLSTM3D(2, 2, stateful=True, padding="same"), (2, 2, 3, 3, 2, 2)),
    "gru_stateful": (lambda: L.GRU(6, stateful=True, return_sequences=True), (5, 4, 3)),
    "lstm_stateful": (lambda: L.LSTM(6, stateful=True, return_sequences=True), (5, 4, 3), {"masks": [0]}),
    "lstm_stateful_initial": (
        lambda: L.LSTM(6, stateful=True, go_backwards=True), (5, 2, 3), {"reshaped": [[2, 3], [6], [6]]}),
    "lstm_stateful_unrolled": (lambda: L.LSTM(5, stateful=True, unroll=True, recurrent_dropout=0.2), (4, 3, 2)),
    "stacked_cells": (
        lambda: L.StackedRNNCells([L.LSTMCell(6), L.GRUCell(6)]), (4, 6), {"inputs": 4, "output": 2}),
    "time_rnn": (lambda: L.TimeDistributed(L.RNN(L.LSTMCell(4))), (2, 3, 4, 5)),
}


HEADS = (L.MultiHeadAttention, L.GroupQueryAttention)
CELLS = (L.SimpleRNNCell, L.GRUCell, L.LSTMCell, L.StackedRNNCells)
RECURRENT = CELLS + (L.RNN, L.Bidirectional)


def draws(layer):
    """Whether a layer, or a layer within it, draws random numbers in training, where it has no oracle."""
    if layer is None:
        return False
    if isinstance(layer, (L.Dropout, L.AlphaDropout, L.GaussianDropout, L.GaussianNoise)):
        return True
    shares = [getattr(layer, name, 0) for name in ("dropout", "recurrent_dropout")]
    own = isinstance(layer, (L.Attention, L.RNN) + CELLS + HEADS) and any(share > 0 for share in shares if isinstance(share, float))
    return own or any(draws(part) for part in layer._flatten_layers(include_self=False))


def with_states(layer, values):
    """The arguments of a recurrent layer's call: the sequence, and the states, which are lists of lists for several cells."""
    values = list(values)
    if len(values) == 1:
        return values
    states = values[1:]
    cells = layer if isinstance(layer, L.StackedRNNCells) else getattr(layer, "cell", None)
    if isinstance(cells, L.StackedRNNCells):
        states = [[states.pop(0) for _ in (size if isinstance(size, list) else [size])] for size in cells.state_size]
    return [values[0], states]


def mask_steps(rng, x, masks):
    """Gives random steps, and all of the last sample, the values that are masked."""
    values = [value for value in masks if value is not None]
    if not values:
        return
    steps = rng.integers(0, 2 + len(values), x.shape[:-1])
    steps[-1] = 0
    for index, value in enumerate(dict.fromkeys(values)):
        x[steps == index] = value


# Layers that take each input as an argument of its own.
SEPARATE = HEADS + (L.CategoryEncoding,)


def arrays_of(
    name, layer, shape, inputs=1, integers=None, reshaped=None, call=None, masks=None, output=None, random=False, whole=False):
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    x = np.asarray(rng.integers(0, integers, shape) if integers else rng.standard_normal(shape), "f4")
    if masks:
        mask_steps(rng, x, masks)
    arrays = {"x": x}
    x = jnp.asarray(x)
    shapes = [(shape[0], *row) for row in reshaped] if reshaped else [shape] * inputs
    # Attention in heads takes each input as an argument of its own; the fourth is an attention mask.
    pack = (lambda values: values) if isinstance(layer, SEPARATE) else (lambda values: values if len(shapes) == 1 else [values])
    if isinstance(layer, RECURRENT):
        pack = lambda values: with_states(layer, values)
    layer.build(*pack(shapes)[: 1 if isinstance(layer, (*RECURRENT, L.CategoryEncoding)) else 3])
    is_random = random or whole or draws(layer) or draws(getattr(layer, "layer", None))
    if isinstance(layer, L.MultiHeadAttention) and layer.value_dim != layer.key_dim:
        # Keras's fused attention on JAX fails then; a dropout, whose layer drops nothing, takes the other way.
        layer._dropout = 1e-30
    weights = [np.asarray(rng.standard_normal(v.shape) * 0.4, "f4") for v in layer.trainable_variables]
    is_seed = ["seed_generator" in v.path for v in layer.non_trainable_variables]
    state = [
        v.value if seed else jnp.asarray(rng.uniform(0.2, 1.5, v.shape), v.dtype)
        for v, seed in zip(layer.non_trainable_variables, is_seed)
    ]
    if isinstance(layer, L.Normalization):
        # It computes with copies of its variables.
        for variable, value in zip(layer.non_trainable_variables, state):
            variable.assign(value)
        layer.finalize_state()
    takes_training = "training" in inspect.signature(layer.call).parameters

    def compute(weights, x, training):
        if isinstance(layer, L.InputLayer):
            return x, []
        if isinstance(layer, L.RandomCrop) and not training:
            # Keras 3.15 does not crop in inference, as it documents.
            return image_utils.smart_resize(x, (layer.height, layer.width)), []
        if whole:
            # TensorFlow takes whole numbers as they are.
            y = layer(*pack([np.asarray(x, "i8" if integers else "f4").reshape(each) for each in shapes]))
            return y, []
        options = (call or {}) | ({"training": training} if takes_training else {})
        values = [jnp.reshape(x, each) for each in shapes]
        if isinstance(layer, HEADS) and len(values) == 4:
            options["attention_mask"] = values.pop()
        if masks is None:
            y, after = layer.stateless_call(weights, state, *pack(values), **options)
            return keras.tree.flatten(y)[output or 0], after
        # A stateless call would not look at masks.
        values = [each if value is None else L.Masking(value)(each) for each, value in zip(values, masks)]
        variables = layer.trainable_variables + layer.non_trainable_variables
        with keras.StatelessScope(state_mapping=list(zip(variables, weights + state))) as scope:
            y = layer(*pack(values), **options)
        y = keras.tree.flatten(y)[output or 0]
        return y, [scope.get_current_value(v) for v in layer.non_trainable_variables]

    arrays["inference"] = compute(weights, x, False)[0]
    mask = backend.get_keras_mask(arrays["inference"])
    if mask is not None:
        arrays["mask"] = mask
    arrays |= {f"weight{index}": w for index, w in enumerate(weights + [s for s, seed in zip(state, is_seed) if not seed])}
    if is_random:
        return arrays
    y, pullback, after = jax.vjp(lambda w, x: compute(w, x, True), weights, x, has_aux=True)
    dy = np.asarray(rng.standard_normal(y.shape), "f4")
    gradients, dx = pullback(jnp.asarray(dy))
    arrays |= {"training": y, "dy": dy, "dx": dx}
    arrays |= {f"gradient{index}": g for index, g in enumerate(gradients)}
    arrays |= {f"after{index}": s for index, s in enumerate(s for s, seed in zip(after, is_seed) if not seed)}
    return arrays


def make(name):
    build, shape, *rest = ROWS[name]
    options = rest[0] if rest else {}
    keras.backend.clear_session()
    layer = build()
    configuration = keras.saving.serialize_keras_object(layer)
    with open(os.path.join(FOLDER, name + ".json"), "w") as file:
        json.dump({"layer": configuration, **options}, file, indent=1, sort_keys=True)
        file.write("\n")
    arrays = arrays_of(name, layer, shape, **options)
    arrays = {key: np.asarray(value, "f4") for key, value in arrays.items()}
    if name == "global_average1d_mask":
        # Keras divides by zero where no step counts. Here such a mean is 0.
        arrays = {key: np.nan_to_num(value, nan=0) for key, value in arrays.items()}
    np.savez(os.path.join(FOLDER, name + ".npz"), **arrays)


def make_vocabularies():
    """A model whose vocabularies come from data, so that they lie beside its configuration."""
    keras.backend.clear_session()
    data = np.array([[4, 9, 4], [7, 4, 9], [2, 9, 11]])
    words, weighted = L.IntegerLookup(mask_token=2, num_oov_indices=2), L.IntegerLookup(max_tokens=4, output_mode="tf_idf")
    words.adapt(data)
    weighted.adapt(data)
    bins = L.Discretization(num_bins=3, output_mode="count")
    bins.adapt(np.arange(30.0))
    ids = keras.Input((3,), dtype="int64")
    counts = L.CategoryEncoding(7, output_mode="count")(words(ids))
    model = keras.Model(ids, L.Concatenate()([counts, keras.Sequential([weighted])(ids), bins(ids)]), name="vocabularies")
    model.save(os.path.join(FOLDER, "../vocabularies.keras"))
    x = np.array([[4, 9, 2], [7, 5, 8], [11, 30, 4]])
    np.savez(os.path.join(FOLDER, "../vocabularies.npz"), x=np.asarray(x, "i4"), y=np.asarray(model(x), "f4"))


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    for name in sys.argv[1:] or [*ROWS, "vocabularies"]:
        make_vocabularies() if name == "vocabularies" else make(name)
