import LockstepCompute
import LockstepGraph

extension Constraint: ConfigurationConvertible {
    private static let classes: [String: Constraint] = [
        "MaxNorm": .maxNorm(), "MinMaxNorm": .minMaxNorm(), "NonNeg": .nonNeg, "UnitNorm": .unitNorm(),
    ]

    /// Keras 1's names, and those that follow from the class names.
    private static let others = classes.keys.reduce(
        into: ["maxnorm": "MaxNorm", "nonneg": "NonNeg", "unitnorm": "UnitNorm"]
    ) { $0[snakeCase($1)] = $1 }

    /// The class of one of its names in Keras: `"MaxNorm"`, `"max_norm"`.
    private static func className(named name: String) -> String? { classes[name] == nil ? others[name] : name }

    /// The constraint of a Keras name, such as `"max_norm"` or `"MaxNorm"`, with default arguments.
    ///
    /// - Throws: `LayerError.unknownName`.
    public static func named(_ name: String) throws(LayerError) -> Constraint {
        guard let constraint = className(named: name).flatMap({ classes[$0] }) else {
            throw .unknownName(kind: "constraint", known: (Array(classes.keys) + others.keys).sorted(), received: name)
        }
        return constraint
    }

    /// Reads Keras's object `{"class_name": "MaxNorm", "config": {"max_value": 2, "axis": 0}}`, or a name.
    public init(_ argument: LayerArgument) throws(LayerError) {
        if let name = argument.value.string, let constraint = try? Self.named(name) {
            self = constraint
        } else if let (className, arguments) = try argument.object() {
            switch Self.className(named: className) {
            case "MaxNorm":
                self = .maxNorm(
                    try arguments.value("max_value", default: 2), axis: try arguments.value("axis", default: 0))
            case "NonNeg": self = .nonNeg
            case "UnitNorm": self = .unitNorm(axis: try arguments.value("axis", default: 0))
            case "MinMaxNorm":
                self = .minMaxNorm(
                    minValue: try arguments.value("min_value", default: 0),
                    maxValue: try arguments.value("max_value", default: 1),
                    rate: try arguments.value("rate", default: 1), axis: try arguments.value("axis", default: 0))
            default:
                throw argument.mismatch(
                    "a constraint of the class \(Self.classes.keys.sorted().joined(separator: ", "))")
            }
            try arguments.finish([:])
        } else {
            throw argument.mismatch("the name of a constraint, or an object with its class_name and config")
        }
    }

    public var configurationValue: ConfigurationValue {
        switch kind {
        case .maxNorm(let maximum, let axis):
            KerasObject.value(
                "keras.constraints", "MaxNorm", ["max_value": .init(maximum), "axis": axis.configurationValue])
        case .nonNegative: KerasObject.value("keras.constraints", "NonNeg", [:])
        case .unitNorm(let axis): KerasObject.value("keras.constraints", "UnitNorm", ["axis": axis.configurationValue])
        case .minMaxNorm(let minimum, let maximum, let rate, let axis):
            KerasObject.value(
                "keras.constraints", "MinMaxNorm",
                [
                    "min_value": .real(minimum), "max_value": .real(maximum), "rate": .real(rate),
                    "axis": axis.configurationValue,
                ])
        }
    }

    /// What is wrong with the arguments for a weight of a shape; nil if nothing is.
    func mistake(for shape: Shape) -> (argument: String, requirement: String, received: String)? {
        if let axes, axes.counted(rank: shape.rank) == nil {
            let requirement =
                shape.rank == 0 ? "none: it is one number" : "from \(-shape.rank) to \(shape.rank - 1)"
            return ("the axis of the constraint", requirement, "\(axes.configurationValue)")
        }
        func mistake(_ argument: String, _ value: Double, from minimum: Double, to maximum: Double) -> (
            String, String, String
        )? {
            if value >= minimum, value <= maximum, value.isFinite { return nil }
            let upper = maximum.isFinite ? " to \(maximum)" : ""
            return ("\(argument) of the constraint", "a number from \(minimum)\(upper)", "\(value)")
        }
        switch kind {
        case .nonNegative, .unitNorm: return nil
        case .maxNorm(let maximum, _): return mistake("maxValue", maximum, from: 0, to: .infinity)
        case .minMaxNorm(let minimum, let maximum, let rate, _):
            return mistake("minValue", minimum, from: 0, to: .infinity) ?? mistake(
                "maxValue", maximum, from: minimum, to: .infinity)
                ?? mistake("rate", rate, from: 0, to: 1)
        }
    }
}

extension Constraint {
    /// The bounds that norms are brought into; nil for a constraint on single elements.
    var bounds: NormBounds? {
        switch kind {
        case .nonNegative: nil
        case .maxNorm(let maximum, _): NormBounds(to: maximum)
        case .unitNorm: NormBounds(from: 1, to: 1)
        case .minMaxNorm(let minimum, let maximum, let rate, _): NormBounds(from: minimum, to: maximum, rate: rate)
        }
    }
}

extension Axes: ConfigurationConvertible {
    /// Reads a whole number, or a list of whole numbers.
    public init(_ argument: LayerArgument) throws(LayerError) {
        switch argument.value {
        case .integer: self.init(try Int(argument))
        case .list: self.init(try [Int](argument))
        default: throw argument.mismatch("a whole number or a list of whole numbers")
        }
    }
    public var configurationValue: ConfigurationValue { isOne ? .integer(values[0]) : values.configurationValue }
}
