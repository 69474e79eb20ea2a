"""The workloads in PyTorch on several ranks: DistributedDataParallel over gloo. Arguments: RANKS THREADS [workload…].

Each rank is a process with its own cores. It takes its part of every batch, from a permutation that all ranks draw alike.
"""
import gc

from workloads import WORKLOADS, arguments, keep_to_cores, limit_threads, measure

ranks, threads, names = arguments("RANKS", "THREADS")
limit_threads(threads)

import torch
from torch import distributed, multiprocessing
from torch.nn.parallel import DistributedDataParallel

from torch_models import loss_of, made, right


def trainer(name, rank):
    work = WORKLOADS[name]
    model, optimizer, x, y = made(name)
    # Without the default copies of gradients, and with the promise that all steps are alike.
    model = DistributedDataParallel(model, gradient_as_bucket_view=True, static_graph=True)
    loss_between = loss_of(name)
    permutations = torch.Generator().manual_seed(1)

    def part(rows):
        return rows[len(rows) * rank // ranks : len(rows) * (rank + 1) // ranks]

    def step(inputs, targets, count):
        """A step on this rank's part of a batch of `count`; returns the sum of the part's losses."""
        outputs = model(inputs)
        loss = loss_between(outputs, targets, reduction="sum")
        optimizer.zero_grad()
        # DistributedDataParallel takes the mean of the ranks' gradients. With this factor it is the mean over the
        # batch, even if the parts differ in size.
        (loss * (ranks / count)).backward()
        optimizer.step()
        return loss.detach(), outputs.detach()

    def total(*sums):
        """Each sum over all ranks, divided by the rows of the data."""
        sums = torch.stack(sums)
        distributed.all_reduce(sums)
        return (sums / len(x)).tolist()

    def epoch():
        loss_sum = right_sum = torch.zeros(())
        for batch in torch.randperm(len(x), generator=permutations).split(work.batch):
            rows = part(batch)
            loss, outputs = step(x[rows], y[rows], len(batch))
            loss_sum = loss_sum + loss
            right_sum = right_sum + right(name, outputs, y[rows])
        return total(loss_sum, right_sum)

    if name == "seed_line":
        inputs, targets = part(x), part(y)
        return lambda: total(*(step(inputs, targets, len(x))[0] for _ in range(work.epochs)))
    return lambda: [epoch() for _ in range(work.epochs)]


def run(rank, port):
    """The work of a rank."""
    keep_to_cores(threads, rank)
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(threads)
    # Dropout differs between ranks; the weights are rank 0's.
    torch.manual_seed(rank)
    store = distributed.TCPStore("127.0.0.1", port, is_master=False)
    distributed.init_process_group("gloo", store=store, rank=rank, world_size=ranks)
    for name in names:
        measure("torch", f"torch {torch.__version__} DDP", name, threads, trainer(name, rank), ranks, rank)
    # A model keeps the process group alive. Its threads would outlive Python, and the process would end by a signal.
    gc.collect()
    distributed.destroy_process_group()


if __name__ == "__main__":
    # The meeting point of the ranks, on a free port.
    meeting = distributed.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    multiprocessing.spawn(run, (meeting.port,), ranks)
