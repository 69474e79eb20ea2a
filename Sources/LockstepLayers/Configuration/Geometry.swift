import LockstepCompute

extension Size2D: ConfigurationConvertible {
    /// Reads two numbers, or one number that is used for both.
    public init(_ argument: LayerArgument) throws(LayerError) {
        switch argument.value {
        case .integer: self.init(integerLiteral: try Int(argument))
        case .list(let values) where values.count == 2:
            let sides = try [Int](argument)
            self.init(sides[0], sides[1])
        default: throw argument.mismatch("a whole number or two of them")
        }
    }
    public var configurationValue: ConfigurationValue { [height, width].configurationValue }
}

extension Size3D: ConfigurationConvertible {
    /// Reads three numbers, or one number that is used for all.
    public init(_ argument: LayerArgument) throws(LayerError) {
        switch argument.value {
        case .integer: self.init(integerLiteral: try Int(argument))
        case .list(let values) where values.count == 3:
            let sides = try [Int](argument)
            self.init(sides[0], sides[1], sides[2])
        default: throw argument.mismatch("a whole number or three of them")
        }
    }
    public var configurationValue: ConfigurationValue { lengths.configurationValue }
}

extension Size1D: ConfigurationConvertible {
    /// Reads a number, or a list of one number.
    public init(_ argument: LayerArgument) throws(LayerError) {
        switch argument.value {
        case .integer: self.init(try Int(argument))
        case .list(let values) where values.count == 1: self.init(try [Int](argument)[0])
        default: throw argument.mismatch("a whole number or a list of one")
        }
    }
    public var configurationValue: ConfigurationValue { lengths.configurationValue }
}

extension SequencePadding: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let padding = argument.value.string.flatMap(SequencePadding.init(rawValue:)) else {
            throw argument.mismatch("\"valid\", \"same\" or \"causal\"")
        }
        self = padding
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}

extension Padding: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let padding = argument.value.string.flatMap(Padding.init(rawValue:)) else {
            throw argument.mismatch("\"valid\" or \"same\"")
        }
        self = padding
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}
