"""The workloads in PyTorch, eager. Arguments: THREADS [workload…]."""
from workloads import WORKLOADS, begin, measure, predicts

threads, names = begin()

import torch

from torch_models import loss_of, made, right

torch.set_num_threads(threads)
torch.set_num_interop_threads(threads)


def trainer(name):
    work = WORKLOADS[name]
    model, optimizer, x, y = made(name)
    if predicts():
        model.eval()

        @torch.inference_mode()
        def predict():
            return [model(rows) for rows in x.split(work.batch)]

        return predict
    loss_between = loss_of(name)

    def step(inputs, targets):
        outputs = model(inputs)
        loss = loss_between(outputs, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach(), outputs.detach()

    def epoch():
        loss_sum = right_sum = torch.zeros(())
        for rows in torch.randperm(len(x)).split(work.batch):
            loss, outputs = step(x[rows], y[rows])
            loss_sum = loss_sum + loss * len(rows)
            right_sum = right_sum + right(name, outputs, y[rows])
        return loss_sum.item() / len(x), right_sum.item() / len(x)

    if name == "seed_line":
        return lambda: [step(x, y)[0].item() for _ in range(work.epochs)]
    return lambda: [epoch() for _ in range(work.epochs)]


for name in names:
    measure("torch", f"torch {torch.__version__}", name, threads, trainer(name))
