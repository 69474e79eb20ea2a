import LockstepCompute

/// A long short-term memory over sequences (Hochreiter and Schmidhuber, 1997; Gers et al., 2000).
///
/// Inputs: x `[batch, time, features]`, W `[features, 4·units]`, U `[units, 4·units]`, and b `[4·units]` if there is
/// one. The gates of W, U and b are in the order i, f, c, o. Then, if they are given, h and c before the first step,
/// `[batch, units]`; otherwise they are zero. If steps are masked, the last input is the mask `[batch, time]`; a step
/// where it is 0 keeps h and c. Output: h of every step `[batch, time, units]`, or of the last step `[batch, units]`; and
/// if it is asked for, c after the last step `[batch, units]`. With σ the recurrent activation and φ the activation:
///
///     z = x_t·W + h·U + b;   i, f, o = σ(z_i), σ(z_f), σ(z_o);   c = f·c + i·φ(z_c);   h = o·φ(c)
///
/// Backward through time gives dz of all steps:  `dW = xᵀ·dz`,  `dU = Σ over t of h_{t−1}ᵀ·dz_t`,  `db = Σ dz`,
/// `dx = dz·Wᵀ`.
package struct LSTMOperation: Operation {
    private let time, units: Int
    private let activation, recurrentActivation: ActivationFunction
    private let returnsSequences, returnsState, goesBackwards, isMasked, hasStart: Bool

    /// - Parameters:
    ///   - returnsState: whether c after the last step is an output.
    ///   - hasStart: whether h and c before the first step are inputs.
    package init(
        time: Int, units: Int, activation: ActivationFunction, recurrentActivation: ActivationFunction,
        returnsSequences: Bool, returnsState: Bool = false, goesBackwards: Bool, isMasked: Bool, hasStart: Bool = false
    ) {
        self.time = time
        self.units = units
        self.activation = activation
        self.recurrentActivation = recurrentActivation
        self.returnsSequences = returnsSequences
        self.returnsState = returnsState
        self.hasStart = hasStart
        self.goesBackwards = goesBackwards
        self.isMasked = isMasked
    }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        let inputs = try inputs.withoutMask(isMasked, time: time).withoutStates(hasStart ? 2 : 0, units: units)
        guard inputs.count == 3 || inputs.count == 4 else { throw .inputCount(expected: 3, received: inputs.count) }
        let x = inputs[0].shape
        guard inputs[0].isBatched, x.rank == 2, x[0] == time,
            inputs[1] == TensorSpec([x[1], 4 * units], isBatched: false),
            inputs[2] == TensorSpec([units, 4 * units], isBatched: false),
            inputs.count == 3 || inputs[3] == TensorSpec([4 * units], isBatched: false)
        else { throw .shapes(requirement: "[batch, time, features] and weights of \(units) units", received: inputs) }
        return [TensorSpec(returnsSequences ? [time, units] : [units])] + (returnsState ? [TensorSpec([units])] : [])
    }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        let (rows, features) = (call.inputs[0][0], call.inputs[0][2])
        let steps: [Shape] = [
            [time, rows, features], [time, rows, 4 * units], [time, rows, units], [time, rows, units],
        ]
        // The mask and the states are the only batched inputs that backward reads.
        return OperationMemory(
            keepsInputs: isMasked || hasStart, saved: steps + Array(repeating: [rows, units], count: isMasked ? 3 : 2))
    }

    /// The saved tensors: time is the first dimension within each micro-shard.
    private struct Saved {
        /// Values of all steps. Backward overwrites the gates with dz, and x with dx if dx is needed.
        let x, gates, c, h: Tensor
        /// Gradients of the step that backward is computing.
        let dh, dc: Tensor
        /// The gradient that passes through masked steps; nil without a mask.
        let kept: Tensor?

        init(_ tensors: [Tensor]) {
            (x, gates, c, h) = (tensors[0], tensors[1], tensors[2], tensors[3])
            (dh, dc) = (tensors[4], tensors[5])
            kept = tensors.count > 6 ? tensors[6] : nil
        }
    }

    private func recurrence(_ sums: RowPartition) -> Recurrence {
        Recurrence(
            time: time, sums: sums, units: units, activation: activation, recurrentActivation: recurrentActivation)
    }

    private func mask(_ inputs: [Tensor]) -> StepMask? {
        isMasked ? StepMask(inputs[inputs.count - 1], isReversed: goesBackwards) : nil
    }
    private func hasBias(_ inputs: [Tensor]) -> Bool { inputs.count > 3 + (isMasked ? 1 : 0) + (hasStart ? 2 : 0) }
    /// The place among the inputs of h before the first step; c follows.
    private func startPlace(_ inputs: [Tensor]) -> Int? { hasStart ? inputs.count - (isMasked ? 3 : 2) : nil }
    private func start(_ inputs: [Tensor]) -> (h: Tensor, c: Tensor)? {
        startPlace(inputs).map { (inputs[$0], inputs[$0 + 1]) }
    }

    package func forward(_ pass: ForwardPass) {
        let saved = Saved(pass.saved)
        let (recurrence, bounds) = (recurrence(pass.sums), pass.sums.bounds)
        exchangeTime(pass.input, time, bounds: bounds, reversed: goesBackwards, into: saved.x)
        matmul(
            saved.x, pass.inputs[1], bias: hasBias(pass.inputs) ? pass.inputs[3] : nil, into: saved.gates, on: pass.crew
        )
        recurrence.forward(
            gates: saved.gates, kernel: pass.inputs[2], c: saved.c, h: saved.h, mask: mask(pass.inputs),
            start: start(pass.inputs), on: pass.crew)
        if returnsSequences {
            exchangeTime(saved.h, time, bounds: bounds, undoing: true, into: pass.output)
        } else {
            recurrence.last(of: saved.h, into: pass.output)
        }
        if returnsState { recurrence.last(of: saved.c, into: pass.outputs[1]) }
    }

    package func backward(_ pass: BackwardPass) {
        let saved = Saved(pass.saved)
        if returnsState, let last = pass.outputGradients[1] { saved.dc.assign(last) } else { saved.dc.fill(0) }
        let start = start(pass.inputs)
        recurrence(pass.sums).backward(
            gates: saved.gates, kernel: pass.inputs[2], c: saved.c, dy: pass.outputGradients[0],
            hasAllSteps: returnsSequences, dh: saved.dh, dc: saved.dc, mask: mask(pass.inputs), kept: saved.kept,
            start: start, on: pass.crew)
        if let place = startPlace(pass.inputs) {
            pass.inputGradients[place]?.assign(saved.dh)
            pass.inputGradients[place + 1]?.assign(saved.dc)
        }
        let dz = saved.gates
        if let kernel = pass.weightGradients[2] {
            recurrence(pass.weightSums).kernelGradient(
                h: saved.h, start: start?.h, dz: dz, into: kernel, on: pass.crew)
        }
        let bias = hasBias(pass.inputs) ? pass.weightGradients[3] : nil
        if let kernel = pass.weightGradients[1] {
            rowProducts(saved.x, dz, by: pass.weightSums, into: kernel, columnSums: bias, on: pass.crew)
        } else if let bias {
            columnTotals(dz, by: pass.weightSums, into: bias, on: pass.crew)
        }
        if let dx = pass.inputGradient {
            matmul(dz, pass.inputs[1], transposed: .second, into: saved.x, on: pass.crew)
            exchangeTime(saved.x, time, bounds: pass.sums.bounds, reversed: goesBackwards, undoing: true, into: dx)
        }
    }
}
