import LockstepCompute
import LockstepGraph
import LockstepLayers

/// Adds the losses and metrics of a model's outputs to its operations, and knows the order of a step's sums.
///
/// The order is: the loss; the sums of each metric; if several outputs have a loss, each of them.
struct Scoring {
    private let graph: Graph
    private let shapes: SampleShapes
    private let scoredOutputs: [ScoredOutput]
    private let objectives: [ObjectivePlaces]
    /// The tensors of the compilation are the graph's outputs from this one on.
    private let own: Int
    private let metrics: [ScoredMetric]
    /// The functions of the metrics for the shapes of outputs and targets.
    private let functions: [any MetricFunction]
    /// For each output, the number of losses of each sample.
    let rows: [Int]
    /// Whether there is anything to minimize.
    private let isScored: Bool

    /// - Parameter functions: of the `scoredMetrics`.
    init(graph: Graph, shapes: SampleShapes, compilation: Compilation?, functions: [any MetricFunction]) {
        self.graph = graph
        self.shapes = shapes
        // Data for prediction has no targets.
        scoredOutputs = shapes.targets.isEmpty ? [] : compilation?.scoredOutputs ?? []
        objectives = compilation?.places ?? []
        isScored = !scoredOutputs.isEmpty || compilation?.targetNames.isEmpty ?? false
        own = graph.outputs.count - (compilation?.tensors.count ?? 0)
        self.functions = functions
        metrics = self.scoredOutputs.scoredMetrics
        rows = self.scoredOutputs.map { scoredOutput in
            scoredOutput.loss.positions(outputs: graph.scoredShape(ofOutput: scoredOutput.output)).count
        }
    }

    /// How the reported numbers follow from the sums of a step.
    static func means(of compilation: Compilation?, _ graph: Graph) -> ReportedMeans {
        guard let compilation else { return ReportedMeans(entries: [], sums: 0) }
        guard compilation.objectives.isEmpty else { return means(of: compilation.places) }
        let scoredOutputs = compilation.scoredOutputs
        var (entries, count) = ([ReportedMeans.Entry.mean(0)], 1)
        for metric in scoredOutputs.scoredMetrics {
            let sums = metric.sumCount(graph)
            entries.append(.metric(metric.metric.function, sums: count..<count + sums))
            count += sums
        }
        for _ in scoredOutputs.count > 1 ? scoredOutputs[...] : [] {
            entries.append(.mean(count))
            count += 1
        }
        return ReportedMeans(entries: entries, sums: count)
    }

    private static func means(of objectives: [ObjectivePlaces]) -> ReportedMeans {
        let losses = objectives.map { (sum: $0.sum, samples: $0.samples) }
        let metrics = objectives.flatMap { objective in
            (0..<objective.metrics.count).map { (sum: objective.sum(ofMetric: $0), samples: objective.samples) }
        }
        let last = objectives[objectives.count - 1]
        return ReportedMeans(
            entries: [.ratios(losses)] + (losses + metrics).map { .ratios([$0]) },
            sums: last.sum(ofMetric: last.metrics.count))
    }

    /// The positions of a sample that each sum is over.
    var sumPositions: [Double] {
        if let last = objectives.last { return Array(repeating: 1, count: last.sum(ofMetric: last.metrics.count)) }
        let rows = rows.map(Double.init)
        let metrics = zip(metrics, functions).flatMap { metric, function -> [Double] in
            // A kernel adds up the rows of an output; other metrics give a number for each sample.
            metric.kernel(function, graph) != nil && !metric.isMasked(graph)
                ? [Double(graph.rows(ofOutput: metric.scoredOutput.output))]
                : Array(repeating: 1, count: metric.sumCount(graph))
        }
        return [rows.first ?? 1] + metrics + (scoredOutputs.count > 1 ? rows : [])
    }

