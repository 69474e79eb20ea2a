"""Measures trainers in turns."""
import json
import os
import time
from pathlib import Path

from command import run
from units import short, size

here = Path(__file__).resolve().parent
lockstep = here.parent.parent / "launch" / "run"
# Seconds after which a job is ended, because ranks can wait for each other for ever.
LIMIT = 900


def measured(trainer, workload, ranks, threads, python, log, predict):
    """The result of one process or of one job of several ranks, or nothing, and the reason of a failure."""
    command = [python, here / f"{trainer}_workloads.py", str(threads), workload]
    if trainer == "lockstep":
        work = "predict" if predict else "train"
        command = [lockstep, "-n", str(ranks), "--threads", str(threads), "lockstep", "bench", work, workload, "--json"]
    elif ranks > 1:
        command = [python, here / f"{trainer}_ddp.py", str(ranks), str(threads), workload]

    def keep_to_cores():
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: ranks * threads])

    variables = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PEERS_PREDICT": str(int(predict))}
    printed, reason = run(command, log, timeout=LIMIT if ranks > 1 else None, preexec_fn=keep_to_cores, env=variables)
    lines = [line for line in (printed or "").splitlines() if line.startswith("{")]
    if not lines:
        return None, reason or "no figures"
    result = {"trainer": trainer, "version": trainer} | json.loads(lines[-1])
    return result | {"us_per_step": result.get("us_per_step", result.get("us_per_batch"))}, None


def take_turns(turns, python, log, say, predict=False):
    """The best result of each (workload, ranks, threads, trainer); fewer results if it is interrupted."""
    best, failed = {}, set()
    width = max((len(size(*turn[1:3])) for turn in turns), default=0)
    try:
        for number, turn in enumerate(turns, 1):
            if turn in failed:
                continue
            workload, ranks, threads, trainer = turn
            label = f"[{number:>3}/{len(turns)}] {workload:<15} {size(ranks, threads):<{width}} {trainer:<8}"
            start = time.monotonic()
            result, reason = measured(trainer, workload, ranks, threads, python, log, predict)
            if reason:
                failed.add(turn)
                say(f"{label} left out: {reason}")
                continue
            figures = f"{short(result['us_per_step']):>6} µs a step, {short(result['samples_per_s']):>6} samples/s"
            say(f"{label} {figures}  ({time.monotonic() - start:.0f} s)")
            if turn not in best or result["samples_per_s"] > best[turn]["samples_per_s"]:
                best[turn] = result
    except KeyboardInterrupt:
        say("\ninterrupted; what there is:")
    return [best[turn] for turn in dict.fromkeys(turns) if turn in best]
