import LockstepCluster
import LockstepCompute
import LockstepFormats
import LockstepLayers

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The activities of all ranks over time, as a trace for Chrome (chrome://tracing) and Perfetto, with one row for each
/// rank.
struct Timeline {
    private let file: String
    private let log: SpanLog
    private let layers: [String]

    /// - Parameter layers: the names of the graph's layers.
    init(file: String, log: SpanLog, layers: [String]) {
        self.file = file
        self.log = log
        self.layers = layers
    }

    /// Collective: gathers the ranks' spans on rank 0, which writes the file.
    ///
    /// - Throws: on every rank: `FormatError.cannotWrite` on rank 0, and on the others the error that rank 0 reports.
    func write(over communicator: any Communicator) throws {
        let offset = try clockOffset(over: communicator)
        var events: [Event] = []
        for rank in 0..<communicator.size {
            // One rank after another, so that no other rank holds the spans of all.
            var writer = WireWriter()
            if rank == communicator.rank { write(to: &writer, offset: offset, host: communicator.host) }
            var reader = WireReader(try communicator.share(writer.bytes, from: rank))
            if communicator.rank == 0 { try read(from: &reader, rank: rank, into: &events) }
        }
        let first = events.map(\.ts).filter { $0 > 0 }.min() ?? 0
        try Coordinator(communicator: communicator).once {
            for index in events.indices where events[index].ph == "X" { events[index].ts -= first }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
            let lines = try events.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
            try writeText("{\"traceEvents\":[\n" + lines.joined(separator: ",\n") + "\n]}\n", to: file)
        }
    }

    /// An event of Chrome's trace format; times are microseconds.
    private struct Event: Encodable {
        var name: String
        var ph: String
        var ts = 0.0
        var dur: Double?
        var pid = 0
        var tid: Int
        var cat: String?
        var args: [String: String]?
    }

    private func write(to writer: inout WireWriter, offset: Double, host: String) {
        writer.write(host)
        writer.write(log.spans) { writer, span in
            writer.write(Int(span.activity.rawValue))
            writer.write(Int(span.index))
            writer.write(span.start + offset)
            writer.write(span.end + offset)
        }
    }

    private func read(from reader: inout WireReader, rank: Int, into events: inout [Event]) throws {
        let host = try reader.readString()
        events.append(Event(name: "thread_name", ph: "M", tid: rank, args: ["name": "rank \(rank) on \(host)"]))
        let spans = try reader.readArray { reader throws(ClusterError) in
            (
                activity: SpanLog.Activity(rawValue: UInt8(truncatingIfNeeded: try reader.readInt())),
                index: try reader.readInt(),
                start: try reader.readDouble(), end: try reader.readDouble()
            )
        }
        for span in spans ?? [] {
            guard let activity = span.activity else { throw ClusterError.malformedMessage(expected: "an activity") }
            events.append(
                Event(
                    name: name(activity, span.index), ph: "X", ts: span.start * 1e6, dur: (span.end - span.start) * 1e6,
                    tid: rank,
                    cat: "\(activity)"))
        }
    }

    private func name(_ activity: SpanLog.Activity, _ index: Int) -> String {
        switch activity {
        case .step: "step \(index + 1)"
        case .input: "input"
        case .loss: "loss"
        case .forward, .backward: "\(activity) \(layers.indices.contains(index) ? layers[index] : "")"
        case .sum, .update: "\(activity) bucket \(index + 1)"
        case .wait: "wait for other ranks"
        case .wire: "wait for the wire"
        }
    }

    /// Collective: the offset to add to this rank's clock to get rank 0's clock. It is rank 0's time minus the middle
    /// of the round trip, for the quickest of ten round trips.
    private func clockOffset(over communicator: any Communicator) throws -> Double {
        var offset = 0.0
        for rank in 1..<max(communicator.size, 1) where communicator.rank == 0 || communicator.rank == rank {
            let isRoot = communicator.rank == 0
            let peer = isRoot ? rank : 0
            let message = Tensor.zeros([Tensor.elements(ofDoubles: 1)])
            var quickest = Double.infinity
            for _ in 0..<10 {
                let start = monotonicSeconds()
                message.storeDoubles([start])
                if !isRoot { try communicator.send(message, to: peer, tag: 0).wait() }
                try communicator.receive(into: message, from: peer, tag: 0).wait()
                if isRoot {
                    message.storeDoubles([monotonicSeconds()])
                    try communicator.send(message, to: peer, tag: 0).wait()
                    continue
                }
                let end = monotonicSeconds()
                var answer = [0.0]
                message.loadDoubles(into: &answer)
                if end - start < quickest {
                    quickest = end - start
                    offset = answer[0] - (start + end) / 2
                }
            }
        }
        return offset
    }
}
