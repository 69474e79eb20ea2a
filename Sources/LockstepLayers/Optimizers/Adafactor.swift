import LockstepCompute
import LockstepGraph

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Divides gradients by averages of their squares that it keeps for rows and columns (Shazeer and Stern, 2018). With
/// `β = 1 − t^beta2Decay` and averages over columns and rows of the last two dimensions: `r = β·r + (1 − β)(mean(g²) +
/// ε₁)`, `c` alike, `v = r·cᵀ / mean(r)`, `u = g/√v`, `w −= α·u / max(1, rms(u)/clipThreshold)` with `α = max(ε₂,
/// rms(w))·min(lr, 1/√t)`. Weights of fewer than two dimensions have an average for each element.
///
/// Where r·c is too small for a float, Keras divides by 0. Here it is the product of the roots, which is not.
public struct Adafactor: Optimizer {
    public let name = "adafactor"
    public var options: OptimizerOptions
    @Configured("beta_2_decay") public private(set) var beta2Decay: Double
    @Configured("epsilon_1") public private(set) var epsilon1: Double
    @Configured("epsilon_2") public private(set) var epsilon2: Double
    @Configured public private(set) var clipThreshold: Double
    /// Whether a constant learning rate is at most 1/√t. In Keras the step is bounded so in any case.
    @Configured public private(set) var relativeStep: Bool

    public init(
        learningRate: some LearningRateConvertible = 0.001, beta2Decay: Double = -0.8, epsilon1: Double = 1e-30,
        epsilon2: Double = 1e-3, clipThreshold: Double = 1, relativeStep: Bool = true, weightDecay: Double? = nil,
        clipnorm: Double? = nil, clipvalue: Double? = nil, globalClipnorm: Double? = nil, useEma: Bool = false,
        emaMomentum: Double = 0.99, emaOverwriteFrequency: Int? = nil,
        gradientAccumulationSteps: Int? = nil
    ) {
        options = OptimizerOptions(
            learningRate: learningRate, weightDecay: weightDecay, clipnorm: clipnorm, clipvalue: clipvalue,
            globalClipnorm: globalClipnorm, useEma: useEma, emaMomentum: emaMomentum,
            emaOverwriteFrequency: emaOverwriteFrequency, gradientAccumulationSteps: gradientAccumulationSteps)
        self.clipThreshold = clipThreshold
        self.relativeStep = relativeStep
        self.beta2Decay = beta2Decay
        self.epsilon1 = epsilon1
        self.epsilon2 = epsilon2
    }

    public var scope: UpdateScope { .weights }
    public var slotNames: [[String]] { [["row", "column", "velocity"]] }

    /// Keras has a number in place of the averages over rows and columns that it does not keep.
    public func shape(ofSlot slot: Int, of weight: Weight) -> Shape? {
        let dimensions = weight.shape.dimensions
        guard slot < 2 else { return weight.shape }
        guard dimensions.count > 1 else { return [] }
        return Shape(Array(slot == 0 ? dimensions.dropLast() : dimensions.dropLast(2) + dimensions.suffix(1)))
    }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) {
        try checkCommon()
        try check("beta2Decay", beta2Decay, -Double.greatestFiniteMagnitude...0)
        try check("epsilon1", epsilon1, 0...(.greatestFiniteMagnitude))
        try check("epsilon2", epsilon2, 0...(.greatestFiniteMagnitude))
        try check("clipThreshold", clipThreshold, .leastNonzeroMagnitude...(.greatestFiniteMagnitude))
    }

    public func workspace(for weight: Weight) -> Int { SumOfSquares.workspace(weight.shape.count) }

    public func weightUpdate(of weight: WholeWeight) -> any WeightUpdate { Update(optimizer: self, weight) }

    private struct Update: WeightUpdate {
        let optimizer: Adafactor
        let weight: WholeWeight
        let direction: AdafactorDirection
        let squares: SumOfSquares

        init(optimizer: Adafactor, _ weight: WholeWeight) {
            self.optimizer = optimizer
            self.weight = weight
            direction = AdafactorDirection(
                weight.gradient, rows: weight.slots[0], columns: weight.slots[1], square: weight.slots[2])
            squares = SumOfSquares(of: weight.values.count, in: weight.workspace)
        }

        func apply(learningRate: Double, iteration: Int, on crew: Crew) {
            let t = Double(iteration)
            let step =
                max(optimizer.epsilon2, rootMeanSquare(weight.values, on: crew)) * min(learningRate, 1 / t.squareRoot())
            direction.apply(decay: 1 - pow(t, optimizer.beta2Decay), epsilon: optimizer.epsilon1, on: crew)
            let length = rootMeanSquare(weight.gradient, on: crew) / optimizer.clipThreshold
            OptimizerStep.sgd(velocity: nil, nesterov: false).apply(
                rates: OptimizerRates(learningRate: step), scale: Float(1 / max(1, length)), gradient: weight.gradient,
                values: weight.values, on: crew)
        }

        private func rootMeanSquare(_ x: Tensor, on crew: Crew) -> Double {
            (squares(x, on: crew) / Double(x.count)).squareRoot()
        }
    }
}

extension Optimizer where Self == Adafactor {
    public static var adafactor: Self { Adafactor() }
}
