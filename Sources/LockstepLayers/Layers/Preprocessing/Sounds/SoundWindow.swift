import LockstepCompute

/// The weights of the samples of a frame: a window function, or the weights themselves.
public enum SoundWindow: Hashable, Sendable, ExpressibleByArrayLiteral {
    case function(FrameWindow)
    case values([Double])

    public static let hann = SoundWindow.function(.hann)

    public init(arrayLiteral values: Double...) { self = .values(values) }

    /// The weights; nil if others are given than a frame has samples.
    ///
    /// - Parameter isPeriodic: whether a window function continues with its own beginning.
    func weights(count: Int, isPeriodic: Bool) -> [Double]? {
        switch self {
        case .function(let window): window.values(count: count, isPeriodic: isPeriodic)
        case .values(let values): values.count == count ? values : nil
        }
    }
}

extension SoundWindow: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        if let name = argument.value.string {
            guard let window = FrameWindow(named: name) else {
                throw argument.mismatch(
                    "one of \(FrameWindow.allCases.map(\.rawValue).joined(separator: ", ")), or a list of numbers")
            }
            self = .function(window)
        } else {
            self = .values(try [Double](argument))
        }
    }

    public var configurationValue: ConfigurationValue {
        switch self {
        case .function(let window): .string(window.rawValue)
        case .values(let values): values.configurationValue
        }
    }
}

extension Initializer.WindowScaling: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let scaling = argument.value.string.flatMap(Self.init(rawValue:)) else {
            throw argument.mismatch("\"density\", \"spectrum\" or null")
        }
        self = scaling
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}
