import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Work that must finish before a signal ends the program, such as writing a file.
package enum Undisturbed {
    private static let count = Atomic<Int>(0)
    private static let postponed = Atomic<Int32>(0)

    package static func begin() { count.add(1, ordering: .sequentiallyConsistent) }

    /// Ends such work. After the last one, a postponed signal is raised again.
    package static func end() {
        guard count.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 else { return }
        let signal = postponed.exchange(0, ordering: .sequentiallyConsistent)
        if signal != 0 { raise(signal) }
    }

    /// For signal handlers: whether a signal will come again later.
    package static func postpones(_ signal: Int32) -> Bool {
        guard count.load(ordering: .sequentiallyConsistent) > 0 else { return false }
        postponed.store(signal, ordering: .sequentiallyConsistent)
        // The work may have ended meanwhile.
        return count.load(ordering: .sequentiallyConsistent) > 0
            || postponed.exchange(0, ordering: .sequentiallyConsistent) == 0
    }
}
