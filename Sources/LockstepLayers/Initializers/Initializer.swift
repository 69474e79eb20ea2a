import LockstepCompute

/// The rule for a weight's initial values: Keras's initializers, with its formulas and defaults (`keras.initializers`).
///
/// Fan in and fan out of a vector of n elements are both n. Those of a matrix are its rows and its columns. Those of a
/// convolution kernel are its last two dimensions, each times the receptive field. `axes` names other dimensions. An
/// initializer without a seed uses the model's seed. An initializer with a seed gives the same values each time.
public struct Initializer: Sendable, Equatable {
    enum Kind: Equatable {
        case zeros
        case ones
        case constant(Float)
        case normal(mean: Float, standardDeviation: Float)
        case truncatedNormal(mean: Float, standardDeviation: Float)
        case uniform(low: Float, high: Float)
        case varianceScaling(scale: Double, mode: FanMode, distribution: Distribution, axes: FanAxes?)
        case orthogonal(gain: Float)
        case identity(gain: Float)
        case stft(ShortTimeFourier)
    }

    /// The fan by which the variance is divided.
    public enum FanMode: String, Sendable {
        case fanIn = "fan_in"
        case fanOut = "fan_out"
        case fanAverage = "fan_avg"
    }

    /// The dimensions whose sizes are multiplied for fan in and for fan out; negative ones count from the last.
    public struct FanAxes: Sendable, Equatable {
        public let input, output: [Int]

        public init(input: [Int], output: [Int]) { (self.input, self.output) = (input, output) }

        /// The dimensions counted from 0; nil if one is not among those of such a rank.
        func counted(rank: Int) -> FanAxes? {
            func counted(_ axes: [Int]) -> [Int] { axes.map { $0 < 0 ? $0 + rank : $0 } }
            let all = 0..<rank
            let axes = FanAxes(input: counted(input), output: counted(output))
            return (axes.input + axes.output).allSatisfy(all.contains) ? axes : nil
        }
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

    public static let zeros = Initializer(.zeros)
    public static let ones = Initializer(.ones)
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
        scale: Double = 1, mode: FanMode = .fanIn, distribution: Distribution = .truncatedNormal,
        axes: FanAxes? = nil, seed: UInt64? = nil
    ) -> Initializer {
        Initializer(.varianceScaling(scale: scale, mode: mode, distribution: distribution, axes: axes), seed: seed)
    }

    /// The initializer with the dimensions for fan in and fan out, where it depends on them and names none.
    func with(axes: FanAxes) -> Initializer {
        guard case .varianceScaling(let scale, let mode, let distribution, nil) = kind else { return self }
        return Initializer(
            .varianceScaling(scale: scale, mode: mode, distribution: distribution, axes: axes), seed: seed)
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

    /// The initializers of Keras's classes with default arguments, by class name.
    static let classes: [String: Initializer] = [
        "Zeros": .zeros, "Ones": .ones, "Constant": .constant(0), "RandomNormal": .randomNormal,
        "RandomUniform": .randomUniform, "TruncatedNormal": .truncatedNormal, "VarianceScaling": .varianceScaling(),
        "GlorotUniform": .glorotUniform, "GlorotNormal": .glorotNormal, "HeUniform": .heUniform,
        "HeNormal": .heNormal, "LecunUniform": .lecunUniform, "LecunNormal": .lecunNormal, "Orthogonal": .orthogonal,
        "Identity": .identity, "STFT": .stft(),
    ]

    /// Names that are neither the class's nor follow from it.
    private static let others = [
        "zero": "Zeros", "one": "Ones", "normal": "RandomNormal", "uniform": "RandomUniform",
        "IdentityInitializer": "Identity", "OrthogonalInitializer": "Orthogonal", "STFTInitializer": "STFT",
    ]

    private static let snakeNames = Dictionary(uniqueKeysWithValues: classes.keys.map { (snakeCase($0), $0) })

    /// The class of one of its names in Keras: `"HeNormal"`, `"he_normal"`.
    static func className(named name: String) -> String? {
        classes[name] == nil ? snakeNames[name] ?? others[name] : name
    }

    /// The initializer of a Keras name, such as `"he_normal"` or `"HeNormal"`, with default arguments.
    ///
    /// - Throws: `LayerError.unknownName`.
    public static func named(_ name: String) throws(LayerError) -> Initializer {
        guard let initializer = className(named: name).flatMap({ classes[$0] }) else {
            throw .unknownName(kind: "initializer", known: snakeNames.keys.sorted(), received: name)
        }
        return initializer
    }
}
