import LockstepGraph

extension Regularizer: ConfigurationConvertible {
    private static let classes: [String: Regularizer] = ["L1": .l1, "L2": .l2, "L1L2": .l1l2()]
    private static let others: [String: Regularizer] = ["l1": .l1, "l2": .l2, "l1_l2": .l1l2(), "l1l2": .l1l2()]

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
            guard let regularizer = Self.classes[className] else {
                throw argument.mismatch(
                    "a regularizer of the class \(Self.classes.keys.sorted().joined(separator: ", "))")
            }
            let kind = regularizer.kind
            self.init(
                kind, l1: kind == .l2 ? 0 : try arguments.optional("l1") ?? regularizer.l1,
                l2: kind == .l1 ? 0 : try arguments.optional("l2") ?? regularizer.l2)
            try arguments.finish([:])
        } else {
            throw argument.mismatch("the name of a regularizer, or an object with its class_name and config")
        }
    }

    public var configurationValue: ConfigurationValue {
        let className = Self.classes.first { $0.value.kind == kind }!.key
        var arguments: [String: ConfigurationValue] = [:]
        if kind != .l2 { arguments["l1"] = .real(l1) }
        if kind != .l1 { arguments["l2"] = .real(l2) }
        return KerasObject.value("keras.regularizers", className, arguments)
    }

    /// What is wrong with the factors; nil if nothing is.
    var mistake: (argument: String, requirement: String, received: String)? {
        for (argument, factor) in [("l1", l1), ("l2", l2)] where !(factor >= 0 && factor.isFinite) {
            return ("the factor \(argument) of the regularizer", "a number from 0", "\(factor)")
        }
        return nil
    }
}
