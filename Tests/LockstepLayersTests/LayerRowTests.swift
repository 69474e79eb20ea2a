import LockstepCompute
import LockstepFormats
import LockstepGraph
import LockstepLayers
import TestSupport
import Testing

/// What holds for every layer, over the rows of `Tests/Fixtures/layers.py`. Training on ranks is in `TestSupport`'s
/// `layerChecks`.
@Suite struct LayerRowTests {
    @Test("every registered layer has a row")
    func complete() {
        #expect(
            Set(LayerRow.all.map(\.className) + TextRow.all.map(\.className))
                == Set(LayerRegistry.builtIn.map { $0.className }))
    }

    /// Oracle: what Keras serialized. Its null arguments, and those that every layer has, are not written here.
    @Test("a layer's configuration is Keras's, and comes back", arguments: LayerRow.all)
    func configuration(_ row: LayerRow) throws {
        let layer = try row.layer()
        let written = layer.configuration.mapValues(\.configurationValue)
        // Arguments of Keras's call are in the row where they are given.
        let absent = type(of: layer).callArguments.filter { row.configuration[$0] == nil }
        Self.compare(written.filter { !absent.contains($0.key) }, row.configuration)
        let again = try LayerRegistry().layer(row.className, written)
        #expect(again.configuration.mapValues(\.configurationValue) == written)
    }

    /// Compares what is written with what Keras serialized, in layers within the layer too.
    private static func compare(_ written: [String: ConfigurationValue], _ known: [String: ConfigurationValue]) {
        // The momentum of a renormalization that is not done says nothing.
        let passedOver = ["name", "trainable", "dtype", "renorm_momentum"]
        for (name, value) in written where !passedOver.contains(name) {
            if ["layer", "backward_layer", "cell"].contains(name) {
                compareLayer(value, known[name], name)
            } else if ["cells", "layers"].contains(name), let layers = value.list {
                #expect(layers.count == known[name]?.list?.count)
                for (layer, known) in zip(layers, known[name]?.list ?? []) { compareLayer(layer, known, name) }
            } else {
                #expect(bare(value) == bare(known[name] ?? .null), "\(name)")
            }
        }
        for (name, value) in known where value != .null && !passedOver.contains(name) {
            #expect(written[name] != nil || value == false || value == 0, "\(name), \(value), is not written")
        }
    }

    private static func compareLayer(_ written: ConfigurationValue, _ known: ConfigurationValue?, _ name: String) {
        #expect(written["class_name"] == known?["class_name"], "\(name)")
        #expect(written["config"]?["name"] == known?["config"]?["name"], "\(name)")
        compare(written["config"]?.object ?? [:], known?["config"]?.object ?? [:])
    }

    /// A value without null arguments and the module's path, which newer and older versions of Keras write or leave
    /// out.
    private static func bare(_ value: ConfigurationValue) -> ConfigurationValue {
        switch value {
        case .object(let values):
            .object(values.filter { $0.value != .null && $0.key != "module" }.mapValues(bare))
        case .list(let values): .list(values.map(bare))
        default: value
        }
    }

    /// Oracle: real Keras.
    @Test("outputs, gradients and state are Keras's", arguments: LayerRow.all, InstructionSet.available)
    func keras(_ row: LayerRow, set: InstructionSet) throws {
        let known = try row.known()
        let rewrites = Set(Rewrite.allCases)
        for (threads, rewrites) in [(1, rewrites), (3, rewrites), (2, [])] {
            let bench = try LayerBench(
                row, threads: threads, set: set, rewrites: rewrites, fillsDeadMemory: rewrites.isEmpty)
            let x = known["x"]!
            #expect(relativeError(bench.inference(x), known["inference"]!) < 1e-5, "\(rewrites)")
            #expect(bench.mask?.elements == known["mask"]?.elements, "the output's mask")
            guard let dy = known["dy"] else { continue }
            #expect(relativeError(bench.training(x), known["training"]!) < 1e-5)
            let dx = bench.backward(dy, fillsValues: rewrites.isEmpty)
            if row.integers == nil { #expect(relativeError(dx, known["dx"]!) < 1e-5) }
            let largest = bench.trainable.indices.map { Self.largest(known["gradient\($0)"]!) }.max() ?? 0
            for (index, parameter) in bench.trainable.enumerated() {
                let gradient = known["gradient\(index)"]!
                // That of a key's bias in attention is rounding alone.
                let isRounding = Self.largest(gradient) < 1e-5 * largest
                let error =
                    isRounding
                    ? Self.largest(parameter.gradient) / largest : relativeError(parameter.gradient, gradient)
                #expect(error < 1e-5, "gradient \(index)")
            }
            bench.renewWeights()
            for (index, parameter) in bench.state.enumerated() {
                #expect(relativeError(parameter.value, known["after\(index)"]!) < 1e-5, "state \(index)")
            }
        }
    }

    /// Oracle: the same layer where everything is kept. Memory that is not read any more is NaN, and so are the values
    /// of weights that backward says it has done with.
    @Test("what backward computes again has the same bits", arguments: LayerRow.all)
    func recomputed(_ row: LayerRow) throws {
        let x = try row.inputs(3)
        let (kept, bench) = (try LayerBench(row), try LayerBench(row, fillsDeadMemory: true))
        let y = kept.training(x)
        let dy = sample(y.shape, seed: 4)
        let dx = kept.backward(dy)
        bench.arena.gradients.fill(.nan)
        #expect(sameBits(bench.training(x, recomputes: true), y))
        #expect(sameBits(bench.backward(dy, fillsValues: true), dx))
        for (weight, expected) in zip(bench.trainable, kept.trainable) {
            #expect(sameBits(weight.gradient, expected.gradient), "\(weight.name)")
        }
        kept.renewWeights()
        bench.renewWeights()
        for (weight, expected) in zip(bench.state, kept.state) {
            #expect(sameBits(weight.value, expected.value), "\(weight.name)")
        }
    }

    private static func largest(_ x: Tensor) -> Double { x.elements.map { Double(abs($0)) }.max() ?? 0 }

    /// Oracle: the row's output in the batch.
    @Test("a row alone has the output that it has in a batch; no rows are no gradient", arguments: LayerRow.all)
    func rows(_ row: LayerRow) throws {
        let bench = try LayerBench(row)
        let x = try row.inputs(5)
        let y = bench.inference(x)
        for number in 0..<5 {
            #expect(sameBits(bench.inference(x.rows(number..<number + 1)), y.rows(number..<number + 1)))
        }
        let none = bench.training(x.rows(0..<0))
        #expect(none.count == 0)
        bench.arena.gradients.fill(.nan)
        _ = bench.backward(.zeros(none.shape))
        #expect(bench.trainable.allSatisfy { $0.gradient.elements.allSatisfy { $0 == 0 } })
    }

    /// Oracle: central differences of Σ y·dy, of fourth order so that the step can be large enough for float.
    @Test("gradients are the differences of outputs", arguments: LayerRow.all)
    func differences(_ row: LayerRow) throws {
        let bench = try LayerBench(row)
        let x = try row.inputs(3)
        let dy = sample(bench.training(x).shape, seed: 4)
        bench.arena.gradients.fill(.nan)
        let dx = bench.backward(dy)
        var checked: [(value: Tensor, gradient: Tensor, name: String)] = bench.trainable.map {
            ($0.value, $0.gradient.copy(), $0.name)
        }
        // After one step of a power iteration, its vectors are not yet those of the kernel, and have no gradient.
        if row.configuration["power_iterations"] == 1 {
            checked.removeAll { ["kernel", "embeddings"].contains($0.name) }
        }
        // The corrections of a renormalization have no gradient.
        if row.integers == nil, !row.isWhole, row.configuration["renorm"] != true {
            checked.append((x, dx, "the input"))
        }
        let masked = row.masks?.compactMap { $0 } ?? []
        let largest = checked.map { Self.largest($0.gradient) }.max() ?? 0
        func objective() -> Double {
            let y = bench.training(x)
            return (0..<y.count).reduce(0) { $0 + Double(y[$1]) * Double(dy[$1]) }
        }
        for (value, gradient, name) in checked {
            let scale = max(Self.largest(gradient), 1e-3, 0.02 * largest)
            // Some positions of large tensors.
            let positions = Array(stride(from: 0, to: value.count, by: max(1, value.count / 40))).filter {
                // A step that is masked would not be any more.
                name != "the input" || !masked.contains(value[$0])
            }
            var wrong = 0
            for position in positions {
                let (before, step) = (value[position], Float(4e-3))
                func at(_ offset: Float) -> Double {
                    value[position] = before + offset
                    defer { value[position] = before }
                    return objective()
                }
                let slope = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * Double(step))
                if !(abs(Double(gradient[position]) - slope) <= 5e-3 * scale) { wrong += 1 }
            }
            // A kink within a step spoils single differences.
            let hasKinks =
                row.className.contains("Max") || row.className.contains("LU")
                || "\(row.configuration)".contains("relu")
            #expect(
                wrong <= (hasKinks ? max(1, positions.count / 8) : 0),
                "\(wrong) of \(positions.count) gradients of \(name)")
        }
    }
}

