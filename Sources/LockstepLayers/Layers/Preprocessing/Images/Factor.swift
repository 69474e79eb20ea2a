import LockstepCompute

/// How strongly a layer changes images: the bounds of a random number, or one number from which the layer takes them.
///
///     RandomRotation([-0.1, 0.2])
public enum Factor: Hashable, Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral
{
    case one(Double)
    case two(Double, Double)

    public init(floatLiteral value: Double) { self = .one(value) }
    public init(integerLiteral value: Int) { self = .one(Double(value)) }

    public init(arrayLiteral values: Double...) {
        precondition(values.count == 2, "a factor is a number or two of them, received: \(values)")
        self = .two(values[0], values[1])
    }

    /// The bounds: from −f to f for a number f, cut to a range; nil for numbers outside the range.
    func bounds(within range: ClosedRange<Double>) -> (low: Double, high: Double)? {
        switch self {
        case .one(let factor):
            guard range.contains(factor) else { return nil }
            return (max(-abs(factor), range.lowerBound), abs(factor))
        case .two(let a, let b):
            guard range.contains(a), range.contains(b) else { return nil }
            return (min(a, b), max(a, b))
        }
    }
}

extension Factor: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        if let number = argument.value.number {
            self = .one(number)
        } else {
            guard argument.value.list?.count == 2 else { throw argument.mismatch("a number or two of them") }
            let numbers = try [Double](argument)
            self = .two(numbers[0], numbers[1])
        }
    }

    public var configurationValue: ConfigurationValue {
        switch self {
        case .one(let number): number.configurationValue
        case .two(let a, let b): [a, b].configurationValue
        }
    }
}
