import CKernels
import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The thread pool of one rank and its instruction set. The threads stay together over many kernels.
///
/// Waking a Dispatch thread costs tens of microseconds, as much as a whole kernel. So `together` starts the threads
/// once, through one `concurrentPerform`. Inside it, a kernel publishes its chunks, the leader and the helpers claim
/// them, and the leader continues when all are done. No thread waits for a helper that never came (if the process is
/// bound to one core, Dispatch may start none), so nothing can deadlock. Results do not depend on which thread takes a
/// chunk. Helpers that find no work for a long time park.
///
/// Outside `together`, and with one thread, everything runs on the caller alone. Threads that call `together` take
/// turns, because a crew has one scratch memory and publishes one work at a time.
public final class Crew: @unchecked Sendable {
    package let threads: Int
    package let instructionSet: InstructionSet
    let kernels: ls_kernels

    /// Generation (32 bits), next chunk (16), number of chunks (16). They are one word, so that a claim is one
    /// exchange, and a slow helper cannot claim a chunk of work that it has not seen.
    private let ticket = Atomic<UInt64>(0)
    private let finished = Atomic<Int>(0)
    private let isTogether = Atomic<Bool>(false)
    private let parked = Atomic<Int>(0)
    private let doorbell = DispatchSemaphore(value: 0)
    private let turn = RecursiveLock()
    // The published work. It is written before the ticket and read after a claim. It stays alive, because the leader
    // waits until all claimed chunks are done.
    private var work: UnsafeRawPointer?
    private var workType: (any ChunkedWork.Type)?
    private var scratchMemory = FloatBuffer(count: 0)
    private var zeroMemory = FloatBuffer(count: 0)
    private var sumsMemory = FloatBuffer(count: 0)

    /// - Throws: `ComputeError.instructionSet` if this machine lacks the set.
    package init(threads: Int, instructionSet: InstructionSet) throws(ComputeError) {
        precondition(threads > 0, "a crew needs a thread, received: \(threads)")
        guard let kernels = instructionSet.kernels else {
            throw .instructionSet(
                received: instructionSet.rawValue, available: InstructionSet.available.map(\.rawValue))
        }
        self.threads = threads
        self.instructionSet = instructionSet
        self.kernels = kernels.pointee
    }

    /// A crew of one thread with the instruction set of another.
    package init(oneThreadOf other: Crew) {
        threads = 1
        instructionSet = other.instructionSet
        kernels = other.kernels
    }

