#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How long a rank may wait for others before the job is taken for stalled.
package enum StallLimit {
    /// Seconds.
    package static let standard = 60.0

    /// What `LOCKSTEP_STALL_LIMIT` says.
    ///
    /// - Throws: `ClusterError.stallLimit` if that is no number of seconds.
    package static func given() throws(ClusterError) -> Double {
        guard let text = getenv("LOCKSTEP_STALL_LIMIT").map({ String(cString: $0) }) else { return standard }
        guard let seconds = Double(text), seconds >= 0.1, seconds <= 1e6 else { throw .stallLimit(received: text) }
        return seconds
    }
}
