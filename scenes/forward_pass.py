"""Forward pass: one example travels left to right and ends as one cost."""

from __future__ import annotations

from collections.abc import Mapping

from manim import (
    DOWN,
    LEFT,
    Animation,
    AnimationGroup,
    Circumscribe,
    Create,
    FadeIn,
    FadeOut,
    GrowFromCenter,
    LaggedStart,
    MoveAlongPath,
    ScaleInPlace,
    VGroup,
    Write,
    there_and_back,
)

from scenes.maths.display.spelling import count
from scenes.maths.formulas.network import NetworkFormulas
from scenes.pictures import theme
from scenes.pictures.animations import enter, fly
from scenes.pictures.equations import Formula, Words
from scenes.pictures.forward_pass import (
    ActivationCurve,
    CostTable,
    LayerEquation,
    Memory,
    WeightedSum,
)
from scenes.pictures.network import CostNode, Legend, Light, NetworkPicture
from scenes.staging.film import Film
from scenes.studio.narrated import Quotable, beat

# What each activation does, in words that hold for any z.
# Lines that depend on the lesson; values() chooses.
SHAPE = {
    "sigmoid": "The sigmoid curve squeezes any z into a value between zero and one.",
    "tanh": "The [tanh|tanh] curve squeezes any z into a value between minus one and one.",
    "relu": "[ReLU|relu] lets a positive z through, and turns a negative one into zero.",
    "identity": "The identity, as activation function, lets z through as it is.",
}
# The same idea for networks of other shapes; the key is how many there are (3: three or more).
EACH_PRODUCT = {
    1: "{w1} times {x1} makes {p1}.",
    2: "{w1} times {x1} makes {p1}, and {w2} times {x2} makes {p2}.",
    3: "{w1} times {x1} makes {p1}, {w2} times {x2} makes {p2}, and so on.",
}
THE_LAYER = {
    True: "The whole layer does this at once: a matrix of weights times the vector of inputs, "
    "plus a vector of biases.",
    False: "This layer has a single neuron. With more of them, their weights stand in a matrix, "
    "times the vector of inputs, plus a vector of biases.",
}
THE_OUTPUTS = {
    1: "At the end stands the output: it is {o1}. Beside it stands the target, {y1}, "
    "which is what we wanted to see.",
    2: "At the end stand the outputs: {o1}, and {o2}. Beside them stand the targets, "
    "{y1} and {y2}, which is what we wanted to see.",
    3: "At the end stand the outputs. The first is {o1}. Beside them stand the targets, "
    "which is what we wanted to see.",
}
HALVE = {
    True: "How far off is that? Square each difference, add the squares up, and halve the sum:",
    False: "How far off is that? Square the difference, and halve it:",
}
# The neuron that is shown slowly.
LAYER, NEURON = 1, 0


