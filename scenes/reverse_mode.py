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
    GrowFromEdge,
    LaggedStart,
    ManimColor,
    TransformFromCopy,
    VGroup,
    Write,
)

from scenes.maths.accumulation import Accumulation, forward_multiplications, reverse_multiplications
from scenes.maths.display import count, whole
from scenes.maths.modes import BROAD, DEEP, WIDTHS, Modes
from scenes.pictures import theme
from scenes.pictures.equations import Formula, Paragraph
from scenes.pictures.gradients import room_for_cost
from scenes.pictures.matrices import (
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
from scenes.pictures.network import CostNode, NetworkPicture
from scenes.pictures.stage import Stage
from scenes.pictures.symbols import ModeSymbols, Symbols
from scenes.pictures.titles import Headline, TitleCard
from scenes.studio.narrated import NarratedScene, Quotable, beat

FROM_THE_INPUT = {
    True: "Forward mode starts at the input. One direction is matrix times vector; "
    "for {inputs}, the tangents are stacked: matrix times matrix. {forward_count}.",
    False: "Forward mode starts at the input. With {inputs}, one direction is enough: matrix times "
    "vector. For more, the tangents are stacked. {forward_count}.",
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


class ReverseModeCost(NarratedScene):
    """Automatic differentiation, and what its two modes cost."""

    title = "What reverse mode saves"
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

    @property
    def background(self) -> ManimColor:
        """The theme's."""
        return theme.palette().background

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
            "large_forward": whole("large forward", large[0].multiplications),
            "large_reverse": whole("large reverse", large[1].multiplications),
            "no_better": NO_BETTER[m.reverse_is_best],
            "held_back": self.most_back,
            "held_there": self.most_there,
        }

    def prepare(self) -> None:
        lesson = self.lesson.network
        self.stage = Stage.now()
        self.head = Headline(self.stage)
        self.colours = theme.palette()
        self.formulas = Symbols(lesson)
        self.symbols = ModeSymbols(self.formulas.derivation)
        self.depth = len(lesson.layers) - 1
        self.pace = theme.TEMPO.move * min(1.0, 2 / self.depth)
        self.network = NetworkPicture(lesson, self.stage.network)
        node, self.panel = room_for_cost(self.stage, self.network)
        self.cost_node = CostNode(self.network, self.formulas.cost_name(), node)
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
            self.add(result)
            multiplying = Multiplying(left, right, result, tally.odometer, counts)
            self.play(multiplying, run_time=0.6 * pace)
            up = self.chain.lift(result)
            moves = [done.animate.set_opacity(0), other.animate.set_opacity(0)]
            self.play(result.animate.shift(up), *moves, run_time=0.4 * pace)
            done = result
            self.products.add(result)

    def fresh_chain(self) -> MatrixChain:
        """The lesson's Jacobians in a row."""
        return MatrixChain(self.modes.chain.sizes, self.symbols.jacobians(), self.left)

    def set_up_work(
        self, sizes: Sequence[int], modes: tuple[Accumulation, Accumulation], name: str, note: str
    ) -> None:
        """A network's widths with a note, and a square for what each mode costs on it."""
        shape, *rooms = self.stage.whole.one_and_two()
        above, below = shape.split(0.26 if shape.lies else 0.16)
        self.funnel = Funnel(sizes, below)
        size, muted = theme.SIZE.small, self.colours.muted
        self.counted = Paragraph(note, above.width, size=size, color=muted)
        above.fit(self.counted)
        most = max(mode.multiplications for mode in modes)
        colours = (self.colours.signal, self.colours.gradient)
        self.squares = [
            WorkSquare(
                f"{way} mode", whole(f"{name} {way}", mode.multiplications), most, colour, room
            )
            for way, mode, colour, room in zip(
                ("forward", "reverse"), modes, colours, rooms, strict=True
            )
        ]

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
        subtitle = "automatic differentiation"
        card = TitleCard(self.title, subtitle, self.colours.gradient, self.stage)
        self.play(FadeIn(card, shift=0.2 * UP), run_time=theme.TEMPO.quick)
        self.at("Nobody")
        self.play(FadeOut(card), self.head("A record of each step"), run_time=theme.TEMPO.quick)
        self.play(FadeIn(self.network, self.cost_node))
        self.tape = Tape(self.symbols.record(), self.panel)
        self.at("automatic")
        rows = iter(self.tape.rows)
        each = (len(self.tape.rows) - 1) // self.depth
        for layer in range(1, self.depth + 1):
            new = [FadeIn(next(rows), shift=0.1 * UP) for _ in range(each)]
            self.play(self.network.pulses_into(layer), *new, run_time=0.8 * self.pace)
        end = FadeIn(next(rows), shift=0.1 * DOWN)
        self.play(self.cost_node.sparks(), end, run_time=0.8 * self.pace)
        self.at("works")
        self.play(self.cost_node.sparks(back=True), run_time=0.5 * self.pace)
        for layer in range(self.depth, 0, -1):
            self.play(self.network.pulses_back(layer), run_time=0.5 * self.pace)

    @beat(
        "Each layer has a Jacobian: every derivative of what comes out by what goes in. "
        "The slopes only scale its rows; no program builds a matrix for them.",
        shows="A chain of grids, one Jacobian for each layer, and the formula of such a Jacobian.",
    )
    def each_layer_has_a_jacobian(self) -> None:
        self.chain = self.fresh_chain()
        self.play(FadeOut(self.tape), self.head("A chain of Jacobians"), run_time=0.5)
        steps = [
            TransformFromCopy(self.network.wires_into(layer), matrix)
            for layer, matrix in enumerate(self.chain.factors[:-1], start=1)
        ]
        links = TransformFromCopy(self.cost_node.links, self.chain.factors[-1])
        gone = FadeOut(self.network, self.cost_node)
        self.play(*steps, links, gone, run_time=theme.TEMPO.slow)
        self.note = Formula(self.symbols.jacobian(), size=theme.SIZE.formula)
        self.right.fit(self.note)
        self.at("slopes")
        self.play(Write(self.note))
        self.play(*(Circumscribe(m.grid, color=self.colours.signal) for m in self.chain.factors))

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
        self.play(FadeOut(self.note), self.head("Forward mode"), run_time=theme.TEMPO.quick)
        self.play(FadeIn(self.forward_tally))
        self.at("direction")
        first = self.chain.factors[0]
        self.play(Circumscribe(first.column(0), color=self.colours.signal))
        self.at("stacked")
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
        old, self.chain = self.chain, self.fresh_chain()
        self.forward_result = self.products[-1]
        fade = FadeOut(self.forward_result, shift=0.3 * DOWN)
        self.remove(old)
        self.play(fade, FadeIn(self.chain), self.head("Reverse mode"), run_time=theme.TEMPO.quick)
        self.play(FadeIn(self.reverse_tally), run_time=theme.TEMPO.quick)
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
        rows = [Formula(self.symbols.gradient(m.gradient(s)), size=size, color=c) for s, c in sides]
        off = Formula(self.symbols.difference(m.difference), size=size)
        self.results = VGroup(*rows, off).arrange(DOWN, buff=theme.SPACE.wide)
        self.left.fit(self.results)
        self.remove(self.chain)
        self.play(FadeOut(self.products[-1]), self.head("The same gradient"), run_time=0.5)
        self.play(*(FadeIn(row, shift=0.1 * UP) for row in rows))
        self.at("rounding")
        self.play(FadeIn(off, shift=0.1 * UP))
        self.at("price")
        tallies = (self.forward_tally, self.reverse_tally)
        rings = (Circumscribe(tally.odometer, color=self.colours.text) for tally in tallies)
        self.play(*rings, run_time=theme.TEMPO.quick)

    @beat(
        "Now at real size. Forward mode takes {large_forward} multiplications; "
        "reverse mode, {large_reverse}, {no_better}",
        shows=(
            "A network drawn as a funnel, and two squares whose areas are the "
            "multiplications of forward and reverse mode."
        ),
    )
    def at_real_size(self) -> None:
        forward, reverse = self.modes.large
        note = "counted: matrix products only"
        self.set_up_work(self.modes.sizes, (forward, reverse), "large", note)
        old = VGroup(self.results, self.forward_tally, self.reverse_tally)
        self.play(FadeOut(old), self.head("At real size"), run_time=theme.TEMPO.quick)
        self.play(FadeIn(self.funnel), FadeIn(self.counted))
        for square, mode, word in zip(
            self.squares, (forward, reverse), ("large_forward", "large_reverse"), strict=True
        ):
            self.add(square)
            self.at(word)
            self.play(CountUp(square, self.running(mode)), run_time=2 * theme.TEMPO.slow)

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
        self.chart = GrowthChart(
            [
                ("forward mode", forward, formulas[0], self.colours.signal),
                ("reverse mode", reverse, formulas[1], self.colours.gradient),
            ],
            "width of each of three layers",
            self.stage.whole,
        )
        old = VGroup(self.funnel, self.counted, *self.squares)
        self.play(FadeOut(old), self.head("Wider and wider"), run_time=theme.TEMPO.quick)
        self.play(FadeIn(self.chart))
        self.at("dots")
        rows = (LaggedStart(*(FadeIn(d) for d in dots), lag_ratio=0.4) for dots in self.chart.dots)
        self.play(*rows, run_time=theme.TEMPO.slow)
        self.at("curves")
        self.play(*(Create(line) for line in self.chart.lines), run_time=theme.TEMPO.slow)

    @beat(
        "Turn the shape around, one input and many outputs, and forward mode wins. "
        "For graphs in general, no quick way to the best order is known.",
        shows="The funnel turned around: now the square of forward mode is the smaller one.",
    )
    def turned_around(self) -> None:
        modes = self.modes.flipped
        sizes = tuple(reversed(self.modes.sizes))
        self.set_up_work(sizes, modes, "flipped", "best order in general: NP-complete")
        old = VGroup(self.chart, *self.chart.dots, *self.chart.lines)
        self.play(FadeOut(old), self.head("Turned around"), run_time=theme.TEMPO.quick)
        self.play(FadeIn(self.funnel))
        self.at("outputs")
        runs = (
            CountUp(square, self.running(mode))
            for square, mode in zip(self.squares, modes, strict=True)
        )
        self.play(*runs, run_time=2 * theme.TEMPO.slow)
        self.at("graphs")
        self.play(FadeIn(self.counted))

    @beat(
        "Reverse mode has its price: all values are kept until the way back has passed. "
        "Here, that is {held_back} numbers; forward mode, for one direction, holds {held_there}.",
        shows=(
            "Two rows of bars, the numbers held at each stage: few in forward mode, ever "
            "more in reverse mode until it turns."
        ),
    )
    def the_price_is_memory(self) -> None:
        there, back = self.modes.memory()
        upper, lower = self.stage.whole.split(0.5)
        slots, most = len(back), max(back)
        turn = len(there)
        size = f"{whole('wide', BROAD).shown} numbers at each of {whole('deep', DEEP).shown} stages"
        self.bars = [
            MemoryBars(
                f"forward mode, one direction; {size}",
                there,
                self.most_there,
                turn,
                slots,
                most,
                upper,
            ),
            MemoryBars(
                "reverse mode, there and back", back, self.most_back, turn, slots, most, lower
            ),
        ]
        old = VGroup(self.funnel, self.counted, *self.squares)
        self.play(FadeOut(old), self.head("The price is memory"), run_time=theme.TEMPO.quick)
        self.play(*(FadeIn(rows) for rows in self.bars), run_time=theme.TEMPO.quick)
        for rows in self.bars:
            self.play(
                LaggedStart(*(GrowFromEdge(bar, DOWN) for bar in rows.bars), lag_ratio=0.3),
                run_time=theme.TEMPO.slow,
            )
        self.at("held_back")
        self.play(FadeIn(self.bars[1].peak))
        self.at("held_there")
        self.play(FadeIn(self.bars[0].peak))

    @beat(
        "With a batch, rows are stacked, and the way back is matrix times matrix too. "
        "But each row is a vector, times a Jacobian, all the way back: that is backpropagation.",
        rest=1.4,
        shows="The network with its cost; the gradient has run all the way back to the inputs.",
    )
    def all_the_way_back(self) -> None:
        old = VGroup(*self.bars, *(b for rows in self.bars for b in [*rows.bars, rows.peak]))
        self.play(FadeOut(old), self.head("All the way back"), run_time=theme.TEMPO.quick)
        self.chain = self.fresh_chain()
        whole_stage = self.stage.whole.center - self.chain.get_center()
        self.play(FadeIn(self.chain.shift(whole_stage * RIGHT)))
        self.at("stacked")
        row, size = self.chain.factors[-1].grid, self.chain.factors[-1].size
        batch = VGroup(*(row.copy().shift(k * row.height * DOWN) for k in (1, 2, 3)))
        stack = LaggedStart(*(FadeIn(more, shift=0.2 * UP) for more in batch), lag_ratio=0.4)
        self.play(stack, FadeOut(size))  # stacked, it is a matrix of another size
        self.at("But")
        self.play(FadeOut(batch), run_time=theme.TEMPO.quick)
        self.at("vector")
        back = [FadeIn(size)]
        for matrix in reversed(self.chain.factors):
            lit = matrix.grid.animate.set_fill(self.colours.gradient, 0.8)
            self.play(lit, *back, run_time=0.7 * self.pace)
            back = []
        shown = FadeIn(self.network, self.cost_node)
        self.play(FadeOut(self.chain), shown, run_time=theme.TEMPO.quick)
        self.play(self.cost_node.sparks(back=True), run_time=0.7 * self.pace)
        for layer in range(self.depth, 0, -1):
            self.play(self.network.pulses_back(layer), run_time=0.7 * self.pace)
