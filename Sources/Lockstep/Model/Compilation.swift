import LockstepCluster
import LockstepCompute
import LockstepFormats
import LockstepGraph
import LockstepLayers

/// How a compiled model trains and what it reports. A class, because every step refers to it.
final class Compilation {
    var optimizers: [any Optimizer]
    /// The outputs that have a loss, in the model's order.
    let scoredOutputs: [ScoredOutput]
    let objectives: [Objective]
    /// Losses and metrics that are no functions of one output: those of the objectives, or those that were added.
    let tensors: [SymbolicTensor]
    /// The parts of a step.
    let turns: [Turn]
    let exchange: ExchangeOptions
    /// The names of what is reported, the loss first.
    let names: [String]
    /// The names of the metrics that are better if they are larger.
    let betterIfLarger: Set<String>
    /// The names of the outputs that take targets.
    let targetNames: [String]

    /// - Parameters:
    ///   - added: losses beside those of outputs.
    ///   - outputs: how many outputs the model has.
    init(
        optimizer: any Optimizer, scoredOutputs: [ScoredOutput], added: [SymbolicTensor], outputs: Int,
        exchange: ExchangeOptions
    ) {
        self.exchange = exchange
        optimizers = [optimizer]
        self.scoredOutputs = scoredOutputs
        (objectives, tensors, turns) = ([], added, [.only])
        names = scoredOutputs.reportedNames(outputs: outputs)
        betterIfLarger = Set(
            zip(names.dropFirst(), scoredOutputs.scoredMetrics).filter { $1.metric.function.isBetterIfLarger }.map(\.0))
        targetNames = scoredOutputs.map { $0.name }
    }

    init(objectives: [Objective], exchange: ExchangeOptions) {
        self.exchange = exchange
        self.objectives = objectives
        (scoredOutputs, targetNames, betterIfLarger) = ([], [], [])
        optimizers = objectives.flatMap { $0.parts.map(\.optimizer) }
        tensors = objectives.flatMap { [$0.loss] + $0.metrics.map(\.value) }
        var number = 0
        turns = objectives.map { objective in
            Turn(
                interval: objective.interval,
                updates: objective.parts.map { part in
                    defer { number += 1 }
                    return (number, part.layers.trainable)
                })
        }
        names = objectives.reportedNames
    }

    /// The first optimizer; the only one of a model without objectives.
    var optimizer: any Optimizer {
        get { optimizers[0] }
        set { optimizers[0] = newValue }
    }

    /// The slots of all optimizers.
    var slotCount: Int { optimizers.reduce(0) { $0 + $1.slotCount } }

    /// Where each objective's tensors and sums are.
    var places: [ObjectivePlaces] {
        var (tensor, sum) = (0, 1)
        return objectives.map { objective in
            let metrics = objective.metrics.count
            defer { (tensor, sum) = (tensor + 1 + metrics, sum + 2 + metrics) }
            return ObjectivePlaces(loss: tensor, metrics: tensor + 1..<tensor + 1 + metrics, sum: sum)
        }
    }

    /// The loss and metrics of each of the model's outputs, for a file.
    func outputs(named names: [String]) -> [OutputTraining] {
        names.enumerated().map { index, name in
            let scoredOutput = scoredOutputs.first { $0.output == index }
            return OutputTraining(
                output: name, loss: scoredOutput?.loss, weight: scoredOutput?.weight ?? 1,
                metrics: scoredOutput?.metrics ?? [],
                weightedMetrics: scoredOutput?.weightedMetrics ?? [])
        }
    }
}

extension Model {
    /// The optimizer that the model was compiled with; nil if it is not compiled.
    public var optimizer: (any Optimizer)? { compilation?.optimizer }
    /// The loss of the first output that has one; nil if the model is not compiled.
    public var loss: (any Loss)? { compilation?.scoredOutputs.first?.loss }
    /// The metrics of all outputs; none if the model is not compiled.
    public var metrics: [Metric] { compilation?.scoredOutputs.flatMap(\.metrics) ?? [] }
    /// The metrics of all outputs that count samples by their weights; none if the model is not compiled.
    public var weightedMetrics: [Metric] { compilation?.scoredOutputs.flatMap(\.weightedMetrics) ?? [] }

