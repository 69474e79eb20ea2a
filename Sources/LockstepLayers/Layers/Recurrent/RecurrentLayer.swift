import LockstepCompute
import LockstepGraph

/// A layer that goes through sequences step by step with a cell. Keras keeps the weights in the cell.
///
/// Inputs: a sequence `[batch, time, …]`, and if given the states before the first step, which are zero by default.
/// Keras calls these `initial_state`. Outputs: the output of the last step or with `returnSequences` of every step, and
/// with `returnState` the states after the last step. A masked step keeps the states; but as in Keras 3, a layer that is
/// given states takes all steps, masked or not.
///
/// With `stateful` the states after a batch are those before the next one, row by row, in training and in inference,
/// until `resetStates`. All batches then have as many rows as the model's inputs say, and `fit` should not shuffle. No
/// gradient flows from one batch to the one before.
///
///     let encoded = LSTM(64, returnState: true).outputs(of: [words])
///     let decoded = LSTM(64, returnSequences: true).outputs(of: [answer, encoded[1], encoded[2]])[0]
public protocol RecurrentLayer: Layer {
    var recurrentCell: any RecurrentCell { get }
    var recurrence: RecurrenceArguments { get set }
    /// The names of the dimensions of a row of the sequence; nil if there are `time` and any others.
    var sequenceDimensions: [String]? { get }
}

extension RecurrentLayer {
    public var returnSequences: Bool { recurrence.returnSequences }
    public var returnState: Bool { recurrence.returnState }
    public var goBackwards: Bool { recurrence.goBackwards }
    public var stateful: Bool { recurrence.stateful }
    public var unroll: Bool { recurrence.unroll }
    public var zeroOutputForMask: Bool {
        get { recurrence.zeroOutputForMask }
        set { recurrence.zeroOutputForMask = newValue }
    }

