import LockstepCompute

/// One number for all classes, or one for each.
///
///     CategoricalFocalCrossentropy(alpha: 0.25)
///     CategoricalFocalCrossentropy(alpha: [0.1, 0.5, 0.4])
public struct ClassFactors: Equatable, Sendable, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral {
    public let values: [Double]
    private let isOne: Bool

    public init(floatLiteral value: Double) { (values, isOne) = ([value], true) }
    public init(arrayLiteral values: Double...) { (self.values, isOne) = (values, false) }
    private init(_ values: [Double]) { (self.values, isOne) = (values, false) }

    var tensor: Tensor { Tensor(values.map(Float.init)) }
}

extension ClassFactors: ConfigurationConvertible {
    /// Reads a number or a list of numbers.
    public init(_ argument: LayerArgument) throws(LayerError) {
        self = argument.value.list == nil ? Self(floatLiteral: try Double(argument)) : Self(try [Double](argument))
    }
    public var configurationValue: ConfigurationValue {
        isOne ? values[0].configurationValue : values.configurationValue
    }
}
