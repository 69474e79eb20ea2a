import LockstepCompute
import LockstepGraph

/// A model's layers in the order in which they compute, each with where its inputs come from; the first is the input.
///
/// `Sequential` is the graph without branches. There is one build, one forward and one backward for both.
public struct Graph: CustomStringConvertible {
    public struct Node {
        public let layer: any Layer
        /// Indices of the nodes whose outputs it takes; all come before it.
        public let inputs: [Int]
        /// The shape of one row of the output.
        public internal(set) var shape: Shape = []
        /// The layer's weights, at the first call of it.
        public internal(set) var weights: [Weight] = []
        /// How many calls of the layer come before.
        public internal(set) var call = 0

        init(layer: any Layer, inputs: [Int]) {
            self.layer = layer
            self.inputs = inputs
        }
    }

    public private(set) var nodes: [Node] = []
    /// What the layers compute while the model trains, and while it does not.
    package private(set) var training = OperationGraph()
    package private(set) var inference = OperationGraph()

    private let owner: ModelIdentity
    /// Whether each node's layer was frozen when the graph was built.
    private var frozen: [Bool] = []

    /// The graph with those layers frozen that are now; nil if that has not changed.
    package func refrozen() throws(LayerError) -> Graph? {
        guard nodes.map({ !$0.layer.isTrainable }) != frozen else { return nil }
        var result = self
        try result.build()
        return result
    }

    /// The layers, each once, in Keras's order.
    public var layers: [any Layer] { nodes.filter { $0.call == 0 }.map(\.layer) }

    /// The layers one after another, behind an input layer.
    ///
    /// - Parameter owner: the model whose weights they get.
    public init(sequence layers: [any Layer], owner: ModelIdentity = ModelIdentity()) throws(LayerError) {
        self.owner = owner
        guard let first = layers.first else { throw .noLayers }
        guard first is InputLayer else { throw .noInputShape(layer: first.name) }
        guard layers.count > 1 else { throw .noLayers }
        var seen: Set<ObjectIdentifier> = []
        for layer in layers where !seen.insert(ObjectIdentifier(layer)).inserted { throw .appliedTwice(layer: Self.title(layer)) }
        for (index, layer) in layers.enumerated() { nodes.append(Node(layer: layer, inputs: index == 0 ? [] : [index - 1])) }
        try build()
    }

    /// All that lies between an input and an output.
    public init(
        from input: SymbolicTensor, to output: SymbolicTensor, owner: ModelIdentity = ModelIdentity()
    ) throws(LayerError) {
        var calls = try [Self.call(of: output)]
        var numbers = [ObjectIdentifier(calls[0]): 0]
        var inputs: [[Int]] = []
        while inputs.count < calls.count {
            var sources: [Int] = []
            for tensor in calls[inputs.count].inputs {
                let call = try Self.call(of: tensor)
                sources.append(numbers[ObjectIdentifier(call), default: calls.count])
                guard numbers[ObjectIdentifier(call)] == nil else { continue }
                numbers[ObjectIdentifier(call)] = calls.count
                calls.append(call)
            }
            inputs.append(sources)
        }
        let first = try Self.call(of: input)
        guard first.layer is InputLayer else { throw .noInputShape(layer: first.layer.name) }
        try self.init(layers: calls.map(\.layer), inputs: inputs, input: numbers[ObjectIdentifier(first)], output: 0, owner: owner)
    }

    private static func call(of tensor: SymbolicTensor) throws(LayerError) -> LayerCall {
        guard let call = tensor.source as? LayerCall else { throw .insideLayer }
        return call
    }

    /// Layers in any order, each with the indices of those whose outputs it takes; all must lie between the input and the output.
    package init(
        layers: [any Layer], inputs: [[Int]], input: Int?, output: Int, owner: ModelIdentity = ModelIdentity()
    ) throws(LayerError) {
        self.owner = owner
        let order = try LayerOrder(inputs: inputs, output: output, layers: layers) { Self.title(layers[$0]) }.order
        let others = order.filter { inputs[$0].isEmpty && $0 != input } + Set(layers.indices).subtracting(order).sorted()
        if let other = others.first { throw .unconnected(layer: Self.title(layers[other])) }
        guard order.count > 1 else { throw .noLayers }
        var places = [Int](repeating: 0, count: layers.count)
        for (place, number) in order.enumerated() { places[number] = place }
        nodes = order.map { number in Node(layer: layers[number], inputs: inputs[number].map { places[$0] }) }
        try build()
    }

