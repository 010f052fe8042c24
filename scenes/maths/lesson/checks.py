"""What a lesson must show: it is refused where a film would say what its picture does not show."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from scenes.maths.accumulation import forward_multiplications, reverse_multiplications
from scenes.maths.arrays import Array
from scenes.maths.expression import GRAMMAR, ExpressionError
from scenes.maths.landscape import LandscapeError
from scenes.maths.landscape.cost_curve import CostCurve, StationaryPoint
from scenes.maths.landscape.descent import Descent, descend, walk
from scenes.maths.landscape.terrain import Terrain
from scenes.maths.lesson.file import LessonFile, plural, short
from scenes.maths.lesson.model import (
    HOPS,
    ConvexLesson,
    NetworkLesson,
    NonconvexLesson,
    TerrainLesson,
)
from scenes.maths.network import Network, backward, forward

LARGEST_RESULT = 1e6


def results_fit_the_frame(file: LessonFile, lesson: NetworkLesson) -> None:
    """Weights that are each sensible can multiply to numbers no frame can hold."""
    network = Network.from_lesson(lesson)
    trace = forward(network, lesson.input, lesson.target)
    gradient = backward(network, trace)
    results = {"cost": np.array([trace.cost])}
    for layer, (here, back) in enumerate(zip(trace.layers, gradient.layers, strict=True), start=1):
        results |= {f"sum z in layer {layer}": here.z, f"gradient in layer {layer}": back.dW}
    for name, values in results.items():
        largest = float(np.max(np.abs(values)))
        if not largest <= LARGEST_RESULT:
            file.refuse(
                "network.weights",
                f"the {name} reaches {largest:.3g}",
                f"weights for which results stay within {LARGEST_RESULT:,.0f}",
            )


def climb_ends_on_a_lesser_summit(file: LessonFile, lesson: TerrainLesson) -> None:
    """The climber must rise at each step and stop on a summit that is not the highest."""
    terrain = Terrain(lesson.hills)
    try:
        summits = terrain.summits
    except LandscapeError as problem:
        file.refuse("terrain.hills", f"are {problem}", "hills that stand further apart")
    if len(summits) < 2:
        file.refuse(
            "terrain.hills",
            "merge into a single summit",
            "hills of which at least two keep a summit of their own",
        )
    path = walk(terrain.gradient, lesson.start, lesson.step_size, lesson.steps, uphill=True)
    heights, slopes = terrain.value(path), np.linalg.norm(terrain.gradient(path), axis=-1)
    # A hill by itself is steepest one width from its middle, by height/width · e^(−1/2).
    steepest = max(hill.height / hill.width for hill in lesson.hills) * math.exp(-0.5)
    if not slopes[0] > 0.01 * steepest:
        file.refuse("terrain.start", "is on level ground", "a start on a slope")
    if len(path) <= lesson.steps or np.any(np.diff(heights) < -1e-9 * heights[-1]):
        file.refuse(
            "terrain.step_size",
            f"{lesson.step_size:g} is so large that a step leads down",
            "steps that lead up, each of them",
        )
    reached = terrain.summit_near(path[-1], 0.1)
    if reached is None or slopes[-1] > 0.02 * slopes.max():
        file.refuse(
            "terrain.steps",
            f"after {lesson.steps} steps the climber is not on a summit",
            "more steps, or a larger step_size",
        )
    if reached.height > 0.95 * summits[0].height:
        file.refuse(
            "terrain.start",
            "leads to the highest summit, or one nearly as high",
            "a start from which the climber ends on a lesser summit",
        )


def _cost_curve(file: LessonFile, key: str, lesson: ConvexLesson | NonconvexLesson) -> CostCurve:
    """A curve that is smooth, finite, and slopes inwards at both ends."""
    key, text = f"{key}.expression", short(lesson.expression)
    try:
        curve = CostCurve.from_lesson(lesson)
        curve.stationary_points  # noqa: B018  (found here, so that what is too intricate is refused)
    except ExpressionError as problem:
        file.refuse(key, f"{text} {problem}", GRAMMAR)
    except LandscapeError as problem:
        file.refuse(key, f"{text} {problem}", "smooth curves")
    heights = curve.value(np.linspace(*curve.interval, 201))
    if not 1e-3 <= float(np.ptp(heights)) <= LARGEST_RESULT:
        file.refuse(
            key,
            f"{text} is too flat or too steep to be drawn",
            f"curves that rise by 0.001 to {LARGEST_RESULT:,.0f} on the interval",
        )
    if not float(curve.slope(curve.interval[0])) < 0 < float(curve.slope(curve.interval[1])):
        file.refuse(
            key,
            f"{text} does not fall at the left end and rise at the right end",
            "curves or intervals with the minima well inside",
        )
    return curve


def convex_curve_shows_four_step_sizes(file: LessonFile, key: str, lesson: ConvexLesson) -> None:
    """All starts must lead to the one minimum, and each step size do what it is called."""
    curve = _cost_curve(file, key, lesson)
    if not curve.convex:
        found = "is not convex" if curve.convex is False else "could not be shown to be convex"
        file.refuse(
            f"{key}.expression",
            f"{found} on the interval",
            "curves whose second derivative is nowhere below 0, such as w**2",
        )
    (minimum,) = curve.minima or (None,)
    if minimum is None or not minimum.curvature > 1e-6:
        file.refuse(
            f"{key}.expression",
            "is flat to second order at its minimum",
            "curves with a second derivative above 0 there",
        )
    if not min(lesson.starts) < minimum.position < max(lesson.starts):
        file.refuse(
            f"{key}.starts",
            f"are all on one side of the minimum at {minimum.position:.3g}",
            "starts on both sides of it",
        )
    if abs(lesson.step_start - minimum.position) < 0.02 * (curve.interval[1] - curve.interval[0]):
        file.refuse(f"{key}.step_start", "is at the minimum", "a start away from it")
    for start in lesson.starts:
        if descend(curve, start, lesson.well_chosen).rest != minimum:
            file.refuse(
                f"{key}.well_chosen",
                f"{lesson.well_chosen:g} does not lead to the minimum from {start:g}",
                "a step size for which every start does",
            )
    _step_sizes_do_what_they_are_called(file, key, lesson, curve, minimum)


def _step_sizes_do_what_they_are_called(
    file: LessonFile, key: str, lesson: ConvexLesson, curve: CostCurve, minimum: StationaryPoint
) -> None:
    bound = f"; 2/λ is {2 / minimum.curvature:.4g}, with λ the second derivative at the minimum"

    def tried(step_size: float) -> tuple[Descent, Array]:
        """The descent, and how far off the minimum its first hops are."""
        off = walk(curve.slope, lesson.step_start, step_size, HOPS) - minimum.position
        return descend(curve, lesson.step_start, step_size), off

    descent, off = tried(lesson.too_small)
    slow = len(off) > HOPS and np.all(off * off[0] > 0) and abs(off[-1]) > 0.5 * abs(off[0])
    if not (slow and descent.rest == minimum):
        file.refuse(
            f"{key}.too_small",
            f"{lesson.too_small:g} is not too small{bound}",
            f"step sizes that leave more than half of the way after {HOPS} steps",
        )
    descent, off = tried(lesson.well_chosen)
    if descent.rest != minimum or not abs(off[-1]) < 0.01 * abs(off[0]):
        file.refuse(
            f"{key}.well_chosen",
            f"{lesson.well_chosen:g} is not at the minimum after {HOPS} steps{bound}",
            "step sizes that lead there, such as 0.6/λ",
        )
    descent, off = tried(lesson.zigzag)
    if descent.rest != minimum or not np.all(off[:-1] * off[1:] < 0):
        file.refuse(
            f"{key}.zigzag",
            f"{lesson.zigzag:g} does not zigzag to the minimum{bound}",
            "step sizes that land on the other side at each step and still converge, such as 1.8/λ",
        )
    descent, off = tried(lesson.divergent)
    grows = np.all(np.abs(off[1:]) > np.abs(off[:-1])) and len(off) > 3
    if not (descent.diverged and grows and lesson.divergent * minimum.curvature > 2):
        file.refuse(
            f"{key}.divergent",
            f"{lesson.divergent:g} does not diverge{bound}",
            "step sizes for which each step lands further away, such as 2.2/λ",
        )


def nonconvex_curve_shows_two_ways_out(file: LessonFile, key: str, lesson: NonconvexLesson) -> None:
    """One minimum must be the lowest, plain descent miss it, and one of two ways out find it."""
    curve = _cost_curve(file, key, lesson)
    minima, count = curve.minima, len(curve.minima)
    expression = f"{key}.expression"
    if not 2 <= count <= 4 or curve.convex is not False:
        allowed = "curves with 2 to 4 minima on it"
        file.refuse(expression, f"has {plural(count, 'minimum')} on the interval", allowed)
    flat = next((p for p in minima if not p.curvature > 1e-6), None)
    if flat is not None:
        file.refuse(
            expression,
            f"is flat to second order at its minimum at {flat.position:.3g}",
            "curves with a second derivative above 0 at each minimum",
        )
    heights = curve.value(np.linspace(*curve.interval, 201))
    lowest, second = sorted(p.value for p in minima)[:2]
    if second - lowest < 0.03 * float(np.ptp(heights)):
        file.refuse(
            expression, "has two minima of nearly the same cost", "curves with one that is lowest"
        )
    sharpest = max(minima, key=lambda p: p.curvature)
    if not lesson.step_size < curve.largest_step(sharpest):
        file.refuse(
            f"{key}.step_size",
            f"{lesson.step_size:g} does not settle at the minimum at {sharpest.position:.3g}",
            f"step sizes below {curve.largest_step(sharpest):.4g}",
        )
    starts = curve.spread(lesson.crowd)
    if any(descend(curve, w, lesson.step_size).rest is None for w in starts):
        file.refuse(
            f"{key}.step_size",
            f"{lesson.step_size:g} does not bring every start to rest",
            "smaller step sizes",
        )
    _one_way_out_of_two_works(file, key, lesson, curve)


def _one_way_out_of_two_works(
    file: LessonFile, key: str, lesson: NonconvexLesson, curve: CostCurve
) -> None:
    goal = curve.global_minimum
    plain = descend(curve, lesson.start, lesson.step_size)
    if plain.rest not in curve.minima or plain.rest == goal:
        file.refuse(
            f"{key}.start",
            f"{lesson.start:g} does not lead to a local minimum that is not the lowest",
            "starts that do",
        )
    heavy = descend(curve, lesson.start, lesson.step_size, lesson.momentum)
    if heavy.rest is None:
        file.refuse(
            f"{key}.momentum",
            f"{lesson.momentum:g} does not come to rest",
            "smaller values, or a smaller step_size",
        )
    restarted = [descend(curve, w, lesson.step_size) for w in lesson.restarts]
    ways = (heavy.rest == goal, any(descent.rest == goal for descent in restarted))
    if ways[0] == ways[1]:
        found = "both reach" if ways[0] else "neither reaches"
        file.refuse(
            key,
            f"momentum and restarts: {found} the global minimum",
            "values for which one of the two does and the other fails, since the film shows both",
        )


def reverse_mode_is_cheaper(file: LessonFile, key: str, sizes: Sequence[int]) -> None:
    """The chain must end in one cost, and reverse mode take fewer multiplications for it."""
    if sizes[-1] != 1:
        file.refuse(key, f"ends with {sizes[-1]}, but a cost is one number", "1 as the last size")
    if not reverse_multiplications(sizes) < forward_multiplications(sizes):
        file.refuse(
            key,
            f"{short(list(sizes))} makes reverse mode no cheaper than forward mode",
            "sizes for which it is, such as [784, 16, 16, 10, 1]",
        )
