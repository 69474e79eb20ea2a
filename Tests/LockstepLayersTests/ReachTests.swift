import LockstepCompute
import LockstepFormats
import LockstepGraph
import LockstepLayers
import TestSupport
import Testing

/// Oracle: real Keras, by `Tests/Fixtures/reach.py`: its configurations, and what it computes.
@Suite struct ReachTests {
    struct Row: Sendable, CustomStringConvertible {
        let kind, name: String
        let configuration: ConfigurationValue

        var description: String { name }
        var className: String { configuration["class_name"]?.string ?? "" }
        func argument() throws -> LayerArgument {
            LayerArguments(["it": configuration], of: .layer("layer")).argument("it")
        }
        func known(_ name: String) throws -> Tensor { try #require(ReachTests.known["\(kind)/\(self.name)/\(name)"]) }

        /// A configuration without what is null, without the numbered names of optimizers, and with whole numbers as
        /// such.
        func compared(_ value: ConfigurationValue) -> ConfigurationValue {
            if case .real(let number) = value { return ConfigurationValue(number) }
            if case .list(let values) = value { return .list(values.map(compared)) }
            guard case .object(let values) = value else { return value }
            let isOptimizer = values["weight_decay"] != nil
            return .object(
                values.filter { $0.value != .null && !(isOptimizer && $0.key == "name") }.mapValues(compared))
        }
    }

    /// The patterns of the weights that do not decay, by the name of the row.
    static let excluded: [String: [String]] = {
        let file = fixture("reach.json")
        let rows = try! Json.parse(FileBytes.read(file), file: file)["excluded"]!.object!
        return rows.mapValues { $0.list!.map { $0.string! } }
    }()
    static let known = try! Npz.read(fixture("reach.npz"))
    static func rows(_ kind: String) -> [Row] {
        let file = fixture("reach.json")
        let rows = try! Json.parse(FileBytes.read(file), file: file)[kind]!.object!
        return rows.map { Row(kind: kind, name: $0.key, configuration: $0.value) }.sorted { $0.name < $1.name }
    }

    @Test("every schedule gives Keras's rates, and comes back from its configuration", arguments: rows("schedules"))
    func schedule(_ row: Row) throws {
        let rate = try LearningRate(row.argument())
        let schedule = try #require(rate.schedule)
        let steps = try #require(Self.known["steps"]).elements
        let expected = try #require(Self.known["schedules/\(row.name)"]).elements
        for (step, known) in zip(steps, expected) {
            #expect(abs(schedule.rate(step: Int(step)) - Double(known)) < 2e-6 * max(1, Double(known)), "step \(step)")
        }
        #expect(row.compared(rate.configurationValue) == row.compared(row.configuration))
        #expect(rate.current == schedule.rate(step: 0))
    }

    @Test(
        "every regularizer has Keras's penalty and slope, and comes back from its configuration",
        arguments: rows("regularizers"))
    func regularizer(_ row: Row) throws {
        let regularizer = try Regularizer(row.argument())
        #expect(row.compared(regularizer.configurationValue) == row.compared(row.configuration))
        let x = try row.known("x")
        let expected = Double(try row.known("penalty")[0])
        var bits: Tensor?
        for (threads, cuts) in [(1, []), (2, [16]), (1, [16, 32])] {
            let crew = try Crew(threads: threads, instructionSet: .portable)
            let arena = try Arena(Graph(sequence: [InputLayer([1]), Held(x.shape, regularizer: regularizer)]).weights)
            arena.weights[0].value.assign(x)
            let bounds = [0] + cuts + [arena.values.count]
            let pieces = zip(bounds, bounds.dropFirst()).map { start, end in
                (range: start..<end, gradients: arena.gradients.part(at: start, shape: [end - start]))
            }
            let state = OptimizerState(
                for: SGD(), values: arena.values, pieces: pieces, reach: UpdateReach(SGD(), arena))
            try crew.together {
                let penalty = try #require(WeightPenalty(arena.weights)).total(on: crew)
                #expect(abs(penalty - expected) <= 1e-6 * abs(expected))
                state.begin(step: 0, on: crew)
                for piece in pieces.indices { state.update(piece: piece, scale: 1, on: crew) }
            }
            let gradient = arena.weights[0].gradient
            #expect(relativeError(gradient, try row.known("gradient")) < 2e-6)
            #expect(bits.map { sameBits($0, gradient) } ?? true, "cut at \(cuts)")
            bits = gradient.copy()
        }
    }

