"""Backward chain rule: the cost is carried back, and every weight learns its share of it."""

from __future__ import annotations

from collections.abc import Mapping

from manim import (
    DOWN,
    LEFT,
    UP,
    Animation,
    AnimationGroup,
    Circumscribe,
    Create,
    FadeIn,
    FadeOut,
    GrowFromEdge,
    LaggedStart,
    ManimColor,
    ReplacementTransform,
    TransformFromCopy,
    VGroup,
    Write,
)

from scenes.maths.display import Bound, Numbers, count
from scenes.maths.way_back import NUDGES, WayBack
from scenes.pictures import theme
from scenes.pictures.equations import Formula
from scenes.pictures.gradients import (
    CostChart,
    Falls,
    NudgeLines,
    OuterProduct,
    Proof,
    Shares,
    Steps,
    Transposed,
    mark,
    rewired,
    room_for_cost,
)
from scenes.pictures.landscape import Note
from scenes.pictures.network import CostNode, NetworkPicture
from scenes.pictures.stage import Stage
from scenes.pictures.symbols import Symbols, WayBackSymbols
from scenes.pictures.titles import Headline, TitleCard
from scenes.studio.narrated import NarratedScene, Quotable, beat

THE_FORK = {
    0: "This hidden neuron reaches the cost by one way only, which brings back weight times "
    "delta: {share1}. With more ways, all that they bring is added.",
    2: "A hidden neuron has two ways to the cost. Each brings back weight times delta: "
    "{share1}, and {share2}. They add: {da}.",
    3: "A hidden neuron reaches the cost by {ways}. Each brings back weight times delta: "
    "{share1} is the first. Together: {da}.",
}
KINK = ("at zero, ReLU has no slope;", "there, zero is taken for it")
AND_SO_ON = {True: " And so on, layer by layer.", False: ""}
THEY_AGREE = {
    True: "All agree, but for rounding.",
    False: "Where they differ, a ReLU stands at its kink, or nearly.",
}
AGAIN_AND_AGAIN = {
    "falls": "After {updates}, the cost has fallen to {last}.",
    "wavers": "After {updates}, not all of them downhill, the cost is {last}.",
    "grows": "Again and again: with so large a learning rate, the cost does not fall but grows.",
    "stays": "Again and again, and nothing changes: no slope comes back to any weight.",
}


