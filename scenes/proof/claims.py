"""Words: no sentence says what the lesson does not show.

Each claim that depends on the lesson is listed here by the words that make it, with a test of its
truth by scenes.proof.anew.  Words that compare, count or judge may stand in no line unless a claim
covers them or they are true of every lesson, which has to be argued.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from scenes.maths.chain_rule import PROBE, UPDATES
from scenes.proof.anew import Anew, exactly
from scenes.proof.finding import Findings
from scenes.proof.numbers_shown import NUMBER_WORDS, as_number
from scenes.proof.watching import Moment, Run


@dataclass(frozen=True)
class Claim:
    """Words that are said in a film, and whether they are true for a lesson."""

    film: str
    words: str
    """A regular expression on a line as it is shown."""
    holds: Callable[[Anew], bool]


def _number_of(phrase: str) -> int:
    """The number that a phrase begins with."""
    words = []
    for word in re.findall("[a-z]+", phrase.lower()):
        if word not in NUMBER_WORDS and word != "and":
            break
        words.append(word)
    return int(as_number(" ".join(words)))


# What counted phrases count: film, key of the phrase, how many there are.
COUNTS: dict[tuple[str, str], Callable[[Anew], int]] = {
    ("MountainAnalogy", "directions"): lambda a: 8,
    ("MountainAnalogy", "eight"): lambda a: 8,
    ("MountainAnalogy", "steps"): lambda a: _steps_told(a),
    ("LocalVersusGlobalMinima", "starts"): lambda a: len(a.lesson.curve.convex.starts),
    ("LocalVersusGlobalMinima", "crowd"): lambda a: a.lesson.curve.nonconvex.crowd,
    ("LocalVersusGlobalMinima", "arrived"): lambda a: a.descents.crowd_arrived,
    ("LocalVersusGlobalMinima", "places"): lambda a: len(a.lesson.curve.nonconvex.restarts),
    ("LocalVersusGlobalMinima", "good_count"): lambda a: a.descents.restarts_arrived,
    ("ForwardPass", "inputs"): lambda a: a.lesson.network.layers[0],
    ("BackwardChainRule", "ways"): lambda a: _ways(a),
    ("BackwardChainRule", "updates"): lambda a: len(a.costs) - 1,
    ("ReverseModeCost", "inputs"): lambda a: a.lesson.network.layers[0],
    ("ReverseModeCost", "forward_count"): lambda a: a.multiplications(a.jacobian_sizes, back=False),
    ("ReverseModeCost", "reverse_count"): lambda a: a.multiplications(a.jacobian_sizes, back=True),
}


def _steps_told(a: Anew) -> int:
    """Steps until the climber is as good as there: within a fiftieth of the whole way."""
    path = [[float(c) for c in place] for place in a.terrain.path]
    left = [((x - path[-1][0]) ** 2 + (y - path[-1][1]) ** 2) ** 0.5 for x, y in path]
    return next(k for k, rest in enumerate(left) if rest <= 0.02 * left[0])


def _ways(a: Anew) -> int:
    """Out of a neuron of the hidden layer at which the film looks: the last with a fork."""
    sizes = a.lesson.network.layers
    forks = [sizes[layer + 1] for layer in range(len(sizes) - 2, 0, -1) if sizes[layer + 1] > 1]
    return forks[0] if forks else 1


def _story(a: Anew) -> str:
    """What the updates do to the cost."""
    if a.network.squared_norm == 0:
        return "stays"
    if len(a.costs) <= UPDATES or not a.costs[-1] < a.costs[0]:
        return "grows"
    return "falls" if all(b <= a + 1e-15 for a, b in pairwise(a.costs)) else "wavers"


def _felt(a: Anew) -> list[Any]:
    return [a.terrain.felt(i) for i in range(8)]


def _heights(a: Anew) -> list[Any]:
    return [a.terrain.height(place) for place in a.terrain.path[: _steps_told(a) + 1]]


def _strides(a: Anew) -> list[tuple[float, float]]:
    """Slope at a place and length of the step made there."""
    path = [[float(c) for c in place] for place in a.terrain.path]
    steps = [((q[0] - p[0]) ** 2 + (q[1] - p[1]) ** 2) ** 0.5 for p, q in pairwise(path)]
    return [(float(a.terrain.steepness(p)), s) for p, s in zip(a.terrain.path, steps, strict=False)]


def _lands(a: Anew) -> bool:
    """Steep ground makes long steps: the longest is made where it is steepest."""
    strides = _strides(a)
    return max(strides)[1] == max(s for _, s in strides)


def _level(a: Anew) -> float:
    """The slope at the place that the film calls level."""
    return float(a.terrain.steepness(a.level_place))


def _rises(a: Anew) -> bool:
    """Whether some way leads up from there."""
    here = a.terrain.height(a.level_place)
    ways = [a.terrain.around(i, exactly(0.05)) for i in range(8)]
    there = [[p + d for p, d in zip(a.level_place, way, strict=True)] for way in ways]
    return any(a.terrain.height(place) > here for place in there)


def _ways_agree(a: Anew) -> bool:
    """The four ways differ only where a ReLU stands so near its kink that a probe crosses it."""
    if a.lesson.network.activation != "relu":
        return True
    sums = [abs(float(v)) for k, v in a.network.values.items() if k.startswith("z[")]
    return min(sums) > 2 * PROBE


def _well(name: str, low: float, high: float) -> Callable[[Anew], bool]:
    def holds(a: Anew) -> bool:
        value = a.descents[f"alpha lambda: {name}"]
        return low < float(value) < high

    return holds


def _large(a: Anew) -> tuple[int, int]:
    sizes = a.lesson.chain.sizes
    return a.multiplications(sizes, back=False), a.multiplications(sizes, back=True)


def _small(a: Anew) -> tuple[int, int]:
    sizes = a.jacobian_sizes
    return a.multiplications(sizes, back=False), a.multiplications(sizes, back=True)


MOUNTAIN, MINIMA, FORWARD = "MountainAnalogy", "LocalVersusGlobalMinima", "ForwardPass"
BACKWARD, REVERSE = "BackwardChainRule", "ReverseModeCost"

CLAIMS = (
    Claim(MOUNTAIN, r"Uphill, a slope is positive; downhill, negative", lambda a: (
        max(_felt(a)) > 0 > min(_felt(a))
    )),
    Claim(MOUNTAIN, r"The largest of these", lambda a: max(_felt(a)) > 0),
    Claim(MOUNTAIN, r"Turn a little further, and it grows", lambda a: (
        a.terrain.steepness(a.terrain.path[0]) > max(_felt(a))
    )),
    Claim(MOUNTAIN, r"no way is steeper", lambda a: (
        a.terrain.steepness(a.terrain.path[0]) - max(_felt(a)) < 0.05
    )),
    Claim(MOUNTAIN, r"Where the ground is steep, steps are long", _lands),
    Claim(MOUNTAIN, r"the height goes from", lambda a: all(
        low < high for low, high in pairwise(_heights(a))
    )),
    Claim(MOUNTAIN, r"every direction (leads down|the height gained is negative)", lambda a: all(
        a.terrain.gained(i) < 0 for i in range(8)
    )),
    Claim(MOUNTAIN, r"A summit, but the highest\?", lambda a: a.terrain.reached > 0),
    Claim(MOUNTAIN, r"a slope of nearly nothing is not yet a summit", lambda a: (
        0 < _level(a) < 0.1 * max(slope for slope, _ in _strides(a))
    )),
    Claim(MOUNTAIN, r"still it leads up", lambda a: _rises(a)),
    Claim(MOUNTAIN, r"a slope of nothing is not yet a summit", lambda a: _level(a) < 1e-6),
    Claim(MOUNTAIN, r"The highest summit is elsewhere", lambda a: a.terrain.reached > 0),
    Claim(MOUNTAIN, r"stands on a lesser one|on a lesser summit|around the highest one", lambda a: (
        a.terrain.summits[a.terrain.reached][0] < a.terrain.summits[0][0]
    )),
    Claim(MINIMA, r"It is convex: one valley", lambda a: (
        len(a.descents.convex.level_places) == len(a.descents.convex.minima) == 1
    )),
    Claim(MINIMA, r"descent ends in the same place", lambda a: all(
        a.descents.convex.rest(w, a.lesson.curve.convex.well_chosen) == a.descents.convex.goal
        for w in a.lesson.curve.convex.starts
    )),
    Claim(MINIMA, r"Most costs have more than one valley", lambda a: (
        len(a.descents.rough.minima) > 1
    )),
    Claim(MINIMA, r"It is positive, so the cost falls to the left", lambda a: (
        a.descents["slope"] > 0
    )),
    Claim(MINIMA, r"It is negative, so the cost falls to the right", lambda a: (
        a.descents["slope"] < 0
    )),
    Claim(MINIMA, r"ever shorter", lambda a: _shrinking(a)),
    Claim(MINIMA, r"[Tt]he deepest valley is elsewhere", lambda a: (
        a.descents.stop is not None and a.descents.stop != a.descents.rough.goal
    )),
    Claim(MINIMA, r"of them in the deepest, the global minimum", lambda a: (
        0 < a.descents.crowd_arrived < a.lesson.curve.nonconvex.crowd
    )),
    Claim(MINIMA, r"Too small, it takes long", _well("too_small", 0, 0.35)),
    Claim(MINIMA, r"Well chosen", _well("well_chosen", 0.35, 1.4)),
    Claim(MINIMA, r"Zigzag", _well("zigzag", 1, 2)),
    Claim(MINIMA, r"Too large, it flies away", _well("divergent", 2, 100)),
    Claim(MINIMA, r"rolls on until it ends in the global minimum", lambda a: (
        a.descents.rolled == a.descents.rough.goal
    )),
    Claim(MINIMA, r"not enough: it ends in a local minimum again", lambda a: (
        a.descents.rolled is not None and a.descents.rolled != a.descents.rough.goal
    )),
    Claim(MINIMA, r"all of them end in a local minimum", lambda a: (
        a.descents.restarts_arrived == 0
    )),
    Claim(MINIMA, r"of them ends? in the global minimum", lambda a: (
        a.descents.restarts_arrived > 0
    )),
    Claim(FORWARD, r"a dashed wire a negative weight", lambda a: any(
        w < 0 for matrix in a.lesson.network.weights for row in matrix for w in row
    )),
    Claim(FORWARD, r"squeezes any z into a value between zero and one", lambda a: (
        a.lesson.network.activation == "sigmoid"
    )),
    Claim(FORWARD, r"between minus one and one", lambda a: a.lesson.network.activation == "tanh"),
    Claim(FORWARD, r"turns a negative one into zero", lambda a: (
        a.lesson.network.activation == "relu"
    )),
    Claim(FORWARD, r"This layer has a single neuron", lambda a: a.lesson.network.layers[1] == 1),
    Claim(BACKWARD, r"All agree, but for rounding", _ways_agree),
    Claim(BACKWARD, r"Where they differ, a ReLU stands at its kink", lambda a: not _ways_agree(a)),
    Claim(BACKWARD, r"reaches the cost by one way only", lambda a: _ways(a) == 1),
    Claim(BACKWARD, r"A hidden neuron has two ways to the cost", lambda a: _ways(a) == 2),
    Claim(BACKWARD, r"A hidden neuron reaches the cost by", lambda a: _ways(a) > 2),
    Claim(BACKWARD, r"the cost has fallen to", lambda a: _story(a) == "falls"),
    Claim(BACKWARD, r"not all of them downhill", lambda a: _story(a) == "wavers"),
    Claim(BACKWARD, r"the cost does not fall but grows", lambda a: _story(a) == "grows"),
    Claim(BACKWARD, r"nothing changes", lambda a: _story(a) == "stays"),
    Claim(BACKWARD, r"And so on, layer by layer", lambda a: len(a.lesson.network.layers) > 3),
    Claim(REVERSE, r"their price, not their value", lambda a: _small(a)[1] < _small(a)[0]),
    Claim(REVERSE, r"at the same price", lambda a: _small(a)[1] >= _small(a)[0]),
    Claim(REVERSE, r"the tangents are stacked: matrix times matrix", lambda a: (
        a.lesson.network.layers[0] > 1
    )),
    Claim(REVERSE, r"one direction is enough", lambda a: a.lesson.network.layers[0] == 1),
    Claim(REVERSE, r"no order of these products beats reverse mode", lambda a: (
        a.cheapest(a.lesson.chain.sizes) == _large(a)[1]
    )),
    Claim(REVERSE, r"a mixed order would even beat both", lambda a: (
        a.cheapest(a.lesson.chain.sizes) < min(_large(a))
    )),
    Claim(REVERSE, r"The wider the layers, the further the two come apart", lambda a: _apart(a)),
    Claim(REVERSE, r"forward mode wins|square of forward mode is the smaller one", lambda a: (
        _large(a)[1] < _large(a)[0]
    )),
    Claim(REVERSE, r"all values are kept", lambda a: a.held_back > a.held_there),
)  # fmt: skip


def _shrinking(a: Anew) -> bool:
    """Each hop of the blue ball is shorter than the one before."""
    given, curve = a.lesson.curve.nonconvex, a.descents.rough
    w, hops = given.start, []
    for _ in range(25):
        hops.append(given.step_size * abs(curve._quick(w)))
        w -= given.step_size * curve._quick(w)
    return all(after < before or after < 1e-6 for before, after in pairwise(hops))


def _apart(a: Anew) -> bool:
    """The difference of the two counts grows with the width."""
    widths = (4, 8, 12, 16, 20, 24)
    sizes = [(n, n, n, n, 1) for n in widths]
    gaps = [a.multiplications(s, back=False) - a.multiplications(s, back=True) for s in sizes]
    return all(low < high for low, high in pairwise(gaps))


CLAIMING = (
    r"falls?|fallen|grows?|larger|largest|smaller|smallest|higher|highest|lower|lowest|deeper|"
    r"deepest|lesser|steeper|shorter|longer|wider|cheaper|faster|wins|beats?|same|agree|differ|"
    r"positive|negative|every direction|all of them|none of them|always|never"
)
"""Words that compare or judge."""

TRUE_OF_ALL: dict[str, tuple[str, ...]] = {
    MOUNTAIN: (
        r"The steepest",
        r"The same arrow, the opposite sign",  # the gradient of −f is minus that of f
        r"the line of equal height",
    ),
    MINIMA: (
        r"against the slope",
        r"their count in the deepest",  # what is counted; the count itself is checked
    ),
    FORWARD: (
        r"A wider wire carries a weight of larger size",  # how the wires are drawn
        r"the larger its activation",  # how the neurons are filled
        r"lets a positive z through",  # the definition of ReLU
    ),
    BACKWARD: (
        r"That reuse makes it fast",
        r"Four ways",
        r"all wires into the same neuron",  # how they are drawn
    ),
    REVERSE: (
        r"Both find the same gradient, but for rounding",
        r"the largest difference between them",  # what is measured; the number itself is checked
    ),
}
"""Words that compare and are true whatever the lesson, by definition or by how things are drawn."""

MISCONCEPTIONS = (
    (r"backpropagation (learns|trains|updates|changes the weights|descends|is gradient descent)",
     "backpropagation computes the gradient; descent uses it"),
    (r"backpropagation is (the|a) learning (algorithm|rule)",
     "backpropagation computes the gradient; it is no learning algorithm"),
    (r"gradient points (at|to|towards) the (minimum|bottom|summit|top|goal)",
     "the gradient is the steepest way from here, seldom that to the goal"),
    (r"(always|surely|certainly) (finds|reaches|ends in) the (global|deepest|best)",
     "nothing guarantees the global minimum"),
    (r"(guarantees|is guaranteed to)", "there is no guarantee"),
    (r"ball rolls down|descent rolls", "descent has no inertia: the ball hops"),
    (r"is just the chain rule|only the chain rule",
     "the chain rule plus the reuse of what paths share"),
    (r"reverse mode is always|always cheaper|always faster",
     "for one input and many outputs forward mode is cheaper"),
    (r"(best|optimal) order is (easy|quick)",
     "in general the best order is NP-complete to find"),
    (r"derivative of ReLU at (zero|0) is", "ReLU has no derivative at 0; a value is taken"),
    (r"(central )?differences are exact", "a central difference is approximate"),
)  # fmt: skip
"""What experts will not hear (design, section 6), and why."""


def listen(found: Findings, anew: Anew, run: Run, film: str) -> None:
    """Check every line of a film that was played, and what is told of each picture."""
    for record in run.scene.records:
        beat = record.script.name
        for text in (record.line.shown, record.script.alt):
            _claims(found, anew, film, beat, text)
            _misconceptions(found, beat, text)
        for name, value in record.line.values.items():
            if (film, name) in COUNTS:
                found.count("words")
                counted, there = _number_of(value.shown), COUNTS[film, name](anew)
                if counted != there:
                    found.add("words", beat, f"{{{name}}} says {value.shown!r}: there are {there}")


def _claims(found: Findings, anew: Anew, film: str, beat: str, text: str) -> None:
    """No word of a text claims what no test covers."""
    covered = _true_claims(found, anew, film, beat, text)
    covered += [m.span() for w in TRUE_OF_ALL.get(film, ()) for m in re.finditer(w, text)]
    for word in re.finditer(rf"\b(?:{CLAIMING})\b", text, re.IGNORECASE):
        found.count("words")
        if film in FILMS and not any(a <= word.start() and word.end() <= b for a, b in covered):
            problem = f"{word[0]!r} claims something that nothing tests, in {text!r}"
            found.add("words", beat, problem)


FILMS = (MOUNTAIN, MINIMA, FORWARD, BACKWARD, REVERSE)


def look(found: Findings, run: Run, moment: Moment) -> None:
    """Check the words in the picture."""
    del run
    for one in moment.types:
        if not one.is_formula:
            _misconceptions(found, moment.beat, one.source)


def _true_claims(
    found: Findings, anew: Anew, film: str, beat: str, line: str
) -> list[tuple[int, int]]:
    covered = []
    for claim in CLAIMS:
        if claim.film != film:
            continue
        for match in re.finditer(claim.words, line):
            found.count("words")
            covered.append(match.span())
            if not claim.holds(anew):
                found.add("words", beat, f"{match[0]!r} is not true of this lesson")
    return covered


def _misconceptions(found: Findings, beat: str, text: str) -> None:
    found.count("words")
    for words, why in MISCONCEPTIONS:
        if match := re.search(words, text, re.IGNORECASE):
            found.add("words", beat, f"{match[0]!r}: {why}")
