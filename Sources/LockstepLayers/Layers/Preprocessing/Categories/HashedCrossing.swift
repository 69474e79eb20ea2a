import LockstepCompute
import LockstepGraph

/// One bin for whole numbers of several inputs together, from 0 to below `numBins`: by a hash of all of them, as
/// TensorFlow's `cross_hashed` does.
///
/// Inputs: two or more, each `[batch, 1]` of whole numbers. Output `[batch, 1]` of int32, or `[batch, numBins]` with
/// `oneHot`. The hash begins with a constant; each input's number is joined to it with `FingerprintCat64`.
///
///     let place = HashedCrossing(1000)(latitude, longitude)
public final class HashedCrossing: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var numBins: Int
    @Configured public private(set) var outputMode: CategoryOutput

    public init(_ numBins: Int, outputMode: CategoryOutput = .int, name: String = "") {
        self.numBins = numBins
        self.outputMode = outputMode
        properties = LayerProperties(name: name)
    }

    public static var fixedArguments: [String: ConfigurationValue] { ["sparse": false] }
    public static var commonArguments: Set<String> { ["dtype"] }
    public static var takesIntegerTypes: Bool { true }
    public var fileType: String { outputMode == .int ? "int64" : "float32" }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("num_bins"))
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        guard inputs.count >= 2 else { throw .inputCount(layer: name, expected: 2, received: inputs.count) }
        for input in inputs where input.shape != [1] {
            throw .input(layer: name, requirement: "have rows of one number", received: input.shape)
        }
        guard numBins > 0 else {
            throw .argument(layer: name, name: "numBins", requirement: "positive", received: "\(numBins)")
        }
        try check(outputMode, of: [1], among: [.int, .oneHot])
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        let (count, bins) = (inputs.count, UInt64(numBins))
        let operation = NumberingOperation(requirement: "whole numbers of 64 bits") { element in
            // TensorFlow's default key.
            var hash: UInt64 = 0xDECA_FCAF_FE
            for input in 0..<count {
                guard let number = Int64(exactly: element(input)) else { return nil }
                hash = TextBytes.joined(hash, UInt64(bitPattern: number))
            }
            return Int32(hash % bins)
        }
        let numbers = inputs[0].applying(operation, with: Array(inputs.dropFirst()))[0]
        return [encoded(numbers, as: outputMode, depth: numBins)]
    }
}
