extension OperationGraph {
    /// The graph with its first outputs alone, and only the operations that these, losses and metrics need. Where a
    /// layer takes part, it also renews its weights, and its states of the rows.
    package func pruned(outputs count: Int) -> OperationGraph {
        var result = self
        result.outputs = Array(outputs.prefix(count))
        result.masks = Array(masks.prefix(count))
        result.losses = []
        let isScore = nodes.map { $0.operation is any ScoringOperation }
        var kept = Set(nodes.indices.filter { isScore[$0] })
        keep(result.outputs + result.masks.compactMap { $0 } + kept.flatMap { nodes[$0].inputs }, in: &kept)
        // What renews a weight can be a node of its own.
        let layers = Set(kept.filter { !isScore[$0] }.map { nodes[$0].layer })
        for number in nodes.indices where layers.contains(nodes[number].layer) {
            guard nodes[number].renewed.contains(where: { $0 != nil }), kept.insert(number).inserted else { continue }
            keep(nodes[number].inputs, in: &kept)
        }
        result.states = states.filter { use in
            guard case .output(let node, _) = use.next else { return true }
            guard layers.contains(nodes[node].layer) else { return false }
            keep([use.next], in: &kept)
            return true
        }
        let order = nodes.indices.filter(kept.contains)
        let numbers = Dictionary(uniqueKeysWithValues: zip(order, order.indices))
        func renamed(_ value: Value) -> Value {
            guard case .output(let node, let index) = value else { return value }
            return .output(node: numbers[node]!, index: index)
        }
        result.outputs = result.outputs.map(renamed)
        result.masks = result.masks.map { $0.map(renamed) }
        for index in result.states.indices { result.states[index].next = renamed(result.states[index].next) }
        result.nodes = order.map { number in
            var node = nodes[number]
            node.inputs = node.inputs.map(renamed)
            return node
        }
        result.scoringStart = scoringStart.map { start in order.count { $0 < start } }
        return result
    }

    /// Adds the nodes that values come from, and those that these need.
    private func keep(_ values: [Value], in kept: inout Set<Int>) {
        var open = values
        while let value = open.popLast() {
            guard case .output(let node, _) = value, kept.insert(node).inserted else { continue }
            open += nodes[node].inputs
        }
    }

    /// The layer calls that take part in computing an output.
    package func layers(behindOutput index: Int) -> Set<Int> {
        var kept: Set<Int> = []
        keep([outputs[index]], in: &kept)
        return Set(kept.map { nodes[$0].layer })
    }

    /// The layer call that adds a loss of its own.
    package func layer(ofLoss index: Int) -> Int? {
        guard case .output(let node, _) = losses[index] else { return nil }
        return nodes[node].layer
    }
}
