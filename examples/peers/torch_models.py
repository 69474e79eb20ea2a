"""The models of the workloads in PyTorch, with their data, optimizers and losses: images channels last, and the fused Adam."""
import torch
from torch import nn
from torch.nn import functional
from torch.optim import SGD, Adam, RMSprop

from torch_networks import NETWORKS
from workloads import WORKLOADS


class LSTM(nn.Module):
    """Maps the last output of a recurrent layer to classes."""

    def __init__(self):
        super().__init__()
        self.recurrent = nn.LSTM(28, 128, batch_first=True)
        self.dense = nn.Linear(128, 10)

    def forward(self, x):
        return self.dense(self.recurrent(x)[0][:, -1])


# Models for classes return logits, because the loss contains the softmax, as usual in PyTorch.
MODELS = {
    "seed_line": lambda: nn.Linear(1, 1),
    "beans": lambda: nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 1), nn.Sigmoid()),
    "people": lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)),
    "mlp": lambda: nn.Sequential(
        *(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)),
    ),
    "cnn": lambda: nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10)),
    ),
    "lstm": LSTM,
} | NETWORKS

# Keras's defaults.
OPTIMIZERS = {
    "seed_line": lambda parameters: SGD(parameters, 0.01),
    "beans": lambda parameters: SGD(parameters, 0.05),
    "people": lambda parameters: RMSprop(parameters, 0.001, alpha=0.9, eps=1e-7),
}


def adam(parameters):
    return Adam(parameters, 0.001, eps=1e-7, fused=True)


def momentum(parameters):
    return SGD(parameters, 0.01, momentum=0.9)


def made(name):
    """The model, its optimizer, inputs and targets."""
    x, y = (torch.from_numpy(values) for values in WORKLOADS[name].data())
    model, is_image = MODELS[name](), len(WORKLOADS[name].shape) == 3
    if is_image:
        x = x.permute(0, 3, 1, 2)
        model = model.to(memory_format=torch.channels_last)
    other = momentum if is_image and name in NETWORKS else adam
    return model, OPTIMIZERS.get(name, other)(model.parameters()), x, y


def loss_of(name):
    return functional.cross_entropy if WORKLOADS[name].classes else functional.mse_loss


def right(name, outputs, targets):
    """The number of outputs that agree with the targets."""
    return (outputs.argmax(-1) == targets if WORKLOADS[name].classes else (outputs > 0.5) == targets).sum()
