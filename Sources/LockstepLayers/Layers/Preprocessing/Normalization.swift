import LockstepCompute
import LockstepGraph

/// Brings features to mean 0 and standard deviation 1: `y = (x − μ)/max(√σ², 1e-7)`, with the statistics of data that
/// `adapt` has seen, or with given ones.
///
/// Input and output `[batch, …]`. `axis` are the dimensions that have statistics of their own for each index; those of
/// all others are taken together. With `invert` it computes the opposite, `y = μ + x·max(√σ², 1e-7)`. Default: the last
/// dimension.
///
/// Weights, if no statistics are given: `mean` (zeros), `variance` (ones), both of the shape of the dimensions `axis`,
/// and `count`, a number that nothing uses. Training leaves them as they are.
///
///     let normalization = Normalization()
///     try normalization.adapt(x)
///     model.add(normalization)
public final class Normalization: Layer {
    public let properties: LayerProperties
    /// The dimensions with statistics of their own; the batch is dimension 0.
    @Configured public private(set) var axis: [Int]
    @Configured public private(set) var mean: Numbers?
    @Configured public private(set) var variance: Numbers?
    @Configured public private(set) var invert: Bool
    private var means, variances: Weight?
    /// What `adapt` found before the layer was built.
    private var adapted: (means: Tensor, variances: Tensor)?

    /// - Parameters:
    ///   - axis: the dimensions that have statistics of their own for each index; the batch is dimension 0. Nil: one
    ///     mean and one variance for all elements.
    ///   - mean: μ, of the shape of the dimensions `axis`, or broadcast to it. Nil: `adapt` finds the statistics.
    ///   - variance: σ², of the shape of `mean`.
    public init(
        axis: Axes? = -1, mean: Numbers? = nil, variance: Numbers? = nil, invert: Bool = false, name: String = ""
    ) {
        self.axis = axis?.values ?? []
        self.mean = mean
        self.variance = variance
        self.invert = invert
        properties = LayerProperties(name: name)
    }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        if arguments["axis"] == .null { arguments["axis"] = [] }
        if case .integer(let axis) = arguments["axis"] { arguments["axis"] = [.integer(axis)] }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs)
        let shape = Shape(try kept(of: input).map { input[$0] })
        guard (mean == nil) == (variance == nil) else {
            let (given, missing) = mean == nil ? ("variance", "mean") : ("mean", "variance")
            throw .argument(layer: name, name: missing, requirement: "given with \(given)", received: "none")
        }
        if let mean, let variance {
            guard mean.broadcast(to: shape) != nil else {
                throw .argument(
                    layer: name, name: "mean", requirement: "of the shape \(shape), or broadcast to it",
                    received: "\(mean.configurationValue)")
            }
            guard variance.shape == mean.shape else {
                throw .argument(
                    layer: name, name: "variance", requirement: "of the shape \(mean.shape) of mean",
                    received: "\(variance.configurationValue)")
            }
            return
        }
        if let adapted, adapted.means.shape != shape {
            throw .input(
                layer: name, requirement: "have the features \(adapted.means.shape) of the data of adapt",
                received: input)
        }
        let adapted = adapted
        means = try weights.add("mean", shape, .zeros, role: .constant, in: nil) { values in
            if let adapted { values.assign(adapted.means) }
        }
        variances = try weights.add("variance", shape, .ones, role: .constant, in: nil) { values in
            if let adapted { values.assign(adapted.variances) }
        }
        _ = try weights.add("count", [], .zeros, role: .constant, isInteger: true, in: nil)
    }

    /// The dimensions of a row that have statistics of their own, in ascending order.
    private func kept(of row: Shape) throws(LayerError) -> [Int] {
        guard let counted = Axes(axis).counted(rank: row.rank + 1), !counted.contains(0), counted.count == axis.count
        else {
            throw .argument(
                layer: name, name: "axis", requirement: "dimensions behind the batch of a row \(row), each once",
                received: "\(axis)")
        }
        return counted.sorted().map { $0 - 1 }
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let x = cast(inputs[0], to: .float32)
        let row = try single(inputs.map(\.spec))
        let kept = try kept(of: row)
        let shape = Shape(row.dimensions.indices.map { kept.contains($0) ? row[$0] : 1 })
        if let mean, let variance {
            let statistics = Shape(kept.map { row[$0] })
            func constant(_ numbers: Numbers, _ function: (Float) -> Float) -> Tensor {
                Tensor((numbers.broadcast(to: statistics) ?? []).map(function)).part(at: 0, shape: shape)
            }
            let deviation = constant(variance) { max($0.squareRoot(), 1e-7) }
            let mean = constant(mean) { $0 }
            return [invert ? x * deviation + mean : (x - mean) / deviation]
        }
        // Operations need an input with the batch in front.
        let one = x.one
        let mean = reshape(one * means!, shape)
        let deviation = maximum(sqrt(reshape(one * variances!, shape)), 1e-7)
        return [invert ? x * deviation + mean : (x - mean) / deviation]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}

/// What `adapt` does on one rank.
extension Normalization {
    /// The means and the biased variances of data `[samples, …]`, of the dimensions `axis`. The sums are of double
    /// precision.
    package func statistics(of data: Tensor) throws(LayerError) -> (means: [Double], variances: [Double]) {
        let row = data.shape.row
        let kept = try kept(of: row)
        // For each element of a row, the place of its statistics.
        let places = (0..<row.count).map { element in
            var (rest, place, stride) = (element, 0, 1)
            for axis in row.dimensions.indices.reversed() {
                if kept.contains(axis) {
                    place += rest % row[axis] * stride
                    stride *= row[axis]
                }
                rest /= row[axis]
            }
            return place
        }
        let features = kept.reduce(1) { $0 * row[$1] }
        let count = Double(data.count / features)
        func average(_ value: (_ element: Double, _ place: Int) -> Double) -> [Double] {
            var sums = [Double](repeating: 0, count: features)
            for sample in 0..<data.rowCount {
                for (element, place) in places.enumerated() {
                    sums[place] += value(data.number(at: sample * places.count + element), place)
                }
            }
            return sums.map { $0 / count }
        }
        let means = average { element, _ in element }
        let variances = average { element, place in (element - means[place]) * (element - means[place]) }
        return (means, variances)
    }

    /// Normalizes by these statistics from now on.
    ///
    /// - Parameter row: the shape of a row of the data that they are of.
    /// - Throws: `LayerError.input` if the layer has been built for other features.
    package func take(means: [Double], variances: [Double], row: Shape) throws(LayerError) {
        let shape = Shape(try kept(of: row).map { row[$0] })
        func tensor(_ values: [Double]) -> Tensor { Tensor(values.map { Float($0) }).part(at: 0, shape: shape) }
        adapted = (tensor(means), tensor(variances))
        guard let store = properties.store, let weights = self.means, let others = self.variances else { return }
        guard weights.shape == shape else {
            throw .input(layer: name, requirement: "have the features \(weights.shape)", received: row)
        }
        let arena = store.arena()
        // Not in memory that other ranks see.
        arena.moveToOwn()
        weights.value.assign(adapted!.means)
        others.value.assign(adapted!.variances)
        store.hasOwnWeights = true
    }
}
