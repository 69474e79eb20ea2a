import LockstepCompute

/// A recurrence over sequences with a given cell.
///
/// Inputs: x `[batch, time, features]`, W `[features, n]` and U `[units, n]` with n = gates · units, and a bias if
/// there is one. The bias is b `[n]`. If the cell keeps the product with U apart, it is `[2, n]`: b, then c. Then, if
/// there is one, h before the first step, `[batch, units]`; otherwise it is zero. If steps are masked, the last input is
/// the mask `[batch, time]`; a step where it is 0 keeps h. Output: h of every step `[batch, time, units]`, or of the last
/// step `[batch, units]`.
///
/// Backward through time gives, for all steps, dz, the gradient of x·W + b, and dq, the gradient of h·U + c. Then
/// `dW = xᵀ·dz`, `db = Σ dz`, `dc = Σ dq`, `dx = dz·Wᵀ`, and `dU = hᵀ·dq` with h before each step; for a gate that
/// reads r·h, r·h takes the place of h.
package struct RecurrenceOperation: Operation {
    private let cell: CellFunction
    private let recurrence: CellRecurrence
    private let time, units, width: Int
    private let returnsSequences, goesBackwards, isMasked, hasStart: Bool
    private let biasShape: Shape

    /// - Parameter hasStart: whether h before the first step is an input.
    package init(
        _ cell: CellFunction, time: Int, units: Int, returnsSequences: Bool, goesBackwards: Bool, isMasked: Bool,
        hasStart: Bool
    ) {
        self.cell = cell
        recurrence = CellRecurrence(cell, time: time, units: units, goesBackwards: goesBackwards)
        (self.time, self.units) = (time, units)
        (self.returnsSequences, self.goesBackwards, self.isMasked) = (returnsSequences, goesBackwards, isMasked)
        self.hasStart = hasStart
        width = cell.gateCount * units
        biasShape = [width]
    }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        let inputs = try inputs.withoutMask(isMasked, time: time).withoutStates(hasStart ? 1 : 0, units: units)
        guard inputs.count == 3 || inputs.count == 4 else { throw .inputCount(expected: 3, received: inputs.count) }
        let x = inputs[0].shape
        guard inputs[0].isBatched, x.rank == 2, x[0] == time, inputs[1] == TensorSpec([x[1], width], isBatched: false),
            inputs[2] == TensorSpec([units, width], isBatched: false),
            inputs.count == 3 || inputs[3] == TensorSpec(cell.keepsProduct ? [2, width] : [width], isBatched: false)
        else { throw .shapes(requirement: "[batch, time, features] and weights of \(units) units", received: inputs) }
        return [TensorSpec(returnsSequences ? [time, units] : [units])]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        let rows = call.inputs[0][0]
        let (gates, states): (Shape, Shape) = ([rows, time, width], [rows, time, units])
        return OperationMemory(
            keepsInputs: true,
            saved: [gates, states, [rows, units]]
                + (cell.keepsProduct ? [gates] : cell.resetsBefore ? [states, [rows, 2 * units]] : []))
    }

    package func forward(_ pass: ForwardPass) {
        let (gates, before) = (pass.saved[0], pass.saved[1])
        let bias = bias(pass.inputs)
        matmul(pass.input, pass.inputs[1], bias: bias?.part(at: 0, shape: biasShape), into: gates, on: pass.crew)
        recurrence.forward(
            gates: gates, product: pass.saved.count > 3 ? pass.saved[3] : gates, before: before, kernel: pass.inputs[2],
            bias: cell.keepsProduct ? bias : nil, mask: mask(pass.inputs),
            start: startPlace(pass.inputs).map { pass.inputs[$0] }, output: pass.output, on: pass.crew)
    }

    /// The place among the inputs of h before the first step.
    private func startPlace(_ inputs: [Tensor]) -> Int? { hasStart ? inputs.count - (isMasked ? 2 : 1) : nil }

    private func mask(_ inputs: [Tensor]) -> StepMask? {
        isMasked ? StepMask(inputs[inputs.count - 1], isReversed: goesBackwards) : nil
    }
    private func bias(_ inputs: [Tensor]) -> Tensor? {
        inputs.count > 3 + (isMasked ? 1 : 0) + (hasStart ? 1 : 0) ? inputs[3] : nil
    }

    package func backward(_ pass: BackwardPass) {
        let start = startPlace(pass.inputs).flatMap { pass.inputGradients[$0] }
        let (dz, before) = (pass.saved[0], pass.saved[1])
        let product = pass.saved.count > 3 ? pass.saved[3] : dz
        let dq = cell.keepsProduct ? product : dz
        recurrence.backward(
            gates: dz, product: product, before: before, kernel: pass.inputs[2], mask: mask(pass.inputs),
            dy: pass.outputGradient,
            dh: pass.saved[2], reachesStart: start != nil, room: cell.resetsBefore ? pass.saved[4] : nil,
            on: pass.crew)
        start?.assign(pass.saved[2])
        if let kernel = pass.weightGradients[2] {
            recurrence.kernelGradient(
                before: before, product: product, dq: dq, by: pass.weightSums, into: kernel, on: pass.crew)
        }
        if let kernel = pass.weightGradients[1] {
            rowProducts(pass.input, dz, by: pass.weightSums, into: kernel, on: pass.crew)
        }
        if bias(pass.inputs) != nil, let bias = pass.weightGradients[3] {
            columnTotals(dz, by: pass.weightSums, into: bias, on: pass.crew)
            if cell.keepsProduct { columnTotals(dq, by: pass.weightSums, into: bias, at: width, on: pass.crew) }
        }
        if let dx = pass.inputGradient { matmul(dz, pass.inputs[1], transposed: .second, into: dx, on: pass.crew) }
    }
}

extension [TensorSpec] {
    /// The inputs of a recurrence without the mask, which is the last input if there is one.
    func withoutMask(_ isMasked: Bool, time: Int) throws(OperationError) -> [TensorSpec] {
        guard isMasked else { return self }
        guard last == TensorSpec([time]) else { throw .shapes(requirement: "a mask of [batch, time]", received: self) }
        return dropLast()
    }

    /// The inputs without the states before the first step, which are the last of them.
    func withoutStates(_ count: Int, units: Int) throws(OperationError) -> [TensorSpec] {
        guard self.count >= count, suffix(count).allSatisfy({ $0 == TensorSpec([units]) }) else {
            throw .shapes(requirement: "states of [batch, \(units)]", received: self)
        }
        return dropLast(count)
    }
}
