/// What a message between nodes costs. Bucket sizes, the way in which nodes sum, and simulations are based on it.
///
/// A rank that sends to several peers at once takes `latency + (messages − 1)·overhead + bytes/bandwidth` seconds. This
/// is LogGP of Alexandrov et al. (1995), with the bytes of all messages through one interface.
package struct LinkModel: Equatable, Sendable {
    /// Seconds from the send to the receipt of an empty message.
    package let latency: Double
    /// Seconds for each further message that is sent at the same time.
    package let overhead: Double
    /// Bytes per second of a node, in both directions at the same time.
    package let bandwidth: Double

    package init(latency: Double, overhead: Double, bandwidth: Double) {
        self.latency = latency
        self.overhead = overhead
        self.bandwidth = bandwidth
    }

    /// The elements of a bucket that spends about a tenth of its time on latency; from 64 KB to 16 MB.
    package var bucketSize: Int {
        let bytes = 10 * latency * bandwidth
        return Int(min(max(bytes, 64 * 1024), 16 * 1024 * 1024)) / 4
    }

    /// Seconds between looks at messages while a rank computes, from the first to the longest. 16 KB take as long as
    /// the first, and 128 KB as long as the longest, within limits; the system's buffers hold that much. Each look
    /// costs the computing threads some microseconds.
    package var naps: ClosedRange<Double> {
        let first = min(max(16 * 1024 / bandwidth, 50e-6), 300e-6)
        return first...min(max(128 * 1024 / bandwidth, 4 * first), 1.2e-3)
    }

    /// Seconds for messages that have `bytes` bytes together.
    func seconds(messages: Int, bytes: Double) -> Double {
        messages == 0 ? 0 : latency + Double(messages - 1) * overhead + bytes / bandwidth
    }
}
