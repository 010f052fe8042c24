"""Backward chain rule: the cost is carried back, and every weight learns its share of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

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
    Mobject,
    ReplacementTransform,
    TransformFromCopy,
    VGroup,
    Write,
)

from scenes.maths.chain_rule import NUDGES, WayBack
from scenes.maths.derivation import NetworkPlace
from scenes.maths.display.number import Bound, Number
from scenes.maths.display.spelling import count
from scenes.maths.formulas.chain_rule import ChainRuleFormulas
from scenes.maths.formulas.network import NetworkFormulas
from scenes.pictures import theme
from scenes.pictures.animations import enter
from scenes.pictures.chain_rule import (
    AgreeingWays,
    CostChart,
    Falls,
    Named,
    NudgeLines,
    OuterProduct,
    Shares,
    Steps,
    Transposed,
    UpdateRules,
    beside_outputs,
    mark,
)
from scenes.pictures.equations import Formula, Words
from scenes.pictures.network import CostNode, NetworkPicture, room_for_cost
from scenes.pictures.titles import Note
from scenes.staging.film import Film
from scenes.studio.narrated import Quotable, beat

# Lines that depend on the lesson; values() chooses.
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


class BackwardChainRule(Film):
    """How the chain rule brings the cost back to every weight, and what the weights do with it."""

    title = "The way back"
    place = 4
    poster = "put_in_the_numbers"
    moves: list[VGroup]
    ratios: VGroup

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

    # -- what the lines quote, and what the beats share

    def values(self) -> Mapping[str, Quotable]:
        n = self.numbers
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
        self.network_formulas = NetworkFormulas(lesson)
        self.formulas = ChainRuleFormulas(self.way.derivation)
        self.network = NetworkPicture(lesson, self.stage.network)
        self.network.fill_in(0, [n.x(k) for k in range(lesson.layers[0])], self.colours.signal)
        node, self.panel = room_for_cost(self.stage, self.network)
        self.cost_node = CostNode(self.network, self.network_formulas.cost_name(), node)
        self.cost_value = self.cost_node.value_beside(self.network_formulas.cost_value(n.cost()))
        self.targets = self.beside([n.y(i) for i in range(lesson.layers[-1])], self.colours.target)
        self.setting = VGroup(self.network, self.cost_node, self.targets)
        self.rule = self.way.derivation.weight_rule(*self.way.weight)
        self.factors = self.rule.paths[0].factors

    def light_up(self, activations: Sequence[Sequence[Number]]) -> list[AnimationGroup]:
        """Activations, layer by layer, by fill and by value."""
        layers = range(1, self.depth + 1)
        return [AnimationGroup(*self.network.light(n, activations[n])) for n in layers]

    def beside(self, numbers: Sequence[Number], colour: ManimColor) -> VGroup:
        """A number beside each output, if there is room."""
        texts = [Words(n.shown, size=theme.SIZE.small, weight=600, color=colour) for n in numbers]
        return beside_outputs(self.network, self.cost_node, texts, [self.cost_value])

    def shade(self, opacity: float, but: int | None = None) -> list[Animation]:
        """The change of the cost's node, its links and the targets, or of all but one output's."""
        targets = [t.animate.set_opacity(opacity) for i, t in enumerate(self.targets) if i != but]
        return [*self.cost_node.shade(opacity, but=but), *targets]

    def marks_of(self, places: Sequence[NetworkPlace]) -> VGroup:
        """A mark on each of some places."""
        return VGroup(*(mark(self.network, self.cost_node, place) for place in places))

    def move(self, n: int, k: int) -> VGroup:
        """Move k of nudge n, on its number line."""
        number = self.way.move(n, k)
        return self.lines.arrow(k, self.way.nudged(NUDGES[n]).moves[k], number)

    def sum_in_numbers(self) -> tuple[str, str]:
        """The product of the path in numbers, and what it comes to."""
        product = self.formulas.factors_in_numbers(self.rule, self.numbers.all())
        return product, self.formulas.result(self.way.path_value)

    def name_the_ways(self, layer: int, j: int) -> None:
        """Weights on the wires on from a neuron; beside the outputs, δ in the targets' place."""
        n, after = self.numbers, range(self.network.sizes[layer + 1])
        weights = self.network.label_wires_from(layer, j, [n.w(layer + 1, i, j) for i in after])
        self.at("weight").quick(*(FadeIn(label) for label in weights))
        deltas = VGroup()
        if layer + 1 == self.depth:
            deltas = self.beside([n.delta(self.depth, i) for i in after], self.colours.gradient)
        self.at("delta").quick(FadeOut(self.targets), FadeIn(deltas))

    def quotient(self, n: int, k: int) -> Formula:
        """The ratio of moves k + 1 and k of nudge n."""
        ratio = self.way.ratio(n, k) if self.way.moves_at(n, k) else None
        return self.lines.ratio(k, self.formulas.quotient(self.way.weight, k, ratio))

    def conclusion(self, n: int) -> VGroup:
        """What the ratios of nudge n come to when multiplied."""
        moved = all(self.way.moves_at(n, k) for k in range(3))
        whole = self.way.whole_ratio(n) if moved else None
        return self.lines.conclusion(self.formulas.product_of_quotients(self.way.weight, whole))

    def derivative(self, k: int) -> Formula:
        """What ratio k comes to."""
        source = self.formulas.factor(self.factors[2 - k], self.way.limit(k))
        return self.lines.ratio(k, source)

    def shrink_to(self, n: int) -> None:
        """Let all moves and ratios become those of nudge n."""
        smaller = VGroup(*(self.quotient(n, k) for k in range(3)), *self.conclusion(n))
        moves = [self.move(n, k) for k in range(4)]
        change = [ReplacementTransform(a, b) for a, b in zip(self.moves, moves, strict=True)]
        change.append(ReplacementTransform(self.ratios, smaller))
        self.quick(*change)
        self.moves, self.ratios = moves, smaller

    def ring(self, formula: Mobject) -> Animation:
        """A ring around a formula, for a moment."""
        return Circumscribe(formula, color=self.colours.gradient, buff=theme.SPACE.snug)

    # -- the beats

    @beat(
        "The way back. How much did each weight have to do with the cost? "
        "The chain rule carries the answer back.",
        lead=0.6,
        shows=(
            "The network with its targets and its cost; gradients run back from the cost "
            "towards the inputs."
        ),
    )
    def the_way_back(self) -> None:
        self.open_with("the chain rule", self.colours.gradient, until="How", heading="The way back")
        self.quick(FadeIn(self.network, self.cost_node))
        sizes = enumerate(self.network.sizes)
        lit = self.light_up([[self.numbers.a(n, j) for j in range(size)] for n, size in sizes])
        self.play(LaggedStart(*lit, lag_ratio=0.5), run_time=theme.TEMPO.move, by="cost")
        self.at("cost").play(FadeIn(self.cost_value, scale=1.2), FadeIn(self.targets))
        self.at("chain").gradient_through(self.cost_node, self.network, 0.6 * self.pace)

    @beat(
        "Nudge one weight by {nudge_size}. Its sum moves, then the activation, "
        "then the cost, each drawn in true size.",
        shows=(
            "Four number lines: a nudge of one weight moves its sum, the activation and the "
            "cost, each in true size."
        ),
    )
    def nudge_a_weight(self) -> None:
        names = self.formulas.moving(*self.way.weight)
        self.lines = NudgeLines(names, self.way.nudged(NUDGES[0]).moves, self.panel)
        self.moves = [self.move(0, k) for k in range(4)]
        places = [self.way.weight_place, *(f.place for f in self.factors[1::-1])]
        marks = self.marks_of(places)
        self.wire = marks[0]
        self.turn_to("A nudge", FadeIn(self.lines), Create(self.wire), keep=[self.setting])
        for k, word in enumerate(("nudge_size", "sum", "activation", "cost")):
            lit = [Create(marks[k - 1])] if k > 1 else []
            self.at(word).quick(GrowFromEdge(self.moves[k], LEFT), *lit)

    @beat(
        "Divide each move by the one before: these ratios multiply. "
        "Let the nudge shrink, and they become derivatives. That is the chain rule.",
        shows=(
            "The number lines again, with tiny moves: the three ratios between them have "
            "become derivatives, and under them stands their product, the chain rule."
        ),
    )
    def ratios_multiply(self) -> None:
        ratios = VGroup(*(self.quotient(0, k) for k in range(3)))
        self.quick(self.heading("Ratios multiply"), enter(ratios[0], way=LEFT))
        for ratio in ratios[1:]:
            self.quick(enter(ratio, way=LEFT))
        self.multiplied = self.conclusion(0)
        self.at("multiply").play(enter(self.multiplied, way=DOWN), run_time=theme.TEMPO.move)
        self.at("shrink")
        self.ratios = VGroup(*ratios, *self.multiplied)
        for n in range(1, len(NUDGES)):
            self.shrink_to(n)
        self.at("derivatives")
        limits = VGroup(*(self.derivative(k) for k in range(3)))
        self.multiplied = self.lines.conclusion(*self.formulas.rule(self.rule))
        VGroup(limits, self.multiplied[0]).set_color(self.colours.gradient)
        become = VGroup(*limits, *self.multiplied)
        self.play(ReplacementTransform(self.ratios, become), run_time=theme.TEMPO.move)
        self.ratios = limits
        self.at("chain").play(self.ring(self.multiplied))

    @beat(
        "So the derivative is a product, each factor in its place: the error "
        "at the output, the slope of the activation, and the activation that came in.",
        shows=(
            "The derivative by one weight, whose wire is marked, as a product; each factor is "
            "marked in its place in the network."
        ),
    )
    def one_path(self) -> None:
        subject, product = self.formulas.rule(self.rule)
        numbers, result = self.sum_in_numbers()
        lines = [product, self.formulas.factors(self.rule), numbers]
        upper, lower = self.panel.split(0.78)
        self.steps = Steps(subject, lines, result, self.panel if self.way.smooth else upper)
        self.kink = VGroup() if self.way.smooth else Note(KINK, lower)
        self.turn_to("One path, one product", keep=[self.setting, self.wire, self.multiplied])
        above = VGroup(self.steps.subject, self.steps.lines[0])
        self.play(ReplacementTransform(self.multiplied, above))
        self.play(enter(self.steps.lines[1]), *(FadeIn(k) for k in self.kink))
        self.places = self.marks_of([f.place for f in self.factors])
        for factor, place, word in zip(
            self.factors, self.places, ("error", "slope", "came"), strict=True
        ):
            self.at(word)
            above, below = (line.part(factor.name) for line in self.steps.lines[:2])
            paint = [part.animate.set_color(self.colours.gradient) for part in (above, below)]
            self.play(Create(place), *paint)

    @beat(
        "In numbers: {error_value} times {slope_value} times {source_value} makes {product}.",
        shows="The product with its numbers put in, and, large, what they come to.",
    )
    def put_in_the_numbers(self) -> None:
        line = self.steps.lines[2]
        values = [line.part(factor.name) for factor in self.factors]
        between = VGroup(*(g for g in line if all(g not in part for part in values)))
        earlier = VGroup(*self.steps.lines[:2]).animate.set_opacity(theme.DIM)
        self.quick(self.heading("In numbers"), FadeIn(between), earlier)
        VGroup(*values).set_color(self.colours.gradient)
        words = ("error_value", "slope_value", "source_value")
        for part, place, word in zip(values, self.places, words, strict=True):
            self.at(word).quick(TransformFromCopy(place, part))
        self.at("product").quick(FadeIn(self.steps.lines[3], scale=0.8))

    @beat(
        "The first two factors are called delta. Every weight into this neuron needs it: "
        "computed once, used again. That reuse makes it fast, not the chain rule alone.",
        shows=(
            "A brace under the first two factors names them delta; all wires into the same "
            "neuron are marked, since they share it."
        ),
    )
    def delta_is_shared(self) -> None:
        layer, i, _ = self.way.weight
        shared = [VGroup(*(s.part(f.name) for f in self.factors[:2])) for s in self.steps.lines[:2]]
        text = self.formulas.delta_is(layer, i, self.numbers.delta(layer, i))
        delta = Named(shared[1], text, self.panel)
        kept = [self.setting, self.wire, *self.steps.lines[:2], *self.places[:2], self.kink]
        bright = (part.animate.set_opacity(1) for part in shared)
        dim = self.steps.subject.animate.set_opacity(theme.DIM)
        self.turn_to("Computed once, used again", *bright, dim, keep=kept)
        self.at("called").quick(enter(delta, way=DOWN))
        fan = self.marks_of(self.way.ways_in(layer, i))
        dimmed = [*self.network.spotlight(layer, i), *self.shade(theme.DIM, but=i)]
        marked = LaggedStart(*(Create(wire) for wire in fan), lag_ratio=0.3)
        self.at("into").play(marked, *dimmed)
        self.at("once").quick(self.ring(delta.name_line))
        self.at("used").play(self.network.pulses_back(layer, i))
        self.at("fast").play(self.network.pulses_back(layer, i))

    @beat(
        "{the_fork}",
        shows=(
            "All ways from the cost back to one hidden neuron are marked; what comes back by "
            "each is weight times delta, and these are added."
        ),
    )
    def ways_add(self) -> None:
        layer, j = self.forked
        net, sym = self.network, self.formulas
        shares = Shares(
            self.numbers, layer, j, self.panel, sym.shares(layer, j), sym.by_activation(layer, j)
        )
        self.turn_to("Ways add", *net.all_bright(), *self.shade(1), keep=[self.setting])
        route = [self.marks_of(places) for places in self.way.route(layer, j)]
        for step in route:
            back = [Create(line.reverse_points()) for line in step]
            self.play(*back, run_time=0.6 * self.pace)
        self.quick(Write(shares.formula))
        ways, wires = shares.ways, route[-1]
        self.name_the_ways(layer, j)
        named = [i for i in ways if f"share{i + 1}" in self.quoted]
        for i in named:
            self.at(f"share{i + 1}").play(
                FadeIn(shares.rows[i], target_position=wires[i], scale=0.5)
            )
        rest = [shares.rows[i] for i in ways if i not in named]
        self.play(*(FadeIn(row) for row in [*rest, *([shares.dots] if rest else [])]))
        ring = mark(net, self.cost_node, self.way.layer_places(layer)[j])
        sum_up = (Create(shares.rule), FadeIn(shares.bottom_line), Create(ring))
        self.when("add" if self.says("add") else "Together").play(*sum_up)

    @beat(
        "For a whole layer, that is the transposed weight matrix times delta; "
        "then come the slopes, neuron by neuron.{and_so_on}",
        shows=(
            "The transposed weight matrix times delta, and then times the slopes, with all numbers."
        ),
    )
    def through_the_transpose(self) -> None:
        layer = self.forked[0]
        formula = self.formulas.layer_delta(layer)
        transposed = Transposed(self.numbers, layer, formula, self.panel)
        self.turn_to("A layer at once", keep=[self.setting])
        self.play(Write(transposed.formula), self.network.pulses_back(layer + 1))
        self.at("matrix").play(enter(transposed.product))
        rings = self.marks_of(self.way.layer_places(layer))
        self.at("slopes").play(*(Create(ring) for ring in rings))
        self.play(enter(transposed.scaled, way=DOWN))
        if self.forked[0] > 1:
            self.at("so")
            for lower in range(layer, 0, -1):
                self.play(self.network.pulses_back(lower), run_time=self.pace)

    @beat(
        "A column of deltas times a row of incoming activations is the gradient "
        "of a layer's weights. The first weight's is {asked}.",
        shows=(
            "A column of deltas and a row of activations span a grid: the gradient of all "
            "weights of a layer. The rest of the network is dimmed."
        ),
    )
    def the_outer_product(self) -> None:
        outer = OuterProduct(self.numbers, 1, self.formulas.weight_gradient(1), self.panel)
        self.turn_to("All weights of a layer", keep=[self.setting])
        self.quick(Write(outer.formula), FadeIn(outer.side))
        self.at("row").quick(FadeIn(outer.top), Create(outer.rules))
        self.at("gradient")
        rows = [enter(row) for row in outer.products]
        self.setting.save_state()
        dim = [*self.network.spotlight(1), *self.shade(theme.DIM)]
        self.play(LaggedStart(*rows, lag_ratio=0.4), *dim)
        self.at("first").play(self.network.point_out(1, 0, 0))
        first = outer.cells[0][0]
        paint = first.animate.set_color(self.colours.gradient)
        self.at("asked").quick(paint, Circumscribe(first, color=self.colours.gradient))

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
        heads = (self.formulas.derivative_of(way.asked), "largest difference from SymPy")
        proof = AgreeingWays(rows, heads, self.stage.whole)
        self.turn_to("Four ways")
        self.play(FadeIn(proof.heads[0]))
        words = ("SymPy", "reverse", "dual", "central")
        digits = (row[:2] for row in proof.rows)
        self.reveal(digits, words, partial(enter, way=DOWN), by="differences")
        offs = [row[2] for row in proof.rows if len(row) > 2]
        self.at("differences").play(FadeIn(proof.heads[1]), *(FadeIn(cell) for cell in offs))

    @beat(
        "Now each weight and each bias steps against its derivative, times alpha. "
        "The slope predicts {predicted_change}; the true change is {true_change}.",
        shows=(
            "The update rules of weight and bias, with alpha's value, and two bars from the "
            "level of the cost before: the predicted change and the true one."
        ),
    )
    def take_a_step(self) -> None:
        before, _, change, predicted = self.way.fall
        rate = self.formulas.rate(self.numbers.learning_rate())
        update = UpdateRules(self.formulas.updates(), rate, self.panel)
        bars = [
            ("predicted", self.formulas.predicted(), predicted, self.colours.muted),
            ("true", "", change, self.colours.cost),
        ]
        falls = Falls(before, bars, self.network_formulas.cost_name(), update.rest)
        self.turn_to("One step")
        self.at("weight").quick(FadeIn(self.setting.restore()), Write(update.rules[0]))
        self.at("bias").quick(Write(update.rules[1]))
        rewire = self.network.rewire(self.way.updated.weights)
        self.at("derivative").play(rewire, run_time=theme.TEMPO.move)
        level = [Create(falls.level), FadeIn(falls.level_name)]
        lit = self.light_up(self.way.activations_after())
        self.at("alpha").quick(FadeIn(update.rate), *lit, *level)
        words = (("predicts", "predicted_change"), ("true", "true_change"))
        for bar, (word, number) in zip(falls.bars, words, strict=True):
            self.at(word).quick(GrowFromEdge(bar[0], UP), by=number)
            self.at(number).quick(FadeIn(bar[1]))

    @beat(
        "{again} But nobody works all these products out by hand. A machine can.",
        rest=1.0,
        shows=(
            "The cost over many updates as a curve, beside the network with the weights and "
            "activations that these updates lead to."
        ),
    )
    def again_and_again(self) -> None:
        way, names = self.way, ("updates", self.network_formulas.cost_name())
        chart = CostChart(way.costs, self.numbers.cost(), way.updates, names, self.panel)
        last = chart.value(self.network_formulas.cost_value(way.last_cost))
        self.turn_to("Again and again", keep=[self.setting])
        self.quick(FadeIn(chart.frame_lines))
        fall = 2 * theme.TEMPO.slow if "last" not in self.quoted else self.until("last")
        self.play(Create(chart.curve), self.network.rewire(way.trained.weights), run_time=fall)
        end = [FadeIn(chart.end), *self.light_up(way.activations_at_last())]
        if "last" in self.quoted:
            self.at("last")
            end.append(enter(last, way=DOWN))
        self.quick(*end)
        self.at("nobody").gradient_through(self.cost_node, self.network, self.pace)
        self.at("machine").signal_through(self.network, 0.6 * self.pace)
