import LockstepCompute
import LockstepGraph

/// Gives an output the gradient that lies in another input of the graph, in the place of a loss.
private struct Upstream: ScoringOperation {
    func forward(_ pass: ForwardPass) {
        for microShard in pass.microShards { microShard.gradient?.assign(microShard.inputs[1]) }
    }
}

extension OperationGraph {
    /// The graph with another input: the gradient of its first output.
    package var withUpstream: OperationGraph {
        scored { scorer in
            let output = scorer.output(0)
            _ = output.applying(Upstream(), with: [scorer.trace.input(TensorSpec(output.spec.shape))])
        }
    }
}

extension Network {
    /// Computes the gradients of all weights from that of the first output, after `forward`.
    package func backward(_ plan: Plan, from gradient: Tensor, complete: (_ offset: Int) -> Void = { _ in }) {
        plan.inputs[plan.inputs.count - 1].assign(gradient)
        score(plan)
        backward(plan, complete: complete)
    }
}
