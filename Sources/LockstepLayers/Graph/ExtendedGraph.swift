import LockstepGraph

extension Graph {
    /// The graph with further outputs behind its own: tensors that follow from what its layers give. Calls that are
    /// needed for them alone come behind the others. The graph has been described.
    ///
    /// - Throws: `LayerError.unconnected` for a tensor that follows from other inputs, `LayerError.weightsBehind` if a
    ///   layer with weights is no layer of the model.
    package func extended(by tensors: [SymbolicTensor]) throws(LayerError) -> Graph {
        guard !tensors.isEmpty else { return self }
        var result = self
        var numbers: [ObjectIdentifier: Int] = [:]
        for (number, node) in nodes.enumerated() { numbers[ObjectIdentifier(node.described!)] = number }
        func number(of call: LayerCall) throws(LayerError) -> Int {
            if let known = numbers[ObjectIdentifier(call)] { return known }
            guard !call.inputs.isEmpty else { throw .unconnected(layer: call.layer.name) }
            var inputs: [Output] = []
            for tensor in call.inputs { inputs.append(try output(tensor)) }
            var node = Node(layer: call.layer, inputs: inputs, options: call.options)
            node.described = call
            result.nodes.append(node)
            numbers[ObjectIdentifier(call)] = result.nodes.count - 1
            return result.nodes.count - 1
        }
        func output(_ tensor: SymbolicTensor) throws(LayerError) -> Output {
            guard let call = tensor.source as? LayerCall else { throw .insideLayer }
            return Output(node: try number(of: call), index: tensor.output)
        }
        for tensor in tensors { result.outputs.append(try output(tensor)) }
        try result.build()
        if let other = result.nodes.dropFirst(nodes.count).first(where: { !$0.weights.isEmpty }) {
            throw .weightsBehind(layer: other.layer.name)
        }
        return result
    }
}
