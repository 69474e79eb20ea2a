import LockstepCompute

/// The operations of a model in one mode, training or inference, in the order in which they compute.
package struct OperationGraph {
    /// A tensor of the graph.
    package enum Value: Hashable {
        case input(Int)
        case weight(Int)
        case output(node: Int, index: Int)
    }

    /// One operation, applied.
    package struct Node {
        package var operation: any Operation
        package let inputs: [Value]
        package let outputs: [TensorSpec]
        /// The place in the model graph of the layer call that applied it.
        package let layer: Int
        /// The weights that outputs are the next values of, as indices; nil for the others.
        package var renewed: [Int?]

        package init(operation: any Operation, inputs: [Value], outputs: [TensorSpec], layer: Int) {
            self.operation = operation
            self.inputs = inputs
            self.outputs = outputs
            self.layer = layer
            renewed = outputs.map { _ in nil }
        }
    }

    package init() {}

    package internal(set) var inputs: [TensorSpec] = []
    package internal(set) var weights: [Weight] = []
    package internal(set) var nodes: [Node] = []
    package internal(set) var outputs: [Value] = []
    /// What goes into the activation that makes the first output, where the loss takes it; it gets the loss's gradient in place of the
    /// output.
    package internal(set) var logits: Value?

    package func spec(_ value: Value) -> TensorSpec {
        switch value {
        case .input(let index): inputs[index]
        case .weight(let index): TensorSpec(weights[index].shape, isBatched: false)
        case .output(let node, let index): nodes[node].outputs[index]
        }
    }

    /// The activation that makes the first output; linear where none does, or something else reads it.
    package var outputActivation: ActivationFunction { lastActivation?.operation.activation ?? .linear }

    private var lastActivation: (node: Int, operation: any ActivatedOperation)? {
        guard let output = outputs.first, case .output(let node, 0) = output,
            let operation = nodes[node].operation as? any ActivatedOperation,
            !nodes.contains(where: { $0.inputs.contains(output) }), outputs.filter({ $0 == output }).count == 1
        else { return nil }
        return (node, operation)
    }

    /// The graph whose first output's activation is an operation of its own, behind the logits that the loss takes.
    package var withLogits: OperationGraph {
        guard let (node, operation) = lastActivation else { return self }
        var result = self
        let logits = Value.output(node: node, index: 0)
        let linear = operation.withoutActivation
        // Glu halves a dimension, and no loss takes the logits of it.
        result.nodes[node].operation = linear
        result.nodes.append(
            Node(
                operation: ActivationOperation(operation.activation), inputs: [logits], outputs: nodes[node].outputs,
                layer: nodes[node].layer))
        result.outputs[0] = .output(node: nodes.count, index: 0)
        result.logits = logits
        return result
    }

    /// What gets a gradient from the loss: the outputs, or in place of the first the logits.
    var seeds: [Value] { logits.map { [$0] + outputs.dropFirst() } ?? outputs }
}
