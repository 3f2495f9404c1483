"""Derive seeds from the run and the test's name, and seed every generator that notebooks use."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import torch


def generator_of(seed: int, test: str) -> torch.Generator:
    """A CPU generator for one test that depends only on the run's seed and the test's name."""
    digest = hashlib.sha256(f"{seed}:{test}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))


def seed_everything(seed: int) -> None:
    """Seed every generator that notebooks use; forked processes would share one otherwise."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
