import LockstepCompute

/// The ways to compute operations again that are compared.
struct RecomputationCandidates {
    struct Candidate {
        let recomputation: Recomputation
        /// About the time that it adds: elements read and written, and multiplications.
        let work: Double
    }

    /// Where everything is kept.
    private let layout: PlanLayout
    private var graph: OperationGraph { layout.graph }
    /// The model's operations, without losses and metrics.
    private let operations: Range<Int>
    /// The elements of each operation that are kept until backward.
    private let kept: [Int]
    /// The elements that are made before each operation, and read by it or after it.
    private let width: [Int]
    /// For each operation, the values that its backward reads.
    private let readsInBackward: [[OperationGraph.Value]]

    /// - Parameter layout: of a plan that keeps everything.
    init(_ layout: PlanLayout) {
        self.layout = layout
        let graph = layout.graph
        operations = 0..<(graph.scoringStart ?? graph.nodes.count)
        readsInBackward = graph.nodes.indices.map { number in
            guard layout.needsGradient[number] else { return [] }
            let memory = layout.memories[number]
            let inputs = memory.keepsInputs ? graph.nodes[number].inputs : []
            return (inputs + (memory.keepsOutputs ? graph.values(of: number) : [])).map(layout.origin)
        }
        let read = Set(readsInBackward.joined())
        kept = graph.nodes.indices.map { number in
            let saved = layout.needsGradient[number] ? layout.memories[number].saved.reduce(0) { $0 + $1.count } : 0
            return saved + graph.values(of: number).filter(read.contains).reduce(0) { $0 + layout.count($1) }
        }
        var last: [OperationGraph.Value: Int] = [:]
        for (number, node) in graph.nodes.enumerated() {
            for value in node.inputs { last[layout.origin(value)] = number }
        }
        var changes = Array(repeating: 0, count: graph.nodes.count + 2)
        for case (.output(let maker, let index), let reader) in last where graph.nodes[maker].renewed[index] == nil {
            changes[maker + 1] += layout.count(.output(node: maker, index: index))
            changes[reader + 1] -= layout.count(.output(node: maker, index: index))
        }
        var sum = 0
        width = changes.map {
            sum += $0
            return sum
        }
    }

    var all: [Candidate] {
        let total = kept.reduce(0, +)
        var result = [Candidate(recomputation: .none, work: 0)]
        var ways: [[Range<Int>]] = []
        for parts in [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64] {
            let blocks = blocks(of: total / parts)
            guard !ways.contains(blocks) else { continue }
            ways.append(blocks)
            for whole in stride(from: 0, to: blocks.count, by: blocks.count / 16 + 1) {
                result.append(candidate(blocks, whole: whole))
            }
            result.append(candidate(blocks, whole: blocks.count))
        }
        return result
    }

    /// Cuts the operations where few elements pass, into blocks that keep about as many elements each.
    private func blocks(of size: Int) -> [Range<Int>] {
        var (start, sum) = (0, 0)
        var best: Int?
        var result: [Range<Int>] = []
        for end in operations.dropFirst() {
            sum += kept[end - 1]
            if 2 * sum >= size, best.map({ width[end] <= width[$0] }) ?? true { best = end }
            guard sum >= size, let cut = best else { continue }
            result.append(start..<cut)
            (start, sum, best) = (cut, kept[cut..<end].reduce(0, +), nil)
        }
        return result + [start..<operations.upperBound]
    }

    /// - Parameter whole: how many blocks are computed again with their costly operations.
    private func candidate(_ ranges: [Range<Int>], whole: Int) -> Candidate {
        let recomputed = recomputed(ranges, whole: whole)
        return Candidate(
            recomputation: Recomputation(
                blocks: zip(ranges, recomputed).map { Recomputation.Block(operations: $0, recomputed: $1) }),
            work: recomputed.joined().reduce(0) { $0 + work($1) })
    }

    /// The operations of each block that backward needs again, and those that these need.
    private func recomputed(_ ranges: [Range<Int>], whole: Int) -> [[Int]] {
        // Values that backward reads in another block than that which makes them are kept.
        var kept: Set<OperationGraph.Value> = []
        var wanted: Set<OperationGraph.Value> = []
        var block = graph.nodes.map { _ in -1 }
        for (index, range) in ranges.enumerated() { for number in range { block[number] = index } }
        func read(_ value: OperationGraph.Value, by number: Int) {
            if case .output(let maker, _) = value, block[number] >= 0, block[maker] == block[number],
                mayRecompute(maker, costly: block[maker] < whole)
            {
                wanted.insert(value)
            } else {
                kept.insert(value)
            }
        }
        for number in graph.nodes.indices { for value in readsInBackward[number] { read(value, by: number) } }
        var result: [[Int]] = []
        // From the last block on, because what it reads of others is kept there.
        for (index, range) in ranges.enumerated().reversed() {
            var again: [Int] = []
            for number in range.reversed() where mayRecompute(number, costly: index < whole) {
                let isWanted = graph.values(of: number).contains { wanted.contains($0) && !kept.contains($0) }
                guard isWanted || savesMuch(number) else { continue }
                again.append(number)
                for value in graph.nodes[number].inputs { read(layout.origin(value), by: number) }
            }
            result.append(again.reversed())
        }
        return result.reversed()
    }

    private func mayRecompute(_ number: Int, costly: Bool) -> Bool {
        let (node, memory) = (graph.nodes[number], layout.memories[number])
        // The next value of a weight is made once.
        let renews = node.renewed.contains { $0 != nil } && !memory.recomputesFromSaved
        guard !memory.sharesInput, !renews else { return false }
        return switch node.operation.recomputation {
        case .forbidden: false
        case .cheap: true
        case .costly: costly
        }
    }

    /// Whether an operation saves at least as much for its backward as its outputs have.
    private func savesMuch(_ number: Int) -> Bool {
        let memory = layout.memories[number]
        guard layout.needsGradient[number], !memory.recomputesFromSaved else { return false }
        let saved = memory.saved.reduce(0) { $0 + $1.count }
        return saved > 0 && saved >= graph.values(of: number).reduce(0) { $0 + layout.count($1) }
    }

    private func work(_ number: Int) -> Double {
        let inputs = graph.nodes[number].inputs.map { Double(layout.count($0)) }.sorted(by: >)
        let outputs = graph.values(of: number).reduce(0.0) { $0 + Double(layout.count($1)) }
        let moved = inputs.reduce(outputs, +)
        guard case .costly = graph.nodes[number].operation.recomputation else { return moved }
        // As for the product of two matrices of these sizes. Eight multiplications take the time of moving an element.
        return moved + (inputs.prefix(2).reduce(outputs, *)).squareRoot() / 8
    }
}

extension OperationGraph {
    /// The outputs of a node.
    func values(of number: Int) -> [Value] {
        nodes[number].outputs.indices.map { .output(node: number, index: $0) }
    }
}
