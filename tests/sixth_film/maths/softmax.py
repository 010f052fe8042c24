"""The shares that softmax makes of the network's outputs."""

from __future__ import annotations

import numpy as np

from scenes.maths.display.network import Numbers
from scenes.maths.display.number import Number, measured
from scenes.maths.lesson.model import Lesson


def shares(lesson: Lesson) -> list[Number]:
    """exp(a) of each output, over the sum of all; to two decimals."""
    numbers, last = Numbers.of(lesson), len(lesson.network.layers) - 1
    outputs = [numbers.a(last, i).value for i in range(lesson.network.layers[last])]
    raised = np.exp(outputs)
    return [measured(f"softmax[{i}]", float(r), 2) for i, r in enumerate(raised / raised.sum())]
