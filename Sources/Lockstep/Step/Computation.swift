import LockstepCompute
import LockstepGraph
import LockstepLayers

/// What a model computes for inputs of some shapes: its network, and what the outputs' shapes decide.
final class Computation {
    let graph: Graph
    let network: Network
    let outputShapes: [Shape]
    /// Shapes of data that suit it, the last that were met; nil before the first.
    var checkedShapes: CheckedShapes?
    /// What each objective's gradient is multiplied with, so that the one division, by the positions of the first's
    /// rows, suits it.
    let lossFactors: [Double]
    /// The rows of the first objective's loss for each sample.
    let firstPositions: Int
    /// The positions of a sample that each of a step's totals is a sum over.
    let totalPositions: [Double]
    /// Places for the targets of some rows.
    private var targetPlaces: [TargetPlace] = []
    private let positions: [Int]

    init(graph: Graph, arena: Arena, context: StepContext, objectives: [Objective], isMasked: [Bool]) {
        self.graph = graph
        outputShapes = graph.outputSpecs.map(\.shape)
        var losses = graph.outputs.map { _ in OperationGraph.LossInput.none }
        let activations = graph.outputActivations
        for objective in objectives {
            losses[objective.output] = objective.loss.takesLogits(of: activations[objective.output]) ? .logits : .output
        }
        network = Network(
            training: graph.training, inference: graph.inference, arena: arena, context: context, losses: losses)
        positions = objectives.map(graph.positions)
        let positions = positions.map(Double.init)
        firstPositions = self.positions.first ?? 1
        lossFactors = zip(objectives, positions).map { $0.weight * positions[0] / $1 }
        // What is divided by the positions that a mask leaves is a sum over positions.
        let metrics = objectives.indices.flatMap { number in
            objectives[number].metrics.map { _ in isMasked[number] ? 1 : positions[number] }
        }
        let counted = objectives.indices.filter { isMasked[$0] && !objectives[$0].metrics.isEmpty }
        totalPositions =
            Array(positions.prefix(1)) + metrics + (objectives.count > 1 ? positions : []) + counted.map { _ in 1 }
    }

    /// The rows of an objective's loss for each sample.
    func positions(_ objective: Objective) -> Int { graph.positions(objective) }

    /// A place for the targets of some rows.
    func targetPlace(_ sums: RowPartition, shapes: SampleShapes) -> TargetPlace {
        if let place = targetPlaces.first(where: { $0.sums == sums && $0.shapes == shapes }) { return place }
        let place = TargetPlace(sums, shapes: shapes, positions: positions)
        targetPlaces.append(place)
        return place
    }
}

extension Graph {
    /// The rows of an objective's loss for each sample: more than one where the output has more dimensions than
    /// `[batch, columns]`.
    fileprivate func positions(_ objective: Objective) -> Int {
        let shape = outputSpecs[objective.output].shape
        return shape.count / max(shape.last ?? 1, 1)
    }
}
