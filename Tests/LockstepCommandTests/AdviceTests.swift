import Lockstep
import LockstepCommand
import Testing

/// Processors of these numbers.
private func processors(_ numbers: some Sequence<Int>, quota: Double? = nil) -> Processors {
    var mask: [UInt64] = [0, 0]
    for number in numbers { mask[number / 64] |= 1 << UInt64(number % 64) }
    return Processors(mask: mask, quota: quota)
}

/// A host with the ranks' processors and threads.
private func host(
    _ name: String = "node1", cores: Int, quota: Double? = nil, _ ranks: [(ClosedRange<Int>, Int)],
    set: InstructionSet = .avx2,
    gflops: Double = 100, freeSharedMemory: Int? = 1 << 30
) -> Survey.Host {
    let placement = Placement(
        usable: processors(0..<cores, quota: quota),
        ranks: ranks.map { Placement.Rank(processors: processors($0), threads: $1) })
    return Survey.Host(
        name: name, placement: placement, instructionSet: set, gflops: gflops, freeSharedMemory: freeSharedMemory)
}

/// Oracle: hosts made by hand, and the rule that each line states.
@Suite struct PlacementTests {
    @Test(
        "ranks fit when their threads are as many as the cores, or nearly, and each group of ranks has processors enough"
    )
    func fit() {
        for (host, fit) in [
            // A thread for each core; an eighth of the cores is what a division may not leave over.
            (host(cores: 2, [(0...0, 1), (1...1, 1)]), .right),
            (host(cores: 8, [(0...7, 4), (0...7, 4)]), .right),
            (host(cores: 16, [(0...15, 5), (0...15, 5), (0...15, 5)]), .right),
            (host(cores: 16, [(0...15, 7), (0...15, 7)]), .idle(cores: 2)),
            // More threads than cores, whatever ranks are bound to.
            (host(cores: 2, [(0...1, 1), (0...1, 1), (0...1, 1), (0...1, 1)]), .oversubscribed),
            (host(cores: 2, [(0...0, 3)]), .oversubscribed),
            // What mpirun -n 2 does by itself on 8 cores.
            (host(cores: 8, [(0...0, 1), (1...1, 1)]), .idle(cores: 6)),
            // Bound to one processor and forced to two threads: two processors are not used.
            (host(cores: 4, [(0...0, 2), (1...1, 2)]), .crowded(onto: "0")),
            // Two jobs that mpirun bound to the same processor; chains of overlaps are one group.
            (host(cores: 4, [(0...0, 1), (0...0, 1)]), .crowded(onto: "0")),
            (host(cores: 8, [(0...1, 2), (3...4, 2), (1...3, 2)]), .crowded(onto: "0-4")),
            (host(cores: 8, [(0...3, 4), (4...7, 4)]), .right),
            // Half of 8 processors' time is granted.
            (host(cores: 8, quota: 4, [(0...7, 4)]), .right),
            (host(cores: 8, quota: 4.9, [(0...7, 8)]), .oversubscribed),
            (host(cores: 8, quota: 0.5, [(0...7, 1)]), .right),
        ] as [(Survey.Host, Placement.Fit)] {
            #expect(host.placement.fit == fit, "\(host.placement.summary) on \(host.placement.cores)")
        }
    }

    /// Oracle: started as told, the ranks fit.
    @Test("the layout told is right on every host, with no more ranks than before unless cores would be idle")
    func layout() {
        for cores in 1...70 {
            for ranks in 1...80 {
                let layout = Layout(hosts: ["node1"], cores: [cores], ranks: [ranks])
                let better = Array(repeating: (0...cores - 1, layout.threads), count: layout.ranks[0])
                #expect(host(cores: cores, better).placement.fit == .right, "\(ranks) ranks on \(cores) cores")
                if cores % ranks == 0 { #expect(layout.ranks == [ranks]) }
            }
        }
        #expect(
            Layout(hosts: ["a", "b"], cores: [16, 8], ranks: [2, 2])
                == Layout(hosts: ["a", "b"], cores: [16, 8], ranks: [4, 2]))
        let uneven = Layout(hosts: ["a", "b"], cores: [16, 8], ranks: [2, 2])
        #expect(uneven.ranks == [4, 2] && uneven.threads == 4, "all ranks have the threads of the slowest")
    }