    /// Runs the body with the crew's threads ready to take chunks of what it computes.
    package func together<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        turn.lock()
        defer { turn.unlock() }
        guard threads > 1, !isTogether.load(ordering: .relaxed) else { return try body() }
        isTogether.store(true, ordering: .releasing)
        let leader = pthread_self()
        // Only the leader uses outcome and body: the comparison of threads below makes sure of that.
        nonisolated(unsafe) var outcome: Swift.Result<Result, Failure>?
        withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let body = body
            DispatchQueue.concurrentPerform(iterations: threads) { _ in
                // Each helper stays in its one iteration until the leader is done, so one iteration is left for the
                // leader.
                if pthread_equal(pthread_self(), leader) != 0, outcome == nil {
                    do throws(Failure) { outcome = .success(try body()) } catch { outcome = .failure(error) }
                    isTogether.store(false, ordering: .sequentiallyConsistent)
                    wakeHelpers()
                } else {
                    help()
                }
            }
        }
        switch outcome {
        case .success(let result): return result
        case .failure(let error): throw error
        case nil: preconditionFailure("the leader ran none of the crew's iterations")
        }
    }

    /// Runs every chunk of the work and returns when all are done.
    package func perform<Work: ChunkedWork>(_ work: Work, chunks: Int) {
        guard chunks > 1, threads > 1, isTogether.load(ordering: .relaxed) else {
            for chunk in 0..<chunks { work.run(chunk: chunk) }
            return
        }
        precondition(chunks < 1 << 16, "a crew takes fewer than 65536 chunks")
        withUnsafePointer(to: work) { address in
            self.work = UnsafeRawPointer(address)
            workType = Work.self
            finished.store(0, ordering: .relaxed)
            let generation = (ticket.load(ordering: .relaxed) >> 32) &+ 1
            ticket.store(generation << 32 | UInt64(chunks), ordering: .sequentiallyConsistent)
            if parked.load(ordering: .sequentiallyConsistent) > 0 { wakeHelpers() }
            while claimChunk() {}
            var spins = 0
            while finished.load(ordering: .acquiring) < chunks { pause(&spins) }
        }
    }

    /// The cut of `count` elements for this crew.
    func cut(_ count: Int, grain: Int) -> Cut { Cut(count, grain: grain, threads: threads) }

    /// Scratch memory for one kernel at a time. It grows to the largest kernel's need, and all kernels reuse it.
    func scratch(_ count: Int) -> UnsafeMutablePointer<Float> {
        if scratchMemory.count < count { scratchMemory = FloatBuffer(count: count) }
        return scratchMemory.pointer
    }

    /// Memory for sums that wait to be added while kernels use the scratch; reused in the same way.
    func partialSums(_ count: Int) -> UnsafeMutablePointer<Float> {
        if sumsMemory.count < count { sumsMemory = FloatBuffer(count: count) }
        return sumsMemory.pointer
    }

    /// A tensor in the memory of the partial sums, from `place` on.
    func partialSum(at place: UnsafeMutablePointer<Float>, shape: Shape) -> Tensor {
        Tensor(sumsMemory, at: place - sumsMemory.pointer, shape: shape)
    }

    /// At least `count` zeros. Do not write to them.
    func zeros(_ count: Int) -> UnsafePointer<Float> {
        if zeroMemory.count < count { zeroMemory = FloatBuffer(count: count) }
        return UnsafePointer(zeroMemory.pointer)
    }

    /// Claims and runs a chunk of the published work; false if there is none left.
    private func claimChunk() -> Bool {
        let current = ticket.load(ordering: .acquiring)
        let chunk = current >> 16 & 0xFFFF
        guard chunk < current & 0xFFFF else { return false }
        let claim = ticket.compareExchange(
            expected: current, desired: current + 1 << 16, ordering: .acquiringAndReleasing)
        if claim.exchanged, let work, let workType {
            workType.run(at: work, chunk: Int(chunk))
            finished.add(1, ordering: .releasing)
        }
        return true
    }

    private func help() {
        /// About 100 µs of looking for work: longer than the gaps between the kernels of a step, shorter than a wait in
        /// the exchange.
        let patience = 4000
        var spins = 0
        while isTogether.load(ordering: .acquiring) {
            if claimChunk() {
                spins = 0
            } else if spins < patience {
                ls_spin_pause()
                spins += 1
            } else {
                park()
                spins = 0
            }
        }
    }

    /// Sleeps until work is published. If the leader publishes between the count and the wait, it sees the count and
    /// rings, so the wait returns at once. A ring too many only makes a helper look for work once more.
    private func park() {
        parked.add(1, ordering: .sequentiallyConsistent)
        let current = ticket.load(ordering: .sequentiallyConsistent)
        let hasWork = current >> 16 & 0xFFFF < current & 0xFFFF
        if !hasWork, isTogether.load(ordering: .sequentiallyConsistent) { doorbell.wait() }
    }

    private func wakeHelpers() {
        for _ in 0..<parked.exchange(0, ordering: .sequentiallyConsistent) { doorbell.signal() }
    }

    /// Waits a little. After a while it lets other threads run, because there may be more threads than cores.
    private func pause(_ spins: inout Int) {
        ls_spin_pause()
        spins += 1
        if spins > 2000 { sched_yield() }
    }
}
