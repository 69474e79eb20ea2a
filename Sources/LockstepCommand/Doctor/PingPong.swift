import Lockstep

/// Sends messages back and forth between two ranks. Both ranks make a `PingPong` with each other and call `measure` at
/// the same time.
package struct PingPong {
    private let communicator: any Communicator
    private let partner: Int
    /// Whether this rank leads. The leader sends first, decides the number of messages, and measures the times.
    private let leads: Bool

    package init(_ communicator: any Communicator, with partner: Int) {
        self.communicator = communicator
        self.partner = partner
        leads = communicator.rank < partner
    }

    /// The microseconds of a 4-byte message one way, and the GB/s of large messages one way: medians of as many round
    /// trips as fit the time, at least three. Only the leader's results are valid.
    package func measure(seconds: Double) throws(ClusterError) -> (latencyUs: Double, gbPerS: Double) {
        let latency = try roundTrips(floats: 1, within: seconds / 2, atMost: 2000) / 2
        // If a megabyte takes long on this network, a megabyte is the size to measure.
        let mega = 1 << 18
        let isFast = try agree(try roundTrips(floats: mega, within: 0, atMost: 3) < 0.02 ? 1 : 0) == 1
        let floats = isFast ? 4 * mega : mega
        let transfer = try roundTrips(floats: floats, within: seconds / 2, atMost: 50) / 2
        return (latency * 1e6, Double(4 * floats) / transfer * 1e-9)
    }

    /// The median seconds of round trips with one message size.
    private func roundTrips(floats: Int, within seconds: Double, atMost limit: Int) throws(ClusterError) -> Double {
        let message = Tensor.zeros([floats])
        try roundTrip(message)  // makes the connection
        let first = try roundTrip(message)
        // After each batch the leader looks at the clock, because later messages may take longer than the first.
        let batch = try agree(min(max(Int(min(seconds / 10 / first, 1000)), 3), limit))
        let start = monotonicSeconds()
        var times: [Double] = []
        repeat {
            for _ in 0..<batch { times.append(try roundTrip(message)) }
        } while try agree(monotonicSeconds() - start < seconds && times.count < limit ? 1 : 0) == 1
        return times.sorted()[times.count / 2]
    }

    /// Returns the leader's number on both ranks.
    private func agree(_ number: Int) throws(ClusterError) -> Int {
        let message = Tensor([Float(number)])
        try
            (leads
            ? communicator.send(message, to: partner, tag: 0)
            : communicator.receive(into: message, from: partner, tag: 0)).wait()
        return Int(message[0])
    }

    @discardableResult private func roundTrip(_ message: Tensor) throws(ClusterError) -> Double {
        let start = monotonicSeconds()
        if leads { try communicator.send(message, to: partner, tag: 0).wait() }
        try communicator.receive(into: message, from: partner, tag: 0).wait()
        if !leads { try communicator.send(message, to: partner, tag: 0).wait() }
        return monotonicSeconds() - start
    }
}