    public var outputCount: Int { returnState ? 1 + recurrentCell.stateCount : 1 }
    public static var listedInputs: String? { "initial_state" }
    public var listedGroups: [Int]? { recurrentCell.stateGroups }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // The first two say how Keras computes the layer, and the model's seed keys the masks of dropout.
        for name in ["implementation", "use_cudnn", "seed"] { arguments[name] = nil }
        if arguments["time_major"] == false { arguments["time_major"] = nil }
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let step = try step(of: inputs)
        if !sublayers.contains(where: { $0 === recurrentCell }) {
            // The errors of a cell that only Keras's files know name the layer.
            recurrentCell.name = name
            try weights.add(
                recurrentCell, in: .cell(name: snakeCase(type(of: recurrentCell).className)),
                inputs: [TensorSpec(step)])
        } else {
            try weights.add(recurrentCell, as: "cell", inputs: [TensorSpec(step)])
        }
    }

    /// The shape of a row of a step's input.
    func step(of inputs: [TensorSpec]) throws(LayerError) -> Shape {
        guard let input = inputs.first?.shape else { throw .inputCount(layer: name, expected: 1, received: 0) }
        let names = sequenceDimensions ?? ["time", "…"]
        guard input.rank == names.count || sequenceDimensions == nil && input.rank > 0 else {
            throw .input(
                layer: name, requirement: "have rows of [\(names.joined(separator: ", "))]", received: input)
        }
        return Shape(Array(input.dimensions.dropFirst()))
    }

    public static var takesMask: Bool { true }
    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { returnSequences ? inputs[0].mask : nil }

    /// The mask of the input's steps, `[time]`; nil if the input has no mask. A mask may have several elements for each
    /// step of features: then a step counts if one of them is 1.
    private func stepMask(of input: SymbolicTensor) throws(LayerError) -> SymbolicTensor? {
        let row = input.spec.shape
        guard let mask = input.mask, row.rank == 2, mask.spec.shape.rank == 2, mask.spec.shape[0] == row[0] else {
            return try self.mask(of: input, [row[0]])
        }
        return max(mask, axes: [1])
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let step = try step(of: inputs.map(\.spec))
        let (input, given) = (inputs[0], Array(inputs.dropFirst()))
        try check(given, of: recurrentCell, step: step)
        let mask = given.isEmpty ? try stepMask(of: input) : nil
        var carried: [RowState] = []
        if stateful {
            for (number, shape) in try recurrentCell.stateShapes(step).enumerated() {
                carried.append(try rowState(number, shape, call))
            }
        }
        let before = carried.map { call.trace.tensor(of: $0) }
        let states = given.isEmpty ? before : given
        let constants = try recurrentCell.constants(step, rows: input, call)
        let fused = fused(input, states, mask, constants)
        let outputs = if let fused { fused } else { try stepByStep(input, states, mask, constants) }
        for (state, after) in zip(carried, outputs.dropFirst()) { call.trace.renew(state, with: after) }
        return returnState ? outputs : [outputs[0]]
    }

    /// Whether the output of a masked step is 0.
    private var zeroesMasked: Bool { zeroOutputForMask && !unroll }

    /// The output and the states after the last step, by an operation for all steps; nil if there is none.
    private func fused(
        _ input: SymbolicTensor, _ states: [SymbolicTensor], _ mask: SymbolicTensor?, _ constants: CellConstants
    ) -> [SymbolicTensor]? {
        guard let cell = recurrentCell as? any FusedCell, cell.isFusable, constants.states == nil,
            constants.inputs?.spec.shape.rank != 2
        else { return nil }
        let time = input.spec.shape[0]
        let operation = cell.operation(
            FusedSteps(
                time: time, returnsSequences: returnSequences, returnsState: returnState || stateful,
                goesBackwards: goBackwards,
                isMasked: mask != nil, hasStart: !states.isEmpty))
        let kept = constants.inputs.map { input * $0 } ?? input
        let operands: [any Operand] = cell.operands as [any Operand] + states + (mask.map { [$0] } ?? [])
        let outputs = kept.applying(operation, with: operands)
        let output = outputs[0]
        let last = [returnSequences && (returnState || stateful) ? output.step(time - 1) : output] + outputs.dropFirst()
        guard zeroesMasked, let mask else { return [output] + last }
        let steps = goBackwards ? reverse(mask, axis: 0) : mask
        let factors = returnSequences ? reshape(steps, [time, 1]) : slice(steps, axis: 0, time - 1..<time)
        return [output * factors] + last
    }

    /// The output and the states after the last step, by the operations of each step.
    private func stepByStep(
        _ input: SymbolicTensor, _ given: [SymbolicTensor], _ mask: SymbolicTensor?, _ constants: CellConstants
    ) throws(LayerError) -> [SymbolicTensor] {
        let (cell, shape) = (recurrentCell, input.spec.shape)
        guard shape[0] > 0 else { throw .input(layer: name, requirement: "have one step or more", received: shape) }
        let projected = try cell.project(input, constants)
        var (states, outputs) = (given, [SymbolicTensor]())
        if states.isEmpty {
            for shape in try cell.stateShapes(Shape(Array(shape.dimensions.dropFirst()))) {
                states.append(input.filled(shape, with: 0))
            }
        }
        for number in 0..<shape[0] {
            let place = goBackwards ? shape[0] - 1 - number : number
            var results = try cell.step(projected.step(place), states, constants)
            guard results.count == 1 + states.count else {
                throw .outputCount(layer: cell.name, expected: 1 + states.count, received: results.count)
            }
            if let mask {
                let counts = slice(mask, axis: 0, place..<place + 1)
                // Keras's unrolled layers keep the output, which is 0 at first, and the others a state.
                let kept = unroll ? outputs.last : zeroesMasked ? nil : states[cell.outputState]
                results[0] = kept.map { select(counts, results[0], $0) } ?? results[0] * counts
                for index in states.indices { results[1 + index] = select(counts, results[1 + index], states[index]) }
            }
            outputs.append(results[0])
            states = Array(results.dropFirst())
        }
        let last = outputs[outputs.count - 1]
        let all = outputs.map { reshape($0, $0.spec.shape.rows(1)) }
        return [returnSequences ? concatenate(all, axis: 0) : last] + states
    }
}
