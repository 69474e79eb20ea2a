import LockstepCompute
import LockstepGraph

/// One bin for the whole numbers or strings of several inputs together, from 0 to below `numBins`. It is the hash of all
/// of them that TensorFlow's `cross_hashed` makes.
///
/// Inputs: two or more, each `[batch, 1]` of whole numbers or text. Output `[batch, 1]` of int32, or `[batch, numBins]`
/// with `oneHot`. The hash begins with a constant. Each input's number, or FarmHash's `Fingerprint64` of its string, is
/// joined to it with `FingerprintCat64`.
///
///     let place = HashedCrossing(1000)(city, street)
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
            throw .input(layer: name, requirement: "have rows of one number or string", received: input.shape)
        }
        guard numBins > 0 else {
            throw .argument(layer: name, name: "numBins", requirement: "positive", received: "\(numBins)")
        }
        try check(outputMode, of: [1], among: [.int, .oneHot])
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        let bins = UInt64(numBins)
        // A string's fingerprint comes as two numbers, its upper half and its lower.
        let areTexts = inputs.map { $0.spec.type == .string }
        let operands = inputs.flatMap { input -> [SymbolicTensor] in
            guard input.spec.type == .string else { return [input] }
            let halves = numbers(of: input, call)
            return [slice(halves, axis: -1, 0..<1), slice(halves, axis: -1, 1..<2)]
        }
        let operation = NumberingOperation(requirement: "whole numbers of 64 bits") { element in
            // TensorFlow's default key.
            var hash: UInt64 = 0xDECA_FCAF_FE
            var operand = 0
            for isText in areTexts {
                guard let number = Int64(exactly: element(operand)) else { return nil }
                operand += 1
                var word = UInt64(bitPattern: number)
                if isText {
                    word = word << 32 | UInt64(UInt32(bitPattern: Int32(element(operand))))
                    operand += 1
                }
                hash = TextBytes.joined(hash, word)
            }
            return Int32(hash % bins)
        }
        let crossed = operands[0].applying(operation, with: Array(operands.dropFirst()))[0]
        return [encoded(crossed, as: outputMode, depth: numBins)]
    }
}

extension HashedCrossing: TextLayer {
    package var textRequirement: String { "text" }
    package func numbersRow(of text: Shape, length: Int) -> Shape { [2] }

    package func appendNumbers(of row: ArraySlice<String>, to numbers: inout [Int32]) -> String? {
        for string in row {
            let word = string.withTextBytes { $0.fingerprint }
            numbers += [Int32(truncatingIfNeeded: word >> 32), Int32(truncatingIfNeeded: word)]
        }
        return nil
    }
}
