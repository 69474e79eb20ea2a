import LockstepCluster
import LockstepCompute
import LockstepGraph
import LockstepLayers

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The measurement of the steps of one `fit`, for a budget or a timeline.
final class Measurement {
    private let runtime: Runtime
    private let times: StepTimes
    private let log: SpanLog?
    private let wish: Wish
    /// The measurement that was running before, which continues afterwards.
    private let before: (times: StepTimes?, layers: LayerTimes?)

    /// Rank 0's choice, because the ranks may have different values of `verbose`.
    private struct Wish: Transferable {
        let wantsBudget: Bool
        let timeline: String

        init(wantsBudget: Bool, timeline: String) {
            self.wantsBudget = wantsBudget
            self.timeline = timeline
        }

        func write(to writer: inout WireWriter) {
            writer.write(wantsBudget)
            writer.write(timeline)
        }

        init(from reader: inout WireReader) throws(ClusterError) {
            wantsBudget = try reader.readBool()
            timeline = try reader.readString()
        }
    }

    /// Collective: begins to measure; nil if neither a budget nor a timeline is wanted.
    init?(_ runtime: Runtime, verbose: Int, timeline: String?) throws {
        wish = try runtime.coordinator.decide {
            Wish(
                wantsBudget: verbose == 2,
                timeline: timeline ?? getenv("LOCKSTEP_TIMELINE").map { String(cString: $0) } ?? "")
        }
        self.runtime = runtime
        before = (runtime.times, runtime.context.times)
        guard wish.wantsBudget || !wish.timeline.isEmpty else { return nil }
        log = wish.timeline.isEmpty ? nil : SpanLog()
        times = StepTimes(log: log, warmUp: 1)
        runtime.measure(times, layers: log.map { LayerTimes(runtime.graph.calls.map(\.name), log: $0) })
    }

    /// Collective: prints the budget and writes the timeline.
    func report() throws {
        runtime.measure(before.times, layers: before.layers)
        if wish.wantsBudget, let trainer = runtime.trainer, let compilation = runtime.compilation {
            let budget = try Budget(
                times, optimizer: compilation.slotCount, exchange: trainer.exchange,
                over: runtime.communicator)
            runtime.coordinator.report { for line in budget.lines { Terminal.write(line + "\n") } }
        }
        if let log {
            let names = runtime.graph.calls.map(\.name)
            try Timeline(file: wish.timeline, log: log, layers: names).write(over: runtime.communicator)
        }
    }

    deinit { if runtime.times === times { runtime.measure(before.times, layers: before.layers) } }
}
