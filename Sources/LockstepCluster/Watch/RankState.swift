import LockstepCompute

/// A rank's answer when it was asked what it is doing, or the fact that it did not answer.
package struct RankState: Equatable, Sendable {
    /// A call in which a rank waits.
    package struct Wait: Equatable, Sendable {
        package let call: String
        /// The other rank, if the wait is for a message; otherwise nil.
        package let peer: Int?
        /// Whether the rank has reached the end of the program and waits there for the others.
        package let isEnd: Bool
    }

    package let rank: Int
    package let host: String
    package let processID: Int
    /// Whether the rank answered. If not, nothing below is known.
    package let answers: Bool
    /// What it is doing, in words.
    package let doing: String
    /// Nil while it works.
    package let wait: Wait?
    /// How long it has waited, or worked since its last wait.
    package let seconds: Double
    /// How many collective calls it has begun. Messages do not count.
    package let calls: Int

    /// A rank that did not answer.
    package init(silent rank: Int, host: String, processID: Int) {
        (self.rank, self.host, self.processID) = (rank, host, processID)
        (answers, doing, wait, seconds, calls) = (false, "", nil, 0, 0)
    }

    /// A rank's answer.
    package init(_ reading: Activity.Reading, rank: Int, host: String, processID: Int) {
        (self.rank, self.host, self.processID) = (rank, host, processID)
        answers = true
        doing = "\(reading)"
        let isMessage = reading.call == .receive || reading.call == .send
        wait = reading.callText.map {
            Wait(call: $0, peer: isMessage ? reading.detail : nil, isEnd: reading.call == .end)
        }
        seconds = monotonicSeconds() - reading.since
        calls = reading.calls
    }
}

extension RankState: Transferable {
    package func write(to writer: inout WireWriter) {
        for number in [rank, processID, calls, wait?.peer ?? -1] { writer.write(number) }
        for text in [host, doing, wait?.call ?? ""] { writer.write(text) }
        for truth in [answers, wait?.isEnd ?? false] { writer.write(truth) }
        writer.write(seconds)
    }

    package init(from reader: inout WireReader) throws(ClusterError) {
        rank = try reader.readInt()
        processID = try reader.readInt()
        calls = try reader.readInt()
        let peer = try reader.readInt()
        host = try reader.readString()
        doing = try reader.readString()
        let call = try reader.readString()
        answers = try reader.readBool()
        let isEnd = try reader.readBool()
        seconds = try reader.readDouble()
        wait = call.isEmpty ? nil : Wait(call: call, peer: peer < 0 ? nil : peer, isEnd: isEnd)
    }
}
