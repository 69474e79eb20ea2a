extension Initializer: ConfigurationConvertible {
    /// The variance scalings that have a name of their own in Keras.
    private static let scalings: [String: Initializer] = [
        "GlorotUniform": .glorotUniform, "GlorotNormal": .glorotNormal, "HeUniform": .heUniform, "HeNormal": .heNormal,
        "LecunUniform": .lecunUniform, "LecunNormal": .lecunNormal,
    ]

    /// Reads Keras's object `{"class_name": "GlorotUniform", "config": {"seed": null}}`, or a name.
    public init(_ argument: LayerArgument) throws(LayerError) {
        if let name = argument.value.string, let initializer = try? Initializer.named(name) {
            self = initializer
        } else if let (className, arguments) = try argument.object() {
            self = try Self.read(className, arguments, argument)
            try arguments.finish([:])
        } else {
            throw argument.mismatch("the name of an initializer, or an object with its class_name and config")
        }
    }

    private static func read(_ className: String, _ arguments: LayerArguments, _ argument: LayerArgument)
        throws(LayerError) -> Initializer
    {
        let seed: UInt64? = try arguments.optional("seed")
        // The Keras of TensorFlow 1 writes a dtype here.
        try arguments.requireFloat32()
        switch className {
        case "Zeros": return .zeros
        case "Ones": return .ones
        case "Constant": return .constant(try arguments.value("value", default: 0))
        case "Identity": return .identity(gain: try arguments.value("gain", default: 1))
        case "Orthogonal": return .orthogonal(gain: try arguments.value("gain", default: 1), seed: seed)
        case "RandomNormal", "TruncatedNormal":
            let (mean, deviation): (Float, Float) = (
                try arguments.value("mean", default: 0), try arguments.value("stddev", default: 0.05)
            )
            return className == "RandomNormal"
                ? .randomNormal(mean: mean, standardDeviation: deviation, seed: seed)
                : .truncatedNormal(mean: mean, standardDeviation: deviation, seed: seed)
        case "RandomUniform":
            return .randomUniform(
                low: try arguments.value("minval", default: -0.05), high: try arguments.value("maxval", default: 0.05),
                seed: seed)
        case "VarianceScaling":
            return .varianceScaling(
                scale: try arguments.value("scale", default: 1), mode: try arguments.value("mode", default: .fanIn),
                distribution: try arguments.value("distribution", default: .truncatedNormal), seed: seed)
        default:
            guard let scaling = scalings[className] else {
                let others = [
                    "Zeros", "Ones", "Constant", "Identity", "Orthogonal", "RandomNormal", "TruncatedNormal",
                    "RandomUniform",
                ]
                let known = (others + ["VarianceScaling"] + scalings.keys).sorted().joined(separator: ", ")
                throw argument.mismatch("an initializer of the class \(known)")
            }
            return Initializer(scaling.kind, seed: seed)
        }
    }

    public var configurationValue: ConfigurationValue {
        var arguments: [String: ConfigurationValue] = [:]
        let className: String
        switch kind {
        case .constant(let value) where value.bitPattern == 0: className = "Zeros"
        case .constant(1): className = "Ones"
        case .constant(let value): (className, arguments) = ("Constant", ["value": value.configurationValue])
        case .identity(let gain): (className, arguments) = ("Identity", ["gain": gain.configurationValue])
        case .orthogonal(let gain): (className, arguments) = ("Orthogonal", ["gain": gain.configurationValue])
        case .normal(let mean, let deviation):
            (className, arguments) = (
                "RandomNormal", ["mean": mean.configurationValue, "stddev": deviation.configurationValue]
            )
        case .truncatedNormal(let mean, let deviation):
            (className, arguments) = (
                "TruncatedNormal", ["mean": mean.configurationValue, "stddev": deviation.configurationValue]
            )
        case .uniform(let low, let high):
            (className, arguments) = (
                "RandomUniform", ["minval": low.configurationValue, "maxval": high.configurationValue]
            )
        case .varianceScaling(let scale, let mode, let distribution):
            if let name = Self.scalings.first(where: { $0.value.kind == kind })?.key {
                className = name
            } else {
                className = "VarianceScaling"
                arguments = ["scale": ConfigurationValue(scale), "mode": .string(mode.rawValue)]
                arguments["distribution"] = .string(distribution.rawValue)
            }
        }
        switch kind {
        case .constant, .identity: break
        default: arguments["seed"] = seed?.configurationValue ?? .null
        }
        return [
            "module": "keras.initializers", "class_name": .string(className), "config": .object(arguments),
            "registered_name": .null,
        ]
    }
}

extension Initializer.FanMode: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let mode = argument.value.string.flatMap(Self.init(rawValue:)) else {
            throw argument.mismatch("\"fan_in\", \"fan_out\" or \"fan_avg\"")
        }
        self = mode
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}

extension Initializer.Distribution: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        // In Keras, "normal" means the truncated one too.
        let name = argument.value == "normal" ? "truncated_normal" : argument.value.string
        guard let distribution = name.flatMap(Self.init(rawValue:)) else {
            throw argument.mismatch("\"truncated_normal\", \"untruncated_normal\" or \"uniform\"")
        }
        self = distribution
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}