class ForwardPass(Film):
    """How a network turns an input into a cost."""

    title = "The forward pass"
    place = 3
    poster = "compare_with_the_target"

    def construct(self) -> None:
        self.the_forward_pass()
        self.meet_the_neuron()
        self.weigh_the_inputs()
        self.add_the_bias()
        self.bend_it()
        self.a_layer_at_once()
        self.layer_by_layer()
        self.compare_with_the_target()
        self.measure_the_cost()
        self.keep_what_the_way_back_needs()
        self.which_weight_is_to_blame()

    # -- what the lines quote, and what the beats share

    def values(self) -> Mapping[str, Quotable]:
        n = self.numbers
        lesson = self.lesson.network
        inputs, outputs, depth = lesson.layers[0], lesson.layers[-1], len(lesson.layers) - 1
        weights = [w for matrix in lesson.weights for row in matrix for w in row]
        two = range(min(2, inputs))
        return {
            "inputs": count(inputs, "input"),
            "on_each_wire": "on its wire" if inputs == 1 else "on each wire",
            "each_product": EACH_PRODUCT[min(inputs, 3)],
            "add_up": "Add the product" if inputs == 1 else "Add the products",
            "shape": SHAPE[lesson.activation],
            "the_layer": THE_LAYER[lesson.layers[LAYER] > 1],
            "dashed": ", a dashed wire a negative weight," if min(weights) < 0 else "",
            "the_outputs": THE_OUTPUTS[min(outputs, 3)],
            "halve": HALVE[outputs > 1],
            "b1": n.b(LAYER, NEURON),
            "z1": n.z(LAYER, NEURON),
            "a1": n.a(LAYER, NEURON),
            "C": n.cost(),
            **{f"x{k + 1}": n.x(k) for k in two},
            **{f"w{k + 1}": n.w(LAYER, NEURON, k) for k in two},
            **{f"p{k + 1}": n.product(LAYER, NEURON, k) for k in two},
            **{f"o{i + 1}": n.a(depth, i) for i in range(min(2, outputs))},
            **{f"y{i + 1}": n.y(i) for i in range(min(2, outputs))},
        }

    def prepare(self) -> None:
        self.formulas = NetworkFormulas(self.lesson.network)
        self.network = NetworkPicture(self.lesson.network, self.stage.network)
        self.sum = WeightedSum(
            self.numbers, LAYER, NEURON, self.formulas.weighted_sum(LAYER, NEURON), self.stage.panel
        )
        neuron, z = self.network.neuron(LAYER, NEURON), self.numbers.z(LAYER, NEURON).shown
        self.z_inside = VGroup(neuron.label(z)) if neuron.fits(z) else VGroup()
        self.cost_node = CostNode(self.network, self.formulas.cost_name(), self.stage.outcome)
        self.bias = self.network.bias_label(LAYER, NEURON, self.numbers.b(LAYER, NEURON))
        self.weight_values = self.network.label_wires_into(
            LAYER, NEURON, [self.numbers.w(LAYER, NEURON, k) for k in range(self.network.sizes[0])]
        )

    def fly_weight(self, k: int) -> Animation:
        """A weight of the neuron leaves its wire for the sum."""
        return self.network.send_weight(LAYER, NEURON, k, self.sum.weights[k])

    def fly_input(self, k: int) -> Animation:
        """An input leaves its neuron for the sum."""
        value = self.network.send_value(0, k, self.sum.inputs[k])
        return AnimationGroup(FadeIn(self.sum.times[k]), value)

    def fly_output(self, i: int) -> Animation:
        """An output leaves its neuron for the table."""
        return self.network.send_value(self.depth, i, self.table.outputs[i])

    def fly_sum(self) -> Animation:
        """The sum goes into the neuron, and stays there if it can be read."""
        total, neuron = self.sum.total, self.network.neuron(LAYER, NEURON)
        if not len(self.z_inside):
            return FadeOut(total.copy(), target_position=neuron, scale=0.5)
        return fly(total, self.z_inside[0])

    def enter_target(self, i: int) -> Animation:
        """A target comes into the table; the one beside the output shows which."""
        shown = [enter(part, way=DOWN) for part in (self.table.minus[i], self.table.targets[i])]
        return AnimationGroup(*shown, ScaleInPlace(self.targets[i], 1.4, rate_func=there_and_back))

    def light_up(self, layer: int, only: int | None = None) -> list[Light]:
        """Show a layer's activations, or one neuron's, by its fill and its value."""
        numbers = [self.numbers.a(layer, j) for j in range(self.network.sizes[layer])]
        return self.network.light(layer, numbers, only)

    # -- the beats

    @beat(
        "The forward pass. A signal goes into a network on the left, "
        "and comes out on the right, as a single number: the cost.",
        lead=0.6,
        shows="A network of neurons in layers, and a node for the cost at its right end.",
    )
    def the_forward_pass(self) -> None:
        self.open_with(
            "from a signal to a cost",
            self.colours.signal,
            until="signal",
            heading="The forward pass",
        )
        self.slow(self.network.appear())
        self.at("comes").signal_through(self.network, self.pace)
        self.at("number").quick(Create(self.cost_node.links))
        self.quick(self.cost_node.sparks())
        cost = [GrowFromCenter(self.cost_node.body), FadeIn(self.cost_node.name_inside)]
        self.quick(*cost)

    @beat(
        "Look at just one neuron. It has {inputs}, a weight {on_each_wire}, and a bias of its own.",
        shows="One neuron stands out, with its inputs, the weights on its wires, and its bias.",
    )
    def meet_the_neuron(self) -> None:
        spotlight = self.network.spotlight(LAYER, NEURON)
        self.turn_to("One neuron", *spotlight, keep=[self.network], run_time=None)
        self.at("inputs").play(*self.light_up(0))
        swell = self.network.swell_wires(into=(LAYER, NEURON))
        self.at("weight").play(swell, *(enter(label) for label in self.weight_values))
        self.at("bias").play(enter(self.bias))

    @beat(
        "Each input is multiplied by the weight of its wire. {each_product}",
        shows="The neuron's weights and inputs, carried into a sum of products.",
    )
    def weigh_the_inputs(self) -> None:
        self.slow(Write(self.sum.formula))
        self.play(self.network.pulses_into(LAYER, NEURON))
        slowly = [k for k in range(self.network.sizes[0]) if f"w{k + 1}" in self.quoted]
        for k in slowly:
            self.at(f"w{k + 1}").quick(self.fly_weight(k))
            self.at(f"x{k + 1}").quick(self.fly_input(k))
            self.at(f"p{k + 1}").quick(enter(self.sum.result(k), way=LEFT))
        rest = range(len(slowly), self.network.sizes[0])
        self.play(*(move for k in rest for move in (self.fly_weight(k), self.fly_input(k))))
        self.play(*(enter(self.sum.result(k), way=LEFT) for k in rest))

    @beat(
        "{add_up} and the bias, {b1}: the sum is {z1}. It is called the pre-activation, z.",
        shows=(
            "The sum is finished: products and bias make the pre-activation, which now "
            "stands inside the neuron."
        ),
    )
    def add_the_bias(self) -> None:
        self.at("bias").play(fly(self.bias.value, self.sum.bias), FadeIn(self.sum.bias_name))
        self.quick(Create(self.sum.rule))
        self.at("z1").play(enter(self.sum.bottom_line, way=DOWN))
        self.at("pre-activation").play(self.fly_sum())

    @beat(
        "{shape} Here, the activation, [a|ay], is {a1}.",
        shows=(
            "The activation function as a curve: a line goes up from the pre-activation and "
            "across to the activation."
        ),
    )
    def bend_it(self) -> None:
        upper, lower = self.stage.panel.split(0.24)
        z, a = self.numbers.z(LAYER, NEURON), self.numbers.a(LAYER, NEURON)
        curve = ActivationCurve(self.numbers.network.activation, z, a, lower)
        activation = Formula(self.formulas.activation(), size=theme.SIZE.formula)
        upper.fit(activation)
        here = [self.network, self.z_inside, *self.weight_values, self.bias]
        self.turn_to("The activation", keep=here)
        self.play(FadeIn(curve.axes, curve.names), Write(activation))
        self.slow(Create(curve.graph), FadeIn(curve.bounds))
        neuron = self.network.neuron(LAYER, NEURON)
        self.quick(
            FadeIn(curve.z_name, target_position=neuron, scale=0.5),
            GrowFromCenter(curve.z_dot),
        )
        dot = curve.z_dot
        self.at("Here").play(Create(curve.up), MoveAlongPath(dot, curve.climb))
        self.play(Create(curve.across), MoveAlongPath(dot, curve.carry))
        self.at("a1").play(
            FadeIn(curve.a_name), *self.light_up(LAYER, only=NEURON), FadeOut(self.z_inside)
        )

    @beat(
        "{the_layer} Then comes the activation, neuron by neuron.",
        shows=(
            "A layer's sums as weight matrix times inputs plus biases, with all numbers; "
            "its neurons are filled."
        ),
    )
    def a_layer_at_once(self) -> None:
        equation = LayerEquation(
            self.numbers,
            LAYER,
            self.formulas.layer_sum(LAYER),
            self.formulas.layer_activation_of_z(LAYER),
            self.stage.panel,
        )
        self.turn_to("A layer at once", keep=[self.network])
        self.quick(*self.network.spotlight(LAYER))
        self.play(self.network.pulses_into(LAYER), Write(equation.symbols))
        for part, word in (("W", "weights"), ("x", "inputs"), ("b", "biases")):
            self.when(word).quick(enter(equation.piece(part)))
        self.play(enter(equation.piece("z"), way=LEFT))
        self.at("activation").play(enter(equation.activation_line, way=DOWN))
        self.play(*self.light_up(LAYER))

    @beat(
        "Layer by layer, the signal runs on to the outputs. A wider wire carries a weight "
        "of larger size{dashed} and the stronger a neuron's colour, the larger its activation.",
        shows=(
            "The whole network is lit, with an equation for each layer and a legend of "
            "wires and colours."
        ),
    )
    def layer_by_layer(self) -> None:
        upper, lower = self.stage.panel.split(0.52)
        chain = VGroup(
            *(
                Formula(self.formulas.layer_activation(layer), size=theme.SIZE.formula)
                for layer in range(1, self.depth + 1)
            )
        ).arrange(DOWN, buff=theme.SPACE.wide, aligned_edge=LEFT)
        legend = Legend(self.network, negative=self.says("dashed"))
        upper.fit(chain)
        lower.fit(legend)
        self.turn_to("Layer by layer", *self.network.all_bright(), keep=[self.network])
        for layer in range(1, self.depth + 1):
            signal = self.network.pulses_into(layer)
            self.play(signal, enter(chain[layer - 1]), run_time=self.pace)
            if layer > LAYER:
                self.play(*self.light_up(layer), run_time=self.pace)
        rows = iter(legend.rows)
        self.at("wider").play(self.network.swell_wires(), FadeIn(next(rows)))
        if self.says("dashed"):
            self.at("dashed").play(self.network.swell_wires(negative=True), FadeIn(next(rows)))
        self.at("stronger").play(self.network.swell_neurons(), FadeIn(next(rows)))

    @beat(
        "{the_outputs}",
        shows=(
            "A table of outputs, targets and their differences; the targets stand beside "
            "the output neurons."
        ),
    )
    def compare_with_the_target(self) -> None:
        self.table = CostTable(self.numbers, self.formulas.cost(), self.stage.panel)
        outputs = range(self.network.sizes[-1])
        alone = self.network.neurons_alone(self.depth)
        self.turn_to("Output and target", *alone, keep=[self.network], run_time=None)
        self.quick(FadeIn(self.table.heads[0]))
        named = [i for i in self.table.rows if f"o{i + 1}" in self.quoted]
        for i in named:
            self.at(f"o{i + 1}").quick(self.fly_output(i))
        others = [self.fly_output(i) for i in self.table.rows if i not in named]
        self.play(*others, *(FadeIn(dots) for dots in self.table.dots[:2]))
        self.at("target" if len(outputs) == 1 else "targets")
        self.targets = self.network.beside_outputs(
            [Words(self.numbers.y(i).shown, color=self.colours.target) for i in outputs]
        )
        self.quick(FadeIn(self.targets, shift=0.2 * LEFT), FadeIn(self.table.heads[1]))
        named = [i for i in self.table.rows if f"y{i + 1}" in self.quoted]
        for i in named:
            self.at(f"y{i + 1}").quick(self.enter_target(i))
        self.play(*(self.enter_target(i) for i in self.table.rows if i not in named))
        self.at("wanted").play(enter(self.table.heads[2], self.table.differences(), way=LEFT))

    @beat(
        "{halve} the cost is {C}. That is one number for the whole network.",
        shows=(
            "The table goes on: squared differences, their sum, and half of it, which is the cost."
        ),
    )
    def measure_the_cost(self) -> None:
        self.play(self.heading("The cost"), Write(self.table.formula))
        square = enter(self.table.heads[3], self.table.squared(), way=LEFT)
        self.at("square").play(square, by="add" if self.says("add") else "halve")
        self.when("add").quick(Create(self.table.rule), by="halve")
        self.at("halve").slow(Write(self.table.half), by="C")
        self.at("C").play(FadeIn(self.table.result, scale=0.7))
        ring = Circumscribe(self.table.result, color=self.colours.cost, buff=self.table.ring)
        self.at("one").play(ring)

    @beat(
        "One more thing: every z and every [a|ay] is kept. "
        "That takes memory, but the way back needs them.",
        shows="Cards with every pre-activation and activation, stored beside the network.",
    )
    def keep_what_the_way_back_needs(self) -> None:
        memory = Memory(self.numbers, self.formulas.kept(), self.stage.panel)
        alone = self.network.neurons_alone(*range(1, self.depth + 1))
        self.turn_to("Kept for the way back", *alone, keep=[self.network])
        self.at("every").quick(memory.put_up())
        for layer in range(1, self.depth + 1):
            swell = self.network.swell_neurons(layer)
            cards = [memory.store(card) for card in memory.cards[layer - 1]]
            store = LaggedStart(*cards, lag_ratio=0.5)
            self.play(swell, store, run_time=2 * self.pace, by="way")
        self.at("way").play(memory.lock())

    @beat(
        "So the signal runs forward, and leaves one cost. Which weight is to blame for it, "
        "and by how much? To find out, the chain rule carries the cost back.",
        rest=1.2,
        shows=(
            "The network with its cost; one weight is marked, and a question asks for its "
            "derivative."
        ),
    )
    def which_weight_is_to_blame(self) -> None:
        bright = self.network.all_bright()
        self.turn_to("Which weight is to blame?", *bright, keep=[self.network])
        self.signal_through(self.network, self.pace)
        sparks = self.cost_node.sparks()
        self.quick(FadeIn(self.cost_node), sparks, by="cost")
        value = self.cost_node.value(self.formulas.cost_value(self.numbers.cost()))
        self.at("cost").play(FadeIn(value, scale=0.7))
        self.at("weight")
        question = Formula(self.formulas.question(LAYER, NEURON, 0), size=theme.SIZE.title)
        question.set_color(self.colours.gradient)
        self.stage.place_question(question, self.cost_node.body.get_y())
        self.play(*self.network.single_out(LAYER, NEURON, 0), Write(question))
        self.at("chain").gradient_through(self.cost_node, self.network, theme.TEMPO.move)
