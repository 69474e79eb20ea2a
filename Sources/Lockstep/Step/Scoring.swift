import LockstepCompute
import LockstepGraph
import LockstepLayers

/// Adds the losses and metrics of a model's outputs to its operations, and knows the order of a step's sums.
///
/// The order is: the loss; the metrics of each objective; if there are several objectives, the loss of each; and for each
/// masked output with metrics, the number of positions that count.
struct Scoring {
    private let graph: Graph
    private let shapes: SampleShapes
    private let objectives: [Objective]
    private let metrics: [[MetricFunction]]
    /// For each objective, the rows of its loss for each sample.
    let rows: [Int]

    init(graph: Graph, shapes: SampleShapes, objectives: [Objective], metrics: [[MetricFunction]]) {
        self.graph = graph
        self.shapes = shapes
        // Data for prediction has no targets.
        self.objectives = shapes.targets.isEmpty ? [] : objectives
        self.metrics = metrics
        rows = self.objectives.map { graph.rows(ofOutput: $0.output) }
    }

    private func isMasked(_ objective: Objective) -> Bool { graph.inference.masks[objective.output] != nil }

    /// The reported means of the sums of a step.
    static func means(of objectives: [Objective], _ graph: Graph) -> ReportedMeans {
        var (masked, counts): ([Int?], Int) = (objectives.isEmpty ? [] : [nil], 0)
        for objective in objectives where !objective.metrics.isEmpty {
            let isMasked = graph.inference.masks[objective.output] != nil
            masked += objective.metrics.map { _ in isMasked ? counts : nil }
            counts += isMasked ? 1 : 0
        }
        return ReportedMeans(masked: masked + (objectives.count > 1 ? objectives.map { _ in nil } : []))
    }

    /// The positions of a sample that each sum is over.
    var sumPositions: [Double] {
        let rows = rows.map(Double.init)
        // A metric of a masked output is divided by the positions that count, so it is a sum over positions.
        let metrics = zip(objectives, rows).flatMap { objective, rows in
            objective.metrics.map { _ in isMasked(objective) ? 1 : rows }
        }
        let counts = objectives.filter { isMasked($0) && !$0.metrics.isEmpty }.map { _ in 1.0 }
        return Array(rows.prefix(1)) + metrics + (objectives.count > 1 ? rows : []) + counts
    }

    /// A graph with the losses and metrics behind it.
    ///
    /// - Parameter hasClassWeights: whether one more input holds the class weight of each row of the only loss.
    func scored(_ operations: OperationGraph, hasClassWeights: Bool) -> OperationGraph {
        guard !objectives.isEmpty else { return operations }
        return operations.scored { scorer in
            let targets = shapes.targets.map { scorer.trace.input(TensorSpec($0)) }
            var weights = shapes.weights.map { scorer.trace.input(TensorSpec($0)) }
            if hasClassWeights { weights = [scorer.trace.input(TensorSpec([rows[0]]))] }
            // Activations are split off before anything reads the outputs.
            let logits = objectives.enumerated().map { number, objective in
                let activation = scorer.trace.graph.activation(ofOutput: objective.output)
                return objective.loss.takesLogits(of: activation) ? scorer.logits(objective.output) : nil
            }
            var index = 1
            let lossStart = 1 + metrics.reduce(0) { $0 + $1.count }
            var count = lossStart + (objectives.count > 1 ? objectives.count : 0)
            for (number, objective) in objectives.enumerated() {
                let output = scorer.output(objective.output)
                let mask = scorer.mask(objective.output).map { reshape($0, [rows[number]]) }
                let given = weights.isEmpty ? nil : weights[min(number, weights.count - 1)]
                let share = mask.map { $0.applying(MaskShareOperation())[0] }
                let counted = product(given.map { spread($0, over: rows[number]) }, mask)
                let loss = LossOperation(
                    objective.loss, weight: objective.weight * Double(rows[0]) / Double(rows[number]),
                    index: objectives.count > 1 ? lossStart + number : nil, takesLogits: logits[number] != nil,
                    hasWeights: counted != nil, hasFactor: share != nil)
                let inputs = [logits[number], output, targets[number], counted, share].compactMap { $0 }
                _ = inputs[0].applying(loss, with: Array(inputs.dropFirst()))
                for function in metrics[number] {
                    _ = output.applying(
                        MetricOperation(function, index: index), with: [targets[number]] + (mask.map { [$0] } ?? []))
                    index += 1
                }
                if let mask, !metrics[number].isEmpty {
                    _ = mask.applying(MaskCountOperation(index: count))
                    count += 1
                }
            }
        }
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