    @Test(
        "every constraint does what Keras's does, whoever takes which groups", arguments: rows("constraints"),
        InstructionSet.available)
    func constraint(_ row: Row, set: InstructionSet) throws {
        let constraint = try Constraint(row.argument())
        #expect(row.compared(constraint.configurationValue) == row.compared(row.configuration))
        let expected = try row.known("y")
        var bits: Tensor?
        for (threads, parts) in [(1, 1), (2, 1), (1, 3), (2, 7)] {
            let crew = try Crew(threads: threads, instructionSet: set)
            let layer = try Held(row.known("x").shape, constraint)
            let arena = try Arena(Graph(sequence: [InputLayer([1]), layer]).weights)
            let weight = arena.weights[0]
            weight.value.assign(try row.known("x"))
            let reach = try #require(UpdateReach(SGD(), arena))
            crew.together {
                for constraint in reach.constraints {
                    for part in 0..<parts {
                        let all = constraint.groups.count
                        let groups = all * part / parts..<all * (part + 1) / parts
                        constraint.groups.bound(weight.value, groups: groups, to: constraint.bounds, on: crew)
                    }
                }
                if !reach.nonNegative.isEmpty { clampToZero(weight.value, on: crew) }
            }
            #expect(relativeError(weight.value, expected) < 1e-6, "\(threads) threads, \(parts) parts")
            #expect(bits.map { sameBits($0, weight.value) } ?? true)
            bits = weight.value.copy()
        }
    }

    /// Slices may end anywhere on a cache line.
    @Test(
        "clipping, decay, schedules and averages of weights are Keras's, in any slices", arguments: rows("optimizers"),
        InstructionSet.available)
    func optimizer(_ row: Row, set: InstructionSet) throws {
        let configured = try Optimizers.configured(row.configuration)
        #expect(configured.unsupported.isEmpty)
        let optimizer = configured.optimizer.excludingFromWeightDecay(Self.excluded[row.name] ?? [])
        let written = try Optimizers.configuration(of: optimizer)
        #expect(row.compared(written) == row.compared(row.configuration))
        let crew = try Crew(threads: 1, instructionSet: set)
        var bits: Tensor?
        for cuts in [[], [16], [16, 32, 48]] {
            let shapes = try ["start0", "start1"].map { try row.known($0).shape }
            let arena = try Arena(Graph(sequence: [InputLayer([1]), Weights(shapes)]).weights)
            for (number, weight) in arena.weights.enumerated() { weight.value.assign(try row.known("start\(number)")) }
            let bounds = [0] + cuts + [arena.values.count]
            let weights = optimizer.scope == .weights ? arena.weights : []
            let ranges =
                weights.isEmpty
                ? zip(bounds, bounds.dropFirst()).map { $0..<$1 }
                : weights.map { arena.offset(of: $0)..<arena.offset(of: $0) + $0.shape.count }
            let pieces = ranges.map {
                (range: $0, gradients: arena.gradients.part(at: $0.lowerBound, shape: [$0.count]))
            }
            let reach = UpdateReach(optimizer, arena)
            let state = OptimizerState(
                for: optimizer, values: arena.values, pieces: pieces, weights: weights, reach: reach)
            state.fillWeightSlots()
            for step in 0..<6 {
                // What lies between weights means nothing.
                arena.gradients.fill(1e18)
                for (number, weight) in arena.weights.enumerated() {
                    weight.gradient.assign(try row.known("gradients\(number)").row(step) * 8)
                }
                state.begin(step: step, on: crew)
                for piece in pieces.indices { state.update(piece: piece, scale: 1 / 8, on: crew) }
                reach?.norms?.decide()
                for piece in pieces.indices { state.prepare(piece: piece, on: crew) }
                reach?.ratios?.decide()
                for piece in pieces.indices { state.move(piece: piece, on: crew) }
                state.iterations += 1
                for (number, weight) in arena.weights.enumerated() {
                    #expect(
                        relativeError(weight.value, try row.known("steps\(number)").row(step)) < 5e-6, "step \(step)")
                }
            }
            #expect(bits.map { sameBits($0, arena.values) } ?? true, "cut at \(cuts)")
            bits = arena.values.copy()
            guard optimizer.options.useEma else { continue }
            for piece in pieces.indices { state.takeAverages(piece: piece) }
            for (number, weight) in arena.weights.enumerated() {
                #expect(relativeError(weight.value, try row.known("average\(number)")) < 5e-6, "average \(number)")
            }
        }
    }