    @Test("processors are listed as taskset takes them")
    func list() {
        #expect(processors([0, 1, 2, 3, 8, 63, 64, 65]).ranges == "0-3,8,63-65")
        #expect(processors([5]).ranges == "5" && processors([]).ranges == "")
        #expect(
            Processors.allowed().union(.usable()) == .usable(),
            "a process may use no more than it could if it were not bound")
    }
}

/// Oracle: the problem of each survey, and the exact line that mends it.
@Suite struct FindingTests {
    private let transports = Transports(
        wantedMessaging: "", wantedCarriers: "", messaging: "ob1", carriers: ["vader", "tcp", "self"])

    private func survey(
        _ hosts: Survey.Host..., roads: [Survey.Road] = [], set: InstructionSet = .avx2, threads: Bool = false,
        forced: Bool = false,
        library: String? = "Open MPI 4.1.4", transports: Transports? = nil, yields: Bool? = true
    ) -> [Finding] {
        Survey(
            hosts: hosts, roads: roads, instructionSet: set, threadsAreForced: threads, instructionSetIsForced: forced,
            library: library,
            transports: transports ?? self.transports, yields: yields
        ).findings
    }

    @Test("what is right has no findings")
    func right() {
        #expect(survey(host(cores: 2, [(0...0, 1), (1...1, 1)])).isEmpty)
        #expect(survey(host(cores: 8, [(0...7, 8)], freeSharedMemory: 0), library: nil).isEmpty)
        #expect(survey(host("a", cores: 4, [(0...3, 4)]), host("b", cores: 4, [(0...3, 4)])).isEmpty)
    }

