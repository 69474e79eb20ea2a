import LockstepCompute
import LockstepGraph

/// Replaces numbers by the number of the bin that they lie in: with the boundaries `b₀ < b₁ < … < bₙ₋₁`, bin i holds x
/// with `bᵢ₋₁ ≤ x < bᵢ`, so that there are n + 1 bins.
///
/// Input `[batch, …]`; outputs as `CategoryOutput` says. Boundaries are given, or found by `adapt`, so that about
/// equally many numbers of some data lie in each of `numBins` bins.
///
///     let bins = Discretization(numBins: 4)
///     try bins.adapt(prices)
///     model.add(bins)
public final class Discretization: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var numBins: Int?
    /// How far the shares of the data in the bins may be from equal ones. Small numbers take more memory in `adapt`.
    @Configured public private(set) var epsilon: Double
    @Configured public private(set) var outputMode: CategoryOutput
    /// Shared with the operations, so that a later `adapt` reaches them.
    private let boundaries = Boundaries()
    /// The number of bins that the layer was built for.
    private var builtBins: Int?

    /// - Parameter binBoundaries: in ascending order.
    public init(binBoundaries: [Double], outputMode: CategoryOutput = .int, name: String = "") {
        numBins = nil
        epsilon = 0.01
        self.outputMode = outputMode
        properties = LayerProperties(name: name)
        boundaries.values = binBoundaries
    }

    /// With boundaries that `adapt` finds.
    public init(numBins: Int, epsilon: Double = 0.01, outputMode: CategoryOutput = .int, name: String = "") {
        self.numBins = numBins
        self.epsilon = epsilon
        self.outputMode = outputMode
        properties = LayerProperties(name: name)
    }

    /// The boundaries between the bins; nil before `adapt`.
    public var binBoundaries: [Double]? { boundaries.values }

    public static var fixedArguments: [String: ConfigurationValue] { ["sparse": false] }
    public static var commonArguments: Set<String> { ["dtype"] }

    public var configuration: [String: any ConfigurationConvertible] {
        var values = declaredConfiguration
        values["bin_boundaries"] = binBoundaries
        return values
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(binBoundaries: [])
        boundaries.values = try arguments.optional("bin_boundaries")
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs)
        try check(outputMode, of: input, among: [.int, .oneHot, .multiHot, .count])
        if let numBins, numBins < 1 {
            throw .argument(layer: name, name: "numBins", requirement: "positive", received: "\(numBins)")
        }
        guard let values = boundaries.values else {
            throw .argument(
                layer: name, name: "binBoundaries", requirement: "given, or found by adapt before the model is built",
                received: "none")
        }
        guard zip(values, values.dropFirst()).allSatisfy(<=), values.allSatisfy(\.isFinite) else {
            throw .argument(
                layer: name, name: "binBoundaries", requirement: "finite and in ascending order",
                received: "\(values)")
        }
        builtBins = values.count + 1
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        let boundaries = boundaries
        let operation = NumberingOperation(requirement: "numbers") { boundaries.bin(of: Float($0(0))) }
        return [encoded(inputs[0].applying(operation)[0], as: outputMode, depth: builtBins ?? 1)]
    }

    /// The boundaries that Keras's `adapt` finds in data.
    package func boundaries(of data: Tensor) throws(LayerError) -> [Double] {
        guard let numBins, numBins > 0 else {
            throw .argument(
                layer: name, name: "numBins", requirement: "a positive number for adapt",
                received: numBins?.description ?? "none")
        }
        guard epsilon > 0, epsilon < 1 else {
            throw .argument(
                layer: name, name: "epsilon", requirement: "between 0 and 1", received: "\(epsilon)")
        }
        return QuantileSummary(of: data.elements, epsilon: epsilon).boundaries(bins: numBins)
    }

    /// Uses these boundaries from now on.
    ///
    /// - Throws: `LayerError.argument` if the layer has been built for another number of bins that its output shows.
    package func take(boundaries values: [Double]) throws(LayerError) {
        if let builtBins, builtBins != values.count + 1, outputMode != .int {
            throw .argument(
                layer: name, name: "binBoundaries", requirement: "\(builtBins - 1) numbers, as the model has them",
                received: "\(values.count)")
        }
        boundaries.values = values
    }

    /// The boundaries between bins.
    private final class Boundaries: @unchecked Sendable {
        var values: [Double]? {
            didSet { floats = (values ?? []).map { Float($0) } }
        }
        private var floats: [Float] = []

        /// How many boundaries are not above a number. NaN is above all.
        func bin(of number: Float) -> Int32 {
            var (low, high) = (0, floats.count)
            while low < high {
                let middle = (low + high) / 2
                if floats[middle] > number { high = middle } else { low = middle + 1 }
            }
            return Int32(low)
        }
    }
}