class BackwardChainRule(NarratedScene):
    """How the chain rule brings the cost back to every weight, and what the weights do with it."""

    title = "The way back"
    poster = "put_in_the_numbers"

    def construct(self) -> None:
        self.the_way_back()
        self.nudge_a_weight()
        self.ratios_multiply()
        self.one_path()
        self.put_in_the_numbers()
        self.delta_is_shared()
        self.ways_add()
        self.through_the_transpose()
        self.the_outer_product()
        self.four_ways_to_the_same()
        self.take_a_step()
        self.again_and_again()

    @property
    def background(self) -> ManimColor:
        """The theme's."""
        return theme.palette().background

    # -- what the lines quote, and what the beats share

    def values(self) -> Mapping[str, Quotable]:
        n = self.numbers = Numbers.of(self.lesson)
        way = self.way = WayBack(n)
        layer, i, k = way.weight
        _, _, change, predicted = way.fall
        self.forked = way.fork or (way.depth - 1, 0)
        ways = self.lesson.network.layers[self.forked[0] + 1]
        shares = {f"share{i + 1}": n.share(*self.forked, i) for i in range(min(2, ways))}
        return {
            "nudge_size": way.nudge,
            "error_value": n.error(i),
            "slope_value": n.slope(layer, i),
            "source_value": n.a(layer - 1, k),
            "product": way.path_value,
            "the_fork": THE_FORK[0 if way.fork is None else min(ways, 3)],
            "ways": count(ways, "way"),
            **shares,
            "da": n.da(*self.forked),
            "and_so_on": AND_SO_ON[self.forked[0] > 1],
            "asked": n.dw(1, 0, 0),
            "they_agree": THEY_AGREE[way.all_agree],
            "predicted_change": predicted,
            "true_change": change,
            "again": AGAIN_AND_AGAIN[way.story],
            "updates": count(int(way.updates.value), "update"),
            "last": way.last_cost,
        }

    def prepare(self) -> None:
        lesson, n = self.lesson.network, self.numbers
        self.stage = Stage.now()
        self.head = Headline(self.stage)
        self.colours = theme.palette()
        self.formulas = Symbols(lesson)
        self.symbols = WayBackSymbols(self.way.derivation)
        self.depth = self.way.depth
        self.pace = theme.TEMPO.move * min(1.0, 2 / self.depth)
        self.network = NetworkPicture(lesson, self.stage.network)
        self.network.fill_in(0, [n.x(k) for k in range(lesson.layers[0])], self.colours.signal)
        node, self.panel = room_for_cost(self.stage, self.network)
        self.cost_node = CostNode(self.network, self.formulas.cost_name(), node)
        self.rule = self.way.derivation.weight_rule(*self.way.weight)
        self.factors = self.rule.paths[0].factors

    def light_up(self, layer: int) -> list[Animation]:
        """A layer's activations, by fill and by value."""
        numbers = [self.numbers.a(layer, j) for j in range(self.network.sizes[layer])]
        return self.network.light(layer, numbers, self.lesson.network.activation, None)

    def light_up_anew(self) -> list[Animation]:
        """The activations after one update."""
        lit: list[Animation] = []
        for layer, numbers in enumerate(self.way.activations_after()):
            for neuron in self.network.layers[layer]:
                neuron.lit = False
            if layer:
                lit += self.network.light(layer, numbers, self.lesson.network.activation, None)
            else:
                lit.append(FadeIn(self.network.fill_in(0, numbers, self.colours.signal)))
        return lit

    def move(self, n: int, k: int) -> VGroup:
        """Move k of nudge n, on its number line."""
        number = self.way.move(n, k)
        return self.lines.arrow(k, self.way.nudged(NUDGES[n]).moves[k], number)

    def sum_in_numbers(self) -> tuple[str, str]:
        """The product of the path in numbers, and what it comes to."""
        product = self.symbols.factors_in_numbers(self.rule, self.numbers.all())
        return product, self.symbols.result(self.way.path_value)

    def inside(self) -> VGroup:
        """The values inside the neurons."""
        return VGroup(*(n.value for layer in self.network.layers for n in layer))

    def quotient(self, n: int, k: int) -> Formula:
        """The ratio of moves k + 1 and k of nudge n."""
        ratio = self.way.ratio(n, k) if self.way.moves_at(n, k) else None
        return self.lines.ratio(k, self.symbols.quotient(self.way.weight, k, ratio))

    def derivative(self, k: int) -> Formula:
        """What ratio k comes to."""
        source = self.symbols.factor(self.factors[2 - k], self.way.limit(k))
        return self.lines.ratio(k, source)

    def back_through(self, pace: float) -> None:
        """Let the gradient run back from the cost through all layers."""
        self.play(self.cost_node.sparks(back=True), run_time=pace)
        for layer in range(self.depth, 0, -1):
            self.play(self.network.pulses_back(layer), run_time=pace)

    # -- the beats

    @beat(
        "The way back. How much did each weight have to do with the cost? "
        "The chain rule carries the answer back.",
        lead=0.6,
        shows="The network with its cost; gradients run back from the cost towards the inputs.",
    )
    def the_way_back(self) -> None:
        card = TitleCard(self.title, "the chain rule", self.colours.gradient, self.stage)
        self.play(FadeIn(card, shift=0.2 * UP), run_time=theme.TEMPO.quick)
        self.at("How")
        inputs = VGroup(*(neuron.value for neuron in self.network.layers[0]))
        self.play(FadeOut(card), self.head("The way back"), run_time=theme.TEMPO.quick)
        self.play(FadeIn(self.network, inputs, self.cost_node), run_time=theme.TEMPO.quick)
        lit = [AnimationGroup(*self.light_up(layer)) for layer in range(1, self.depth + 1)]
        self.play(LaggedStart(*lit, lag_ratio=0.5), run_time=theme.TEMPO.move)
        self.at("cost")
        text = self.formulas.cost_value(self.numbers.cost())
        self.cost_value = self.cost_node.value_beside(text)
        self.play(FadeIn(self.cost_value, scale=1.2))
        self.at("chain")
        self.back_through(0.6 * self.pace)

    @beat(
        "Nudge one weight by {nudge_size}. Its sum moves, then the activation, "
        "then the cost, each drawn in true size.",
        shows=(
            "Four number lines: a nudge of one weight moves its sum, the activation and the "
            "cost, each in true size."
        ),
    )
    def nudge_a_weight(self) -> None:
        names = self.symbols.moving(*self.way.weight)
        self.lines = NudgeLines(names, self.way.nudged(NUDGES[0]).moves, self.panel)
        self.moves = [self.move(0, k) for k in range(4)]
        wire = mark(self.network, self.cost_node, self.way.weight_place)
        chain = [wire, *(mark(self.network, self.cost_node, f.place) for f in self.factors[1::-1])]
        self.marks = VGroup(*chain)
        self.play(
            FadeOut(self.cost_value),
            self.head("A nudge"),
            FadeIn(self.lines),
            Create(chain[0]),
            run_time=theme.TEMPO.quick,
        )
        for k, word in enumerate(("nudge_size", "sum", "activation", "cost")):
            self.at(word)
            lit = [Create(chain[k - 1])] if k > 1 else []
            self.play(GrowFromEdge(self.moves[k], LEFT), *lit, run_time=theme.TEMPO.quick)

    @beat(
        "Divide each move by the one before: these ratios multiply. "
        "Let the nudge shrink, and they become derivatives. That is the chain rule.",
        shows=(
            "The number lines again, with tiny moves: the three ratios between them have "
            "become derivatives."
        ),
    )
    def ratios_multiply(self) -> None:
        self.ratios = VGroup(*(self.quotient(0, k) for k in range(3)))
        self.play(self.head("Ratios multiply"), FadeIn(self.ratios[0], shift=0.1 * LEFT))
        for ratio in self.ratios[1:]:
            self.play(FadeIn(ratio, shift=0.1 * LEFT), run_time=theme.TEMPO.quick)
        self.at("shrink")
        for n in range(1, len(NUDGES)):
            smaller = VGroup(*(self.quotient(n, k) for k in range(3)))
            moves = [self.move(n, k) for k in range(4)]
            change = [ReplacementTransform(a, b) for a, b in zip(self.moves, moves, strict=True)]
            change.append(ReplacementTransform(self.ratios, smaller))
            self.play(*change, run_time=theme.TEMPO.quick)
            self.moves, self.ratios = moves, smaller
        self.at("derivatives")
        limits = VGroup(*(self.derivative(k) for k in range(3)))
        self.play(ReplacementTransform(self.ratios, limits.set_color(self.colours.gradient)))
        self.ratios = limits

    @beat(
        "So the derivative is a product, each factor in its place: the error "
        "at the output, the slope of the activation, and the activation that came in.",
        shows=(
            "The derivative by one weight as a product; each factor is marked in its place "
            "in the network."
        ),
    )
    def one_path(self) -> None:
        subject, product = self.symbols.rule(self.rule)
        lines = [product, self.symbols.factors(self.rule), *self.sum_in_numbers()]
        upper, lower = self.panel.split(0.78)
        self.steps = Steps(subject, lines, self.panel if self.way.smooth else upper)
        self.kink = VGroup() if self.way.smooth else Note(KINK, lower)
        old = VGroup(self.lines, *self.moves, self.ratios, self.marks)
        self.play(FadeOut(old), self.head("One path, one product"), run_time=theme.TEMPO.quick)
        self.play(FadeIn(self.steps.subject), Write(self.steps.lines[0]))
        self.play(FadeIn(self.steps.lines[1], shift=0.1 * UP), *(FadeIn(k) for k in self.kink))
        self.places = [mark(self.network, self.cost_node, f.place) for f in self.factors]
        for factor, place, word in zip(
            self.factors, self.places, ("error", "slope", "came"), strict=True
        ):
            self.at(word)
            above, below = (line.part(factor.name) for line in self.steps.lines[:2])
            paint = [part.animate.set_color(self.colours.gradient) for part in (above, below)]
            self.play(Create(place), *paint)

    @beat(
        "In numbers: {error_value} times {slope_value} times {source_value} makes {product}.",
        shows="The product with its numbers put in, and what they come to.",
    )
    def put_in_the_numbers(self) -> None:
        line = self.steps.lines[2]
        values = [line.part(factor.name) for factor in self.factors if factor.key is not None]
        between = VGroup(*(g for g in line if all(g not in part for part in values)))
        self.play(self.head("In numbers"), FadeIn(between))
        words = ("error_value", "slope_value", "source_value")
        for part, place, word in zip(values, self.places, words, strict=True):
            self.at(word)
            self.play(TransformFromCopy(place, part), run_time=theme.TEMPO.quick)
        self.at("product")
        result = self.steps.lines[3]
        ring = Circumscribe(result, color=self.colours.gradient)
        self.play(FadeIn(result, scale=1.2), ring, run_time=theme.TEMPO.quick)

    @beat(
        "The first two factors are called delta. Every weight into this neuron needs it: "
        "computed once, used again. That reuse makes it fast, not the chain rule alone.",
        shows=(
            "The first two factors, called delta; all wires into the same neuron are "
            "marked, since they share it."
        ),
    )
    def delta_is_shared(self) -> None:
        layer, i, _ = self.way.weight
        shared = VGroup(*(self.steps.lines[0].part(f.name) for f in self.factors[:2]))
        text = self.symbols.delta_is(layer, i, self.numbers.delta(layer, i))
        self.delta = Formula(text, size=theme.SIZE.formula, color=self.colours.gradient)
        self.delta.scale(min(1.0, self.panel.width / self.delta.width))
        self.delta.next_to(self.steps, DOWN, buff=0).align_to(self.steps.lines[2], UP)
        self.play(self.head("Computed once, used again"), Circumscribe(shared))
        self.play(FadeOut(*self.steps.lines[2:], self.places[2]), FadeIn(self.delta))
        self.at("every")
        self.play(self.network.swell_wires(into=(layer, i)))
        into = [
            self.network.paths[key].copy() for key in self.network.paths if key[:2] == (layer, i)
        ]
        fan = VGroup(*into).set_stroke(self.colours.gradient, theme.STROKE.line)
        self.at("once")
        self.play(LaggedStart(*(Create(wire) for wire in fan), lag_ratio=0.3))
        self.at("fast")
        ring = Circumscribe(self.delta, color=self.colours.gradient, buff=theme.SPACE.snug)
        self.play(ring)
        self.places.append(fan)

    @beat(
        "{the_fork}",
        shows=(
            "What comes back to a hidden neuron from each output, as weight times delta, "
            "and the sum of these ways."
        ),
    )
    def ways_add(self) -> None:
        layer, j = self.forked
        net, sym = self.network, self.symbols
        self.shares = Shares(
            self.numbers, layer, j, self.panel, sym.shares(layer, j), sym.by_activation(layer, j)
        )
        old = VGroup(self.steps.subject, *self.steps.lines[:2], self.delta, self.kink, *self.places)
        wires = [mark(net, self.cost_node, place) for place in self.way.ways_on(layer, j)]
        self.play(FadeOut(old), self.head("Ways add"), Write(self.shares.formula))
        self.play(*(Create(wire.reverse_points()) for wire in wires))
        named = [i for i in self.shares.ways if f"share{i + 1}" in self.quoted]
        for i in named:
            self.at(f"share{i + 1}")
            self.play(FadeIn(self.shares.rows[i], target_position=wires[i], scale=0.5))
        rest = [self.shares.rows[i] for i in self.shares.ways if i not in named]
        self.play(*(FadeIn(row) for row in [*rest, *([self.shares.dots] if rest else [])]))
        self.when("da")
        ring = mark(net, self.cost_node, self.way.layer_places(layer)[j])
        self.play(Create(self.shares.rule), FadeIn(self.shares.bottom_line), Create(ring))
        self.places = [*wires, ring]

    @beat(
        "For a whole layer, that is the transposed weight matrix times delta; "
        "then come the slopes, neuron by neuron.{and_so_on}",
        shows=(
            "The transposed weight matrix times delta, and then times the slopes, with all numbers."
        ),
    )
    def through_the_transpose(self) -> None:
        layer = self.forked[0]
        formula = self.symbols.layer_delta(layer)
        self.transposed = Transposed(self.numbers, layer, formula, self.panel)
        old = VGroup(self.shares, *self.places)
        self.play(FadeOut(old), self.head("A layer at once"), run_time=theme.TEMPO.quick)
        self.play(Write(self.transposed.formula), self.network.pulses_back(layer + 1))
        self.at("matrix")
        self.play(FadeIn(self.transposed.product, shift=0.1 * UP))
        self.at("slopes")
        rings = [mark(self.network, self.cost_node, p) for p in self.way.layer_places(layer)]
        self.play(*(Create(ring) for ring in rings))
        self.play(FadeIn(self.transposed.scaled, shift=0.1 * DOWN))
        self.places = rings
        if self.forked[0] > 1:
            self.at("so")
            for back in range(layer, 0, -1):
                self.play(self.network.pulses_back(back), run_time=self.pace)

    @beat(
        "Delta times the activations that came in, row by column, is the gradient "
        "of all weights. The first weight's is {asked}.",
        shows=(
            "A column of deltas and a row of activations span a grid: the gradient of all "
            "weights of a layer."
        ),
    )
    def the_outer_product(self) -> None:
        self.outer = OuterProduct(self.numbers, 1, self.symbols.weight_gradient(1), self.panel)
        old = VGroup(self.transposed, *self.places)
        self.play(FadeOut(old), self.head("All weights of a layer"), run_time=theme.TEMPO.quick)
        self.play(Write(self.outer.formula), FadeIn(self.outer.side), run_time=theme.TEMPO.quick)
        self.at("activations")
        self.play(FadeIn(self.outer.top), Create(self.outer.rules), run_time=theme.TEMPO.quick)
        self.at("row")
        rows = [FadeIn(row, shift=0.1 * UP) for row in self.outer.products]
        self.play(LaggedStart(*rows, lag_ratio=0.4), *self.network.spotlight(1))
        self.at("first")
        self.play(self.network.point_out(1, 0, 0))
        self.at("asked")
        first = self.outer.cells[0][0]
        ring = Circumscribe(first, color=self.colours.gradient)
        self.play(first.animate.set_color(self.colours.gradient), ring, run_time=theme.TEMPO.quick)

    @beat(
        "Is that right? Compare SymPy, reverse mode, dual numbers, "
        "and central differences. {they_agree}",
        shows=(
            "Four rows of digits, from SymPy, reverse mode, dual numbers and central "
            "differences, with their differences."
        ),
    )
    def four_ways_to_the_same(self) -> None:
        way, off = self.way, self.way.differences()
        rows = [
            (name, way.by_way(name), Bound(f"off: {name}", off[name]) if name in off else None)
            for name in way.four_ways
        ]
        heads = (self.symbols.derivative_of(way.asked), "largest difference from SymPy")
        self.proof = Proof(rows, heads, self.stage.whole)
        old = VGroup(self.network, self.inside(), self.cost_node, self.outer)
        self.play(FadeOut(old), self.head("Four ways"), run_time=theme.TEMPO.quick)
        self.play(FadeIn(self.proof.heads[0]))
        for row, word in zip(self.proof.rows, ("SymPy", "reverse", "dual", "central"), strict=True):
            self.at(word)
            self.play(FadeIn(row[:2], shift=0.1 * DOWN), run_time=theme.TEMPO.quick)
        self.at("differences")
        offs = [row[2] for row in self.proof.rows if len(row) > 2]
        self.play(FadeIn(self.proof.heads[1]), *(FadeIn(cell) for cell in offs))

    @beat(
        "Now each weight steps against its derivative, times alpha. "
        "The slope predicts {predicted_change} for the cost; the true change is {true_change}.",
        shows=(
            "The update rule, and two bars that hang from the cost: the predicted change "
            "and the true one."
        ),
    )
    def take_a_step(self) -> None:
        before, _, change, predicted = self.way.fall
        upper, lower = self.panel.split(0.22)
        self.update = Formula(self.symbols.update(), size=theme.SIZE.formula)
        upper.fit(self.update)
        bars = [
            ("predicted", self.symbols.predicted(), predicted, self.colours.muted),
            ("true", "", change, self.colours.cost),
        ]
        self.falls = Falls(before, bars, self.formulas.cost_name(), lower)
        shown = VGroup(self.network, self.inside(), self.cost_node)
        self.play(FadeOut(self.proof), self.head("One step"), run_time=theme.TEMPO.quick)
        appear = FadeIn(shown.set_stroke(opacity=1))
        self.play(appear, Write(self.update), run_time=theme.TEMPO.quick)
        self.at("derivative")
        new, wires = rewired(self.network, self.way.updated, self.stage.network)
        self.play(FadeOut(self.inside()), *wires, run_time=theme.TEMPO.move)
        self.network.wires = new.wires
        level = [Create(self.falls.level), FadeIn(self.falls.level_name)]
        self.play(*self.light_up_anew(), *level, run_time=theme.TEMPO.quick)
        words = (("predicts", "predicted_change"), ("true", "true_change"))
        for bar, (word, number) in zip(self.falls.bars, words, strict=True):
            self.at(word)
            self.play(GrowFromEdge(bar[0], UP), run_time=theme.TEMPO.quick)
            self.at(number)
            self.play(FadeIn(bar[1]), run_time=theme.TEMPO.quick)

    @beat(
        "{again} But nobody works all these products out by hand. A machine can.",
        rest=1.0,
        shows="The cost over many updates as a curve, beside the network.",
    )
    def again_and_again(self) -> None:
        names = ("updates", self.formulas.cost_name())
        self.chart = CostChart(self.way.costs, self.way.updates, names, self.panel)
        last = self.chart.value(self.formulas.cost_value(self.way.last_cost))
        self.play(FadeOut(self.falls, self.update), self.head("Again and again"))
        self.play(FadeIn(self.chart.frame_lines), run_time=theme.TEMPO.quick)
        self.play(Create(self.chart.curve), run_time=2 * theme.TEMPO.slow)
        self.play(FadeIn(self.chart.end), run_time=theme.TEMPO.quick)
        if "last" in self.quoted:
            self.play(FadeIn(last, shift=0.1 * DOWN))
        self.at("nobody")
        self.back_through(self.pace)
        self.at("machine")
        for layer in range(1, self.depth + 1):
            self.play(self.network.pulses_into(layer), run_time=0.6 * self.pace)
