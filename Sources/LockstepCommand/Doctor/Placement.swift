import Lockstep

/// The ranks of one host, the cores that they may use, and whether they fit.
///
/// A core here is a processor of the operating system, which may be a hardware thread.
package struct Placement {
    package struct Rank {
        /// The processors to which the rank is bound.
        package let processors: Processors
        package let threads: Int

        package init(processors: Processors, threads: Int) {
            self.processors = processors
            self.threads = threads
        }
    }

    package enum Fit: Equatable, Sendable {
        case right
        /// More threads than cores.
        case oversubscribed
        /// There are enough cores, but some ranks are bound to these processors, which are too few for their threads.
        case crowded(onto: String)
        /// This many cores have no thread.
        case idle(cores: Int)

        package var word: String {
            switch self {
            case .right: "fits"
            case .oversubscribed: "oversubscribed"
            case .crowded: "bound too narrowly"
            case .idle: "idle"
            }
        }
    }

    /// The processors of the host, or fewer if ranks are bound, with the quota of its control group.
    package let usable: Processors
    package let ranks: [Rank]

    package init(usable: Processors, ranks: [Rank]) {
        self.usable = usable
        self.ranks = ranks
    }

    /// The cores that the ranks share: the host's, or fewer if its control group grants less time.
    package var cores: Int { max(1, min(usable.count, usable.quota.map { Int($0) } ?? .max)) }

    package var threads: Int { ranks.reduce(0) { $0 + $1.threads } }

    package var fit: Fit {
        if threads > cores { return .oversubscribed }
        if let crowd = groups.first(where: { $0.threads > $0.processors.count }) {
            return .crowded(onto: crowd.processors.ranges)
        }
        return Self.wastes(cores - threads, of: cores) ? .idle(cores: cores - threads) : .right
    }

    /// Whether this many idle cores are worth a finding: an eighth of all. Fewer are the remainder of a division.
    static func wastes(_ idle: Int, of cores: Int) -> Bool { idle > 0 && idle * 8 >= cores }

    /// The ranks that share processors, directly or through others, joined into one.
    private var groups: [Rank] {
        ranks.reduce(into: []) { groups, rank in
            let touched = groups.filter { $0.processors.overlaps(rank.processors) } + [rank]
            groups.removeAll { $0.processors.overlaps(rank.processors) }
            groups.append(
                Rank(
                    processors: touched.dropFirst().reduce(touched[0].processors) { $0.union($1.processors) },
                    threads: touched.reduce(0) { $0 + $1.threads }))
        }
    }

    /// `"2 ranks × 4 threads"`, or the total of the threads if they differ.
    package var summary: String {
        let number = plural(ranks.count, "rank")
        guard let first = ranks.first, ranks.allSatisfy({ $0.threads == first.threads }) else {
            return "\(number) with \(plural(threads, "thread")) in all"
        }
        return "\(number) × \(plural(first.threads, "thread"))"
    }
}

/// `"1 rank"`, `"2 ranks"`.
func plural(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
