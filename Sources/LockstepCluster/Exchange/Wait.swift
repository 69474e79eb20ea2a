import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How a rank waits for others. If it has its own core, it spins, because waking a sleeper takes tens of
/// microseconds. It sleeps if there are more threads than cores, because the others need its core, and if it takes
/// long.
struct Wait {
    private let spins: Int

    /// - Parameter isOversubscribed: whether there are more threads than cores.
    init(isOversubscribed: Bool) { spins = isOversubscribed ? 20 : 50_000 }

    /// Waits about a millisecond for a counter; returns whether it has reached the value.
    func once(for counter: SharedCounter, toReach value: UInt32) -> Bool {
        for _ in 0..<spins {
            if counter.hasReached(value) { return true }
            spinPause()
        }
        counter.sleep(until: value, microseconds: 1000)
        return counter.hasReached(value)
    }

    /// Pauses for a moment before the next look at messages. A thread cannot sleep until a message comes.
    func shortly() {
        for _ in 0..<20 { spinPause() }
        sched_yield()
    }
}
