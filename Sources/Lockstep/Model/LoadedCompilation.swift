import LockstepCluster
import LockstepCompute
import LockstepFormats
import LockstepLayers

/// The parts of a file's compilation that are left out when the model is loaded, and the differences.
struct LeftOut {
    /// The parts that must be supported.
    let needed: Set<CompilationPart>
    /// The parts that need not be supported. A warning says what is left out of them.
    let reported: Set<CompilationPart>
    /// The warnings, one for each part that is left out.
    private(set) var lines: [String] = []

    init(needed: Set<CompilationPart>, reported: Set<CompilationPart>) {
        self.needed = needed
        self.reported = reported
    }

    /// - Parameter consequence: the end of the warning.
    /// - Throws: the error if the part is needed.
    mutating func add(_ part: CompilationPart, _ error: FormatError, _ consequence: String = "") throws(FormatError) {
        guard !needed.contains(part) else { throw error }
        guard reported.contains(part) else { return }
        // Without the advice for programs.
        let text = if case .training(let file, _, let error) = error { "\(file): \(error)" } else { "\(error)" }
        lines.append("\(text); it is left out\(consequence)")
    }

    mutating func note(_ text: String, of file: String) { lines.append("\(file): \(text)") }
}

extension Model {
    /// Compiles the model as a file says, as far as the file's compilation is supported.
    ///
    /// - Parameter layers: in the file's order.
    /// - Throws: `FormatError.training` for what is needed and not supported.
    func compile(as file: ModelFile, _ layers: [LayerWeights], _ exchange: ExchangeOptions, _ left: inout LeftOut)
        throws
    {
        guard !left.needed.union(left.reported).isEmpty else { return }
        var found: TrainingConfiguration?
        let outputNames = try outputNames
        do throws(FormatError) { found = try file.training(outputs: outputNames) } catch {
            guard left.needed.isEmpty else { throw error }
            try left.add(.loss, error)
        }
        guard let training = found else { return }
        let isReplaced = training.optimizer == nil
        for (part, error) in training.unsupported {
            let consequence = part == .optimizer && isReplaced ? ", and rmsprop takes its place" : ""
            try left.add(part, .training(file: file.file, part, error), consequence)
        }
        if let difference = training.difference, left.needed.contains(.optimizer) {
            left.note(difference, of: file.file)
        }
        guard training.hasLoss || !isReplaced || !training.metrics.isEmpty else { return }
        var optimizer: any Optimizer = training.optimizer ?? RMSprop()
        var variables: OptimizerVariables?
        do {
            variables = try file.optimizerVariables(of: training, layers)
            // Changed since it was compiled. The configuration's has more digits.
            if let rate = variables?.learningRate, rate != Float(optimizer.learningRate) {
                var changed = optimizer
                changed.learningRate = Double("\(rate)") ?? 0
                do throws(LayerError) { try changed.validate() } catch {
                    throw FormatError.training(file: file.file, .optimizer, error)
                }
                optimizer = changed
            }
        } catch let error as FormatError {
            try left.add(.optimizer, error)
        }
        if training.hasLoss {
            let scoredOutputs = training.outputs.enumerated().compactMap { index, output in
                output.loss.map {
                    ScoredOutput(
                        output: index, name: output.output, loss: $0, weight: output.weight, metrics: output.metrics,
                        weightedMetrics: output.weightedMetrics)
                }
            }
            try compile(optimizer: optimizer, scoredOutputs: scoredOutputs, exchange: exchange)
        } else {
            compilationWithoutLoss = TrainingConfiguration(optimizer: optimizer, outputs: training.outputs)
        }
        if let variables { try remember(variables, layers, accumulation: optimizer.gradientAccumulationSteps ?? 1) }
    }

    /// Gives the model the optimizer's state from the file.
    private func remember(_ variables: OptimizerVariables, _ layers: [LayerWeights], accumulation: Int)
        throws(LayerError)
    {
        guard let slots = variables.slots else { return }
        let arena = try build().arena
        func whole(_ values: [Tensor?]) -> Tensor {
            let whole = Tensor.zeros([arena.values.count])
            for (parameter, value) in zip(layers.flatMap(\.trainable), values) {
                guard let value else { continue }
                whole.part(at: arena.offset(of: parameter), shape: value.shape).assign(value)
            }
            return whole
        }
        setTrainingMemory(
            TrainingMemory(
                slots: slots.map(whole),
                accumulated: variables.steps % accumulation == 0 ? nil : variables.accumulated.map(whole),
                iterations: [variables.steps / accumulation], steps: variables.steps))
    }
}
