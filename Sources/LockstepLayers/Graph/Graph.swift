import LockstepCompute
import LockstepGraph

/// A model's calls of layers in the order in which they compute, each with where its inputs come from.
///
/// `Sequential` is the graph without branches. There is one build, one forward and one backward for both. A model
/// inside a model is one call here; in `calls` its layers stand in its place.
package struct Graph: CustomStringConvertible {
    /// One of a node's outputs.
    package struct Output: Hashable, Sendable {
        package let node: Int
        package let index: Int

        package init(node: Int, index: Int = 0) {
            self.node = node
            self.index = index
        }
    }

    package struct Node {
        package let layer: any Layer
        /// The outputs that it takes, of nodes that come before.
        package let inputs: [Output]
        /// What is known of each output.
        package internal(set) var specs: [TensorSpec] = []
        /// The layer's weights, at the first call of it.
        package internal(set) var weights: [Weight] = []
        /// How many calls of the layer come before.
        package internal(set) var call = 0

        init(layer: any Layer, inputs: [Output]) {
            self.layer = layer
            self.inputs = inputs
        }

        /// The shape of one row of each output, without dimensions that depend on unknown ones of the model's inputs.
        package internal(set) var partialShapes: [PartialShape] = []
        /// The shape of one row of each output, and of the first.
        package var shapes: [Shape] { specs.map(\.shape) }
        package var shape: Shape { specs.first?.shape ?? [] }
    }

    /// The nodes that are the model's inputs, in the model's order.
    package private(set) var inputs: [Int] = []
    /// What the model gives.
    package private(set) var outputs: [Output] = []
    package private(set) var nodes: [Node] = []
    /// What the layers compute while the model trains, and while it does not.
    package private(set) var training = OperationGraph()
    package private(set) var inference = OperationGraph()

    /// The calls of all layers but inputs, those of models inside the model in the place of each.
    package private(set) var calls: [LayerCallRecord] = []

    private weak var store: WeightStore?
    /// Whether each node's layer was frozen when the graph was built, and each layer within it.
    private var frozen: [[Bool]] = []

    private static func frozen(_ nodes: [Node]) -> [[Bool]] {
        nodes.map { $0.layer.withSublayers.map { !$0.isTrainable } }
    }

    private func freeze(_ frozen: [[Bool]]) {
        for (node, states) in zip(nodes, frozen) {
            for (layer, isFrozen) in zip(node.layer.withSublayers, states) { layer.properties.isTrainable = !isFrozen }
        }
    }

    /// The graph with those layers frozen that are now; nil if that has not changed.
    package func refrozen() throws(LayerError) -> Graph? { Self.frozen(nodes) == frozen ? nil : try rebuilt(in: store) }

    /// The graph built again, with its weights in a store.
    package func rebuilt(in store: WeightStore?) throws(LayerError) -> Graph {
        var result = self
        result.store = store
        try result.build()
        return result
    }

    /// Whether the weights of all layers are to lie in a store.
    package func lies(in store: WeightStore) -> Bool {
        nodes.allSatisfy { $0.weights.isEmpty || $0.layer.properties.store === store }
    }

    /// The layers, each once, in Keras's order.
    package var layers: [any Layer] { nodes.filter { $0.call == 0 }.map(\.layer) }

    /// The layers one after another, behind an input layer.
    ///
    /// - Parameter store: where their weights will lie; nil where that is nobody's.
    package init(sequence layers: [any Layer], store: WeightStore? = nil) throws(LayerError) {
        self.store = store
        guard let first = layers.first else { throw .noLayers }
        guard first is InputLayer else { throw .noInputShape(layer: first.name) }
        guard layers.count > 1 else { throw .noLayers }
        var seen: Set<ObjectIdentifier> = []
        for layer in layers where !seen.insert(ObjectIdentifier(layer)).inserted {
            throw .appliedTwice(layer: Self.title(layer))
        }
        for (index, layer) in layers.enumerated() {
            nodes.append(Node(layer: layer, inputs: index == 0 ? [] : [Output(node: index - 1)]))
        }
        (inputs, outputs) = ([0], [Output(node: layers.count - 1)])
        try build()
    }

    /// All that lies between inputs and outputs.
    package init(
        from inputs: [SymbolicTensor], to outputs: [SymbolicTensor], store: WeightStore? = nil
    ) throws(LayerError) {
        var calls: [LayerCall] = []
        var numbers: [ObjectIdentifier: Int] = [:]
        func output(_ tensor: SymbolicTensor) throws(LayerError) -> Output {
            guard let call = tensor.source as? LayerCall else { throw .insideLayer }
            let number = numbers[ObjectIdentifier(call), default: calls.count]
            if number == calls.count {
                numbers[ObjectIdentifier(call)] = number
                calls.append(call)
            }
            return Output(node: number, index: tensor.output)
        }
        var (ends, starts, sources): ([Output], [Int], [[Output]]) = ([], [], [])
        for tensor in outputs { ends.append(try output(tensor)) }
        for tensor in inputs {
            let start = try output(tensor).node
            guard calls[start].layer is InputLayer else { throw .noInputShape(layer: calls[start].layer.name) }
            starts.append(start)
        }
        while sources.count < calls.count {
            let tensors = calls[sources.count].inputs
            sources.append([])
            for tensor in tensors { sources[sources.count - 1].append(try output(tensor)) }
        }
        try self.init(layers: calls.map(\.layer), sources: sources, inputs: starts, outputs: ends, store: store)
    }

    /// Calls of layers in any order.
    ///
    /// - Parameters:
    ///   - sources: for each call, the outputs that it takes, by the calls' numbers.
    ///   - inputs: the calls that are the model's inputs.
    ///   - outputs: what the model gives. All calls must lie between inputs and outputs.
    package init(
        layers: [any Layer], sources: [[Output]], inputs: [Int], outputs: [Output], store: WeightStore? = nil
    ) throws(LayerError) {
        self.store = store
        guard !outputs.isEmpty else { throw .noOutputs }
        guard Set(inputs).count == inputs.count else { throw .inputTwice }
        let order = try LayerOrder(
            inputs: sources.map { $0.map(\.node) }, modelInputs: inputs, outputs: outputs.map(\.node), layers: layers
        ) { Self.title(layers[$0]) }.order
        let others =
            order.filter { sources[$0].isEmpty && !inputs.contains($0) }
            + Set(layers.indices).subtracting(order).sorted()
        if let other = others.first { throw .unconnected(layer: Self.title(layers[other])) }
        guard order.count > inputs.count else { throw .noLayers }
        var places = [Int](repeating: 0, count: layers.count)
        for (place, number) in order.enumerated() { places[number] = place }
        func placed(_ output: Output) -> Output { Output(node: places[output.node], index: output.index) }
        nodes = order.map { number in Node(layer: layers[number], inputs: sources[number].map(placed)) }
        self.inputs = inputs.map { places[$0] }
        self.outputs = outputs.map(placed)
        try build()
    }

    /// Names the layers, collects their weights and what they compute.
    ///
    /// Unknown dimensions of the inputs get a size that fits. A second one tells which dimensions depend on them; weights
    /// must not.
    private mutating func build() throws(LayerError) {
        try Self.nameLayers(nodes.map(\.layer))
        frozen = Self.frozen(nodes)
        for index in inputs { try (nodes[index].layer as? InputLayer)?.checkShape() }
        let declared = inputShapes
        let known = declared.compactMap(\.shape)
        guard known.count < declared.count else { return try trace(known, keepsWeights: false) }
        var first: Graph?
        var failure: LayerError?
        for size in Self.trialSizes(declared) {
            var trial = self
            do { try trial.trace(declared.map { $0.filled(with: size) }, keepsWeights: first != nil) } catch {
                if case .dependsOnUnknown = error { throw error }
                failure = failure ?? error
                continue
            }
            guard var result = first else {
                first = trial
                continue
            }
            for (index, node) in trial.nodes.enumerated() {
                result.nodes[index].partialShapes = zip(result.nodes[index].shapes, node.shapes).map {
                    PartialShape(common: $0, $1)
                }
            }
            // The weights are declared for the last trace.
            self = result
            return
        }
        guard let first else { throw failure ?? .noLayers }
        self = first
    }

    /// The sizes to try for unknown dimensions: those of usual images and sequences first, then those of the known
    /// dimensions, which others may have to equal.
    private static func trialSizes(_ shapes: [PartialShape]) -> [Int] {
        let sizes = [32, 64, 128, 256, 512, 1024, 16, 8, 4, 2, 1] + shapes.flatMap { $0.dimensions.compactMap { $0 } }
        var seen: Set<Int> = []
        return sizes.filter { seen.insert($0).inserted }
    }

    /// What the layers compute for inputs of known shapes, with the same weights; itself where it is for them.
    ///
    /// - Parameter shapes: of one row of each input.
    /// - Throws: what a layer throws that does not take them.
    package func traced(for shapes: [Shape]) throws(LayerError) -> Graph {
        guard inputSpecs.map(\.shape) != shapes else { return self }
        // What was frozen since then counts when the model is compiled.
        let current = Self.frozen(nodes)
        freeze(frozen)
        defer { freeze(current) }
        var result = self
        try result.trace(shapes, keepsWeights: true)
        for index in nodes.indices { result.nodes[index].partialShapes = nodes[index].partialShapes }
        return result
    }

    /// Collects the layers' weights and what they compute for inputs of known shapes.
    private mutating func trace(_ inputShapes: [Shape], keepsWeights: Bool) throws(LayerError) {
        var parts: Set<ObjectIdentifier> = []
        var counts: [ObjectIdentifier: Int] = [:]
        var elements = 0
        let available = physicalMemory()
        let traces = (training: Trace(), inference: Trace())
        var tensors: [(training: [SymbolicTensor], inference: [SymbolicTensor])] = Array(
            repeating: ([], []), count: nodes.count)
        // In the model's order, whatever that of the layers is.
        for (index, shape) in zip(inputs, inputShapes) {
            guard let input = nodes[index].layer as? InputLayer, nodes[index].inputs.isEmpty else {
                throw .noInputShape(layer: nodes[index].layer.name)
            }
            let spec = TensorSpec(shape, type: input.type)
            tensors[index] = ([traces.training.input(spec)], [traces.inference.input(spec)])
        }
        for index in nodes.indices {
            let layer = nodes[index].layer
            for source in nodes[index].inputs where !tensors[source.node].training.indices.contains(source.index) {
                throw .noOutput(
                    layer: nodes[source.node].layer.name, index: source.index,
                    count: tensors[source.node].training.count)
            }
            let inputs = nodes[index].inputs.map { tensors[$0.node].training[$0.index] }
            nodes[index].call = counts[ObjectIdentifier(layer), default: 0]
            counts[ObjectIdentifier(layer), default: 0] += 1
            if nodes[index].call == 0 {
                for part in layer.withSublayers where !parts.insert(ObjectIdentifier(part)).inserted {
                    throw .atTwoPlaces(layer: part.name)
                }
                nodes[index].weights = try WeightList.build(
                    layer, inputs.map(\.spec), store: store, keepsWeights: keepsWeights)
            } else if inputs.count != 1, let first = nodes.first(where: { $0.layer === layer }), first.inputs.count == 1
            {
                throw .inputCount(layer: layer.name, expected: 1, received: inputs.count)
            }
            // Before anything of this size is computed with.
            func reserve(_ count: Int) throws(LayerError) {
                elements = min(elements + min(count, .max / 4), .max / 4)
                guard elements <= available / 4 else {
                    throw .memory(
                        layer: layer.name, bytes: elements == .max / 4 ? .max : 4 * elements, available: available)
                }
            }
            // Values and gradients, and the layer's output.
            for weight in nodes[index].weights { try reserve(2 * min(weight.shape.count, .max / 4)) }
            if tensors[index].training.isEmpty {
                let inference = nodes[index].inputs.map { tensors[$0.node].inference[$0.index] }
                tensors[index] = (
                    try Call(trace: traces.training, training: true, path: []).apply(layer, to: inputs),
                    try Call(trace: traces.inference, training: false, path: []).apply(layer, to: inference)
                )
            }
            for source in type(of: layer).removesMasks ? nodes[index].inputs : [] {
                let (training, inference) = (
                    tensors[source.node].training[source.index], tensors[source.node].inference[source.index]
                )
                tensors[source.node].training[source.index] = training.withoutMask
                tensors[source.node].inference[source.index] = inference.withoutMask
            }
            nodes[index].specs = tensors[index].training.map(\.spec)
            nodes[index].partialShapes = nodes[index].shapes.map { PartialShape($0) }
            for shape in nodes[index].shapes { try reserve(shape.count) }
        }
        for output in outputs where !tensors[output.node].training.indices.contains(output.index) {
            throw .noOutput(
                layer: nodes[output.node].layer.name, index: output.index, count: tensors[output.node].training.count)
        }
        traces.training.finish(outputs.map { tensors[$0.node].training[$0.index] })
        traces.inference.finish(outputs.map { tensors[$0.node].inference[$0.index] })
        (training, inference, calls) = (traces.training.graph, traces.inference.graph, traces.training.calls)
    }

    /// All that decides what the graph computes, but the values of its weights.
    package var description: String {
        nodes.map { node in
            let arguments = node.layer.configuration.sorted { $0.key < $1.key }.map {
                "\($0.key)=\($0.value.configurationValue)"
            }
            let sources = node.inputs.map { $0.index == 0 ? "\($0.node)" : "\($0.node).\($0.index)" }.joined(
                separator: ", ")
            let shapes = node.partialShapes.map(\.description).joined(separator: ", ")
            let graph = (node.layer as? any GraphLayer)?.knownGraph.map { ["{\n\($0)\n}"] } ?? []
            return "\(type(of: node.layer).className) '\(node.layer.name)' of [\(sources)]: \(shapes) "
                + (arguments + (node.layer.isTrainable ? [] : ["frozen"]) + graph).joined(separator: " ")
        }.joined(separator: "\n")
    }

    /// The weights of all layers, in their order.
    package var weights: [Weight] { nodes.flatMap(\.weights) }
    /// The number of trainable values.
    package var trainableCount: Int { count { $0.isTrainable } }
    /// The number of values that training moves without a gradient, or not at all.
    package var stateCount: Int { count { !$0.isTrainable } }

    private func count(_ isCounted: (Weight) -> Bool) -> Int {
        weights.reduce(0) { $0 + (isCounted($1) ? $1.shape.count : 0) }
    }

    /// For each of the `calls`, where in the arena its layer's trainable weights begin, or those of the next that has
    /// some.
    package var gradientStarts: [Int] {
        var start = 0
        var seen: Set<ObjectIdentifier> = []
        return calls.map { call in
            defer {
                for weight in call.weights where weight.isTrainable && seen.insert(ObjectIdentifier(weight)).inserted {
                    start += FloatBuffer.aligned(weight.shape.count)
                }
            }
            return start
        }
    }

    /// The shape of one row of each of the model's inputs, and of each output.
    package var inputShapes: [PartialShape] { inputs.map { (nodes[$0].layer as? InputLayer)?.shape ?? [] } }
    package var outputShapes: [PartialShape] { outputs.map { nodes[$0.node].partialShapes[$0.index] } }
    /// What is known of each of the inputs, and of each output, for the shapes that the graph was traced for.
    package var inputSpecs: [TensorSpec] { inputs.flatMap { nodes[$0].specs } }
    package var outputSpecs: [TensorSpec] { outputs.map { nodes[$0.node].specs[$0.index] } }
    /// The type of the numbers of each of the model's inputs, and of each output.
    package var inputTypes: [DataType] { inputSpecs.map(\.type) }
    package var outputTypes: [DataType] { outputSpecs.map(\.type) }
    /// The names of the model's inputs, and of its outputs: those of the layers that give them.
    package var inputNames: [String] { inputs.map { nodes[$0].layer.name } }
    package var outputNames: [String] { outputs.map { nodes[$0.node].layer.name } }

    /// For each output, the activation that makes it; linear where none does.
    package var outputActivations: [ActivationFunction] { outputs.indices.map(inference.activation(ofOutput:)) }
}
