"""Well-known networks in PyTorch, with the layers that Keras's have. They return logits."""
import torch
from torch import nn
from torch.nn import functional


def convolution(channels, filters, taps, stride=1, groups=1, bias=False, activation=nn.Identity):
    """A convolution with padding, normalized."""
    return nn.Sequential(
        nn.Conv2d(channels, filters, taps, stride, taps // 2, groups=groups, bias=bias), nn.BatchNorm2d(filters), activation())


def images(*parts, channels):
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 1000))


def relu():
    return nn.ReLU(inplace=True)


class Bottleneck(nn.Module):
    """A residual block. Its stride is that of its first convolution, as in Keras."""

    def __init__(self, channels, filters, stride, is_first):
        super().__init__()
        self.inside = nn.Sequential(
            convolution(channels, filters, 1, stride, bias=True, activation=relu),
            convolution(filters, filters, 3, bias=True, activation=relu),
            convolution(filters, 4 * filters, 1, bias=True))
        self.shortcut = convolution(channels, 4 * filters, 1, stride, bias=True) if is_first else nn.Identity()

    def forward(self, x):
        return functional.relu_(self.inside(x) + self.shortcut(x))


def resnet50():
    layers, channels = [convolution(3, 64, 7, 2, bias=True, activation=relu), nn.MaxPool2d(3, 2, 1)], 64
    for filters, blocks, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
        for block in range(blocks):
            layers.append(Bottleneck(channels, filters, stride if block == 0 else 1, block == 0))
            channels = 4 * filters
    return images(*layers, channels=channels)


def vgg16():
    layers, channels = [], 3
    for filters, convolutions in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]:
        for _ in range(convolutions):
            layers += [nn.Conv2d(channels, filters, 3, padding=1), relu()]
            channels = filters
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(
        *layers, nn.Flatten(), nn.Linear(512 * 7 * 7, 4096), relu(), nn.Linear(4096, 4096), relu(), nn.Linear(4096, 1000))


class Weighted(nn.Module):
    """Weighs channels by their means."""

    def __init__(self, channels, reduced):
        super().__init__()
        self.weights = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, reduced, 1), nn.SiLU(), nn.Conv2d(reduced, channels, 1), nn.Sigmoid())

    def forward(self, x):
        return x * self.weights(x)


class Inverted(nn.Module):
    """A block that is wider inside than at its ends."""

    def __init__(self, channels, filters, expansion, taps, stride, activation, is_weighted, dropout):
        super().__init__()
        width = expansion * channels
        layers = [convolution(channels, width, 1, activation=activation)] if expansion > 1 else []
        layers.append(convolution(width, width, taps, stride, groups=width, activation=activation))
        if is_weighted:
            layers.append(Weighted(width, channels // 4))
        self.inside = nn.Sequential(*layers, convolution(width, filters, 1))
        self.is_residual = stride == 1 and channels == filters
        self.dropout = dropout

    def forward(self, x):
        y = self.inside(x)
        if self.is_residual and self.training and self.dropout:
            keep = 1 - self.dropout
            y = y * torch.empty(len(y), 1, 1, 1).bernoulli_(keep).div_(keep)
        return x + y if self.is_residual else y


def inverted(stages, activation, is_weighted, dropout=0):
    layers, channels, number = [convolution(3, 32, 3, 2, activation=activation)], 32, 0
    blocks = sum(repeats for _, _, repeats, _, _ in stages)
    for expansion, filters, repeats, stride, taps in stages:
        for block in range(repeats):
            layers.append(
                Inverted(
                    channels, filters, expansion, taps, stride if block == 0 else 1, activation, is_weighted, dropout * number / blocks))
            channels, number = filters, number + 1
    return images(*layers, convolution(channels, 1280, 1, activation=activation), channels=1280)


def mobilenet_v2():
    stages = [
        (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 32, 3, 2, 3), (6, 64, 4, 2, 3), (6, 96, 3, 1, 3), (6, 160, 3, 2, 3), (6, 320, 1, 1, 3)]
    return inverted(stages, lambda: nn.ReLU6(inplace=True), False)


def efficientnet_b0():
    stages = [
        (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)]
    return inverted(stages, lambda: nn.SiLU(inplace=True), True, dropout=0.2)


class Transformer(nn.Module):
    """An embedding, two blocks of attention and the mean over time."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10_000, 128)
        self.blocks = nn.Sequential(*(nn.TransformerEncoderLayer(128, 4, 512, dropout=0, batch_first=True) for _ in range(2)))
        self.dense = nn.Linear(128, 10)

    def forward(self, x):
        return self.dense(self.blocks(self.embedding(x)).mean(1))


class Recurrent(nn.Module):
    """Maps the last outputs of a recurrent layer to classes."""

    def __init__(self, recurrent):
        super().__init__()
        self.recurrent = recurrent
        self.directions = 2 if recurrent.bidirectional else 1
        self.dense = nn.Linear(128 * self.directions, 10)

    def forward(self, x):
        states = self.recurrent(x)[1]
        states = states[0] if isinstance(states, tuple) else states
        return self.dense(torch.cat(tuple(states), -1))


NETWORKS = {
    "resnet50": resnet50,
    "resnet50_64": resnet50,
    "mobilenet_v2": mobilenet_v2,
    "efficientnet_b0": efficientnet_b0,
    "vgg16": vgg16,
    "transformer": Transformer,
    "gru": lambda: Recurrent(nn.GRU(28, 128, batch_first=True)),
    "bilstm": lambda: Recurrent(nn.LSTM(28, 128, batch_first=True, bidirectional=True)),
}
