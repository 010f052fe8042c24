"""Reverse mode: why the way back from the cost is cheaper than the way from the input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Circumscribe,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    TransformFromCopy,
    VGroup,
    Write,
)

from scenes.maths.accumulation import Accumulation, forward_multiplications, reverse_multiplications
from scenes.maths.display.number import integer
from scenes.maths.display.spelling import count
from scenes.maths.formulas.network import NetworkFormulas
from scenes.maths.formulas.reverse_mode import ReverseModeFormulas
from scenes.maths.reverse_mode import BATCH, BROAD, DEEP, WIDTHS, Modes
from scenes.pictures import theme
from scenes.pictures.animations import enter
from scenes.pictures.equations import Formula, Paragraph, Words
from scenes.pictures.network import CostNode, NetworkPicture, room_for_cost
from scenes.pictures.reverse_mode import (
    CountUp,
    Funnel,
    GrowthChart,
    MatrixChain,
    MemoryBars,
    Multiplying,
    Tally,
    Tape,
    WorkSquare,
)
from scenes.staging.film import Film
from scenes.studio.narrated import Quotable, beat

# Lines that depend on the lesson; values() chooses.
FROM_THE_INPUT = {
    True: "Forward mode starts at the input. One direction is matrix times vector; "
    "for {inputs}, the tangents are stacked: matrix times matrix, {forward_count}.",
    False: "Forward mode starts at the input. With {inputs}, one direction is enough: matrix times "
    "vector; for more, the tangents are stacked. In all, {forward_count}.",
}
THE_SAME = {
    True: "Both find the same gradient, but for rounding: "
    "the order of the products changes their price, not their value.",
    False: "Both find the same gradient, but for rounding, "
    "and for a network as small as this, at the same price.",
}
NO_BETTER = {
    True: "and no order of these products beats reverse mode.",
    False: "though here, a mixed order would even beat both.",
}


class ReverseModeCost(Film):
    """Automatic differentiation, and what its two modes cost."""

    title = "What reverse mode saves"
    place = 5
    poster = "at_real_size"

    def construct(self) -> None:
        self.a_program_keeps_the_record()
        self.each_layer_has_a_jacobian()
        self.from_the_input()
        self.from_the_cost()
        self.the_same_gradient()
        self.at_real_size()
        self.wider_and_wider()
        self.turned_around()
        self.the_price_is_memory()
        self.all_the_way_back()

    # -- what the lines quote, and what the beats share

    def values(self) -> Mapping[str, Quotable]:
        m = self.modes = Modes(self.lesson)
        large = m.large
        inputs = self.lesson.network.layers[0]
        self.most_there, self.most_back = m.most_held
        return {
            "from_input": FROM_THE_INPUT[inputs > 1],
            "inputs": count(inputs, "input"),
            "forward_count": count(m.forward.multiplications, "multiplication"),
            "reverse_count": count(m.reverse.multiplications, "multiplication"),
            "same": THE_SAME[m.cheaper],
            "large_forward": integer("large forward", large[0].multiplications),
            "large_reverse": integer("large reverse", large[1].multiplications),
            "no_better": NO_BETTER[m.reverse_is_best],
            "held_back": self.most_back,
            "held_there": self.most_there,
        }

    def prepare(self) -> None:
        lesson = self.lesson.network
        formulas = NetworkFormulas(lesson)
        self.formulas = ReverseModeFormulas(formulas.derivation)
        self.network = NetworkPicture(lesson, self.stage.network)
        node, self.panel = room_for_cost(self.stage, self.network)
        self.cost_node = CostNode(self.network, formulas.cost_name(), node)
        self.left, self.right = self.stage.whole.shared(0.7)

    def multiply_out(self, mode: Accumulation, tally: Tally, *, back: bool, time: float) -> None:
        """Carry a mode's products out on the chain, one after another."""
        colour = self.colours.gradient if back else self.colours.signal
        waiting = list(reversed(self.chain.factors)) if back else list(self.chain.factors)
        done = waiting.pop(0)
        self.products = VGroup()
        pace = time / len(mode.products)
        for product, counts in zip(mode.products, mode.running_counts, strict=True):
            other = waiting.pop(0)
            left, right = (done, other) if back else (other, done)
            result = self.chain.result(product, left, right, colour)
            self.play(FadeIn(result), run_time=0.2 * pace)
            multiplying = Multiplying(left, right, result, tally.odometer, counts)
            self.play(multiplying, run_time=0.45 * pace)
            up = self.chain.lift(result, last=not waiting)
            moves = [done.animate.set_opacity(0), other.animate.set_opacity(0)]
            self.play(result.animate.shift(up), *moves, run_time=0.35 * pace)
            done = result
            self.products.add(result)
        name = done.above(self.formulas.gradient_name())
        self.play(FadeIn(name.set_color(colour)), run_time=0.5 * theme.TEMPO.quick)
        self.products.add(name)

    def fresh_chain(self) -> MatrixChain:
        """The lesson's Jacobians in a row."""
        return MatrixChain(self.modes.chain.sizes, self.formulas.jacobians(), self.left)

    def work(
        self, sizes: Sequence[int], modes: Sequence[Accumulation], name: str, note: str
    ) -> tuple[Funnel, Paragraph, list[WorkSquare]]:
        """A network's widths, a note, and a square for what each mode costs on it."""
        shape, *rooms = self.stage.whole.one_and_two()
        above, below = shape.split(0.26 if shape.lies else 0.16)
        size, muted = theme.SIZE.small, self.colours.muted
        counted = Paragraph(note, above.width, size=size, color=muted)
        above.fit(counted)
        counts = [mode.multiplications for mode in modes]
        ways = (("forward", self.colours.signal), ("reverse", self.colours.gradient))
        squares = [
            WorkSquare(f"{way} mode", integer(f"{name} {way}", n), max(counts), colour, room)
            for (way, colour), n, room in zip(ways, counts, rooms, strict=True)
        ]
        return Funnel(sizes, below), counted, squares

    def memory(self) -> tuple[Words, MemoryBars, MemoryBars]:
        """Which network is meant, and what reverse and forward mode hold of it at each stage."""
        there, back = self.modes.memory()
        top, room = self.stage.whole.split(0.1)
        upper, lower = room.split(0.5)
        wide, deep = integer("wide", BROAD).shown, integer("deep", DEEP).shown
        size = f"{wide} numbers at each of {deep} stages"
        meant = Words(f"{size}, and a cost", size=theme.SIZE.small, color=self.colours.muted)
        top.fit(meant).align_to(top.edge(LEFT), LEFT)
        (slots, most), turn = (len(back), max(back)), len(there)
        reverse, forward = self.colours.gradient, self.colours.signal
        both = ("reverse mode, there and back", back, self.most_back, turn)
        one = ("forward mode, one direction", there, self.most_there, 0)
        return (
            meant,
            MemoryBars(*both, slots, most, reverse, upper),
            MemoryBars(*one, slots, most, forward, lower),
        )

    def stack_a_batch(self) -> VGroup:
        """Rows stacked before the weights that they share, then one of them before Jacobians.

        The Jacobians' names, which are no parts of the chain, are returned.
        """
        self.chain = MatrixChain(self.modes.chain.sizes, self.formulas.weights(), self.left)
        self.chain.shift((self.stage.whole.center - self.chain.get_center()) * RIGHT)
        one = self.chain.factors[-1]
        # A batch has Jacobians for each example; what all its rows share are the weights.
        shared, own = self.chain.rename(self.formulas.jacobians())
        self.play(FadeIn(self.chain, shared), by="stacked")
        self.at("stacked")
        batch = self.chain.stacked(BATCH)
        slopes = Words("the slopes scale each row, cell by cell", size=theme.SIZE.small)
        slopes.set_color(self.colours.muted).next_to(VGroup(self.chain, batch), DOWN)
        name = one.symbol or VGroup()
        up = max(0.0, batch.get_top()[1] + theme.SPACE.gap - name.get_bottom()[1]) * UP
        self.play(FadeOut(one.grid, one.size), FadeIn(batch, slopes), name.animate.shift(up))
        self.at("But")
        again = [FadeIn(one.grid, one.size, own), name.animate.shift(-up)]
        self.quick(FadeOut(batch, slopes, shared), *again)
        return own

    def running(self, mode: Accumulation) -> Sequence[int]:
        """The counts of an accumulation, thinned out for a display."""
        counts = [c for part in mode.running_counts for c in part]
        step = max(1, len(counts) // 200)
        return [*counts[::step], counts[-1]]

    # -- the beats

    @beat(
        "What reverse mode saves. Nobody differentiates a network by hand: automatic "
        "differentiation records each step while the network runs, then works back "
        "through the record.",
        lead=0.6,
        shows="The network beside a record, line by line, of each step that it ran.",
    )
    def a_program_keeps_the_record(self) -> None:
        self.open_with(
            "automatic differentiation",
            self.colours.gradient,
            until="Nobody",
            heading="A record of each step",
        )
        self.play(FadeIn(self.network, self.cost_node))
        tape = Tape(self.formulas.record(), self.panel)
        self.at("records")
        *layers, last = tape.by_layer(self.depth)
        for layer, rows in enumerate(layers, start=1):
            new = (enter(row) for row in rows)
            self.play(self.network.pulses_into(layer), *new, run_time=0.7 * self.pace)
        end = enter(last, way=DOWN)
        self.play(self.cost_node.sparks(), end, run_time=0.7 * self.pace)
        self.at("works")
        back = last.animate.set_color(self.colours.gradient)
        self.play(self.cost_node.sparks(back=True), back, run_time=0.5 * self.pace)
        for layer, rows in reversed(list(enumerate(layers, start=1))):
            back = rows.animate.set_color(self.colours.gradient)
            self.play(self.network.pulses_back(layer), back, run_time=0.5 * self.pace)

    @beat(
        "Each layer has a Jacobian: every derivative of what comes out by what goes in. "
        "The slopes only scale its rows; no program builds a matrix for them.",
        shows="A chain of grids, one Jacobian for each layer, and the formula of such a Jacobian.",
    )
    def each_layer_has_a_jacobian(self) -> None:
        self.chain = self.fresh_chain()
        network = [self.network, self.cost_node]
        self.turn_to("A chain of Jacobians", keep=network, run_time=0.5)
        steps = [
            TransformFromCopy(self.network.wires_into(layer), matrix)
            for layer, matrix in enumerate(self.chain.factors[:-1], start=1)
        ]
        links = TransformFromCopy(self.cost_node.links, self.chain.factors[-1])
        gone = FadeOut(self.network, self.cost_node)
        self.slow(*steps, links, gone)
        first = self.chain.factors[0]
        self.at("out").quick(first.flash(first.row(0)))
        self.at("goes").play(first.flash(first.column(0)), run_time=theme.TEMPO.move)
        note = Formula(self.formulas.jacobian(), size=theme.SIZE.formula)
        self.right.fit(note)
        if not self.right.lies:
            note.set_y(first.grid.get_y())
        self.at("slopes").quick(Write(note))
        rows = (first.flash(first.row(k)) for k in range(len(first.cells)))
        self.at("rows").slow(LaggedStart(*rows, lag_ratio=0.5))

    @beat(
        "{from_input}",
        shows=(
            "Forward mode: the product of the Jacobians from the input's side, and a "
            "counter of multiplications."
        ),
    )
    def from_the_input(self) -> None:
        upper, lower = self.right.shared(0.5)
        m = self.modes
        self.forward_tally = Tally("forward mode", m.forward_count, self.colours.signal)
        self.reverse_tally = Tally("reverse mode", m.reverse_count, self.colours.gradient)
        upper.fit(self.forward_tally)
        lower.fit(self.reverse_tally)
        if not self.right.lies:
            self.reverse_tally.align_to(self.forward_tally, LEFT)
        self.turn_to("Forward mode", keep=[self.chain])
        self.play(FadeIn(self.forward_tally))
        first = self.chain.factors[0]
        self.at("direction").quick(first.tint(first.column(0), self.colours.signal))
        self.at("stacked").play(
            first.tint(first.grid, self.colours.signal), run_time=0.5 * theme.TEMPO.quick
        )
        time = max(self.until("forward_count"), 2 * theme.TEMPO.slow)
        self.multiply_out(m.forward, self.forward_tally, back=False, time=time)

    @beat(
        "Reverse mode starts at the cost. A row times a matrix is a row again, and so it goes, "
        "all the way back: {reverse_count}.",
        shows=(
            "Reverse mode: one row, multiplied through from the cost's side, and a counter "
            "of its own."
        ),
    )
    def from_the_cost(self) -> None:
        self.chain = self.fresh_chain()
        fade = FadeOut(self.products[-2:], shift=0.3 * DOWN)
        self.turn_to("Reverse mode", fade, FadeIn(self.chain), keep=[self.forward_tally])
        dim = self.forward_tally.animate.shade(theme.DIM)
        self.quick(FadeIn(self.reverse_tally), dim)
        self.at("row")
        time = max(self.until("reverse_count"), 2 * theme.TEMPO.slow)
        self.multiply_out(self.modes.reverse, self.reverse_tally, back=True, time=time)

    @beat(
        "{same}",
        shows=(
            "The gradient by forward and by reverse mode, the largest difference between "
            "them, and both counts."
        ),
    )
    def the_same_gradient(self) -> None:
        m = self.modes
        size = theme.SIZE.formula
        sides = [(m.forward, self.colours.signal), (m.reverse, self.colours.gradient)]
        rows = [
            Formula(self.formulas.gradient(m.gradient(s)), size=size, color=c) for s, c in sides
        ]
        off = Formula(self.formulas.difference(m.difference), size=size)
        results = VGroup(*rows, off).arrange(DOWN, buff=theme.SPACE.wide)
        self.left.fit(results)
        tallies = (self.forward_tally, self.reverse_tally)
        self.turn_to("The same gradient", keep=tallies, run_time=0.5)
        bright = self.forward_tally.animate.shade(1.0)
        self.play(bright, *(enter(row) for row in rows))
        self.at("rounding").play(enter(off))
        rings = (Circumscribe(tally.odometer, color=self.colours.text) for tally in tallies)
        self.at("price").quick(*rings)

    @beat(
        "Now at real size. Forward mode takes {large_forward} multiplications; "
        "reverse mode, {large_reverse}, {no_better}",
        shows=(
            "A network drawn as a funnel, and two squares whose areas are the "
            "multiplications of forward and reverse mode."
        ),
    )
    def at_real_size(self) -> None:
        modes, note = self.modes.large, "counted: matrix products only"
        funnel, counted, squares = self.work(self.modes.sizes, modes, "large", note)
        self.turn_to("At real size")
        self.quick(FadeIn(funnel, counted))
        words = ("large_forward", "large_reverse")
        for n, (square, mode, word) in enumerate(zip(squares, modes, words, strict=True), 1):
            self.at("mode", n).quick(FadeIn(square))
            self.at(word).play(CountUp(square, self.running(mode)), run_time=2 * theme.TEMPO.slow)

    @beat(
        "The wider the layers, the further the two come apart. The dots were carried out, "
        "and the curves are the closed formulas.",
        shows=(
            "A chart of multiplications over the layers' width: the curve of forward mode "
            "leaves that of reverse mode behind."
        ),
    )
    def wider_and_wider(self) -> None:
        forward, reverse = self.modes.executed()
        widths = range(1, WIDTHS[-1] + 1)
        formulas = [
            [0, *(count_of(self.modes.square(n)) for n in widths)]
            for count_of in (forward_multiplications, reverse_multiplications)
        ]
        chart = GrowthChart(
            [
                ("forward mode", forward, formulas[0], self.colours.signal),
                ("reverse mode", reverse, formulas[1], self.colours.gradient),
            ],
            ("width of the input and of three layers; one cost", "multiplications"),
            self.stage.whole,
        )
        self.turn_to("Wider and wider")
        self.quick(FadeIn(chart))
        rows = (LaggedStart(*(FadeIn(d) for d in dots), lag_ratio=0.4) for dots in chart.dots)
        self.play(*rows, run_time=2 * theme.TEMPO.slow)
        self.at("curves").slow(*(Create(line) for line in chart.lines))

    @beat(
        "Turn the shape around, one input and many outputs, and forward mode wins. "
        "For graphs in general, no quick way to the best order is known.",
        shows="The funnel turned around: now the square of forward mode is the smaller one.",
    )
    def turned_around(self) -> None:
        modes, sizes = self.modes.flipped, self.modes.sizes[::-1]
        note = "best order for graphs in general: NP-complete"
        funnel, best, squares = self.work(sizes, modes, "flipped", note)
        self.turn_to("Turned around")
        self.play(FadeIn(funnel, *squares))
        runs = (CountUp(s, self.running(mode)) for s, mode in zip(squares, modes, strict=True))
        self.at("outputs").play(*runs, run_time=2 * theme.TEMPO.slow)
        self.at("graphs").play(FadeIn(best.set_color(self.colours.text)))

    @beat(
        "Reverse mode has its price: all values are kept until the way back has passed. "
        "Here, with its row, {held_back} numbers; forward mode, for one direction, "
        "needs {held_there}.",
        shows=(
            "Two rows of bars, the numbers held at each stage: few in forward mode, ever "
            "more in reverse mode until it turns."
        ),
    )
    def the_price_is_memory(self) -> None:
        network_meant, kept, passing = self.memory()
        self.turn_to("The price is memory")
        self.quick(FadeIn(network_meant, kept))
        self.at("kept").play(kept.grow(kept.there), run_time=theme.TEMPO.move)
        self.at("back").slow(kept.grow(kept.back))
        self.at("held_back").quick(FadeIn(kept.peak))
        self.at("forward").play(
            FadeIn(passing), passing.grow(passing.back), run_time=0.8 * theme.TEMPO.quick
        )
        self.at("held_there").quick(FadeIn(passing.peak))

    @beat(
        "With a batch, rows are stacked, and the way back is matrix times matrix too. "
        "But each row is a vector, times its Jacobian, all the way back: that is backpropagation.",
        rest=1.4,
        shows=(
            "The network with its cost; the gradient has run all the way back to the inputs, "
            "which are ringed."
        ),
    )
    def all_the_way_back(self) -> None:
        self.turn_to("All the way back")
        own = self.stack_a_batch()
        self.at("vector")
        for matrix in reversed(self.chain.factors):
            lit = matrix.grid.animate.set_fill(self.colours.gradient, 0.8)
            self.play(lit, run_time=0.7 * self.pace)
        shown = FadeIn(self.network, self.cost_node)
        self.quick(FadeOut(self.chain, own), shown)
        self.gradient_through(self.cost_node, self.network, 0.7 * self.pace)
        arrived = VGroup(*(neuron.body for neuron in self.network.layers[0]))
        found = Formula(self.formulas.gradient_name(), size=theme.SIZE.title)
        self.panel.fit(found.set_color(self.colours.gradient))
        reached = arrived.animate.set_stroke(self.colours.gradient, theme.STROKE.strong)
        self.quick(reached, enter(found))
