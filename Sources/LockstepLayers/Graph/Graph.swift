import LockstepCompute

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
        public internal(set) var parameters: [Parameter] = []

        init(layer: any Layer, inputs: [Int]) {
            self.layer = layer
            self.inputs = inputs
        }
    }

    public private(set) var nodes: [Node] = []

    private let owner: ModelIdentity

    /// The layers one after another, behind an input layer.
    ///
    /// - Parameter owner: the model whose parameters they get.
    public init(sequence layers: [any Layer], owner: ModelIdentity = ModelIdentity()) throws(LayerError) {
        self.owner = owner
        guard let first = layers.first else { throw .noLayers }
        guard first is InputLayer else { throw .noInputShape(layer: first.name) }
        guard layers.count > 1 else { throw .noLayers }
        for (index, layer) in layers.enumerated() { nodes.append(Node(layer: layer, inputs: index == 0 ? [] : [index - 1])) }
        try build()
    }

    /// All that lies between an input and an output.
    public init(
        from input: SymbolicTensor, to output: SymbolicTensor, owner: ModelIdentity = ModelIdentity()
    ) throws(LayerError) {
        var values = [output]
        var numbers = [ObjectIdentifier(output): 0]
        var inputs: [[Int]] = []
        while inputs.count < values.count {
            inputs.append(
                values[inputs.count].inputs.map { value in
                    if let number = numbers[ObjectIdentifier(value)] { return number }
                    numbers[ObjectIdentifier(value)] = values.count
                    values.append(value)
                    return values.count - 1
                })
        }
        guard input.layer is InputLayer else { throw .noInputShape(layer: input.layer.name) }
        try self.init(
            layers: values.map(\.layer), inputs: inputs, input: numbers[ObjectIdentifier(input)], output: 0, owner: owner)
    }

    /// Layers in any order, each with the indices of those whose outputs it takes; all must lie between the input and the output.
    package init(
        layers: [any Layer], inputs: [[Int]], input: Int?, output: Int, owner: ModelIdentity = ModelIdentity()
    ) throws(LayerError) {
        self.owner = owner
        let order = try LayerOrder(inputs: inputs, output: output) { Self.title(layers[$0]) }.order
        let others = order.filter { inputs[$0].isEmpty && $0 != input } + Set(layers.indices).subtracting(order).sorted()
        if let other = others.first { throw .unconnected(layer: Self.title(layers[other])) }
        guard order.count > 1 else { throw .noLayers }
        var places = [Int](repeating: 0, count: layers.count)
        for (place, number) in order.enumerated() { places[number] = place }
        nodes = order.map { number in Node(layer: layers[number], inputs: inputs[number].map { places[$0] }) }
        try build()
    }

    /// Names the layers, infers the shapes and collects the parameters.
    private mutating func build() throws(LayerError) {
        try Self.nameLayers(nodes.map(\.layer))
        var elements = 0
        let available = physicalMemory()
        for index in nodes.indices {
            var parameters = ParameterList(layer: nodes[index].layer.name, owner: owner)
            let inputs = nodes[index].inputs.map { nodes[$0].shape }
            nodes[index].shape = try nodes[index].layer.build(inputs, &parameters)
            nodes[index].parameters = parameters.parameters
            // Values and gradients, and the layer's output.
            for count in parameters.parameters.map({ 2 * min($0.shape.count, .max / 4) }) + [nodes[index].shape.count] {
                elements = min(elements + min(count, .max / 4), .max / 4)
            }
            guard elements <= available / 4 else {
                throw .memory(layer: nodes[index].layer.name, bytes: elements == .max / 4 ? .max : 4 * elements, available: available)
            }
        }
    }

    /// Names unnamed layers as Keras does, after the class with `_1`, `_2` behind the later ones; checks that names and layers differ.
    public static func nameLayers(_ layers: [any Layer]) throws(LayerError) {
        var taken: Set<String> = []
        var seen: Set<ObjectIdentifier> = []
        for layer in layers {
            guard seen.insert(ObjectIdentifier(layer)).inserted else { throw .appliedTwice(layer: title(layer)) }
            guard !layer.name.isEmpty else { continue }
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
            layer.name = name
        }
    }

    /// The name, or before there is one the class.
    private static func title(_ layer: any Layer) -> String { layer.name.isEmpty ? type(of: layer).className : layer.name }

    /// All that decides what the graph computes, but the values of its parameters.
    public var description: String {
        nodes.map { node in
            let arguments = node.layer.configuration.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.configurationValue)" }
            return "\(type(of: node.layer).className) '\(node.layer.name)' of \(node.inputs): \(node.shape) "
                + arguments.joined(separator: " ")
        }.joined(separator: "\n")
    }

    /// The parameters of all layers, in their order.
    public var parameters: [Parameter] { nodes.flatMap(\.parameters) }
    /// The number of trainable values.
    public var trainableCount: Int { count { $0.isTrainable } }
    /// The number of values that training moves without a gradient.
    public var stateCount: Int { count { !$0.isTrainable } }

    private func count(_ isCounted: (Parameter) -> Bool) -> Int {
        parameters.reduce(0) { $0 + (isCounted($1) ? $1.shape.count : 0) }
    }

    /// How many nodes take each node's output.
    var consumerCounts: [Int] {
        var counts = [Int](repeating: 0, count: nodes.count)
        for node in nodes {
            for input in node.inputs { counts[input] += 1 }
        }
        return counts
    }
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
