import Lockstep

/// A reduction of a segment or of the totals over all nodes.
///
/// Its phases are the stages of its schedule, and then, if parts are gathered, the same stages in reverse.
struct SimulatedFlow {
    /// Nil for totals.
    let bucket: Int?
    let range: Range<Int>
    /// For each node, the index within the node of the rank that owns the segment.
    let owners: [Int]
    let plan: ReductionSchedule.Plan
    /// The number format of sums, and whether sums are gathered. Otherwise values are gathered after their update.
    let wire: WireFormat
    let gathersSums: Bool

    var stages: Int { plan.radices.count }
    var phases: Int { plan.way == .whole ? stages : 2 * stages }

    /// Whether it waits before a phase until values are updated.
    func rests(before phase: Int) -> Bool { phase == phases || !gathersSums && phase == stages }

    /// A node's part of a phase.
    func phase(_ number: Int, node: Int) -> Phase {
        let gathers = number >= stages
        let group = plan.group(gathers ? 2 * stages - 1 - number : number, of: range, node: node)
        return Phase(group: group, gathers: gathers, wire: gathers && !gathersSums ? .float32 : wire)
    }

    /// The number of elements whose sum a node has before sums are gathered.
    func resultCount(node: Int) -> Int {
        let group = plan.group(stages - 1, of: range, node: node)
        return group.part(group.own).count
    }

    struct Phase {
        let group: ReductionSchedule.Group
        let gathers: Bool
        let wire: WireFormat

        /// The bytes for another node of the group, given by its digit; if 0, there is no message.
        func bytes(to digit: Int) -> Int { group.part(gathers ? group.own : digit).count * wire.size }
        /// The bytes from another node.
        func bytes(from digit: Int) -> Int { group.part(gathers ? digit : group.own).count * wire.size }

        /// The memory traffic of processing the received parts: bytes read and written.
        var traffic: Double {
            let own = group.part(group.own).count
            let others = (group.way == .whole ? group.radix * own : group.held.count) - own
            let received = gathers ? others : (group.radix - 1) * own
            // Decoding reads two bytes and writes four. Encoding, before the phase, also keeps the rounding errors.
            let coded = wire == .float32 ? 0 : 6 * received + 14 * (gathers ? own : others)
            return Double(coded + (gathers ? 0 : 4 * (received + 2 * own)))
        }
    }
}

extension SimulatedFlow {
    /// The flows of a step on nodes of given sizes: the totals first, then the segments of each bucket.
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
