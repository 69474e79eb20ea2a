/// What a message between nodes costs: the base of bucket sizes, of the way in which nodes sum, and of simulations.
///
/// A rank that sends to several peers at once takes `latency + messages·overhead + bytes/bandwidth`: LogGP of
/// Alexandrov et al. (1995), with the bytes of all messages through one interface.
public struct LinkModel: Equatable, Sendable {
    /// Seconds from a send to its receipt, of a message of no size.
    public let latency: Double
    /// Seconds for each further message at once.
    public let overhead: Double
    /// Bytes a second of a node, in each direction at once.
    public let bandwidth: Double

    public init(latency: Double, overhead: Double, bandwidth: Double) {
        self.latency = latency
        self.overhead = overhead
        self.bandwidth = bandwidth
    }

    /// The elements of a bucket that spends about a tenth of its time on latency, within reason.
    public var bucketSize: Int {
        let bytes = 10 * latency * bandwidth
        return Int(min(max(bytes, 64 * 1024), 16 * 1024 * 1024)) / 4
    }

    /// Seconds between looks after messages while a rank computes, from the first to the longest: as 16 and as 128 KB
    /// take, which the system's buffers hold. Each look costs the computing threads some microseconds.
    package var naps: ClosedRange<Double> {
        let first = min(max(16 * 1024 / bandwidth, 50e-6), 300e-6)
        return first...min(max(128 * 1024 / bandwidth, 4 * first), 1.2e-3)
    }

    /// Seconds for some messages of so many bytes together.
    func seconds(messages: Int, bytes: Double) -> Double {
        messages == 0 ? 0 : latency + Double(messages - 1) * overhead + bytes / bandwidth
    }
}
