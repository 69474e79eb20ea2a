import LockstepCompute

/// Makes the steps of a plan, whose tensors have got their places.
struct PlanBuilder {
    let graph: OperationGraph
    let layout: PlanLayout
    let memory: FloatBuffer
    let offsets: [Int]
    let context: StepContext

    private var sums: RowPartition { layout.sums }
    private func tensor(_ request: Int, _ shape: Shape, type: DataType = .float32) -> Tensor {
        Tensor(memory, at: offsets[request], shape: shape, type: type)
    }

    func tensor(_ value: OperationGraph.Value) -> Tensor {
        // Weights, and outputs that renew them, get their memory when the plan is bound to an arena.
        guard let place = layout.places[value] else { return Tensor(FloatBuffer(count: 0), shape: [0]) }
        let spec = graph.spec(value)
        return tensor(place, spec.shape(samples: sums.rows), type: spec.type)
    }

    /// A value where a node finds it in backward, or when it is computed again.
    private func lateTensor(_ value: OperationGraph.Value, for number: Int) -> Tensor {
        guard let place = layout.latePlace(value, for: number) else { return tensor(value) }
        let spec = graph.spec(value)
        return tensor(place, spec.shape(samples: sums.rows), type: spec.type)
    }

    func gradient(_ value: OperationGraph.Value) -> Tensor? {
        layout.gradients[value].map { tensor($0, graph.spec(value).shape(samples: sums.rows)) }
    }

    /// - Parameter late: in backward, or when the node is computed again.
    private func saved(_ number: Int, late: Bool = false) -> [Tensor] {
        let places = late ? layout.recomputedSaved[number] : nil
        return zip(places ?? layout.saved[number], layout.memories[number].saved).map { tensor($0, $1) }
    }
    private func leafSums(_ number: Int, late: Bool = false) -> [Tensor] {
        let places = late ? layout.recomputedLeafSums[number] : nil
        return zip(places ?? layout.leafSums[number], layout.memories[number].sums).map {
            tensor($0, [sums.leaves, $1])
        }
    }
    private func weights(_ node: OperationGraph.Node) -> [Plan.WeightInput] {
        node.inputs.enumerated().compactMap { position, value in
            switch value {
            case .input: nil
            case .weight(let index):
                Plan.WeightInput(position: position, weight: graph.weights[index], isRenewed: false)
            case .output(let node, let index):
                graph.nodes[node].renewed[index].map {
                    Plan.WeightInput(position: position, weight: graph.weights[$0], isRenewed: true)
                }
            }
        }
    }

    func forwards() -> [Plan.ForwardStep] {
        let order = graph.nodes.indices.filter { !layout.memories[$0].sharesInput }
        return order.enumerated().map { place, number in
            let node = graph.nodes[number]
            let pass = ForwardPass(
                inputs: node.inputs.map(tensor), outputs: graph.values(of: number).map(tensor), saved: saved(number),
                leafSums: leafSums(number), sums: sums.times(node.rowsPerSample), microShards: microShards(number),
                rowsPerSample: node.rowsPerSample, training: layout.training, layer: node.layer, context: context)
            let renewed = node.renewed.enumerated().compactMap { position, index in
                index.map { (position, graph.weights[$0]) }
            }
            return Plan.ForwardStep(
                operation: node.operation, pass: pass, layer: node.layer, time: layout.forwardTime(number),
                endsLayer: endsLayer(order, place), weights: weights(node),
                renewed: renewed)
        }
    }

    /// What is computed again before the backward of each node of an order.
    private func recomputed(before order: [Int]) -> [[Plan.ForwardStep]] {
        var blocks = layout.recomputation.blocks[...]
        return order.map { number in
            var steps: [Plan.ForwardStep] = []
            while let block = blocks.last, block.operations.upperBound > number {
                steps += block.recomputed.map(recomputed)
                blocks.removeLast()
            }
            return steps
        }
    }

    /// A node's second forward.
    private func recomputed(_ number: Int) -> Plan.ForwardStep {
        let node = graph.nodes[number]
        let pass = ForwardPass(
            inputs: node.inputs.map { lateTensor($0, for: number) },
            outputs: graph.values(of: number).map { lateTensor($0, for: number) }, saved: saved(number, late: true),
            leafSums: leafSums(number, late: true), sums: sums.times(node.rowsPerSample), microShards: [],
            rowsPerSample: node.rowsPerSample, training: true, layer: node.layer, context: context)
        return Plan.ForwardStep(
            operation: node.operation, pass: pass, layer: node.layer, time: layout.recomputationTime(number)!,
            endsLayer: true, weights: weights(node), renewed: [])
    }

    /// The micro-shards of an operation that scores.
    private func microShards(_ number: Int) -> [ForwardPass.MicroShard] {
        let node = graph.nodes[number]
        guard node.operation is any ScoringOperation else { return [] }
        let gradient: Tensor? =
            switch layout.contributions[number][0] {
            case .direct: gradient(node.inputs[0])
            case .added(let request): tensor(request, graph.spec(node.inputs[0]).shape(samples: sums.rows))
            case .none, .weight, .use: nil
            }
        return zip(sums.bounds, sums.bounds.dropFirst()).map { first, last in
            func rows(_ tensor: Tensor, of spec: TensorSpec) -> Tensor {
                guard spec.isBatched else { return tensor }
                return tensor.rows(first * spec.rowsPerSample..<last * spec.rowsPerSample)
            }
            return ForwardPass.MicroShard(
                inputs: node.inputs.map { rows(tensor($0), of: graph.spec($0)) },
                gradient: gradient.map { rows($0, of: graph.spec(node.inputs[0])) })
        }
    }

