import LockstepCompute

extension ActivationFunction: ConfigurationConvertible {
    /// The prefix of the registered names of functions for which Keras has no name.
    package static let registration = "lockstep>"

    /// Reads Keras's name of a function, null for linear, or Keras's object for a function with arguments.
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
            // `alpha` is the name in Keras 2. The default is the same in Keras 2 and 3.
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

    /// The name of the function in Keras 3. A function without a name is an object: of the Keras layer if there is one,
    /// else of a registered function such as `lockstep>celu`. Keras reads the latter only if a program registers it.
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
