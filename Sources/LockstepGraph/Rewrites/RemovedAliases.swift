import LockstepCompute

extension OperationGraph {
    /// Removes operations that compute nothing: linear activations, and reshapes to the same shape. Of two reshapes in
    /// a row, the second takes the input of the first.
    ///
    /// An output of the model keeps a value of its own.
    mutating func removeAliases() {
        var removed: [Int: Value] = [:]
        for number in nodes.indices {
            if nodes[number].operation is ReshapeOperation {
                while case .output(let before, 0) = nodes[number].inputs[0], nodes[before].operation is ReshapeOperation
                {
                    nodes[number].inputs = nodes[before].inputs
                }
            }
            let node = nodes[number]
            let isLinear = (node.operation as? ActivationOperation)?.activation == .linear
            guard isLinear || node.operation is ReshapeOperation, spec(node.inputs[0]) == node.outputs[0],
                !outputs.contains(.output(node: number, index: 0))
            else { continue }
            removed[number] = node.inputs[0]
        }
        remove(removed)
    }
}
