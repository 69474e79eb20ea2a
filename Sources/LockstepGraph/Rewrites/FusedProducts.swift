import LockstepCompute

/// An operation that can add a bias and apply an activation while its result is in the cache.
package protocol FusableOperation: ActivatedOperation {}

extension OperationGraph {
    /// Joins a product or a convolution, an addition and an activation, `f(x·W + b)`, into one operation.
    ///
    /// It does so only if nothing else reads the values between them, and all belong to one layer call.
    mutating func fuseProducts() {
        let readers = readers
        var removed: [Int: Value] = [:]
        /// The product that makes a value, if it can be joined with what reads the value.
        func product(_ value: Value, read layer: Int) -> (node: Int, operation: any FusableOperation)? {
            guard case .output(var node, 0) = value, readers[value] == 1 else { return nil }
            while case .output(let earlier, _)? = removed[node] { node = earlier }
            guard nodes[node].layer == layer, let operation = nodes[node].operation as? any FusableOperation,
                operation.activation == .linear
            else { return nil }
            return (node, operation)
        }
        for number in nodes.indices {
            let node = nodes[number]
            if let addition = node.operation as? BinaryOperation, addition.isSum, node.inputs.count == 2 {
                for (side, bias) in [(0, 1), (1, 0)] {
                    guard case .weight(let weight) = node.inputs[bias],
                        let (place, _) = product(node.inputs[side], read: node.layer),
                        nodes[place].inputs.count == 2,
                        weights[weight].shape == [nodes[place].outputs[0].shape.last ?? 0],
                        nodes[place].outputs == node.outputs
                    else { continue }
                    nodes[place].inputs.append(node.inputs[bias])
                    removed[number] = .output(node: place, index: 0)
                    break
                }
            } else if let activation = (node.operation as? ActivationOperation)?.activation, activation != .linear,
                let (place, operation) = product(node.inputs[0], read: node.layer)
            {
                nodes[place].operation = operation.with(activation: activation)
                nodes[place].outputs = node.outputs
                removed[number] = .output(node: place, index: 0)
            }
        }
        remove(removed)
    }
}
