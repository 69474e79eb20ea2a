"""Well-known networks in Keras: models without weights of their own, to be trained."""
import keras
from keras import applications, layers


def application(name):
    return lambda shape: getattr(applications, name)(weights=None, input_shape=shape, classes=1000)


def transformer(shape):
    numbers = keras.Input(shape, dtype="int32")
    x = layers.Embedding(10_000, 128)(numbers)
    for _ in range(2):
        x = layers.LayerNormalization(epsilon=1e-6)(x + layers.MultiHeadAttention(4, 32)(x, x))
        wide = layers.Dense(512, "relu")(x)
        x = layers.LayerNormalization(epsilon=1e-6)(x + layers.Dense(128)(wide))
    return keras.Model(numbers, layers.Dense(10, "softmax")(layers.GlobalAveragePooling1D()(x)))


def recurrent(make):
    return lambda shape: keras.Sequential([keras.Input(shape), make(), layers.Dense(10, "softmax")])


NETWORKS = {
    "resnet50": application("ResNet50"),
    "resnet50_64": application("ResNet50"),
    "mobilenet_v2": application("MobileNetV2"),
    "efficientnet_b0": application("EfficientNetB0"),
    "vgg16": application("VGG16"),
    "transformer": transformer,
    "gru": recurrent(lambda: layers.GRU(128)),
    "bilstm": recurrent(lambda: layers.Bidirectional(layers.LSTM(128))),
}