    /// Changes the learning rate of a compiled model. The optimizer keeps its slots. All ranks set the same rate.
    ///
    /// - Throws: `LayerError.optimizer` if it is out of range or the optimizer has a schedule,
    ///   `TrainingError.notCompiled`, `TrainingError.argument` if there are several optimizers.
    public func setLearningRate(_ learningRate: Double) throws {
        guard let compilation else { throw TrainingError.notCompiled(call: "setLearningRate") }
        try require(
            compilation.optimizers.count == 1, "learningRate", "left as compiled where a model has several optimizers",
            learningRate)
        var optimizer = compilation.optimizer
        if let schedule = optimizer.schedule {
            let requirement = "left to its schedule \(type(of: schedule).className); compile with a number to set it"
            throw LayerError.optimizer(
                name: optimizer.name, argument: "learningRate", requirement: requirement, received: learningRate)
        }
        optimizer.learningRate = learningRate
        try optimizer.validate()
        compilation.optimizer = optimizer
        existingRuntime?.trainer?.learningRates = [learningRate]
    }
}

extension ScoredOutput {
    /// The shape of a row of targets, checked against the loss.
    ///
    /// - Parameters:
    ///   - targets: the shape of all targets.
    ///   - outputs: the shape of a row of outputs.
    ///   - argument: what the targets are called.
    /// - Throws: `TrainingError.targets`.
    func row(of targets: Shape, outputs: Shape, argument: @autoclosure () -> String = "y") throws -> Shape {
        let row: Shape = targets.rank <= 1 ? [1] : targets.row
        // A vector of targets has rows without a dimension, as metrics see it, or rows of one element.
        let shapes: [Shape] = targets.rank == 1 ? [[], row] : [row]
        guard let shape = shapes.first(where: { loss.requirement(targets: $0, outputs: outputs) == nil }) else {
            throw TrainingError.targets(
                argument: argument(), requirement: loss.requirement(targets: row, outputs: outputs)!,
                received: "\(targets)")
        }
        return shape
    }

    /// The function of a metric for rows of these shapes.
    ///
    /// - Throws: `TrainingError.metric`.
    func function(of metric: Metric, outputs: Shape, targetRow: Shape) throws -> any MetricFunction {
        guard let function = metric.resolved(outputs: outputs, targets: targetRow) else {
            throw TrainingError.metric(name: metric.name, outputs: outputs, targets: targetRow)
        }
        return function
    }

    /// Checks that the loss takes the values of targets. Their shape has been checked.
    ///
    /// - Throws: `TrainingError.targets`, `TrainingError.notFiniteData`.
    func check(_ targets: Tensor, outputs: Shape, argument: @autoclosure () -> String = "y") throws {
        try targets.checkFinite(argument())
        if let (requirement, position) = loss.targetValues.violation(in: targets, outputs: outputs) {
            throw TrainingError.targets(
                argument: argument(), requirement: "\(requirement) for \(loss.name)",
                received: "\(targets[position].plainDescription) in \(targets.place(of: position)), counted from 0")
        }
    }
}

/// The loss and the metrics of some samples, in the order in which they were compiled: `["loss", "accuracy"]`.
public struct Scores: Equatable, Sendable, CustomStringConvertible {
    public let names: [String]
    public let values: [Double]

    package init(names: [String], values: [Double]) {
        self.names = names
        self.values = values
    }

    public var loss: Double { values[0] }
    /// The value under a name; nil if it was not compiled.
    public subscript(name: String) -> Double? { names.firstIndex(of: name).map { values[$0] } }

    public var description: String {
        zip(names, values).map { "\($0): \(formatted($1, digits: 4))" }.joined(separator: " - ")
    }
}