    /// A graph with the losses and metrics behind it.
    ///
    /// - Parameters:
    ///   - turn: the turn of a training step; nil for all.
    ///   - hasClassWeights: whether one more input holds the class weight of each row of the only loss.
    func scored(_ operations: OperationGraph, turn: Int?, hasClassWeights: Bool) -> OperationGraph {
        guard isScored else { return operations }
        guard objectives.isEmpty else {
            return operations.scored { scorer in
                for number in turn.map({ $0...$0 }) ?? 0...objectives.count - 1 {
                    addObjective(objectives[number], of: operations, scorer)
                }
            }
        }
        return operations.scored { scorer in
            let targets = shapes.targets.map { scorer.trace.input(TensorSpec($0)) }
            var weights = shapes.weights.map { scorer.trace.input(TensorSpec($0)) }
            if hasClassWeights { weights = [scorer.trace.input(TensorSpec([rows[0]]))] }
            func given(_ number: Int) -> SymbolicTensor? {
                weights.isEmpty ? nil : weights[min(number, weights.count - 1)]
            }
            // Activations are split off before anything reads the outputs.
            let logits = scoredOutputs.map { scoredOutput -> SymbolicTensor? in
                let activation = scorer.trace.graph.activation(ofOutput: scoredOutput.output)
                return scoredOutput.fusedLoss.flatMap {
                    $0.takesLogits(of: activation) ? scorer.logits(scoredOutput.output) : nil
                }
            }
            let outputs = scoredOutputs.map { scoredOutput in
                let (output, shape) = (
                    scorer.output(scoredOutput.output), graph.scoredShape(ofOutput: scoredOutput.output)
                )
                return output.spec.shape == shape ? output : reshape(output, shape)
            }
            let lossStart = 1 + metrics.reduce(0) { $0 + $1.sumCount(graph) }
            for number in scoredOutputs.indices {
                addLoss(
                    number, outputs[number], logits: logits[number], targets: targets[number],
                    mask: scorer.mask(scoredOutputs[number].output), weights: given(number),
                    index: scoredOutputs.count > 1 ? lossStart + number : nil)
            }
            for losses in scorer.addedLosses + (own..<graph.outputs.count).map({ sampleMeans(scorer.output($0)) }) {
                let share = LossShare(weight: Double(rows.first ?? 1), index: nil, isSum: false, positions: 1)
                _ = losses.applying(LossSumOperation(share: share))
            }
            var index = 1
            for (metric, function) in zip(metrics, functions) {
                let number = metric.number
                addMetric(
                    metric, function, outputs[number], targets: targets[number],
                    mask: scorer.mask(metric.scoredOutput.output), weights: given(number), index: index)
                index += metric.sumCount(graph)
            }
        }
    }

    /// Adds an objective's loss, those that its layers add, and its metrics.
    private func addObjective(_ objective: ObjectivePlaces, of operations: OperationGraph, _ scorer: Scorer) {
        let layers = operations.layers(behindOutput: own + objective.loss)
        let added = scorer.addedLosses.enumerated().filter { number, _ in
            operations.layer(ofLoss: number).map(layers.contains) ?? false
        }
        for losses in [sampleMeans(scorer.output(own + objective.loss))] + added.map(\.element) {
            let share = LossShare(weight: 1, index: objective.sum, isSum: false, positions: 1)
            _ = losses.applying(LossSumOperation(share: share))
        }
        for (number, tensor) in objective.metrics.enumerated() {
            _ = sampleMeans(scorer.output(own + tensor)).applying(
                MetricOperation(index: objective.sum(ofMetric: number)))
        }
    }

    /// The mean over each sample, `[batch, 1]`.
    private func sampleMeans(_ x: SymbolicTensor) -> SymbolicTensor {
        x.spec.shape.count == 1 ? shaped(x, [1]) : reshape(mean(x), [1])
    }

    private func addLoss(
        _ number: Int, _ output: SymbolicTensor, logits: SymbolicTensor?, targets: SymbolicTensor,
        mask: SymbolicTensor?, weights: SymbolicTensor?, index: Int?
    ) {
        let (loss, rows) = (scoredOutputs[number].loss, rows[number])
        let targets = shaped(targets, loss.targetShape(outputs: output.spec.shape, given: targets.spec.shape))
        let ownMask = loss.mask(targets: targets).map { shaped($0, [rows]) }
        let mask = product(mask.map { shaped($0, [rows]) }, ownMask)
        let counted = product(weights.map { spread($0, over: rows) }, mask)
        let divided =
            switch loss.reduction {
            case .sumOverBatchSize: mask
            case .meanWithSampleWeight: counted
            case .sum: nil as SymbolicTensor?
            }
        let factor = divided.map { $0.applying(MaskShareOperation())[0] }
        let share = LossShare(
            weight: scoredOutputs[number].weight * Double(self.rows[0]) / Double(rows), index: index,
            isSum: loss.reduction == .sum, positions: rows)
        if let fused = scoredOutputs[number].fusedLoss {
            let operation = FusedLossOperation(
                fused, share: share, takesLogits: logits != nil, hasWeights: counted != nil, hasFactor: factor != nil)
            let inputs = [logits, output, targets, counted, factor].compactMap { $0 }
            _ = inputs[0].applying(operation, with: Array(inputs.dropFirst()))
        } else {
            let losses = shaped(loss.losses(outputs: output, targets: targets), [rows])
            _ = product(losses, counted)!.applying(LossSumOperation(share: share), with: factor.map { [$0] } ?? [])
        }
    }

