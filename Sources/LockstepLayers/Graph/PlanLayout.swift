import LockstepCompute

/// When each tensor of a step lives and which of them share memory: the arithmetic behind a `Plan`.
///
/// Time: the forward of node i is at i, the loss at n, the backward of node i at 2n − i.
package struct PlanLayout {
    /// How the gradient of a node's input comes about.
    enum Contribution {
        case none
        /// Written in place: the only or first one.
        case direct
        /// Written to a tensor of its own, then added.
        case added(Int)
    }

    let nodes: [Graph.Node]
    let rows: Int
    /// The micro-shards that the rows fall into.
    private let leaves: Int
    let training: Bool
    package var map = MemoryMap()
    private(set) var memories: [LayerMemory] = []
    private(set) var outputs: [Int] = []
    /// The last output behind its activation, where the loss takes what is in front of it too.
    private(set) var activatedOutput: Int?
    private(set) var caches: [[Int]] = []
    private(set) var sumsOverRows: [[Int]] = []
    /// The gradient of each node's output, where one is needed.
    private(set) var gradients: [Int?] = []
    private(set) var contributions: [[Contribution]] = []
    private(set) var needsGradient: [Bool] = []

    package init(graph: Graph, sums: RowSums, training: Bool, isBeforeActivation: Bool = false) {
        nodes = graph.nodes
        (rows, leaves) = (sums.rows, sums.leaves)
        self.training = training
        for node in nodes {
            needsGradient.append(node.parameters.contains { $0.isTrainable } || node.inputs.contains { needsGradient[$0] })
            memories.append(
                node.layer.memory(
                    node.inputs.map { nodes[$0].shape.rows(rows) }, output: node.shape.rows(rows), training: training))
        }
        layOutOutputs()
        if isBeforeActivation { activatedOutput = map.add(count(end - 1), from: end, until: end) }
        if training { layOutGradients(consumerCounts: graph.consumerCounts) }
    }

    private var end: Int { nodes.count }
    private func backwardTime(_ node: Int) -> Int { 2 * end - node }
    private func count(_ node: Int) -> Int { rows * nodes[node].shape.count }

    private mutating func layOutOutputs() {
        for (index, node) in nodes.enumerated() {
            if memories[index].outputSharesInput {
                outputs.append(outputs[node.inputs[0]])
            } else {
                outputs.append(map.add(count(index), from: index, until: index))
            }
            let keepsInput = training && memories[index].keepsInput && needsGradient[index]
            for input in node.inputs { map.extend(outputs[input], until: keepsInput ? backwardTime(index) : index) }
            if training, memories[index].keepsOutput, needsGradient[index] { map.extend(outputs[index], until: backwardTime(index)) }
            let cacheEnd = training && needsGradient[index] ? backwardTime(index) : index
            caches.append(memories[index].caches.map { map.add($0.count, from: index, until: cacheEnd) })
            sumsOverRows.append(memories[index].sums.map { map.add(leaves * $0, from: index, until: cacheEnd) })
        }
        map.extend(outputs[end - 1], until: end)
    }

    private mutating func layOutGradients(consumerCounts: [Int]) {
        gradients = [Int?](repeating: nil, count: end)
        contributions = nodes.map { node in node.inputs.map { _ in .none } }
        gradients[end - 1] = map.add(count(end - 1), from: end, until: backwardTime(end - 1))
        for index in nodes.indices.reversed() where needsGradient[index] {
            let time = backwardTime(index)
            for (position, input) in nodes[index].inputs.enumerated() where needsGradient[input] {
                if gradients[input] != nil {
                    contributions[index][position] = .added(map.add(count(input), from: time, until: time))
                } else if memories[index].outputSharesInput, consumerCounts[input] == 1 {
                    gradients[input] = gradients[index]
                    map.extend(gradients[index]!, until: backwardTime(input))
                } else {
                    contributions[index][position] = .direct
                    gradients[input] = map.add(count(input), from: time, until: backwardTime(input))
                }
            }
        }
    }
}
