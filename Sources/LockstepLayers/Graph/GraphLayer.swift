import LockstepGraph

/// A layer that is a graph of layers: a model that another model applies. The other model inlines its graph.
package protocol GraphLayer: Layer {
    /// Whether Keras's files describe the model as a `Sequential`.
    static var isSequential: Bool { get }
    /// The graph, if it is known already.
    var knownGraph: Graph? { get }
    /// The store of the weights while the model is not inside another one.
    var ownStore: WeightStore { get }
}

extension Graph {
    /// Declares the weights of the layers of a model that another model applies.
    ///
    /// - Throws: `LayerError.inputCount` and `LayerError.input` for inputs that do not match the model's;
    ///   `LayerError.within` for the error of a layer.
    package func build(as model: any GraphLayer, _ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError)
    {
        try check(inputs, of: model)
        let (layers, places) = (layers, Self.places(of: layers))
        for node in nodes where node.call == 0 && !(node.layer is InputLayer) {
            let inputs = node.inputs.map { nodes[$0.node].specs[$0.index] }
            let place = places[layers.firstIndex { $0 === node.layer }!]
            do { try weights.add(node.layer, in: .layer(at: place, name: node.layer.name), inputs: inputs) } catch {
                throw .within(model: model.name, error)
            }
        }
    }

    /// Calls the layers of a model that another model applies.
    ///
    /// - Throws: the same errors as `build(as:_:_:)`.
    package func call(
        as model: any GraphLayer, _ inputs: [SymbolicTensor], _ call: Call
    ) throws(LayerError) -> [SymbolicTensor] {
        try check(inputs.map(\.spec), of: model)
        let outer = call.trace.batchSize
        call.trace.batchSize = batchSize ?? outer
        defer { call.trace.batchSize = outer }
        var tensors: [[SymbolicTensor]] = nodes.map { _ in [] }
        // As in Keras, a model's input has the type that it declares.
        for (node, input) in zip(self.inputs, inputs) { tensors[node] = [cast(input, to: nodes[node].specs[0].type)] }
        for (index, node) in nodes.enumerated() where tensors[index].isEmpty {
            let call = Call(
                trace: call.trace, training: node.training ?? call.training, path: call.path, flags: node.options.flags)
            do { tensors[index] = try call.apply(node.layer, to: node.inputs.map { tensors[$0.node][$0.index] }) } catch
            {
                throw .within(model: model.name, error)
            }
            for source in type(of: node.layer).removesMasks ? node.inputs : [] {
                tensors[source.node][source.index] = tensors[source.node][source.index].withoutMask
            }
        }
        return outputs.map { tensors[$0.node][$0.index] }
    }

    private func check(_ inputs: [TensorSpec], of model: any GraphLayer) throws(LayerError) {
        guard inputs.count == inputShapes.count else {
            throw .inputCount(layer: model.name, expected: inputShapes.count, received: inputs.count)
        }
        for (index, (input, shape)) in zip(inputs, inputShapes).enumerated() where !shape.accepts(input.shape) {
            let which = inputs.count == 1 ? "" : " for '\(inputNames[index])'"
            throw .input(layer: model.name, requirement: "have rows of \(shape)\(which)", received: input.shape)
        }
        for (input, type) in zip(inputs, inputTypes) where (input.type == .string) != (type == .string) {
            guard type == .string else { throw .operation(layer: model.name, .text) }
            throw .input(layer: model.name, requirement: "be text", received: input.shape)
        }
    }

    /// The keys of a model's layers in Keras's trees of variables: the class in snake case, with `_1`, `_2` appended
    /// from the second layer of a class on.
    package static func places(of layers: [any Layer]) -> [String] {
        var counts: [String: Int] = [:]
        return layers.map { layer in
            let base = snakeCase(type(of: layer).pythonName)
            let number = counts[base, default: 0]
            counts[base] = number + 1
            return base + (number == 0 ? "" : "_\(number)")
        }
    }
}

extension Call {
    /// Calls a layer and gives its outputs their masks. The outputs of a model keep the masks that its layers gave
    /// them.
    func apply(_ layer: any Layer, to inputs: [SymbolicTensor]) throws(LayerError) -> [SymbolicTensor] {
        let outputs: [SymbolicTensor]
        if layer is any GraphLayer {
            outputs = try layer.call(
                inputs, Call(trace: trace, training: training, path: path.map { $0 + [layer.name] }))
        } else {
            if let path { trace.begin((path + [layer.name]).joined(separator: "/"), weights: layer.properties.weights) }
            let described = inputs.map { $0.masked(by: $0.describedMask) }
            let inputs = type(of: layer).takesMask ? described : inputs
            let call = Call(trace: trace, training: training, path: nil, flags: flags)
            let results = try layer.callInFormat(inputs, call)
            if let regularizer = layer.properties.activityRegularizer {
                try addPenalty(regularizer, of: results, layer: layer.name)
            }
            let masks = try layer.computeMasks(inputs, described: described, call)
            let count = layer.maskedOutputs
            outputs =
                results.prefix(count).map { $0.masked(by: masks.carried, described: masks.described) }
                + results.dropFirst(count).map { $0.masked(by: nil) }
        }
        if let error = trace.error { throw .operation(layer: layer.name, error) }
        guard outputs.count == layer.outputCount else {
            throw .outputCount(layer: layer.name, expected: layer.outputCount, received: outputs.count)
        }
        return outputs
    }

    /// Adds a penalty on a layer's outputs to the loss.
    func addPenalty(_ regularizer: Regularizer, of outputs: [SymbolicTensor], layer: String) throws(LayerError) {
        guard regularizer.mode == nil else {
            throw .argument(
                layer: layer, name: "activityRegularizer", requirement: "L1, L2 or L1L2",
                received: "OrthogonalRegularizer, which is for matrices")
        }
        if let mistake = regularizer.mistake(for: outputs[0].spec.shape) {
            throw .argument(
                layer: layer, name: "activityRegularizer",
                requirement: "a penalty with \(mistake.argument) \(mistake.requirement)", received: mistake.received)
        }
        for output in outputs { addLoss(regularizer.penalty(output)) }
    }
}

extension SymbolicTensor {
    /// The tensor without the mask that it carries. Its `describedMask` stays.
    var withoutMask: SymbolicTensor { masked(by: nil, described: describedMask) }
}

extension Regularizer {
    /// The penalty `l1·Σ|x| + l2·Σx²` of each row of a tensor.
    fileprivate func penalty(_ x: SymbolicTensor) -> SymbolicTensor {
        let terms = (l1 == 0 ? [] : [Float(l1) * sum(abs(x))]) + (l2 == 0 ? [] : [Float(l2) * sum(square(x))])
        return terms.count == 2 ? terms[0] + terms[1] : terms.first ?? 0 * sum(x)
    }
}
