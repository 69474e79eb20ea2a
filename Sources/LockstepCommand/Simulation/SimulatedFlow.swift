import Lockstep

/// A reduction over the nodes, as all of them go through it: of a segment, or of the totals.
///
/// Its phases are the stages of its schedule, there and, where parts are gathered, back.
struct SimulatedFlow {
    /// Nil for totals.
    let bucket: Int?
    let range: Range<Int>
    /// For each node, the place of the rank that owns it.
    let owners: [Int]
    let plan: ReductionSchedule.Plan
    /// How sums travel, and whether they are gathered; otherwise values are, after their update.
    let wire: WireFormat
    let gathersSums: Bool

    var stages: Int { plan.radices.count }
    var phases: Int { plan.way == .whole ? stages : 2 * stages }

    /// Whether it stops before a phase until values are updated.
    func rests(before phase: Int) -> Bool { phase == phases || !gathersSums && phase == stages }

    /// A node's part of a phase.
    func phase(_ number: Int, node: Int) -> Phase {
        let gathers = number >= stages
        let group = plan.group(gathers ? 2 * stages - 1 - number : number, of: range, node: node)
        return Phase(group: group, gathers: gathers, wire: gathers && !gathersSums ? .float32 : wire)
    }

    /// How much of it a node has the sum of before sums are gathered.
    func resultCount(node: Int) -> Int {
        let group = plan.group(stages - 1, of: range, node: node)
        return group.part(group.own).count
    }

    struct Phase {
        let group: ReductionSchedule.Group
        let gathers: Bool
        let wire: WireFormat

        /// Bytes for another node of the group, by its digit; no message if there are none.
        func bytes(to digit: Int) -> Int { group.part(gathers ? group.own : digit).count * wire.size }
        /// Bytes from another node.
        func bytes(from digit: Int) -> Int { group.part(gathers ? digit : group.own).count * wire.size }

        /// What is done with what has come: bytes read and written.
        var traffic: Double {
            let own = group.part(group.own).count
            let others = (group.way == .whole ? group.radix * own : group.held.count) - own
            let received = gathers ? others : (group.radix - 1) * own
            // Decoding reads two bytes and writes four; encoding, before the phase, also keeps what rounding took.
            let coded = wire == .float32 ? 0 : 6 * received + 14 * (gathers ? own : others)
            return Double(coded + (gathers ? 0 : 4 * (received + 2 * own)))
        }
    }
}

extension SimulatedFlow {
    /// What nodes of some sizes exchange in a step: the totals first, then the segments of each bucket.
    static func all(
        _ work: StepWork, buckets: [Range<Int>], nodeSizes: [Int], options: ExchangeOptions, link: LinkModel
    ) -> [SimulatedFlow] {
        let totals = 0..<Tensor.elements(ofDoubles: work.totals)
        var plans: [Int: ReductionSchedule.Plan] = [:]
        func plan(_ count: Int, bytes: Int, needsParts: Bool) -> ReductionSchedule.Plan {
            ReductionSchedule.plan(
                count: count, nodes: nodeSizes.count, bytes: bytes, link: link, needsParts: needsParts)
        }
        let first = SimulatedFlow(
            bucket: nil, range: totals, owners: Array(repeating: 0, count: nodeSizes.count),
            plan: .init(way: .whole, radices: plan(totals.count, bytes: 4, needsParts: false).radices), wire: .float32,
            gathersSums: true)
        return [first]
            + buckets.enumerated().flatMap { number, bucket in
                segments(of: bucket, ranks: nodeSizes).map { segment in
                    let count = segment.range.count
                    let chosen =
                        plans[count]
                        ?? plan(count, bytes: options.wire.size, needsParts: options.needsParts)
                    plans[count] = chosen
                    return SimulatedFlow(
                        bucket: number, range: segment.range, owners: segment.owners, plan: chosen, wire: options.wire,
                        gathersSums: !options.shardOptimizer)
                }
            }
    }
}
