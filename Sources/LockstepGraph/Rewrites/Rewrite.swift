/// A rule that makes an operation graph shorter. It is applied before differentiation. Layers do not know of it.
///
/// Times and errors must still name the right layer. So a rule does not move work from one layer call to another, except
/// for normalizations and the activations behind them, which cannot fail. Random keys are fixed before, so that a rule changes no random number.
package enum Rewrite: CaseIterable, Sendable {
    case fusedProducts, cancelledTransposes, removedAliases, absorbedPadding, fusedNormalizations, foldedNormalizations

    /// Whether the graph has no gradients any more.
    var isForInference: Bool { self == .foldedNormalizations }

    func apply(to graph: inout OperationGraph) {
        switch self {
        case .fusedProducts: graph.fuseProducts()
        case .cancelledTransposes: graph.cancelTransposes()
        case .removedAliases: graph.removeAliases()
        case .absorbedPadding: graph.absorbPadding()
        case .fusedNormalizations: graph.fuseNormalizations()
        case .foldedNormalizations: graph.foldNormalizations()
        }
    }
}

extension OperationGraph {
    /// The graph after some rules, in the order in which they are declared.
    ///
    /// - Parameter forInference: whether it needs no gradients; some rules apply only then.
    package func rewritten(
        by rewrites: Set<Rewrite> = Set(Rewrite.allCases), forInference: Bool = false
    ) -> OperationGraph {
        var result = self
        for rewrite in Rewrite.allCases where rewrites.contains(rewrite) && (forInference || !rewrite.isForInference) {
            rewrite.apply(to: &result)
        }
        return result
    }

    /// How many operations, outputs and losses of the model read each value.
    var readers: [Value: Int] {
        var result: [Value: Int] = [:]
        for value in nodes.flatMap(\.inputs) + outputs + masks.compactMap({ $0 }) + losses + states.map(\.next) {
            result[value, default: 0] += 1
        }
        return result
    }

    /// Removes nodes.
    ///
    /// - Parameter stand: for each removed node, the value that replaces its only output. It comes before the node.
    mutating func remove(_ stand: [Int: Value]) {
        guard !stand.isEmpty else { return }
        var numbers: [Int: Int] = [:]
        for number in nodes.indices where stand[number] == nil { numbers[number] = numbers.count }
        func renamed(_ value: Value) -> Value {
            guard case .output(let node, let index) = value else { return value }
            return stand[node].map(renamed) ?? .output(node: numbers[node]!, index: index)
        }
        outputs = outputs.map(renamed)
        masks = masks.map { $0.map(renamed) }
        losses = losses.map(renamed)
        for index in states.indices { states[index].next = renamed(states[index].next) }
        nodes = nodes.indices.filter { stand[$0] == nil }.map { number in
            var node = nodes[number]
            node.inputs = node.inputs.map(renamed)
            return node
        }
    }
}
