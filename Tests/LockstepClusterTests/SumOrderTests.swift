import LockstepCluster
import LockstepCompute
import Testing

/// What is added to what, written out: sums of the same text have the same bits.
@Suite struct SumOrderTests {
    /// What additions make of some texts, in the order of their results.
    private func apply(_ additions: SumTree.Additions, to operands: [String]) -> [String] {
        var texts = operands
        for pair in additions.pairs { texts[pair.sum] = "(\(texts[pair.sum])+\(texts[pair.addend]))" }
        return additions.results.map { texts[$0.operand] }
    }

    /// Oracle: the first way. Which way is taken depends on measured speeds, which must not decide about bits.
    @Test("every way over the nodes adds in the same order", arguments: 2...36)
    func ways(nodes: Int) {
        let sums = ReductionSchedule.factorizations(of: nodes).map { radices in
            let schedules = (0..<nodes).map {
                ReductionSchedule(0..<16 * nodes, node: $0, way: .whole, radices: radices)
            }
            var held = (0..<nodes).map { "\($0)" }
            for stage in radices.indices {
                held = schedules.map { schedule in
                    let stage = schedule.stages[stage]
                    return apply(StageOrder(radix: stage.nodes.count).additions, to: stage.nodes.map { held[$0] })[0]
                }
            }
            #expect(held.allSatisfy { $0 == held[0] }, "by \(radices) nodes come to other sums")
            return held[0]
        }
        #expect(sums.allSatisfy { $0 == sums[0] }, "\(sums)")
    }

    /// Oracle: what one rank adds, whatever nodes the ranks lie on: neighbours together, dealt out like cards, or
    /// anyhow.
    @Test("the sums of nodes, put together, are the tree of one rank", arguments: [1, 2, 3, 5, 8, 12])
    func nodes(count: Int) throws {
        for ranks in 1...9 {
            let shards = MicroShards(count: count, ranks: ranks)
            let leaves = (0..<count).map { "\($0)" }
            let oracle = apply(shards.tree.additions(of: (0..<count).map { $0..<$0 + 1 }), to: leaves)
            for leaders in [
                (0..<ranks).map { $0 / 2 * 2 }, (0..<ranks).map { $0 % 3 },
                (0..<ranks).map { $0 * $0 % 4 == 0 ? 0 : 1 },
                Array(repeating: 0, count: ranks),
            ] {
                let map = NodeMap(leaders: leaders, rank: 0)
                var brought: [[String]] = []
                let sums = map.members.map { NodeSums(of: $0, place: 0, microShards: shards) }
                for (node, sums) in sums.enumerated() {
                    var registers = [String](repeating: "?", count: sums.registers)
                    var results = [String](repeating: "?", count: sums.results.count)
                    let operands = sums.operands.map { operand in
                        let range = shards.parts(of: map.members[node][operand.place])[operand.part]
                        let own = SumTree.Additions(wholeOf: range, in: shards.tree)
                        return apply(own, to: Array(leaves[range]))[0]
                    }
                    func text(_ location: NodeSums.Location) -> String {
                        switch location {
                        case .operand(let index): operands[index]
                        case .register(let index): registers[index]
                        case .result(let index): results[index]
                        }
                    }
                    for step in sums.steps {
                        let sum = "(\(text(step.x))+\(text(step.y)))"
                        switch step.out {
                        case .register(let index): registers[index] = sum
                        case .result(let index): results[index] = sum
                        case .operand: Issue.record("an operand is overwritten")
                        }
                    }
                    brought.append(sums.locations.map(text))
                }
                let order = StageOrder(sums.map(\.results), tree: shards.tree)
                #expect(order.counts == brought.map(\.count))
                #expect(
                    apply(order.additions, to: brought.flatMap { $0 }) == oracle, "\(ranks) ranks on nodes \(leaders)")
            }
        }
    }

    @Test("ranks take all micro-shards of all rows of a batch, each once")
    func partition() {
        for (count, batch) in [(8, 128), (8, 3), (5, 21), (1, 7), (12, 100)] {
            for ranks in 1...9 {
                let shards = MicroShards(count: count, ranks: ranks)
                let rows = (0..<ranks).map { shards.rows(of: batch, rank: $0) }
                #expect(rows.flatMap { Array($0) } == Array(0..<batch))
                #expect((0..<ranks).flatMap { shards.parts(of: $0).flatMap { Array($0) } } == Array(0..<count))
                for rank in 0..<ranks {
                    let sums = shards.sums(of: batch, rank: rank)
                    #expect(sums.rows == rows[rank].count && sums.leaves == shards.leaves(of: rank).count)
                    // The rows of a micro-shard are the same whoever has it.
                    let whole = MicroShards(count: count, ranks: 1).sums(of: batch, rank: 0).bounds
                    #expect(
                        sums.bounds.map { $0 + rows[rank].lowerBound }
                            == Array(whole[shards.leaves(of: rank).lowerBound...shards.leaves(of: rank).upperBound]))
                    let plan = BatchPlan(samples: 3 * batch + 1, batchSize: batch, microShards: shards)
                    #expect(
                        (0..<plan.steps).allSatisfy {
                            plan.shard($0, rank: rank, size: ranks).count <= plan.mostRows(size: ranks)
                        })
                }
            }
        }
    }
}

extension SumTree.Additions {
    /// All of a subtree's leaves.
    fileprivate init(wholeOf range: Range<Int>, in tree: SumTree) {
        self = tree.additions(of: range.map { $0..<$0 + 1 })
    }
}
