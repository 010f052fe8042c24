"""The shares that softmax makes of the network's outputs."""

from __future__ import annotations

import numpy as np

from scenes.maths.display.network import Numbers
from scenes.maths.display.number import Number, measured
from scenes.maths.key import key_of


def shares(numbers: Numbers) -> list[Number]:
    """exp(a) of each output, over the sum of all; with the lesson's decimals."""
    sizes = numbers.lesson.network.layers
    outputs = [numbers.a(len(sizes) - 1, i).value for i in range(sizes[-1])]
    raised = np.exp(outputs)
    decimals = numbers.lesson.display.decimals
    return [
        measured(key_of("softmax", i), float(share), decimals)
        for i, share in enumerate(raised / raised.sum())
    ]
