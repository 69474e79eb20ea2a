import LockstepCompute
import LockstepGraph
import LockstepLayers

/// A model's network for data of certain shapes, with the losses and metrics of its outputs.
///
/// The inputs of the network are the model's inputs, then the targets and sample weights of the data.
final class Computation {
    let graph: Graph
    /// Of one row of each output.
    let outputShapes: [Shape]
    let shapes: SampleShapes
    /// The ranks of the targets, because metrics distinguish vectors from matrices of one column.
    private let targetRanks: [Int]
    let network: Network
    /// The same network with one more input: the class weight of each row of the only loss.
    var classWeighted: Network {
        if let network = madeClassWeighted { return network }
        let network = makeNetwork(true)
        madeClassWeighted = network
        return network
    }
    private var madeClassWeighted: Network?
    /// The rows of the first output's loss for each sample.
    let firstPositions: Int
    /// The positions of a sample that each of a step's sums is over.
    let positions: [Double]
    private let makeNetwork: (_ hasClassWeights: Bool) -> Network

    /// - Parameters:
    ///   - graph: traced for the inputs' shapes.
    ///   - functions: of the metrics.
    init(
        graph: Graph, shapes: SampleShapes, targetRanks: [Int], compilation: Compilation?,
        functions: [any MetricFunction],
        arena: Arena, context: StepContext, fillsDeadMemory: Bool
    ) {
        self.graph = graph
        let own = graph.outputs.count - (compilation?.tensors.count ?? 0)
        outputShapes = graph.outputSpecs.prefix(own).map(\.shape)
        self.shapes = shapes
        self.targetRanks = targetRanks
        let scoring = Scoring(graph: graph, shapes: shapes, compilation: compilation, functions: functions)
        firstPositions = scoring.rows.first ?? 1
        positions = scoring.sumPositions
        let (training, inference) = (graph.training.rewritten(), graph.inference.rewritten(forInference: true))
        let turns = compilation?.turns ?? [.only]
        makeNetwork = { hasClassWeights in
            let network = Network(
                training: turns.indices.map { number in
                    let scored = scoring.scored(training, turn: number, hasClassWeights: hasClassWeights)
                    guard let moved = turns[number].moved else { return scored }
                    var turn = scored.pruned(outputs: 0)
                    turn.moved = moved
                    return turn
                },
                evaluation: scoring.scored(inference, turn: nil, hasClassWeights: false),
                inference: own == graph.outputs.count ? inference : inference.pruned(outputs: own), arena: arena,
                context: context)
            network.fillsDeadMemory = fillsDeadMemory
            return network
        }
        network = makeNetwork(false)
    }

    /// Forgets the plans of all batches.
    func forgetPlans() {
        network.forgetPlans()
        madeClassWeighted?.forgetPlans()
    }

    /// Whether it is for data of these shapes.
    func suits(_ data: DataSet) -> Bool {
        shapes == data.shapes && targetRanks.indices.allSatisfy { targetRanks[$0] == data.targetRank($0) }
    }
}

extension Graph {
    /// The rows of an output's loss for each sample. There is more than one if the output has more dimensions than
    /// `[batch, columns]`.
    func rows(ofOutput index: Int) -> Int {
        let shape = outputSpecs[index].shape
        return shape.count / max(shape.last ?? 1, 1)
    }
}
