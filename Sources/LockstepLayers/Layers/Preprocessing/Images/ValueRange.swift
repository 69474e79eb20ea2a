import LockstepCompute
import LockstepGraph

/// The lowest and the highest value of a pixel.
///
///     RandomBrightness(0.2, valueRange: [0, 1])
public struct ValueRange: Hashable, Sendable, ExpressibleByArrayLiteral {
    let low, high: Double

    public init(_ low: Double, _ high: Double) { (self.low, self.high) = (low, high) }

    public init(arrayLiteral values: Double...) {
        precondition(values.count == 2, "a range has a lowest and a highest value, received: \(values)")
        self.init(values[0], values[1])
    }

    /// From 0 to 255.
    public static let bytes = ValueRange(0, 255)
    /// From 0 to 1.
    public static let unit = ValueRange(0, 1)

    var length: Double { high - low }
    /// The same range with the lower number first.
    var sorted: ValueRange { ValueRange(min(low, high), max(low, high)) }

    /// Values none of which is outside the range.
    func clipped(_ x: SymbolicTensor) -> SymbolicTensor { minimum(maximum(x, Float(low)), Float(high)) }
}

extension ValueRange: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard argument.value.list?.count == 2 else { throw argument.mismatch("two numbers") }
        let numbers = try [Double](argument)
        self.init(numbers[0], numbers[1])
    }
    public var configurationValue: ConfigurationValue { [low, high].configurationValue }
}

extension SymbolicTensor {
    /// Values of a range, moved and stretched to another.
    func moved(from old: ValueRange, to new: ValueRange) -> SymbolicTensor {
        if old == new { return self }
        return (self - Float(old.low)) / Float(old.length) * Float(new.length) + Float(new.low)
    }
}

extension ImageLayer {
    /// Checks that a range is one.
    func check(_ range: ValueRange) throws(LayerError) {
        guard range.low < range.high else {
            throw .argument(
                layer: name, name: "valueRange", requirement: "a number and a larger one",
                received: "\(range.configurationValue)")
        }
    }
}
