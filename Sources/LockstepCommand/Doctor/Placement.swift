import Lockstep

/// The ranks of one host and the cores they may use: whether they fit.
///
/// Cores are what the operating system calls processors, hardware threads among them.
package struct Placement {
    package struct Rank {
        /// What the rank is bound to.
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
        /// Enough cores, but ranks are bound so that the threads of some share these processors, which are too few for
        /// them.
        case crowded(onto: String)
        /// So many cores have no thread.
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

    /// What the host has, unless ranks are bound to less, and the quota of its control group.
    package let usable: Processors
    package let ranks: [Rank]

    package init(usable: Processors, ranks: [Rank]) {
        self.usable = usable
        self.ranks = ranks
    }

    /// The cores for the ranks to share: the host's, or as many as its control group grants the time of.
    package var cores: Int { max(1, min(usable.count, usable.quota.map { Int($0) } ?? .max)) }

    package var threads: Int { ranks.reduce(0) { $0 + $1.threads } }

    package var fit: Fit {
        if threads > cores { return .oversubscribed }
        if let crowd = groups.first(where: { $0.threads > $0.processors.count }) {
            return .crowded(onto: crowd.processors.ranges)
        }
        return Self.wastes(cores - threads, of: cores) ? .idle(cores: cores - threads) : .right
    }

    /// Whether so many idle cores are worth a word: an eighth of them. Fewer are what a division leaves over.
    static func wastes(_ idle: Int, of cores: Int) -> Bool { idle > 0 && idle * 8 >= cores }

    /// Ranks that share processors, directly or through others, as one.
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

    /// `"2 ranks × 4 threads"`, or all their threads where they differ.
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
