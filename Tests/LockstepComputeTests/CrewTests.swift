import Dispatch
import LockstepCompute
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) struct CrewTests {
    /// Counts how often each chunk runs.
    struct Counting: ChunkedWork {
        let counts: UnsafeMutablePointer<Atomic<Int>>
        func run(chunk: Int) { (counts + chunk).pointee.add(1, ordering: .relaxed) }
    }

    @Test("every chunk of every publication runs once, however many threads come", arguments: [1, 2, 3, 8])
    func once(threads: Int) throws {
        let crew = try Crew(threads: threads, instructionSet: .portable)
        let counts = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: 40)
        defer { counts.deallocate() }
        for index in 0..<40 { (counts + index).initialize(to: Atomic(0)) }
        let work = Counting(counts: counts)
        let rounds = 3000
        for _ in 0..<3 {
            crew.together { for round in 0..<rounds { crew.perform(work, chunks: round % 41) } }
        }
        for chunk in 0..<40 {
            let expected = 3 * (0..<rounds).count { $0 % 41 > chunk }
            #expect((counts + chunk).pointee.load(ordering: .relaxed) == expected)
        }
    }

    /// Oracle: the same kernels on one thread.
    @Test("several threads that use one crew take turns", arguments: [1, 2])
    func turns(threads: Int) throws {
        let crew = try Crew(threads: threads, instructionSet: InstructionSet.available.last!)
        let operands = (0..<4).map { (sample([70, 300], seed: UInt64($0)), sample([300, 50], seed: UInt64($0 + 10))) }
        let expected = try operands.map { try matmul($0, $1) }
        let wrong = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 4) { number in
            let (a, b) = operands[number]
            let product = Tensor.zeros([70, 50])
            for _ in 0..<200 {
                crew.together { matmul(a, b, into: product, on: crew) }
                if !sameBits(product, expected[number]) { wrong.add(1, ordering: .relaxed) }
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
    }

    @Test("parked helpers come back, and errors leave together")
    func parking() throws {
        struct Stop: Error {}
        let crew = try Crew(threads: 2, instructionSet: .portable)
        let x = sample([100_000], seed: 1)
        let sum = Tensor.zeros(x.shape)
        crew.together {
            for _ in 0..<20 {
                var spin = 0
                while spin < 2_000_000 { spin += 1 }  // longer than a helper's patience
                add(x, x, into: sum, on: crew)
            }
        }
        #expect(sum == x * 2)
        #expect(throws: Stop.self) { try crew.together { throw Stop() } }
        #expect(crew.together { crew.together { 7 } } == 7)
    }

    @Test("a crew of an instruction set the machine lacks is an error")
    func lacking() {
        guard let missing = InstructionSet.allCases.first(where: { !InstructionSet.available.contains($0) }) else {
            return
        }
        #expect(throws: ComputeError.self) { try Crew(threads: 1, instructionSet: missing) }
    }
}

@Suite struct ProcessorsTests {
    @Test("threads are the cores allowed, divided among those who share them, within the quota")
    func threads() throws {
        let four = Processors(mask: [0b1111], quota: nil)
        #expect(try four.threads() == 4)
        #expect(try four.threads(sharing: 3) == 1)
        #expect(try four.threads(sharing: 9) == 1)
        #expect(try Processors(mask: [0b1111], quota: 2.5).threads() == 2)
        #expect(try Processors(mask: [0b1111], quota: 6).threads(sharing: 1, onHost: 4) == 1)
        #expect(four.overlaps(Processors(mask: [0b1000], quota: nil)))
        #expect(!four.overlaps(Processors(mask: [0b10000], quota: nil)))
        #expect(Processors.allowed().count >= 1)
    }
}