/// A row's layer with the weights that Keras had, ready to compute.
private final class LayerBench {
    let arena: Arena
    let trainable, state: [Weight]
    private let network: Network
    private let crew: Crew
    private let tap = Tap()
    private var plan: Plan?
    /// That of the last output.
    private(set) var mask: Tensor?

    init(
        _ row: LayerRow, threads: Int = 1, set: InstructionSet = InstructionSet.available.last!,
        rewrites: Set<Rewrite> = Set(Rewrite.allCases), fillsDeadMemory: Bool = false
    ) throws {
        let layer = try row.layer()
        let input = InputLayer(try row.inputRow(), batchSize: row.isStateful ? 1 : nil)
        var (added, addedSources, sources): ([any Layer], [[Int]], [Int]) = ([], [], [])
        for chain in try row.before() {
            var last = 1
            for layer in chain {
                added.append(layer)
                addedSources.append([last])
                last = 1 + added.count
            }
            sources.append(last)
        }
        let graph =
            layer is InputLayer
            ? try Graph(sequence: [input, tap])
            : try Graph(
                layers: [input, tap] + added + [layer],
                sources: ([[], [0]] + addedSources + [sources]).map { $0.map { Graph.Output(node: $0) } }, inputs: [0],
                outputs: [Graph.Output(node: 2 + added.count, index: row.output)],
                options: (0...added.count + 1).map { _ in CallOptions() } + [CallOptions(flags: row.flags)])
        arena = Arena(graph.weights)
        arena.initialize(seed: 1)
        let parameters = graph.nodes.filter { !($0.layer is Tap) }.flatMap(\.weights)
        let known = try row.known()
        for (index, parameter) in parameters.enumerated() { parameter.value.assign(known["weight\(index)"]!) }
        trainable = parameters.filter(\.isTrainable)
        state = parameters.filter { !$0.isTrainable }
        crew = try Crew(threads: threads, instructionSet: set)
        network = Network(
            training: [graph.training.rewritten(by: rewrites).withUpstream],
            inference: graph.inference.rewritten(by: rewrites, forInference: true), arena: arena,
            context: StepContext(crew: crew, seed: 1))
        network.fillsDeadMemory = fillsDeadMemory
    }

