/// A number, or a list of numbers.
///
///     Rescaling([0.1, 0.2, 0.3])
public struct Numbers: Hashable, Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral
{
    let values: [Double]
    var floats: [Float] { values.map { Float($0) } }
    /// Whether it is a number and no list.
    let isOne: Bool

    public init(_ value: Double) { (values, isOne) = ([value], true) }
    public init(_ values: [Double]) { (self.values, isOne) = (values, false) }
    public init(floatLiteral value: Double) { self.init(value) }
    public init(integerLiteral value: Int) { self.init(Double(value)) }
    public init(arrayLiteral values: Double...) { self.init(values) }
}

extension Numbers: ConfigurationConvertible {
    /// Reads a number, a list of numbers, or an array of NumPy.
    public init(_ argument: LayerArgument) throws(LayerError) {
        let value = argument.value["config"]?["value"] ?? argument.value
        if let number = value.number {
            self.init(number)
        } else if let list = value.list, case let numbers = list.compactMap(\.number), numbers.count == list.count {
            self.init(numbers)
        } else {
            throw argument.mismatch("a number or a list of numbers")
        }
    }
    public var configurationValue: ConfigurationValue {
        isOne ? values[0].configurationValue : values.configurationValue
    }
}
