import LockstepCluster
import LockstepCompute
import Testing

@Suite struct ExchangePlanTests {
    /// Oracle: a partition covers each element once; backward completes the arena from its end.
    @Test("buckets cover the arena from its end, and are of about the size asked for")
    func bucketPartition() {
        for (starts, count) in [
            ([0], 0), ([0], 16), ([0, 16, 48], 64), ([0, 0, 160, 160, 4000, 4016], 4096), ([], 100),
            ([0, 32], 100_000),
        ] {
            for size in [1, 16, 50, 1000, 1_000_000] {
                let buckets = buckets(starts: starts, count: count, size: size)
                var end = count
                for bucket in buckets {
                    #expect(bucket.upperBound == end && !bucket.isEmpty)
                    end = bucket.lowerBound
                    #expect(
                        bucket.count < 2 * size + 32
                            || starts.allSatisfy { $0 <= bucket.lowerBound || $0 >= bucket.upperBound })
                }
                #expect(end == 0)
            }
        }
    }

    @Test("a cut covers a range in order, its parts begin on cache lines and differ by one at most")
    func cuts() {
        for count in [0, 1, 15, 16, 17, 160, 1000] {
            for parts in 1...9 {
                let cut = cut(32..<32 + count, into: parts)
                #expect(cut.flatMap { Array($0) } == Array(32..<32 + count))
                #expect(cut.allSatisfy { $0.isEmpty || $0.lowerBound % 16 == 0 })
                let sizes = cut.map { ($0.count + 15) / 16 }
                #expect(sizes.max()! - sizes.min()! <= 1)
            }
        }
    }

    /// Oracle: the slices that each node cuts by itself.
    @Test(
        "segments have one owner on each node, whatever the nodes' sizes",
        arguments: [[1], [2, 2], [3, 1], [4, 3], [2, 5, 1]])
    func owners(ranks: [Int]) {
        for bucket in [0..<16, 16..<1000, 64..<4096] {
            let segments = segments(of: bucket, ranks: ranks)
            #expect(segments.flatMap { Array($0.range) } == Array(bucket))
            for (node, count) in ranks.enumerated() {
                for (place, slice) in cut(bucket, into: count).enumerated() {
                    #expect(segments.filter { $0.owners[node] == place }.flatMap { Array($0.range) } == Array(slice))
                }
            }
        }
    }

    /// Oracle: the sum over the nodes, of numbers that float adds exactly; and 2(N−1)/N, the least that each node can
    /// send.
    @Test("a schedule leaves every node with the sum, and sends no more than it must", arguments: 2...17)
    func schedule(nodes: Int) {
        for range in [16..<32, 32..<32 + 16 * nodes * 3, 0..<1000] {
            for radices in ReductionSchedule.factorizations(of: nodes) {
                for way in [ReductionSchedule.Way.parts, .whole] {
                    let schedules = (0..<nodes).map { ReductionSchedule(range, node: $0, way: way, radices: radices) }
                    var held = (0..<nodes).map { node in range.map { Float(($0 + 1) * (node + 1)) } }
                    let sent = play(schedules, on: &held, from: range.lowerBound)
                    let total = Float(nodes * (nodes + 1) / 2)
                    #expect(
                        held.allSatisfy { $0 == range.map { Float($0 + 1) * total } },
                        "\(nodes) nodes, \(way) by \(radices)")
                    if way == .parts, range.count == 16 * nodes * 3 {
                        #expect(sent.allSatisfy { $0 == 2 * (nodes - 1) * range.count / nodes }, "\(radices): \(sent)")
                    }
                }
            }
        }
    }

    /// Plays schedules in memory; returns the elements that each node sends.
    private func play(_ schedules: [ReductionSchedule], on held: inout [[Float]], from start: Int) -> [Int] {
        var sent = [Int](repeating: 0, count: schedules.count)
        func places(_ range: Range<Int>) -> Range<Int> { range.lowerBound - start..<range.upperBound - start }
        for number in schedules[0].stages.indices {
            let before = held
            for (node, schedule) in schedules.enumerated() {
                let stage = schedule.stages[number]
                for (peer, part) in zip(stage.nodes, stage.parts) where peer != node {
                    sent[node] += part.count
                    for place in places(stage.parts[stage.own]) { held[node][place] += before[peer][place] }
                }
            }
        }
        guard schedules[0].way == .parts else { return sent }
        for number in schedules[0].stages.indices.reversed() {
            let before = held
            for (node, schedule) in schedules.enumerated() {
                let stage = schedule.stages[number]
                for (peer, part) in zip(stage.nodes, stage.parts) where peer != node {
                    sent[node] += stage.parts[stage.own].count
                    for place in places(part) { held[node][place] = before[peer][place] }
                }
            }
        }
        return sent
    }

    @Test("short segments take few messages, long ones few bytes")
    func ways() {
        let link = LinkModel(latency: 50e-6, overhead: 5e-6, bandwidth: 1e9)
        func schedule(_ count: Int) -> ReductionSchedule {
            ReductionSchedule(0..<count, node: 3, nodes: 64, bytes: 4, link: link, needsParts: false)
        }
        #expect(schedule(16).way == .whole && schedule(16).stages.count <= 3)
        #expect(schedule(1 << 24).way == .parts)
        #expect(Set(ReductionSchedule.factorizations(of: 12)) == [[12], [6, 2], [3, 4], [3, 2, 2]])
    }
}

@Suite struct NodeMapTests {
    @Test("ranks fall into nodes by their leaders")
    func nodes() {
        let map = NodeMap(leaders: [0, 1, 0, 1, 4], rank: 3)
        #expect(map.members == [[0, 2], [1, 3], [4]] && map.node == 1 && map.place == 1 && map.neighbours == [1, 3])
    }
}
