import LockstepCompute

/// The rows of a table at whole numbers.
///
/// Input `[batch, …]` of numbers from 0 to below the table's rows, int32 or float32; table `[rows, width]`; output
/// `[batch, …, width]`. The gradient of a row is the sum of dy over the places of its number. Numbers have no gradient.
package struct LookupOperation: Operation {
    package init() {}

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(2)
        guard inputs[0].isBatched, !inputs[1].isBatched, inputs[1].shape.rank == 2 else {
            throw .shapes(requirement: "[batch, …] and a weight [rows, width]", received: inputs)
        }
        return [TensorSpec(Shape(inputs[0].shape.dimensions + [inputs[1].shape[1]]))]
    }

    package func takesIntegers(_ inputs: [TensorSpec]) -> Bool { true }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory(keepsInputs: true) }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        let table = pass.inputs[1]
        guard let wrong = table.lookUp(pass.input, into: pass.output) else { return }
        pass.fail(
            .values(
                requirement: requirement(pass.input, table), received: pass.input.number(at: wrong)))
    }

    private func requirement(_ numbers: Tensor, _ table: Tensor) -> String {
        guard numbers.type == .float32, table.rowCount > wholeNumberLimit else {
            return "whole numbers from 0 to \(table.rowCount - 1)"
        }
        return "whole numbers from 0 to \(wholeNumberLimit - 1), or int32 up to \(table.rowCount - 1)"
    }

    package func backward(_ pass: BackwardPass) {
        if let table = pass.weightGradients[1] {
            addRows(pass.outputGradient, at: pass.input, by: pass.weightSums, into: table, on: pass.crew)
        }
        pass.inputGradient?.fill(0)
    }
}

/// The rows of a table at whole numbers.
public func lookUp(_ numbers: SymbolicTensor, in table: Weight) -> SymbolicTensor {
    numbers.applying(LookupOperation(), with: [table])[0]
}
