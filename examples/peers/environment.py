"""The virtual environment of the other trainers."""
import sys

from command import run

PACKAGES = {
    "keras": [
        "keras",
        # TensorFlow without CUDA is a package of its own, which other machines do not have.
        "tensorflow-cpu; sys_platform == 'linux' and platform_machine == 'x86_64'",
        "tensorflow; sys_platform != 'linux' or platform_machine != 'x86_64'",
    ],
    "torch": ["numpy", "torch"],
    "jax": ["numpy", "jax", "optax"],
}
# The modules that must import for a trainer to count as installed, because an installation can be incomplete.
IMPORTS = {"keras": "tensorflow, keras", "torch": "numpy, torch", "jax": "jax, optax"}


class Environment:
    """A folder of `python3 -m venv`, created when it is first needed."""

    def __init__(self, folder, torch):
        self.folder = folder
        self.python = folder / "bin" / "python"
        self.packages = PACKAGES | {"torch": ["numpy", torch]}

    def prepare(self, trainer, log, say):
        """Installs a trainer if it is missing; returns the reason of a failure, or nothing."""
        if not self.python.exists():
            say(f"  making a virtual environment in {self.folder}")
            _, reason = run([sys.executable, "-m", "venv", self.folder], log)
            if reason:
                return f"no virtual environment (Debian: python3-venv): {reason}"
        imports = [self.python, "-c", f"import {IMPORTS[trainer]}"]
        _, reason = run(imports, log)
        if not reason:
            return None
        wanted = self.packages[trainer]
        say(f"  installing {', '.join(dict.fromkeys(package.split(';')[0] for package in wanted))}, some minutes")
        _, reason = run([self.python, "-m", "pip", "install", *wanted], log)
        return reason or run(imports, log)[1]