    /// Names the layers, collects their weights and what they compute.
    private mutating func build() throws(LayerError) {
        try Self.nameLayers(nodes.map(\.layer))
        frozen = nodes.map { !$0.layer.isTrainable }
        var calls: [ObjectIdentifier: Int] = [:]
        var elements = 0
        let available = physicalMemory()
        let traces = (training: Trace(), inference: Trace())
        var outputs: [(training: SymbolicTensor, inference: SymbolicTensor)] = []
        for index in nodes.indices {
            let (layer, inputs) = (nodes[index].layer, nodes[index].inputs.map { outputs[$0] })
            nodes[index].call = calls[ObjectIdentifier(layer), default: 0]
            calls[ObjectIdentifier(layer), default: 0] += 1
            if nodes[index].call == 0 {
                nodes[index].weights = try weights(of: layer, inputs.map(\.training.spec))
            } else if inputs.count != 1, let first = nodes.first(where: { $0.layer === layer }), first.inputs.count == 1 {
                throw .inputCount(layer: layer.name, expected: 1, received: inputs.count)
            }
            // Before anything of this size is computed with.
            func reserve(_ count: Int) throws(LayerError) {
                elements = min(elements + min(count, .max / 4), .max / 4)
                guard elements <= available / 4 else {
                    throw .memory(layer: layer.name, bytes: elements == .max / 4 ? .max : 4 * elements, available: available)
                }
            }
            // Values and gradients, and the layer's output.
            for weight in nodes[index].weights { try reserve(2 * min(weight.shape.count, .max / 4)) }
            if let input = layer as? InputLayer {
                guard inputs.isEmpty else { throw .inputNotFirst(layer: layer.name) }
                outputs.append((traces.training.input(TensorSpec(input.shape)), traces.inference.input(TensorSpec(input.shape))))
            } else {
                let tensors = (inputs.map(\.training), inputs.map(\.inference))
                outputs.append(
                    (
                        try Self.trace(layer, index, tensors.0, in: traces.training, isTraining: true),
                        try Self.trace(layer, index, tensors.1, in: traces.inference, isTraining: false)
                    ))
            }
            nodes[index].shape = outputs[index].training.spec.shape
            try reserve(nodes[index].shape.count)
        }
        traces.training.finish([outputs[nodes.count - 1].training])
        traces.inference.finish([outputs[nodes.count - 1].inference])
        (training, inference) = (traces.training.graph, traces.inference.graph)
    }

    /// Has a layer declare its weights.
    private func weights(of layer: any Layer, _ inputs: [TensorSpec]) throws(LayerError) -> [Weight] {
        var list = WeightList(layer: layer, owner: owner)
        try layer.build(inputs, &list)
        for weight in list.weights { weight.isFrozen = !layer.isTrainable }
        layer.properties.weights = list.weights
        return list.weights
    }

    /// Has a layer describe what it computes.
    private static func trace(
        _ layer: any Layer, _ index: Int, _ inputs: [SymbolicTensor], in trace: Trace, isTraining: Bool
    ) throws(LayerError) -> SymbolicTensor {
        trace.begin(index)
        let outputs = try layer.call(inputs, Call(trace: trace, training: isTraining))
        if let error = trace.error { throw .operation(layer: layer.name, error) }
        guard outputs.count == 1 else { throw .outputCount(layer: layer.name, expected: 1, received: outputs.count) }
        return outputs[0]
    }

    /// Names unnamed layers as Keras does, after the class with `_1`, `_2` behind the later ones; checks that names differ.
    public static func nameLayers(_ layers: [any Layer]) throws(LayerError) {
        var taken: Set<String> = []
        var seen: Set<ObjectIdentifier> = []
        for layer in layers {
            guard seen.insert(ObjectIdentifier(layer)).inserted, !layer.name.isEmpty else { continue }
            guard taken.insert(layer.name).inserted else { throw .duplicateName(layer.name) }
        }
        for layer in layers where layer.name.isEmpty {
            let base = snakeCase(type(of: layer).className)
            var name = base
            var number = 0
            while !taken.insert(name).inserted {
                number += 1
                name = "\(base)_\(number)"
            }
            layer.properties.name = name
        }
    }

    /// The name, or before there is one the class.
    private static func title(_ layer: any Layer) -> String { layer.name.isEmpty ? type(of: layer).className : layer.name }

    /// All that decides what the graph computes, but the values of its weights.
    public var description: String {
        nodes.map { node in
            let arguments = node.layer.configuration.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.configurationValue)" }
            return "\(type(of: node.layer).className) '\(node.layer.name)' of \(node.inputs): \(node.shape) "
                + (arguments + (node.layer.isTrainable ? [] : ["frozen"])).joined(separator: " ")
        }.joined(separator: "\n")
    }

    /// The weights of all layers, in their order.
    public var weights: [Weight] { nodes.flatMap(\.weights) }
    /// The number of trainable values.
    public var trainableCount: Int { count { $0.isTrainable } }
    /// The number of values that training moves without a gradient, or not at all.
    public var stateCount: Int { count { !$0.isTrainable } }

    private func count(_ isCounted: (Weight) -> Bool) -> Int {
        weights.reduce(0) { $0 + (isCounted($1) ? $1.shape.count : 0) }
    }

    /// For each node, where in the arena its trainable weights begin, or those of the next that has some.
    public var gradientStarts: [Int] {
        var start = 0
        return nodes.map { node in
            defer { for weight in node.weights where weight.isTrainable { start += FloatBuffer.aligned(weight.shape.count) } }
            return start
        }
    }

    /// The activation that makes the model's output; linear where none does.
    public var outputActivation: ActivationFunction { inference.outputActivation }
}

/// `"InputLayer"` as `"input_layer"`, `"LSTM"` as `"lstm"`: Keras's `to_snake_case`.
package func snakeCase(_ name: String) -> String {
    var result = ""
    var previous: Character?
    for (index, character) in name.enumerated() {
        let next = name.dropFirst(index + 1).first
        if character.isUppercase, let previous, previous != "_", previous.isLowercase || next?.isLowercase == true { result += "_" }
        result += character.lowercased()
        previous = character
    }
    return result
}
