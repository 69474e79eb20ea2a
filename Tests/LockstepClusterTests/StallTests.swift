import Lockstep
import TestSupport
import Testing

/// Oracle: the fault that was injected.
@Suite struct StallTests {
    @Test("a rank that does not come is named with its layer, on all ranks that wait", arguments: [2, 3, 4])
    func layer(ranks: Int) throws {
        let (x, y) = task(samples: 61)
        let outcomes = ThreadCluster.outcomes(ranks, stallLimit: 0.5) { communicator in
            let fault = Fault(.delay(2), rank: 1, at: .forward(3))
            _ = try faultyModel(communicator, fault).fit(x, y, batchSize: 8, verbose: 0)
        }
        for outcome in outcomes {
            let report = try #require(throws: ClusterError.self) { try outcome.get() }
            guard case .stalled(let report) = report else {
                Issue.record("\(report)")
                continue
            }
            #expect(report.missing == [1] && report.states.count == ranks && report.limit == 0.5)
            #expect(report.states[1].doing == "training, epoch 1, step 3, forward of layer 'suspect'")
            #expect(report.states[1].wait == nil && report.states[1].seconds > 0.4)
            #expect(
                report.states[0].wait?.call == "exchange of gradients" && report.first.map { $0.seconds >= 0.5 } == true
            )
            #expect("\(report)".contains("rank 1 on ") && "\(report)".contains("LOCKSTEP_STALL_LIMIT, 0.5 seconds now"))
        }
    }

    @Test("so is one that is late in a collective, or with a message")
    func calls() throws {
        for kind in [Activity.Call.sum, .broadcast, .barrier, .gather] {
            let outcomes = ThreadCluster.outcomes(3, stallLimit: 0.3) { base in
                let communicator = FaultyCommunicator(base, Fault(.delay(1), rank: 2, at: .call(1, of: kind)))
                var numbers = [1.0]
                try communicator.allReduceSum(&numbers)
                _ = try communicator.share([1, 2, 3], from: 0)
                try communicator.barrier()
                _ = try communicator.allGather([1], counts: [1, 1, 1])
            }
            try expectMissing([2], outcomes)
        }
        let messages = ThreadCluster.outcomes(2, stallLimit: 0.3) { base in
            let communicator = FaultyCommunicator(base, Fault(.delay(1), rank: 1, at: .call(1, of: .send)))
            let tensor = Tensor.zeros([4])
            if communicator.rank == 1 { try communicator.send(tensor, to: 0, tag: 0).wait() }
            if communicator.rank == 0 { try communicator.receive(into: tensor, from: 1, tag: 0).wait() }
            try communicator.barrier()
        }
        try expectMissing([1], messages)
    }

    private func expectMissing(_ ranks: [Int], _ outcomes: [Result<Void, any Error>]) throws {
        let error = try #require(throws: ClusterError.self) { try outcomes[0].get() }
        guard case .stalled(let report) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(report.missing == ranks, "\(report)")
    }

    /// A rank that waits, or works, as the watchdog hears of it.
    private func state(
        _ rank: Int, calls: Int, waits call: Activity.Call? = nil, peer: Int = 0, for seconds: Double = 61
    ) -> RankState {
        let reading = Activity.Reading(
            phase: .training, part: .loss, epoch: 1, step: 2, layer: nil, call: call ?? .none, detail: peer,
            calls: calls,
            since: monotonicSeconds() - seconds)
        return RankState(reading, rank: rank, host: "node\(rank)", processID: 100 + rank)
    }

    @Test(
        "who is missing: those others wait for that do not wait themselves, those that are silent, those that are behind"
    )
    func missing() {
        func missing(_ states: RankState...) -> [Int] { StallReport(states, limit: 60).missing }
        #expect(missing(state(0, calls: 7, waits: .sum), state(1, calls: 6), state(2, calls: 7, waits: .sum)) == [1])
        // Rank 1 has left the sum before rank 2, as the root of a broadcast does, and is not what rank 0 waits for.
        #expect(missing(state(0, calls: 7, waits: .broadcast), state(1, calls: 7), state(2, calls: 6)) == [2])
        // Rank 2 waits for a message of rank 0, which waits for rank 1.
        #expect(
            missing(state(0, calls: 7, waits: .sum), state(1, calls: 6), state(2, calls: 6, waits: .receive, peer: 0))
                == [1])
        let silent = RankState(silent: 1, host: "node1", processID: 101)
        #expect(missing(state(0, calls: 7, waits: .sum), silent) == [1])
        #expect(missing(state(0, calls: 7, waits: .sum), state(1, calls: 6, waits: .barrier)) == [1])
        #expect(missing(state(0, calls: 7, waits: .sum), state(1, calls: 7, waits: .barrier)) == [])
    }

    @Test(
        "who has finished waits for the others as long as they work, but not for one that is silent or waits elsewhere")
    func end() {
        let done = state(0, calls: 8, waits: .end)
        #expect(!StallReport([done, state(1, calls: 7)], limit: 60).isStall)
        #expect(StallReport([done, RankState(silent: 1, host: "", processID: 1)], limit: 60).isStall)
        #expect(StallReport([done, state(1, calls: 8, waits: .sum)], limit: 60).isStall)
        #expect(!StallReport([state(0, calls: 8, waits: .sum, for: 59), state(1, calls: 7)], limit: 60).isStall)
    }

    @Test("a rank that has left is told when others wait for what it will not do, and only then")
    func exit() throws {
        let done = state(1, calls: 8, waits: .end)
        #expect(StallReport.exit([1: 7], [state(0, calls: 7, waits: .sum), done]) == nil)
        #expect(StallReport.exit([1: 7], [state(0, calls: 8, waits: .sum, for: 1), done]) == nil)
        #expect(StallReport.exit([1: 7], [state(0, calls: 6), done]) == nil)
        let line = try #require(StallReport.exit([1: 7], [state(0, calls: 8, waits: .sum), done]))
        #expect(
            line.hasPrefix(
                "rank 1 on node1: ended with exit status 0 while rank 0 on node0 waits for it in sum of 0 numbers"))
        #expect(StallReport.exit([1: 7], [state(0, calls: 3, waits: .receive, peer: 1), done]) != nil)
        #expect(
            StallReport.exit([1: 7], [state(0, calls: 3, waits: .receive, peer: 2), done, state(2, calls: 3)]) == nil)
    }

    @Test("states arrive as they were sent")
    func roundTrip() throws {
        for state in [
            state(3, calls: 7, waits: .receive, peer: 2), state(0, calls: 1),
            RankState(silent: 2, host: "ä", processID: 9),
        ] {
            var writer = WireWriter()
            state.write(to: &writer)
            var reader = WireReader(writer.bytes)
            #expect(try RankState(from: &reader) == state)
        }
    }
}
