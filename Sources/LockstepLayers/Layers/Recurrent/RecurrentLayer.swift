import LockstepCompute
import LockstepGraph

/// A layer that goes through sequences step by step with a cell. Keras keeps the weights in the cell.
public protocol RecurrentLayer: Layer {
    /// The number of elements of the state h.
    var units: Int { get }
    /// The share of the input's features that training drops.
    var dropout: Double { get }
    /// Whether the layer gives the output of every step, not only of the last one.
    var returnSequences: Bool { get }
    /// Whether the layer goes backwards through time.
    var goBackwards: Bool { get }
    /// Whether the output of a masked step is 0. By default it is the output of the step before.
    var zeroOutputForMask: Bool { get set }
}

extension RecurrentLayer {
    public static var fixedArguments: [String: ConfigurationValue] {
        ["recurrent_dropout": 0, "return_state": false, "stateful": false]
    }

    /// The part in which Keras keeps the weights.
    var cell: WeightPart { .cell(name: snakeCase(Self.className) + "_cell") }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // The first two say how Keras computes the layer; `seed` is for dropout.
        for name in ["unroll", "implementation", "seed"] { arguments[name] = nil }
        if arguments["time_major"] == false { arguments["time_major"] = nil }
    }

    /// Checks the arguments and the only input, and returns the shape of its row, `[time, features]`.
    ///
    /// - Parameter activations: the activations of the cell, with the names of their arguments.
    func sequences(
        _ inputs: [TensorSpec], activations: [(argument: String, function: ActivationFunction)]
    ) throws(LayerError) -> Shape {
        let input = try single(inputs)
        guard units > 0 else {
            throw .argument(layer: name, name: "units", requirement: "positive", received: "\(units)")
        }
        for (argument, function) in activations where !function.isKnownByOutput {
            throw .argument(
                layer: name, name: argument,
                requirement: "an elementwise function whose derivative follows from its output, such as tanh",
                received: "\(function)")
        }
        guard dropout >= 0, dropout <= 1 else {
            throw .argument(layer: name, name: "dropout", requirement: "from 0 to 1", received: "\(dropout)")
        }
        guard input.rank == 2 else {
            throw .input(layer: name, requirement: "have rows of [time, features]", received: input)
        }
        return input
    }

    public static var takesMask: Bool { true }
    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { returnSequences ? inputs[0].mask : nil }

    /// The mask of the input's steps, `[time]`; nil if the input has no mask. A mask may have several elements for each
    /// step: then a step counts if one of them is 1.
    private func stepMask(of input: SymbolicTensor) throws(LayerError) -> SymbolicTensor? {
        guard let mask = input.mask, mask.spec.shape.rank == 2, mask.spec.shape[0] == input.spec.shape[0] else {
            return try self.mask(of: input, [input.spec.shape[0]])
        }
        return max(mask, axes: [1])
    }

    /// Applies an operation. If there is a mask, it is the operation's last input.
    func outputs(
        of input: SymbolicTensor, with weights: [Weight?], _ call: Call,
        _ operation: (_ isMasked: Bool) -> any Operation
    ) throws(LayerError) -> [SymbolicTensor] {
        let mask = try stepMask(of: input)
        // Keras drops nothing at a rate of 1.
        let drops = call.training && dropout > 0 && dropout < 1
        let kept = drops ? input * call.dropped(like: input, rate: dropout, common: [0]) : input
        let operands: [any Operand] = weights.compactMap { $0 } + (mask.map { [$0] } ?? [])
        let output = kept.applying(operation(mask != nil), with: operands)[0]
        guard zeroOutputForMask, let mask else { return [output] }
        let (steps, time) = (goBackwards ? reverse(mask, axis: 0) : mask, input.spec.shape[0])
        return [output * (returnSequences ? reshape(steps, [time, 1]) : slice(steps, axis: 0, time - 1..<time))]
    }
}