    @Test("too many ranks, idle cores and forced threads are told with the lines that are better")
    func placement() throws {
        let crowd = try #require(survey(host(cores: 2, Array(repeating: (0...1, 1), count: 4))).first)
        #expect(crowd.problem == "node1: oversubscribed: 4 ranks × 1 thread want 4 cores, and there are 2")
        #expect(
            crowd.remedy == [
                "launch/run -n 2 --threads 1 PROGRAM",
                "mpirun -n 2 --use-hwthread-cpus --map-by slot:PE=1 --bind-to hwthread PROGRAM",
            ])
        let idle = try #require(survey(host(cores: 8, [(0...0, 1), (1...1, 1)])).first)
        #expect(idle.problem == "node1: 6 of 8 cores are idle with 2 ranks × 1 thread: each rank is bound to 1 core")
        #expect(idle.remedy.last == "mpirun -n 2 --use-hwthread-cpus --map-by slot:PE=4 --bind-to hwthread PROGRAM")
        let forced = try #require(survey(host(cores: 4, [(0...1, 8), (2...3, 8)]), threads: true).first)
        #expect(forced.remedy.last?.hasPrefix("mpirun -n 2 -x LOCKSTEP_THREADS=2 ") == true)
        let granted = try #require(survey(host(cores: 8, quota: 2, [(0...7, 8)]), threads: true, library: nil).first)
        #expect(granted.problem.hasSuffix("want 8 cores, and there are 2 (its control group grants no more)"))
        #expect(granted.remedy == ["launch/run --threads 2 PROGRAM", "env LOCKSTEP_THREADS=2 PROGRAM"])
        let bound = try #require(survey(host(cores: 4, [(1...1, 1)]), library: nil).first)
        #expect(bound.problem == "node1: 3 of 4 cores are idle with 1 rank × 1 thread: it is bound to 1 core")
        #expect(bound.remedy.first == "taskset -c 0-3 launch/run --threads 4 PROGRAM")
    }

    @Test("hosts are told together, and are given as many ranks as they have cores for")
    func hosts() throws {
        let (a, b) = (host("a", cores: 8, [(0...0, 1), (1...1, 1)]), host("b", cores: 8, [(0...0, 1), (1...1, 1)]))
        let idle = try #require(survey(a, b).first)
        #expect(idle.problem.hasPrefix("a, b: 6 of 8 cores are idle"))
        #expect(
            idle.remedy == [
                "printf '%s\\n' 'a slots=2' 'b slots=2' >hosts.txt && launch/run --hosts hosts.txt --threads 4 PROGRAM",
                "mpirun --host a:2,b:2 -n 4 --bind-to none --mca mpi_yield_when_idle 1 PROGRAM",
            ])
        let uneven = try #require(survey(host("a", cores: 8, [(0...7, 8)]), host("b", cores: 4, [(0...3, 4)])).first)
        #expect(uneven.problem == "ranks have 4 to 8 threads but equal shares of each batch: all wait for those with 4")
        #expect(uneven.remedy.first?.contains("'a slots=2' 'b slots=1'") == true)
    }

    @Test("instruction sets, slow hosts, shared memory, transports and networks are told")
    func others() {
        let (a, b) = (host("a", cores: 4, [(0...3, 4)]), host("b", cores: 4, [(0...3, 4)], set: .portable, gflops: 40))
        #expect(
            survey(a, b, set: .portable).map(\.problem) == [
                "all ranks compute with portable, for b lacks avx2",
                "cores of b make less than three quarters of what others make, and every step waits for them",
            ])
        #expect(survey(a, set: .portable, forced: true).map(\.remedy) == [["unset LOCKSTEP_INSTRUCTION_SET"]])
        let pair = [(0...0, 1), (1...1, 1)]
        let small = survey(host(cores: 2, pair, freeSharedMemory: 64 << 20))
        #expect(
            small.map(\.problem) == [
                "node1: /dev/shm has 64 MB free, and ranks of one host exchange gradients through it"
            ])
        #expect(small.first?.remedy.first == "docker run --shm-size=1g IMAGE")
        let tcp = Transports(
            wantedMessaging: "", wantedCarriers: "tcp,self", messaging: "ob1", carriers: ["tcp", "self"])
        #expect(
            survey(host(cores: 2, pair), transports: tcp).map(\.remedy) == [["mpirun --mca btl tcp,self,vader PROGRAM"]]
        )
        let (c, d) = (host("c", cores: 4, [(0...3, 4)]), host("d", cores: 4, [(0...3, 4)]))
        #expect(survey(c, d, yields: false).map(\.remedy) == [["mpirun --mca mpi_yield_when_idle 1 PROGRAM"]])
        #expect(
            survey(c, d, roads: [.init(from: "c", to: "d", gbPerS: 0.01)]).first?.problem.hasPrefix("between c and d ")
                == true)
    }

    @Test("what messages go through is said where it is known")
    func paths() {
        func path(_ messaging: String?, _ carriers: [String], withinHost: Bool) -> String? {
            Transports(wantedMessaging: "", wantedCarriers: "", messaging: messaging, carriers: carriers).path(
                withinHost: withinHost)
        }
        #expect(path("ob1", ["vader", "tcp", "self"], withinHost: true) == "shared memory")
        #expect(path("ob1", ["sm", "tcp", "self"], withinHost: true) == "shared memory")
        #expect(path("ob1", ["vader", "tcp", "self"], withinHost: false) == "TCP")
        #expect(path("ob1", ["tcp", "self"], withinHost: true) == "TCP")
        #expect(path("ob1", ["tcp", "openib"], withinHost: false) == "TCP or InfiniBand verbs")
        #expect(path("ob1", ["vader", "self"], withinHost: false) == nil)
        #expect(path("ucx", ["tcp", "self"], withinHost: false) == "UCX")
        #expect(path(nil, ["tcp"], withinHost: true) == nil)
    }
}

@Suite struct PingPongTests {
    /// Oracle: both sides count the same messages, or the cluster of threads throws; times are positive.
    @Test("two ranks of several measure what messages cost")
    func threads() throws {
        let speeds = try ThreadCluster.run(3) { communicator in
            guard communicator.rank != 1 else { return [1.0] }
            let speed = try PingPong(communicator, with: 2 - communicator.rank).measure(seconds: 0.05)
            return [speed.latencyUs, speed.gbPerS]
        }
        #expect(speeds.joined().allSatisfy { $0 > 0 && $0.isFinite }, "\(speeds)")
    }
}
