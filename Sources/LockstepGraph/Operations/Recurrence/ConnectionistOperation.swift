import LockstepCompute

/// The connectionist temporal classification loss of each sample, `[batch, 1]`, of logits `[batch, steps, classes]` and
/// labels `[batch, length]`.
package struct ConnectionistOperation: Operation {
    package init() {}

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        guard inputs.count == 2, inputs.allSatisfy(\.isBatched), inputs[0].shape.rank == 2, inputs[1].shape.rank == 1
        else { throw .shapes(requirement: "[batch, steps, classes] and [batch, length]", received: inputs) }
        return [TensorSpec([1])]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        OperationMemory(saved: call.training ? [call.inputs[0]] : [])
    }

    package func forward(_ pass: ForwardPass) {
        let wrong = connectionistLoss(
            logits: pass.inputs[0], labels: pass.inputs[1], into: pass.output, gradient: pass.saved.first,
            on: pass.crew)
        guard let wrong else { return }
        let labels = pass.inputs[1].part(
            at: wrong * pass.inputs[1].shape[1], shape: [pass.inputs[1].shape[1]])
        pass.fail(
            .values(
                requirement:
                    "labels of classes that fit into the \(pass.inputs[0].shape[1]) steps, one step more between equal neighbours",
                received: labels.elements.first.map(Double.init) ?? 0))
    }

    package func backward(_ pass: BackwardPass) {
        guard let dx = pass.inputGradient else { return }
        let (slope, dy) = (pass.saved[0], pass.outputGradient)
        let width = slope.count / max(dy.count, 1)
        for row in 0..<dy.count {
            scale(
                slope.part(at: row * width, shape: [width]), by: dy[row],
                into: dx.part(at: row * width, shape: [width]),
                on: pass.crew)
        }
    }
}
