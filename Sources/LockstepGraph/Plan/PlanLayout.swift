import LockstepCompute

/// When each tensor of a step is in use, and which tensors share memory.
///
/// Time is counted in operations: the inputs come at 0, the forward of node i is at i + 1, the end of forward at `end`,
/// and then backward from the last node to the first. What is computed again comes just before the backward of its
/// block. Losses and metrics are the last nodes.
package struct PlanLayout {
    /// How a node contributes to the gradient of one of its inputs.
    enum Contribution {
        case none
        /// It writes the gradient in place, as the only or the first contributor.
        case direct
        /// It writes to a tensor of its own, which is then added.
        case added(Int)
        /// It is the only use of a weight, and writes the gradient in the arena.
        case weight
        /// It is one of several uses of a weight. It writes a tensor for each micro-shard, which is then added to that
        /// of the first use.
        case use(Int)
    }

    let graph: OperationGraph
    let sums: RowPartition
    let training: Bool
    package var map = MemoryMap()
    private(set) var memories: [OperationMemory] = []
    /// The places of the graph's inputs and the nodes' outputs; none for outputs that renew weights.
    private(set) var places: [OperationGraph.Value: Int] = [:]
    private(set) var saved: [[Int]] = []
    private(set) var leafSums: [[Int]] = []
    /// The places of nodes' outputs that are computed again, and of the saved tensors that are filled again.
    private var recomputedPlaces: [OperationGraph.Value: Int] = [:]
    private(set) var recomputedSaved: [Int: [Int]] = [:]
    private(set) var recomputedLeafSums: [Int: [Int]] = [:]
    /// The gradients of values, where one is needed.
    private(set) var gradients: [OperationGraph.Value: Int] = [:]
    private(set) var contributions: [[Contribution]] = []
    /// Whether a node is part of backward.
    private(set) var hasBackward: [Bool]
    /// For a weight with several uses, by its index: where they are added for each micro-shard, and when the last is.
    private(set) var uses: [Int: (total: Int, last: Int)] = [:]
    private(set) var needsGradient: [Bool] = []
    let recomputation: Recomputation
    private let times: BackwardTimes

    package init(
        graph: OperationGraph, sums: RowPartition, training: Bool, recomputation: Recomputation = .none
    ) {
        self.graph = graph
        self.sums = sums
        self.training = training
        self.recomputation = recomputation
        times = BackwardTimes(of: recomputation, nodes: graph.nodes.count)
        hasBackward = graph.nodes.map { _ in false }
        contributions = graph.nodes.map { node in node.inputs.map { _ in .none } }
        for node in graph.nodes {
            needsGradient.append(
                training && node.operation.isDifferentiable && node.inputs.contains { needsGradient(of: $0) })
            memories.append(
                node.operation.memory(
                    OperationShapes(
                        inputs: node.inputs.map { graph.spec($0).shape(samples: sums.rows) },
                        outputs: node.outputs.map { $0.shape(samples: sums.rows) }, training: training)))
        }
        layOutOutputs()
        if training { layOutGradients() }
    }

    /// The end of forward.
    var end: Int { graph.nodes.count + 1 }
    func forwardTime(_ node: Int) -> Int { node + 1 }
    func backwardTime(_ node: Int) -> Int { times.backward[node] }
    /// Nil for a node that is computed once.
    func recomputationTime(_ node: Int) -> Int? { times.recomputation[node] }
    func count(_ value: OperationGraph.Value) -> Int { graph.spec(value).shape(samples: sums.rows).count }

    /// The place where a node finds a value in backward, or where it finds it when it is computed again: if its block
    /// computes the value again, the place of that.
    func latePlace(_ value: OperationGraph.Value, for node: Int) -> Int? {
        guard !recomputation.blocks.isEmpty else { return places[value] }
        let origin = origin(value)
        guard case .output(let maker, _) = origin, times.block[maker] == times.block[node] else { return places[value] }
        return recomputedPlaces[origin] ?? places[value]
    }

    /// The value that has the memory of a value in another shape.
    func origin(_ value: OperationGraph.Value) -> OperationGraph.Value {
        var origin = value
        while case .output(let node, _) = origin, memories[node].sharesInput { origin = graph.nodes[node].inputs[0] }
        return origin
    }

    private func needsGradient(of value: OperationGraph.Value) -> Bool {
        switch value {
        case .input: false
        case .weight(let index): graph.moves(index)
        // The next value of a weight has no gradient.
        case .output(let node, let index): needsGradient[node] && graph.nodes[node].outputs[index].isBatched
        }
    }

    private mutating func layOutOutputs() {
        for index in graph.inputs.indices { places[.input(index)] = map.add(count(.input(index)), from: 0, until: 0) }
        for (number, node) in graph.nodes.enumerated() {
            let (time, memory) = (number + 1, memories[number])
            let again = recomputationTime(number)
            for index in node.outputs.indices where node.renewed[index] == nil {
                let value = OperationGraph.Value.output(node: number, index: index)
                places[value] =
                    memory.sharesInput ? places[node.inputs[0]] : map.add(count(value), from: time, until: time)
                if let again { recomputedPlaces[value] = map.add(count(value), from: again, until: again) }
            }
            let savedUntil = needsGradient[number] ? backwardTime(number) : time
            let values = graph.values(of: number)
            for value in node.inputs {
                extend(places[value], until: time)
                if let again { extend(latePlace(value, for: number), until: again) }
            }
            if needsGradient[number] {
                let kept = (memory.keepsInputs ? node.inputs : []) + (memory.keepsOutputs ? values : [])
                for value in kept { extend(latePlace(value, for: number), until: savedUntil) }
            }
            let keptUntil = max(savedUntil, again ?? 0)
            let refillsAt = memory.recomputesFromSaved ? nil : again
            saved.append(memory.saved.map { map.add($0.count, from: time, until: refillsAt == nil ? keptUntil : time) })
            leafSums.append(
                memory.sums.map { map.add(sums.leaves * $0, from: time, until: refillsAt == nil ? keptUntil : time) })
            guard let refillsAt else { continue }
            recomputedSaved[number] = memory.saved.map { map.add($0.count, from: refillsAt, until: keptUntil) }
            recomputedLeafSums[number] = memory.sums.map {
                map.add(sums.leaves * $0, from: refillsAt, until: keptUntil)
            }
        }
        for value in graph.outputs + graph.masks.compactMap({ $0 }) { extend(places[value], until: end) }
        // They are kept when the step has succeeded.
        for use in graph.states { extend(places[use.next], until: training ? times.end : end) }
    }

    private mutating func extend(_ place: Int?, until time: Int) {
        if let place { map.extend(place, until: time) }
    }

    private mutating func layOutGradients() {
        var readers: [OperationGraph.Value: Int] = [:]
        for node in graph.nodes {
            // A loss gives its first input a gradient, a metric none.
            let isScoring = node.operation is any ScoringOperation
            let inputs = isScoring ? node.inputs.prefix(node.operation.isDifferentiable ? 1 : 0) : node.inputs[...]
            for value in inputs { readers[value, default: 0] += 1 }
        }
        for number in graph.nodes.indices.reversed() where graph.nodes[number].operation is any ScoringOperation {
            layOutScore(number)
        }
        for number in graph.nodes.indices.reversed() where needsGradient[number] && !graph.nodes[number].outputs.isEmpty
        {
            let (node, time) = (graph.nodes[number], backwardTime(number))
            let own = node.outputs.indices.compactMap { gradients[.output(node: number, index: $0)] }
            guard !own.isEmpty else { continue }
            hasBackward[number] = true
            for gradient in own { map.extend(gradient, until: time) }
            // An operation on a weight that has several uses gives the gradients of all its weights by micro-shards.
            let isShared = node.inputs.contains {
                if case .weight = $0 { needsGradient(of: $0) && readers[$0]! > 1 } else { false }
            }
            for (position, value) in node.inputs.enumerated() where needsGradient(of: value) {
                if case .weight(let index) = value {
                    contributions[number][position] = layOutUse(of: index, time: time, isShared: isShared)
                } else if gradients[value] != nil {
                    contributions[number][position] = .added(map.add(count(value), from: time, until: time))
                    map.extend(gradients[value]!, until: time)
                } else if memories[number].sharesInput, readers[value] == 1 {
                    gradients[value] = own[0]
                    contributions[number][position] = .direct
                } else {
                    contributions[number][position] = .direct
                    gradients[value] = map.add(count(value), from: time, until: time)
                }
            }
        }
    }

    /// A loss writes the gradient of its first input in forward. Where several losses read one value, the gradients are
    /// added in backward.
    private mutating func layOutScore(_ number: Int) {
        let value = graph.nodes[number].inputs[0]
        guard graph.nodes[number].operation.isDifferentiable, needsGradient(of: value) else { return }
        let time = forwardTime(number)
        guard let gradient = gradients[value] else {
            gradients[value] = map.add(count(value), from: time, until: end)
            contributions[number][0] = .direct
            return
        }
        hasBackward[number] = true
        map.extend(gradient, until: backwardTime(number))
        contributions[number][0] = .added(map.add(count(value), from: time, until: backwardTime(number)))
    }

    private mutating func layOutUse(of weight: Int, time: Int, isShared: Bool) -> Contribution {
        guard isShared else { return .weight }
        let count = sums.leaves * FloatBuffer.aligned(graph.weights[weight].shape.count)
        if let known = uses[weight] {
            map.extend(known.total, until: time)
            uses[weight]!.last = time
            return .use(map.add(count, from: time, until: time))
        }
        let total = map.add(count, from: time, until: time)
        uses[weight] = (total, time)
        return .use(total)
    }
}
