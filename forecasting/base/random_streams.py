"""Random streams named by what they are for, so that no result depends on blocks, order or workers."""

from hashlib import blake2b

import numpy as np


def random_stream(seed: int, *names: object) -> np.random.Generator:
    """Random generator for one named purpose, e.g. `random_stream(7, "border:HUN-SRB", "2026-11-16", "prophet")`.

    Example:
        >>> bool(random_stream(7, "a", "b").integers(1000) == random_stream(7, "a", "b").integers(1000))
        True
    """
    key = "|".join([str(seed), *map(str, names)])
    return np.random.default_rng(int.from_bytes(blake2b(key.encode(), digest_size=16).digest(), "big"))
