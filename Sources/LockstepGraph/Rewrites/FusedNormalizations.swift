import LockstepCompute

/// An operation that normalizes features, and can apply a function of an element in the same pass over memory.
package protocol NormalizingOperation: ActivatedOperation {}

extension OperationGraph {
    /// Joins a normalization and the activation behind it into one operation. What is between them is never in memory.
    ///
    /// It does so only if nothing else reads the normalized features. In most models the activation is a layer of its
    /// own; its time then counts as that of the normalization's layer.
    mutating func fuseNormalizations() {
        let readers = readers
        var removed: [Int: Value] = [:]
        for number in nodes.indices {
            guard let function = (nodes[number].operation as? ActivationOperation)?.activation,
                function.isElementwise, function != .linear, case .output(let place, 0) = nodes[number].inputs[0],
                readers[nodes[number].inputs[0]] == 1,
                let operation = nodes[place].operation as? any NormalizingOperation, operation.activation == .linear
            else { continue }
            nodes[place].operation = operation.with(activation: function)
            removed[number] = .output(node: place, index: 0)
        }
        remove(removed)
    }
}
