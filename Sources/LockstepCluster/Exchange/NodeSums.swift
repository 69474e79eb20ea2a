import LockstepCompute

/// What the ranks of a node sum, and in which order.
///
/// Without micro-shards: the gradients of each rank, in the order of the ranks. With micro-shards, where results must
/// not depend on the number of ranks: the sums of micro-shards that each rank makes, in the order of their tree, as far
/// as the node has whole subtrees.
package struct NodeSums: Equatable {
    /// One tensor of gradients of a rank of the node.
    package struct Operand: Equatable {
        package let place, part: Int
    }

    /// Where an addition reads its operands and writes its sum.
    package enum Location: Equatable {
        case operand(Int)
        case register(Int)
        case result(Int)
    }

    package struct Step: Equatable {
        package let x, y, out: Location
    }

    package let operands: [Operand]
    /// For each result, the micro-shards that it is the sum of; empty without micro-shards.
    package let results: [Range<Int>]
    /// For each result, the operand whose memory it may overwrite.
    package let places: [Operand]
    /// For each result, where it lies: the operand itself if there is nothing to add.
    package let locations: [Location]
    package let steps: [Step]
    /// The most sums that wait in registers at the same time.
    package let registers: Int

    /// - Parameters:
    ///   - neighbours: the node's ranks.
    ///   - place: the place of the rank that gets the result, if there are no micro-shards.
    package init(of neighbours: [Int], place: Int, microShards: MicroShards?) {
        var operands: [Operand] = []
        var leaves: [Range<Int>] = []
        for (place, rank) in neighbours.enumerated() {
            for (part, range) in (microShards?.parts(of: rank) ?? [0..<0]).enumerated() {
                operands.append(Operand(place: place, part: part))
                leaves.append(range)
            }
        }
        let additions = microShards?.tree.additions(of: leaves) ?? SumTree.Additions(sequence: operands.count)
        self.operands = operands
        results = additions.results.map(\.leaves)
        places = additions.results.map { microShards == nil ? Operand(place: place, part: 0) : operands[$0.operand] }
        (steps, locations, registers) = Self.steps(additions, operands: operands.count)
    }

    /// The additions, with intermediate sums in registers. A register is free again when its sum has been added.
    private static func steps(_ additions: SumTree.Additions, operands: Int) -> ([Step], [Location], Int) {
        var locations = (0..<operands).map { Location.operand($0) }
        var free: [Int] = []
        var registers = 0
        let steps = additions.pairs.enumerated().map { index, pair in
            let (x, y) = (locations[pair.sum], locations[pair.addend])
            for case .register(let register) in [x, y] { free.append(register) }
            let isLast = !additions.pairs[(index + 1)...].contains { $0.sum == pair.sum || $0.addend == pair.sum }
            if isLast, let result = additions.results.firstIndex(where: { $0.operand == pair.sum }) {
                locations[pair.sum] = .result(result)
            } else {
                if free.isEmpty {
                    free.append(registers)
                    registers += 1
                }
                free.sort(by: >)
                locations[pair.sum] = .register(free.removeLast())
            }
            return Step(x: x, y: y, out: locations[pair.sum])
        }
        return (steps, additions.results.map { locations[$0.operand] }, registers)
    }
}

extension SumTree.Additions {
    /// Adds operands one after another.
    init(sequence count: Int) {
        self.init()
        pairs = (0..<count).dropFirst().map { Pair(0, $0) }
        results = count == 0 ? [] : [Result(operand: 0, leaves: 0..<0)]
    }
}
