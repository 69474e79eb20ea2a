import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How a rank waits for others: it spins where it has a core of its own, for waking a sleeper takes tens of
/// microseconds, and sleeps where that core is wanted by those it waits for, or when it takes long.
struct Wait {
    private let spins: Int

    /// - Parameter isOversubscribed: whether there are more threads than cores.
    init(isOversubscribed: Bool) { spins = isOversubscribed ? 20 : 50_000 }

    /// Waits for a counter, a millisecond or so; returns whether it has come to the value.
    func once(for counter: SharedCounter, toReach value: UInt32) -> Bool {
        for _ in 0..<spins {
            if counter.hasReached(value) { return true }
            spinPause()
        }
        counter.sleep(until: value, microseconds: 1000)
        return counter.hasReached(value)
    }

    /// Lets a moment pass before another look at what cannot be slept on: messages.
    func shortly() {
        for _ in 0..<20 { spinPause() }
        sched_yield()
    }
}
