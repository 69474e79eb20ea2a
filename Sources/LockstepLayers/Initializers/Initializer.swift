import LockstepCompute

/// The rule for a weight's initial values: Keras's initializers, with its formulas and defaults (`keras.initializers`).
///
/// Fan in and fan out of a vector of n elements are both n. Those of a matrix are its rows and its columns. Those of a
/// convolution kernel are its last two dimensions, each times the receptive field. An initializer without a seed uses
/// the model's seed. An initializer with a seed gives the same values each time.
public struct Initializer: Sendable, Equatable {
    enum Kind: Equatable {
        case constant(Float)
        case normal(mean: Float, standardDeviation: Float)
        case truncatedNormal(mean: Float, standardDeviation: Float)
        case uniform(low: Float, high: Float)
        case varianceScaling(scale: Double, mode: FanMode, distribution: Distribution)
        case orthogonal(gain: Float)
        case identity(gain: Float)
    }

    /// The fan by which the variance is divided.
    public enum FanMode: String, Sendable {
        case fanIn = "fan_in"
        case fanOut = "fan_out"
        case fanAverage = "fan_avg"
    }

    public enum Distribution: String, Sendable {
        case truncatedNormal = "truncated_normal"
        case untruncatedNormal = "untruncated_normal"
        case uniform
    }

    let kind: Kind
    let seed: UInt64?

    init(_ kind: Kind, seed: UInt64? = nil) {
        self.kind = kind
        self.seed = seed
    }

    public static let zeros = Initializer(.constant(0))
    public static let ones = Initializer(.constant(1))
    public static func constant(_ value: Float) -> Initializer { Initializer(.constant(value)) }

    public static let randomNormal = randomNormal()
    public static func randomNormal(mean: Float = 0, standardDeviation: Float = 0.05, seed: UInt64? = nil)
        -> Initializer
    {
        Initializer(.normal(mean: mean, standardDeviation: standardDeviation), seed: seed)
    }

    /// Normal, cut at two standard deviations.
    public static let truncatedNormal = truncatedNormal()
    public static func truncatedNormal(mean: Float = 0, standardDeviation: Float = 0.05, seed: UInt64? = nil)
        -> Initializer
    {
        Initializer(.truncatedNormal(mean: mean, standardDeviation: standardDeviation), seed: seed)
    }

    public static let randomUniform = randomUniform()
    public static func randomUniform(low: Float = -0.05, high: Float = 0.05, seed: UInt64? = nil) -> Initializer {
        Initializer(.uniform(low: low, high: high), seed: seed)
    }

    /// Variance `scale / fan`. The truncated normal is widened by 1/0.8796, so that it has this variance after the cut.
    public static func varianceScaling(
        scale: Double = 1, mode: FanMode = .fanIn, distribution: Distribution = .truncatedNormal, seed: UInt64? = nil
    ) -> Initializer {
        Initializer(.varianceScaling(scale: scale, mode: mode, distribution: distribution), seed: seed)
    }

    /// Uniform within ±√(6 / (fan in + fan out)) (Glorot and Bengio, 2010).
    public static let glorotUniform = varianceScaling(mode: .fanAverage, distribution: .uniform)
    public static let glorotNormal = varianceScaling(mode: .fanAverage)
    /// Variance 2 / fan in (He et al., 2015).
    public static let heUniform = varianceScaling(scale: 2, distribution: .uniform)
    public static let heNormal = varianceScaling(scale: 2)
    public static let lecunUniform = varianceScaling(distribution: .uniform)
    public static let lecunNormal = varianceScaling()

    /// Orthonormal rows or columns, whichever are fewer (Saxe et al., 2014).
    public static let orthogonal = orthogonal()
    public static func orthogonal(gain: Float = 1, seed: UInt64? = nil) -> Initializer {
        Initializer(.orthogonal(gain: gain), seed: seed)
    }

    public static let identity = identity()
    public static func identity(gain: Float = 1) -> Initializer { Initializer(.identity(gain: gain)) }

    private static let named: [String: Initializer] = [
        "zeros": .zeros, "zero": .zeros, "ones": .ones, "one": .ones, "constant": .constant(0), "normal": .randomNormal,
        "uniform": .randomUniform, "random_normal": .randomNormal, "truncated_normal": .truncatedNormal,
        "random_uniform": .randomUniform, "glorot_uniform": .glorotUniform, "glorot_normal": .glorotNormal,
        "he_uniform": .heUniform, "he_normal": .heNormal, "lecun_uniform": .lecunUniform, "lecun_normal": .lecunNormal,
        "variance_scaling": .varianceScaling(), "orthogonal": .orthogonal, "identity": .identity,
    ]

    /// The initializer of a Keras name, such as `"he_normal"` or `"HeNormal"`, with default arguments.
    ///
    /// - Throws: `LayerError.unknownName`.
    public static func named(_ name: String) throws(LayerError) -> Initializer {
        guard let initializer = named[name] ?? named[snakeCase(name)] else {
            throw .unknownName(kind: "initializer", known: named.keys.sorted(), received: name)
        }
        return initializer
    }
}
