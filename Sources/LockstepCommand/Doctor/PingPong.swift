import Lockstep

/// Messages back and forth between two ranks. Both make one of these for each other and call `measure` at the same
/// time.
package struct PingPong {
    private let communicator: any Communicator
    private let partner: Int
    /// The leader sends first, decides how many messages there are, and takes the times.
    private let leads: Bool

    package init(_ communicator: any Communicator, with partner: Int) {
        self.communicator = communicator
        self.partner = partner
        leads = communicator.rank < partner
    }

    /// Microseconds of a message of 4 bytes one way, and GB/s of large ones one way: medians of as many as fit the
    /// time, of at least three. The leader's are right.
    package func measure(seconds: Double) throws(ClusterError) -> (latencyUs: Double, gbPerS: Double) {
        let latency = try roundTrips(floats: 1, within: seconds / 2, atMost: 2000) / 2
        // A network so slow that a megabyte takes long is measured with that.
        let mega = 1 << 18
        let isFast = try agree(try roundTrips(floats: mega, within: 0, atMost: 3) < 0.02 ? 1 : 0) == 1
        let floats = isFast ? 4 * mega : mega
        let transfer = try roundTrips(floats: floats, within: seconds / 2, atMost: 50) / 2
        return (latency * 1e6, Double(4 * floats) / transfer * 1e-9)
    }

    /// The median seconds of round trips of one size.
    private func roundTrips(floats: Int, within seconds: Double, atMost limit: Int) throws(ClusterError) -> Double {
        let message = Tensor.zeros([floats])
        try roundTrip(message)  // makes the connection
        let first = try roundTrip(message)
        // After each batch the leader looks at the clock, for later messages may take longer than the first.
        let batch = try agree(min(max(Int(min(seconds / 10 / first, 1000)), 3), limit))
        let start = monotonicSeconds()
        var times: [Double] = []
        repeat {
            for _ in 0..<batch { times.append(try roundTrip(message)) }
        } while try agree(monotonicSeconds() - start < seconds && times.count < limit ? 1 : 0) == 1
        return times.sorted()[times.count / 2]
    }

    /// The leader's number, on both.
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
