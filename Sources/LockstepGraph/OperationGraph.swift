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
        package internal(set) var inputs: [Value]
        package internal(set) var outputs: [TensorSpec]
        /// How many rows of its tensors each sample has.
        package let rowsPerSample: Int
        /// The place in the model graph of the layer call that applied it.
        package let layer: Int
        /// For each output, the index of the weight that it is the next value of; nil if there is none.
        package var renewed: [Int?]

        package init(
            operation: any Operation, inputs: [Value], outputs: [TensorSpec], rowsPerSample: Int = 1, layer: Int
        ) {
            self.operation = operation
            self.inputs = inputs
            self.outputs = outputs
            self.rowsPerSample = rowsPerSample
            self.layer = layer
            renewed = outputs.map { _ in nil }
        }
    }

    /// How the operations take a state of the rows, and what they make of it.
    package struct RowStateUse {
        package let state: RowState
        /// Which of the inputs has the values that the step begins with.
        package let input: Int
        /// The values that the next step begins with.
        package internal(set) var next: Value
    }

    package init() {}

    package internal(set) var inputs: [TensorSpec] = []
    package internal(set) var weights: [Weight] = []
    package internal(set) var nodes: [Node] = []
    package internal(set) var outputs: [Value] = []
    /// The states of the rows, in the order of their first use.
    package internal(set) var states: [RowStateUse] = []
    /// The inputs that a step is given: all but the states of the rows.
    package var fedInputs: [Int] {
        let states = Set(states.map(\.input))
        return inputs.indices.filter { !states.contains($0) }
    }
    /// For each output, its mask, if it has one.
    package internal(set) var masks: [Value?] = []
    /// The losses that layers add to that of the model: `[batch, 1]` each.
    package internal(set) var losses: [Value] = []
    /// The first node of the losses and metrics; nil where there are none.
    package internal(set) var scoringStart: Int?
    /// The weights that training moves; nil: all trainable ones.
    package var moved: Set<ObjectIdentifier>?

    /// Whether training moves a weight.
    func moves(_ index: Int) -> Bool {
        weights[index].isTrainable && (moved?.contains(ObjectIdentifier(weights[index])) ?? true)
    }

    package func spec(_ value: Value) -> TensorSpec {
        switch value {
        case .input(let index): inputs[index]
        case .weight(let index): TensorSpec(weights[index].shape, isBatched: false)
        case .output(let node, let index): nodes[node].outputs[index]
        }
    }

    /// The activation that makes an output. Linear if no activation makes it, or if another operation reads the output.
    package func activation(ofOutput index: Int) -> ActivationFunction {
        lastActivation(index)?.operation.activation ?? .linear
    }

    private func lastActivation(_ index: Int) -> (node: Int, operation: any ActivatedOperation)? {
        let output = outputs[index]
        guard case .output(let node, 0) = output, let operation = nodes[node].operation as? any ActivatedOperation,
            !nodes.contains(where: { $0.inputs.contains(output) }), !states.contains(where: { $0.next == output })
        else { return nil }
        return (node, operation)
    }

    /// Makes the activation behind an output an operation of its own.
    ///
    /// - Returns: the input of the activation; nil if no activation makes the output, or if another operation reads it.
    mutating func splitActivation(ofOutput index: Int) -> Value? {
        guard let (node, operation) = lastActivation(index) else { return nil }
        // Glu halves a dimension, and no loss takes the logits of it.
        nodes[node].operation = operation.with(activation: .linear)
        let logits = Value.output(node: node, index: 0)
        nodes.append(
            Node(
                operation: ActivationOperation(operation.activation), inputs: [logits],
                outputs: [nodes[node].outputs[0]],
                rowsPerSample: nodes[node].rowsPerSample, layer: nodes[node].layer))
        outputs[index] = .output(node: nodes.count - 1, index: 0)
        return logits
    }
}
