import LockstepCompute
import LockstepGraph

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Moves matrices by their momentum brought near to an orthogonal matrix, and other weights as `Adam` (Jordan et al.,
/// 2024): `m = μ·m + g`, `x = NewtonSchulz(nesterov ? g + μ·m : m)`, `w −= lr·√max(rows, columns)·rmsRate·x`. Without an
/// `rmsRate`, `w −= lr·x`.
///
/// Adam also moves embeddings, unless `excludeEmbeddings` is false, and the weights whose path matches one of
/// `excludeLayers`. Usually the output layer is one of these:
///
///     Muon(excludeLayers: ["^output/"])
public struct Muon: Optimizer {
    public let name = "muon"
    public var options: OptimizerOptions
    @Configured("adam_beta_1") public private(set) var adamBeta1: Double
    @Configured("adam_beta_2") public private(set) var adamBeta2: Double
    /// The decay of the weights that Adam moves.
    @Configured public private(set) var adamWeightDecay: Double?
    @Configured public private(set) var epsilon: Double
    /// Regular expressions for the paths of weights, such as `"dense_1/kernel"`. The names of models do not count.
    @Configured public private(set) var excludeLayers: [String]
    @Configured public private(set) var excludeEmbeddings: Bool
    /// The factors of the polynomial of Newton and Schulz.
    @Configured public private(set) var muonA: Double
    @Configured public private(set) var muonB: Double
    @Configured public private(set) var muonC: Double
    /// The factor of the learning rate for the weights that Adam moves.
    @Configured public private(set) var adamLrRatio: Double
    @Configured public private(set) var momentum: Double
    /// The number of steps of Newton and Schulz.
    @Configured public private(set) var nsSteps: Int
    @Configured public private(set) var nesterov: Bool
    @Configured public private(set) var rmsRate: Double?

    public init(
        learningRate: some LearningRateConvertible = 0.001, adamBeta1: Double = 0.9, adamBeta2: Double = 0.999,
        adamWeightDecay: Double? = 0.004, epsilon: Double = 1e-7, weightDecay: Double? = 0.004,
        clipnorm: Double? = nil, clipvalue: Double? = nil, globalClipnorm: Double? = nil, useEma: Bool = false,
        emaMomentum: Double = 0.99, emaOverwriteFrequency: Int? = nil, gradientAccumulationSteps: Int? = nil,
        excludeLayers: [String] = [], excludeEmbeddings: Bool = true, muonA: Double = 3.4445,
        muonB: Double = -4.7750, muonC: Double = 2.0315, adamLrRatio: Double = 1, momentum: Double = 0.95,
        nsSteps: Int = 5,
        nesterov: Bool = true, rmsRate: Double? = 0.2
    ) {
        options = OptimizerOptions(
            learningRate: learningRate, weightDecay: weightDecay, clipnorm: clipnorm, clipvalue: clipvalue,
            globalClipnorm: globalClipnorm, useEma: useEma, emaMomentum: emaMomentum,
            emaOverwriteFrequency: emaOverwriteFrequency, gradientAccumulationSteps: gradientAccumulationSteps)
        self.epsilon = epsilon
        self.excludeLayers = excludeLayers
        self.excludeEmbeddings = excludeEmbeddings
        self.momentum = momentum
        self.nesterov = nesterov
        self.rmsRate = rmsRate
        self.adamWeightDecay = adamWeightDecay
        self.muonA = muonA
        self.muonB = muonB
        self.muonC = muonC
        self.adamLrRatio = adamLrRatio
        self.nsSteps = nsSteps
        self.adamBeta1 = adamBeta1
        self.adamBeta2 = adamBeta2
    }

    public var scope: UpdateScope { .weights }
    public var slotNames: [[String]] { [["momentum", "velocity"]] }

    /// Only Adam has a velocity.
    public func shape(ofSlot slot: Int, of weight: Weight) -> Shape? {
        slot != 1 || isForAdam(weight) ? weight.shape : nil
    }

    public func weightDecay(of weight: Weight) -> Double {
        (isForAdam(weight) ? adamWeightDecay : options.weightDecay) ?? 0
    }

    /// Whether Adam moves a weight.
    private func isForAdam(_ weight: Weight) -> Bool {
        weight.shape.rank != 2 || excludeEmbeddings && weight.path.lowercased().contains("embedding")
            || excludeLayers.contains { (try? Regex($0)).map(weight.path.contains) ?? false }
    }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        modernizeOptions(&arguments)
        if arguments["exclude_layers"] == .null { arguments["exclude_layers"] = [] }
    }

    public func validate() throws(LayerError) {
        try checkCommon()
        let any = 0...Double.greatestFiniteMagnitude
        try check("adamBeta1", adamBeta1, 0...1.0.nextDown)
        try check("adamBeta2", adamBeta2, 0...1.0.nextDown)
        try check("adamWeightDecay", adamWeightDecay ?? 0, any)
        try check("epsilon", epsilon, any)
        try check("adamLrRatio", adamLrRatio, any)
        try check("momentum", momentum, 0...1)
        try check("nsSteps", Double(nsSteps), any)
        try check("rmsRate", rmsRate ?? 0, any)
        for (argument, factor) in [("muonA", muonA), ("muonB", muonB), ("muonC", muonC)] {
            try check(argument, factor, -Double.greatestFiniteMagnitude...(.greatestFiniteMagnitude))
        }
        for pattern in excludeLayers where (try? Regex(pattern)) == nil {
            throw .compiled(
                "optimizer \(Self.className)", name: "excludeLayers", requirement: "regular expressions",
                received: pattern)
        }
    }

    public func workspace(for weight: Weight) -> Int {
        isForAdam(weight) ? 0 : NewtonSchulz.workspace(rows: weight.shape[0], columns: weight.shape[1])
    }

    public func weightUpdate(of weight: WholeWeight) -> any WeightUpdate {
        isForAdam(weight.weight)
            ? AdamUpdate(optimizer: self, weight: weight) : OrthogonalUpdate(optimizer: self, weight)
    }

    private struct AdamUpdate: WeightUpdate {
        let optimizer: Muon
        let weight: WholeWeight

        func apply(learningRate: Double, iteration: Int, on crew: Crew) {
            let (t, beta1, beta2) = (Double(iteration), optimizer.adamBeta1, optimizer.adamBeta2)
            let rate = learningRate * optimizer.adamLrRatio
            OptimizerStep.adam(mean: weight.slots[0], square: weight.slots[1], largestSquare: nil).apply(
                rates: OptimizerRates(
                    learningRate: rate * (1 - pow(beta2, t)).squareRoot() / (1 - pow(beta1, t)), decay1: beta1,
                    decay2: beta2, epsilon: optimizer.epsilon),
                scale: 1, gradient: weight.gradient, values: weight.values, on: crew)
        }
    }

    private struct OrthogonalUpdate: WeightUpdate {
        let optimizer: Muon
        let weight: WholeWeight
        let orthogonal: NewtonSchulz
        /// The factor of the learning rate.
        let size: Double

        init(optimizer: Muon, _ weight: WholeWeight) {
            let (rows, columns) = (weight.values.shape[0], weight.values.shape[1])
            self.optimizer = optimizer
            self.weight = weight
            orthogonal = NewtonSchulz(
                a: optimizer.muonA, b: optimizer.muonB, c: optimizer.muonC, steps: optimizer.nsSteps, rows: rows,
                columns: columns, in: weight.workspace)
            size = optimizer.rmsRate.map { Double(max(rows, columns)).squareRoot() * $0 } ?? 1
        }

        func apply(learningRate: Double, iteration: Int, on crew: Crew) {
            // With a rate of −1, the step of SGD adds the momentum to zeros.
            orthogonal.matrix.fill(0)
            OptimizerStep.sgd(velocity: weight.slots[0], nesterov: optimizer.nesterov).apply(
                rates: OptimizerRates(learningRate: -1, momentum: optimizer.momentum), scale: 1,
                gradient: weight.gradient, values: orthogonal.matrix, on: crew)
            orthogonal.apply(on: crew)
            OptimizerStep.sgd(velocity: nil, nesterov: false).apply(
                rates: OptimizerRates(learningRate: learningRate * size), scale: 1, gradient: orthogonal.matrix,
                values: weight.values, on: crew)
        }
    }
}

extension Optimizer where Self == Muon {
    public static var muon: Self { Muon() }
}
