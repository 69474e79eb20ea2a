import LockstepCluster
import LockstepCompute
import LockstepGraph
import LockstepLayers

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What one `fit` measures of its steps, for a budget or a timeline.
final class Measurement {
    private let runtime: Runtime
    private let times: StepTimes
    private let log: SpanLog?
    private let wish: Wish
    /// What was measured otherwise, which goes on afterwards.
    private let before: (times: StepTimes?, layers: LayerTimes?)

    /// What rank 0 wishes: the ranks need not agree in how much they tell.
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

    /// Collective: begins to measure; nil if nobody wants to know.
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

    /// Collective: tells what was measured.
    func report() throws {
        runtime.measure(before.times, layers: before.layers)
        if wish.wantsBudget, let trainer = runtime.trainer, let compilation = runtime.compilation {
            let budget = try Budget(
                times, optimizer: compilation.optimizer.slotCount, exchange: trainer.exchange,
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
