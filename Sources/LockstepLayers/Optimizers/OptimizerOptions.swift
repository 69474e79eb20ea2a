/// The arguments that all optimizers have: those of `keras.optimizers.Optimizer`.
///
/// An update has three parts. First, the gradients are clipped in at most one of three ways; they are summed over the
/// ranks and include the derivatives of regularizers. Then the weights decay, `w −= learningRate·weightDecay·w`
/// (Loshchilov and Hutter, 2017). Last, the optimizer updates the weights. With `useEma`, it then renews their
/// averages.
public struct OptimizerOptions: Sendable, ArgumentGroup {
    @Configured public package(set) var learningRate: LearningRate
    @Configured public private(set) var weightDecay: Double?
    /// The largest norm of the gradient of each weight.
    @Configured public private(set) var clipnorm: Double?
    /// The largest magnitude of each element of gradients.
    @Configured public private(set) var clipvalue: Double?
    /// The largest norm of the gradients of all weights together.
    @Configured public private(set) var globalClipnorm: Double?
    /// Whether an exponential average is kept of every weight. At the end of `fit` the averages replace the weights.
    @Configured public private(set) var useEma: Bool
    /// The part of an average that stays in each step. The first update sets the averages to the weights.
    @Configured public private(set) var emaMomentum: Double
    /// The number of updates after which the averages replace the weights, again and again; nil: only at the end of
    /// `fit`.
    @Configured public private(set) var emaOverwriteFrequency: Int?
    /// The number of steps whose gradients are averaged for one update; nil updates in every step. The ranks exchange
    /// gradients only once for each update.
    @Configured public private(set) var gradientAccumulationSteps: Int?

    /// Patterns for names of weights that do not decay.
    public package(set) var excludedFromWeightDecay: [String] = []

    public init(
        learningRate: some LearningRateConvertible = 0.001, weightDecay: Double? = nil, clipnorm: Double? = nil,
        clipvalue: Double? = nil,
        globalClipnorm: Double? = nil, useEma: Bool = false, emaMomentum: Double = 0.99,
        emaOverwriteFrequency: Int? = nil, gradientAccumulationSteps: Int? = nil
    ) {
        self.learningRate = learningRate.learningRate
        self.weightDecay = weightDecay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.globalClipnorm = globalClipnorm
        self.useEma = useEma
        self.emaMomentum = emaMomentum
        self.emaOverwriteFrequency = emaOverwriteFrequency
        self.gradientAccumulationSteps = gradientAccumulationSteps
    }
}

extension Optimizer {
    /// The current learning rate.
    public var learningRate: Double {
        get { options.learningRate.current }
        set { options.learningRate.current = newValue }
    }

    /// The schedule that decides the learning rate of each step; nil if the rate is constant.
    public var schedule: (any LearningRateSchedule)? { options.learningRate.schedule }
    /// The number of steps whose gradients are averaged for one update; nil updates in every step.
    public var gradientAccumulationSteps: Int? { options.gradientAccumulationSteps }

    /// The optimizer, with some weights that do not decay: Keras's `exclude_from_weight_decay(var_names=)`.
    ///
    ///     AdamW(learningRate: 0.001).excludingFromWeightDecay(["bias", "gamma|beta"])
    ///
    /// Keras's files do not hold this.
    ///
    /// - Parameter names: regular expressions. A weight does not decay if one of them matches its name, such as
    ///   `"kernel"`, or a part of it. The name of the weight's layer does not count.
    public func excludingFromWeightDecay(_ names: [String]) -> Self {
        var optimizer = self
        optimizer.options.excludedFromWeightDecay = names
        return optimizer
    }

    /// Checks the arguments that all optimizers have.
    func checkCommon() throws(LayerError) {
        let any = 0...Double.greatestFiniteMagnitude
        for (argument, value, range) in schedule?.ranges ?? [] { try check("learningRate.\(argument)", value, range) }
        try check("learningRate", learningRate, any)
        try check("weightDecay", options.weightDecay ?? 0, any)
        try check("gradientAccumulationSteps", Double(gradientAccumulationSteps ?? 2), 2...(.greatestFiniteMagnitude))
        for pattern in options.excludedFromWeightDecay where (try? Regex(pattern)) == nil {
            throw .compiled(
                "optimizer \(Self.className)", name: "excludedFromWeightDecay", requirement: "regular expressions",
                received: pattern)
        }
        if options.useEma {
            try check("emaMomentum", options.emaMomentum, 0...1)
            try check(
                "emaOverwriteFrequency", Double(options.emaOverwriteFrequency ?? 1), 1...(.greatestFiniteMagnitude))
        }
        var given: String?
        for (argument, limit) in [
            ("clipnorm", options.clipnorm), ("clipvalue", options.clipvalue),
            ("globalClipnorm", options.globalClipnorm),
        ] {
            guard let limit else { continue }
            try check(argument, limit, .leastNonzeroMagnitude...(.greatestFiniteMagnitude))
            if let given {
                throw .optimizer(
                    name: name, argument: argument, requirement: "left out where \(given) is given", received: limit)
            }
            given = argument
        }
    }

    /// Replaces older names and values in a file's arguments.
    static func modernizeOptions(_ arguments: inout [String: ConfigurationValue]) {
        if let rate = arguments.removeValue(forKey: "lr"), arguments["learning_rate"] == nil {
            arguments["learning_rate"] = rate
        }
        // Before Keras 2.11 an optimizer could have a decay: in the step after t others, lr / (1 + decay·t).
        if let decay = arguments["decay"]?.number, decay > 0, let rate = arguments["learning_rate"]?.number {
            arguments["decay"] = nil
            let schedule = InverseTimeDecay(rate, decaySteps: 1, decayRate: decay)
            arguments["learning_rate"] = LearningRate(schedule).configurationValue
        }
        // Null means the default. In Keras, a limit of 0 clips nothing.
        for name in ["epsilon", "gradient_accumulation_steps"] where arguments[name] == .null { arguments[name] = nil }
        for name in ["clipnorm", "clipvalue", "global_clipnorm"] where [0, .real(0)].contains(arguments[name]) {
            arguments[name] = .null
        }
    }
}
