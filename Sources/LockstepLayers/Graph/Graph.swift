import LockstepCompute
import LockstepGraph

/// The calls of a model's layers, in the order in which they compute. Each call knows where its inputs come from.
///
/// A `Sequential` is a graph without branches. It shares build, forward and backward with functional models. A model
/// inside a model is one node here; in `calls`, its layers stand in its place.
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
        /// The outputs of earlier nodes that this node takes.
        package let inputs: [Output]
        /// What belongs to the call, of this layer and of no other call.
        package let options: CallOptions
        /// Whether the layer computes as in training; nil if the model's mode says so.
        package var training: Bool? { options.training }
        /// The spec of each output.
        package internal(set) var specs: [TensorSpec] = []
        /// The layer's weights if this is its first call, else empty.
        package internal(set) var weights: [Weight] = []
        /// The number of earlier calls of the same layer.
        package internal(set) var call = 0
        /// The call from which other models can be described.
        var described: LayerCall?

        init(layer: any Layer, inputs: [Output], options: CallOptions = CallOptions()) {
            self.layer = layer
            self.inputs = inputs
            self.options = options
        }

        /// The shape of one row of each output. A dimension is nil if it depends on an unknown dimension of the model's
        /// inputs.
        package internal(set) var partialShapes: [PartialShape] = []
        /// The shape of one row of each output; `shape` is that of the first output.
        package var shapes: [Shape] { specs.map(\.shape) }
        package var shape: Shape { specs.first?.shape ?? [] }
    }

    /// The nodes that are the model's inputs, in the model's order.
    package private(set) var inputs: [Int] = []
    /// The model's outputs.
    package internal(set) var outputs: [Output] = []
    package internal(set) var nodes: [Node] = []
    /// The operations of the layers: `training` while the model trains, `inference` while it does not.
    package internal(set) var training = OperationGraph()
    package internal(set) var inference = OperationGraph()

    /// The tensors that a step takes for the model's inputs: the inputs of numbers, then the numbers that layers make of
    /// those of text.
    package internal(set) var feeds: [StepInput] = []

    /// The calls of all layers except inputs. The calls of an inner model's layers stand in the place of that model.
    package internal(set) var calls: [LayerCallRecord] = []

    private(set) weak var store: WeightStore?
    /// For each node, whether its layer and each layer within that were frozen when the graph was built.
    var frozen: [[Bool]] = []

    static func frozen(_ nodes: [Node]) -> [[Bool]] {
        nodes.map { $0.layer.withSublayers.map { !$0.isTrainable } }
    }

    /// The graph rebuilt for the layers that are frozen now; nil if these have not changed since it was built.
    package func refrozen() throws(LayerError) -> Graph? { Self.frozen(nodes) == frozen ? nil : try rebuilt(in: store) }

    /// The graph built again, with its weights in a store.
    package func rebuilt(in store: WeightStore?) throws(LayerError) -> Graph {
        var result = self
        result.store = store
        try result.build()
        return result
    }

    /// The layers, each once, in Keras's order.
    package var layers: [any Layer] { nodes.filter { $0.call == 0 }.map(\.layer) }

    /// The graph of layers that follow one another. The first is an input layer.
    ///
    /// - Parameter store: where the weights will lie; nil if they belong to no model.
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

    /// The graph of all layers between inputs and outputs. An input may be the output of an inner layer of another
    /// model.
    package init(
        from inputs: [SymbolicTensor], to outputs: [SymbolicTensor], store: WeightStore? = nil
    ) throws(LayerError) {
        var calls: [LayerCall] = []
        var numbers: [ObjectIdentifier: Int] = [:]
        // As in Keras, a model that begins from the output of an inner layer has an input of its own in its place.
        var begins: [ObjectIdentifier: [Int: LayerCall]] = [:]
        func output(_ tensor: SymbolicTensor) throws(LayerError) -> Output {
            guard var call = tensor.source as? LayerCall else { throw .insideLayer }
            let input = begins[ObjectIdentifier(call)]?[tensor.output]
            call = input ?? call
            let number = numbers[ObjectIdentifier(call), default: calls.count]
            if number == calls.count {
                numbers[ObjectIdentifier(call)] = number
                calls.append(call)
            }
            return Output(node: number, index: input == nil ? tensor.output : 0)
        }
        for tensor in inputs {
            guard let call = tensor.source as? LayerCall, !(call.layer is InputLayer) else { continue }
            guard begins[ObjectIdentifier(call)]?[tensor.output] == nil else { throw .inputTwice }
            begins[ObjectIdentifier(call), default: [:]][tensor.output] = try call.input(insteadOf: tensor.output)
        }
        var (ends, starts, sources): ([Output], [Int], [[Output]]) = ([], [], [])
        for tensor in outputs { ends.append(try output(tensor)) }
        for tensor in inputs { starts.append(try output(tensor).node) }
        while sources.count < calls.count {
            let tensors = calls[sources.count].inputs
            sources.append([])
            for tensor in tensors { sources[sources.count - 1].append(try output(tensor)) }
        }
        try self.init(
            layers: calls.map(\.layer), sources: sources, inputs: starts, outputs: ends,
            options: calls.map(\.options), described: calls,
            store: store)
        describe()
    }

    /// The graph of calls that are given in any order.
    ///
    /// - Parameters:
    ///   - sources: for each call, the outputs that it takes. `Output.node` is the number of a call.
    ///   - inputs: the calls that are the model's inputs.
    ///   - outputs: the model's outputs. All calls must lie between inputs and outputs.
    ///   - options: of each call; nil for the defaults.
    package init(
        layers: [any Layer], sources: [[Output]], inputs: [Int], outputs: [Output], options: [CallOptions]? = nil,
        store: WeightStore? = nil
    ) throws(LayerError) {
        try self.init(
            layers: layers, sources: sources, inputs: inputs, outputs: outputs, options: options, described: nil,
            store: store)
    }

    /// - Parameter described: the calls, if the model was described with them.
    private init(
        layers: [any Layer], sources: [[Output]], inputs: [Int], outputs: [Output], options: [CallOptions]?,
        described: [LayerCall]?, store: WeightStore?
    ) throws(LayerError) {
        self.store = store
        guard !outputs.isEmpty else { throw .noOutputs }
        guard Set(inputs).count == inputs.count else { throw .inputTwice }
        let options = options ?? layers.map { _ in CallOptions() }
        let searched = layers.indices.map { call in
            options[call].searchOrder(of: layers[call], inputs: sources[call].count).map { sources[call][$0].node }
        }
        let order = try LayerOrder(
            inputs: searched, modelInputs: inputs, outputs: outputs.map(\.node), layers: layers
        ) { Self.title(layers[$0]) }.order
        let others =
            order.filter { sources[$0].isEmpty && !inputs.contains($0) }
            + Set(layers.indices).subtracting(order).sorted()
        if let other = others.first { throw .unconnected(layer: Self.title(layers[other])) }
        guard order.count > inputs.count else { throw .noLayers }
        var places = [Int](repeating: 0, count: layers.count)
        for (place, number) in order.enumerated() { places[number] = place }
        func placed(_ output: Output) -> Output { Output(node: places[output.node], index: output.index) }
        nodes = order.map { number in
            Node(layer: layers[number], inputs: sources[number].map(placed), options: options[number])
        }
        for (index, number) in order.enumerated() { nodes[index].described = described?[number] }
        self.inputs = inputs.map { places[$0] }
        self.outputs = outputs.map(placed)
        try build()
    }

    /// Everything that decides what the graph computes, except the values of its weights.
    package var description: String {
        nodes.map { node in
            let arguments = node.layer.configuration.sorted { $0.key < $1.key }.map {
                "\($0.key)=\($0.value.configurationValue)"
            }
            let sources = node.inputs.map { $0.index == 0 ? "\($0.node)" : "\($0.node).\($0.index)" }.joined(
                separator: ", ")
            let shapes = node.partialShapes.map(\.description).joined(separator: ", ")
            let graph = (node.layer as? any GraphLayer)?.knownGraph.map { ["{\n\($0)\n}"] } ?? []
            return "\(node.layer.kind) '\(node.layer.name)' of [\(sources)]: \(shapes) "
                + (arguments + (node.training.map { ["training=\($0)"] } ?? []) + node.options.flags.sorted()
                + (node.layer.isTrainable ? [] : ["frozen"]) + graph).joined(separator: " ")
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

    /// For each of `calls`, where its layer's trainable weights begin in the arena. For a call without weights of its
    /// own, where those of the next call that has some begin.
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

    /// The rows of every batch, if the inputs say it and agree.
    var batchSize: Int? {
        let sizes = Set(inputs.compactMap { (nodes[$0].layer as? InputLayer)?.batchSize })
        return sizes.count == 1 ? sizes.first : nil
    }
    /// The shape of one row of each of the model's inputs and of each output.
    package var inputShapes: [PartialShape] { inputs.map { (nodes[$0].layer as? InputLayer)?.shape ?? [] } }
    package var outputShapes: [PartialShape] { outputs.map { nodes[$0.node].partialShapes[$0.index] } }
    /// The spec of each input and of each output, for the shapes that the graph was traced for.
    package var inputSpecs: [TensorSpec] { inputs.flatMap { nodes[$0].specs } }
    package var outputSpecs: [TensorSpec] { outputs.map { nodes[$0.node].specs[$0.index] } }
    /// The type of each of the model's inputs and of each output.
    package var inputTypes: [DataType] { inputSpecs.map(\.type) }
    package var outputTypes: [DataType] { outputSpecs.map(\.type) }
    /// The names of the model's inputs and outputs. Each has the name of the layer that it comes from.
    package var inputNames: [String] { inputs.map { nodes[$0].layer.name } }
    package var outputNames: [String] { outputs.map { nodes[$0.node].layer.name } }

    /// For each output, the activation that computes it; linear if none does.
    package var outputActivations: [ActivationFunction] { outputs.indices.map(inference.activation(ofOutput:)) }
}
