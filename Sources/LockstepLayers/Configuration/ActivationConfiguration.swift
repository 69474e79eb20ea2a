import LockstepCompute

extension ActivationFunction: ConfigurationConvertible {
    /// What the registered names of functions begin with that Keras has no name for.
    package static let registration = "lockstep>"

    /// Keras's name of a function, null for none, or the object that Keras writes for a function with arguments.
    public init(_ argument: LayerArgument) throws(LayerError) {
        if argument.value == .null {
            self = .linear
        } else if let object = try argument.object() {
            self = try Self.read(object.className, object.arguments, argument)
        } else {
            guard let name = argument.value.string, let function = try? ActivationFunction.named(name) else {
                throw argument.mismatch("one of \(Self.names.joined(separator: ", "))")
            }
            self = function == .hardSigmoid && argument.kerasVersion < 3 ? .keras2HardSigmoid : function
        }
    }

    private static func read(_ className: String, _ arguments: LayerArguments, _ argument: LayerArgument)
        throws(LayerError) -> Self
    {
        let function: ActivationFunction
        switch className {
        case "LeakyReLU":
            // Keras 2's name of the argument, and its default in both.
            let alpha: Float = try arguments.value("alpha", default: 0.3)
            function = .leakyRelu(negativeSlope: try arguments.value("negative_slope", default: alpha))
        case "ELU": function = .elu(alpha: try arguments.value("alpha", default: 1))
        case "celu": function = .celu(alpha: try arguments.value("alpha"))
        case "soft_shrink": function = .softShrink(threshold: try arguments.value("threshold"))
        case "hard_shrink": function = .hardShrink(threshold: try arguments.value("threshold"))
        case "squareplus": function = .squareplus(b: try arguments.value("b"))
        case "threshold": function = .threshold(try arguments.value("threshold"), value: try arguments.value("value"))
        case "keras2_hard_sigmoid": function = .keras2HardSigmoid
        case "gelu": function = .gelu(approximate: try arguments.value("approximate"))
        default: throw argument.mismatch("the name of an activation, or an object of LeakyReLU or ELU")
        }
        try arguments.requireCommon()
        try arguments.finish([:])
        return function
    }

    /// The name, or where no name of Keras 3's means the function an object: of Keras's layer where there is one, else
    /// of a registered function `lockstep>celu`, which Keras only reads where somebody registers that.
    public var configurationValue: ConfigurationValue {
        if let name { return .string(name) }
        func keras(_ className: String, _ arguments: ConfigurationValue) -> ConfigurationValue {
            ["module": "keras.layers", "class_name": .string(className), "config": arguments, "registered_name": .null]
        }
        func own(_ name: String, _ arguments: ConfigurationValue) -> ConfigurationValue {
            [
                "module": "lockstep", "class_name": .string(name), "config": arguments,
                "registered_name": .string(Self.registration + name),
            ]
        }
        return switch self {
        case .leakyRelu(let slope): keras("LeakyReLU", ["negative_slope": slope.configurationValue])
        case .elu(let alpha): keras("ELU", ["alpha": alpha.configurationValue])
        case .celu(let alpha): own("celu", ["alpha": alpha.configurationValue])
        case .softShrink(let threshold): own("soft_shrink", ["threshold": threshold.configurationValue])
        case .hardShrink(let threshold): own("hard_shrink", ["threshold": threshold.configurationValue])
        case .squareplus(let b): own("squareplus", ["b": b.configurationValue])
        case .threshold(let threshold, let value):
            own("threshold", ["threshold": threshold.configurationValue, "value": value.configurationValue])
        case .keras2HardSigmoid: own("keras2_hard_sigmoid", [:])
        case .gelu(let approximate): own("gelu", ["approximate": .bool(approximate)])
        default: preconditionFailure("the activation \(self) has neither a name nor arguments")
        }
    }
}
