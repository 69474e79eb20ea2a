/// Which nodes exchange which parts of a segment, stage by stage, until all hold its sum.
///
/// A node's number is written with mixed radices: `number = d₀ + f₀·(d₁ + f₁·(d₂ + …))`. Each stage belongs to one
/// digit: the nodes that differ in this digit only form a group. With one radix, every node talks to every other. With
/// radices of 2, it is recursive halving and doubling (Rabenseifner, 2004). With `Way.parts`, each node moves 2(N−1)/N
/// of the segment for any radices; fewer bytes are not possible. More and smaller radices need fewer messages but more
/// stages.
///
/// The order of additions depends neither on the node that adds nor on the radices. It is the order of the digits to
/// prime radices (`StageOrder`), because each radix is a product of neighbours among the prime factors of the number of
/// nodes, the largest first.
package struct ReductionSchedule: Equatable, Sendable {
    package enum Way: Equatable, Sendable {
        /// The nodes of a group divide what they hold. Each sums its part, and later they gather the sums.
        case parts
        /// The nodes of a group send each other all that they hold: more bytes but half the stages, for short segments.
        case whole
    }

    package struct Stage: Equatable, Sendable {
        /// The nodes of the group, in the order of the digit.
        package let nodes: [Int]
        /// This node's place in the group.
        package let own: Int
        /// The part of each node.
        package let parts: [Range<Int>]
    }

    /// A stage as one node sees it, in numbers. The lists of a `Stage` are made from it.
    package struct Group {
        package let way: Way
        /// What the node holds before the stage.
        package let held: Range<Int>
        /// The node whose digit is 0, and the difference between the numbers of nodes whose digits differ by 1.
        package let first, unit: Int
        /// How many nodes there are, and this node's place among them.
        package let radix, own: Int

        init(_ way: Way, held: Range<Int>, node: Int, unit: Int, radix: Int) {
            (self.way, self.held, self.unit, self.radix) = (way, held, unit, radix)
            own = node / unit % radix
            first = node - own * unit
        }

        package func node(_ digit: Int) -> Int { first + digit * unit }
        package func part(_ digit: Int) -> Range<Int> { way == .parts ? cut(held, into: radix, part: digit) : held }
    }

    /// The way and the radices of a schedule: the same on all nodes.
    package struct Plan: Equatable {
        package let way: Way
        package let radices: [Int]

        package init(way: Way, radices: [Int]) { (self.way, self.radices) = (way, radices) }

        /// One stage of a segment's schedule on a node. It makes no lists for the other stages.
        package func group(_ stage: Int, of range: Range<Int>, node: Int) -> Group {
            var group = Group(way, held: range, node: node, unit: 1, radix: radices[0])
            for radix in radices[1..<(stage + 1)] {
                group = Group(
                    way, held: group.part(group.own), node: node, unit: group.unit * group.radix, radix: radix)
            }
            return group
        }
    }

    package let way: Way
    package let stages: [Stage]
    /// The part whose sum this node has before sums are gathered.
    package let result: Range<Int>

    package init(_ range: Range<Int>, node: Int, way: Way, radices: [Int]) {
        self.way = way
        var stages: [Stage] = []
        var held = range
        var unit = 1
        for radix in radices {
            let group = Group(way, held: held, node: node, unit: unit, radix: radix)
            stages.append(Stage(nodes: (0..<radix).map(group.node), own: group.own, parts: (0..<radix).map(group.part)))
            held = group.part(group.own)
            unit *= radix
        }
        self.stages = stages
        result = held
    }

    /// The schedule that a link suggests; the same on all nodes.
    ///
    /// - Parameters:
    ///   - bytes: of each element on the wire.
    ///   - needsParts: whether every node must have its own part of the sum before sums are gathered.
    ///   - isDirect: whether the schedule must have one stage only.
    package init(
        _ range: Range<Int>, node: Int, nodes: Int, bytes: Int, link: LinkModel, needsParts: Bool,
        isDirect: Bool = false
    ) {
        let plan = Self.plan(
            count: range.count, nodes: nodes, bytes: bytes, link: link, needsParts: needsParts,
            radices: isDirect ? [[nodes]] : nil)
        self.init(range, node: node, way: plan.way, radices: plan.radices)
    }

    /// The plan that a link suggests for a segment of `count` elements.
    ///
    /// With fewer bytes per element than a float has, sums are rounded on the way. Then the plan does not depend on the
    /// link, because a measurement must not change results.
    ///
    /// - Parameter choices: the radices to choose from; nil: all that lead to the same sums.
    package static func plan(
        count: Int, nodes: Int, bytes: Int, link: LinkModel, needsParts: Bool, radices choices: [[Int]]? = nil
    ) -> Plan {
        if bytes < MemoryLayout<Float>.stride {
            return Plan(
                way: .parts, radices: factorizations(of: nodes).first { $0.allSatisfy { $0 <= 8 } } ?? primes(of: nodes)
            )
        }
        var best = (plan: Plan(way: .parts, radices: [nodes]), seconds: Double.infinity)
        for radices in choices ?? factorizations(of: nodes) {
            for way in needsParts ? [Way.parts] : [.parts, .whole] {
                let seconds = Self.seconds(way, radices, bytes: Double(count * bytes), link)
                if seconds < best.seconds { best = (Plan(way: way, radices: radices), seconds) }
            }
        }
        return best.plan
    }

    /// How many seconds the schedule takes if all nodes begin at once.
    package static func seconds(_ way: Way, _ radices: [Int], bytes: Double, _ link: LinkModel) -> Double {
        var held = bytes
        return radices.reduce(0) { total, radix in
            let others = Double(radix - 1)
            switch way {
            case .parts:
                held /= Double(radix)
                return total + 2 * link.seconds(messages: radix - 1, bytes: others * held)
            case .whole: return total + link.seconds(messages: radix - 1, bytes: others * held)
            }
        }
    }

    /// The prime factors of a number, the largest first; none of 1.
    static func primes(of number: Int) -> [Int] {
        guard let smallest = (2...max(number, 2)).first(where: { number % $0 == 0 }), number > 1 else { return [] }
        return primes(of: number / smallest) + [smallest]
    }

    /// The ways to write a number as a product. Each factor is a product of neighbours among the number's prime
    /// factors. Ways with fewer factors come first; of several ways with the same factors, one is returned. The way of
    /// 1 is `[]`.
    package static func factorizations(of number: Int) -> [[Int]] {
        let primes = primes(of: number)
        // `ways[i]` holds the ways of the product of the prime factors from `i` on.
        var ways: [[[Int]]] = Array(repeating: [], count: primes.count) + [[[]]]
        for first in primes.indices.reversed() {
            var seen: Set<[Int]> = []
            var factor = 1
            for next in first..<primes.count {
                factor *= primes[next]
                for rest in ways[next + 1] where seen.insert(([factor] + rest).sorted()).inserted {
                    ways[first].append([factor] + rest)
                }
            }
        }
        return ways[0].sorted { $0.count < $1.count }
    }
}
