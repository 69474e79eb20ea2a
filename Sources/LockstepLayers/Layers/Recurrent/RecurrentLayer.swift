import LockstepCompute
import LockstepGraph

/// A layer that goes through sequences step by step with a cell, in which Keras keeps the weights.
public protocol RecurrentLayer: Layer {
    /// The elements of h.
    var units: Int { get }
    /// Whether the output is that of every step.
    var returnSequences: Bool { get }
    /// Whether it goes through time from its end.
    var goBackwards: Bool { get }
}

extension RecurrentLayer {
    public static var fixedArguments: [String: ConfigurationValue] {
        ["dropout": 0, "recurrent_dropout": 0, "return_state": false, "stateful": false]
    }

    /// Where Keras keeps the weights.
    var cell: WeightPart { .cell(name: snakeCase(Self.className) + "_cell") }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // How Keras computes it, the seed of a dropout and what becomes of masked steps, of which there are none.
        for name in ["unroll", "implementation", "seed", "zero_output_for_mask"] { arguments[name] = nil }
        if arguments["time_major"] == false { arguments["time_major"] = nil }
    }

    /// Checks the arguments and the only input, of which it gives the row, `[time, features]`.
    ///
    /// - Parameter activations: what the cell computes with, by the names of the arguments.
    func sequences(
        _ inputs: [TensorSpec], activations: [(argument: String, function: ActivationFunction)]
    ) throws(LayerError) -> Shape {
        let input = try single(inputs)
        guard units > 0 else { throw .argument(layer: name, name: "units", requirement: "positive", received: "\(units)") }
        for (argument, function) in activations where !function.isKnownByOutput {
            throw .argument(
                layer: name, name: argument,
                requirement: "a function of an element whose derivative follows from its output, as tanh's", received: "\(function)")
        }
        guard input.rank == 2 else { throw .input(layer: name, requirement: "have rows of [time, features]", received: input) }
        return input
    }
}
