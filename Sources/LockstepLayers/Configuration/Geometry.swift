import LockstepCompute

extension Size2D: ConfigurationConvertible {
    /// Two numbers, or one that means both.
    public init(_ argument: LayerArgument) throws(LayerError) {
        switch argument.value {
        case .integer:
            let side = try Int(argument)
            self.init(side, side)
        case .list(let values) where values.count == 2:
            let sides = try [Int](argument)
            self.init(sides[0], sides[1])
        default: throw argument.mismatch("a whole number or two of them")
        }
    }
    public var configurationValue: ConfigurationValue { [height, width].configurationValue }
}

extension Size1D: ConfigurationConvertible {
    /// A number, or a list of one.
    public init(_ argument: LayerArgument) throws(LayerError) {
        switch argument.value {
        case .integer: self.init(try Int(argument))
        case .list(let values) where values.count == 1: self.init(try [Int](argument)[0])
        default: throw argument.mismatch("a whole number or a list of one")
        }
    }
    public var configurationValue: ConfigurationValue { [length].configurationValue }
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

extension Shape: ConfigurationConvertible {
    /// The shape of a row, which in files has the batch in front, null or of a size that makes no difference:
    /// `[null, 28, 28, 1]`.
    public init(_ argument: LayerArgument) throws(LayerError) {
        let dimensions = argument.value.list?.dropFirst() ?? []
        let sizes = dimensions.compactMap {
            if case .integer(let size) = $0, (0...Int(Int32.max)).contains(size) { size } else { nil }
        }
        guard !dimensions.isEmpty, sizes.count == dimensions.count else {
            throw argument.mismatch("a shape whose dimensions behind the batch's are known")
        }
        self.init(sizes)
    }
    public var configurationValue: ConfigurationValue { .list([.null] + dimensions.map(ConfigurationValue.integer)) }
}
