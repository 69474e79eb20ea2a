import LockstepCompute
import LockstepGraph

/// Replaces whole numbers or strings by bins from 0 to below `numBins`: by a hash of the number's decimal digits or the
/// string's UTF-8, as Keras does.
///
/// Input `[batch, …]`, text, int32, or float32, whose fractions are cut off; outputs as `CategoryOutput` says. The bin
/// is the rest of the hash divided by the number of bins. The hash is FarmHash's `Fingerprint64`; with a `salt` it is
/// SipHash-2-4, with the salt as its key. A `maskValue` has the bin 0 for itself, if there is more than one.
///
///     model.add(Hashing(1000, salt: 7))
public final class Hashing: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var numBins: Int
    @Configured public private(set) var maskValue: Int?
    @Configured public private(set) var salt: Salt?
    @Configured public private(set) var outputMode: CategoryOutput

    public init(
        _ numBins: Int, maskValue: Int? = nil, salt: Salt? = nil, outputMode: CategoryOutput = .int, name: String = ""
    ) {
        self.numBins = numBins
        self.maskValue = maskValue
        self.salt = salt
        self.outputMode = outputMode
        properties = LayerProperties(name: name)
    }

    public static var fixedArguments: [String: ConfigurationValue] { ["sparse": false] }
    public static var takesIntegerTypes: Bool { true }
    public var fileType: String { outputMode == .int ? "int64" : "float32" }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("num_bins"))
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs)
        try check(outputMode, of: input, among: [.int, .oneHot, .multiHot, .count])
        guard numBins > 0 else {
            throw .argument(layer: name, name: "numBins", requirement: "positive", received: "\(numBins)")
        }
        if let maskValue, inputs[0].type == .string {
            throw .argument(layer: name, name: "maskValue", requirement: "nil for text", received: "\(maskValue)")
        }
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        if inputs[0].spec.type == .string {
            return [encoded(numbers(of: inputs[0], call), as: outputMode, depth: numBins)]
        }
        let (mask, salt) = (numBins > 1 ? maskValue.map { Double($0) } : nil, salt)
        let bins = UInt64(numBins - (mask == nil ? 0 : 1))
        let operation = NumberingOperation(requirement: "numbers that fit into 64 bits") { element in
            let value = element(0)
            if value == mask { return 0 }
            guard let number = Int64(exactly: value.rounded(.towardZero)) else { return nil }
            return Int32(Decimal(number).withBytes { Salt.hash($0, salt) } % bins) + (mask == nil ? 0 : 1)
        }
        return [encoded(inputs[0].applying(operation)[0], as: outputMode, depth: numBins)]
    }
}

extension Hashing: TextLayer {
    package var textRequirement: String { "text" }
    package func numbersRow(of text: Shape, length: Int) -> Shape { text }

    package func appendNumbers(of row: ArraySlice<String>, to numbers: inout [Int32]) -> String? {
        for string in row { numbers.append(Int32(string.withTextBytes { Salt.hash($0, salt) } % UInt64(numBins))) }
        return nil
    }
}

/// The key of a hash: two numbers, or one that is used for both.
public struct Salt: Hashable, Sendable, ExpressibleByIntegerLiteral {
    let first, second: UInt64

    public init(_ first: UInt64, _ second: UInt64) { (self.first, self.second) = (first, second) }
    public init(integerLiteral value: UInt64) { self.init(value, value) }

    /// The hash of a text, with a key or without.
    static func hash(_ text: TextBytes, _ salt: Salt?) -> UInt64 {
        salt.map { text.keyedHash(($0.first, $0.second)) } ?? text.fingerprint
    }
}

extension Salt: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        switch argument.value {
        case .integer: self.init(integerLiteral: try UInt64(argument))
        case .list(let values) where values.count == 2:
            let words = try [UInt64](argument)
            self.init(words[0], words[1])
        default: throw argument.mismatch("a whole number or two of them")
        }
    }
    public var configurationValue: ConfigurationValue { [first, second].configurationValue }
}