    /// Takes over what the last `training` renewed.
    func renewWeights() { network.renewWeights(plan!) }

    func inference(_ x: Tensor) -> Tensor { forward(network.plan(rows: x.rowCount, .inference), x) }

    /// - Parameter recomputes: whether backward computes again as much as it may.
    func training(_ x: Tensor, recomputes: Bool = false) -> Tensor {
        let sums = RowPartition(rows: x.rowCount)
        let recomputation = recomputes ? network.choice(.training(), for: [sums]).most : .none
        plan = network.plan(sums, .training(), recomputation)
        return forward(plan!, x)
    }

    private func forward(_ plan: Plan, _ x: Tensor) -> Tensor {
        crew.together {
            plan.input.assign(x)
            network.forward(plan)
        }
        mask = plan.masks[0]?.copy()
        return plan.output.copy()
    }

    /// The gradient by the input, after `training`; those by the weights lie in the arena.
    ///
    /// - Parameter fillsValues: fills the values of weights that backward says it has done with, as other ranks would
    ///   change them.
    func backward(_ dy: Tensor, fillsValues: Bool = false) -> Tensor {
        let values = arena.values.copy()
        crew.together {
            network.backward(plan!, from: dy) { offset in
                guard fillsValues else { return }
                arena.values.part(at: offset, shape: [arena.values.count - offset]).fill(.nan)
            }
        }
        arena.values.assign(values)
        // Nothing comes back to what whole numbers are made of.
        return tap.gradient ?? .zeros(plan!.input.shape)
    }
}

/// Passes rows on, and keeps the gradient that comes back; its weight makes somebody ask for that.
private final class Tap: Layer {
    static let className = "Tap"
    let properties = LayerProperties()
    var gradient: Tensor?
    private var unused: Weight!

    func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        unused = try weights.add("unused", [1], .zeros)
    }
    func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        inputs[0].applying(Keep(tap: self), with: [unused])
    }

    private struct Keep: LockstepGraph.Operation {
        let tap: Tap
        func outputs(_ inputs: [TensorSpec]) -> [TensorSpec] { [inputs[0]] }
        func forward(_ pass: ForwardPass) { pass.outputs[0].assign(pass.inputs[0]) }
        func backward(_ pass: BackwardPass) {
            tap.gradient = pass.outputGradient.copy()
            pass.sumOverRows(1) { $1.fill(0) }
        }
    }
}