    func backwards(arena: Arena) -> [Plan.BackwardStep] {
        let order = graph.nodes.indices.reversed().filter { layout.hasBackward[$0] }
        let recomputed = recomputed(before: order)
        let completions = self.completions(of: order, recomputed, arena: arena)
        return order.enumerated().map { place, number in
            let node = graph.nodes[number]
            let shares = layout.memories[number].sharesInput
            let isScore = node.operation is any ScoringOperation
            var inputGradients: [Tensor?] = node.inputs.map { _ in nil }
            var weightGradients: [[Tensor]?] = node.inputs.map { _ in nil }
            var additions: [(part: Tensor, sum: Tensor)] = []
            var totals: [(leaves: [Tensor], weight: Weight)] = []
            var gradients: [(position: Int, weight: Weight)] = []
            var copy: (from: Tensor, to: Tensor)?
            var hasUses = false
            for (position, value) in node.inputs.enumerated() {
                switch (layout.contributions[number][position], value) {
                case (.direct, _):
                    inputGradients[position] = gradient(value)
                    if shares, layout.gradients[value] != layout.gradients[.output(node: number, index: 0)] {
                        copy = (gradient(.output(node: number, index: 0))!, gradient(value)!)
                    }
                case (.added(let request), _):
                    let part =
                        shares
                        ? gradient(.output(node: number, index: 0))!
                        : tensor(request, graph.spec(value).shape(samples: sums.rows))
                    inputGradients[position] = part
                    additions.append((part, gradient(value)!))
                case (.weight, .weight(let index)): gradients.append((position, graph.weights[index]))
                case (.use(let request), .weight(let index)):
                    hasUses = true
                    let (weight, (total, last)) = (graph.weights[index], layout.uses[index]!)
                    let leaves = leaves(of: weight, at: request)
                    let sum = self.leaves(of: weight, at: total)
                    weightGradients[position] = leaves
                    if request != total { additions += zip(leaves, sum).map { ($0, $1) } }
                    if last == layout.backwardTime(number), !totals.contains(where: { $0.weight === weight }) {
                        totals.append((sum, weight))
                    }
                case (.none, _), (.weight, _), (.use, _): break
                }
            }
            let values = graph.values(of: number)
            let nodeSums = sums.times(node.rowsPerSample)
            let pass = BackwardPass(
                inputs: node.inputs.map { lateTensor($0, for: number) },
                outputs: values.map { lateTensor($0, for: number) }, outputGradients: values.map(gradient),
                inputGradients: inputGradients, weightGradients: weightGradients, saved: saved(number, late: true),
                leafSums: leafSums(number, late: true),
                sums: nodeSums, weightSums: hasUses ? nodeSums.byLeaf : nodeSums, rowsPerSample: node.rowsPerSample,
                layer: node.layer,
                context: context)
            return Plan.BackwardStep(
                operation: node.operation, layer: node.layer, time: layout.backwardTime(number),
                recomputed: recomputed[place],
                endsLayer: endsLayer(order, place) || (place + 1 < order.count && !recomputed[place + 1].isEmpty),
                pass: shares || isScore ? nil : pass, copy: copy,
                additions: additions, totals: totals, weights: weights(node), gradients: gradients,
                completeFrom: completions[place])
        }
    }

    /// Whether the node at a place of an order is the last there of its layer call.
    private func endsLayer(_ order: [Int], _ place: Int) -> Bool {
        guard place + 1 < order.count, order[place + 1] != graph.scoringStart else { return true }
        return graph.nodes[order[place + 1]].layer != graph.nodes[order[place]].layer
    }

    /// A weight's gradients by the micro-shards.
    private func leaves(of weight: Weight, at request: Int) -> [Tensor] {
        let stride = FloatBuffer.aligned(weight.shape.count)
        return (0..<sums.leaves).map { Tensor(memory, at: offsets[request] + $0 * stride, shape: weight.shape) }
    }

    /// For each node in the order of backward: after it, everything in the arena from this offset on is done.
    ///
    /// - Parameter recomputed: what is computed again before each, which reads weights too.
    private func completions(of order: [Int], _ recomputed: [[Plan.ForwardStep]], arena: Arena) -> [Int] {
        var lasts: [ObjectIdentifier: Int] = [:]
        for (place, number) in order.enumerated() {
            for input in recomputed[place].flatMap(\.weights) { lasts[ObjectIdentifier(input.weight)] = place }
            for input in weights(graph.nodes[number]) { lasts[ObjectIdentifier(input.weight)] = place }
        }
        let trainable = arena.weights.filter(\.isTrainable)
        var remaining = trainable.count
        return order.indices.map { place in
            while remaining > 0, lasts[ObjectIdentifier(trainable[remaining - 1]), default: -1] <= place {
                remaining -= 1
            }
            return remaining == trainable.count ? arena.values.count : arena.offset(of: trainable[remaining])
        }
    }
}
