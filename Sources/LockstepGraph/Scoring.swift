import LockstepCompute

/// The sums of loss and metrics of a step.
package protocol StepSums: AnyObject {
    /// - Parameters:
    ///   - microShard: which of this rank's micro-shards the value is of.
    ///   - index: which of the sums to add it to.
    func add(_ value: Double, microShard: Int, index: Int)
}

/// An operation at the end of a graph that adds to the sums of a step: a loss or a metric. It has no outputs.
///
/// A loss is differentiable. Its forward also writes the gradient of its first input, because both follow from the same
/// numbers. It has no backward.
package protocol ScoringOperation: Operation {}

extension ScoringOperation {
    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] { [] }
    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }
    package func backward(_ pass: BackwardPass) {}
}

extension ForwardPass {
    /// The rows of one micro-shard, for an operation that scores. A class, so that a step copies no more than its
    /// reference.
    package final class MicroShard {
        package let inputs: [Tensor]
        /// Where to put the gradient of the first input; nil if none is needed.
        package let gradient: Tensor?

        init(inputs: [Tensor], gradient: Tensor?) {
            self.inputs = inputs
            self.gradient = gradient
        }
    }

    /// Adds to one of the sums of a step.
    package func add(_ value: Double, microShard: Int, to index: Int) {
        context.sums?.add(value, microShard: microShard, index: index)
    }
}

extension OperationGraph {
    /// The graph with operations behind it that score its outputs.
    ///
    /// - Parameter describe: applies them. It may read outputs, or the logits behind them.
    package func scored(_ describe: (Scorer) -> Void) -> OperationGraph {
        let scorer = Scorer(trace: Trace(continuing: self))
        describe(scorer)
        if let error = scorer.trace.error { preconditionFailure("losses and metrics do not fit the outputs: \(error)") }
        return scorer.trace.graph
    }
}

/// Describes the scoring part of a graph.
package struct Scorer {
    package let trace: Trace

    /// An output of the model.
    package func output(_ index: Int) -> SymbolicTensor { trace.tensor(trace.graph.outputs[index]) }

    /// The mask of an output, if it has one.
    package func mask(_ index: Int) -> SymbolicTensor? { trace.graph.masks[index].map(trace.tensor) }

    /// The losses that layers add, `[batch, 1]`.
    package var addedLosses: [SymbolicTensor] { trace.graph.losses.map(trace.tensor) }

    /// The input of the activation that makes an output.
    package func logits(_ index: Int) -> SymbolicTensor? { trace.logits(ofOutput: index).map(trace.tensor) }
}
