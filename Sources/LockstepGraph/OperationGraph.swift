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
        /// The weights that outputs are the next values of, as indices; nil for the others.
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

    package init() {}

    package internal(set) var inputs: [TensorSpec] = []
    package internal(set) var weights: [Weight] = []
    package internal(set) var nodes: [Node] = []
    package internal(set) var outputs: [Value] = []
    /// For each output, its mask, if it has one.
    package internal(set) var masks: [Value?] = []
    /// For each output, what goes into the activation that makes it, where its loss takes that; it gets the loss's
    /// gradient in place of the output.
    package internal(set) var logits: [Value?] = []
    /// What gets a gradient from a loss: outputs, or their logits.
    private(set) var seeds: [Value] = []

    package func spec(_ value: Value) -> TensorSpec {
        switch value {
        case .input(let index): inputs[index]
        case .weight(let index): TensorSpec(weights[index].shape, isBatched: false)
        case .output(let node, let index): nodes[node].outputs[index]
        }
    }

    /// The activation that makes an output; linear where none does, or something else reads the output.
    package func activation(ofOutput index: Int) -> ActivationFunction {
        lastActivation(index)?.operation.activation ?? .linear
    }

    private func lastActivation(_ index: Int) -> (node: Int, operation: any ActivatedOperation)? {
        let output = outputs[index]
        guard case .output(let node, 0) = output, let operation = nodes[node].operation as? any ActivatedOperation,
            !nodes.contains(where: { $0.inputs.contains(output) })
        else { return nil }
        return (node, operation)
    }

    /// What the loss of an output takes.
    package enum LossInput {
        /// There is no loss.
        case none
        case output
        /// What goes into the activation that makes the output too.
        case logits
    }

    /// The graph whose outputs get gradients from losses. Where a loss takes logits, the activation behind them is an
    /// operation of its own.
    func seeded(by losses: [LossInput]) -> OperationGraph {
        var result = self
        result.logits = outputs.map { _ in nil }
        for (index, loss) in losses.enumerated() where loss == .logits { result.splitActivation(ofOutput: index) }
        result.seeds = zip(losses, zip(result.outputs, result.logits)).compactMap { loss, values in
            loss == .none ? nil : values.1 ?? values.0
        }
        return result
    }

    private mutating func splitActivation(ofOutput index: Int) {
        guard let (node, operation) = lastActivation(index) else { return }
        // Glu halves a dimension, and no loss takes the logits of it.
        nodes[node].operation = operation.withoutActivation
        let logits = Value.output(node: node, index: 0)
        nodes.append(
            Node(
                operation: ActivationOperation(operation.activation), inputs: [logits], outputs: nodes[node].outputs,
                rowsPerSample: nodes[node].rowsPerSample, layer: nodes[node].layer))
        outputs[index] = .output(node: nodes.count - 1, index: 0)
        self.logits[index] = logits
    }
}