    private func addMetric(
        _ metric: ScoredMetric, _ function: any MetricFunction, _ output: SymbolicTensor, targets: SymbolicTensor,
        mask: SymbolicTensor?, weights: SymbolicTensor?, index: Int
    ) {
        let shape = Shape(output.spec.shape.dimensions.dropLast())
        let mask = metric.isMasked(graph) ? mask.map { shaped($0, [shape.count]) } : nil
        if let kernel = metric.kernel(function, graph) {
            _ = output.applying(
                FusedMetricOperation(kernel, index: index), with: [targets] + (mask.map { [$0] } ?? []))
            return
        }
        let targets = targets.spec.shape.count == output.spec.shape.count ? shaped(targets, output.spec.shape) : targets
        var counted = mask
        if metric.isWeighted {
            counted = product(weights.map { spread($0, over: shape.count) }, mask)
            // No number equals NaN, so that all weights are 1.
            counted = counted ?? spread(unequal(max(output), .nan), over: shape.count)
        }
        let sums = function.sums(outputs: output, targets: targets, weights: counted.map { shaped($0, shape) })
        _ = sums.applying(MetricOperation(index: index))
    }

    private func shaped(_ x: SymbolicTensor, _ shape: Shape) -> SymbolicTensor {
        x.spec.shape == shape ? x : reshape(x, shape)
    }

    /// A weight for each row of the loss, from weights for each sample or each row.
    private func spread(_ weights: SymbolicTensor, over rows: Int) -> SymbolicTensor {
        weights.spec.shape.count == rows
            ? reshape(weights, [rows]) : tiled(reshape(weights, [1]), count: rows, axis: 0)
    }

    private func product(_ a: SymbolicTensor?, _ b: SymbolicTensor?) -> SymbolicTensor? {
        guard let a, let b else { return a ?? b }
        return a * b
    }
}

/// A metric of an output.
struct ScoredMetric {
    /// Which of the outputs with a loss.
    let number: Int
    let scoredOutput: ScoredOutput
    let metric: Metric
    /// Whether it takes sample weights.
    let isWeighted: Bool

    /// Whether the mask of the output counts.
    func isMasked(_ graph: Graph) -> Bool {
        metric.function.takesMask && graph.inference.masks[scoredOutput.output] != nil
    }

    func sumCount(_ graph: Graph) -> Int {
        metric.function.sumCount(
            outputs: graph.scoredShape(ofOutput: scoredOutput.output), isWeighted: isWeighted || isMasked(graph))
    }

    /// The kernel that computes it, if there is one for these arguments and no sample weights.
    func kernel(_ function: any MetricFunction, _ graph: Graph) -> MetricKernel? {
        isWeighted ? nil : (function as? any FusedMetric)?.kernel
    }
}

extension [ScoredOutput] {
    /// The metrics of all outputs in the order in which they are reported: those without sample weights first.
    var scoredMetrics: [ScoredMetric] {
        func metrics(isWeighted: Bool) -> [ScoredMetric] {
            enumerated().flatMap { number, scoredOutput in
                (isWeighted ? scoredOutput.weightedMetrics : scoredOutput.metrics).map {
                    ScoredMetric(number: number, scoredOutput: scoredOutput, metric: $0, isWeighted: isWeighted)
                }
            }
        }
        return metrics(isWeighted: false) + metrics(isWeighted: true)
    }
}

extension Graph {
    /// The shape of a row of an output for losses and metrics, which need a last dimension.
    func scoredShape(ofOutput index: Int) -> Shape {
        let shape = outputSpecs[index].shape
        return shape.rank == 0 ? [1] : shape
    }
}
