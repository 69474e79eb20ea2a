import LockstepCompute
import LockstepGraph

extension Regularizer: ConfigurationConvertible {
    private static let classes: [String: Regularizer] = [
        "L1": .l1, "L2": .l2, "L1L2": .l1l2(), "OrthogonalRegularizer": .orthogonal(),
    ]
    private static let others: [String: Regularizer] = [
        "l1": .l1, "l2": .l2, "l1_l2": .l1l2(), "l1l2": .l1l2(), "orthogonal_regularizer": .orthogonal(),
    ]

    /// The regularizer of a Keras name, such as `"l2"` or `"L2"`, with default arguments.
    ///
    /// - Throws: `LayerError.unknownName`.
    public static func named(_ name: String) throws(LayerError) -> Regularizer {
        guard let regularizer = classes[name] ?? others[name] else {
            throw .unknownName(kind: "regularizer", known: (Array(classes.keys) + others.keys).sorted(), received: name)
        }
        return regularizer
    }

    /// Reads Keras's object `{"class_name": "L2", "config": {"l2": 0.01}}`, or a name.
    public init(_ argument: LayerArgument) throws(LayerError) {
        if let name = argument.value.string, let regularizer = try? Self.named(name) {
            self = regularizer
        } else if let (className, arguments) = try argument.object() {
            guard let regularizer = try? Self.named(className) else {
                throw argument.mismatch(
                    "a regularizer of the class \(Self.classes.keys.sorted().joined(separator: ", "))")
            }
            switch regularizer.kind {
            case .l1: self = .l1(try arguments.optional("l1") ?? regularizer.l1)
            case .l2: self = .l2(try arguments.optional("l2") ?? regularizer.l2)
            case .l1l2: self = .l1l2(l1: try arguments.optional("l1") ?? 0, l2: try arguments.optional("l2") ?? 0)
            case .orthogonal(let mode):
                self = .orthogonal(
                    try arguments.optional("factor") ?? regularizer.factor,
                    mode: try arguments.value("mode", default: mode))
            }
            try arguments.finish([:])
        } else {
            throw argument.mismatch("the name of a regularizer, or an object with its class_name and config")
        }
    }

    public var configurationValue: ConfigurationValue {
        let (className, arguments): (String, [String: ConfigurationValue]) =
            switch kind {
            case .l1: ("L1", ["l1": .real(l1)])
            case .l2: ("L2", ["l2": .real(l2)])
            case .l1l2: ("L1L2", ["l1": .real(l1), "l2": .real(l2)])
            case .orthogonal(let mode):
                ("OrthogonalRegularizer", ["factor": .real(factor), "mode": mode.configurationValue])
            }
        return KerasObject.value("keras.regularizers", className, arguments)
    }

    /// What is wrong with the arguments for a weight of a shape; nil if nothing is.
    func mistake(for shape: Shape) -> (argument: String, requirement: String, received: String)? {
        for (argument, factor) in [("l1", l1), ("l2", l2), ("factor", factor)] where !(factor >= 0 && factor.isFinite) {
            let name = argument == "factor" ? "the factor" : "the factor \(argument)"
            return ("\(name) of the regularizer", "a number from 0", "\(factor)")
        }
        guard let mode else { return nil }
        if shape.rank == 2, shape[mode == .rows ? 0 : 1] > 1 { return nil }
        return ("the regularizer", "one for a matrix of two \(mode.rawValue) or more", "orthogonal for \(shape)")
    }
}

extension Regularizer.OrthogonalMode: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let mode = argument.value.string.flatMap(Self.init(rawValue:)) else {
            throw argument.mismatch("\"rows\" or \"columns\"")
        }
        self = mode
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}
