#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How long a rank may wait for others before the job counts as stalled.
package enum StallLimit {
    /// Seconds.
    package static let standard = 60.0

    /// The value of the environment variable `LOCKSTEP_STALL_LIMIT`; `standard` if it is not set.
    ///
    /// - Throws: `ClusterError.stallLimit` if the value is not a number of seconds from 0.1 to 1000000.
    package static func given() throws(ClusterError) -> Double {
        guard let text = getenv("LOCKSTEP_STALL_LIMIT").map({ String(cString: $0) }) else { return standard }
        guard let seconds = Double(text), seconds >= 0.1, seconds <= 1e6 else { throw .stallLimit(received: text) }
        return seconds
    }
}
