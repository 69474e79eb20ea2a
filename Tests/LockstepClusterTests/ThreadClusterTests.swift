import Lockstep
import TestSupport
import Testing

@Suite struct ThreadClusterTests {
    /// Oracle: what each check says. The same checks run under mpirun, in ProgramTests.
    @Test("every check holds on threads", arguments: Check.all, [1, 2, 3, 4, 7])
    func check(_ check: Check, ranks: Int) throws {
        _ = try ThreadCluster.run(ranks) { try check.run($0) }
    }

    @Test("every check holds on the single process", arguments: Check.all)
    func single(_ check: Check) throws { try check.run(SingleProcess()) }

    @Test("different collectives are an error on all ranks, where MPI would hang")
    func mismatch() {
        let outcomes = ThreadCluster.outcomes(3) { communicator in
            if communicator.rank == 1 {
                try communicator.barrier()
            } else {
                try communicator.allReduceSum(Tensor.zeros([4]))
            }
        }
        for outcome in outcomes {
            #expect(
                throws: ClusterError.mismatch(calls: [
                    "allReduceSum of 4 floats", "barrier", "allReduceSum of 4 floats",
                ])
            ) {
                try outcome.get()
            }
        }
    }

    @Test("different counts are an error on all ranks")
    func counts() {
        let outcomes = ThreadCluster.outcomes(2) { try $0.allReduceSum(Tensor.zeros([4 + $0.rank])) }
        for outcome in outcomes {
            #expect(throws: ClusterError.mismatch(calls: ["allReduceSum of 4 floats", "allReduceSum of 5 floats"])) {
                try outcome.get()
            }
        }
    }

    @Test("a rank that throws frees those that wait for it, and its error is the one reported")
    func departure() {
        struct Broken: Error, Equatable {}
        #expect(throws: Broken()) {
            try ThreadCluster.run(4) { communicator in
                if communicator.rank == 2 { throw Broken() }
                try communicator.barrier()
            }
        }
        let outcomes = ThreadCluster.outcomes(2) { communicator in
            if communicator.rank == 0 { try communicator.receive(into: Tensor.zeros([1]), from: 1, tag: 0).wait() }
        }
        #expect(throws: ClusterError.rankLeft(rank: 1, waitingIn: "receive")) { try outcomes[0].get() }
        let later = ThreadCluster.outcomes(3) { communicator in
            if communicator.rank == 0 { try communicator.receive(into: Tensor.zeros([1]), from: 1, tag: 0).wait() }
            if communicator.rank == 1 { try communicator.receive(into: Tensor.zeros([1]), from: 2, tag: 0).wait() }
        }
        #expect(throws: ClusterError.rankLeft(rank: 1, waitingIn: "receive")) { try later[0].get() }
    }
}

@Suite struct ShardingTests {
    /// Oracle: a partition covers each row once, in order, with parts at most one apart.
    @Test("shards partition any number of rows over any number of ranks")
    func partition() {
        for count in [0, 1, 2, 6, 7, 50, 61, 128] {
            for size in 1...9 {
                let shards = (0..<size).map { shardRange(of: count, rank: $0, size: size) }
                #expect(shards.flatMap { Array($0) } == Array(0..<count))
                #expect((shards.map(\.count).max() ?? 0) - (shards.map(\.count).min() ?? 0) <= 1)
            }
        }
    }

    @Test("batches and their shards cover all samples; the last batch is kept")
    func batches() {
        for (samples, batchSize) in [(0, 3), (1, 3), (61, 8), (64, 8), (5, 100)] {
            let plan = BatchPlan(samples: samples, batchSize: batchSize)
            #expect((0..<plan.steps).flatMap { Array(plan.batch($0)) } == Array(0..<samples))
            for step in 0..<plan.steps {
                #expect((0..<3).flatMap { Array(plan.shard(step, rank: $0, size: 3)) } == Array(plan.batch(step)))
            }
        }
    }
}

@Suite struct WireTests {
    @Test("values arrive as they were sent; short messages are errors")
    func roundTrip() throws {
        var writer = WireWriter()
        writer.write(-7)
        writer.write(Double.leastNonzeroMagnitude)
        writer.write("größer ☃")
        writer.write([3, 1]) { $0.write($1) }
        writer.write(nil as [Int]?) { $0.write($1) }
        writer.write(true)
        writer.write(UInt64.max)
        var reader = WireReader(writer.bytes)
        #expect(try reader.readInt() == -7)
        #expect(try reader.readDouble() == Double.leastNonzeroMagnitude)
        #expect(try reader.readString() == "größer ☃")
        #expect(try reader.readArray { reader throws(ClusterError) in try reader.readInt() } == [3, 1])
        #expect(try reader.readArray { reader throws(ClusterError) in try reader.readInt() } == nil)
        #expect(try reader.readBool())
        #expect(try reader.readUInt64() == .max)
        #expect(throws: ClusterError.malformedMessage(expected: "an integer")) { try reader.readInt() }
        var lying = WireReader(Array(repeating: 0x7F, count: 8))
        #expect(throws: ClusterError.self) {
            try lying.readArray { reader throws(ClusterError) in try reader.readByte() }
        }
    }
}
