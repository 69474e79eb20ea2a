import LockstepCompute

/// The elements of the last dimension at some places of it: `y[j] = x[places[j]]`.
///
/// Inputs: x `[batch, …, n]` and places `[batch, …, m]` of whole numbers from 0 to below n. Output `[batch, …, m]`. The
/// gradient of an element is the sum of dy over the places that name it. Places have no gradient.
package struct TakeOperation: Operation {
    package init() {}

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(2)
        let (x, places) = (inputs[0].shape, inputs[1].shape)
        guard inputs.allSatisfy(\.isBatched), x.rank > 0, x.rank == places.rank,
            x.dimensions.dropLast() == places.dimensions.dropLast()
        else { throw .shapes(requirement: "[batch, …, n] and places [batch, …, m]", received: inputs) }
        return [TensorSpec(places)]
    }

    package func takesIntegers(_ inputs: [TensorSpec]) -> Bool {
        inputs.count == 2 && inputs[0].type == .float32
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory(keepsInputs: true) }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        let (x, places) = (pass.inputs[0], pass.inputs[1])
        guard let wrong = take(x, at: places, into: pass.output) else { return }
        pass.fail(
            .values(
                requirement: "whole numbers from 0 to \((x.shape.last ?? 0) - 1)", received: places.number(at: wrong)))
    }

    package func backward(_ pass: BackwardPass) {
        if let dx = pass.inputGradients[0] {
            addTaken(pass.outputGradient, at: pass.inputs[1], into: dx, on: pass.crew)
        }
        pass.inputGradients[1]?.fill(0)
    }
}

/// The elements of the last dimension of a tensor `[batch, …, n]` at places `[batch, …, m]`: whole numbers from 0 to
/// below n. The result is `[batch, …, m]`.
public func take(_ x: SymbolicTensor, at places: SymbolicTensor) -> SymbolicTensor {
    x.applying(TakeOperation(), with: [places])[0]
}
