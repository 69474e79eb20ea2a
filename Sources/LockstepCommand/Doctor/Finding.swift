import Lockstep

/// A problem with the start or the place of a job, and its remedy.
package struct Finding: Codable, Equatable, Sendable {
    package let problem: String
    /// Command lines, each a remedy by itself; empty if no command line helps.
    package let remedy: [String]

    init(_ problem: String, _ remedy: [String] = []) {
        self.problem = problem
        self.remedy = remedy
    }
}

extension Survey {
    /// The problems, the worst first; empty if there is nothing to improve.
    package var findings: [Finding] {
        [placement, set, slowHost, sharedMemory, carriers, polling, network].compactMap { $0 }
    }

    /// Ranks and threads that do not fit the cores.
    private var placement: Finding? {
        var problems = told { problem(of: $0.placement) }
        let threads = Set(hosts.flatMap { $0.placement.ranks.map(\.threads) })
        if problems.isEmpty, threads.count > 1, let fewest = threads.min(), let most = threads.max() {
            problems = [
                "ranks have \(fewest) to \(most) threads but equal shares of each batch: all wait for those with \(fewest)"
            ]
        }
        guard !problems.isEmpty else { return nil }
        let layout = Layout(
            hosts: hosts.map(\.name), cores: hosts.map(\.placement.cores), ranks: hosts.map(\.placement.ranks.count))
        // If `mpirun` bound the ranks, another `mpirun` command line is the remedy. A program without MPI was bound by
        // the program that started it.
        let alone = library == nil ? hosts.first?.placement : nil
        let isBound = alone.map { ($0.ranks.first?.processors.count ?? 0) < $0.cores } ?? false
        let commands = layout.commands(
            threadsAreForced: threadsAreForced, processors: isBound ? alone?.usable.ranges : nil)
        return Finding(problems.joined(separator: "; "), commands)
    }

    private func problem(of placement: Placement) -> String? {
        let granted = placement.cores < placement.usable.count ? " (its control group grants no more)" : ""
        switch placement.fit {
        case .right: return nil
        case .oversubscribed:
            let there = placement.cores == 1 ? "there is 1" : "there are \(placement.cores)"
            return
                "oversubscribed: \(placement.summary) want \(plural(placement.threads, "core")), and \(there)\(granted)"
        case .crowded(let list):
            return "\(placement.summary) are bound so that some share processors \(list), while others are idle"
        case .idle(let idle):
            let bound = placement.ranks.reduce(0) { max($0, $1.processors.count) }
            let isBound = placement.ranks.allSatisfy { $0.processors.count == $0.threads } && !threadsAreForced
            let why =
                isBound
                ? ": \(placement.ranks.count == 1 ? "it" : "each rank") is bound to \(plural(bound, "core"))"
                : threadsAreForced ? ": LOCKSTEP_THREADS asks for no more threads" : ""
            return
                "\(idle) of \(plural(placement.cores, "core")) \(idle == 1 ? "is" : "are") idle with \(placement.summary)\(why)"
        }
    }

    /// An instruction set slower than the best of the hosts.
    private var set: Finding? {
        let order = InstructionSet.allCases
        func isSlower(_ a: InstructionSet, _ b: InstructionSet) -> Bool {
            (order.firstIndex(of: a) ?? 0) < (order.firstIndex(of: b) ?? 0)
        }
        guard let best = hosts.map(\.instructionSet).max(by: isSlower), isSlower(instructionSet, best) else {
            return nil
        }
        if instructionSetIsForced {
            return Finding(
                "LOCKSTEP_INSTRUCTION_SET makes all ranks compute with \(instructionSet.rawValue), where there is \(best.rawValue)",
                ["unset LOCKSTEP_INSTRUCTION_SET"])
        }
        let lacking = hosts.filter { $0.instructionSet == instructionSet }.map(\.name)
        return Finding(
            "all ranks compute with \(instructionSet.rawValue), for \(some(lacking)) lack\(lacking.count == 1 ? "s" : "") \(best.rawValue)"
        )
    }

    /// A host whose cores are much slower than another's.
    private var slowHost: Finding? {
        guard let fastest = hosts.map(\.gflops).max(), fastest > 0 else { return nil }
        let slow = hosts.filter { $0.gflops < 0.75 * fastest && $0.placement.fit != .oversubscribed }.map(\.name)
        return slow.isEmpty
            ? nil
            : Finding(
                "cores of \(some(slow)) make less than three quarters of what others make, and every step waits for them"
            )
    }

    /// Too little shared memory for the ranks of a host. Containers have 64 MB by default.
    private var sharedMemory: Finding? {
        let problems = told { host in
            guard host.placement.ranks.count > 1, let free = host.freeSharedMemory, free < 128 << 20 else { return nil }
            return "/dev/shm has \(free >> 20) MB free, and ranks of one host exchange gradients through it"
        }
        guard !problems.isEmpty else { return nil }
        return Finding(
            problems.joined(separator: "; "), ["docker run --shm-size=1g IMAGE", "mount -o remount,size=1g /dev/shm"])
    }

    /// Ranks of one host that communicate over a network.
    private var carriers: Finding? {
        guard let transports, transports.messaging == "ob1", !transports.sharesMemory,
            let path = transports.path(withinHost: true),
            hosts.contains(where: { $0.placement.ranks.count > 1 })
        else { return nil }
        guard !transports.wantsMemory else {
            return Finding(
                "ranks of one host talk over \(path), though btl is \(transports.wantedCarriers): they do not share its memory"
            )
        }
        let memory = library?.contains(" 5.") == true ? "sm" : "vader"
        return Finding(
            "ranks of one host talk over \(path), because btl is \(transports.wantedCarriers): shared memory is faster",
            ["mpirun --mca btl \(transports.carriers.joined(separator: ",")),\(memory) PROGRAM"])
    }

    /// Ranks that fill every core of a host and poll a network, so that the threads that serve the network get no time.
    private var polling: Finding? {
        guard hosts.count > 1, yields == false, transports?.path(withinHost: false) == "TCP",
            hosts.contains(where: { $0.placement.threads >= $0.placement.cores })
        else { return nil }
        return Finding(
            "ranks fill every core and poll while they wait for TCP, which starves the threads that feed it",
            ["mpirun --mca mpi_yield_when_idle 1 PROGRAM"])
    }

    /// Hosts whose connection is slower than any present network, although their ranks have free cores: often the wrong
    /// interface.
    private var network: Finding? {
        guard polling == nil, !hosts.contains(where: { $0.placement.fit == .oversubscribed }),
            let slowest = roads.min(by: { $0.gbPerS < $1.gbPerS }), slowest.gbPerS < 0.08
        else { return nil }
        return Finding(
            "between \(slowest.from) and \(slowest.to) large messages are slower than gigabit Ethernet's",
            ["mpirun --mca btl_tcp_if_include INTERFACE PROGRAM"])
    }

    /// The problems of hosts; hosts with the same problem are listed together: `"node1, node2: …"`.
    private func told(_ problem: (Host) -> String?) -> [String] {
        let all = hosts.compactMap { host in problem(host).map { (host: host.name, text: $0) } }
        var texts: [String] = []
        for (_, text) in all where !texts.contains(text) { texts.append(text) }
        return texts.map { text in "\(some(all.filter { $0.text == text }.map(\.host))): \(text)" }
    }

    private func some(_ names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
    }
}