    @Test("none of them is left out")
    func all() {
        #expect(Set(Self.rows("schedules").map(\.className)) == Set(LearningRateSchedules.all.map { $0.className }))
        #expect(Set(Self.rows("regularizers").map(\.className)) == ["L1", "L2", "L1L2", "OrthogonalRegularizer"])
        #expect(Set(Self.rows("constraints").map(\.className)) == ["MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm"])
        let optimizers = try! Optimizers.names.map { try type(of: Optimizers.named($0)) as any Optimizer.Type }
        #expect(
            Set(Self.rows("optimizers").map(\.className))
                == Set(optimizers.filter { $0.isInKeras }.map { $0.className })
        )
        for name in [
            "L1", "L2", "L1L2", "l1", "l2", "l1_l2", "l1l2", "OrthogonalRegularizer", "orthogonal_regularizer",
        ] {
            #expect(throws: Never.self) { try Regularizer.named(name) }
        }
        for name in ["MaxNorm", "max_norm", "NonNeg", "non_neg", "UnitNorm", "unit_norm", "MinMaxNorm", "min_max_norm"]
        {
            #expect(throws: Never.self) { try Constraint.named(name) }
        }
    }

    @Test("weights and optimizers without any of this need nothing of it")
    func none() throws {
        let arena = try Arena(Graph(sequence: [InputLayer([5]), Dense(7)]).weights)
        #expect(UpdateReach(Adam(), arena) == nil && WeightPenalty(arena.weights) == nil)
        let penalized = try Arena(Graph(sequence: [InputLayer([5]), Dense(7, kernelRegularizer: .l2)]).weights)
        #expect(UpdateReach(Adam(), penalized)?.norms == nil && WeightPenalty(penalized.weights)?.count == 1)
    }

    @Test("arguments that cannot be are errors that name them")
    func mistakes() throws {
        let layers: [(Dense, LayerError)] = [
            (
                Dense(3, kernelRegularizer: .l2(-1), name: "it"),
                .argument(
                    layer: "it", name: "the factor l2 of the regularizer of its kernel", requirement: "a number from 0",
                    received: "-1.0")
            ),
            (
                Dense(3, biasRegularizer: .l1(.infinity), name: "it"),
                .argument(
                    layer: "it", name: "the factor l1 of the regularizer of its bias", requirement: "a number from 0",
                    received: "inf")
            ),
            (
                Dense(3, kernelRegularizer: .orthogonal(-1), name: "it"),
                .argument(
                    layer: "it", name: "the factor of the regularizer of its kernel", requirement: "a number from 0",
                    received: "-1.0")
            ),
            (
                Dense(3, biasRegularizer: .orthogonal(), name: "it"),
                .argument(
                    layer: "it", name: "the regularizer of its bias",
                    requirement: "one for a matrix of two rows or more",
                    received: "orthogonal for [3]")
            ),
            (
                Dense(1, kernelRegularizer: .orthogonal(mode: .columns), name: "it"),
                .argument(
                    layer: "it", name: "the regularizer of its kernel",
                    requirement: "one for a matrix of two columns or more", received: "orthogonal for [2, 1]")
            ),
            (
                Dense(3, biasConstraint: .maxNorm(axis: 1), name: "it"),
                .argument(
                    layer: "it", name: "the axis of the constraint of its bias", requirement: "from -1 to 0",
                    received: "1")
            ),
            (
                Dense(3, kernelConstraint: .unitNorm(axis: [0, -3]), name: "it"),
                .argument(
                    layer: "it", name: "the axis of the constraint of its kernel", requirement: "from -2 to 1",
                    received: "[0, -3]")
            ),
            (
                Dense(3, kernelConstraint: .minMaxNorm(minValue: 2, maxValue: 1), name: "it"),
                .argument(
                    layer: "it", name: "maxValue of the constraint of its kernel", requirement: "a number from 2.0",
                    received: "1.0")
            ),
            (
                Dense(3, kernelConstraint: .minMaxNorm(rate: 2), name: "it"),
                .argument(
                    layer: "it", name: "rate of the constraint of its kernel", requirement: "a number from 0.0 to 1.0",
                    received: "2.0")
            ),
        ]
        for (layer, error) in layers { #expect(throws: error) { try Graph(sequence: [InputLayer([2]), layer]) } }
        let optimizers: [(any Optimizer, LayerError)] = [
            (
                SGD(clipnorm: 0),
                .optimizer(
                    name: "sgd", argument: "clipnorm", requirement: "from \(Double.leastNonzeroMagnitude)", received: 0)
            ),
            (
                Adam(clipnorm: 1, globalClipnorm: 2),
                .optimizer(
                    name: "adam", argument: "globalClipnorm", requirement: "left out where clipnorm is given",
                    received: 2)
            ),
            (
                RMSprop(weightDecay: -1),
                .optimizer(name: "rmsprop", argument: "weightDecay", requirement: "from 0.0", received: -1)
            ),
            (
                SGD(learningRate: ExponentialDecay(0.1, decaySteps: 0, decayRate: 1)),
                .optimizer(name: "sgd", argument: "learningRate.decaySteps", requirement: "from 1.0", received: 0)
            ),
            (
                SGD(learningRate: PiecewiseConstantDecay(boundaries: [3, 2], values: [1, 2, 3])),
                .optimizer(
                    name: "sgd", argument: "learningRate.boundaries", requirement: "from \(3.0.nextUp)", received: 2)
            ),
            (
                SGD(learningRate: PiecewiseConstantDecay(boundaries: [3], values: [1])),
                .optimizer(
                    name: "sgd", argument: "learningRate.values.count", requirement: "from 2.0 to 2.0", received: 1)
            ),
            (
                SGD(learningRate: CosineDecayRestarts(0.1, firstDecaySteps: 3, tMul: 0.5)),
                .optimizer(name: "sgd", argument: "learningRate.tMul", requirement: "from 1.0", received: 0.5)
            ),
        ]
        for (optimizer, error) in optimizers { #expect(throws: error) { try optimizer.validate() } }
    }
}

/// A weight with a constraint or a regularizer.
private final class Held: Layer {
    let properties = LayerProperties()
    private let shape: Shape
    private let constraint: Constraint?
    private let regularizer: Regularizer?

    init(_ shape: Shape, _ constraint: Constraint? = nil, regularizer: Regularizer? = nil) {
        (self.shape, self.constraint, self.regularizer) = (shape, constraint, regularizer)
    }

    func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try weights.add("weight", shape, .zeros, regularizer: regularizer, constraint: constraint)
    }
    func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] { inputs }
}

/// A kernel and a bias.
private final class Weights: Layer {
    let properties = LayerProperties()
    private let shapes: [Shape]

    init(_ shapes: [Shape]) { self.shapes = shapes }

    func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        for (name, shape) in zip(["kernel", "bias"], shapes) { _ = try weights.add(name, shape, .zeros) }
    }
    func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] { inputs }
}
