extension Initializer: ConfigurationConvertible {
    /// The variance scalings that have a name of their own in Keras.
    private static let scalings = [
        "GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal",
    ]

    /// Reads Keras's object `{"class_name": "GlorotUniform", "config": {"seed": null}}`, or a name. Null means
    /// `GlorotUniform`.
    public init(_ argument: LayerArgument) throws(LayerError) {
        if argument.value == .null {
            self = .glorotUniform
        } else if let name = argument.value.string, let initializer = try? Initializer.named(name) {
            self = initializer
        } else if let (name, arguments) = try argument.object() {
            guard let className = Self.className(named: name), let initializer = Self.classes[className] else {
                throw argument.mismatch(
                    "an initializer of the class \(Self.classes.keys.sorted().joined(separator: ", "))")
            }
            // The Keras of TensorFlow 1 writes a dtype here.
            try arguments.requireFloat32()
            self = try initializer.reading(arguments, scales: className == "VarianceScaling")
            try arguments.finish([:])
        } else {
            throw argument.mismatch("the name of an initializer, or an object with its class_name and config")
        }
    }

    /// The initializer with the arguments of a file in place of its own.
    ///
    /// - Parameter scales: whether the arguments may have the scale of a variance scaling, its mode and distribution.
    private func reading(_ arguments: LayerArguments, scales: Bool) throws(LayerError) -> Initializer {
        let kind: Kind
        switch self.kind {
        case .zeros, .ones: return self
        case .constant(let value): return .constant(try arguments.value("value", default: value))
        case .identity(let gain): return .identity(gain: try arguments.value("gain", default: gain))
        case .stft: return Initializer(.stft(try ShortTimeFourier(arguments)))
        case .normal(let mean, let deviation):
            kind = .normal(
                mean: try arguments.value("mean", default: mean),
                standardDeviation: try arguments.value("stddev", default: deviation))
        case .truncatedNormal(let mean, let deviation):
            kind = .truncatedNormal(
                mean: try arguments.value("mean", default: mean),
                standardDeviation: try arguments.value("stddev", default: deviation))
        case .uniform(let low, let high):
            kind = .uniform(
                low: try arguments.value("minval", default: low), high: try arguments.value("maxval", default: high))
        case .orthogonal(let gain): kind = .orthogonal(gain: try arguments.value("gain", default: gain))
        case .varianceScaling(let scale, let mode, let distribution, _):
            let axes = try FanAxes?(arguments)
            kind =
                scales
                ? .varianceScaling(
                    scale: try arguments.value("scale", default: scale),
                    mode: try arguments.value("mode", default: mode),
                    distribution: try arguments.value("distribution", default: distribution), axes: axes)
                : .varianceScaling(scale: scale, mode: mode, distribution: distribution, axes: axes)
        }
        // A generator of seeds is an object with a seed.
        let seed = arguments.argument("seed")
        guard let (className, generator) = try seed.object() else {
            return Initializer(kind, seed: try arguments.optional("seed"))
        }
        guard className == "SeedGenerator" else { throw seed.mismatch("a whole number or a SeedGenerator") }
        generator.argument("name")
        let number: UInt64? = try generator.optional("seed")
        try generator.finish([:])
        return Initializer(kind, seed: number)
    }

    public var configurationValue: ConfigurationValue {
        var arguments: [String: ConfigurationValue] = [:]
        let className: String
        switch kind {
        case .zeros: className = "Zeros"
        case .ones: className = "Ones"
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
        case .varianceScaling(let scale, let mode, let distribution, let axes):
            let plain = Kind.varianceScaling(scale: scale, mode: mode, distribution: distribution, axes: nil)
            if let name = Self.scalings.first(where: { Self.classes[$0]?.kind == plain }) {
                className = name
            } else {
                className = "VarianceScaling"
                arguments = ["scale": ConfigurationValue(scale), "mode": .string(mode.rawValue)]
                arguments["distribution"] = .string(distribution.rawValue)
            }
            // Older versions of Keras 3 do not know these arguments, so they are written only where they are needed.
            if let axes {
                arguments["input_axes"] = axes.input.configurationValue
                arguments["output_axes"] = axes.output.configurationValue
            }
        case .stft(let transform): (className, arguments) = ("STFT", transform.arguments)
        }
        switch kind {
        case .zeros, .ones, .constant, .identity, .stft: break
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
        let given = argument.value.string?.lowercased()
        let name = given == "normal" ? "truncated_normal" : given
        guard let distribution = name.flatMap(Self.init(rawValue:)) else {
            throw argument.mismatch("\"truncated_normal\", \"untruncated_normal\" or \"uniform\"")
        }
        self = distribution
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}

extension Initializer.FanAxes? {
    /// Reads `input_axes` and `output_axes`; as in Keras, nil if one of them is missing.
    fileprivate init(_ arguments: LayerArguments) throws(LayerError) {
        let (input, output): ([Int]?, [Int]?) = (
            try arguments.optional("input_axes"), try arguments.optional("output_axes")
        )
        self = if let input, let output { Initializer.FanAxes(input: input, output: output) } else { nil }
    }
}

extension ShortTimeFourier {
    init(_ arguments: LayerArguments) throws(LayerError) {
        var isPeriodic = try arguments.value("periodic", default: false)
        let side = arguments.argument("side")
        guard let part = Initializer.FourierSide(rawValue: side.value == .null ? "real" : side.value.string ?? "")
        else {
            throw side.mismatch("\"real\" or \"imag\"")
        }
        let scaling = arguments.argument("scaling")
        var divisor: Initializer.WindowScaling? = arguments.has("scaling") ? nil : .density
        if scaling.value != .null {
            divisor = scaling.value.string.flatMap(Initializer.WindowScaling.init(rawValue:))
            if divisor == nil { throw scaling.mismatch("\"density\", \"spectrum\" or null") }
        }
        let window = arguments.argument("window")
        var weights: Weights? = arguments.has("window") ? nil : .window(.hann)
        if var name = window.value.string {
            // SciPy's names may say whether the window is periodic.
            for (ending, periodic) in [("_periodic", true), ("_symmetric", false)] where name.hasSuffix(ending) {
                (name, isPeriodic) = (String(name.dropLast(ending.count)), periodic)
            }
            guard let known = FrameWindow(named: name) else {
                throw window.mismatch("one of \(FrameWindow.allCases.map(\.rawValue).sorted().joined(separator: ", "))")
            }
            weights = .window(known)
        } else if window.value != .null {
            // An array of NumPy is an object that holds a list.
            let list = window.value["config"]?["value"] ?? window.value
            guard let values = list.list?.map(\.number), !values.contains(nil) else {
                throw window.mismatch("the name of a window, or a list of numbers")
            }
            weights = .values(values.compactMap { $0 })
        }
        self.init(side: part, weights: weights, scaling: divisor, isPeriodic: isPeriodic)
    }

    var arguments: [String: ConfigurationValue] {
        let window: ConfigurationValue =
            switch weights {
            case nil: .null
            case .window(let window): .string(window.rawValue)
            case .values(let values): values.configurationValue
            }
        return [
            "side": .string(side.rawValue), "window": window, "periodic": .bool(isPeriodic),
            "scaling": scaling.map { .string($0.rawValue) } ?? .null,
        ]
    }
}
